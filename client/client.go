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
// attempts, the first after half a second, each wait twice the last.
const (
	retries   = 3
	firstWait = 500 * time.Millisecond
	longWait  = 30 * time.Second // the longest Retry-After that is followed
)

// Client calls one server with one credential. Its fields may be changed before the first call.
type Client struct {
	// BaseURL is the server's address, e.g. https://localhost:8443.
	BaseURL string
	// APIKey or Token is sent with every call; if both are set, the token is.
	APIKey string
	Token  string
	// Language of texts in answers, two letters; empty: the user's own.
	Language string
	// HTTP makes the calls; nil means http.DefaultClient. A server with a
	// development certificate needs one that trusts its ca.pem. The client follows no
	// redirect: it would take the credential to another server.
	HTTP *http.Client
}

// Error is an answer that is not a success, or that the API would not send.
type Error struct {
	Status    int
	Detail    string       // what the server says; empty where the answer is not one of the API's errors
	Fields    []FieldError // of a 422
	RequestID string
	// Header and Body are the whole answer.
	Header http.Header
	Body   []byte
}

// FieldError is one part of a request that failed validation.
type FieldError struct {
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// excerpt is how many bytes of an unknown response an error's text contains.
const excerpt = 500

func (e *Error) Error() string {
	text := e.Detail
	if text == "" && len(e.Fields) == 0 && e.Status >= http.StatusMultipleChoices { // a success may contain a person's values, which must not be logged
		text = strings.TrimSpace(strings.ToValidUTF8(string(e.Body[:min(len(e.Body), excerpt)]), "\uFFFD"))
		if len(e.Body) > excerpt {
			text += fmt.Sprintf(" … (%d bytes in Body)", len(e.Body))
		}
	}
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

type idempotencyKey struct{}

// WithIdempotencyKey sets the Idempotency-Key of the POST of a call. A program that was stopped before it got the
// answer can repeat the call with the same key within 24 hours: it takes effect once. Without it, each call has its own key, for all its attempts.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, idempotencyKey{}, key)
}

// Status returns the HTTP status behind an error, 0 if the error is not from the server.
func Status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// body is the body of a request. It may or may not be readable again for another attempt.
type body struct {
	kind   string
	bytes  []byte
	stream func() (io.Reader, error) // nil: bytes
}

// jsonBody writes v as JSON. Text that is not UTF-8 is an error: encoding/json
// would replace it with U+FFFD, which could turn two users into one.
func jsonBody(v any) (body, error) {
	b, err := strictjson.Marshal(v, jsonv1.DefaultOptionsV1(), jsontext.AllowInvalidUTF8(false))
	if err != nil {
		return body{}, fmt.Errorf("request body: %w", err)
	}
	return body{kind: "application/json", bytes: b}, nil
}

// post sends a value as JSON.
func (c *Client) post(ctx context.Context, path string, query url.Values, in, out any) error {
	b, err := jsonBody(in)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, http.MethodPost, path, query, b, out)
	return err
}

// do makes one call and reads its answer into out, which may be nil.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, b body, out any) (status int, err error) {
	key := ""
	if method == http.MethodPost {
		var own bool
		if key, own = ctx.Value(idempotencyKey{}).(string); !own {
			key = rand.Text()
		}
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

// again reports whether another attempt may succeed: after an error of the
// network or the server, or if the server says when to retry.
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
	req, err := c.request(ctx, method, path, query, key, b)
	if err != nil {
		return 0, 0, err
	}
	hc := http.DefaultClient
	if c.HTTP != nil {
		hc = c.HTTP
	}
	stays := *hc
	stays.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := stays.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, 0, &url.Error{Op: method, URL: req.URL.String(), Err: err}
	}
	if resp.StatusCode > 299 {
		return resp.StatusCode, min(retryAfter(resp.Header.Get("Retry-After")), longWait), errorFrom(resp, answer)
	}
	if err := decode(answer, out); err != nil {
		return resp.StatusCode, 0, fmt.Errorf("%s %s: this is not an answer of the API: %w: %w", method, path, err, errorFrom(resp, answer))
	}
	return resp.StatusCode, 0, nil
}

// retryAfter reads a Retry-After, seconds or a date (RFC 9110 §10.2.3); 0 if it is neither, or past.
func retryAfter(text string) time.Duration {
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	seconds, _ := strconv.ParseUint(text, 10, 16)
	return time.Duration(seconds) * time.Second
}

// request makes a request with its credentials.
func (c *Client) request(ctx context.Context, method, path string, query url.Values, key string, b body) (*http.Request, error) {
	var in io.Reader
	if b.stream != nil {
		r, err := b.stream()
		if err != nil {
			return nil, err
		}
		in = r
	} else if b.bytes != nil {
		in = bytes.NewReader(b.bytes)
	}
	target := strings.TrimRight(c.BaseURL, "/") + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, in)
	if err != nil {
		return nil, err
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
	return req, nil
}

// decode reads the body of an answer into out: a *[]byte as it is, anything else from JSON, nil not at all.
func decode(answer []byte, out any) error {
	if out == nil {
		return nil
	}
	if len(answer) == 0 {
		return errors.New("it is empty")
	}
	if raw, ok := out.(*[]byte); ok {
		*raw = answer
		return nil
	}
	return json.Unmarshal(answer, out)
}

func errorFrom(resp *http.Response, answer []byte) *Error {
	e := &Error{Status: resp.StatusCode, RequestID: resp.Header.Get("Request-Id"), Header: resp.Header, Body: answer}
	var body struct{ Detail json.RawMessage }
	if json.Unmarshal(answer, &body) != nil || json.Unmarshal(body.Detail, &e.Detail) == nil {
		return e
	}
	if json.Unmarshal(body.Detail, &e.Fields) != nil {
		e.Fields = nil
	}
	return e
}
