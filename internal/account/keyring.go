package account

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// keyringPurpose is what a keyring is sealed for.
const keyringPurpose = "keyring"

// newerEvery is how often at most the database is asked for newer keys because of an API key that is not found: anybody may send one.
const newerEvery = time.Second

// keyring seals the keys with a master secret.
func (s *Secrets) keyring(keys []dataKey, at time.Time) (store.Keyring, error) {
	text, err := json.Marshal(keys)
	if err != nil {
		return store.Keyring{}, err
	}
	return store.Keyring{ID: s.id, Sealed: s.wrap.Seal(nil, nil, text, []byte(keyringPurpose)), CreatedAt: at}, nil //nolint:gosec // it draws its own nonce
}

// take opens the database's keyring and works with its keys from now on. It is
// false where there is none: the keys come from the master secret then.
// [ErrOtherSecret] where there are keyrings and none opens.
func (s *Secrets) take(ctx context.Context, st *store.Store) (found, changed bool, err error) {
	rings, err := st.Keyrings(ctx)
	if err != nil || len(rings) == 0 {
		return false, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rings {
		if r.ID == s.id && bytes.Equal(r.Sealed, s.sealed) {
			return true, false, nil
		}
		text, err := s.wrap.Open(nil, nil, r.Sealed, []byte(keyringPurpose))
		if err != nil {
			continue
		}
		var keys []dataKey
		if err := json.Unmarshal(text, &keys); err != nil {
			return true, false, fmt.Errorf("keyring: %w", err)
		}
		for i, k := range keys {
			if keys[i], err = k.ready(); err != nil {
				return true, false, err
			}
		}
		if len(keys) == 0 {
			return true, false, errors.New("the keyring is empty")
		}
		s.keys.Store(&keys)
		s.sealed = r.Sealed
		return true, true, nil
	}
	return true, false, ErrOtherSecret
}

// newer asks the database for newer keys, unless it was asked a short time ago, and says whether there were any.
func (s *Secrets) newer(ctx context.Context, every time.Duration) bool {
	st := s.source.Load()
	if st == nil {
		return false
	}
	s.mu.Lock()
	due := time.Since(s.asked) >= every
	if due {
		s.asked = time.Now()
	}
	s.mu.Unlock()
	if !due {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, changed, err := s.take(ctx, st)
	return err == nil && changed
}

// RotateSecret makes another master secret good beside the server's own, and new
// keys that seal and sign from now on. What was sealed before opens as before, with
// either secret, until [Service.RetireSecrets].
func (s *Service) RotateSecret(ctx context.Context, next *Secrets) error {
	if err := s.CheckSecret(ctx); err != nil {
		return err
	}
	if next.id == s.secrets.id {
		return blush.E(blush.Invalid, "The new master secret is the old one.")
	}
	rings, err := s.store.Keyrings(ctx)
	if err != nil {
		return err
	}
	for _, r := range rings {
		if r.ID != s.secrets.id {
			return blush.E(blush.Conflict, "Two master secrets are good already: end the old one before another comes.")
		}
	}
	fresh, err := dataKey{Pepper: random(keyBytes), Sealing: random(keyBytes)}.ready()
	if err != nil {
		return err
	}
	keys := append([]dataKey{fresh}, *s.secrets.keys.Load()...)
	old, err := s.secrets.keyring(keys, s.now())
	if err != nil {
		return err
	}
	ring, err := next.keyring(keys, s.now())
	if err != nil {
		return err
	}
	if err := s.store.PutKeyrings(ctx, old, ring); err != nil {
		return err
	}
	if err := s.CheckSecret(ctx); err != nil { // which takes up the new keys
		return err
	}
	_, err = s.RotateSigningKey(ctx, false) // sealed with them
	return err
}

// RetireSecrets ends every master secret but the server's own, and returns how many there were.
func (s *Service) RetireSecrets(ctx context.Context) (int64, error) {
	found, _, err := s.secrets.take(ctx, s.store)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, blush.E(blush.Conflict, "There is one master secret, and none to end.")
	}
	return s.store.DropOtherKeyrings(ctx, s.secrets.id)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
