package deliver_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
)

// An address that is visibly no public HTTPS address is refused when the webhook is created.
func TestRefusedAddresses(t *testing.T) {
	w := sqlite(t, func(c *deliver.Config) { c.Networks = nil })
	for _, url := range []string{
		"", "hook.example", "http://hook.example", "ftp://hook.example", "https://", "https:///in", "https://user:word@hook.example", "https://hook.example/#a",
		"https://hook.example:80", "https://hook.example:22", "https://hook.example:0", "https://hook.example:65536", "https:hook.example",
		"https://127.0.0.1", "https://127.8.9.10:8443", "https://10.1.2.3", "https://172.16.0.1", "https://192.168.1.1", "https://169.254.169.254/latest/meta-data",
		"https://100.64.0.1", "https://0.0.0.0", "https://255.255.255.255", "https://224.0.0.1", "https://198.18.0.1", "https://192.0.0.8",
		"https://[::1]", "https://[::]", "https://[fe80::1]", "https://[fe80::1%25eth0]", "https://[fd00::1]", "https://[ff02::1]", "https://[::ffff:127.0.0.1]",
		"https://[::ffff:10.0.0.1]", "https://[64:ff9b::7f00:1]", "https://[64:ff9b:1::1]", "https://[2002:7f00:1::]", "https://[2001::1]", "https://[::127.0.0.1]",
		"https://127.1/", "https://127.0.1", "https://0x7f.1/", "https://0x7F000001", "https://2130706433/", "https://017700000001", "https://0177.0.0.1", "https://127.0.0.0x1",
		"https://127.0.0.1.", "https://127.1.", "https://10.1", "https://0", "https://0x", "https://1.2.3.4.5", "https://256.1.1.1", "https://hook.1",
		"https://１２７.0.0.1", "https://127。0。0。1", "https://①②⑦.1", "https://localhost", "https://LOCALHOST:8443/in", "https://a.localhost.", "https://ｌocalhost", "https://.", "https://hook..",
		"https://[::ffff:7f00:1]", "https://[::ffff:0:127.0.0.1]", "https://[0:0:0:0:0:ffff:7f00:0001]",
		"https://[2001:db8::1]", "https://" + strings.Repeat("a", 2048), "https://hook.example/\n",
	} {
		_, _, err := w.Create(t.Context(), w.dev, deliver.NewWebhook{URL: url})
		if blush.KindOf(err) != blush.Unprocessed {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, url := range []string{"https://hook.example", "https://hook.example:8443/in?a=b", "https://93.184.215.14/in", "https://[2606:4700::1111]/",
		"https://hook.example.", "https://my_hook.example", "https://7.hook.example", "https://0x7f.example", "https://bücher.example", "https://hook.xn--p1ai", "https://hook.1a"} {
		if _, _, err := w.Create(t.Context(), w.dev, deliver.NewWebhook{URL: url}); err != nil {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// names is a name server whose answers a test chooses, and which counts the questions.
type names struct {
	answer func(question int64) []net.IP
	asked  atomic.Int64
}

func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	go func() {
		for buf := make([]byte, 512); ; {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Header = dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true}
			m.Additionals = nil
			if q.Type == dnsmessage.TypeA {
				for _, ip := range n.answer(n.asked.Add(1)) {
					m.Answers = append(m.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 0}, Body: &dnsmessage.AResource{A: [4]byte(ip.To4())},
					})
				}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// A name that resolves to an address of this machine is never connected to, even if it
// resolved to another address before: the address that is checked is the one that is
// connected to.
func TestNamesCannotReachInside(t *testing.T) {
	url, arrivals := receiver(t, always(http.StatusOK))
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "https://"))
	must(t, err)
	inside, outside := net.IPv4(127, 0, 0, 1), net.IPv4(192, 0, 2, 1)
	for name, answer := range map[string]func(int64) []net.IP{
		"inside": func(int64) []net.IP { return []net.IP{inside} },
		"both":   func(int64) []net.IP { return []net.IP{outside, inside} },
		"rebinds": func(q int64) []net.IP {
			if q%2 == 1 {
				return []net.IP{outside}
			}
			return []net.IP{inside}
		},
	} {
		server := &names{answer: answer}
		resolver := server.resolver(t)
		w := sqlite(t, func(c *deliver.Config) { c.Networks, c.Resolver = nil, resolver })
		hook, _ := w.hook(w.dev, "https://hook.blush.example:"+port)
		w.raise(w.dev)
		d := w.newest(hook)
		for range 3 {
			wait, err := w.Attempt(t.Context(), d)
			must(t, err)
			if d = w.again(d); d.LastFault != blush.FaultAddress {
				t.Errorf("%s: %+v", name, d)
			}
			w.clock.move(wait + 2*time.Minute)
		}
		if server.asked.Load() == 0 {
			t.Errorf("%s: the name server was never asked: this proves nothing", name)
		}
	}
	// The same names do reach a network that the operator allows.
	w := sqlite(t, func(c *deliver.Config) {
		c.Resolver = (&names{answer: func(int64) []net.IP { return []net.IP{inside} }}).resolver(t)
	})
	hook, secret := w.hook(w.dev, "https://example.com:"+port) // a name of the test's certificate
	w.raise(w.dev)
	_, err = w.Attempt(t.Context(), w.newest(hook))
	must(t, err)
	must(t, (<-arrivals).verify(secret))
	if len(arrivals) != 0 {
		t.Errorf("%d webhooks reached the inside", len(arrivals))
	}
}

// Misbehaving receivers, and the outcome of an attempt at each.
func TestLyingReceivers(t *testing.T) {
	var inside atomic.Int64
	secretly := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.Add(1) }))
	t.Cleanup(secretly.Close)
	var ended chan struct{} // of each receiver
	drip := func(conn net.Conn, part string) {
		for {
			if _, err := io.WriteString(conn, part); err != nil {
				return
			}
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}
	raw := func(f func(net.Conn)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			f(conn)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		status  int
		fault   blush.DeliveryFault
	}{
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, secretly.URL, http.StatusTemporaryRedirect)
		}, 307, blush.FaultRedirect},
		"redirects with a post": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, secretly.URL, http.StatusPermanentRedirect)
		}, 308, blush.FaultRedirect},
		"endless answer": {raw(func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"); drip(c, strings.Repeat("x", 1<<16)) }), 200, ""},
		"endless header": {raw(func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			drip(c, "X-A: "+strings.Repeat("x", 1<<12)+"\r\n")
		}), 0, blush.FaultConnection},
		"dripping header":    {raw(func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nX-A: "); <-ended }), 0, blush.FaultTimeout},
		"says nothing":       {func(http.ResponseWriter, *http.Request) { <-ended }, 0, blush.FaultTimeout},
		"talks nonsense":     {raw(func(c net.Conn) { io.WriteString(c, "HELO\r\n\r\n") }), 0, blush.FaultConnection},
		"hangs up":           {raw(func(net.Conn) {}), 0, blush.FaultConnection},
		"claims to be small": {raw(func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"); <-ended }), 200, ""},
		"switches protocols": {raw(func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h\r\nConnection: Upgrade\r\n\r\n")
			<-ended
		}), 101, blush.FaultStatus},
	} {
		t.Run(name, func(t *testing.T) {
			w := sqlite(t, func(cfg *deliver.Config) {
				if c.fault == blush.FaultTimeout { // any other is the same however long it takes
					cfg.Timeout = time.Second
				}
			})
			ended = make(chan struct{})
			s := httptest.NewTLSServer(c.handler)
			t.Cleanup(s.Close)
			defer close(ended)
			hook, _ := w.hook(w.dev, s.URL)
			w.raise(w.dev)
			d := w.newest(hook)
			_, err := w.Attempt(t.Context(), d)
			must(t, err)
			if d = w.again(d); d.LastFault != c.fault || d.LastStatus != c.status || (d.Status == blush.Delivered) != (c.fault == "") {
				t.Errorf("status %d, fault %q, %s", d.LastStatus, d.LastFault, d.Status)
			}
		})
	}
	if inside.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// Receivers that cannot be reached.
func TestUnreachableReceivers(t *testing.T) {
	gone := httptest.NewTLSServer(nil)
	gone.Close()
	plain := httptest.NewServer(nil)
	t.Cleanup(plain.Close)
	other := httptest.NewTLSServer(nil)
	t.Cleanup(other.Close)
	wantsCertificate := httptest.NewUnstartedServer(nil)
	// With TLS 1.3 the refusal would come after the handshake, and might be lost when the connection is closed.
	wantsCertificate.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}
	old := httptest.NewUnstartedServer(nil)
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	for _, s := range []*httptest.Server{wantsCertificate, old} {
		s.StartTLS()
		t.Cleanup(s.Close)
	}
	unknown := (&names{answer: func(int64) []net.IP { return nil }}).resolver(t)
	for name, c := range map[string]struct {
		url   string
		fault blush.DeliveryFault
	}{
		"nothing listens":        {gone.URL, blush.FaultConnection},
		"no TLS":                 {strings.Replace(plain.URL, "http://", "https://", 1), blush.FaultTLS},
		"no certificate we know": {other.URL, blush.FaultTLS},
		"wants a certificate":    {wantsCertificate.URL, blush.FaultTLS},
		"only TLS 1.1":           {old.URL, blush.FaultTLS},
		"no such name":           {"https://nobody.example", blush.FaultName},
	} {
		t.Run(name, func(t *testing.T) {
			w := sqlite(t, func(c *deliver.Config) {
				if strings.HasPrefix(name, "no certificate") {
					c.RootCAs = nil
				}
				if name == "no such name" {
					c.Resolver = unknown
				}
			})
			hook, _ := w.hook(w.dev, c.url)
			w.raise(w.dev)
			d := w.newest(hook)
			wait, err := w.Attempt(t.Context(), d)
			if d = w.again(d); err != nil || wait <= 0 || d.LastFault != c.fault || d.Status != blush.DeliveryPending {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
}

// 410 disables a webhook at once. Retry-After is respected.
func TestGoneAndRetryAfter(t *testing.T) {
	w := sqlite(t)
	url, _ := receiver(t, always(http.StatusGone))
	hook, _ := w.hook(w.dev, url)
	w.raise(w.dev)
	_, err := w.Attempt(t.Context(), w.newest(hook))
	must(t, err)
	if hook, err := w.store.Webhook(t.Context(), hook.ID); err != nil || hook.DisabledReason != blush.DisabledGone {
		t.Errorf("after 410: %+v, %v", hook, err)
	}
	busy := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(busy.Close)
	hook, _ = w.hook(w.dev, busy.URL)
	w.raise(w.dev)
	wait, err := w.Attempt(t.Context(), w.newest(hook))
	if err != nil || wait < 2*time.Hour-time.Second {
		t.Errorf("waits %v, %v", wait, err)
	}
}
