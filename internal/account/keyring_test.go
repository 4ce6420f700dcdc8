package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// process is the service of another process on the same database.
func process(t *testing.T, st *store.Store, master string) (*account.Service, *account.Secrets) {
	t.Helper()
	secrets, err := account.NewSecrets([]byte(master))
	if err != nil {
		t.Fatal(err)
	}
	return account.New(st, secrets, time.Now), secrets
}

// given returns an existing master secret where a new one is asked for.
func given(s *account.Secrets) func() (*account.Secrets, error) {
	return func() (*account.Secrets, error) { return s, nil }
}

const (
	oldMaster  = "a master secret of 32 bytes, not more"
	newMaster  = "the one that replaces it, of 32 bytes"
	lostMaster = "one that never was good, of 32 bytes!"
)

// While the master secret is being replaced, servers with the old one and servers with
// the new one work side by side: each accepts the keys, tokens and sealed data of all
// others, and so does one that loaded the old keys before. Then the old one ends.
func TestRotateSecret(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	stale, staleSecrets := process(t, w.store, oldMaster)
	if err := stale.CheckSecret(ctx); err != nil {
		t.Fatal(err)
	}
	sealedBefore := w.secrets.Seal([]byte("before"), "test")
	tokenBefore := w.token(t, w.user(t, "ada"), account.TokenRequest{ExpiresIn: time.Hour})
	_, next := process(t, w.store, newMaster)
	if err := w.RotateSecret(ctx, given(next)); err != nil {
		t.Fatal(err)
	}
	replica, replicaSecrets := process(t, w.store, newMaster)
	if err := replica.CheckSecret(ctx); err != nil {
		t.Fatalf("a server with the new secret: %v", err)
	}
	sealedAfter := replicaSecrets.Seal([]byte("after"), "test")
	keyAfter, err := replica.CreateKey(ctx, "ACME", blush.Dev, "new", account.KeyLimits{})
	if err != nil {
		t.Fatal(err)
	}
	tokenAfter := w.token(t, w.user(t, "bob"), account.TokenRequest{ExpiresIn: time.Hour})
	for name, p := range map[string]struct {
		*account.Service
		secrets *account.Secrets
	}{"with the old secret": {w.Service, w.secrets}, "with the old secret, and old keys": {stale, staleSecrets}, "with the new secret": {replica, replicaSecrets}} {
		for text, sealed := range map[string][]byte{"before": sealedBefore, "after": sealedAfter} {
			if got, err := p.secrets.Open(sealed, "test"); err != nil || string(got) != text {
				t.Errorf("a server %s opens %q, %v", name, got, err)
			}
		}
		for what, cr := range map[string]account.Credentials{
			"a key from before": {APIKey: w.keys[0].Text}, "a key from after": {APIKey: keyAfter.Text},
		} {
			if _, err := p.Authenticate(ctx, cr); err != nil {
				t.Errorf("a server %s: %s: %v", name, what, err)
			}
		}
		if err := p.CheckSecret(ctx); err != nil {
			t.Errorf("a server %s: %v", name, err)
		}
	}
	for _, token := range []string{tokenBefore.Token, tokenAfter.Token} {
		if _, err := w.bear(token); err != nil {
			t.Error(err)
		}
	}
	third, _ := account.NewSecrets([]byte(lostMaster))
	wantKind(t, w.RotateSecret(ctx, given(third)), blush.Conflict)

	// From here on only the new one is valid.
	if n, err := replica.RetireSecrets(ctx, false); n != 1 || err != nil {
		t.Fatalf("%d ended, %v", n, err)
	}
	if err := w.CheckSecret(ctx); !errors.Is(err, account.ErrOtherSecret) {
		t.Errorf("a server with the old secret: %v", err)
	}
	late, lateSecrets := process(t, w.store, newMaster)
	if err := late.CheckSecret(ctx); err != nil {
		t.Error(err)
	}
	if got, err := lateSecrets.Open(sealedBefore, "test"); err != nil || string(got) != "before" {
		t.Errorf("what was sealed before: %q, %v", got, err)
	}
	// With only the old secret, nothing that was sealed since can be opened.
	thief, _ := account.NewSecrets([]byte(oldMaster))
	if _, err := thief.Open(sealedAfter, "test"); !errors.Is(err, account.ErrSealed) {
		t.Errorf("the old secret opens what came after it: %v", err)
	}
	if _, err := w.User(ctx, w.dev, blush.UserRef{ExternalID: "ada"}); err != nil { // sealed before the change
		t.Error(err)
	}
	stolen, err := store.Open(ctx, w.file) // opened with only the old secret
	if err != nil {
		t.Fatal(err)
	}
	defer stolen.Close()
	stolen.SealWith(thief)
	if u, err := stolen.User(ctx, w.dev.CustomerID, blush.Dev, blush.UserRef{ExternalID: "ada"}); !errors.Is(err, account.ErrSealed) {
		t.Errorf("the old secret opens the customers' keys: %+v, %v", u, err)
	}
	keys, err := w.store.SigningKeys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		_, err := thief.Open(k.Sealed, "signing key "+k.ID)
		if k.RetiredAt == nil && err == nil {
			t.Error("the old secret opens the key that signs")
		}
	}
	// And once more.
	_, again := process(t, w.store, oldMaster+"2")
	if err := late.RotateSecret(ctx, given(again)); err != nil {
		t.Error(err)
	}
	if got, err := again.Open(sealedBefore, "test"); err != nil || string(got) != "before" {
		t.Errorf("after two changes: %q, %v", got, err)
	}
}

// A secret that is not the database's changes nothing, and no secret is made to replace a missing one.
func TestRotateNeedsTheSecret(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	if err := w.CheckSecret(ctx); err != nil {
		t.Fatal(err)
	}
	wrong, wrongSecrets := process(t, w.store, lostMaster)
	_, next := process(t, w.store, newMaster)
	if err := wrong.RotateSecret(ctx, given(next)); !errors.Is(err, account.ErrOtherSecret) {
		t.Errorf("%v", err)
	}
	wantKind(t, w.RotateSecret(ctx, given(w.secrets)), blush.Invalid)
	_, err := w.RetireSecrets(ctx, false)
	wantKind(t, err, blush.Conflict)
	if err := w.RotateSecret(ctx, given(next)); err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.RetireSecrets(ctx, false); !errors.Is(err, account.ErrOtherSecret) {
		t.Errorf("%v", err)
	}
	if _, err := wrongSecrets.Open(w.secrets.Seal([]byte("x"), "test"), "test"); !errors.Is(err, account.ErrSealed) {
		t.Errorf("%v", err)
	}
	if _, err := account.OpenSecrets(ctx, w.store, t.TempDir()+"/missing"); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("%v", err)
	}
}
