package server

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Certificates are read again from files only: reading a named pipe would wait for ever, and a device has no end. The old certificate stays in use.
func TestReloadFromNoFile(t *testing.T) {
	dir := t.TempDir()
	cert, key, pipe := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "pipe")
	writePairOf(t, cert, key, 0)
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	first := &pemFiles{cert: cert, key: key}
	if err := first.load(); err != nil {
		t.Fatal(err)
	}
	kept := first.pair.Load()
	for _, other := range []string{pipe, "/dev/zero", dir} {
		for _, files := range []*pemFiles{{cert: cert, key: other}, {cert: other, key: key}} {
			files.pair.Store(kept)
			now := make(chan error, 1)
			go func() { now <- files.load() }()
			select {
			case err := <-now:
				if err == nil || files.pair.Load() != kept {
					t.Errorf("%s, %s: read: %v", files.cert, files.key, err)
				}
			case <-time.After(5 * time.Minute):
				t.Fatalf("%s, %s: still reading", files.cert, files.key)
			}
		}
	}
}
