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

// RotateSigningKey retires the keys that sign, stores the next one, and drops
// the keys that were retired before dropBefore.
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

// TokenUser is what decides whether a user's token still holds.
type TokenUser struct {
	blush.User
	// Epoch is the only epoch whose tokens are valid.
	Epoch int64
	// Revoked is set when this very token was revoked, or the key that made it was or has expired.
	Revoked bool
}

// TokenUser finds the user of a token that the API key keyID made, as it stands at a time; NotFound when the user is gone.
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

// revokedMargin is how long after its token's expiry a revocation is kept: what
// a clock may be ahead for a while without a revoked token being good again.
const revokedMargin = 30 * 24 * time.Hour

// RevokeToken ends one token. The note is dropped long after the token has
// expired, by the database's clock and by that of the entry, whichever is behind.
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
