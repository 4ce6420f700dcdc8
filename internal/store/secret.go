package store

import (
	"context"
	"database/sql"
	"errors"

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
