package server

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"
)

// pemFiles is a certificate in files, which are read again after it was renewed.
type pemFiles struct {
	cert, key string
	pair      atomic.Pointer[tls.Certificate]
}

// load reads the files. If they cannot be used, the old certificate stays.
func (p *pemFiles) load() error {
	pair, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	p.pair.Store(&pair)
	return nil
}

// ReloadCertificate reads the certificate's files again, for new connections. If they
// cannot be used, it returns an error and the old certificate stays in use.
// Certificates that are not in files are renewed automatically.
func (s *Server) ReloadCertificate() error {
	if s.pem == nil {
		return nil
	}
	return s.pem.load()
}
