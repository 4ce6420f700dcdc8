package account

import (
	"context"
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
	"sync"
	"sync/atomic"
	"time"

	"blush.example/blush/internal/seal"
	"blush.example/blush/internal/store"
)

// masterBytes is the length of the master secret in bytes.
const masterBytes = 32

// Secrets holds the server's one master secret and the keys that seal what is
// stored and hash the API keys. The first keys of a database are derived from its
// master secret. [Service.RotateSecret] adds random keys, which are then used first. The
// database stores all keys, sealed with each valid master secret.
type Secrets struct {
	id     string // identifies the master secret without revealing it
	wrap   seal.Cipher
	keys   atomic.Pointer[[]dataKey] // the newest first; only it seals and hashes new data, all of them open and find data
	source atomic.Pointer[store.Store]

	validity secretCheck

	mu     sync.Mutex
	sealed []byte // the keyring that the keys came from; nil for none

	reading sync.Mutex // held while the keyrings are read because of an unknown key
	asked   time.Time  // when that was last begun
	failed  error      // why it failed
}

// dataKey is the pepper for hashing API keys, and the key for sealing.
type dataKey struct {
	Pepper  []byte `json:"pepper"`
	Sealing []byte `json:"sealing"`
	seal    seal.Cipher
}

// NewSecrets derives the keys from a master secret of at least 32 random bytes
// by HKDF-SHA256 (RFC 5869).
func NewSecrets(master []byte) (*Secrets, error) {
	if len(master) < masterBytes {
		return nil, fmt.Errorf("master secret: %d bytes, need at least %d", len(master), masterBytes)
	}
	var derived [4][]byte
	for i, purpose := range []string{"blush api key pepper v1", "blush sealing key v1", "blush keyring key v1", "blush secret id v1"} {
		key, err := hkdf.Key(sha256.New, master, nil, purpose, seal.KeyBytes)
		if err != nil {
			return nil, err
		}
		derived[i] = key
	}
	first, err := dataKey{Pepper: derived[0], Sealing: derived[1]}.ready()
	if err != nil {
		return nil, err
	}
	wrap, err := seal.New(derived[2])
	if err != nil {
		return nil, err
	}
	s := &Secrets{id: hex.EncodeToString(derived[3][:8]), wrap: wrap}
	s.keys.Store(&[]dataKey{first})
	return s, nil
}

func (k dataKey) ready() (dataKey, error) {
	if len(k.Pepper) != seal.KeyBytes {
		return k, fmt.Errorf("a key of the keyring has %d bytes, not %d", len(k.Pepper), seal.KeyBytes)
	}
	var err error
	k.seal, err = seal.New(k.Sealing)
	return k, err
}

// SecretFileError says that the file of the master secret cannot be used. Err is the reason.
type SecretFileError struct {
	Path string
	Err  error
}

func (e *SecretFileError) Error() string {
	reason := e.Err
	if p := (*fs.PathError)(nil); errors.As(reason, &p) { // it names the file, too
		reason = p.Err
	}
	return fmt.Sprintf("secret file %s: %v", e.Path, reason)
}

func (e *SecretFileError) Unwrap() error { return e.Err }

// LoadSecrets reads the master secret from a file of hexadecimal digits. If the file does
// not exist, LoadSecrets creates it, readable only by its owner. The folder must exist, so
// that a misspelt path gives an error and not a secret in the wrong place. A file that cannot be used gives a [SecretFileError]. If the file is
// lost, all API keys, tokens and sealed data are lost too.
func LoadSecrets(path string) (*Secrets, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createMaster(path); err != nil {
			return nil, &SecretFileError{path, err}
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &SecretFileError{path, err}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, &SecretFileError{path, err}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, &SecretFileError{path, fmt.Errorf("it may be read by others (mode %04o): chmod 600 it", info.Mode().Perm())}
	}
	master, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, &SecretFileError{path, errors.New("not hexadecimal digits")}
	}
	s, err := NewSecrets(master)
	if err != nil {
		return nil, &SecretFileError{path, err}
	}
	return s, nil
}

// createMaster writes a new master secret. If two processes start at the same time,
// one wins and both use its file. The file never exists half written.
func createMaster(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // mode 0600
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder %s does not exist: create it first", filepath.Dir(path))
	}
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

// Seal encrypts data and binds it to a purpose. It opens only for the same purpose.
func (s *Secrets) Seal(data []byte, purpose string) []byte {
	return (*s.keys.Load())[0].seal.Seal(data, purpose)
}

// ErrSealed means that something cannot be opened: it was sealed with another secret, or is damaged.
var ErrSealed = seal.ErrSealed

// Open decrypts what [Secrets.Seal] made for the same purpose. The error is [ErrSealed] if that fails, or why the database's keys
// could not be read.
func (s *Secrets) Open(sealed []byte, purpose string) ([]byte, error) {
	for {
		keys := s.keys.Load()
		for _, k := range *keys {
			if data, err := k.seal.Open(sealed, purpose); err == nil {
				return data, nil
			}
		}
		// Another process may have changed the secret. It is read once for all waiting callers, with its own time limit.
		changed, err := s.reload(context.Background(), 0, keys) //nolint:forbidigo // for all waiting callers
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", purpose, err)
		}
		if !changed {
			return nil, fmt.Errorf("open %s: %w", purpose, ErrSealed)
		}
	}
}

// hashKey is the keyed hash under which an API key is stored: HMAC-SHA256 with
// the pepper. A slow hash would add nothing to a random key of 250 bits.
func (s *Secrets) hashKey(key string) []byte { return s.hashes(key)[0] }

// hashes returns the hashes under which an API key may be stored, the newest first.
func (s *Secrets) hashes(key string) [][]byte {
	var out [][]byte
	for _, k := range *s.keys.Load() {
		m := hmac.New(sha256.New, k.Pepper)
		m.Write([]byte(key))
		out = append(out, m.Sum(nil))
	}
	return out
}
