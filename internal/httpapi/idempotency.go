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

// idempotent answers a creating POST that is sent again with the same
// Idempotency-Key as it was answered the first time; the rules stand in
// account. A video is left to its handler: it is too large to hold here, and
// its multipart boundary differs from one try to the next.
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
	c := callerOf(ctx)
	before, err := a.accounts.BeginIdempotent(ctx, c, key, requestHash(r, body))
	if err != nil {
		refuse(err)
		return
	}
	if before != nil {
		for k, v := range before.Header {
			w.Header().Set(k, v)
		}
		w.Header().Set("Idempotent-Replayed", "true")
		w.WriteHeader(before.Status)
		_, _ = w.Write(before.Body)
		return
	}
	// The request is open from here on: it is finished or abandoned on every way
	// out, a panic included, and also when the client has gone.
	kept := &keeper{humaContext: hc, body: bytes.NewReader(body)}
	after := context.WithoutCancel(ctx)
	finished := false
	defer func() {
		if !finished {
			recordOf(ctx).note(a.accounts.AbandonIdempotent(after, c, key))
		}
	}()
	next(kept)
	if kept.status < 200 || kept.status > 299 {
		return
	}
	finished = true
	answer := account.Answer{Status: kept.status, Header: map[string]string{}, Body: kept.answer.Bytes(), UserID: recordOf(ctx).user}
	for _, name := range []string{"Content-Type", "Location"} {
		if v := w.Header().Get(name); v != "" {
			answer.Header[name] = v
		}
	}
	recordOf(ctx).note(a.accounts.FinishIdempotent(after, c, key, answer))
}

// requestHash tells one request from another: method, path, query, encoding and body.
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

// keeper passes a request on with a body that was read already, and keeps what is answered.
type keeper struct {
	humaContext
	body   io.Reader
	status int
	answer bytes.Buffer
}

func (k *keeper) BodyReader() io.Reader { return k.body }

func (k *keeper) SetStatus(code int) {
	k.status = code
	k.humaContext.SetStatus(code)
}

func (k *keeper) BodyWriter() io.Writer { return io.MultiWriter(&k.answer, k.humaContext.BodyWriter()) }

// Unwrap lets the adapter find the request beneath.
func (k *keeper) Unwrap() huma.Context { return k.humaContext }
