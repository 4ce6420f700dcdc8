package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"blush.example/blush/internal/store/query"
)

// SecretCheck returns the check value, which was sealed with the master secret of this
// database; nil if there is none yet.
func (s *Store) SecretCheck(ctx context.Context) ([]byte, error) {
	sealed, err := s.q().GetSecretCheck(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return sealed, err
}

// KeepSecretCheck stores the check value, unless there is one.
func (s *Store) KeepSecretCheck(ctx context.Context, sealed []byte) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error { return q.InsertSecretCheck(ctx, sealed) })
}

// APIKeys counts the API keys of all customers, revoked ones too.
func (s *Store) APIKeys(ctx context.Context) (int64, error) { return s.q().CountAPIKeys(ctx) }

// Keyring contains the keys of the database, sealed with one master secret.
type Keyring struct {
	ID        string // of the master secret
	Sealed    []byte
	CreatedAt time.Time
}

// Keyrings lists the keyrings, one for each valid master secret, the oldest first.
func (s *Store) Keyrings(ctx context.Context) ([]Keyring, error) { return keyrings(ctx, s.q()) }

func keyrings(ctx context.Context, q *query.Queries) ([]Keyring, error) {
	rows, err := q.ListKeyrings(ctx)
	out := make([]Keyring, len(rows))
	for i, r := range rows {
		out[i] = Keyring{ID: r.ID, Sealed: r.Sealed, CreatedAt: fromMillis(r.CreatedAt)}
	}
	return out, err
}

// ChangeKeyrings calls change with the keyrings, as in [Store.Keyrings], and replaces
// them by those that it returns. It is one transaction, for whose end other changes
// wait. If change fails, nothing changes.
func (s *Store) ChangeKeyrings(ctx context.Context, change func([]Keyring) ([]Keyring, error)) error {
	return s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		if s.engine == enginePostgres { // on SQLite the transaction locks the whole database
			if _, err := tx.ExecContext(ctx, "LOCK TABLE keyring IN EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		rings, err := keyrings(ctx, q)
		if err != nil {
			return err
		}
		if rings, err = change(rings); err != nil {
			return err
		}
		if err := q.DeleteKeyrings(ctx); err != nil {
			return err
		}
		for _, r := range rings {
			if err := q.InsertKeyring(ctx, query.InsertKeyringParams{ID: r.ID, Sealed: r.Sealed, CreatedAt: millis(r.CreatedAt)}); err != nil {
				return err
			}
		}
		return nil
	})
}
