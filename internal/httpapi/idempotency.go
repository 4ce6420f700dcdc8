package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"

	"blush.example/blush/internal/account"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// idempotent gives a creating POST that is sent again with the same Idempotency-Key the
// same answer as the first time: its changes and its answer are one transaction. The rules
// are in account. Videos are left to their handler, because they are too large to hold here
// and their multipart boundary differs between attempts.
func (a *API) idempotent(hc huma.Context, next func(huma.Context)) {
	key := hc.Header("Idempotency-Key")
	op := operationOf(hc)
	if key == "" || !op.creates {
		next(hc)
		return
	}
	r, w := humachi.Unwrap(hc)
	ctx := hc.Context()
	refuse := func(err error) { writeProblem(w, problemFrom(ctx, err)) }
	if isMultipart(r.Header.Get("Content-Type")) {
		next(hc)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, op.limit()))
	if err != nil {
		refuse(err)
		return
	}
	within, once, before, err := a.accounts.BeginIdempotent(ctx, callerOf(ctx), key, requestHash(r, body))
	if err != nil {
		refuse(err)
		return
	}
	if before != nil {
		replay(w, before)
		return
	}
	defer once.End() // also after a panic
	kept := &keeper{humaContext: huma.WithContext(hc, within), body: bytes.NewReader(body)}
	next(kept)
	if kept.status < 200 || kept.status > 299 {
		once.Rollback()
		kept.send(w)
		return
	}
	answer := account.Answer{Status: kept.status, Header: map[string]string{}, Body: kept.answer.Bytes(), UserID: recordOf(ctx).user}
	for _, name := range keptHeaders {
		if v := w.Header().Get(name); v != "" {
			answer.Header[name] = v
		}
	}
	first, err := once.Keep(within, answer)
	if first != nil || err != nil {
		for _, name := range keptHeaders {
			w.Header().Del(name)
		}
	}
	switch {
	case err != nil:
		refuse(err)
	case first != nil:
		replay(w, first)
	default:
		kept.send(w)
		recordOf(ctx).note(once.RunAfter(context.WithoutCancel(ctx)))
	}
}

// keptHeaders are the headers that belong to an answer.
var keptHeaders = []string{"Content-Type", "Location"}

func replay(w http.ResponseWriter, a *account.Answer) {
	for k, v := range a.Header {
		w.Header().Set(k, v)
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// requestHash identifies a request by its method, path, query, encoding and body.
func requestHash(r *http.Request, body []byte) []byte {
	h := sha256.New()
	for _, s := range []string{r.Method, r.URL.Path, r.URL.Query().Encode(), r.Header.Get("Content-Encoding")} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	h.Write(body)
	return h.Sum(nil)
}

type humaContext = huma.Context

// keeper passes a request on with a body that was already read, and holds the response
// back until the changes are durable.
type keeper struct {
	humaContext
	body   io.Reader
	status int
	answer bytes.Buffer
}

func (k *keeper) BodyReader() io.Reader { return k.body }

func (k *keeper) SetStatus(code int) { k.status = code }

func (k *keeper) Status() int { return k.status }

func (k *keeper) BodyWriter() io.Writer { return &k.answer }

// Unwrap lets the adapter find the request beneath.
func (k *keeper) Unwrap() huma.Context { return k.humaContext }

func (k *keeper) send(w http.ResponseWriter) {
	w.WriteHeader(k.status)
	_, _ = w.Write(k.answer.Bytes())
}
