package account

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"blush.example/blush/internal/store"
)

// ErrOtherSecret means that a master secret is none of the database's: it never was, or it has been replaced.
var ErrOtherSecret = errors.New("this is not a master secret of this database, and no other opens its videos, keys and tokens; " +
	"it may have been replaced by `blush secret rotate`: name the current one with --secret-file")

const (
	checkText    = "blush"
	checkPurpose = "secret check"
)

// OpenSecrets loads the master secret of a database, as [LoadSecrets] does, and
// makes sure that it is that one and that every customer has a key. A missing file is made for a database without
// API keys alone: what others hold was made with the secret that is missing.
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
			return nil, fmt.Errorf("secret file %s is missing: the database has a master secret, and no other opens its videos, keys and tokens; "+
				"bring it back, or name the current one with --secret-file if `blush secret rotate` replaced it", path)
		}
	}
	s, err := LoadSecrets(path)
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx, st); err != nil {
		return nil, fmt.Errorf("secret file %s: %w", path, err)
	}
	st.SealWith(s)
	return s, st.MakeKeys(ctx, time.Now())
}

// check opens what was sealed with the database's secret: [ErrOtherSecret] when
// that does not open. In a database that has no check value yet it keeps one.
func (s *Secrets) check(ctx context.Context, st *store.Store) error {
	if found, _, err := s.take(ctx, st); found || err != nil {
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
		if sealed, err = st.SecretCheck(ctx); err != nil { // of two servers that start at once, the first one's
			return err
		}
	}
	if _, err := s.Open(sealed, checkPurpose); err != nil {
		return ErrOtherSecret
	}
	return nil
}

// CheckSecret says whether the master secret is still that of the database: [ErrOtherSecret] when it is not.
func (s *Service) CheckSecret(ctx context.Context) error { return s.secrets.check(ctx, s.store) }
