package httpapi

import (
	"cmp"
	"math"
	"net/http"
	"strconv"
	"time"

	"blush.example/blush/internal/blush"

	"github.com/go-chi/httprate"
)

// Limits are how many requests are answered in each window; 0 means no limit. Each process counts its own requests. The limits protect a process from overload,
// so a shared counter would only add a database write to every request.
type Limits struct {
	// PerAddress limits requests with action tokens or without a credential from one address, and,
	// counted apart, those with wrong API keys. A valid key, whose requests come from one server for all of
	// its users, has only its own limit.
	PerAddress int
	PerKey     int
	PerToken   int
	// FailuresPerAddress limits the wrong credentials from one address, and Failures
	// those from all addresses, because each of them writes an entry to the audit trail.
	FailuresPerAddress int
	Failures           int
	Window             time.Duration // 0: LimitWindow
}

// LimitWindow is the usual time in which requests are counted.
const LimitWindow = 10 * time.Second

// DefaultLimits suit one process on two cores.
var DefaultLimits = Limits{PerAddress: 2000, PerKey: 5000, PerToken: 1000, FailuresPerAddress: 50, Failures: 2000}

type limiters struct{ address, wrong, keys, tokens, failures, allFailures *limiter }

func newLimiters(l Limits) *limiters {
	limit := func(most int, headers bool) *limiter { return newLimiter(most, cmp.Or(l.Window, LimitWindow), headers) }
	return &limiters{address: limit(l.PerAddress, true), wrong: limit(l.PerAddress, false), keys: limit(l.PerKey, true), tokens: limit(l.PerToken, true),
		failures: limit(l.FailuresPerAddress, false), allFailures: limit(l.Failures, false)}
}

// limiter allows a number of requests in each window; nil allows all.
type limiter struct {
	*httprate.RateLimiter
	most    int
	window  time.Duration
	headers bool // whether to send them
}

func newLimiter(most int, window time.Duration, headers bool) *limiter {
	if most <= 0 {
		return nil
	}
	var names httprate.ResponseHeaders
	if headers {
		names = httprate.ResponseHeaders{Limit: "RateLimit-Limit", Remaining: "RateLimit-Remaining", Reset: "RateLimit-Reset"}
	}
	return &limiter{httprate.NewRateLimiter(most, window, httprate.WithResponseHeaders(names)), most, window, headers}
}

// count counts a request under a key. The error is TooMany if that is over the limit. It
// sets the headers of draft-ietf-httpapi-ratelimit-headers-03.
func (l *limiter) count(w http.ResponseWriter, r *http.Request, key, message string) error {
	if l == nil {
		return nil
	}
	over := l.OnLimit(w, r, key)
	at, err := strconv.ParseInt(w.Header().Get("RateLimit-Reset"), 10, 64)
	switch { // in seconds, where the library has a time of day; for a request over the limit, no sooner than Retry-After
	case l.headers && over:
		w.Header().Set("RateLimit-Reset", strconv.Itoa(int(l.window.Seconds())))
	case l.headers && err == nil:
		w.Header().Set("RateLimit-Reset", strconv.Itoa(max(0, int(math.Ceil(time.Until(time.Unix(at, 0)).Seconds())))))
	}
	if !over {
		return nil
	}
	return &blush.Error{Kind: blush.TooMany, Message: message, RetryAfter: l.window}
}

// full says whether the next request under a key would be one too many.
func (l *limiter) full(key string) bool {
	if l == nil {
		return false
	}
	_, rate, err := l.Status(key)
	return err == nil && int(math.Round(rate))+1 > l.most
}

func (l *limiters) credential(w http.ResponseWriter, r *http.Request, c blush.Caller) error {
	if c.Kind == blush.ByAPIKey {
		return l.keys.count(w, r, c.CredentialID, "Too many requests with this API key.")
	}
	return l.tokens.count(w, r, c.CredentialID, "Too many requests with this action token.")
}

func (l *limiters) failure(w http.ResponseWriter, r *http.Request, address string) error {
	if err := l.failures.count(w, r, address, "Too many wrong credentials from this address."); err != nil {
		return err
	}
	return l.allFailures.count(w, r, "", "Too many wrong credentials.")
}

// limitAddress is the outermost limit, before any work is done, for pages too. The probes /healthz and /readyz
// are not limited. A request with only an API key counts only if the key is wrong, and apart from others. After
// too many of those from an address, its requests with a key count like all others. A request with a key and a token
// counts as one with a token.
func (a *API) limitAddress(next http.Handler) http.Handler {
	const message = "Too many requests from this address."
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := a.network(r)
		switch {
		case isProbe(r):
		case IsAPI(r) && r.Header.Get("x-api-key") != "" && r.Header.Get("authorization") == "" && !a.limits.wrong.full(from):
			next.ServeHTTP(w, r)
			if recordOf(r.Context()).credential == "" {
				_ = a.limits.wrong.count(silent{}, r, from, message) // it is answered
			}
			return
		default:
			if err := a.limits.address.count(w, r, from, message); err != nil {
				writeProblem(w, problemFrom(r.Context(), err))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// silent discards headers.
type silent struct{ http.ResponseWriter }

func (silent) Header() http.Header { return http.Header{} }
