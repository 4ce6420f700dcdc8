package account_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
)

func TestCustomerGetsTwoKeys(t *testing.T) {
	w := newWorld(t)
	if len(w.keys) != 2 || w.keys[0].Alias != "ACME-DEV" || w.keys[1].Alias != "ACME" {
		t.Fatalf("keys: %+v", w.keys)
	}
	if w.dev.Environment != blush.Dev || w.live.Environment != blush.Live || w.dev.Customer != "ACME" || w.dev.Kind != blush.ByAPIKey {
		t.Errorf("callers: %+v %+v", w.dev, w.live)
	}
	for _, k := range w.keys {
		secret := strings.TrimPrefix(k.Text, k.Prefix)
		if len(secret)*5 < 200 || !strings.HasPrefix(k.Text, k.Prefix) {
			t.Errorf("key %s… hides only %d bits", k.Prefix, len(secret)*5)
		}
		if strings.ContainsAny(secret, "ilouILOU") {
			t.Errorf("key with letters that people misread: %s", k.Prefix)
		}
	}
	_, _, err := w.CreateCustomer(t.Context(), "ACME")
	wantKind(t, err, blush.Conflict)
	for _, name := range []string{"", " x", "a\tb", strings.Repeat("x", 101)} {
		_, _, err = w.CreateCustomer(t.Context(), name)
		wantKind(t, err, blush.Invalid)
	}
}

// The database contains no usable key: neither its text nor a usable part of it.
func TestKeyIsStoredAsHash(t *testing.T) {
	w := newWorld(t)
	keys, err := w.store.Keys(t.Context(), w.dev.CustomerID)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range keys {
		if len(k.Hash) != 32 || strings.Contains(w.keys[i].Text, string(k.Hash)) || len(k.Prefix) > 20 {
			t.Errorf("stored key: %+v", k)
		}
	}
	listed, err := w.Keys(t.Context(), "ACME")
	if err != nil || len(listed) != 2 || listed[0].Hash != nil || listed[0].LastUsedAt == nil {
		t.Errorf("listed keys: %+v, %v", listed, err)
	}
	// With another master secret the pepper is another, and the same key is not accepted.
	other, err := account.NewSecrets([]byte("another master secret of 32 bytes!"))
	if err != nil {
		t.Fatal(err)
	}
	s := account.New(w.store, other, time.Now)
	_, err = s.Authenticate(t.Context(), account.Credentials{APIKey: w.keys[0].Text})
	if wantKind(t, err, blush.Unavailable); !errors.Is(err, account.ErrOtherSecret) {
		t.Errorf("%v", err)
	}
}

func TestKeyEnds(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	try := func(text string) error {
		_, err := w.Authenticate(ctx, account.Credentials{APIKey: text})
		return err
	}
	next, _, err := w.RotateKey(ctx, w.keys[0].Prefix, 0, false)
	if err != nil || next.Alias != "ACME-DEV" || next.Environment != blush.Dev {
		t.Fatalf("%+v, %v", next, err)
	}
	wantKind(t, try(w.keys[0].Text), blush.Unauthorized)
	if err := try(next.Text); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.RevokeKey(ctx, next.ID, account.KeyEnd{}); err != nil {
		t.Fatal(err)
	}
	wantKind(t, try(next.Text), blush.Unauthorized)
	_, _, err = w.RotateKey(ctx, next.ID, 0, false)
	wantKind(t, err, blush.NotFound)
	extra, err := w.CreateKey(ctx, "ACME", blush.Live, "", account.KeyLimits{})
	if err != nil || extra.Alias != "ACME" || try(extra.Text) != nil {
		t.Fatalf("%+v, %v", extra, err)
	}
	for _, bad := range []string{"x", "blush_dev_", extra.Text[:len(extra.Text)-1], extra.Text + "0", strings.ToUpper(extra.Text), strings.Repeat("blush_", 10000)} {
		wantKind(t, try(bad), blush.Unauthorized)
	}
}

// The tokens that a leaked key made, page tokens too, end with the key unless the operator keeps them. Other keys' tokens stay valid.
func TestTokensEndWithTheirKey(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	u := w.user(t, "a")
	another, err := w.CreateKey(ctx, "ACME", blush.Dev, "another", account.KeyLimits{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.IssueToken(ctx, w.login(t, another.Text), account.TokenRequest{User: blush.UserRef{ID: u.ID}})
	if err != nil {
		t.Fatal(err)
	}
	good := func(token string) bool { _, err := w.bear(token); return err == nil }
	for _, end := range []struct {
		keep bool
		do   func(keep bool) (next string, err error)
	}{
		{false, func(keep bool) (string, error) {
			k, _, err := w.RotateKey(ctx, w.keys[0].ID, 0, keep)
			w.keys[0] = k
			return k.Text, err
		}},
		{true, func(keep bool) (string, error) {
			k, _, err := w.RotateKey(ctx, w.keys[0].ID, 0, keep)
			w.keys[0] = k
			return k.Text, err
		}},
		{true, func(keep bool) (string, error) {
			_, _, err := w.RevokeKey(ctx, w.keys[0].ID, account.KeyEnd{KeepTokens: keep})
			return "", err
		}},
		{false, func(keep bool) (string, error) {
			_, _, err := w.RevokeKey(ctx, w.keys[0].ID, account.KeyEnd{KeepTokens: keep})
			return "", err
		}},
	} {
		var tokens []string
		for _, scope := range []blush.Scope{blush.ScopeAPI, blush.ScopeScan, blush.ScopeDashboard} {
			tokens = append(tokens, w.token(t, u, account.TokenRequest{Scope: scope}).Token)
		}
		next, err := end.do(end.keep)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range tokens {
			if good(token) != end.keep {
				t.Errorf("valid after the end of its key: %v, kept: %v", good(token), end.keep)
			}
		}
		if next != "" {
			w.dev = w.login(t, next)
		}
	}
	if !good(other.Token) {
		t.Error("another key's token ended too")
	}
}

// If a request has both a key and a token, the token counts, valid or not.
func TestOneCredentialCounts(t *testing.T) {
	w := newWorld(t)
	tok := w.token(t, w.user(t, "a"), account.TokenRequest{}).Token
	for _, cr := range []account.Credentials{
		{}, {APIKey: w.keys[0].Text, Authorization: "Token x" + tok}, {APIKey: w.keys[0].Text, Authorization: "Basic abc"}, {Authorization: "Basic abc"}, {Authorization: tok}, {Authorization: "Token"},
	} {
		_, err := w.Authenticate(t.Context(), cr)
		wantKind(t, err, blush.Unauthorized)
		if strings.ContainsAny(err.Error(), "<>&") {
			t.Errorf("JSON shows marks of %q as numbers", err)
		}
	}
	if c, err := w.Authenticate(t.Context(), account.Credentials{APIKey: w.keys[0].Text, Authorization: "Token " + tok}); err != nil || c.Kind != blush.ByToken {
		t.Errorf("a key and a token: %+v, %v; want the token's caller", c, err)
	}
	for _, scheme := range []string{"Token ", "Bearer ", "token ", "BEARER "} {
		if _, err := w.Authenticate(t.Context(), account.Credentials{Authorization: scheme + tok}); err != nil {
			t.Errorf("%q: %v", scheme, err)
		}
	}
}

// The claims of a token that clients of the API read.
func TestTokenClaims(t *testing.T) {
	w := newWorld(t)
	u := w.user(t, "a")
	tok := w.token(t, u, account.TokenRequest{Meta: json.RawMessage(`{"visit":7}`)})
	if tok.UserID != u.ID || !tok.ExpiresAt.Equal(w.now.Add(6*time.Hour)) {
		t.Errorf("token: %+v", tok)
	}
	part, err := base64.RawURLEncoding.DecodeString(strings.Split(tok.Token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		User map[string]any
		Meta map[string]any
		Exp  int64
		Iat  int64
		Jti  string
		Kid  string
	}
	if err := json.Unmarshal(part, &c); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"user_id", "customer", "group", "max_measurement_count", "email", "auth0_user_id"} {
		if _, ok := c.User[k]; !ok {
			t.Errorf("claim user.%s is missing: %s", k, part)
		}
	}
	if c.User["user_id"] != u.ID || c.User["customer"] != "ACME" || c.Meta["visit"] != 7.0 ||
		c.Exp != w.now.Add(6*time.Hour).Unix() || c.Iat != w.now.Unix() || c.Jti == "" || c.Kid == "" {
		t.Errorf("claims: %s", part)
	}
	if strings.Contains(string(part), `"a"`) {
		t.Errorf("the token contains the external id: %s", part)
	}
	caller, err := w.bear(tok.Token)
	if err != nil || caller.UserID != u.ID || caller.Kind != blush.ByToken || caller.Scope != blush.ScopeAPI ||
		caller.Environment != blush.Dev || caller.CredentialID != c.Jti {
		t.Errorf("caller: %+v, %v", caller, err)
	}
}

func TestTokenLife(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	u := w.user(t, "a")
	for _, life := range []time.Duration{-time.Second, time.Millisecond, 12*time.Hour + time.Second} {
		_, err := w.IssueToken(ctx, w.dev, account.TokenRequest{User: blush.UserRef{ID: u.ID}, ExpiresIn: life})
		wantLoc(t, err, []any{"expires_in"})
	}
	for _, meta := range []string{`[]`, `"x"`, `null`, `{"a":"` + strings.Repeat("x", 4096) + `"}`} {
		_, err := w.IssueToken(ctx, w.dev, account.TokenRequest{User: blush.UserRef{ID: u.ID}, Meta: json.RawMessage(meta)})
		wantLoc(t, err, []any{"meta"})
	}
	tok := w.token(t, u, account.TokenRequest{ExpiresIn: 12 * time.Hour}).Token
	w.now = w.now.Add(12*time.Hour - time.Second)
	if _, err := w.bear(tok); err != nil {
		t.Error(err)
	}
	w.now = w.now.Add(2 * time.Second)
	_, err := w.bear(tok)
	wantKind(t, err, blush.Unauthorized)
	c, err := w.bear(w.token(t, u, account.TokenRequest{}).Token)
	if err != nil {
		t.Fatal(err)
	}
	own, err := w.Users(ctx, c, blush.Page{})
	if err != nil || len(own.Data) != 1 || own.Data[0].ID != u.ID {
		t.Errorf("a token lists %+v, %v", own, err)
	}
	_, err = w.User(ctx, c, blush.UserRef{ID: w.user(t, "b").ID})
	wantKind(t, err, blush.Forbidden)
}

func TestTokensAreRevoked(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	u := w.user(t, "a")
	one, two := w.token(t, u, account.TokenRequest{}).Token, w.token(t, u, account.TokenRequest{}).Token
	wantKind(t, w.RevokeToken(ctx, w.live, one), blush.NotFound)
	if err := w.RevokeToken(ctx, w.dev, one); err != nil {
		t.Fatal(err)
	}
	_, err := w.bear(one)
	wantKind(t, err, blush.Unauthorized)
	if _, err := w.bear(two); err != nil {
		t.Fatal(err)
	}
	if err := w.RevokeUserTokens(ctx, w.dev, blush.UserRef{ID: u.ID}); err != nil {
		t.Fatal(err)
	}
	_, err = w.bear(two)
	wantKind(t, err, blush.Unauthorized)
	three := w.token(t, u, account.TokenRequest{}).Token
	if last, err := w.RotateSigningKey(ctx, false); err != nil || !last.Equal(w.now.Add(account.MaxTokenLife)) {
		t.Fatalf("the last token ends at %v, %v", last, err)
	}
	if _, err := w.bear(three); err != nil {
		t.Errorf("a rotation ended a token: %v", err)
	}
	if _, err := w.RotateSigningKey(ctx, true); err != nil {
		t.Fatal(err)
	}
	_, err = w.bear(three)
	wantKind(t, err, blush.Unauthorized)
	if _, err := w.bear(w.token(t, u, account.TokenRequest{}).Token); err != nil {
		t.Error(err)
	}
}

// A clock that is ahead for a while brings no revoked token back, prevents no
// revocation, and saves no token when all are ended.
func TestClockAhead(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	u := w.user(t, "a")
	one, two, three := w.token(t, u, account.TokenRequest{}).Token, w.token(t, u, account.TokenRequest{}).Token, w.token(t, u, account.TokenRequest{}).Token
	revoke := func(token string) {
		t.Helper()
		if err := w.RevokeToken(ctx, w.dev, token); err != nil {
			t.Fatal(err)
		}
	}
	ended := func(what, token string) {
		t.Helper()
		if _, err := w.bear(token); blush.KindOf(err) != blush.Unauthorized {
			t.Errorf("%s: %v", what, err)
		}
	}
	revoke(one)
	now := w.now
	w.now = now.Add(26 * time.Hour)
	revoke(two) // which has expired, by this clock
	if _, err := w.RotateSigningKey(ctx, false); err != nil {
		t.Fatal(err)
	}
	w.now = now
	ended("revoked before the clock went ahead", one)
	ended("revoked while the clock was ahead", two)
	if _, err := w.bear(three); err != nil {
		t.Errorf("ended by the clock: %v", err)
	}
	if _, err := w.RotateSigningKey(ctx, true); err != nil {
		t.Fatal(err)
	}
	ended("signed with a key that was retired while the clock was ahead", three)
}

// forged signs claims with the server's own newest key, so that each token below
// is refused only because of the one claim that it changes.
func (w *world) forged(t testing.TB, method jwt.SigningMethod, change func(jwt.MapClaims)) string {
	t.Helper()
	good := w.token(t, w.user(t, "a"), account.TokenRequest{}).Token
	var c jwt.MapClaims
	parsed, _, err := jwt.NewParser().ParseUnverified(good, &c)
	if err != nil {
		t.Fatal(err)
	}
	change(c)
	keys, err := w.store.SigningKeys(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	key, err := w.secrets.Open(keys[0].Sealed, "signing key "+keys[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	forged := jwt.NewWithClaims(method, c)
	forged.Header["kid"] = parsed.Header["kid"]
	var signWith any = key
	if method == jwt.SigningMethodNone {
		signWith = jwt.UnsafeAllowNoneSignatureType
	}
	text, err := forged.SignedString(signWith)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestForgedTokens(t *testing.T) {
	w := newWorld(t)
	if _, err := w.bear(w.forged(t, jwt.SigningMethodHS256, func(jwt.MapClaims) {})); err != nil {
		t.Fatalf("the control must pass: %v", err)
	}
	for name, text := range map[string]string{
		"other method":       w.forged(t, jwt.SigningMethodHS512, func(jwt.MapClaims) {}),
		"no signature":       w.forged(t, jwt.SigningMethodNone, func(jwt.MapClaims) {}),
		"no expiry":          w.forged(t, jwt.SigningMethodHS256, func(c jwt.MapClaims) { delete(c, "exp") }),
		"other issuer":       w.forged(t, jwt.SigningMethodHS256, func(c jwt.MapClaims) { c["iss"] = "x" }),
		"other audience":     w.forged(t, jwt.SigningMethodHS256, func(c jwt.MapClaims) { c["aud"] = "x" }),
		"no user":            w.forged(t, jwt.SigningMethodHS256, func(c jwt.MapClaims) { delete(c, "user") }),
		"other environment":  w.forged(t, jwt.SigningMethodHS256, func(c jwt.MapClaims) { c["env"] = "live" }),
		"other customer":     w.forged(t, jwt.SigningMethodHS256, func(c jwt.MapClaims) { c["customer_id"] = "x" }),
		"earlier epoch":      w.forged(t, jwt.SigningMethodHS256, func(c jwt.MapClaims) { c["epoch"] = -1 }),
		"changed after sign": w.forged(t, jwt.SigningMethodHS256, func(jwt.MapClaims) {}) + "A",
		"too long":           strings.Repeat("a", 20000),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.bear(text)
			wantKind(t, err, blush.Unauthorized)
		})
	}
}

// Any text sent as a credential is refused as Unauthorized: it never causes a panic or a server error.
func FuzzAuthorization(f *testing.F) {
	w := newWorld(f)
	good := w.token(f, w.user(f, "a"), account.TokenRequest{}).Token
	f.Add("Token " + good)
	f.Add("Bearer " + good + ".")
	f.Add("Token a.b.c")
	f.Add("Token eyJhbGciOiJub25lIn0.eyJleHAiOjF9.")
	f.Add("token\t")
	f.Fuzz(func(t *testing.T, header string) {
		c, err := w.Authenticate(context.Background(), account.Credentials{Authorization: header})
		if err == nil {
			if !strings.HasSuffix(strings.TrimSpace(header), good) || c.UserID == "" {
				t.Fatalf("accepted %q as %+v", header, c)
			}
			return
		}
		wantKind(t, err, blush.Unauthorized)
		_, err = w.Authenticate(context.Background(), account.Credentials{APIKey: header})
		wantKind(t, err, blush.Unauthorized)
	})
}

func TestSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "secret")
	if _, err := account.LoadSecrets(path); err == nil || !strings.Contains(err.Error(), filepath.Dir(path)+" does not exist") {
		t.Errorf("in a folder that does not exist: %v", err)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil { // fails if LoadSecrets made it
		t.Fatal(err)
	}
	a, err := account.LoadSecrets(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	b, err := account.LoadSecrets(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed := a.Seal([]byte("hello"), "test")
	if got, err := b.Open(sealed, "test"); err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := b.Open(sealed, "other purpose"); err == nil {
		t.Error("opened for another purpose")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := b.Open(sealed, "test"); err == nil {
		t.Error("opened although damaged")
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := account.LoadSecrets(path); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("a secret that others may read: %v", err)
	}
	for _, text := range []string{"", "zz", strings.Repeat("ab", 31)} {
		p := filepath.Join(t.TempDir(), "s")
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := account.LoadSecrets(p); err == nil {
			t.Errorf("secret %q accepted", text)
		}
	}
}
