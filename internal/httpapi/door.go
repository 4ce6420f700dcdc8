package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

type callerKey struct{}

func callerOf(ctx context.Context) blush.Caller {
	c, _ := ctx.Value(callerKey{}).(blush.Caller)
	return c
}

// authenticate is the door: it runs before a parameter or a body is looked at,
// so that a stranger learns nothing about what would have been valid.
func (a *API) authenticate(hc huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(hc)
	recordOf(r.Context()).places = a.places(hc)
	c, err := a.accounts.Authenticate(r.Context(), account.Credentials{
		APIKey: r.Header.Get("x-api-key"), Authorization: r.Header.Get("Authorization"), RequestID: requestID(r.Context()),
	})
	if err == nil {
		recordOf(r.Context()).credential = c.CredentialID
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
		writeProblem(w, problemFrom(r.Context(), err))
		return
	}
	next(huma.WithContext(hc, context.WithValue(hc.Context(), callerKey{}, c)))
}

// deadlines raises the time a request may take, for the routes that need it and
// callers who are known.
func deadlines(hc huma.Context, next func(huma.Context)) {
	if patience := operationOf(hc).patience; patience > 0 {
		_, w := humachi.Unwrap(hc)
		rc := http.NewResponseController(w)
		// A connection that knows no deadlines (a test's recorder) has none to raise.
		_ = rc.SetReadDeadline(time.Now().Add(patience))
		_ = rc.SetWriteDeadline(time.Now().Add(patience + 30*time.Second))
	}
	next(hc)
}

// uncompressed refuses a compressed body on the routes that do not unpack one.
func uncompressed(hc huma.Context, next func(huma.Context)) {
	if coding := hc.Header("Content-Encoding"); coding != "" && coding != "identity" && operationOf(hc).maxBody == 0 {
		_, w := humachi.Unwrap(hc)
		writeProblem(w, plain(http.StatusUnsupportedMediaType, "Only a trace may be sent compressed: send this body without Content-Encoding."))
		return
	}
	next(hc)
}

// limitBodies refuses a large body when too many are being read already; a video
// is not held in memory and passes.
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
		if !a.senders.Enter(c.UserID, maxUserBodies) {
			refuse(blush.TooMany, "Too many scans of this user are being submitted at once.")
			return
		}
		defer a.senders.Leave(c.UserID)
	}
	if !a.senders.Enter(c.CustomerID, maxCustomerBodies) {
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

// network is what the limits take for one sender: an address of IPv4, or the /64
// that one line of IPv6 has to itself. A port, which some proxies add, does not count.
func (a *API) network(r *http.Request) string {
	address := a.cfg.ClientAddress(r)
	ip, err := netip.ParseAddr(address)
	if err != nil {
		with, err := netip.ParseAddrPort(address)
		if err != nil {
			return address
		}
		ip = with.Addr()
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// RemoteAddress is the address of the connection, without its port.
func RemoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
