package account_test

import (
	"testing"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
)

func BenchmarkAuthenticate(b *testing.B) {
	w := newWorld(b)
	tok := w.token(b, w.user(b, "a"), account.TokenRequest{}).Token
	for name, cr := range map[string]account.Credentials{
		"key": {APIKey: w.keys[0].Text}, "token": {Authorization: "Token " + tok},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := w.Authenticate(b.Context(), cr); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// One read of a user with its audit entry, which SQLite writes to the disk before
// the response is sent.
func BenchmarkReadUser(b *testing.B) {
	w := newWorld(b)
	u := w.user(b, "a")
	for b.Loop() {
		if _, err := w.User(b.Context(), w.dev, blush.UserRef{ID: u.ID}); err != nil {
			b.Fatal(err)
		}
	}
}
