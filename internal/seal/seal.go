// Package seal encrypts what is stored, and hashes what is looked up. It is the
// only place of the service that names a cipher.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// KeyBytes is the length of every key in bytes.
const KeyBytes = 32

// ErrSealed means that something cannot be opened: it was sealed with another key or for another place, or is damaged.
var ErrSealed = errors.New("sealed with another secret, or damaged")

// Random returns n random bytes.
func Random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// Cipher seals and opens with one key.
type Cipher struct{ aead cipher.AEAD }

// New makes a cipher from a key of [KeyBytes] bytes: AES-256-GCM (NIST SP 800-38D)
// with a random nonce of 96 bits, which precedes the ciphertext. That standard allows
// a key 2³² messages with random nonces.
func New(key []byte) (Cipher, error) {
	if len(key) != KeyBytes {
		return Cipher{}, fmt.Errorf("a key has %d bytes, not %d", KeyBytes, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Cipher{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return Cipher{aead}, err
}

// Seal encrypts data and binds it to its place, e.g. its table, column and row. It can be opened only for the same place.
func (c Cipher) Seal(data []byte, place string) []byte {
	return c.aead.Seal(nil, nil, data, []byte(place)) //nolint:gosec // it draws its own nonce
}

// Open decrypts what [Cipher.Seal] made for the same place. The error is [ErrSealed] if that fails.
func (c Cipher) Open(sealed []byte, place string) ([]byte, error) {
	data, err := c.aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", place, ErrSealed)
	}
	return data, nil
}

// Key is the key of one customer: it seals, and it hashes what is looked up.
type Key struct {
	Cipher
	lookup []byte
}

// NewKey derives the two uses of a secret of [KeyBytes] random bytes by HKDF-SHA256 (RFC 5869).
func NewKey(secret []byte) (*Key, error) {
	if len(secret) != KeyBytes {
		return nil, fmt.Errorf("a key has %d bytes, not %d", KeyBytes, len(secret))
	}
	sealing, err := hkdf.Key(sha256.New, secret, nil, "blush customer sealing v1", KeyBytes)
	if err != nil {
		return nil, err
	}
	lookup, err := hkdf.Key(sha256.New, secret, nil, "blush customer lookup v1", KeyBytes)
	if err != nil {
		return nil, err
	}
	c, err := New(sealing)
	return &Key{c, lookup}, err
}

// Hash is a keyed hash, by which a text can be looked up although only its hash is stored: HMAC-SHA256 (RFC 2104).
func (k *Key) Hash(text string) []byte {
	m := hmac.New(sha256.New, k.lookup)
	m.Write([]byte(text))
	return m.Sum(nil)
}
