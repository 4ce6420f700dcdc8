package scan_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/store"
)

// beside opens a world's database beside the store.
func beside(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver, name := "sqlite", "file:"+url+"?_pragma=busy_timeout(10000)"
	if strings.HasPrefix(url, "postgres") {
		driver, name = "pgx", url
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// lines tells each line of a log that holds a word.
type lines struct {
	word string
	seen chan string
}

func (l lines) Write(b []byte) (int, error) {
	if line := string(b); strings.Contains(line, l.word) {
		select {
		case l.seen <- line:
		default:
		}
	}
	return len(b), nil
}

// An acknowledged video survives all attempts of a server with another secret.
func TestVideoOutlivesAnotherSecret(t *testing.T) {
	story := func(t *testing.T, url string) {
		w, ctx := newWorld(t, url), t.Context()
		if err := w.accounts.CheckSecret(ctx); err != nil {
			t.Fatal(err)
		}
		sc, _, err := w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{}, bytes.NewReader(aVideo(90)))
		if err != nil {
			t.Fatal(err)
		}
		other, err := account.NewSecrets([]byte("another master secret of 32 bytes and more"))
		if err != nil {
			t.Fatal(err)
		}
		st, err := store.Open(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		accounts := account.New(st, other, time.Now)
		seen := make(chan string, 1)
		wrong := scan.New(st, accounts, insight.New(st, accounts, time.Now), other, scan.Config{TempDir: w.temp,
			Log: slog.New(slog.NewTextHandler(lines{"secret", seen}, nil))})
		if err := wrong.Start(context.WithoutCancel(ctx)); err != nil {
			t.Fatal(err)
		}
		db := beside(t, url)
		const again = "UPDATE river_job SET state = 'available', scheduled_at = created_at WHERE state = 'scheduled'"
		for try := range 7 { // more often than a job is tried
			select {
			case line := <-seen:
				if !strings.Contains(line, "attempt=1") {
					t.Errorf("it counted as an attempt: %s", line)
				}
			case <-time.After(5 * time.Minute):
				t.Fatalf("try %d never came", try)
			}
			for waiting := true; waiting; { // until the queue has written that it put it off
				var n int
				if err := db.QueryRowContext(ctx, "SELECT count(*) FROM river_job WHERE state = 'scheduled'").Scan(&n); err != nil {
					t.Fatal(err)
				}
				if waiting = n == 0; waiting {
					time.Sleep(10 * time.Millisecond)
				}
			}
			if try < 6 {
				run(t, db, again)
			}
		}
		stop, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		if err := wrong.Stop(stop); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		run(t, db, again)
		w.start(t)
		if sc, err = w.finished(t, sc.ID); err != nil || sc.Status != blush.Done {
			t.Errorf("%s %q, %v", sc.Status, sc.Failure, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { story(t, filepath.Join(t.TempDir(), "blush.db")) })
	t.Run("postgres", func(t *testing.T) { story(t, postgres(t)) })
}

// With the right secret, a damaged video fails at once and with a clear message.
func TestDamagedVideo(t *testing.T) {
	url := filepath.Join(t.TempDir(), "blush.db")
	w := newWorld(t, url)
	sc, _, err := w.SubmitVideo(t.Context(), w.dev, ref(w.alice), scan.VideoUpload{}, bytes.NewReader(aVideo(90)))
	if err != nil {
		t.Fatal(err)
	}
	run(t, beside(t, url), "UPDATE upload_chunk SET data = x'00' || data")
	w.start(t)
	if sc, err = w.finished(t, sc.ID); err != nil || sc.Status != blush.Failed || !strings.Contains(sc.Failure, "damaged") {
		t.Errorf("%s %q, %v", sc.Status, sc.Failure, err)
	}
}
