// Package client calls the API of a Blush server. Every call is typed and is
// retried when the network or the server fails temporarily. Errors contain what
// the server reported.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	strictjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// retries and firstWait follow the clients of the original API: three more
// tries, the first after half a second, each wait twice the last.
const (
	retries   = 3
	firstWait = 500 * time.Millisecond
	longWait  = 30 * time.Second // the most a Retry-After is heeded for
)

// Client calls one server with one credential. Its fields may be changed before the first call.
type Client struct {
	// BaseURL is the server's address without a slash at its end, e.g. https://localhost:8443.
	BaseURL string
	// APIKey or Token is sent with every call; a token wins.
	APIKey string
	Token  string
	// HTTP makes the calls; nil means http.DefaultClient. A server with a
	// development certificate needs one that trusts its ca.pem.
	HTTP *http.Client
}

// Error is an answer of the server that is not a success.
type Error struct {
	Status    int
	Detail    string
	Fields    []FieldError // of a 422
	RequestID string
}

// FieldError is one part of a request that failed validation.
type FieldError struct {
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

func (e *Error) Error() string {
	text := e.Detail
	for i, f := range e.Fields {
		loc := make([]string, len(f.Loc))
		for j, part := range f.Loc {
			loc[j] = fmt.Sprint(part)
		}
		if i > 0 {
			text += "; "
		}
		text += strings.Join(loc, ".") + ": " + f.Msg
	}
	return fmt.Sprintf("%d %s: %s (request %s)", e.Status, http.StatusText(e.Status), text, e.RequestID)
}

// Status returns the HTTP status behind an error, 0 when it is none of the server's.
func Status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// body is what a call sends: it can be read again for another try, or it cannot.
type body struct {
	kind   string
	bytes  []byte
	stream func() (io.Reader, error) // nil: bytes
}

// jsonBody writes v as JSON. Text that is not UTF-8 is an error: encoding/json
// would write U+FFFD for it, which makes one user of two.
func jsonBody(v any) (body, error) {
	b, err := strictjson.Marshal(v, jsonv1.DefaultOptionsV1(), jsontext.AllowInvalidUTF8(false))
	if err != nil {
		return body{}, fmt.Errorf("request body: %w", err)
	}
	return body{kind: "application/json", bytes: b}, nil
}

// do makes one call and reads its answer into out, which may be nil.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, b body, out any) (status int, err error) {
	key := ""
	if method == http.MethodPost {
		key = rand.Text()
	}
	wait := firstWait
	for try := 0; ; try++ {
		var after time.Duration
		status, after, err = c.once(ctx, method, path, query, key, b, out)
		if try == retries || err == nil || !again(ctx, err, after) {
			return status, err
		}
		select {
		case <-time.After(max(wait, after)):
		case <-ctx.Done():
			return status, errors.Join(ctx.Err(), err)
		}
		wait *= 2
	}
}

// again reports whether another try may end better: after a fault of the
// network or the server, or when the server itself says to come back.
func again(ctx context.Context, err error, after time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	var e *Error
	if !errors.As(err, &e) {
		var u *url.Error
		return errors.As(err, &u) // the network
	}
	return e.Status == http.StatusTooManyRequests || e.Status >= 500 || after > 0
}

func (c *Client) once(ctx context.Context, method, path string, query url.Values, key string, b body, out any) (int, time.Duration, error) {
	var in io.Reader
	if b.stream != nil {
		r, err := b.stream()
		if err != nil {
			return 0, 0, err
		}
		in = r
	} else if b.bytes != nil {
		in = bytes.NewReader(b.bytes)
	}
	target := c.BaseURL + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, in)
	if err != nil {
		return 0, 0, err
	}
	if b.kind != "" {
		req.Header.Set("Content-Type", b.kind)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Token "+c.Token)
	} else if c.APIKey != "" {
		req.Header.Set("x-api-key", c.APIKey)
	}
	hc := c.HTTP
	if hc == nil {
		hc = http.DefaultClient
	}
	resp, err := hc.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, 0, &url.Error{Op: method, URL: target, Err: err}
	}
	if resp.StatusCode > 299 {
		after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return resp.StatusCode, min(time.Duration(after)*time.Second, longWait), errorFrom(resp, answer)
	}
	if out == nil || len(answer) == 0 {
		return resp.StatusCode, 0, nil
	}
	if raw, ok := out.(*json.RawMessage); ok {
		*raw = answer
		return resp.StatusCode, 0, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return resp.StatusCode, 0, fmt.Errorf("%s %s: answer: %w", method, path, err)
	}
	return resp.StatusCode, 0, nil
}

func errorFrom(resp *http.Response, answer []byte) *Error {
	e := &Error{Status: resp.StatusCode, RequestID: resp.Header.Get("Request-Id")}
	var detail struct{ Detail json.RawMessage }
	if json.Unmarshal(answer, &detail) != nil {
		e.Detail = strings.TrimSpace(string(answer[:min(len(answer), 200)]))
		return e
	}
	if json.Unmarshal(detail.Detail, &e.Detail) != nil {
		_ = json.Unmarshal(detail.Detail, &e.Fields)
	}
	return e
}
