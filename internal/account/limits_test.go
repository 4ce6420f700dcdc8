package account_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
)

// An expired key stops working, and so do the tokens that it made. A key that is
// rotated with a grace period works as well as the new one until the period ends.
func TestKeysEnd(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	works := func(cr account.Credentials) bool {
		_, err := w.Authenticate(ctx, cr)
		if err != nil && blush.KindOf(err) != blush.Unauthorized {
			t.Fatal(err)
		}
		return err == nil
	}
	u, _, err := w.CreateUser(ctx, w.dev, account.NewUser{})
	if err != nil {
		t.Fatal(err)
	}
	token := func(key string) string {
		t.Helper()
		c, err := w.Authenticate(ctx, account.Credentials{APIKey: key})
		if err != nil {
			t.Fatal(err)
		}
		made, err := w.IssueToken(ctx, c, account.TokenRequest{User: blush.UserRef{ID: u.ID}, ExpiresIn: account.MaxTokenLife})
		if err != nil {
			t.Fatal(err)
		}
		return "Token " + made.Token
	}
	ends := w.now.Add(time.Hour)
	scopes := []blush.KeyScope{blush.KeyRead, blush.KeyWrite}
	old, err := w.CreateKey(ctx, "ACME", blush.Dev, "backend", account.KeyLimits{Scopes: scopes, ExpiresAt: &ends})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := w.Authenticate(ctx, account.Credentials{Authorization: token(old.Text)}); err != nil || len(c.KeyScopes) != 2 {
		t.Errorf("a token may do more than the key that made it: %+v, %v", c, err)
	}
	w.now = w.now.Add(30 * time.Minute)
	next, _, err := w.RotateKey(ctx, old.ID, 20*time.Minute, false)
	if err != nil || len(next.Scopes) != 2 || next.ExpiresAt == nil || !next.ExpiresAt.Equal(w.now.Add(time.Hour)) {
		t.Fatalf("the next key %+v, %v", next.APIKey, err)
	}
	ofOld := token(old.Text)
	if !works(account.Credentials{APIKey: old.Text}) || !works(account.Credentials{APIKey: next.Text}) {
		t.Error("during the grace period one of the two is not valid")
	}
	w.now = w.now.Add(20 * time.Minute)
	if works(account.Credentials{APIKey: old.Text}) || works(account.Credentials{Authorization: ofOld}) || !works(account.Credentials{APIKey: next.Text}) {
		t.Error("after the grace period the old key or its token is valid, or the new key is not")
	}
	_, _, err = w.RotateKey(ctx, old.ID, 0, false)
	wantKind(t, err, blush.NotFound)
	ofNext := token(next.Text)
	w.now = w.now.Add(40 * time.Minute)
	if works(account.Credentials{APIKey: next.Text}) || works(account.Credentials{Authorization: ofNext}) {
		t.Error("a key, or its token, is valid after it has expired")
	}

	for _, limits := range []account.KeyLimits{{Scopes: []blush.KeyScope{"everything"}}, {Scopes: []blush.KeyScope{}}, {ExpiresAt: &ends}} {
		_, err := w.CreateKey(ctx, "ACME", blush.Dev, "", limits)
		wantKind(t, err, blush.Invalid)
	}
	for _, grace := range []time.Duration{-time.Second, account.MaxGrace + time.Second} {
		_, _, err := w.RotateKey(ctx, w.keys[0].ID, grace, false)
		wantKind(t, err, blush.Invalid)
	}
}

// The name of a customer and the alias of a key are UTF-8, because not every database stores other bytes, and contain nothing
// that would hide or reorder characters in an operator's list.
func TestNamesAreText(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"zo\xe9", "\xff", "zo\xed\xa0\x80", "a\nb", " a", "\u0085", "a\u202eb", "a\u200bb", "\ufeffa", "a\u200db"} {
		if _, _, err := w.CreateCustomer(t.Context(), name); blush.KindOf(err) != blush.Invalid {
			t.Errorf("a customer %q: %v", name, err)
		}
		if _, err := w.RenameCustomer(t.Context(), "ACME", name); blush.KindOf(err) != blush.Invalid {
			t.Errorf("a customer renamed %q: %v", name, err)
		}
		if _, err := w.CreateKey(t.Context(), "ACME", blush.Dev, name, account.KeyLimits{}); blush.KindOf(err) != blush.Invalid {
			t.Errorf("a key %q: %v", name, err)
		}
	}
}

// Each scope of a key is stored once, in the order of the catalogue.
func TestScopesOnce(t *testing.T) {
	w := newWorld(t)
	k, err := w.CreateKey(t.Context(), "ACME", blush.Dev, "", account.KeyLimits{Scopes: []blush.KeyScope{blush.KeyAudit, blush.KeyRead, blush.KeyAudit}})
	if err != nil || !slices.Equal(k.Scopes, []blush.KeyScope{blush.KeyRead, blush.KeyAudit}) {
		t.Errorf("scopes %v, %v", k.Scopes, err)
	}
}
