package seal_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"blush.example/blush/internal/seal"
)

func aKey(t *testing.T, b byte) *seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{b}, seal.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Sealed data opens only with its own key and for its own place, and only if no byte has changed.
func TestSeal(t *testing.T) {
	k, text := aKey(t, 1), []byte("1985-05-05")
	sealed := k.Seal(text, "users.birth_date u")
	if got, err := k.Open(sealed, "users.birth_date u"); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("%q, %v", got, err)
	}
	if bytes.Contains(sealed, text) || bytes.Equal(sealed, k.Seal(text, "users.birth_date u")) {
		t.Error("the text is readable, or sealing it twice gives the same bytes")
	}
	refused := func(what string, k *seal.Key, sealed []byte, place string) {
		if got, err := k.Open(sealed, place); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	refused("another key", aKey(t, 2), sealed, "users.birth_date u")
	refused("another row", k, sealed, "users.birth_date v")
	refused("another column", k, sealed, "users.external_id u")
	refused("nothing", k, nil, "users.birth_date u")
	for i := range sealed {
		bent := bytes.Clone(sealed)
		bent[i] ^= 1
		refused("a changed byte", k, bent, "users.birth_date u")
		refused("a cut", k, sealed[:i], "users.birth_date u")
	}
}

// The hash is HMAC-SHA256 with its own key. The reference value was computed with Python's hmac and hashlib.
func TestHash(t *testing.T) {
	const want = "7bb69bc7da3c9326547cdf9cd3ba735577960297d216e4f266f7460856f1e21d"
	if got := hex.EncodeToString(aKey(t, 1).Hash("anna@example.com")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if bytes.Equal(aKey(t, 1).Hash("a"), aKey(t, 2).Hash("a")) || bytes.Equal(aKey(t, 1).Hash("a"), aKey(t, 1).Hash("b")) {
		t.Error("two keys or two texts give the same hash")
	}
}

func TestKeyLength(t *testing.T) {
	for _, n := range []int{0, seal.KeyBytes - 1, seal.KeyBytes + 1} {
		if _, err := seal.NewKey(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes", n)
		}
		if _, err := seal.New(make([]byte, n)); err == nil {
			t.Errorf("a cipher with a key of %d bytes", n)
		}
	}
}
