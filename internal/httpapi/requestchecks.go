package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
)

type callerKey struct{}

func callerOf(ctx context.Context) blush.Caller {
	c, _ := ctx.Value(callerKey{}).(blush.Caller)
	return c
}

// authenticate runs before parameters and bodies are read, so that a caller without a
// valid credential cannot find out what would be valid.
func (a *API) authenticate(hc huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(hc)
	recordOf(r.Context()).places = a.places(hc)
	rec := recordOf(r.Context())
	rec.object = namedObject(r)
	c, err := a.accounts.Authenticate(r.Context(), account.Credentials{
		APIKey: r.Header.Get("x-api-key"), Authorization: r.Header.Get("Authorization"), RequestID: rec.id, Network: rec.network,
	})
	if err == nil {
		rec.credential = c.CredentialID
		err = a.limits.credential(w, r, c)
	} else if blush.KindOf(err) == blush.Unauthorized {
		if limited := a.limits.failure(w, r, a.network(r)); limited != nil {
			err = limited
		}
	}
	if err == nil {
		err = operationOf(hc).check(c)
	}
	if err != nil {
		writeProblem(w, a.refusal(r.Context(), operationOf(hc), c, problemFrom(r.Context(), err)))
		return
	}
	next(huma.WithContext(hc, context.WithValue(hc.Context(), callerKey{}, c)))
}

// refusal writes an entry about a refused access, on a route that is about a person. No
// refusal is sent without its entry: if the entry cannot be written, the response is that error.
func (a *API) refusal(ctx context.Context, op operation, c blush.Caller, p *problem) *problem {
	i := slices.IndexFunc(blush.Refusals, func(k blush.Kind) bool { return statusOf[k] == p.status })
	declared := op.audit.all()
	if i < 0 || len(declared) == 0 {
		return p
	}
	if err := a.accounts.Refused(ctx, c, declared[0], recordOf(ctx).object, blush.Refusals[i]); err != nil {
		return problemFrom(ctx, err)
	}
	return p
}

// namedObject returns the id in a request's path or query of what it is about; empty if there is none.
func namedObject(r *http.Request) string {
	query := r.URL.Query()
	for _, name := range []string{"face_scan_id", "reading_id", "webhook_id", "user_id", "observation_id", "patient_id", "patient", "subject"} {
		for _, text := range []string{chi.URLParam(r, name), query.Get(name)} {
			text = text[strings.LastIndex(text, "/")+1:] // Patient/id in FHIR
			text, _, _ = strings.Cut(text, ".")          // the id of an observation begins with that of its scan
			if id, ok := blush.ParseID(text); ok {
				return id
			}
		}
	}
	return ""
}

// deadlines extends the time for sending a body, on the routes that need it and only for
// authenticated callers.
func deadlines(hc huma.Context, next func(huma.Context)) {
	if bodyTime := operationOf(hc).bodyTime; bodyTime > 0 {
		_, w := humachi.Unwrap(hc)
		// A connection without deadlines (a test's recorder) returns an error, which does not matter.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	}
	next(hc)
}

// uncompressed refuses a compressed body on the routes that do not decompress one.
func uncompressed(hc huma.Context, next func(huma.Context)) {
	if coding := hc.Header("Content-Encoding"); coding != "" && operationOf(hc).maxBody == 0 {
		_, w := humachi.Unwrap(hc)
		writeProblem(w, plain(http.StatusUnsupportedMediaType, "Only a trace may be sent compressed: send this body without Content-Encoding."))
		return
	}
	next(hc)
}

// limitBodies refuses a large body if too many are already being read. A video is not held
// in memory, so it is not limited.
func (a *API) limitBodies(hc huma.Context, next func(huma.Context)) {
	if operationOf(hc).maxBody == 0 || isMultipart(hc.Header("Content-Type")) {
		next(hc)
		return
	}
	refuse := func(k blush.Kind, message string) {
		_, w := humachi.Unwrap(hc)
		writeProblem(w, problemFrom(hc.Context(), &blush.Error{Kind: k, Message: message, RetryAfter: 2 * time.Second}))
	}
	c := callerOf(hc.Context())
	if c.Kind == blush.ByToken {
		if !a.senders.Enter(hc.Context(), c.UserID, maxUserBodies, 0) {
			refuse(blush.TooMany, "Too many scans of this user are being submitted at once.")
			return
		}
		defer a.senders.Leave(c.UserID)
	}
	if !a.senders.Enter(hc.Context(), c.CustomerID, maxCustomerBodies, 0) {
		refuse(blush.TooMany, "Too many scans of this customer are being submitted at once.")
		return
	}
	defer a.senders.Leave(c.CustomerID)
	select {
	case a.bodies <- struct{}{}:
		defer func() { <-a.bodies }()
		next(hc)
	default:
		refuse(blush.Unavailable, "Too many scans are being submitted at once.")
	}
}

func operationOf(hc huma.Context) operation {
	op, _ := hc.Operation().Metadata["operation"].(operation)
	return op
}

// network is what the rate limits count as one sender: an IPv4 address, or the /64 that an
// IPv6 connection usually has. A port, which some proxies add, is ignored.
func (a *API) network(r *http.Request) string {
	address := a.cfg.ClientAddress(r)
	ip, ok := ParseAddress(address)
	switch {
	case !ok:
		return address
	case ip.Is4():
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// coarseNetwork is the part of an address that the log and the audit trail store: /24 of
// IPv4 and /48 of IPv6, which say where a request came from but not from whom.
func coarseNetwork(address string) string {
	ip, ok := ParseAddress(address)
	if !ok {
		return ""
	}
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	return netip.PrefixFrom(ip, bits).Masked().String()
}

// ParseAddress reads an IP address, with or without a port; an IPv4 address in the form of IPv6 is IPv4, and zones are left out.
func ParseAddress(address string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		with, err := netip.ParseAddrPort(address)
		if err != nil {
			return netip.Addr{}, false
		}
		ip = with.Addr()
	}
	return ip.Unmap().WithZone(""), true
}

// RemoteAddress is the address of the connection, without its port.
func RemoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
