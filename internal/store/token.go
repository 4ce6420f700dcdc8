package store

import (
	"context"
	"database/sql"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// SigningKey is a sealed key that signs action tokens.
type SigningKey struct {
	ID        string
	Sealed    []byte
	CreatedAt time.Time
	RetiredAt *time.Time
}

// SigningKeys lists the keys, the newest first.
func (s *Store) SigningKeys(ctx context.Context) ([]SigningKey, error) {
	rows, err := s.q().ListSigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]SigningKey, 0, len(rows))
	for _, r := range rows {
		out = append(out, SigningKey{ID: r.ID, Sealed: r.Sealed, CreatedAt: fromMillis(r.CreatedAt), RetiredAt: fromMillisPtr(r.RetiredAt)})
	}
	return out, nil
}

// RotateSigningKey retires the current keys, stores the next one, and deletes the
// keys that were retired before dropBefore.
func (s *Store) RotateSigningKey(ctx context.Context, next SigningKey, dropBefore time.Time) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		at, drop := millis(next.CreatedAt), millis(dropBefore)
		if err := q.RetireSigningKeys(ctx, &at); err != nil {
			return err
		}
		if err := q.DeleteSigningKeys(ctx, &drop); err != nil {
			return err
		}
		return q.InsertSigningKey(ctx, query.InsertSigningKeyParams{ID: next.ID, Sealed: next.Sealed, CreatedAt: at})
	})
}

// TokenUser has what decides whether a user's token is still valid.
type TokenUser struct {
	blush.User
	// Epoch is the only epoch whose tokens are valid.
	Epoch int64
	// Revoked is set if this token was revoked, or if the key that made it was revoked or has expired.
	Revoked bool
}

// TokenUser finds the user of a token, and its state at a time. The API key keyID made the token. The error is NotFound if the user does not exist.
func (s *Store) TokenUser(ctx context.Context, customerID string, env blush.Environment, userID, tokenID, keyID string, at time.Time) (TokenUser, error) {
	q := s.q()
	r, err := q.GetUser(ctx, query.GetUserParams{ID: userID, CustomerID: customerID, Environment: string(env)})
	if err != nil {
		return TokenUser{}, found(err, "User")
	}
	ms := millis(at)
	n, err := q.CountRevoked(ctx, query.CountRevokedParams{TokenID: tokenID, KeyID: keyID, Now: &ms})
	if err != nil {
		return TokenUser{}, err
	}
	u, err := s.user(ctx, q, r.User, r.Customer)
	return TokenUser{User: u, Epoch: r.User.TokenEpoch, Revoked: n > 0}, err
}

// revokedMargin is how long after its token's expiry a revocation is kept. A clock may
// be ahead by that much for a while without making a revoked token valid again.
const revokedMargin = 30 * 24 * time.Hour

// RevokeToken ends one token. It also deletes revocations of tokens that expired long
// ago, by the database's clock or by that of the entry, whichever is earlier.
func (s *Store) RevokeToken(ctx context.Context, id string, expires time.Time, a blush.AuditEntry) error {
	return s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		if a.At.Before(now) {
			now = a.At
		}
		if err := q.DeleteRevokedTokens(ctx, millis(now.Add(-revokedMargin))); err != nil {
			return err
		}
		if err := q.RevokeToken(ctx, query.RevokeTokenParams{ID: id, ExpiresAt: millis(expires)}); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
}

// RevokeUserTokens ends all tokens of a user.
func (s *Store) RevokeUserTokens(ctx context.Context, userID string, a blush.AuditEntry) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := q.BumpTokenEpoch(ctx, userID)
		if err := gone(n, err, "User"); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
}
