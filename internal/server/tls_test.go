package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"blush.example/blush/internal/httpapi"
)

func TestDevCAVouchesForThisMachineOnly(t *testing.T) {
	dir := t.TempDir()
	ca, err := loadDevCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "ca-key.pem"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info.Mode(), err)
	}
	if b, _ := os.ReadFile(ca.file); strings.Contains(string(b), "PRIVATE") {
		t.Error("the file that clients are given holds the key")
	}
	leaf, err := ca.certificate()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	for name, good := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "example.org": false, "192.168.1.4": false} {
		_, err := leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name})
		if (err == nil) != good {
			t.Errorf("%s: %v, want good %v", name, err, good)
		}
	}
	again, err := loadDevCA(dir)
	if err != nil || !again.cert.Equal(ca.cert) {
		t.Errorf("a restart made another authority: %v", err)
	}
	// It signs only server certificates, not those for clients, code or mail.
	if _, err := leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err != nil {
		t.Errorf("for a server: %v", err)
	}
	signed := *leaf.Leaf
	signed.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageCodeSigning}
	der, err := x509.CreateCertificate(rand.Reader, &signed, ca.cert, &ca.key.PublicKey, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	other, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	for _, usage := range signed.ExtKeyUsage {
		if _, err := other.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{usage}}); err == nil {
			t.Errorf("the authority vouched for usage %v", usage)
		}
	}
	// A stolen key cannot sign for another name, because the root has a constraint.
	forged := *ca.cert
	forged.PermittedDNSDomains = []string{"bank.example"}
	fake, err := (&devCA{cert: &forged, key: ca.key}).certificate()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fake.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "bank.example"}); err == nil {
		t.Error("the authority vouched for bank.example")
	}
}

// made returns a server in a new folder that does not serve yet.
func made(t *testing.T, cfg Config) *Server {
	t.Helper()
	cfg.DataDir = t.TempDir()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	s, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func running(t *testing.T, cfg Config) *Server {
	t.Helper()
	s := made(t, cfg)
	go s.serve()
	t.Cleanup(func() { s.http.Close(); s.Close() })
	return s
}

func ask(t *testing.T, c *http.Client, url string, header ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), resp.Header
}

func TestHTTPSByDefault(t *testing.T) {
	s := running(t, Config{})
	ca, err := os.ReadFile(s.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	if !strings.HasPrefix(s.URL(), "https://") {
		t.Error(s.URL())
	}
	if status, body, _ := ask(t, c, s.URL()+"/healthz"); status != 200 || !strings.Contains(body, "ok") {
		t.Errorf("%d %s", status, body)
	}
	// A plain HTTP call to the same port fails with a message, and is not redirected.
	plain := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { t.Error("redirected"); return http.ErrUseLastResponse }}
	status, body, header := ask(t, plain, "http"+strings.TrimPrefix(s.URL(), "https")+"/v2/users", "x-api-key", "k")
	if status != 400 || !strings.Contains(body, "HTTPS") || header.Get("Location") != "" {
		t.Errorf("%d %q %v", status, body, header)
	}
}

func TestPlainHTTPOnlyBehindAProxyOrOnLoopback(t *testing.T) {
	s := running(t, Config{TLS: TLS{Plain: true}})
	for name, c := range map[string]struct {
		proto  string
		status int
	}{"loopback": {"", 200}, "proxy with TLS": {"https", 200}, "proxy without TLS": {"http", 400}} {
		if status, body, _ := ask(t, http.DefaultClient, s.URL()+"/openapi.json", "X-Forwarded-Proto", c.proto); status != c.status {
			t.Errorf("%s: %d %s, want %d", name, status, body, c.status)
		}
	}
	// On an address other than loopback, only requests that a proxy received over TLS.
	s = running(t, Config{Listen: "0.0.0.0:0", TLS: TLS{Plain: true}})
	for proto, want := range map[string]int{"": 400, "http": 400, "https": 200, "HTTPS": 200, "https,https": 200, " https , HTTPS ": 200,
		"http,https": 400, "https,http": 400, "on": 400, "https://": 400, "https,ws": 400, ",": 400} {
		if status, body, _ := ask(t, http.DefaultClient, s.URL()+"/openapi.json", "X-Forwarded-Proto", proto); status != want {
			t.Errorf("%q: %d %s, want %d", proto, status, body, want)
		}
	}
	if status, _, _ := ask(t, http.DefaultClient, s.URL()+"/healthz"); status != 200 {
		t.Errorf("health without TLS: %d", status)
	}
}

// Only the X-Forwarded headers of trusted proxies count, also for the client's address.
func TestTrustedProxies(t *testing.T) {
	own := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8::/64")}
	s := running(t, Config{Listen: "0.0.0.0:0", TLS: TLS{Plain: true}, TrustedProxies: own})
	for _, c := range []struct {
		from, forwarded, client string
		status                  int
	}{
		{"10.1.2.3:99", "203.0.113.9", "203.0.113.9", 200},
		{"[2001:db8::7]:99", "203.0.113.9", "203.0.113.9", 200},
		{"[::ffff:10.1.2.3]:99", "203.0.113.9:1234", "203.0.113.9:1234", 200},
		{"10.1.2.3:99", "198.51.100.1, 203.0.113.9", "203.0.113.9", 200},
		{"10.1.2.3:99", "198.51.100.1, 203.0.113.9, 10.1.0.7", "203.0.113.9", 200}, // two trusted proxies
		{"10.1.2.3:99", "", "10.1.2.3", 200},
		{"10.1.2.3:99", "nonsense", "10.1.2.3", 200},
		{"10.2.2.3:99", "203.0.113.9", "10.2.2.3", 400}, // not a trusted proxy
		{"127.0.0.1:99", "203.0.113.9", "127.0.0.1", 400},
	} {
		r := httptest.NewRequest("GET", "/openapi.json", nil)
		r.RemoteAddr = c.from
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("X-Forwarded-For", c.forwarded)
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, r)
		if rec.Code != c.status || s.clientAddress(r) != c.client {
			t.Errorf("%+v: %d, from %s", c, rec.Code, s.clientAddress(r))
		}
		if c.status == 400 && !strings.Contains(rec.Body.String(), "--trusted-proxy") {
			t.Errorf("%s", rec.Body)
		}
	}
	// With the server's own TLS, no proxy is trusted unless it is named.
	s = running(t, Config{})
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "127.0.0.1:99"
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	if got := s.clientAddress(r); got != "127.0.0.1" {
		t.Errorf("from %s", got)
	}
}

func TestNoCBC(t *testing.T) {
	s := running(t, Config{})
	dial := func(version uint16, suites ...uint16) error {
		c, err := tls.Dial("tcp", s.listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, CipherSuites: suites})
		if err != nil {
			return err
		}
		return c.Close()
	}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if !slices.Contains(suite.SupportedVersions, tls.VersionTLS12) || strings.Contains(suite.Name, "ECDHE_RSA") {
			continue // those of other certificates than the server's
		}
		err := dial(tls.VersionTLS12, suite.ID)
		if good := strings.Contains(suite.Name, "ECDHE") && (strings.Contains(suite.Name, "GCM") || strings.Contains(suite.Name, "POLY1305")); good != (err == nil) {
			t.Errorf("%s: %v", suite.Name, err)
		}
	}
	if err := dial(tls.VersionTLS13); err != nil {
		t.Error(err)
	}
	if err := dial(tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1")
	}
}

// Every response to every method, even an error, has the security headers.
func TestHeadersOfEveryAnswer(t *testing.T) {
	limits := httpapi.Limits{}
	s := running(t, Config{Limits: &limits, TLS: TLS{Plain: true}})
	paths := []string{"/nothing", "/v2/nothing", "/assets/nothing.js", "/assets/../secret"}
	err := chi.Walk(s.Handler().(chi.Routes), func(_, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		paths = append(paths, strings.ReplaceAll(path, "/*", "/x"))
		return nil
	})
	if err != nil || len(paths) < 40 {
		t.Fatalf("%d paths, %v", len(paths), err)
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FUZZ"} {
			for _, proto := range []string{"https", "http"} {
				r := httptest.NewRequest(method, strings.NewReplacer("{", "", "}", "").Replace(path), nil)
				r.RemoteAddr = "127.0.0.1:99"
				r.Header.Set("X-Forwarded-Proto", proto)
				rec := httptest.NewRecorder()
				s.Handler().ServeHTTP(rec, r)
				h := rec.Header()
				if rec.Code < 300 || rec.Code > 399 {
					if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Content-Security-Policy") == "" {
						t.Errorf("%s %s over %s: %d %v", method, path, proto, rec.Code, h)
					}
				}
				if rec.Code == http.StatusMethodNotAllowed && h.Get("Allow") == "" {
					t.Errorf("%s %s: 405 without the methods that are allowed", method, path)
				}
			}
		}
	}
}

func TestCertificateFiles(t *testing.T) {
	if _, err := New(context.Background(), Config{DataDir: t.TempDir(), Listen: "127.0.0.1:0", TLS: TLS{CertFile: "no.pem", KeyFile: "no.pem"}}); err == nil {
		t.Error("a missing certificate is no error")
	}
}
