package account

import (
	"context"
	"time"

	"blush/internal/blush"
)

// idempotencyLife is how long an answer is kept for retries.
const idempotencyLife = 24 * time.Hour

// Answer is the stored answer to a request that carried an Idempotency-Key.
type Answer struct {
	Status int
	// Header holds the few headers that belong to the answer, e.g. Location.
	Header map[string]string
	Body   []byte
	// UserID is the user the answer speaks of; the answer is erased with that user.
	UserID string
}

// BeginIdempotent opens a request that carries an Idempotency-Key. requestHash
// is the hash of method, path, query and body. A finished request gives its stored
// answer; the same key with another request is Unprocessed (422); one that is
// still running is a Conflict (409) with a RetryAfter. With a nil answer and
// error the caller carries on, and then calls FinishIdempotent, or
// AbandonIdempotent when there is no answer worth keeping (5xx).
func (s *Service) BeginIdempotent(ctx context.Context, c blush.Caller, key string, requestHash []byte) (*Answer, error) {
	return nil, todo
}

// FinishIdempotent keeps the answer for 24 hours, sealed.
func (s *Service) FinishIdempotent(ctx context.Context, c blush.Caller, key string, a Answer) error {
	return todo
}

// AbandonIdempotent forgets a request so that it may be sent again.
func (s *Service) AbandonIdempotent(ctx context.Context, c blush.Caller, key string) error {
	return todo
}
