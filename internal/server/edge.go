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

// onlyOverTLS refuses what came over plain HTTP: a key sent that way has been
// read by others already, and a redirect would teach the client to send it
// again. On the HTTPS port a plain call never gets here: net/http answers 400.
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
				words += " This server knows no proxy at this address: --trusted-proxy names those that may say what came over HTTPS."
			case came != "http":
				words += " The proxy that ends TLS must say X-Forwarded-Proto: https."
			}
			httpapi.BareHeaders(w)
			http.Error(w, words, http.StatusBadRequest)
			return
		}
		if !direct && s.ca == nil {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// closing has clients open another connection, elsewhere, once the server is told
// to stop: none is closed under a request that is on its way.
func (s *Server) closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// forwardedOver says what every proxy on the way was reached over by X-Forwarded-Proto:
// https, http, empty when no proxy says, or unknown.
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

// trusted says whether an address, with or without a port, is one of a proxy of ours.
func (s *Server) trusted(address string) bool {
	ip, ok := parseAddress(address)
	return ok && slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(ip) })
}

func parseAddress(s string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(s)
	if err != nil {
		with, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		ip = with.Addr()
	}
	return ip.Unmap().WithZone(""), true
}

// clientAddress is where a request comes from. Behind our proxies it is the last
// entry of X-Forwarded-For that is not one of them: what stands before it, anybody may have written.
func (s *Server) clientAddress(r *http.Request) string {
	address := httpapi.RemoteAddress(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(address); i-- {
		hop := strings.TrimSpace(hops[i])
		if _, ok := parseAddress(hop); !ok {
			break
		}
		address = hop
	}
	return address
}

// frameAncestors lists the origins that may embed a page opened with a token; nil
// when its customer names none, and for a token that is not valid, which opens nothing.
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

// keeps finds a customer by its id, nil where there is none.
func (s *Server) keeps(ctx context.Context, customerID string) (*blush.Customer, error) {
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

// health says that the process runs.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") }

// probeEvery is how often at most the database is asked to take a write: anybody may
// ask as often as they like whether the server is ready.
const probeEvery = time.Second

// probeTime is how long the database may take for it.
const probeTime = 5 * time.Second

// probe remembers for a moment whether the database takes a write.
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

// ready says whether requests should be sent here: not while stopping, not without
// a database that takes a write, for each access is noted in it, and not with
// another secret than the database's.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.stopping.Err() != nil {
		answer(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), probeTime)
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
	httpapi.BareHeaders(w)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"status":"` + text + `"}` + "\n"))
}
