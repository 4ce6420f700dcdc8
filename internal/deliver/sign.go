package deliver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// secretBytes is the length of a signing secret. Standard Webhooks requires 24 to 64 bytes.
const secretBytes = 32

func newSecret() []byte {
	key := make([]byte, secretBytes)
	rand.Read(key)
	return key
}

// secretText is a secret in the form that receivers are given.
func secretText(key []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(key) }

// sign sets the three headers of Standard Webhooks 1.0.0: the id, which is the same
// for every attempt; the time of this attempt; and, for each secret, the HMAC-SHA256
// of both and the body.
func sign(h http.Header, id string, at time.Time, body []byte, secrets ...[]byte) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	signatures := ""
	for i, key := range secrets {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, seconds, body)
		if i > 0 {
			signatures += " "
		}
		signatures += "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", seconds)
	h.Set("webhook-signature", signatures)
}
