package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

var epoch = time.Date(2026, 1, 2, 7, 30, 0, 123e6, time.UTC)

func ptr[T any](v T) *T { return &v }

// collect reads a list to its end.
func collect[T any](t *testing.T, list iter.Seq2[T, error]) (all []T) {
	t.Helper()
	for one, err := range list {
		must(t, err)
		all = append(all, one)
	}
	return all
}

// must ends a test on an unexpected error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, k blush.Kind) {
	t.Helper()
	if blush.KindOf(err) != k {
		t.Fatalf("error %v, want kind %s", err, k)
	}
}

// aCustomer stores a customer with one DEV key.
func aCustomer(t *testing.T, st *store.Store, name string) blush.Customer {
	t.Helper()
	c := blush.Customer{ID: blush.NewID(), Name: name, CreatedAt: epoch, FrameAncestors: []string{"https://app." + name + ".example"}}
	hash := sha256.Sum256([]byte(name))
	must(t, st.CreateCustomer(t.Context(), c, []blush.APIKey{{
		ID: blush.NewID(), CustomerID: c.ID, Alias: name + "-DEV", Environment: blush.Dev, Prefix: "p_" + name, Hash: hash[:], CreatedAt: epoch,
	}}))
	return c
}

func aUser(t *testing.T, st *store.Store, c blush.Customer, external *string, at time.Time) blush.User {
	t.Helper()
	u, created, err := st.CreateUser(t.Context(), blush.User{
		ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev, ExternalID: external, CreatedAt: at,
	}, anAccess("user.create"))
	must(t, err)
	if !created {
		t.Fatalf("user %v was there already", external)
	}
	return u
}

func anAccess(action blush.Action) blush.AuditEntry {
	return blush.AuditEntry{At: epoch, CustomerID: "c", Kind: blush.ByAPIKey, CredentialID: "k", Action: action, RequestID: "r"}
}

func aScan(u blush.User, at time.Time) blush.Scan {
	hash := sha256.Sum256([]byte("trace"))
	return blush.Scan{
		ID: blush.NewID(), UserID: u.ID, Status: blush.Done, CreatedAt: at, Timezone: "Europe/Brussels",
		AtRest: ptr(true), Source: "api", InputHash: hash[:], Result: json.RawMessage(`{"b": 1, "a": "é"}`),
	}
}

func TestCustomersAndKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		aCustomer(t, st, "Zenith")
		got, err := st.Customer(ctx, "ACME")
		must(t, err)
		if diff := cmp.Diff(c, got); diff != "" {
			t.Errorf("customer by name (-stored +read):\n%s", diff)
		}
		all, err := st.Customers(ctx)
		must(t, err)
		if len(all) != 2 || all[0].Name != "ACME" {
			t.Errorf("customers: %v", all)
		}
		wantKind(t, st.CreateCustomer(ctx, blush.Customer{ID: blush.NewID(), Name: "ACME"}, nil), blush.Conflict)
		_, err = st.Customer(ctx, "nobody")
		wantKind(t, err, blush.NotFound)

		hash := sha256.Sum256([]byte("ACME"))
		k, name, err := st.KeyByHash(ctx, hash[:])
		must(t, err)
		if name != "ACME" || k.Alias != "ACME-DEV" || k.Environment != blush.Dev || k.RevokedAt != nil || k.LastUsedAt != nil {
			t.Errorf("key by hash: %q %+v", name, k)
		}
		must(t, st.TouchKey(ctx, k.ID, epoch.Add(time.Second)))
		next := k
		next.ID, next.Prefix, next.Hash, next.CreatedAt = blush.NewID(), "p_next", []byte("next"), epoch.Add(time.Minute)
		must(t, st.RotateKey(ctx, k.ID, next, epoch, false))
		wantKind(t, st.RotateKey(ctx, k.ID, next, epoch, false), blush.NotFound)
		wantKind(t, st.RevokeKey(ctx, k.ID, epoch, false), blush.NotFound)
		must(t, st.RevokeKey(ctx, next.ID, epoch.Add(time.Hour), true))
		wantKind(t, st.RevokeKey(ctx, next.ID, epoch.Add(2*time.Hour), true), blush.NotFound)
		wantKind(t, st.RotateKey(ctx, next.ID, k, epoch, false), blush.NotFound)
		must(t, st.RevokeKey(ctx, next.ID, epoch.Add(2*time.Hour), false)) // which ends its tokens, and changes no time
		keys, err := st.Keys(ctx, c.ID)
		must(t, err)
		if len(keys) != 2 || !keys[0].LastUsedAt.Equal(epoch.Add(time.Second)) ||
			!keys[0].RevokedAt.Equal(epoch.Add(time.Minute)) || !keys[1].RevokedAt.Equal(epoch.Add(time.Hour)) {
			t.Errorf("keys: %+v", keys)
		}
		want := blush.PageSettings{Accent: "#12606b", Logo: []byte{0x89, 0, 255}, NoQuestions: true, Biomarkers: []string{"heart_rate"}}
		_, err = st.UpdateCustomer(ctx, "ACME", func(c *blush.Customer) error {
			c.FrameAncestors, c.Page = nil, want
			return nil
		})
		must(t, err)
		got, err = st.Customer(ctx, c.ID)
		must(t, err)
		if len(got.FrameAncestors) != 0 || !cmp.Equal(got.Page, want) {
			t.Errorf("after the update: %+v", got)
		}
		_, err = st.UpdateCustomer(ctx, c.ID, func(c *blush.Customer) error {
			c.Page.Accent = ""
			return blush.E(blush.Invalid, "no")
		})
		wantKind(t, err, blush.Invalid)
		if got, err = st.Customer(ctx, c.ID); err != nil || got.Page.Accent != want.Accent {
			t.Errorf("a change that failed was kept: %+v, %v", got, err)
		}
		_, err = st.UpdateCustomer(ctx, "nobody", func(*blush.Customer) error { return nil })
		wantKind(t, err, blush.NotFound)
	})
}

func TestUserIsStoredOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u, created, err := st.CreateUser(ctx, blush.User{
			ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev, ExternalID: ptr("ü-42"), BirthDate: ptr("1990-02-28"),
			Sex: ptr("F"), Language: ptr("nl"), CreatedAt: epoch,
		}, anAccess("user.create"))
		must(t, err)
		if !created || u.Customer != "ACME" || *u.ExternalID != "ü-42" || *u.BirthDate != "1990-02-28" || !u.CreatedAt.Equal(epoch) {
			t.Errorf("created %v %+v", created, u)
		}
		again, created, err := st.CreateUser(ctx, blush.User{
			ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev, ExternalID: ptr("ü-42"), Sex: ptr("M"), CreatedAt: epoch.Add(time.Hour),
		}, anAccess("user.create"))
		must(t, err)
		if diff := cmp.Diff(u, again); created || diff != "" {
			t.Errorf("the stored user changed (created %v):\n%s", created, diff)
		}
		// The same external id elsewhere is another user.
		live, created, err := st.CreateUser(ctx, blush.User{ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Live, ExternalID: ptr("ü-42")}, anAccess("user.create"))
		must(t, err)
		if !created || live.ID == u.ID {
			t.Errorf("live user: created %v, %+v", created, live)
		}
		other := aCustomer(t, st, "Other")
		if o := aUser(t, st, other, ptr("ü-42"), epoch); o.ID == u.ID {
			t.Error("two customers share a user")
		}
		for _, ref := range []blush.UserRef{{ID: u.ID}, {ExternalID: "nobody"}} {
			_, err = st.User(ctx, other.ID, blush.Dev, ref)
			wantKind(t, err, blush.NotFound)
		}
		_, err = st.User(ctx, c.ID, blush.Live, blush.UserRef{ID: u.ID})
		wantKind(t, err, blush.NotFound)
		// Any number of users may have no external id.
		if a, b := aUser(t, st, c, nil, epoch), aUser(t, st, c, nil, epoch); a.ID == b.ID {
			t.Error("two users without an external id are one")
		}
	})
}

func TestUserIsCreatedOnceByMany(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		c := aCustomer(t, st, "ACME")
		var wg sync.WaitGroup
		var mu sync.Mutex
		ids, news := map[string]bool{}, 0
		for range 16 {
			wg.Go(func() {
				u, created, err := st.CreateUser(t.Context(), blush.User{
					ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev, ExternalID: ptr("one"), CreatedAt: epoch,
				}, anAccess("user.create"))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				ids[u.ID] = true
				if created {
					news++
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || news != 1 {
			t.Errorf("%d users, created %d times", len(ids), news)
		}
	})
}

func TestUpdateUser(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, ptr("a"), epoch)
		aUser(t, st, c, ptr("b"), epoch)
		got, err := st.UpdateUser(ctx, c.ID, blush.Dev, u.ID, func(u *blush.User) error { u.Sex, u.ExternalID = ptr("M"), nil; return nil }, anAccess("user.update"))
		must(t, err)
		if got.ExternalID != nil || *got.Sex != "M" {
			t.Errorf("updated: %+v", got)
		}
		read, err := st.User(ctx, c.ID, blush.Dev, blush.UserRef{ID: u.ID})
		must(t, err)
		if diff := cmp.Diff(got, read); diff != "" {
			t.Error(diff)
		}
		_, err = st.UpdateUser(ctx, c.ID, blush.Dev, u.ID, func(u *blush.User) error { u.ExternalID = ptr("b"); return nil }, anAccess("user.update"))
		wantKind(t, err, blush.Conflict)
		_, err = st.UpdateUser(ctx, c.ID, blush.Live, u.ID, func(*blush.User) error { return nil }, anAccess("user.update"))
		wantKind(t, err, blush.NotFound)
	})
}

// Users made within one millisecond are still listed in a fixed order, each exactly once.
func TestPages(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		var want []blush.User
		for i := range 7 {
			want = append(want, aUser(t, st, c, ptr(fmt.Sprint(i)), epoch.Add(time.Duration(i/3)*time.Millisecond)))
		}
		slices.SortFunc(want, func(a, b blush.User) int {
			if d := b.CreatedAt.Compare(a.CreatedAt); d != 0 {
				return d
			}
			return strings.Compare(b.ID, a.ID)
		})
		var got []blush.User
		after := store.Newest
		for {
			p, err := st.Users(ctx, c.ID, blush.Dev, after, 3)
			must(t, err)
			got = append(got, p.Data...)
			if !p.HasMore {
				break
			}
			last := p.Data[len(p.Data)-1]
			after = store.Cursor{At: last.CreatedAt, ID: last.ID}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
		none, err := st.Users(ctx, c.ID, blush.Live, store.Newest, 3)
		must(t, err)
		if none.Data == nil || len(none.Data) != 0 || none.HasMore {
			t.Errorf("live users: %+v", none)
		}
	})
}

func TestScanIsStoredOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, ptr("a"), epoch)
		sc := aScan(u, epoch)
		parts := map[store.Data][]byte{store.TraceData: []byte("[0,1,255]"), store.WaveformData: {}}
		got, created, err := st.CreateScan(ctx, sc, parts, anAccess("scan.create"))
		must(t, err)
		if diff := cmp.Diff(sc, got); !created || diff != "" {
			t.Errorf("created %v (-sent +stored):\n%s", created, diff)
		}
		twin := sc
		twin.InputHash, twin.AtRest = []byte("other"), nil
		got, created, err = st.CreateScan(ctx, twin, nil, anAccess("scan.create"))
		must(t, err)
		if diff := cmp.Diff(sc, got); created || diff != "" {
			t.Errorf("a second scan of the same id changed the first: %s", diff)
		}
		b, err := st.ScanData(ctx, sc.ID, store.TraceData)
		must(t, err)
		if string(b) != "[0,1,255]" {
			t.Errorf("trace: %q", b)
		}
		_, err = st.ScanOf(ctx, c.ID, blush.Live, sc.ID)
		wantKind(t, err, blush.NotFound)
		got, err = st.ScanOf(ctx, c.ID, blush.Dev, sc.ID)
		must(t, err)
		if diff := cmp.Diff(sc, got); diff != "" {
			t.Error(diff)
		}
		stranger := aUser(t, st, c, ptr("b"), epoch)
		wantKind(t, st.DeleteScan(ctx, sc.ID, stranger.ID, anAccess("scan.delete")), blush.NotFound)
		must(t, st.DeleteScan(ctx, sc.ID, u.ID, anAccess("scan.delete")))
		_, err = st.ScanData(ctx, sc.ID, store.TraceData)
		wantKind(t, err, blush.NotFound)

		ghost := aScan(blush.User{ID: blush.NewID()}, epoch)
		_, _, err = st.CreateScan(ctx, ghost, nil, anAccess("scan.create"))
		wantKind(t, err, blush.NotFound)
	})
}

type noteArgs struct {
	ScanID string `json:"scan_id"`
}

func (noteArgs) Kind() string { return "note" }

// A scan, its video and its job are written together or not at all.
func TestVideoScanIsOneTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		u := aUser(t, st, aCustomer(t, st, "ACME"), ptr("a"), epoch)
		lost := aScan(u, epoch)
		lost.Status, lost.Result = blush.Processing, nil
		_, _, err := st.CreateVideoScan(ctx, lost, "no such upload", noteArgs{lost.ID}, anAccess("scan.create"))
		wantKind(t, err, blush.NotFound)

		must(t, st.BeginUpload(ctx, store.Upload{ID: "up", UserID: u.ID, Extension: ".avi", CreatedAt: epoch}))
		must(t, st.AddChunk(ctx, "up", 0, []byte("video")))
		kept := aScan(u, epoch)
		kept.Status, kept.Result = blush.Processing, nil
		_, created, err := st.CreateVideoScan(ctx, kept, "up", noteArgs{kept.ID}, anAccess("scan.create"))
		must(t, err)
		if !created {
			t.Error("not created")
		}
		must(t, st.BeginUpload(ctx, store.Upload{ID: "again", UserID: u.ID, CreatedAt: epoch}))
		_, created, err = st.CreateVideoScan(ctx, kept, "again", noteArgs{kept.ID}, anAccess("scan.create"))
		must(t, err)
		if created {
			t.Error("created twice")
		}
		if n, err := st.Uploads(ctx, u.ID); n != 1 || err != nil {
			t.Errorf("%d uploads, %v", n, err)
		}
		dump, err := st.Dump(ctx)
		must(t, err)
		if strings.Contains(dump, lost.ID) || strings.Count(dump, "river_job ") != 1 {
			t.Errorf("half a scan, or not one job:\n%s", dump)
		}

		worked := make(chan string, 10)
		workers := river.NewWorkers()
		river.AddWorker(workers, river.WorkFunc(func(_ context.Context, job *river.Job[noteArgs]) error {
			worked <- job.Args.ScanID
			return nil
		}))
		must(t, st.StartJobs(ctx, workers, store.JobOptions{Timeout: time.Minute, Workers: 2, Log: slog.New(slog.DiscardHandler)}))
		select {
		case id := <-worked:
			if id != kept.ID {
				t.Errorf("worked on %s", id)
			}
		case <-time.After(5 * time.Minute):
			t.Error("the job did not run")
		}
		must(t, st.StopJobs(ctx))

		kept.Status, kept.Result, kept.FinishedAt = blush.Done, json.RawMessage(`{}`), ptr(epoch.Add(time.Hour))
		finish := func(sc blush.Scan, data map[store.Data][]byte, want bool) {
			t.Helper()
			if finished, err := st.FinishScan(ctx, sc, data); finished != want || err != nil {
				t.Errorf("finished %v, %v", finished, err)
			}
		}
		finish(kept, map[store.Data][]byte{store.WaveformData: []byte("1")}, true)
		late := kept
		late.Status, late.Failure = blush.Failed, "late"
		finish(late, nil, false)
		got, err := st.Scan(ctx, kept.ID)
		must(t, err)
		if got.Status != blush.Done || got.Failure != "" || got.FinishedAt == nil || !got.FinishedAt.Equal(*kept.FinishedAt) {
			t.Errorf("a finished scan changed: %+v", got)
		}
		_, err = st.UploadOf(ctx, kept.ID)
		wantKind(t, err, blush.NotFound)
	})
}

// Every table is searched, so that a table added later cannot be forgotten.
func TestDeleteLeavesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, ptr("person@example.com"), epoch)
		_, err := st.UpdateUser(ctx, c.ID, blush.Dev, u.ID, func(u *blush.User) error { u.BirthDate = ptr("1985-05-05"); return nil }, anAccess("user.update"))
		must(t, err)
		sc := pointed(u, epoch, 60)
		_, _, err = st.CreateScan(ctx, sc, map[store.Data][]byte{store.TraceData: []byte("t")}, anAccess("scan.create"))
		must(t, err)
		must(t, st.AddAnswers(ctx, u.ID, []blush.Answer{{ID: "answer", UserID: u.ID, Key: "secret question", At: epoch}}, 0, anAccess("question.answer")))
		_, _, err = st.AddReading(ctx, blush.Reading{ID: "reading", UserID: u.ID, MeasuredAt: epoch}, anAccess("reading.create"))
		must(t, err)
		must(t, st.GiveConsent(ctx, blush.Consent{ID: "consent", UserID: u.ID}, anAccess("consent.give")))
		settle(t, st, u, epoch, blush.InsightDay{Day: "2026-01-02", At: epoch, Scores: map[string]blush.Score{"secret insight": {}}})
		must(t, st.BeginUpload(ctx, store.Upload{ID: "up", UserID: u.ID, Extension: ".mp4", CreatedAt: epoch}))
		must(t, st.AddChunk(ctx, "up", 0, []byte("chunk of person@example.com")))
		k := store.IdempotencyKey{CustomerID: c.ID, Environment: blush.Dev, Key: "k"}
		_, err = st.KeepAnswer(ctx, k, store.KeptAnswer{RequestHash: []byte("h"), Answer: []byte("person@example.com")}, u.ID, epoch, epoch)
		must(t, err)

		before, err := st.Dump(ctx)
		must(t, err)
		if !strings.Contains(before, "person@example.com") || !strings.Contains(before, sc.ID) || !strings.Contains(before, "secret question") || !strings.Contains(before, "secret insight") {
			t.Fatal("the dump does not show what was stored: this test would prove nothing")
		}
		entry := anAccess("user.delete")
		entry.UserID = u.ID
		must(t, st.DeleteUser(ctx, c.ID, blush.Dev, u.ID, entry))
		after, err := st.Dump(ctx)
		must(t, err)
		for _, word := range []string{"person@example.com", sc.ID, "chunk", "secret question", "secret insight"} {
			if strings.Contains(after, word) {
				t.Errorf("after the deletion the database still contains %q", word)
			}
		}
		for line := range strings.Lines(after) {
			if strings.Contains(line, u.ID) && !strings.HasPrefix(line, "audit ") {
				t.Errorf("after the deletion a row still names the user: %s", line)
			}
		}
		wantKind(t, st.DeleteUser(ctx, c.ID, blush.Dev, u.ID, entry), blush.NotFound)
		wantKind(t, st.AddChunk(ctx, "up", 1, []byte("late")), blush.NotFound)
		_, err = st.TokenUser(ctx, c.ID, blush.Dev, u.ID, "jti", "", epoch)
		wantKind(t, err, blush.NotFound)
		trail := collect(t, st.AuditOf(ctx, u.ID))
		if len(trail) == 0 || trail[len(trail)-1].Action != "user.delete" {
			t.Errorf("audit trail: %+v", trail)
		}
	})
}

// On SQLite, erased data is also removed from the file itself and from the write-ahead log.
func TestDeleteLeavesNothingOnDisk(t *testing.T) {
	dir := t.TempDir()
	st := open(t, filepath.Join(dir, "blush.db"))
	ctx := t.Context()
	c := aCustomer(t, st, "ACME")
	for i := range 50 {
		aUser(t, st, c, ptr(fmt.Sprintf("neighbour %d", i)), epoch)
	}
	u := aUser(t, st, c, ptr("person@example.com"), epoch)
	must(t, st.BeginUpload(ctx, store.Upload{ID: "up", UserID: u.ID, Extension: ".avi", CreatedAt: epoch}))
	must(t, st.AddChunk(ctx, "up", 0, bytes.Repeat([]byte("face of person@example.com "), 10000)))
	onDisk := func() int {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		must(t, err)
		n := 0
		for _, f := range files {
			b, err := os.ReadFile(f)
			must(t, err)
			n += bytes.Count(b, []byte("person@example.com"))
		}
		return n
	}
	if info, err := os.Stat(filepath.Join(dir, "blush.db-wal")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the log: %v, %v", info, err)
	}
	if onDisk() == 0 {
		t.Fatal("nothing on disk before the deletion: this test would prove nothing")
	}
	must(t, st.DeleteUser(ctx, c.ID, blush.Dev, u.ID, anAccess("user.delete")))
	if n := onDisk(); n != 0 {
		t.Errorf("after the deletion the files name the person %d times", n)
	}
}

func TestTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, nil, epoch)
		must(t, st.RotateSigningKey(ctx, store.SigningKey{ID: "k1", Sealed: []byte{1}, CreatedAt: epoch}, epoch))
		must(t, st.RotateSigningKey(ctx, store.SigningKey{ID: "k2", Sealed: []byte{2}, CreatedAt: epoch.Add(time.Hour)}, epoch))
		must(t, st.RotateSigningKey(ctx, store.SigningKey{ID: "k3", Sealed: []byte{3}, CreatedAt: epoch.Add(2 * time.Hour)}, epoch.Add(90*time.Minute)))
		keys, err := st.SigningKeys(ctx)
		must(t, err)
		if len(keys) != 2 || keys[0].ID != "k3" || keys[0].RetiredAt != nil || keys[1].ID != "k2" || keys[1].RetiredAt == nil {
			t.Errorf("signing keys: %+v", keys)
		}
		tu, err := st.TokenUser(ctx, c.ID, blush.Dev, u.ID, "jti", "", epoch)
		must(t, err)
		if tu.Revoked || tu.Epoch != 0 {
			t.Errorf("token user: %+v", tu)
		}
		must(t, st.RevokeToken(ctx, "jti", epoch.Add(time.Hour), anAccess("token.revoke")))
		must(t, st.RevokeToken(ctx, "jti", epoch.Add(time.Hour), anAccess("token.revoke")))
		must(t, st.RevokeUserTokens(ctx, u.ID, anAccess("token.revoke")))
		tu, err = st.TokenUser(ctx, c.ID, blush.Dev, u.ID, "jti", "", epoch)
		must(t, err)
		if !tu.Revoked || tu.Epoch != 1 {
			t.Errorf("token user after revocation: %+v", tu)
		}
		// A revocation is stored until long after its token's expiry, then deleted. A clock that is behind deletes none.
		for _, later := range []struct {
			by      time.Duration
			revoked bool
		}{{24 * time.Hour, true}, {29 * 24 * time.Hour, true}, {-90 * 24 * time.Hour, true}, {32 * 24 * time.Hour, false}} {
			a := anAccess("token.revoke")
			a.At = epoch.Add(later.by)
			must(t, st.RevokeToken(ctx, "other", epoch.Add(90*24*time.Hour), a))
			tu, err := st.TokenUser(ctx, c.ID, blush.Dev, u.ID, "jti", "", epoch)
			must(t, err)
			if tu.Revoked != later.revoked {
				t.Errorf("%v later: revoked %v", later.by, tu.Revoked)
			}
		}
	})
}

func TestUploads(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, nil, epoch)
		for i, id := range []string{"old", "new"} {
			must(t, st.BeginUpload(ctx, store.Upload{ID: id, UserID: u.ID, Extension: ".avi", CreatedAt: epoch.Add(time.Duration(i) * time.Hour)}))
			must(t, st.AddChunk(ctx, id, 0, []byte(id)))
		}
		n, err := st.DropStrayUploads(ctx, epoch.Add(time.Minute))
		must(t, err)
		_, ok, err := st.Chunk(ctx, "old", 0)
		must(t, err)
		if n != 1 || ok {
			t.Errorf("%d stray uploads dropped, chunk there: %v", n, ok)
		}
		b, ok, err := st.Chunk(ctx, "new", 0)
		must(t, err)
		if !ok || string(b) != "new" {
			t.Errorf("chunk %q, %v", b, ok)
		}
		if _, ok, err = st.Chunk(ctx, "new", 1); ok || err != nil {
			t.Errorf("chunk past the end: %v, %v", ok, err)
		}
	})
}
