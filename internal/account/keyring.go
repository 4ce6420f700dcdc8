package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/seal"
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
	return store.Keyring{ID: s.id, Sealed: s.wrap.Seal(text, keyringPurpose), CreatedAt: at}, nil
}

// take opens the database's keyring and works with its keys from now on. It is
// false where there is none: the keys come from the master secret then.
// [ErrOtherSecret] where there are keyrings and none opens.
func (s *Secrets) take(ctx context.Context, st *store.Store) (found, changed bool, err error) {
	rings, err := st.Keyrings(ctx)
	if err != nil || len(rings) == 0 {
		return false, false, err
	}
	changed, err = s.takeFrom(rings)
	return true, changed, err
}

// takeFrom is take with keyrings that were read already.
func (s *Secrets) takeFrom(rings []store.Keyring) (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rings {
		if r.ID == s.id && bytes.Equal(r.Sealed, s.sealed) {
			return false, nil
		}
		text, err := s.wrap.Open(r.Sealed, keyringPurpose)
		if err != nil {
			continue
		}
		var keys []dataKey
		if err := json.Unmarshal(text, &keys); err != nil {
			return false, fmt.Errorf("keyring: %w", err)
		}
		for i, k := range keys {
			if keys[i], err = k.ready(); err != nil {
				return false, err
			}
		}
		if len(keys) == 0 {
			return false, errors.New("the keyring is empty")
		}
		s.keys.Store(&keys)
		s.sealed = r.Sealed
		return true, nil
	}
	return false, ErrOtherSecret
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
// either secret, until [Service.RetireSecrets]. next gives the new master secret. It
// is called where nothing else is in the way, so that a secret is made only for a
// database that takes it. Of two calls at once, also in two processes, one is refused.
func (s *Service) RotateSecret(ctx context.Context, next func() (*Secrets, error)) error {
	if err := s.CheckSecret(ctx); err != nil {
		return err
	}
	fresh, err := dataKey{Pepper: seal.Random(seal.KeyBytes), Sealing: seal.Random(seal.KeyBytes)}.ready()
	if err != nil {
		return err
	}
	change := func(rings []store.Keyring) ([]store.Keyring, error) {
		at := s.now()
		since := at // when the server's own secret became good, or the first time that it is known
		switch {
		case len(rings) > 1:
			return nil, blush.E(blush.Conflict, "Two master secrets are good already: end the old one before another comes.")
		case len(rings) == 1: // it may have changed since the check
			if _, err := s.secrets.takeFrom(rings); err != nil {
				return nil, err
			}
			since = rings[0].CreatedAt
		}
		if at.UnixMilli() <= since.UnixMilli() {
			at = since.Add(time.Millisecond) // RetireSecrets tells by it which one is newer
		}
		secrets, err := next()
		if err != nil {
			return nil, err
		}
		if secrets.id == s.secrets.id {
			return nil, blush.E(blush.Invalid, "The new master secret is the old one.")
		}
		keys := append([]dataKey{fresh}, *s.secrets.keys.Load()...)
		old, err := s.secrets.keyring(keys, since)
		if err != nil {
			return nil, err
		}
		ring, err := secrets.keyring(keys, at)
		return []store.Keyring{old, ring}, err
	}
	err = s.operate(ctx, blush.SecretRotate, "", "", s.secrets.id, func(ctx context.Context) error { return s.store.ChangeKeyrings(ctx, change) })
	if err != nil {
		return err
	}
	if err := s.CheckSecret(ctx); err != nil { // which takes up the new keys
		return err
	}
	if err := s.store.RewrapKeys(ctx, s.secrets); err != nil { // seals the customers' keys with them, and nothing else need be sealed again
		return err
	}
	_, err = s.RotateSigningKey(ctx, false) // sealed with them, too
	return err
}

// RetireSecrets ends every master secret but the server's own, and returns how many
// there were. It refuses to end one that is newer than the server's own, unless
// force says so.
func (s *Service) RetireSecrets(ctx context.Context, force bool) (ended int, err error) {
	if err := s.CheckSecret(ctx); err != nil {
		return 0, err
	}
	change := func(rings []store.Keyring) ([]store.Keyring, error) {
		own := slices.IndexFunc(rings, func(r store.Keyring) bool { return r.ID == s.secrets.id })
		switch {
		case len(rings) == 0:
			return nil, blush.E(blush.Conflict, "There is one master secret, and none to end.")
		case own < 0: // another process ended it since the check
			return nil, ErrOtherSecret
		}
		newer := slices.ContainsFunc(rings, func(r store.Keyring) bool {
			return r.ID != s.secrets.id && !r.CreatedAt.Before(rings[own].CreatedAt)
		})
		if newer && !force {
			return nil, blush.E(blush.Conflict, "This is the older master secret, and the newer one would end. Give --secret-file the file that "+
				"`blush secret rotate --to` named. Only if that file is lost, end the newer one with --force.")
		}
		ended = len(rings) - 1
		return rings[own : own+1], nil
	}
	err = s.operate(ctx, blush.SecretRetire, "", "", s.secrets.id, func(ctx context.Context) error { return s.store.ChangeKeyrings(ctx, change) })
	if err != nil {
		return 0, err
	}
	// Servers that knew of no newer key may have sealed some since the rotation.
	return ended, s.store.RewrapKeys(ctx, s.secrets)
}
