package server

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"
)

// pemFiles is a certificate in files, which are read again when it has been renewed.
type pemFiles struct {
	cert, key string
	pair      atomic.Pointer[tls.Certificate]
}

// load reads the files. What is served stays when they cannot be used.
func (p *pemFiles) load() error {
	pair, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	p.pair.Store(&pair)
	return nil
}

// ReloadCertificate reads the certificate's files again, for new connections.
// When they cannot be used it returns an error, and the old one is served on.
// Certificates that are not in files renew themselves.
func (s *Server) ReloadCertificate() error {
	if s.pem == nil {
		return nil
	}
	return s.pem.load()
}
