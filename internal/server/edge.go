package server

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/store"
)

// onlyOverTLS refuses requests over plain HTTP. Others may have read a key that was sent
// that way, and after a redirect the client would send it that way again. Plain HTTP on
// the HTTPS port does not reach this function: net/http answers it with 400.
func (s *Server) onlyOverTLS(next http.Handler) http.Handler {
	direct := s.cfg.TLS.Plain && loopback(s.listener.Addr())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy := s.trusted(r.RemoteAddr)
		came := forwardedOver(r)
		switch {
		case r.TLS != nil, s.cfg.TLS.Plain && proxy && came == "https", direct && came == "", r.URL.Path == "/healthz", r.URL.Path == "/readyz":
		default:
			words := "Calls over plain HTTP fail. Use HTTPS."
			switch {
			case s.cfg.TLS.Plain && !proxy && came != "":
				words += " This address is not a trusted proxy: name the proxies whose X-Forwarded-Proto is trusted with --trusted-proxy."
			case came != "http":
				words += " The proxy that terminates TLS must send X-Forwarded-Proto: https."
			}
			httpapi.SetNonPageHeaders(w)
			http.Error(w, words, http.StatusBadRequest)
			return
		}
		if !direct && s.ca == nil {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// closing makes clients open a new connection, to another server, once this server
// stops, so that no connection is closed while a request is being sent.
func (s *Server) closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fresh.begun(r.Context())
		if s.stopping.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// forwardedOver returns, by X-Forwarded-Proto, how the proxies on the way were reached:
// https, http, unknown, or empty if no proxy says.
func forwardedOver(r *http.Request) string {
	over := ""
	for hop := range strings.SplitSeq(strings.Join(r.Header.Values("X-Forwarded-Proto"), ","), ",") {
		switch hop = strings.ToLower(strings.TrimSpace(hop)); hop {
		case "":
		case "http":
			return "http"
		case "https":
			over = "https"
		default:
			return "unknown"
		}
	}
	return over
}

// trusted says whether an address, with or without a port, belongs to a trusted proxy.
func (s *Server) trusted(address string) bool {
	ip, ok := httpapi.ParseAddress(address)
	return ok && slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// clientAddress returns the address that a request comes from. Behind trusted proxies it is
// the last entry of X-Forwarded-For that is not one of them. Anyone may have written the entries before it.
func (s *Server) clientAddress(r *http.Request) string {
	address := httpapi.RemoteAddress(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(address); i-- {
		hop := strings.TrimSpace(hops[i])
		if _, ok := httpapi.ParseAddress(hop); !ok {
			break
		}
		address = hop
	}
	return address
}

// frameAncestors lists the origins that may embed a page opened with a token. It is nil if the
// token's customer names none, and for an invalid token, which opens no page.
func (s *Server) frameAncestors(ctx context.Context, token string) ([]string, error) {
	c, err := s.Accounts.Authenticate(ctx, account.Credentials{Authorization: "Token " + token})
	if blush.KindOf(err) == blush.Unauthorized {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	customer, err := s.Accounts.Customer(ctx, c.CustomerID)
	return customer.FrameAncestors, err
}

// customer finds a customer by its id; nil if there is none.
func (s *Server) customer(ctx context.Context, customerID string) (*blush.Customer, error) {
	id, ok := blush.ParseID(customerID)
	if !ok {
		return nil, nil
	}
	c, err := s.Accounts.Customer(ctx, id)
	if blush.KindOf(err) == blush.NotFound {
		return nil, nil
	}
	return &c, err
}

// health answers that the process is running.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") }

// probeEvery is the shortest time between two test writes to the database, because anyone
// may ask as often as they like whether the server is ready.
const probeEvery = time.Second

// probeTime is the longest time for the test write.
const probeTime = 5 * time.Second

// probe remembers for a moment whether the database accepts writes.
type probe struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

func (p *probe) ask(ctx context.Context, write func(context.Context) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.at.IsZero() && time.Since(p.at) < probeEvery {
		return p.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
	defer cancel()
	p.err, p.at = write(ctx), time.Now()
	return p.err
}

// ready answers whether requests should be sent to this server: not while it is stopping;
// not if the database accepts no writes, because each access is recorded there; and not
// with another secret than the database's; and not without its bucket.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.stopping.Err() != nil {
		answer(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), probeTime) // a prober that is gone is no fault of the database
	defer cancel()
	if err := s.Accounts.CheckSecret(ctx); err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "not ready", "cause", err)
		status := "no database"
		if errors.Is(err, account.ErrOtherSecret) {
			status = "another secret"
		}
		answer(w, http.StatusServiceUnavailable, status)
		return
	}
	if s.bucket == nil {
		if err := s.store.CheckBucket(ctx); errors.Is(err, store.ErrNoBucket) { // another server was started with one
			s.cfg.Log.ErrorContext(r.Context(), "not ready", "cause", err)
			answer(w, http.StatusServiceUnavailable, "no bucket")
			return
		}
	}
	if err := s.writable.ask(r.Context(), s.store.Writable); err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "not ready", "cause", err)
		status := "the database takes no write"
		if fault := store.Fault(err); fault != nil && fault.Kind == blush.NoRoom {
			status = "disk full"
		}
		answer(w, http.StatusServiceUnavailable, status)
		return
	}
	answer(w, http.StatusOK, "ready")
}

func answer(w http.ResponseWriter, status int, text string) {
	httpapi.SetNonPageHeaders(w)
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"status":"` + text + `"}` + "\n"))
}
