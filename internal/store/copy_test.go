package store_test

import (
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// filled opens a database with everything that is difficult to copy: nulls, empty
// and large values, a waiting video with its job.
func filled(t *testing.T, url string) *store.Store {
	t.Helper()
	ctx := t.Context()
	st := open(t, url)
	c := aCustomer(t, st, "ACME é \u2028")
	aUser(t, st, c, nil, epoch)
	u := aUser(t, st, c, ptr("anna"), epoch)
	s := aScan(u, epoch)
	_, _, err := st.CreateScan(ctx, s, map[store.Data][]byte{store.TraceData: make([]byte, 5<<20)}, anAccess("scan.create"))
	must(t, err)
	must(t, st.BeginUpload(ctx, store.Upload{ID: "up", UserID: u.ID, Extension: ".avi", CreatedAt: epoch}))
	for seq := range 3 {
		must(t, st.AddChunk(ctx, "up", int64(seq), []byte{0, 0xff, byte(seq)}))
	}
	waiting := aScan(u, epoch)
	waiting.Status, waiting.Result, waiting.AtRest = blush.Processing, nil, nil
	_, _, err = st.CreateVideoScan(ctx, waiting, "up", noteArgs{waiting.ID}, anAccess("scan.create"))
	must(t, err)
	_, err = st.KeepAnswer(ctx, store.IdempotencyKey{CustomerID: c.ID, Environment: blush.Dev, Key: "k"}, store.KeptAnswer{RequestHash: []byte{}, Answer: []byte("sealed")}, u.ID, epoch, epoch)
	must(t, err)
	must(t, st.RotateCustomerKey(ctx, c.ID, epoch.Add(time.Hour), laterArgs{}, anAccess("customer.rotate_key")))
	return st
}

// laterArgs is a job that waits for its time.
type laterArgs struct{}

func (laterArgs) Kind() string { return "later" }
func (laterArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: store.UpkeepQueue, ScheduledAt: time.Date(2099, 1, 2, 12, 0, 0, 0, time.UTC)}
}

// Everything is copied between both kinds of database, including waiting jobs.
func TestCopy(t *testing.T) {
	urls := map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "blush.db") },
		"postgres": func(t *testing.T) string { return pgtest.URL(t, "store", schema.Migrate) },
	}
	for from, source := range urls {
		for to, target := range urls {
			t.Run(from+" to "+to, func(t *testing.T) {
				ctx := t.Context()
				a, b := filled(t, source(t)), open(t, target(t))
				copied, err := a.CopyTo(ctx, b)
				must(t, err)
				for _, name := range []string{"customer", "api_key", "users", "scan", "scan_data", "upload", "upload_chunk", "audit", "idempotency"} {
					if copied[name].Rows == 0 {
						t.Errorf("nothing was copied of %s", name)
					}
				}
				original, err := a.Contents(ctx)
				must(t, err)
				copy, err := b.Contents(ctx)
				must(t, err)
				if !maps.Equal(copied, original) || !maps.Equal(copied, copy) {
					t.Errorf("copied %v, there are %v, arrived %v", copied, original, copy)
				}
				must(t, b.CheckIntegrity(ctx))
				queued, err := a.QueueDepths(ctx)
				must(t, err)
				queue, err := b.QueueDepths(ctx)
				must(t, err)
				if !slices.Equal(queue, queued) {
					t.Errorf("jobs %v, there are %v", queue, queued)
				}
				if dump, err := b.Dump(ctx); err != nil || !strings.Contains(dump, "2099-01-02") {
					t.Errorf("the scheduled job has lost its time, %v", err)
				}
				// A server of the copy runs the waiting jobs.
				ran := make(chan string, 10)
				workers := river.NewWorkers()
				river.AddWorker(workers, river.WorkFunc(func(_ context.Context, job *river.Job[noteArgs]) error {
					ran <- job.Args.ScanID
					return nil
				}))
				must(t, b.StartJobs(ctx, workers, store.JobOptions{Timeout: time.Minute, Workers: 1, Log: slog.New(slog.DiscardHandler)}))
				if up, err := b.UploadOf(ctx, <-ran); err != nil || up.ID != "up" {
					t.Errorf("the job's upload: %v, %v", up, err)
				}
				must(t, b.StopJobs(ctx))
				// Existing data is never overwritten.
				_, err = a.CopyTo(ctx, b)
				wantKind(t, err, blush.Conflict)
				again, err := b.Contents(ctx)
				must(t, err)
				if !maps.Equal(copy, again) {
					t.Error("a refused copy changed something")
				}
			})
		}
	}
}

// A single changed byte changes the digest of its table.
func TestContentsNoticeAChange(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		before, err := st.Contents(ctx)
		must(t, err)
		_, err = st.RenameCustomer(ctx, c.ID, "ACMF")
		must(t, err)
		after, err := st.Contents(ctx)
		must(t, err)
		if before["customer"] == after["customer"] || before["api_key"] != after["api_key"] {
			t.Errorf("before %v, after %v", before, after)
		}
	})
}
