package scan_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/sandbox"
	"blush.example/blush/internal/scan"
)

// A user and a customer have daily quotas of scans and of bytes. A scan that is sent
// again is not counted, an erased one still is, and other users are not affected.
func TestQuotas(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		now := time.Date(2026, 5, 4, 22, 30, 0, 0, time.UTC)
		with := func(q scan.Quotas) {
			w.Service = scan.New(w.store, w.accounts, insight.New(w.store, w.accounts, time.Now), secrets,
				scan.Config{TempDir: w.temp, MaxVideoBytes: 3 << 20, Quotas: q, Now: func() time.Time { return now }})
		}
		trace := func(u blush.User) (scan.Submitted, error) {
			tr := aTrace(1, 10)
			tr.ScanID = blush.NewID()
			sc, _, err := w.SubmitTrace(ctx, w.dev, ref(u), tr)
			if err == nil {
				if _, created, err := w.SubmitTrace(ctx, w.dev, ref(u), tr); created || err != nil {
					t.Errorf("sent again: created %v, %v", created, err)
				}
			}
			return sc, err
		}
		video := func(u blush.User, id string) error {
			_, _, err := w.SubmitVideo(ctx, w.dev, ref(u), scan.VideoUpload{ScanID: id}, bytes.NewReader(aVideo(90)))
			return err
		}
		over := func(err error, says string) {
			t.Helper()
			var e *blush.Error
			if !errors.As(err, &e) || e.Kind != blush.TooMany || !strings.Contains(e.Message, says) || !strings.Contains(e.Message, "2026-05-05T00:00:00Z") || e.RetryAfter != 90*time.Minute {
				t.Errorf("%+v, want %q", err, says)
			}
		}
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}

		with(scan.Quotas{UserScans: 2})
		first, err := trace(w.alice)
		ok(err)
		ok(w.Delete(ctx, w.dev, first.ID))
		id := blush.NewID()
		ok(video(w.alice, id))
		_, err = trace(w.alice)
		over(err, "This user has submitted 2 scans today")
		over(video(w.alice, ""), "This user has submitted 2 scans today")
		ok(video(w.alice, id)) // a retry
		_, _, err = w.SubmitSynthetic(ctx, w.dev, ref(w.alice), scan.Synthetic{Order: sandbox.Order{DurationS: 10}})
		over(err, "This user")
		_, err = trace(w.bob)
		ok(err)

		with(scan.Quotas{CustomerScans: 3})
		_, err = trace(w.bob)
		over(err, "This customer has submitted 3 scans today")
		eve, _, err := w.accounts.CreateUser(ctx, w.dev, account.NewUser{})
		ok(err)
		with(scan.Quotas{CustomerScans: 4})
		_, err = trace(eve)
		ok(err)
		ok(w.accounts.DeleteUser(ctx, w.dev, ref(eve)))
		eve, _, err = w.accounts.CreateUser(ctx, w.dev, account.NewUser{})
		ok(err)
		_, err = trace(eve)
		over(err, "This customer has submitted 4 scans today") // also what an erased user submitted
		_, keys, err := w.accounts.CreateCustomer(ctx, "Other")
		ok(err)
		other := w.login(t, account.Credentials{APIKey: keys[0].Text})
		name := "zoe"
		zoe, _, err := w.accounts.CreateUser(ctx, other, account.NewUser{ExternalID: &name})
		ok(err)
		_, _, err = w.SubmitTrace(ctx, other, ref(zoe), aTrace(1, 10))
		ok(err)

		bob, err := w.store.ScanUseOfUser(ctx, w.bob.ID, now)
		ok(err)
		if bob.Scans != 1 || bob.Bytes < 10_000 {
			t.Errorf("Bob's use: %+v", bob)
		}
		with(scan.Quotas{UserBytes: bob.Bytes + 100})
		_, err = trace(w.bob)
		over(err, "100 are left for today")
		over(video(w.bob, ""), "more than the 100 bytes")
		if n, err := w.store.Uploads(ctx, w.bob.ID); n != 0 || err != nil {
			t.Errorf("of the refused video %d are left, %v", n, err)
		}
		with(scan.Quotas{UserBytes: bob.Bytes})
		_, err = trace(w.bob)
		over(err, "This user has submitted")
		with(scan.Quotas{CustomerBytes: 1})
		_, err = trace(w.bob)
		over(err, "This customer has submitted")

		now = now.Add(2 * time.Hour) // another day
		with(scan.Quotas{UserScans: 1, CustomerScans: 2, UserBytes: 1 << 30, CustomerBytes: 1 << 30})
		_, err = trace(w.alice)
		ok(err)
		_, err = trace(w.bob)
		ok(err)
	})
}

// The first video of a user comes before further videos that another user sent earlier.
func TestVideosInTurn(t *testing.T) {
	story := func(t *testing.T, url string) {
		w, ctx := newWorld(t, url), t.Context()
		var ids []string
		for _, u := range []blush.User{w.alice, w.alice, w.alice, w.bob} {
			sc, _, err := w.SubmitVideo(ctx, w.dev, ref(u), scan.VideoUpload{}, bytes.NewReader(aVideo(90)))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, sc.ID)
		}
		w.start(t)
		for _, id := range ids {
			if sc, err := w.finished(t, id); err != nil || sc.Status != blush.Done {
				t.Fatalf("%+v, %v", sc, err)
			}
		}
		rows, err := beside(t, url).QueryContext(ctx, "SELECT args ->> 'scan_id' FROM river_job ORDER BY attempted_at")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var order []int
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			order = append(order, slices.Index(ids, id))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if want := []int{0, 3, 1, 2}; !slices.Equal(order, want) {
			t.Errorf("in turn %v, want %v", order, want)
		}
	}
	t.Run("sqlite", func(t *testing.T) { story(t, filepath.Join(t.TempDir(), "blush.db")) })
	t.Run("postgres", func(t *testing.T) { story(t, postgres(t)) })
}
