package store

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/seal"
)

// A database of before anything was sealed is read and written from the first moment on. Its rows are sealed
// beside that, step by step, by processes that are killed in between, and nothing of them stays in the clear.
func TestSealWhatWasThereBefore(t *testing.T) {
	const (
		before   = 32     // the last schema without seals
		people   = 3 * 50 // of two customers and both environments
		birth    = "1985-05-05"
		external = "anna@example.com-%d"
		value    = 61.2345678
		trace    = `{"r":[0.123456789]}`
	)
	story := func(t *testing.T, url string, open func() *Store) {
		ctx := t.Context()
		st := open()
		g, err := st.goose()
		if err == nil {
			_, err = g.UpTo(ctx, before)
		}
		if err != nil {
			t.Fatal(err)
		}
		exec := func(q string, args ...any) {
			t.Helper()
			if _, err := st.write.ExecContext(ctx, q, args...); err != nil {
				t.Fatalf("%s: %v", q, err)
			}
		}
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		_, _ = z.Write([]byte(trace))
		_ = z.Close()
		for _, c := range []string{"c0", "c1"} {
			exec(`INSERT INTO customer (id, name, frame_ancestors, created_at) VALUES ($1, $1, '[]', 0)`, c)
			for _, env := range []string{"dev", "live"} {
				for i := range people / 3 {
					id := fmt.Sprintf("%s %s %d", c, env, i)
					exec(`INSERT INTO users (id, customer_id, environment, external_id, birth_date, token_epoch, created_at) VALUES ($1, $2, $3, $4, $5, 0, 0)`,
						id, c, env, fmt.Sprintf(external, i), birth)
					exec(`INSERT INTO answer (id, user_id, lookup_key, instrument, value, at, timezone) VALUES ($1, $1, 'weight', '', $2, 0, 'UTC')`, id, value)
					exec(`INSERT INTO scan (id, user_id, status, created_at, timezone, source, input_hash, failure) VALUES ($1, $1, 'done', 5, 'UTC', 'browser', '', '')`, id)
					exec(`INSERT INTO scan_data (scan_id, kind, data) VALUES ($1, 'trace', $2)`, id, zipped.Bytes())
				}
				exec(`INSERT INTO users (id, customer_id, environment, token_epoch, created_at) VALUES ($1, $2, $3, 0, 0)`, "nameless "+c+env, c, env)
			}
		}
		check := func(st *Store, when string) {
			t.Helper()
			for _, c := range []string{"c0", "c1"} {
				for _, env := range []blush.Environment{blush.Dev, blush.Live} {
					for _, i := range []int{0, people/3 - 1} {
						name := fmt.Sprintf(external, i)
						u, err := st.User(ctx, c, env, blush.UserRef{ExternalID: name})
						if err != nil || u.ID != fmt.Sprintf("%s %s %d", c, env, i) || *u.ExternalID != name || *u.BirthDate != birth {
							t.Fatalf("%s: user %+v, %v", when, u, err)
						}
						if again, created, err := st.CreateUser(ctx, blush.User{ID: blush.NewID(), CustomerID: c, Environment: env, ExternalID: &name}, blush.AuditEntry{}); created || again.ID != u.ID || err != nil {
							t.Fatalf("%s: created again: %v, %+v, %v", when, created, again, err)
						}
						answers, err := st.Answers(ctx, u.ID)
						if err != nil || len(answers) != 1 || answers[0].Value != value {
							t.Fatalf("%s: answers %v, %v", when, answers, err)
						}
						if b, err := st.ScanData(ctx, u.ID, TraceData); err != nil || string(b) != trace {
							t.Fatalf("%s: trace %q, %v", when, b, err)
						}
					}
				}
			}
		}
		m, err := seal.New(bytes.Repeat([]byte{1}, seal.KeyBytes))
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		st.SealWith(m)
		if err := st.MakeKeys(ctx, time.UnixMilli(0)); err != nil {
			t.Fatal(err)
		}
		check(st, "after the migration")
		// One is changed and one erased before their turn has come.
		changed, err := st.UpdateUser(ctx, "c0", blush.Dev, "c0 dev 7", func(u *blush.User) error { name := "changed"; u.ExternalID = &name; return nil }, blush.AuditEntry{})
		if err != nil || *changed.BirthDate != birth {
			t.Fatalf("%+v, %v", changed, err)
		}
		if _, err := st.UpdateUser(ctx, "c0", blush.Dev, "c0 dev 8", func(u *blush.User) error { name := fmt.Sprintf(external, 9); u.ExternalID = &name; return nil }, blush.AuditEntry{}); blush.KindOf(err) != blush.Conflict {
			t.Errorf("another's external id: %v", err)
		}
		if err := st.DeleteUser(ctx, "c0", blush.Dev, "c0 dev 3", blush.AuditEntry{}); err != nil {
			t.Fatal(err)
		}
		if n, err := st.ToSeal(ctx); err != nil || n == 0 {
			t.Errorf("%d to seal, %v", n, err)
		}
		for step := 1; ; step++ {
			st = open() // each step is of a process of its own
			st.SealWith(m)
			n, err := st.Reseal(ctx)
			if err != nil {
				t.Fatal(err)
			}
			check(st, fmt.Sprintf("after step %d", step))
			if n == 0 {
				if step < 5 {
					t.Errorf("all in %d steps: this test proves too little", step)
				}
				break
			}
		}
		if n, err := st.ToSeal(ctx); err != nil || n != 0 {
			t.Errorf("%d left to seal, %v", n, err)
		}
		if u, err := st.User(ctx, "c0", blush.Dev, blush.UserRef{ExternalID: "changed"}); err != nil || u.ID != "c0 dev 7" {
			t.Errorf("%+v, %v", u, err)
		}
		dump, err := st.Dump(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"anna@example.com", birth, fmt.Sprint(value), zipped.String()} {
			if strings.Contains(dump, word) {
				t.Errorf("the database still holds %q", word)
			}
		}
		if !strings.Contains(dump, "c1 live 0") {
			t.Error("the dump does not show what is stored: this test would prove nothing")
		}
	}
	var file string
	t.Run("sqlite", func(t *testing.T) {
		file = filepath.Join(t.TempDir(), "blush.db")
		story(t, file, opener(t, file))
		// Nor on the disk: not in free pages, and not in the log beside it.
		files, err := filepath.Glob(file + "*")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"anna@example.com", birth} {
				if n := bytes.Count(b, []byte(word)); n > 0 {
					t.Errorf("%s holds %s %d times", filepath.Base(f), word, n)
				}
			}
		}
	})
	t.Run("postgres", func(t *testing.T) {
		url := pgtest.URL(t, "sealing", func(string) error { return nil })
		story(t, url, opener(t, url))
	})
}

// opener opens one more process on a database.
func opener(t *testing.T, url string) func() *Store {
	return func() *Store {
		st, err := Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { st.Close() })
		return st
	}
}

// A user is found by an external id without a look at every user of the customer.
func TestExternalIDIsFoundByAnIndex(t *testing.T) {
	st := opener(t, filepath.Join(t.TempDir(), "blush.db"))()
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("query/user.sql.go")
	if err != nil {
		t.Fatal(err)
	}
	_, q, _ := strings.Cut(string(text), "-- name: UserByExternalID :one\n")
	q, _, _ = strings.Cut(q, "`")
	plan, err := st.rows(t.Context(), "EXPLAIN QUERY PLAN "+strings.NewReplacer("$1", "'c'", "$2", "'dev'", "$3", "x'"+hex.EncodeToString([]byte("a"))+"'", "$4", "x'00'", "$5", "'a'").Replace(q))
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(plan, "\n")
	if strings.Count(all, "external_hash=?") != 2 || strings.Count(all, "clear_external_id=?") != 1 {
		t.Errorf("the plan:\n%s", all)
	}
}
