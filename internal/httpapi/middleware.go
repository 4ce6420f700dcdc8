package httpapi

import (
	"context"
	"errors"
	"fmt"
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

// record is what a request leaves behind for its line in the log.
type record struct {
	id         string // the Request-Id
	credential string // id of the key or token
	user       string // id of the user the answer speaks of; not logged
	object     string // id of what the request names; not logged
	network    string // where it came from, more coarsely than its address
	cause      error  // why it failed, in words the client does not see
	places     places // where the fields of the request stand
	reads      bool   // nothing but the note of its own access is written
	fhir       bool   // the client prefers FHIR
	lenient    bool   // the client wants unknown parameters passed over
	databases  func(error) *blush.Error
}

// fault returns what an error of the database means for the client, nil for other errors.
func (r *record) fault(err error) *blush.Error {
	if r.databases == nil {
		return nil
	}
	return r.databases(err)
}

// note keeps an error that the client need not hear of.
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

// statusWriter remembers what was answered, for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
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
	return n, err
}

// Unwrap lets http.ResponseController reach the connection's deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Observe gives each request its id, writes one line about it, and turns a
// panic into a 500. A client's own Request-Id is not taken over: it would let
// anybody forge log lines. Paths are logged as their routes and queries not at
// all: both could name a person or hold a token. seen, unless it is nil, is
// called after each response with the route's pattern ("" if none matched), the method
// and the status (0 if the response was cut off). Each takes few values, whatever clients send.
func Observe(log *slog.Logger, seen func(route, method string, status int, took time.Duration)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			rec := &record{id: uuid.NewString()}
			w.Header().Set("Request-Id", rec.id)
			sw := &statusWriter{ResponseWriter: w}
			r = r.WithContext(context.WithValue(r.Context(), recordKey{}, rec))
			defer func() {
				level := slog.LevelInfo
				v := recover()
				err, _ := v.(error)
				abort := errors.Is(err, http.ErrAbortHandler)
				if v != nil && !abort {
					rec.cause = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
					if sw.status == 0 {
						writeProblem(sw, internalError(r.Context()))
					}
				}
				switch {
				case sw.status >= http.StatusInternalServerError, abort:
					level = slog.LevelError
				case isProbe(r):
					level = slog.LevelDebug // asked every few seconds
				}
				route, took := chi.RouteContext(r.Context()).RoutePattern(), time.Since(start)
				if seen != nil {
					status := sw.status
					switch {
					case abort:
						status = 0
					case status == 0: // nothing was said, which is a 200 to net/http
						status = http.StatusOK
					}
					seen(route, method(r), status, took)
				}
				line := []any{"request_id", rec.id, "method", method(r), "route", route,
					"status", sw.status, "bytes", sw.bytes, "ms", took.Milliseconds()}
				if rec.network != "" {
					line = append(line, "network", rec.network)
				}
				if rec.credential != "" {
					line = append(line, "credential", rec.credential)
				}
				if rec.cause != nil {
					line = append(line, "cause", rec.cause.Error())
				}
				log.Log(r.Context(), level, "request", line...)
				if abort {
					panic(v) // for the server, which breaks the connection off
				}
			}()
			next.ServeHTTP(sw, r)
		})
	}
}

// method returns the request's method, or "other" for one that a client invented.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// faults lets errors of the database be told from the program's own, and notes where a request came from.
func (a *API) faults(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := recordOf(r.Context())
		rec.databases, rec.reads = a.cfg.DatabaseFault, r.Method == http.MethodGet || r.Method == http.MethodHead
		rec.network = coarseNetwork(a.cfg.ClientAddress(r))
		next.ServeHTTP(w, r)
	})
}

// BareHeaders are those of every answer that is no page: nothing may be made of
// it, nothing frames it, and no cache keeps it.
func BareHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// apiHeaders are the same on every answer of the API.
func apiHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		BareHeaders(w)
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		next.ServeHTTP(w, r)
	})
}

// plainHeaders brings the headers that say what a body is into the spelling that
// all handlers compare with: their words are the same in either case (RFC 9110
// §8.3.1, §8.4.1). What cannot be read stays, and is refused by who needs it.
func plainHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil {
			r.Header.Set("Content-Type", mime.FormatMediaType(kind, params))
		}
		if codings := r.Header.Values("Content-Encoding"); len(codings) > 0 {
			coding := strings.ToLower(strings.TrimSpace(strings.Join(codings, ",")))
			if coding == "x-gzip" {
				coding = "gzip"
			}
			r.Header.Set("Content-Encoding", coding)
		}
		next.ServeHTTP(w, r)
	})
}

// anyOrigin lets a page of any origin call with an action token. Cookies are
// never used, so no origin gains anything by it; x-api-key is not among the
// headers, for a key has no place in a page.
func anyOrigin() func(http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowedOrigins: []string{"*"},
		AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"Content-Type", "Content-Encoding", "Authorization", "Idempotency-Key", "If-None-Match"},
		ExposedHeaders: []string{"Request-Id", "Retry-After", "Location", "ETag", "Idempotent-Replayed", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"},
		MaxAge:         600,
	}).Handler
}

// onlyAPI applies middlewares to the paths of the API, the unknown ones among
// them included, and leaves the pages alone.
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

// SamePath takes a path with slashes at its end for the path without them: clients join addresses as they like, and no
// redirect would send a POST again.
func SamePath(next http.Handler) http.Handler {
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

// AnyOrigin lets a page of any origin read the answer to a path that is none, its preflight included: a browser keeps a 404
// without these headers from whoever has to find the mistake. The API's own paths have them already.
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

// IsAPI tells the API's paths from those of the pages.
func IsAPI(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/v2/") || r.URL.Path == "/v2"
}

// isProbe tells the requests of those who watch the server.
func isProbe(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }
