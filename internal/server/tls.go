package server

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"

	"golang.org/x/crypto/acme/autocert"
)

// TLS says where the server's certificate comes from. The zero value makes a
// development certificate authority in the data directory.
type TLS struct {
	// CertFile and KeyFile are PEM files, the certificate first in its chain.
	CertFile, KeyFile string
	// Domains are the domains for which certificates come from Let's Encrypt. The server must be reachable at port 443.
	Domains []string
	// Plain serves HTTP without TLS: on a loopback address, or behind a proxy of
	// Config.TrustedProxies that terminates TLS and sends X-Forwarded-Proto: https.
	Plain bool
}

// suites are the cipher suites of TLS 1.2 with forward secrecy and an authenticated cipher
// (RFC 9325 §4.2). Go's default list also has CBC suites. In TLS 1.3 all suites are of this kind.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// certificates returns the TLS configuration, and the development authority or the files that the certificate comes from.
func (t TLS) certificates(dataDir string) (*tls.Config, *devCA, *pemFiles, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: suites, NextProtos: []string{"h2", "http/1.1"}}
	switch {
	case t.Plain:
		return nil, nil, nil, nil
	case t.CertFile != "" || t.KeyFile != "":
		files := &pemFiles{cert: t.CertFile, key: t.KeyFile}
		if err := files.load(); err != nil {
			return nil, nil, nil, err
		}
		cfg.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return files.pair.Load(), nil }
		return cfg, nil, files, nil
	case len(t.Domains) > 0:
		m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(t.Domains...), Cache: autocert.DirCache(filepath.Join(dataDir, "tls", "autocert"))}
		auto := m.TLSConfig()
		auto.MinVersion, auto.CipherSuites = tls.VersionTLS12, suites
		return auto, nil, nil, nil
	}
	ca, err := loadDevCA(filepath.Join(dataDir, "tls"))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("development certificate authority: %w", err)
	}
	cfg.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return ca.certificate() }
	return cfg, ca, nil, nil
}

// loopback reports whether an address can be reached only from this machine.
func loopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
