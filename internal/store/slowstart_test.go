package store

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// slowDriver is a database on a machine so busy that listening for new jobs takes longer at first than River waits for it.
type slowDriver struct {
	riverdriver.Driver[*sql.Tx]
	listened atomic.Int32 // for new jobs
}

func (d *slowDriver) GetListener(params *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &slowListener{d.Driver.GetListener(params), d}
}

type slowListener struct {
	riverdriver.Listener
	driver *slowDriver
}

func (l *slowListener) Listen(ctx context.Context, topic string) error {
	if topic == "river_insert" && l.driver.listened.Add(1) == 1 {
		<-ctx.Done() // River has given up
		return ctx.Err()
	}
	return l.Listener.Listen(ctx, topic)
}

// A busy machine delays the job queue's start, and doesn't end the server. The jobs run afterwards.
func TestJobsStartOnABusyMachine(t *testing.T) {
	t.Parallel()
	st := opener(t, filepath.Join(t.TempDir(), "blush.db"))()
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	slow := &slowDriver{Driver: st.driver}
	st.driver = slow
	ran := make(chan struct{})
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[lateArgs]) error { close(ran); return nil }))
	if err := st.StartJobs(t.Context(), workers, JobOptions{Timeout: time.Minute, Workers: 1, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if n := slow.listened.Load(); n < 2 {
		t.Errorf("River listened %d times: its start didn't fail", n)
	}
	if _, err := st.worker.client.Insert(t.Context(), lateArgs{}, nil); err != nil {
		t.Fatal(err)
	}
	<-ran
	if err := st.StopJobs(t.Context()); err != nil {
		t.Error(err)
	}
}

type lateArgs struct{}

func (lateArgs) Kind() string { return "late" }
