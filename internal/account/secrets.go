package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// masterBytes is the length of the master secret in bytes.
const masterBytes = 32

// Secrets holds the keys derived from the server's one master secret: the
// pepper of the API keys' hashes and the key that seals what is stored.
type Secrets struct {
	pepper []byte
	seal   cipher.AEAD
}

// NewSecrets derives the keys from a master secret of at least 32 random bytes
// by HKDF-SHA256 (RFC 5869).
func NewSecrets(master []byte) (*Secrets, error) {
	if len(master) < masterBytes {
		return nil, fmt.Errorf("master secret: %d bytes, need at least %d", len(master), masterBytes)
	}
	pepper, err := hkdf.Key(sha256.New, master, nil, "blush api key pepper v1", 32)
	if err != nil {
		return nil, err
	}
	sealing, err := hkdf.Key(sha256.New, master, nil, "blush sealing key v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Secrets{pepper: pepper, seal: seal}, nil
}

// LoadSecrets reads the master secret from a file of hexadecimal digits, and
// makes that file, readable by its owner only, when it does not exist. Whoever
// loses it loses every API key, token and video waiting to be analysed.
func LoadSecrets(path string) (*Secrets, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createMaster(path); err != nil {
			return nil, fmt.Errorf("create secret file: %w", err)
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("secret file: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("secret file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("secret file %s may be read by others (mode %04o): chmod 600 it", path, info.Mode().Perm())
	}
	master, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("secret file %s: not hexadecimal digits", path)
	}
	s, err := NewSecrets(master)
	if err != nil {
		return nil, fmt.Errorf("secret file %s: %w", path, err)
	}
	return s, nil
}

// createMaster writes a new master secret. Of two processes that start at
// once, one wins and both use its file; the file never exists half written.
func createMaster(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	master := make([]byte, masterBytes)
	rand.Read(master)
	if _, err = fmt.Fprintln(f, hex.EncodeToString(master)); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// Seal encrypts data with AES-256-GCM under a random nonce and binds it to
// what it is for: it opens only with the same purpose.
func (s *Secrets) Seal(data []byte, purpose string) []byte {
	return s.seal.Seal(nil, nil, data, []byte(purpose))
}

// ErrSealed means that something does not open: it was sealed with another secret, or is damaged.
var ErrSealed = errors.New("sealed with another secret, or damaged")

// Open decrypts what [Secrets.Seal] made for the same purpose; [ErrSealed] when it does not open.
func (s *Secrets) Open(sealed []byte, purpose string) ([]byte, error) {
	data, err := s.seal.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", purpose, ErrSealed)
	}
	return data, nil
}

// hashKey is the keyed hash under which an API key is stored: HMAC-SHA256 with
// the pepper. A slow hash would add nothing to a random key of 250 bits.
func (s *Secrets) hashKey(key string) []byte {
	m := hmac.New(sha256.New, s.pepper)
	m.Write([]byte(key))
	return m.Sum(nil)
}
