package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// IdempotencyKey identifies a request that may be sent more than once.
type IdempotencyKey struct {
	CustomerID  string
	Environment blush.Environment
	Holder      string // the token's user, with the scope of a page's token; empty for API keys
	Key         string
}

// KeptAnswer is the answer to such a request.
type KeptAnswer struct {
	RequestHash []byte // only of answers that earlier versions stored; now it is sealed with the answer
	Answer      []byte // sealed
}

// KeptAnswer finds the answer to a request that was answered since a time; ok is false if there is none.
func (s *Store) KeptAnswer(ctx context.Context, k IdempotencyKey, since time.Time) (a KeptAnswer, ok bool, err error) {
	r, err := s.q().GetKeptAnswer(ctx, query.GetKeptAnswerParams{
		CustomerID: k.CustomerID, Environment: string(k.Environment), Holder: k.Holder, Key: k.Key, Since: millis(since),
	})
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	return KeptAnswer{RequestHash: r.RequestHash, Answer: r.Answer}, err == nil, err
}

// KeepAnswer stores the answer to a request, given at a time. kept is false if
// the request already has one. Call it in the [Transaction] of the request: then
// changes and answer are stored together, and of two concurrent requests only one
// takes effect. If userID is not empty, the answer is erased with that user. Answers
// from before since are deleted.
func (s *Store) KeepAnswer(ctx context.Context, k IdempotencyKey, a KeptAnswer, userID string, at, since time.Time) (kept bool, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		if err := q.DeleteIdempotencyBefore(ctx, millis(since)); err != nil {
			return err
		}
		var user *string
		if userID != "" {
			user = &userID
		}
		n, err := q.KeepAnswer(ctx, query.KeepAnswerParams{
			CustomerID: k.CustomerID, Environment: string(k.Environment), Holder: k.Holder, Key: k.Key,
			RequestHash: a.RequestHash, UserID: user, Answer: a.Answer, CreatedAt: millis(at),
		})
		kept = n > 0
		if isForeignKey(err) { // the user was erased meanwhile
			return blush.E(blush.NotFound, "User not found.")
		}
		return err
	})
	return kept, err
}
