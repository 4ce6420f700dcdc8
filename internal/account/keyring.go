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

// keyringPurpose is the purpose for which a keyring is sealed.
const keyringPurpose = "keyring"

// reloadEvery is the shortest time between two reads of the keyrings that unknown API keys cause. Anyone can send an unknown key.
const reloadEvery = time.Second

// keyring seals the keys with a master secret.
func (s *Secrets) keyring(keys []dataKey, at time.Time) (store.Keyring, error) {
	text, err := json.Marshal(keys)
	if err != nil {
		return store.Keyring{}, err
	}
	return store.Keyring{ID: s.id, Sealed: s.wrap.Seal(text, keyringPurpose), CreatedAt: at}, nil
}

// loadKeys opens the database's keyring and uses its keys from then on. found is
// false if there is no keyring: the keys are then derived from the master secret.
// The error is [ErrOtherSecret] if there are keyrings and none of them opens.
func (s *Secrets) loadKeys(ctx context.Context, st *store.Store) (found bool, err error) {
	rings, err := st.Keyrings(ctx)
	if err != nil || len(rings) == 0 {
		return false, err
	}
	return true, s.openKeyring(rings)
}

// openKeyring is loadKeys for keyrings that have been read.
func (s *Secrets) openKeyring(rings []store.Keyring) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rings {
		if r.ID == s.id && bytes.Equal(r.Sealed, s.sealed) {
			return nil
		}
		text, err := s.wrap.Open(r.Sealed, keyringPurpose)
		if err != nil {
			continue
		}
		var keys []dataKey
		if err := json.Unmarshal(text, &keys); err != nil {
			return fmt.Errorf("keyring: %w", err)
		}
		for i, k := range keys {
			if keys[i], err = k.ready(); err != nil {
				return err
			}
		}
		if len(keys) == 0 {
			return errors.New("the keyring is empty")
		}
		s.keys.Store(&keys)
		s.sealed = r.Sealed
		return nil
	}
	return ErrOtherSecret
}

// reload says whether the keys are others now than those that the caller has tried. It reads the database's keys again, unless that
// was begun after this call or less than every before it. Callers wait for the one that reads.
func (s *Secrets) reload(ctx context.Context, every time.Duration, tried *[]dataKey) (changed bool, err error) {
	st := s.source.Load()
	if st == nil {
		return false, nil
	}
	since := time.Now().Add(-every)
	s.reading.Lock()
	defer s.reading.Unlock()
	if !s.asked.After(since) {
		s.asked = time.Now()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // also for those who wait
		defer cancel()
		if _, s.failed = s.loadKeys(ctx, st); errors.Is(s.failed, ErrOtherSecret) {
			s.failed = nil
		}
	}
	return s.keys.Load() != tried, s.failed
}

// RotateSecret makes another master secret valid in addition to the server's own, and makes
// new keys that seal and sign from now on. Data that was sealed before still opens, with
// either secret, until [Service.RetireSecrets]. next returns the new master secret. It
// is called only after all checks, so that no secret is made for a database that then
// refuses it. Of two simultaneous calls, even in two processes, one is refused.
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
		since := at // when the server's own secret became valid; now, if that is not stored
		switch {
		case len(rings) > 1:
			return nil, blush.E(blush.Conflict, "Two master secrets are valid already: retire the old one before you add another.")
		case len(rings) == 1: // it may have changed since the check
			if err := s.secrets.openKeyring(rings); err != nil {
				return nil, err
			}
			since = rings[0].CreatedAt
		}
		if at.UnixMilli() <= since.UnixMilli() {
			at = since.Add(time.Millisecond) // RetireSecrets compares the times to find the newer one
		}
		secrets, err := next()
		if err != nil {
			return nil, err
		}
		if secrets.id == s.secrets.id {
			return nil, blush.E(blush.Invalid, "The new master secret is the same as the old one.")
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
	if err := s.CheckSecret(ctx); err != nil { // which loads the new keys
		return err
	}
	if err := s.store.RewrapKeys(ctx, s.secrets); err != nil { // seals the customers' keys with the new keys; nothing else needs to be sealed again
		return err
	}
	_, err = s.RotateSigningKey(ctx, false) // also sealed with the new keys
	return err
}

// RetireSecrets ends every master secret except the server's own, and returns how many
// it ended. Without force it refuses to end one that is newer than the server's own.
func (s *Service) RetireSecrets(ctx context.Context, force bool) (ended int, err error) {
	if err := s.CheckSecret(ctx); err != nil {
		return 0, err
	}
	change := func(rings []store.Keyring) ([]store.Keyring, error) {
		own := slices.IndexFunc(rings, func(r store.Keyring) bool { return r.ID == s.secrets.id })
		switch {
		case len(rings) == 0:
			return nil, blush.E(blush.Conflict, "There is only one master secret, so there is none to retire.")
		case own < 0: // another process ended it since the check
			return nil, ErrOtherSecret
		}
		newer := slices.ContainsFunc(rings, func(r store.Keyring) bool {
			return r.ID != s.secrets.id && !r.CreatedAt.Before(rings[own].CreatedAt)
		})
		if newer && !force {
			return nil, blush.E(blush.Conflict, "This is the older master secret, and this would retire the newer one. Set --secret-file to the file that "+
				"`blush secret rotate --to` wrote. Only if that file is lost, retire the newer one with --force.")
		}
		ended = len(rings) - 1
		return rings[own : own+1], nil
	}
	err = s.operate(ctx, blush.SecretRetire, "", "", s.secrets.id, func(ctx context.Context) error { return s.store.ChangeKeyrings(ctx, change) })
	if err != nil {
		return 0, err
	}
	// Servers that had not loaded the newer keys may have sealed customers' keys with older ones since the rotation.
	return ended, s.store.RewrapKeys(ctx, s.secrets)
}
