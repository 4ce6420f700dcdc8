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
	// Header holds the few headers that belong to the answer, e.g. Location.
	Header map[string]string
	Body   []byte
	// UserID is the user the answer speaks of; the answer is erased with that user.
	UserID string
}

// sealedAnswer is what is sealed. The hash of the request is a part of it: who reads the hash of a
// short request, as one that gives a birth date, may guess the request.
type sealedAnswer struct {
	Answer
	RequestHash []byte
}

// Once is a request that carries an Idempotency-Key, while it runs. What it does
// and its answer are one transaction: a process that dies leaves both or nothing
// behind, and who sends the request again is answered, or has it done.
type Once struct {
	*store.Transaction
	accounts *Service
	caller   blush.Caller
	key      store.IdempotencyKey
	hash     []byte
}

// BeginIdempotent opens a request that carries an Idempotency-Key. requestHash
// is the hash of method, path, query and body. A finished request gives its stored
// answer; the same key with another request is Unprocessed (422); one that this
// process is still working on is a Conflict (409) with a RetryAfter. With a nil
// answer and error the caller carries on under the context returned, and then
// calls [Once.Keep], and [Once.End] on every way out.
func (s *Service) BeginIdempotent(ctx context.Context, c blush.Caller, key string, requestHash []byte) (context.Context, *Once, *Answer, error) {
	if key == "" || len(key) > maxIdempotencyKey || hasControl(key) || !utf8.ValidString(key) {
		return ctx, nil, nil, blush.Field("Idempotency-Key must have 1 to 255 bytes of UTF-8, no control characters among them.", "value_error", "Idempotency-Key")
	}
	o := &Once{accounts: s, caller: c, hash: requestHash,
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

// holder tells whose an answer is: a token of a page never gets what one for the API was answered.
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

// before finds the answer that the request was given before, nil for none.
func (o *Once) before(ctx context.Context) (*Answer, error) {
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
	if len(kept.RequestHash) > 0 { // of an earlier version, which kept it beside the answer
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

// Keep makes durable what the request did, and its answer with it, sealed, for
// 24 hours. Where another process was faster with the same request, all is
// undone and that one's answer returned.
func (o *Once) Keep(ctx context.Context, a Answer) (first *Answer, err error) {
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

// End undoes what was not kept, and sets the key free.
func (o *Once) End() {
	o.Rollback()
	o.accounts.running.Delete(o.key)
}

func (o *Once) purpose() string {
	k := o.key
	return fmt.Sprintf("answer %s %s %s %q", k.CustomerID, k.Environment, k.Holder, k.Key)
}
