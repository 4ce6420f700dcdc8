package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// How long the development authority's certificates are valid. Browsers refuse
// certificates that are valid for more than 398 days.
const (
	caLife    = 10 * 365 * 24 * time.Hour
	leafLife  = 180 * 24 * time.Hour
	leafRenew = 30 * 24 * time.Hour
)

// devCA is a certificate authority for one machine. Its name constraints allow it only
// certificates for localhost, the loopback addresses and the machine's own name. So
// trusting it is no risk for other names, even if its key were stolen.
type devCA struct {
	file string // the file for clients, with only the certificate
	cert *x509.Certificate
	key  *ecdsa.PrivateKey

	mu   sync.Mutex
	leaf *tls.Certificate
}

// loadDevCA reads the authority from a directory, or makes it there. If two
// processes start at the same time, one makes it and both use it.
func loadDevCA(dir string) (*devCA, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	secret := filepath.Join(dir, "ca-key.pem")
	b, err := os.ReadFile(secret)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createDevCA(dir, secret); err != nil {
			return nil, err
		}
		b, err = os.ReadFile(secret)
	}
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(b, b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", secret, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not a key that this server made", secret)
	}
	ca := &devCA{file: filepath.Join(dir, "ca.pem"), key: key, cert: pair.Leaf}
	if time.Until(ca.cert.NotAfter) < leafLife {
		return nil, fmt.Errorf("%s expires on %s: delete it, and the server makes a new one", secret, ca.cert.NotAfter.Format(time.DateOnly))
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw})
	if held, err := os.ReadFile(ca.file); err == nil && slices.Equal(held, public) {
		return ca, nil
	}
	return ca, os.WriteFile(ca.file, public, 0o644)
}

// createDevCA writes key and certificate into one file, which never exists half written.
func createDevCA(dir, file string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	names := []string{"localhost"}
	if host, err := os.Hostname(); err == nil && host != "" && host != "localhost" {
		names = append(names, host)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Blush development CA", Organization: []string{"this machine only"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, // also of all certificates that it signs
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: names,
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".ca-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = errors.Join(
		pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
		pem.Encode(f, &pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// certificate returns the server's certificate, a new one well before the old one ends.
func (ca *devCA) certificate() (*tls.Certificate, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if ca.leaf != nil && time.Until(ca.leaf.Leaf.NotAfter) > leafRenew {
		return ca.leaf, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: ca.cert.PermittedDNSDomains, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(cert)
	if err != nil {
		return nil, err
	}
	ca.leaf = &tls.Certificate{Certificate: [][]byte{cert, ca.cert.Raw}, PrivateKey: key, Leaf: leaf}
	return ca.leaf, nil
}

// serial returns a random serial number of 120 bits.
func serial() *big.Int {
	b := make([]byte, 15)
	rand.Read(b)
	return new(big.Int).SetBytes(b)
}
