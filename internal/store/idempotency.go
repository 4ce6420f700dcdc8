package store

import (
	"context"
	"database/sql"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// IdempotencyKey names a request that may be sent twice.
type IdempotencyKey struct {
	CustomerID  string
	Environment blush.Environment
	Holder      string // the token's user, empty for API keys
	Key         string
}

// IdempotentRequest is what is known about such a request.
type IdempotentRequest struct {
	RequestHash []byte
	// Answer is sealed; nil while the request runs.
	Answer    []byte
	CreatedAt time.Time
}

// BeginIdempotent notes a request, or returns the one noted before, with
// begun false. A note older than keep is forgotten. One without an answer
// that is older than patience belonged to a server that died: it begins anew.
func (s *Store) BeginIdempotent(ctx context.Context, k IdempotencyKey, hash []byte, now time.Time, keep, patience time.Duration) (r IdempotentRequest, begun bool, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		if err := q.DeleteIdempotencyBefore(ctx, millis(now.Add(-keep))); err != nil {
			return err
		}
		var user *string
		if k.Holder != "" {
			user = &k.Holder
		}
		n, err := q.InsertIdempotency(ctx, query.InsertIdempotencyParams{
			CustomerID: k.CustomerID, Environment: string(k.Environment), Holder: k.Holder, Key: k.Key,
			RequestHash: hash, UserID: user, CreatedAt: millis(now),
		})
		if isForeignKey(err) {
			return blush.E(blush.NotFound, "User not found.")
		}
		if begun = n > 0; begun || err != nil {
			return err
		}
		old, err := q.GetIdempotency(ctx, query.GetIdempotencyParams{
			CustomerID: k.CustomerID, Environment: string(k.Environment), Holder: k.Holder, Key: k.Key,
		})
		if err != nil {
			return err
		}
		r = IdempotentRequest{RequestHash: old.RequestHash, Answer: old.Answer, CreatedAt: fromMillis(old.CreatedAt)}
		if old.Answer == nil && string(old.RequestHash) == string(hash) && now.Sub(r.CreatedAt) > patience {
			n, err = q.RestartIdempotency(ctx, query.RestartIdempotencyParams{
				Now: millis(now), CustomerID: k.CustomerID, Environment: string(k.Environment), Holder: k.Holder, Key: k.Key, Was: old.CreatedAt,
			})
			begun = n > 0
		}
		return err
	})
	return r, begun, err
}

// FinishIdempotent keeps a request's answer. It goes with the user it speaks of, when userID is not empty.
func (s *Store) FinishIdempotent(ctx context.Context, k IdempotencyKey, answer []byte, userID string) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		var user *string
		if userID != "" {
			user = &userID
		}
		err := q.FinishIdempotency(ctx, query.FinishIdempotencyParams{
			CustomerID: k.CustomerID, Environment: string(k.Environment), Holder: k.Holder, Key: k.Key, Answer: answer, UserID: user,
		})
		if isForeignKey(err) { // the user was erased meanwhile, and so is the answer
			return blush.E(blush.NotFound, "User not found.")
		}
		return err
	})
}

// AbandonIdempotent forgets a request that has no answer.
func (s *Store) AbandonIdempotent(ctx context.Context, k IdempotencyKey) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		return q.DeleteIdempotency(ctx, query.DeleteIdempotencyParams{
			CustomerID: k.CustomerID, Environment: string(k.Environment), Holder: k.Holder, Key: k.Key,
		})
	})
}
