package account_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// The jobs of a server replace a customer's key in the background. In the end everything is sealed with the new
// key, and the old key is gone.
func TestRotateCustomerKeyInTheBackground(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		ctx, st := t.Context(), open()
		secrets, err := account.NewSecrets([]byte(oldMaster))
		if err != nil {
			t.Fatal(err)
		}
		var ahead atomic.Int64 // of the clock, in ns
		accounts := account.New(st, secrets, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
		c, _, err := accounts.CreateCustomer(ctx, "ACME")
		if err != nil {
			t.Fatal(err)
		}
		caller := blush.Caller{Kind: blush.ByAPIKey, CustomerID: c.ID, Environment: blush.Live}
		const users = 3
		for i := range users {
			if _, _, err := accounts.CreateUser(ctx, caller, account.NewUser{ExternalID: ptr(fmt.Sprint("user ", i)), BirthDate: ptr("1980-02-03")}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := accounts.RotateCustomerKey(ctx, "ACME"); err != nil {
			t.Fatal(err)
		}
		_, err = accounts.RotateCustomerKey(ctx, c.ID)
		wantKind(t, err, blush.Conflict)
		_, err = accounts.RotateCustomerKey(ctx, "nobody")
		wantKind(t, err, blush.NotFound)
		ahead.Store(int64(store.KeyOverlap + time.Minute))
		err = st.StartJobs(ctx, river.NewWorkers(), store.JobOptions{Timeout: time.Minute, Workers: 1, Queues: []store.Queue{accounts.Queue()}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(5 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
			keys, err := st.CustomerKeys(ctx, c.ID)
			if err != nil || time.Now().After(end) {
				t.Fatalf("%d keys, %v", keys, err)
			}
			if keys == 1 {
				break
			}
		}
		if err := st.StopJobs(ctx); err != nil {
			t.Error(err)
		}
		fresh := open()
		fresh.SealWith(secrets)
		for i := range users {
			name := fmt.Sprint("user ", i)
			u, err := fresh.User(ctx, c.ID, blush.Live, blush.UserRef{ExternalID: name})
			if err != nil || *u.ExternalID != name || *u.BirthDate != "1980-02-03" {
				t.Errorf("%+v, %v", u, err)
			}
		}
		if _, err := accounts.RotateCustomerKey(ctx, "ACME"); err != nil {
			t.Errorf("once more: %v", err)
		}
	})
}

// However often servers start, only one sealing job is left, even while it waits for a replaced key.
func TestSealingIsEnqueuedOnce(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	st, accounts := w.store, w.Service
	w.now = time.Now()
	if _, err := accounts.RotateCustomerKey(ctx, "ACME"); err != nil {
		t.Fatal(err)
	}
	var left []int64
	for range 2 {
		started := make(chan struct{}, 1)
		last := store.Queue{Name: "last", Workers: 1,
			Add: func(w *river.Workers) {
				river.AddWorker(w, river.WorkFunc(func(context.Context, *river.Job[lastArgs]) error { started <- struct{}{}; return nil }))
			},
			Periodic: []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(time.Hour),
				func() (river.JobArgs, *river.InsertOpts) { return lastArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})}}
		opt := store.JobOptions{Timeout: time.Minute, Workers: 1, Queues: []store.Queue{accounts.Queue(), last}, Log: slog.New(slog.DiscardHandler)}
		if err := st.StartJobs(ctx, river.NewWorkers(), opt); err != nil {
			t.Fatal(err)
		}
		<-started // the jobs that are enqueued at the start were enqueued before this one
		for {
			depths, err := st.QueueDepths(ctx)
			if err != nil {
				t.Fatal(err)
			}
			of := map[string]int64{}
			for _, d := range depths {
				if d.Queue == store.UpkeepQueue {
					of[d.State] = d.Jobs
				}
			}
			if of["waiting"]+of["running"] == 0 {
				left = append(left, of["later"])
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if err := st.StopJobs(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if left[1] != left[0] {
		t.Errorf("jobs that wait after each start: %v", left)
	}
}

type lastArgs struct{}

func (lastArgs) Kind() string                 { return "last" }
func (lastArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: "last"} }
