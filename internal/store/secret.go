package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"blush.example/blush/internal/store/query"
)

// SecretCheck returns the text that was sealed with the master secret of this
// database, nil when none was kept yet.
func (s *Store) SecretCheck(ctx context.Context) ([]byte, error) {
	sealed, err := s.q().GetSecretCheck(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return sealed, err
}

// KeepSecretCheck keeps that text, unless there is one.
func (s *Store) KeepSecretCheck(ctx context.Context, sealed []byte) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error { return q.InsertSecretCheck(ctx, sealed) })
}

// APIKeys counts the API keys of all customers, revoked ones too.
func (s *Store) APIKeys(ctx context.Context) (int64, error) { return s.q().CountAPIKeys(ctx) }

// Keyring is the keys of the database, sealed with one master secret.
type Keyring struct {
	ID        string // of the master secret
	Sealed    []byte
	CreatedAt time.Time
}

// Keyrings lists the keyrings, the oldest first: one for each master secret that is good.
func (s *Store) Keyrings(ctx context.Context) ([]Keyring, error) {
	rows, err := s.q().ListKeyrings(ctx)
	out := make([]Keyring, len(rows))
	for i, r := range rows {
		out[i] = Keyring{ID: r.ID, Sealed: r.Sealed, CreatedAt: fromMillis(r.CreatedAt)}
	}
	return out, err
}

// PutKeyrings keeps keyrings, all or none, in the place of those with the same ids.
func (s *Store) PutKeyrings(ctx context.Context, rings ...Keyring) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		for _, r := range rings {
			if err := q.PutKeyring(ctx, query.PutKeyringParams{ID: r.ID, Sealed: r.Sealed, CreatedAt: millis(r.CreatedAt)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropOtherKeyrings leaves one keyring, and returns how many there were beside it.
func (s *Store) DropOtherKeyrings(ctx context.Context, id string) (n int64, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err = q.DeleteOtherKeyrings(ctx, id)
		return err
	})
	return n, err
}
