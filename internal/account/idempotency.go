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
	idempotencyLife   = 24 * time.Hour
	maxIdempotencyKey = 255
)

// Answer is the stored answer to a request that carried an Idempotency-Key.
type Answer struct {
	Status int
	// Header contains the few headers that belong to the answer, e.g. Location.
	Header map[string]string
	Body   []byte
	// UserID is the user that the answer is about. The answer is erased with that user.
	UserID string
}

// sealedAnswer is what is sealed. It includes the hash of the request, because from the hash of a
// short request, such as one with a birth date, the request can be guessed.
type sealedAnswer struct {
	Answer
	RequestHash []byte
}

// IdempotentRequest is a running request with an Idempotency-Key. Its changes and its
// answer are one transaction. A process that dies leaves both or neither, and the same
// request sent again gets the stored answer or is carried out.
type IdempotentRequest struct {
	*store.Transaction
	accounts *Service
	caller   blush.Caller
	key      store.IdempotencyKey
	hash     []byte
}

// BeginIdempotent begins a request with an Idempotency-Key. requestHash is the hash of
// method, path, query and body. If the request has already ended, its stored answer is
// returned. The same key with another request is Unprocessed (422). A request that this
// process is still working on is a Conflict (409) with a RetryAfter. If answer and error
// are nil, the caller carries out the request with the returned context, then calls
// [IdempotentRequest.Keep], and in any case [IdempotentRequest.End].
func (s *Service) BeginIdempotent(ctx context.Context, c blush.Caller, key string, requestHash []byte) (context.Context, *IdempotentRequest, *Answer, error) {
	if key == "" || len(key) > maxIdempotencyKey || hasControl(key) || !utf8.ValidString(key) {
		return ctx, nil, nil, blush.Field("Idempotency-Key must have 1 to 255 bytes of UTF-8, without control characters.", "value_error", "Idempotency-Key")
	}
	o := &IdempotentRequest{accounts: s, caller: c, hash: requestHash,
		key: store.IdempotencyKey{CustomerID: c.CustomerID, Environment: c.Environment, Holder: holder(c), Key: key}}
	if _, running := s.running.LoadOrStore(o.key, o); running {
		return ctx, nil, nil, stillRunning()
	}
	before, err := o.before(ctx)
	if before != nil || err != nil {
		s.running.Delete(o.key)
		return ctx, nil, before, err
	}
	ctx, o.Transaction = s.store.Begin(ctx)
	return ctx, o, nil, nil
}

// holder names whose answer it is. A page's token never gets an answer that was given to a token for the API.
func holder(c blush.Caller) string {
	if c.Kind == blush.ByToken && c.Scope != blush.ScopeAPI {
		return c.UserID + " " + string(c.Scope)
	}
	return c.UserID
}

func stillRunning() error {
	e := blush.E(blush.Conflict, "The first request with this Idempotency-Key is still running.")
	e.RetryAfter = time.Second
	return e
}

// before finds the stored answer to the request; nil if there is none.
func (o *IdempotentRequest) before(ctx context.Context) (*Answer, error) {
	s := o.accounts
	kept, ok, err := s.store.KeptAnswer(ctx, o.key, s.now().Add(-idempotencyLife))
	if err != nil || !ok {
		return nil, err
	}
	data, err := s.secrets.Open(kept.Answer, o.purpose())
	if err != nil {
		return nil, err
	}
	var sealed sealedAnswer
	if err := json.Unmarshal(data, &sealed); err != nil {
		return nil, fmt.Errorf("stored answer: %w", err)
	}
	if len(kept.RequestHash) > 0 { // stored by an earlier version, next to the answer
		sealed.RequestHash = kept.RequestHash
	}
	if !bytes.Equal(sealed.RequestHash, o.hash) {
		return nil, blush.Field("This Idempotency-Key was used for another request.", "value_error", "Idempotency-Key")
	}
	a := sealed.Answer
	if a.UserID != "" {
		err = s.store.Audit(ctx, s.Audit(o.caller, blush.AnswerReplay, a.UserID, ""))
	}
	return &a, err
}

// Keep commits the changes of the request, and stores its answer, sealed, for 24 hours.
// If another process was faster with the same request, Keep rolls back the changes and
// returns that process's answer.
func (o *IdempotentRequest) Keep(ctx context.Context, a Answer) (first *Answer, err error) {
	data, err := json.Marshal(sealedAnswer{a, o.hash})
	if err != nil {
		return nil, err
	}
	if a.UserID == "" {
		a.UserID = o.caller.UserID
	}
	s := o.accounts
	now := s.now()
	kept, err := s.store.KeepAnswer(ctx, o.key, store.KeptAnswer{RequestHash: []byte{}, Answer: s.secrets.Seal(data, o.purpose())}, a.UserID, now, now.Add(-idempotencyLife))
	if err != nil {
		return nil, err
	}
	if kept {
		return nil, o.Commit()
	}
	o.Rollback()
	if first, err = o.before(ctx); first == nil && err == nil { // it was erased in between
		err = stillRunning()
	}
	return first, err
}

// End rolls back changes that were not kept, and frees the key.
func (o *IdempotentRequest) End() {
	o.Rollback()
	o.accounts.running.Delete(o.key)
}

func (o *IdempotentRequest) purpose() string {
	k := o.key
	return fmt.Sprintf("answer %s %s %s %q", k.CustomerID, k.Environment, k.Holder, k.Key)
}
