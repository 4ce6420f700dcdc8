package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// A copy of a database keeps servers away from it, and begins only while none works on it.
func TestClaimAlone(t *testing.T) {
	run := func(t *testing.T, url string, lockedUntilClosed bool) {
		server := func(st *store.Store) error {
			if err := st.Claim(); err != nil {
				return err
			}
			workers := river.NewWorkers()
			river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[noteArgs]) error { return nil }))
			return st.StartJobs(t.Context(), workers, store.JobOptions{Timeout: time.Minute, Workers: 1, Log: slog.New(slog.DiscardHandler)})
		}
		first, alone := open(t, url), open(t, url)
		must(t, server(first))
		if err := alone.ClaimAlone(t.Context()); !errors.Is(err, store.ErrServed) {
			t.Errorf("beside a server: %v", err)
		}
		must(t, first.StopJobs(t.Context()))
		if lockedUntilClosed {
			must(t, first.Close())
		}
		must(t, alone.ClaimAlone(t.Context()))
		if err := open(t, url).ClaimAlone(t.Context()); !errors.Is(err, store.ErrServed) {
			t.Errorf("two copies at once: %v", err)
		}
		if err := server(open(t, url)); err == nil {
			t.Error("a server starts beside a copy")
		}
		must(t, alone.Close())
		second := open(t, url)
		must(t, server(second))
		must(t, second.StopJobs(t.Context()))
	}
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "blush.db"), true) })
	t.Run("postgres", func(t *testing.T) { run(t, pgtest.URL(t, "store", schema.Migrate), false) })
}

// Two servers share a database: a second one that starts does not take the
// job that the first is still working on, and does what the first left waiting.
func TestServersShareJobs(t *testing.T) {
	url := pgtest.URL(t, "store", schema.Migrate)
	first, second := open(t, url), open(t, url)
	ctx := t.Context()
	u := aUser(t, first, aCustomer(t, first, "ACME"), ptr("a"), epoch)
	type run struct{ server, scan string }
	runs, finish := make(chan run, 10), make(chan struct{})
	work := func(st *store.Store, server string) {
		t.Helper()
		workers := river.NewWorkers()
		river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[noteArgs]) error {
			runs <- run{server, job.Args.ScanID}
			select {
			case <-finish:
			case <-ctx.Done():
			}
			return ctx.Err()
		}))
		must(t, st.StartJobs(ctx, workers, store.JobOptions{Timeout: time.Minute, Workers: 1, Log: slog.New(slog.DiscardHandler)}))
		t.Cleanup(func() { // also when the story ends early
			stop, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			st.StopJobs(stop)
		})
	}
	submit := func() string {
		t.Helper()
		sc := aScan(u, epoch)
		sc.Status, sc.Result = blush.Processing, nil
		must(t, first.BeginUpload(ctx, store.Upload{ID: sc.ID, UserID: u.ID, CreatedAt: epoch}))
		_, _, err := first.CreateVideoScan(ctx, sc, sc.ID, noteArgs{sc.ID}, anAccess("scan.create"))
		must(t, err)
		return sc.ID
	}
	next := func(want run) {
		t.Helper()
		select {
		case got := <-runs:
			if got != want {
				t.Fatalf("%v runs, want %v", got, want)
			}
		case <-time.After(5 * time.Minute):
			t.Fatalf("%v does not run", want)
		}
	}
	work(first, "first")
	a := submit()
	next(run{"first", a})
	b := submit() // the first server has one worker, and it is busy
	work(second, "second")
	next(run{"second", b})
	select {
	case again := <-runs:
		t.Errorf("%v runs a second time", again)
	case <-time.After(time.Second):
	}
	close(finish)
	must(t, first.StopJobs(ctx))
	must(t, second.StopJobs(ctx))
}

// A job whose process dies is run again at once, and the attempt does not count.
func TestAttemptsOfDeadProcesses(t *testing.T) {
	story := func(t *testing.T, url string) {
		ctx := t.Context()
		attempts, finish := make(chan [2]int, 10), make(chan struct{})
		defer close(finish)
		first := open(t, url)
		u := aUser(t, first, aCustomer(t, first, "ACME"), ptr("a"), epoch)
		sc := aScan(u, epoch)
		sc.Status, sc.Result = blush.Processing, nil
		must(t, first.BeginUpload(ctx, store.Upload{ID: sc.ID, UserID: u.ID, CreatedAt: epoch}))
		_, _, err := first.CreateVideoScan(ctx, sc, sc.ID, noteArgs{sc.ID}, anAccess("scan.create"))
		must(t, err)
		for death := range 6 {
			st := open(t, url)
			workers := river.NewWorkers()
			river.AddWorker(workers, river.WorkFunc(func(_ context.Context, job *river.Job[noteArgs]) error {
				attempts <- [2]int{job.Attempt, store.Crashes(job.JobRow)}
				<-finish
				return nil
			}))
			must(t, st.StartJobs(ctx, workers, store.JobOptions{Timeout: time.Minute, Workers: 1, Log: slog.New(slog.DiscardHandler)}))
			t.Cleanup(func() {
				stop, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				defer cancel()
				_ = st.StopJobs(stop)
			})
			select {
			case got := <-attempts:
				if got != [2]int{1, death} {
					t.Errorf("after %d deaths: attempt, deaths are %v", death, got)
				}
			case <-time.After(5 * time.Minute):
				t.Fatal("the job of a dead process does not run")
			}
			must(t, st.LookDead(ctx)) // and goes on with its one job, like a process that hangs
		}
	}
	t.Run("sqlite", func(t *testing.T) { story(t, filepath.Join(t.TempDir(), "blush.db")) })
	t.Run("postgres", func(t *testing.T) { story(t, pgtest.URL(t, "store", schema.Migrate)) })
}

// A server that cannot give a dead process's jobs back keeps no lock of that process, which may live and wait for it.
func TestLockOfAnotherProcessIsGivenBack(t *testing.T) {
	url := pgtest.URL(t, "store", schema.Migrate)
	db, err := sql.Open("pgx", url)
	must(t, err)
	defer db.Close()
	run := func(statement string) {
		t.Helper()
		_, err := db.ExecContext(t.Context(), statement)
		must(t, err)
	}
	lines, log := io.Pipe()
	warned := make(chan struct{})
	go func() {
		said := sync.OnceFunc(func() { close(warned) })
		for s := bufio.NewScanner(lines); s.Scan(); {
			if strings.Contains(s.Text(), "dead processes") {
				said()
			}
		}
	}()
	st, workers := open(t, url), river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[noteArgs]) error { return nil }))
	must(t, st.StartJobs(t.Context(), workers, store.JobOptions{Timeout: time.Minute, Workers: 1, Log: slog.New(slog.NewTextHandler(log, nil))}))
	run(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$no room$$; END'`)
	run("CREATE TRIGGER fail BEFORE UPDATE ON river_job FOR EACH ROW WHEN (OLD.kind = 'gone') EXECUTE FUNCTION fail()")
	run(`INSERT INTO river_job (args, attempt, attempted_at, attempted_by, kind, max_attempts, state)
		VALUES ('{}', 1, now(), '{blush-gone}', 'gone', 25, 'running')`)
	select {
	case <-warned:
	case <-time.After(5 * time.Minute):
		t.Fatal("the server does not say that it failed")
	}
	back, err := db.Conn(t.Context())
	must(t, err)
	defer back.Close()
	_, err = back.ExecContext(t.Context(), "SET lock_timeout = '1min'")
	must(t, err)
	_, err = back.ExecContext(t.Context(), "SELECT pg_advisory_lock(hashtextextended('blush-gone', 0))")
	must(t, err)
	must(t, st.StopJobs(t.Context()))
}

// Jobs that cannot start leave nothing behind: the store can be closed, and the jobs can be started again.
func TestJobsThatCannotStart(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		opt := store.JobOptions{Timeout: time.Minute, Workers: 1, Log: slog.New(slog.DiscardHandler)}
		workers := river.NewWorkers()
		for range 2 {
			if err := st.StartJobs(t.Context(), workers, opt); err == nil {
				t.Fatal("a queue without workers started")
			}
		}
		river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[noteArgs]) error { return nil }))
		must(t, st.StartJobs(t.Context(), workers, opt))
		must(t, st.StopJobs(t.Context()))
		must(t, st.Close()) // it would report a connection that is still in use
	})
}
