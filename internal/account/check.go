package account

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"blush.example/blush/internal/store"
)

// ErrOtherSecret means that a master secret is not, or is no longer, one of the database's.
var ErrOtherSecret = errors.New("this is not a master secret of this database, so it cannot open the videos, keys and tokens; " +
	"it may have been replaced by `blush secret rotate`: name the current one with --secret-file")

const (
	checkText    = "blush"
	checkPurpose = "secret check"
)

// OpenSecrets loads the master secret of a database as [LoadSecrets] does. It checks that
// the secret belongs to the database, and makes the keys of customers that have none. It creates
// a missing file only for a new database: all others contain data sealed with the missing secret.
func OpenSecrets(ctx context.Context, st *store.Store, path string) (*Secrets, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		check, err := st.SecretCheck(ctx)
		if err != nil {
			return nil, err
		}
		keys, err := st.APIKeys(ctx)
		if err != nil {
			return nil, err
		}
		rings, err := st.Keyrings(ctx)
		if err != nil {
			return nil, err
		}
		if check != nil || keys > 0 || len(rings) > 0 {
			return nil, &SecretFileError{path, errors.New("it is missing: the database has a master secret, and only that opens its videos, keys and tokens; " +
				"restore the file, or name the current one with --secret-file if `blush secret rotate` replaced it")}
		}
	}
	s, err := LoadSecrets(path)
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx, st); err != nil {
		if errors.Is(err, ErrOtherSecret) {
			err = &SecretFileError{path, err}
		}
		return nil, err
	}
	st.SealWith(s)
	return s, st.MakeKeys(ctx, time.Now())
}

// check returns [ErrOtherSecret] if s cannot open what was sealed with the database's
// master secret. In a database without a check value, it stores one.
func (s *Secrets) check(ctx context.Context, st *store.Store) error {
	if found, err := s.loadKeys(ctx, st); found || err != nil {
		return err
	}
	sealed, err := st.SecretCheck(ctx)
	if err != nil {
		return err
	}
	if sealed == nil { // a new database, or one from before there were check values
		keys, err := st.SigningKeys(ctx)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if _, err := s.Open(k.Sealed, signingPurpose(k.ID)); err != nil {
				return ErrOtherSecret
			}
		}
		if err := st.KeepSecretCheck(ctx, s.Seal([]byte(checkText), checkPurpose)); err != nil {
			return err
		}
		if sealed, err = st.SecretCheck(ctx); err != nil { // if two servers start at the same time, the first one's
			return err
		}
	}
	if _, err := s.Open(sealed, checkPurpose); err != nil {
		return ErrOtherSecret
	}
	return nil
}

// CheckSecret returns [ErrOtherSecret] if the master secret is no longer one of the database's.
func (s *Service) CheckSecret(ctx context.Context) error { return s.secrets.check(ctx, s.store) }
