package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"

	"blush.example/blush/internal/blush"

	"github.com/danielgtaylor/huma/v2"
)

// Detail is the body of every error but 422.
type Detail struct {
	Detail string `json:"detail" doc:"What went wrong, in words for a person" example:"no valid credential"`
}

// FieldList is the body of a 422: each part of the request that failed validation.
type FieldList struct {
	Detail []FieldError `json:"detail" nullable:"false"`
}

// problem is an error on its way to the client.
type problem struct {
	status     int
	retryAfter int    // seconds; 0: none
	etag       string // of what was not modified
	body       any    // Detail or FieldList
	text       string
}

func (p *problem) Error() string  { return p.text }
func (p *problem) GetStatus() int { return p.status }

// GetHeaders is read by huma and by writeProblem.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.etag != "" {
		h.Set("ETag", p.etag)
	}
	if p.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Token")
	}
	return h
}

// MarshalJSON writes only the body, because the status is in the status line.
func (p *problem) MarshalJSON() ([]byte, error) { return json.Marshal(p.body) }

var statusOf = map[blush.Kind]int{
	blush.Invalid:      http.StatusBadRequest,
	blush.Unauthorized: http.StatusUnauthorized,
	blush.Forbidden:    http.StatusForbidden,
	blush.NotFound:     http.StatusNotFound,
	blush.Conflict:     http.StatusConflict,
	blush.TooLarge:     http.StatusRequestEntityTooLarge,
	blush.Unprocessed:  http.StatusUnprocessableEntity,
	blush.TooMany:      http.StatusTooManyRequests,
	blush.Unavailable:  http.StatusServiceUnavailable,
	blush.NoRoom:       http.StatusInsufficientStorage,
}

// ErrStopped is the cause with which a stopping server cancels the requests that take too long. Their clients have not left.
var ErrStopped = errors.New("the server is stopping")

func stopped(ctx context.Context) bool { return errors.Is(context.Cause(ctx), ErrStopped) }

// problemFrom turns any error into what the client may see, and keeps the cause for the
// log. For an error that is not a [blush.Error] the client gets a fixed text.
func problemFrom(ctx context.Context, err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return plain(http.StatusRequestEntityTooLarge, "The body is larger than "+byteSize(tooLarge.Limit)+".")
	}
	rec := recordOf(ctx)
	unread := rec.unread != nil && errors.Is(err, rec.unread)
	e := rec.fault(err)
	ours := (e == nil && !errors.As(err, &e)) || statusOf[e.Kind] == 0 || statusOf[e.Kind] >= http.StatusInternalServerError
	switch {
	case ours && stopped(ctx):
		rec.cause = ErrStopped
		p = plain(http.StatusServiceUnavailable, "The server is stopping: send the request again.")
		p.retryAfter = 1
		return p
	case errors.Is(err, os.ErrDeadlineExceeded), ours && ctx.Err() != nil:
		rec.cause, rec.left = err, ctx.Err() != nil
		return plain(http.StatusRequestTimeout, "The request was not received in time.")
	case unread:
		rec.cause = err
		return plain(http.StatusBadRequest, "The body cannot be read to its end: it is not sent as its headers say.")
	case e == nil || statusOf[e.Kind] == 0:
		rec.cause = err
		return internalError(ctx)
	}
	rec.cause = e.Cause
	if e.Kind == blush.Unprocessed {
		where := rec.places
		if len(e.Fields) == 0 {
			return faultAt(e.Message, "value_error", where.of(nil)...)
		}
		fields := make([]FieldError, len(e.Fields))
		for i, f := range e.Fields {
			fields[i] = FieldError{Loc: where.of(f.Path), Msg: f.Msg, Type: f.Type}
		}
		return unprocessable(e.Message, fields...)
	}
	p = plain(statusOf[e.Kind], e.Message)
	p.retryAfter = int(math.Ceil(e.RetryAfter.Seconds()))
	if e.Kind == blush.NoRoom {
		p.fullDisk(rec.reads)
	}
	if p.retryAfter == 0 && (e.Kind == blush.TooMany || e.Kind == blush.Unavailable) {
		p.retryAfter = 1
	}
	return p
}

// fullDisk explains a full disk to the client. Requests that only read cannot be answered
// either, because each access to personal data must be recorded first.
func (p *problem) fullDisk(reads bool) {
	p.text += " Nothing of this request was stored: send it again when there is room."
	if reads {
		p.status = http.StatusServiceUnavailable
		p.text = "The server's disk is full: it cannot record who reads what, and without that record it sends nothing about a person. Try again when there is room."
	}
	p.body = Detail{p.text}
}

func internalError(ctx context.Context) *problem {
	return plain(http.StatusInternalServerError, "Internal error; please quote request "+requestID(ctx)+".")
}

func plain(status int, text string) *problem {
	return &problem{status: status, body: Detail{text}, text: text}
}

// writeProblem sends an error from outside huma: an unknown path, a panic, a limit.
func writeProblem(w http.ResponseWriter, p *problem) {
	SetNonPageHeaders(w)
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(p.status)
	b, err := p.MarshalJSON()
	if err != nil {
		return
	}
	_, _ = w.Write(b)
}

// huma reports invalid requests through these two functions. Both make a problem, so that
// the API has only one form of error.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return problemFromHuma(status, msg, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		if status >= http.StatusInternalServerError {
			return problemFrom(ctx.Context(), errors.Join(append([]error{errors.New(msg)}, errs...)...))
		}
		return problemFromHuma(status, msg, errs)
	}
}

func problemFromHuma(status int, msg string, errs []error) *problem {
	var fields []FieldError
	for _, err := range errs {
		var own *problem
		if errors.As(err, &own) {
			return own
		}
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			fields = append(fields, fieldFromHuma(d))
		}
	}
	// Bad JSON is the 422 of a body, as every other fault of a body is.
	if status == http.StatusBadRequest && (len(fields) > 0 || msg == "request body is required") {
		status = http.StatusUnprocessableEntity
		if len(fields) == 0 {
			fields = []FieldError{{Loc: []any{"body"}, Msg: "A JSON body is required.", Type: "missing"}}
		}
	}
	if status == http.StatusRequestEntityTooLarge {
		return plain(status, "The body is larger than "+byteSize(maxJSONBody)+".")
	}
	if status == http.StatusUnsupportedMediaType && len(fields) > 0 {
		_, kind, _ := strings.Cut(fields[0].Msg, huma.ErrUnknownContentType.Error()+": ")
		return plain(status, fmt.Sprintf("Send the body with Content-Type: application/json, not with %q.", kind))
	}
	if status != http.StatusUnprocessableEntity {
		return plain(status, msg)
	}
	if len(fields) == 0 {
		fields = []FieldError{{Loc: []any{"body"}, Msg: msg, Type: "value_error"}}
	}
	return unprocessable(msg, fields...)
}

// fieldTypes maps huma's messages to the machine-readable types that clients of the
// original API know from its 422 responses.
var fieldTypes = []struct{ start, typ string }{
	{"unexpected property", "extra_forbidden"},
	{"expected required property", "missing"},
	{"required ", "missing"},
	{"expected value to be one of", "enum"},
	{"expected string to be RFC 3339 date", "date_parsing"},
	{"expected string to be RFC 4122 uuid", "uuid_parsing"},
	{"expected string", "string_type"},
	{"expected boolean", "bool_type"},
	{"expected number <=", "less_than_equal"},
	{"expected number >=", "greater_than_equal"},
	{"expected number", "float_type"},
	{"expected integer", "int_type"},
	{"invalid integer", "int_parsing"},
	{"invalid float", "float_parsing"},
	{"invalid boolean", "bool_parsing"},
	{"expected array", "list_type"},
	{"expected object", "dict_type"},
	{"expected length >=", "string_too_short"},
	{"expected length <=", "string_too_long"},
}

func fieldFromHuma(d *huma.ErrorDetail) FieldError {
	if body, ok := d.Value.(string); ok && d.Location == "body" {
		if fault := bodyFault([]byte(body)); fault != nil {
			return *fault
		}
	}
	f := FieldError{Loc: location(d.Location), Msg: d.Message, Type: "value_error"}
	if strings.HasPrefix(d.Message, "invalid date/time") || strings.HasSuffix(d.Message, "RFC 3339 date-time") { // the first shows Go's layout
		f.Msg, f.Type = "expected a time with its offset, e.g. 2026-01-31T08:00:00Z", "date_parsing"
		return f
	}
	if strings.HasSuffix(d.Message, "RFC 3339 date") {
		f.Msg, f.Type = "expected a day, yyyy-MM-dd", "date_parsing"
		return f
	}
	if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		name, _, _ = strings.Cut(name, " ")
		f.Loc = append(f.Loc, name)
	}
	for _, t := range fieldTypes {
		if strings.HasPrefix(d.Message, t.start) {
			f.Type = t.typ
			return f
		}
	}
	if d.Location == "body" {
		f.Type = "json_invalid"
		if number, ok := strings.CutPrefix(f.Msg, "json: cannot unmarshal number "); ok {
			number, _, _ = strings.Cut(number, " ")
			f.Msg = "the number " + number + " is out of range"
		}
	}
	return f
}

// location turns huma's body.regions[0].name into ["body","regions",0,"name"].
func location(path string) []any {
	if path == "" {
		return []any{"body"}
	}
	var loc []any
	for part := range strings.SplitSeq(path, ".") {
		name, indexes, _ := strings.Cut(part, "[")
		loc = append(loc, name)
		for index := range strings.SplitSeq(strings.TrimSuffix(indexes, "]"), "][") {
			if n, err := strconv.Atoi(index); err == nil {
				loc = append(loc, n)
			}
		}
	}
	return loc
}

func byteSize(n int64) string {
	if n >= 1<<20 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
