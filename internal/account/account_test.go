package account_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// world is a service with one customer, its two callers and a clock that the test moves.
type world struct {
	*account.Service
	store     *store.Store
	file      string // of its database
	secrets   *account.Secrets
	now       time.Time
	dev, live blush.Caller
	keys      []account.IssuedKey
}

func ptr[T any](v T) *T { return &v }

func newWorld(t testing.TB) *world {
	t.Helper()
	ctx := context.Background()
	file := sqlitetest.File(t)
	st, err := store.Open(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if err := st.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	secrets, err := account.NewSecrets([]byte("a master secret of 32 bytes, not more"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{store: st, file: file, secrets: secrets, now: time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)}
	w.Service = account.New(st, secrets, func() time.Time { return w.now })
	_, w.keys, err = w.CreateCustomer(ctx, "ACME")
	if err != nil {
		t.Fatal(err)
	}
	w.dev, w.live = w.login(t, w.keys[0].Text), w.login(t, w.keys[1].Text)
	return w
}

func (w *world) login(t testing.TB, key string) blush.Caller {
	t.Helper()
	c, err := w.Authenticate(context.Background(), account.Credentials{APIKey: key, RequestID: "req"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) user(t testing.TB, external string) blush.User {
	t.Helper()
	u, _, err := w.CreateUser(context.Background(), w.dev, account.NewUser{ExternalID: &external})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) token(t testing.TB, u blush.User, req account.TokenRequest) account.Token {
	t.Helper()
	req.User = blush.UserRef{ID: u.ID}
	tok, err := w.IssueToken(context.Background(), w.dev, req)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func (w *world) bear(token string) (blush.Caller, error) {
	return w.Authenticate(context.Background(), account.Credentials{Authorization: "Token " + token, RequestID: "req"})
}

func wantKind(t *testing.T, err error, k blush.Kind) {
	t.Helper()
	if got := blush.KindOf(err); got != k {
		t.Fatalf("error %v of kind %q, want %q", err, got, k)
	}
}

// wantLoc requires a 422 about exactly these fields.
func wantLoc(t *testing.T, err error, locs ...[]any) {
	t.Helper()
	wantKind(t, err, blush.Unprocessed)
	var got [][]any
	for _, f := range err.(*blush.Error).Fields {
		got = append(got, f.Path)
		if f.Msg == "" || f.Type == "" {
			t.Errorf("field error without message or type: %+v", f)
		}
	}
	if !reflect.DeepEqual(got, locs) {
		t.Fatalf("fields %v, want %v", got, locs)
	}
}

func TestUserIsNamedByExactlyOneID(t *testing.T) {
	w := newWorld(t)
	u := w.user(t, "alice")
	ctx := t.Context()
	both := [][]any{{"user_id"}, {"external_user_id"}}
	_, err := w.User(ctx, w.dev, blush.UserRef{ID: u.ID, ExternalID: "alice"})
	wantLoc(t, err, both...)
	_, err = w.User(ctx, w.dev, blush.UserRef{})
	wantLoc(t, err, both...)
	_, err = w.User(ctx, w.dev, blush.UserRef{ID: "42"})
	wantLoc(t, err, []any{"user_id"})
	_, err = w.User(ctx, w.dev, blush.UserRef{ExternalID: "a\x00b"})
	wantLoc(t, err, []any{"external_user_id"})
	for _, ref := range []blush.UserRef{{ID: u.ID}, {ID: strings.ReplaceAll(u.ID, "-", "")}, {ID: strings.ToUpper(u.ID)}, {ExternalID: "alice"}} {
		got, err := w.User(ctx, w.dev, ref)
		if err != nil || got.ID != u.ID || got.Customer != "ACME" {
			t.Errorf("%+v: %+v, %v", ref, got, err)
		}
	}
	_, err = w.User(ctx, w.live, blush.UserRef{ID: u.ID})
	wantKind(t, err, blush.NotFound)
	_, keys, err := w.CreateCustomer(ctx, "Other")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.User(ctx, w.login(t, keys[0].Text), blush.UserRef{ID: u.ID})
	wantKind(t, err, blush.NotFound)
}

func TestUserRules(t *testing.T) {
	w := newWorld(t)
	loc := func(field string) []any { return []any{field} }
	for name, c := range map[string]struct {
		user account.NewUser
		locs [][]any
	}{
		"all given":            {account.NewUser{ExternalID: ptr("bob"), BirthDate: ptr("1990-02-28"), Sex: ptr("F"), Language: ptr("sv")}, nil},
		"nothing given":        {account.NewUser{}, nil},
		"longest id":           {account.NewUser{ExternalID: ptr(strings.Repeat("é", 256))}, nil},
		"id too long":          {account.NewUser{ExternalID: ptr(strings.Repeat("é", 257))}, [][]any{loc("external_user_id")}},
		"empty id":             {account.NewUser{ExternalID: ptr("")}, [][]any{loc("external_user_id")}},
		"control character":    {account.NewUser{ExternalID: ptr("a\nb")}, [][]any{loc("external_user_id")}},
		"only spaces":          {account.NewUser{ExternalID: ptr(" \u2003")}, [][]any{loc("external_user_id")}},
		"writing direction":    {account.NewUser{ExternalID: ptr("anna\u202e")}, [][]any{loc("external_user_id")}},
		"invisible character":  {account.NewUser{ExternalID: ptr("an\u200bna")}, [][]any{loc("external_user_id")}},
		"not UTF-8":            {account.NewUser{ExternalID: ptr("\xff")}, [][]any{loc("external_user_id")}},
		"29 February":          {account.NewUser{BirthDate: ptr("2000-02-29")}, nil},
		"no such day":          {account.NewUser{BirthDate: ptr("2001-02-29")}, [][]any{loc("birth_date")}},
		"other date format":    {account.NewUser{BirthDate: ptr("28/02/1990")}, [][]any{loc("birth_date")}},
		"born tomorrow":        {account.NewUser{BirthDate: ptr("2026-06-17")}, [][]any{loc("birth_date")}},
		"born 200 years ago":   {account.NewUser{BirthDate: ptr("1826-06-15")}, [][]any{loc("birth_date")}},
		"lower case sex":       {account.NewUser{Sex: ptr("m")}, [][]any{loc("sex")}},
		"unknown language":     {account.NewUser{Language: ptr("xx")}, [][]any{loc("language")}},
		"two faults are named": {account.NewUser{Sex: ptr(""), Language: ptr("EN")}, [][]any{loc("sex"), loc("language")}},
	} {
		t.Run(name, func(t *testing.T) {
			u, created, err := w.CreateUser(t.Context(), w.dev, c.user)
			if c.locs != nil {
				wantLoc(t, err, c.locs...)
				return
			}
			if err != nil || !created || u.ID == "" {
				t.Fatalf("%+v, created %v, %v", u, created, err)
			}
		})
	}
}

func TestSameUserTwice(t *testing.T) {
	w := newWorld(t)
	a, created, err := w.CreateUser(t.Context(), w.dev, account.NewUser{ExternalID: ptr("carol"), Sex: ptr("F")})
	if err != nil || !created {
		t.Fatal(created, err)
	}
	b, created, err := w.CreateUser(t.Context(), w.dev, account.NewUser{ExternalID: ptr("carol"), Sex: ptr("M")})
	if err != nil || created || b.ID != a.ID || *b.Sex != "F" {
		t.Fatalf("second time: %+v, created %v, %v", b, created, err)
	}
}

// An external user id that only an earlier version accepted still names its user, but nobody else gets one like it.
func TestSameUserTwiceUnderAnOldID(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{" ", "an\u200bna", "anna\u202e"} {
		stored, _, err := w.store.CreateUser(t.Context(), blush.User{ID: blush.NewID(), CustomerID: w.dev.CustomerID, Customer: w.dev.Customer,
			Environment: w.dev.Environment, ExternalID: &id, CreatedAt: w.now}, w.Audit(w.dev, blush.UserCreate, "", ""))
		if err != nil {
			t.Fatal(err)
		}
		if u, created, err := w.CreateUser(t.Context(), w.dev, account.NewUser{ExternalID: &id}); err != nil || created || u.ID != stored.ID {
			t.Errorf("%q again: %+v, created %v, %v", id, u, created, err)
		}
		if _, _, err := w.CreateUser(t.Context(), w.live, account.NewUser{ExternalID: &id}); blush.KindOf(err) != blush.Unprocessed {
			t.Errorf("%q in the other environment: %v", id, err)
		}
	}
}

func TestChangeUser(t *testing.T) {
	w := newWorld(t)
	u := w.user(t, "dave")
	ref := blush.UserRef{ID: u.ID}
	change := func(c blush.Caller, body string) (blush.User, error) {
		var ch account.UserChange
		if err := json.Unmarshal([]byte(body), &ch); err != nil {
			t.Fatal(err)
		}
		return w.UpdateUser(t.Context(), c, ref, ch)
	}
	got, err := change(w.dev, `{"birth_date":"1980-01-01","sex":"M"}`)
	if err != nil || *got.BirthDate != "1980-01-01" || *got.Sex != "M" || *got.ExternalID != "dave" {
		t.Fatalf("%+v, %v", got, err)
	}
	got, err = change(w.dev, `{"sex":null}`)
	if err != nil || got.Sex != nil || *got.BirthDate != "1980-01-01" {
		t.Fatalf("explicit null: %+v, %v", got, err)
	}
	_, err = change(w.dev, `{"language":"tlh"}`)
	wantLoc(t, err, []any{"language"})
	w.user(t, "erin")
	_, err = change(w.dev, `{"external_user_id":"erin"}`)
	wantKind(t, err, blush.Conflict)

	c, err := w.bear(w.token(t, u, account.TokenRequest{}).Token)
	if err != nil {
		t.Fatal(err)
	}
	ref = blush.UserRef{}
	if got, err = change(c, `{"language":"nl"}`); err != nil || *got.Language != "nl" {
		t.Fatalf("own language: %+v, %v", got, err)
	}
	for _, body := range []string{`{"birth_date":"1970-01-01"}`, `{"birth_date":null}`, `{"external_user_id":"x"}`} {
		_, err = change(c, body)
		wantKind(t, err, blush.Forbidden)
	}

	// The scan page may set an unknown birth date, and change nothing else.
	page, err := w.bear(w.token(t, w.user(t, "ageless"), account.TokenRequest{Scope: blush.ScopeScan}).Token)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"language":"nl"}`, `{"sex":"F"}`, `{"external_user_id":"x"}`, `{"birth_date":"1970-01-01","sex":"M"}`} {
		_, err = change(page, body)
		wantKind(t, err, blush.Forbidden)
	}
	if got, err = change(page, `{"birth_date":"1970-01-01"}`); err != nil || got.Adult == nil || !*got.Adult || got.BirthDate != nil {
		t.Fatalf("an unknown age: %+v, %v", got, err)
	}
	_, err = change(page, `{"birth_date":"1960-01-01"}`)
	wantKind(t, err, blush.Forbidden)
}

func TestMinorsMayNotBeMeasured(t *testing.T) {
	w := newWorld(t) // on 15 June 2026
	for birth, ok := range map[string]bool{"2008-06-15": true, "2008-06-16": false, "2020-01-01": false, "1950-01-01": true, "": true} {
		u := blush.User{}
		if birth != "" {
			u.BirthDate = &birth
		}
		if err := w.Eligible(u); (err == nil) != ok {
			t.Errorf("born %q: %v", birth, err)
		} else if !ok && (blush.KindOf(err) != blush.Forbidden || !strings.Contains(err.Error(), "not_eligible")) {
			t.Errorf("born %q: %v", birth, err)
		}
	}
	u, _, err := w.CreateUser(t.Context(), w.dev, account.NewUser{BirthDate: ptr("2015-01-01")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.IssueToken(t.Context(), w.dev, account.TokenRequest{User: blush.UserRef{ID: u.ID}, Scope: blush.ScopeScan})
	wantKind(t, err, blush.Forbidden)
}

func TestUserPages(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"a", "b", "c"} {
		w.user(t, name)
		w.now = w.now.Add(time.Second)
	}
	first, err := w.Users(t.Context(), w.dev, blush.Page{Limit: 2})
	if err != nil || !first.HasMore || len(first.Data) != 2 || *first.Data[0].ExternalID != "c" {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := w.Users(t.Context(), w.dev, blush.Page{Limit: 2, StartingAfter: first.Data[1].ID})
	if err != nil || second.HasMore || len(second.Data) != 1 || *second.Data[0].ExternalID != "a" {
		t.Fatalf("%+v, %v", second, err)
	}
	for _, p := range []blush.Page{{Limit: -1}, {Limit: 101}} {
		_, err = w.Users(t.Context(), w.dev, p)
		wantLoc(t, err, []any{"limit"})
	}
	for _, after := range []string{"x", blush.NewID()} {
		_, err = w.Users(t.Context(), w.dev, blush.Page{StartingAfter: after})
		wantLoc(t, err, []any{"starting_after"})
	}
	_, err = w.Users(t.Context(), w.live, blush.Page{StartingAfter: first.Data[1].ID})
	wantLoc(t, err, []any{"starting_after"})
}

func TestDeletedUserIsGone(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	u := w.user(t, "frank")
	token := w.token(t, u, account.TokenRequest{}).Token
	c, err := w.bear(token)
	if err != nil {
		t.Fatal(err)
	}
	export, err := w.ExportUser(ctx, c, blush.UserRef{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.ExportUser(ctx, c, blush.UserRef{}) // one at a time
	wantKind(t, err, blush.TooMany)
	var doc strings.Builder
	err = export.Write(ctx, &doc)
	export.Close()
	if err != nil || !strings.Contains(doc.String(), `"frank"`) || !strings.Contains(doc.String(), `"user.create"`) {
		t.Fatalf("export: %s, %v", doc.String(), err)
	}
	if export, err = w.ExportUser(ctx, c, blush.UserRef{}); err != nil {
		t.Fatal(err)
	}
	export.Close()
	if err := w.DeleteUser(ctx, w.dev, blush.UserRef{ExternalID: "frank"}); err != nil {
		t.Fatal(err)
	}
	_, err = w.bear(token)
	wantKind(t, err, blush.Unauthorized)
	_, err = w.User(ctx, w.dev, blush.UserRef{ID: u.ID})
	wantKind(t, err, blush.NotFound)
	wantKind(t, w.DeleteUser(ctx, w.dev, blush.UserRef{ID: u.ID}), blush.NotFound)
	// The same external id makes a new user. The old token is not valid for them.
	if again := w.user(t, "frank"); again.ID == u.ID {
		t.Error("a deleted user came back")
	}
	_, err = w.bear(token)
	wantKind(t, err, blush.Unauthorized)
	var last string
	for a, err := range w.store.AuditOf(ctx, u.ID) {
		if err != nil {
			t.Fatal(err)
		}
		last = string(a.Action)
	}
	if last != "user.delete" {
		t.Errorf("the audit trail ends with %q", last)
	}
}

func TestIdempotency(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	u := w.user(t, "gina")
	begin := func(c blush.Caller, hash string) (context.Context, *account.IdempotentRequest, *account.Answer, error) {
		return w.BeginIdempotent(ctx, c, "key-1", []byte(hash))
	}
	within, once, a, err := begin(w.dev, "h")
	if once == nil || a != nil || err != nil {
		t.Fatal(once, a, err)
	}
	_, _, _, err = begin(w.dev, "h")
	wantKind(t, err, blush.Conflict)
	if _, other, a, err := begin(w.live, "h"); other == nil || a != nil || err != nil {
		t.Fatalf("the other environment shares keys: %v, %v", a, err)
	}
	// A process that dies now leaves nothing behind: its key is free at once in every other process.
	otherProcess := account.New(w.store, w.secrets, func() time.Time { return w.now })
	theirWork, theirs, a, err := otherProcess.BeginIdempotent(ctx, w.dev, "key-1", []byte("h"))
	if theirs == nil || a != nil || err != nil {
		t.Fatalf("the key of a request that died is not free: %v, %v", a, err)
	}
	want := account.Answer{Status: 201, Header: map[string]string{"Location": "/x"}, Body: []byte(`{"a":"gina"}`), UserID: u.ID}
	if first, err := once.Keep(within, want); first != nil || err != nil {
		t.Fatal(first, err)
	}
	once.End()
	_, _, got, err := begin(w.dev, "h")
	if err != nil || !reflect.DeepEqual(*got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	_, _, _, err = begin(w.dev, "other")
	wantLoc(t, err, []any{"Idempotency-Key"})
	// The slower of two processes gives the answer of the faster.
	if first, err := theirs.Keep(theirWork, account.Answer{Status: 500}); err != nil || first == nil || !reflect.DeepEqual(*first, want) {
		t.Fatalf("%+v, %v", first, err)
	}
	theirs.End()
	if err := w.DeleteUser(ctx, w.dev, blush.UserRef{ID: u.ID}); err != nil {
		t.Fatal(err)
	}
	if _, once, a, err := begin(w.dev, "h"); once == nil || a != nil || err != nil {
		t.Fatalf("the answer outlived the user that it is about: %v, %v", a, err)
	}
	_, _, _, err = w.BeginIdempotent(ctx, w.dev, strings.Repeat("k", 256), nil)
	wantLoc(t, err, []any{"Idempotency-Key"})
}

// An answer stored by an earlier version, with the hash of the request next to it, is still returned. Now the hash is
// sealed together with the answer, because the hash of a short request reveals the request.
func TestIdempotencyOfAnEarlierVersion(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	key := store.IdempotencyKey{CustomerID: w.dev.CustomerID, Environment: blush.Dev, Key: "key-1"}
	want := account.Answer{Status: 201, Header: map[string]string{}, Body: []byte(`{}`)}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	sealed := w.secrets.Seal(text, "answer "+w.dev.CustomerID+` dev  "key-1"`)
	if _, err := w.store.KeepAnswer(ctx, key, store.KeptAnswer{RequestHash: []byte("h"), Answer: sealed}, "", w.now, w.now); err != nil {
		t.Fatal(err)
	}
	if _, _, got, err := w.BeginIdempotent(ctx, w.dev, "key-1", []byte("h")); err != nil || !reflect.DeepEqual(*got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	_, _, _, err = w.BeginIdempotent(ctx, w.dev, "key-1", []byte("other"))
	wantLoc(t, err, []any{"Idempotency-Key"})

	key.Key = "key-2"
	within, once, _, err := w.BeginIdempotent(ctx, w.dev, key.Key, []byte("hash"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := once.Keep(within, want); err != nil {
		t.Fatal(err)
	}
	once.End()
	if kept, ok, err := w.store.KeptAnswer(ctx, key, w.now.Add(-time.Hour)); !ok || err != nil || len(kept.RequestHash) > 0 {
		t.Errorf("stored next to the answer: %q, %v", kept.RequestHash, err)
	}
}

// An origin that may embed the pages is stored once, however it is written.
func TestOriginsOnce(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ named, want []string }{
		{[]string{"https://app.example.com", "https://b.example", "https://app.example.com"}, []string{"https://app.example.com", "https://b.example"}},
		{[]string{"https://App.Example.com:443", "https://app.example.COM"}, []string{"https://app.example.com"}},
		{[]string{"https://a.example:4430", "https://a.example:8443", "https://a.example:443"}, []string{"https://a.example:4430", "https://a.example:8443", "https://a.example"}},
		{[]string{"http://localhost:80", "http://localhost", "http://localhost:*", "http://localhost:8080"}, []string{"http://localhost", "http://localhost:*", "http://localhost:8080"}},
		{[]string{}, []string{}},
	} {
		got, err := w.UpdateCustomer(t.Context(), "ACME", account.CustomerChange{FrameAncestors: &c.named})
		if err != nil || !slices.Equal(got.FrameAncestors, c.want) {
			t.Errorf("%q are stored as %q, %v", c.named, got.FrameAncestors, err)
		}
	}
}
