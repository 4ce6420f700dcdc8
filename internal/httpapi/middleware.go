package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"blush.example/blush/internal/blush"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"
	"github.com/rs/cors"
)

type recordKey struct{}

// record has what is logged about a request, and other state of it.
type record struct {
	id         string // the Request-Id
	credential string // id of the key or token
	user       string // id of the user that the response is about; not logged
	object     string // id of the object that the request names; not logged
	network    string // where it came from, less precise than its address
	cause      error  // why it failed; not sent to the client
	unread     error  // why its body could not be read, or not all of it
	left       bool   // it failed because its client is gone
	places     places // where in the request its fields are
	reads      bool   // it writes nothing except its own audit entry
	fhir       bool   // the client prefers FHIR
	lenient    bool   // the client wants unknown parameters to be ignored
	databases  func(error) *blush.Error
}

// fault returns what an error of the database means for the client, nil for other errors.
func (r *record) fault(err error) *blush.Error {
	if r.databases == nil {
		return nil
	}
	return r.databases(err)
}

// note stores an error for the log that is not sent to the client.
func (r *record) note(err error) {
	if err != nil {
		r.cause = errors.Join(r.cause, err)
	}
}

func recordOf(ctx context.Context) *record {
	if r, ok := ctx.Value(recordKey{}).(*record); ok {
		return r
	}
	return &record{}
}

func requestID(ctx context.Context) string { return recordOf(ctx).id }

// sent is the body of a request. It records why it cannot be read, which is never the server's fault.
type sent struct {
	io.ReadCloser
	of *record
}

func (s *sent) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.of.unread = err
	}
	return n, err
}

// statusWriter remembers the status, for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
	lost   error // why a part of the response did not reach the client
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	if err != nil && !errors.Is(err, http.ErrBodyNotAllowed) && !errors.Is(err, http.ErrContentLength) {
		w.lost = err
	}
	return n, err
}

// Unwrap lets http.ResponseController reach the connection's deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// What [Observe] reports instead of a status for a response that is not complete.
const (
	CutOff = 0  // the server failed while it sent the response
	Left   = -1 // the client closed the connection, or stopped reading or sending
)

// Observe gives each request its id, writes one line about it, and turns a
// panic into a 500. A client's own Request-Id is not used, because clients could
// forge log lines with it. Of a path only its route is logged, and queries not at
// all: both could name a person or contain a token. seen, unless it is nil, is
// called after each response with the route's pattern ("" if none matched), the method
// and the status, or [CutOff] or [Left]. Each has few possible values, whatever clients send.
func Observe(log *slog.Logger, seen func(route, method string, status int, took time.Duration)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			rec := &record{id: uuid.NewString()}
			w.Header().Set("Request-Id", rec.id)
			sw := &statusWriter{ResponseWriter: w}
			r = r.WithContext(context.WithValue(r.Context(), recordKey{}, rec))
			if r.Body != nil && r.Body != http.NoBody {
				r.Body = &sent{r.Body, rec}
			}
			defer func() {
				v := recover()
				err, _ := v.(error)
				abort := errors.Is(err, http.ErrAbortHandler)
				left := rec.left || sw.lost != nil || r.Context().Err() != nil && !stopped(r.Context()) && (abort || rec.unread != nil)
				if v != nil && !abort {
					rec.cause = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
					if sw.status == 0 {
						writeProblem(sw, internalError(r.Context()))
					} else {
						abort = true // else the client would take what it has for all of the response
					}
				}
				if sw.lost != nil {
					rec.cause = sw.lost
				}
				status, level := sw.status, slog.LevelInfo
				switch {
				case left:
					status = Left
				case abort:
					status, level = CutOff, slog.LevelError
				case status >= http.StatusInternalServerError:
					level = slog.LevelError
				case isProbe(r):
					level = slog.LevelDebug // requested every few seconds
				}
				if status == 0 && !abort { // nothing was written, which net/http answers with 200
					status = http.StatusOK
				}
				route, took := chi.RouteContext(r.Context()).RoutePattern(), time.Since(start)
				if seen != nil {
					seen(route, method(r), status, took)
				}
				line := append([]any{"request_id", rec.id, "method", method(r), "route", route,
					"status", sw.status, "bytes", sw.bytes, "ms", took.Milliseconds()}, rec.attributes(r, left)...)
				log.Log(r.Context(), level, "request", line...)
				if abort {
					panic(http.ErrAbortHandler) // for the server, which aborts the connection
				}
			}()
			next.ServeHTTP(sw, r)
		})
	}
}

// attributes returns what the log says about a request besides its outcome.
func (rec *record) attributes(r *http.Request, left bool) (out []any) {
	if left {
		out = append(out, "client_left", true)
	}
	if rec.network != "" {
		out = append(out, "network", rec.network)
	}
	if rec.credential != "" {
		out = append(out, "credential", rec.credential)
	}
	if rec.cause != nil {
		cause := rec.cause.Error()
		if r.RemoteAddr != "" { // an error of the connection contains it whole, but the log stores only the network
			cause = strings.ReplaceAll(cause, r.RemoteAddr, "client")
		}
		out = append(out, "cause", cause)
	}
	return out
}

// method returns the request's method, or "other" for one that a client invented.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// faults sets how errors of the database are recognised, and records where a request came from.
func (a *API) faults(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := recordOf(r.Context())
		rec.databases, rec.reads = a.cfg.DatabaseFault, r.Method == http.MethodGet || r.Method == http.MethodHead
		rec.network = coarseNetwork(a.cfg.ClientAddress(r))
		next.ServeHTTP(w, r)
	})
}

// SetNonPageHeaders sets the headers of every response that is not a page: it may load nothing,
// it may not be framed, and it is not cached.
func SetNonPageHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// apiHeaders are the same on every answer of the API.
func apiHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		SetNonPageHeaders(w)
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		next.ServeHTTP(w, r)
	})
}

// plainHeaders converts the headers that describe a body to the lower case that all
// handlers compare with, because they are case-insensitive (RFC 9110 §8.3.1, §8.4.1).
// The coding identity, which means none, is removed.
// A header that cannot be parsed is left for the handlers to refuse.
func plainHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil {
			r.Header.Set("Content-Type", mime.FormatMediaType(kind, params))
		}
		var codings []string
		for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Content-Encoding"), ","), ",") {
			switch coding = strings.ToLower(strings.TrimSpace(coding)); coding {
			case "", "identity":
			case "x-gzip":
				codings = append(codings, "gzip")
			default:
				codings = append(codings, coding)
			}
		}
		if r.Header.Del("Content-Encoding"); codings != nil {
			r.Header.Set("Content-Encoding", strings.Join(codings, ", "))
		}
		next.ServeHTTP(w, r)
	})
}

// anyOrigin allows pages of any origin to call the API with an action token. That is safe
// because cookies are never used. x-api-key is not an allowed header, because a key does
// not belong in a page.
func anyOrigin() func(http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowedOrigins: []string{"*"},
		AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete, http.MethodPut}, // no route has PUT: its 405 can be read
		AllowedHeaders: []string{"Content-Type", "Content-Encoding", "Authorization", "Idempotency-Key", "If-None-Match", "Prefer"},
		ExposedHeaders: []string{"Request-Id", "Retry-After", "Location", "ETag", "Idempotent-Replayed", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"},
		MaxAge:         600,
	}).Handler
}

// onlyAPI applies middlewares to the paths of the API, including unknown ones, and not to
// the pages.
func onlyAPI(mws ...func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		api := chi.Chain(mws...).Handler(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if IsAPI(r) {
				api.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// TrimTrailingSlashes treats a path with slashes at its end as the path without them. Clients join addresses in different ways, and
// a redirect would not send the body of a POST again.
func TrimTrailingSlashes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := strings.TrimRight(r.URL.Path, "/"); path != "" && path != r.URL.Path {
			at := *r.URL
			at.Path, at.RawPath = path, strings.TrimRight(at.RawPath, "/")
			other := *r
			other.URL = &at
			r = &other
		}
		next.ServeHTTP(w, r)
	})
}

// AnyOrigin allows pages of any origin to read the response to an unknown path, and its preflight. Without these headers
// the browser hides the 404 from the developer who looks for the mistake. The API's own paths already have them.
func AnyOrigin(next http.HandlerFunc) http.HandlerFunc {
	with := anyOrigin()(next)
	return func(w http.ResponseWriter, r *http.Request) {
		if IsAPI(r) {
			next(w, r)
			return
		}
		with.ServeHTTP(w, r)
	}
}

// IsAPI says whether a path belongs to the API and not to the pages.
func IsAPI(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/v2/") || r.URL.Path == "/v2"
}

// isProbe says whether a request is a health check.
func isProbe(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }
