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
	// Domains are served with certificates from Let's Encrypt; the server must be reachable at port 443.
	Domains []string
	// Plain serves HTTP without TLS: on a loopback address, or behind a proxy
	// that ends TLS and says so with X-Forwarded-Proto: https.
	Plain bool
}

// certificates makes the TLS configuration, with the development authority or the files that the certificate comes from.
func (t TLS) certificates(dataDir string) (*tls.Config, *devCA, *pemFiles, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
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
		auto.MinVersion = tls.VersionTLS12
		return auto, nil, nil, nil
	}
	ca, err := loadDevCA(filepath.Join(dataDir, "tls"))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("development certificate authority: %w", err)
	}
	cfg.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return ca.certificate() }
	return cfg, ca, nil, nil
}

// loopback reports whether an address can be reached from this machine only.
func loopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
