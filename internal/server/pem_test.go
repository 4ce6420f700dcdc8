package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// writePair writes a certificate of a development authority and its key as PEM files.
func writePair(t *testing.T, ca *devCA, cert, key string) {
	t.Helper()
	ca.leaf = nil
	pair, err := ca.certificate()
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, pair, cert, key)
}

// writePairOf writes a certificate that is valid for a year from now plus start.
func writePairOf(t *testing.T, cert, key string, start time.Duration) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Now().Add(start)
	template := &x509.Certificate{SerialNumber: serial(), DNSNames: []string{"localhost"}, NotBefore: from, NotAfter: from.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: secret}, cert, key)
}

func writePEM(t *testing.T, pair *tls.Certificate, cert, key string) {
	t.Helper()
	secret, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A renewed certificate is served after its files were read again; files that
// cannot be used, or whose certificate is not valid now, change nothing.
func TestReloadCertificate(t *testing.T) {
	dir := t.TempDir()
	ca, err := loadDevCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, ca, cert, key)
	s := running(t, Config{TLS: TLS{CertFile: cert, KeyFile: key}})
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	served := func() string {
		t.Helper()
		conn, err := tls.Dial("tcp", s.listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "localhost"})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	first := served()
	writePair(t, ca, cert, key)
	if served() != first {
		t.Error("the new files were read before they were asked for")
	}
	if err := s.ReloadCertificate(); err != nil {
		t.Fatal(err)
	}
	second := served()
	if second == first {
		t.Error("the old certificate is served on")
	}
	if err := os.WriteFile(cert, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.ReloadCertificate(); err == nil {
		t.Error("a damaged file is no error")
	}
	if served() != second {
		t.Error("a damaged file changed what is served")
	}
	for _, from := range []time.Duration{-400 * 24 * time.Hour, 24 * time.Hour} {
		writePairOf(t, cert, key, from)
		if err := s.ReloadCertificate(); err == nil {
			t.Errorf("a certificate that is not valid now, from %s on, is no error", from)
		}
		if served() != second {
			t.Errorf("a certificate that is not valid now, from %s on, is served", from)
		}
	}
	if err := running(t, Config{}).ReloadCertificate(); err != nil {
		t.Errorf("a certificate that renews itself: %v", err)
	}
}
