package store_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// Jobs are counted by queue and state until they are done.
func TestDepths(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		want := func(what string, waiting, later, running, webhooks int64) {
			t.Helper()
			got, err := st.QueueDepths(ctx)
			must(t, err)
			if !slices.Equal(got, []store.Depth{
				{"videos", "waiting", waiting}, {"videos", "later", later}, {"videos", "running", running},
				{"webhooks", "waiting", webhooks}, {"webhooks", "later", 0}, {"webhooks", "running", 0},
				{"upkeep", "waiting", 0}, {"upkeep", "later", 0}, {"upkeep", "running", 0},
			}) {
				t.Errorf("%s: %v", what, got)
			}
		}
		want("an empty database", 0, 0, 0, 0)
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, ptr("a"), epoch)
		for range 3 {
			sc := aScan(u, epoch)
			sc.Status, sc.Result = blush.Processing, nil
			must(t, st.BeginUpload(ctx, store.Upload{ID: sc.ID, UserID: u.ID, CreatedAt: epoch}))
			_, _, err := st.CreateVideoScan(ctx, sc, sc.ID, noteArgs{sc.ID}, anAccess("scan.create"))
			must(t, err)
		}
		aWebhook(t, st, c)
		must(t, st.Raise(ctx, c.ID, blush.Dev, anEvent(u, blush.ScanDone)))
		want("before a worker starts", 3, 0, 0, 1)

		// One job at a time: the first is snoozed for an hour, the second is held, the third waits.
		begun, finish := make(chan int, 3), make(chan struct{})
		n := 0
		workers := river.NewWorkers()
		river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[noteArgs]) error {
			n++
			begun <- n
			if n == 1 {
				return river.JobSnooze(time.Hour)
			}
			select {
			case <-finish:
			case <-ctx.Done():
			}
			return ctx.Err()
		}))
		must(t, st.StartJobs(ctx, workers, store.JobOptions{Timeout: time.Minute, Workers: 1, Log: slog.New(slog.DiscardHandler)}))
		<-begun
		<-begun
		during, err := st.QueueDepths(ctx) // the end of the first may not be stored yet
		must(t, err)
		if waiting, later, running := during[0].Jobs, during[1].Jobs, during[2].Jobs; waiting != 1 || running < 1 || later+running != 2 {
			t.Errorf("while one runs: %v", during)
		}
		close(finish)
		<-begun
		must(t, st.StopJobs(ctx))
		want("at the end", 0, 1, 0, 1)
	})
}
