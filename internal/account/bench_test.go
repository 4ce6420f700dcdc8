package account_test

import (
	"testing"

	"blush/internal/account"
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
