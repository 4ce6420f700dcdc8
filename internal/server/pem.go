package server

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// pemFiles is a certificate in files, which are read again after it was renewed.
type pemFiles struct {
	cert, key string
	pair      atomic.Pointer[tls.Certificate]
}

// load reads the files. If they cannot be used, the old certificate stays, and so it does
// if the new one is not valid now and the old one is.
func (p *pemFiles) load() error {
	pair, err := ReadCertificate(p.cert, p.key)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if old, now := p.pair.Load(), time.Now(); old != nil && validAt(old.Leaf, now) && !validAt(pair.Leaf, now) {
		return fmt.Errorf("certificate: %s: it is valid from %s to %s, not now", p.cert, pair.Leaf.NotBefore.Format(time.RFC3339), pair.Leaf.NotAfter.Format(time.RFC3339))
	}
	p.pair.Store(&pair)
	return nil
}

// ReadCertificate reads a certificate chain and its key, each from a file in PEM. Anything else than
// a file is refused: a named pipe would block until something is written, and could not be read again.
func ReadCertificate(cert, key string) (tls.Certificate, error) {
	for _, name := range []string{cert, key} {
		info, err := os.Stat(name)
		if err != nil {
			return tls.Certificate{}, err
		}
		if !info.Mode().IsRegular() {
			return tls.Certificate{}, fmt.Errorf("%s is not a file", name)
		}
	}
	return tls.LoadX509KeyPair(cert, key)
}

func validAt(c *x509.Certificate, at time.Time) bool {
	return !at.Before(c.NotBefore) && !at.After(c.NotAfter)
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
