package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	// Whoever steals the key cannot vouch for another name: the constraint is in the root.
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

func running(t *testing.T, cfg Config) *Server {
	t.Helper()
	cfg.DataDir = t.TempDir()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	s, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
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
	// A plain call to the same port fails, with words and without a redirect.
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
	// Not on loopback: only what a proxy says came over TLS.
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

func TestCertificateFiles(t *testing.T) {
	if _, err := New(context.Background(), Config{DataDir: t.TempDir(), Listen: "127.0.0.1:0", TLS: TLS{CertFile: "no.pem", KeyFile: "no.pem"}}); err == nil {
		t.Error("a missing certificate is no error")
	}
}
