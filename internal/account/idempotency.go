package account

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

const (
	// idempotencyLife is how long an answer is kept for retries.
	idempotencyLife = 24 * time.Hour
	// idempotencyPatience is how long a request may run until it is taken for one of a server that died.
	idempotencyPatience = 2 * time.Minute
	maxIdempotencyKey   = 255
)

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
	loc := []any{"header", "Idempotency-Key"}
	if key == "" || len(key) > maxIdempotencyKey || hasControl(key) || !utf8.ValidString(key) {
		return nil, blush.Field("Idempotency-Key must have 1 to 255 bytes of UTF-8, no control characters among them.", "value_error", loc...)
	}
	k := idempotencyKey(c, key)
	r, begun, err := s.store.BeginIdempotent(ctx, k, requestHash, s.now(), idempotencyLife, idempotencyPatience)
	switch {
	case err != nil || begun:
		return nil, err
	case !bytes.Equal(r.RequestHash, requestHash):
		return nil, blush.Field("This Idempotency-Key was used for another request.", "value_error", loc...)
	case r.Answer == nil:
		e := blush.E(blush.Conflict, "The first request with this Idempotency-Key is still running.")
		e.RetryAfter = time.Second
		return nil, e
	}
	data, err := s.secrets.Open(r.Answer, purpose(k))
	if err != nil {
		return nil, err
	}
	var a Answer
	if err := json.Unmarshal(data, &a); err != nil {
		return nil, fmt.Errorf("stored answer: %w", err)
	}
	if a.UserID != "" {
		err = s.store.Audit(ctx, s.Audit(c, "answer.replay", a.UserID, ""))
	}
	return &a, err
}

// FinishIdempotent keeps the answer for 24 hours, sealed.
func (s *Service) FinishIdempotent(ctx context.Context, c blush.Caller, key string, a Answer) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	k := idempotencyKey(c, key)
	if a.UserID == "" {
		a.UserID = c.UserID
	}
	return s.store.FinishIdempotent(ctx, k, s.secrets.Seal(data, purpose(k)), a.UserID)
}

// AbandonIdempotent forgets a request so that it may be sent again.
func (s *Service) AbandonIdempotent(ctx context.Context, c blush.Caller, key string) error {
	return s.store.AbandonIdempotent(ctx, idempotencyKey(c, key))
}

func idempotencyKey(c blush.Caller, key string) store.IdempotencyKey {
	return store.IdempotencyKey{CustomerID: c.CustomerID, Environment: c.Environment, Holder: c.UserID, Key: key}
}

func purpose(k store.IdempotencyKey) string {
	return fmt.Sprintf("answer %s %s %s %q", k.CustomerID, k.Environment, k.Holder, k.Key)
}
