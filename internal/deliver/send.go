package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"

	"blush.example/blush/internal/blush"
)

// sender posts to addresses that customers chose. It connects only to public
// addresses and to the private networks that the operator allows. It checks the
// address when it connects, so a name cannot resolve to another address after
// the check. It follows no redirects, uses no proxy and reads no response body.
type sender struct {
	guard   *ssrf.Guardian
	client  *http.Client
	timeout time.Duration
}

const maxResponseHeader = 16 << 10

func newSender(cfg Config) *sender {
	var v4, v6 []netip.Prefix
	for _, n := range cfg.Networks {
		if n.Addr().Is4() {
			v4 = append(v4, n)
		} else {
			v6 = append(v6, n)
		}
	}
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	dialer := &net.Dialer{Timeout: cfg.ConnectTimeout, Control: guard.Safe, Resolver: cfg.Resolver}
	return &sender{guard: guard, timeout: cfg.Timeout, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: cfg.ConnectTimeout, MaxResponseHeaderBytes: maxResponseHeader, DisableCompression: true,
			MaxIdleConns: 100, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
		},
	}}
}

// outcome is how an attempt ended.
type outcome struct {
	status     int // of the response, 0 without one
	fault      blush.DeliveryFault
	retryAfter time.Duration
}

// withheldError says why a body was not sent on a connection that had been made for it.
type withheldError struct{ error }

func (e withheldError) Unwrap() error { return e.error }

// heldBody is a body that is sent only if check allows that when its first byte is needed. Then the connection is made.
type heldBody struct {
	body  io.Reader
	check func() error
}

func (b *heldBody) Read(p []byte) (int, error) {
	if b.check != nil {
		if err := b.check(); err != nil {
			return 0, withheldError{err}
		}
		b.check = nil
	}
	return b.body.Read(p)
}

// send posts a body. Every status from 200 to 299 is a success. After the connection is made it calls check. If that fails, the
// body is not sent, and the error wraps that of check.
func (s *sender) send(ctx context.Context, target string, header http.Header, body []byte, check func(context.Context) error) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, nil)
	if err != nil {
		return outcome{fault: blush.FaultConnection}, nil
	}
	req.GetBody = func() (io.ReadCloser, error) {
		return io.NopCloser(&heldBody{bytes.NewReader(body), func() error { return check(ctx) }}), nil
	}
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(body))
	req.Header = header
	resp, err := s.client.Do(req)
	var withheld withheldError
	if errors.As(err, &withheld) {
		return outcome{}, withheld
	}
	if err != nil {
		return outcome{fault: faultOf(err)}, nil
	}
	resp.Body.Close()
	out := outcome{status: resp.StatusCode, retryAfter: retryAfter(resp.Header.Get("Retry-After"))}
	switch {
	case out.status >= 200 && out.status <= 299:
	case out.status >= 300 && out.status <= 399:
		out.fault = blush.FaultRedirect
	default:
		out.fault = blush.FaultStatus
	}
	return out, nil
}

func faultOf(err error) blush.DeliveryFault {
	var network net.Error
	var name *net.DNSError
	var operation *net.OpError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, ssrf.ErrInvalidHostPort):
		return blush.FaultAddress
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return blush.FaultTimeout
	case errors.As(err, &name):
		return blush.FaultName
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &certificate), errors.As(err, &record):
		return blush.FaultTLS
	case errors.As(err, &operation) && (operation.Op == "remote error" || operation.Op == "local error"): // an alert of crypto/tls
		return blush.FaultTLS
	}
	return blush.FaultConnection
}

// longestRetryAfter is the longest pause that a receiver may ask for.
const longestRetryAfter = 24 * time.Hour

// retryAfter reads a Retry-After header in either of its forms; 0 if there is none.
func retryAfter(text string) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil || errors.Is(err, strconv.ErrRange) { // then it is the largest or smallest number
		return min(time.Duration(min(max(seconds, 0), 1e6))*time.Second, longestRetryAfter)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(time.Until(at), 0), longestRetryAfter)
	}
	return 0
}

// maxURL is the longest address of a webhook in bytes.
const maxURL = 2048

// urlFault says what is wrong with the address of a webhook, "" if nothing is. It
// resolves no names and makes no connection.
func (s *sender) urlFault(text string) string {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return "url must be https://HOST, with a port, a path and a query if needed, without user name, password and fragment, at most 2048 characters."
	}
	if port := u.Port(); port != "" && port != "443" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n < 1024 {
			return "The port of url must be 443, or 1024 to 65535."
		}
	}
	// As the client of HTTP writes it before it looks it up.
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		host = u.Hostname() // an address of IPv6, or a name with _
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		if !s.public(ip) {
			return "url names an address that is not public. The operator of this server can allow networks of their own."
		}
		return ""
	}
	switch label := host[strings.LastIndex(host, ".")+1:]; {
	case label == "localhost":
		if !s.public(netip.MustParseAddr("127.0.0.1")) && !s.public(netip.IPv6Loopback()) {
			return "url names the server itself, which is not public. The operator of this server can allow networks of their own."
		}
	case label == "", numeric(label):
		return "url names no host: an address is written as four decimal numbers (203.0.113.7) or as IPv6 in brackets, and no name ends in a number."
	}
	return ""
}

// public says whether the guard would connect to an address.
func (s *sender) public(ip netip.Addr) bool {
	network := "tcp6"
	if ip.Is4() {
		network = "tcp4"
	}
	return ip.Zone() == "" && s.guard.Safe(network, netip.AddrPortFrom(ip, 443).String(), nil) == nil
}

// numeric says whether the last part of a name is a number. Then resolvers may read the whole as an address of IPv4 in one of
// its old forms: 127.1, 0x7f.1, 2130706433 (WHATWG URL Standard §3.5).
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}
