package account

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

const (
	// upkeepInterval is how often servers look for rows to seal again, besides after a rotation.
	upkeepInterval = time.Hour
	// upkeepBatches is the largest number of transactions in one run of a job. Then other jobs have their turn.
	upkeepBatches = 100
)

// RotateCustomerKey gives a customer, named by its id or its name, a new key for
// the data of its users, which encrypts from now on. In the background, the servers
// encrypt the existing data again and then delete the old key. Until they have finished,
// another rotation is a Conflict.
func (s *Service) RotateCustomerKey(ctx context.Context, idOrName string) (blush.Customer, error) {
	c, err := s.store.Customer(ctx, idOrName)
	if err != nil {
		return blush.Customer{}, err
	}
	operator := Operator()
	operator.CustomerID = c.ID
	return c, s.store.RotateCustomerKey(ctx, c.ID, s.now(), sealJob{}, s.Audit(operator, blush.CustomerRotate, "", c.ID))
}

// SealAll seals all rows that are not yet sealed with the customers' newest keys. It calls each with the number of rows so
// far. It also tries again the rows that were found damaged before.
func (s *Service) SealAll(ctx context.Context, each func(rows int)) error {
	if err := s.store.RetryDamaged(ctx); err != nil {
		return err
	}
	for rows := 0; ; {
		n, err := s.store.Reseal(ctx)
		if err != nil || n == 0 {
			return err
		}
		rows += n
		each(rows)
	}
}

// Queue returns the queue of this package's background work. Its jobs seal again the rows that an older key sealed or an
// earlier version left unsealed, and delete expired data.
func (s *Service) Queue() store.Queue {
	return store.Queue{
		Name: store.UpkeepQueue, Workers: 1,
		Add: func(w *river.Workers) {
			river.AddWorker(w, &sealWorker{accounts: s})
			river.AddWorker(w, &retentionWorker{accounts: s})
		},
		Periodic: []*river.PeriodicJob{
			river.NewPeriodicJob(river.PeriodicInterval(upkeepInterval), func() (river.JobArgs, *river.InsertOpts) { return sealJob{}, &onceAtATime }, &river.PeriodicJobOpts{RunOnStart: true}),
			river.NewPeriodicJob(river.PeriodicInterval(retentionInterval), func() (river.JobArgs, *river.InsertOpts) { return retentionJob{s.now()}, nil }, &river.PeriodicJobOpts{RunOnStart: true}),
		},
	}
}

// onceAtATime enqueues a job only if no other job that was enqueued with it is unfinished. The job of a rotated key is enqueued without it, so that it need not wait for a snoozed one.
var onceAtATime = river.InsertOpts{Queue: store.UpkeepQueue, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}}}

// sealJob seals all rows with the newest keys. It needs no arguments, because each row says which key sealed it.
type sealJob struct{}

// Kind names the job in the queue.
func (sealJob) Kind() string { return "seal" }

// InsertOpts gives the job its queue.
func (sealJob) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: store.UpkeepQueue} }

type sealWorker struct {
	river.WorkerDefaults[sealJob]
	accounts *Service
}

// Work seals a limited number of batches, and runs again until no row is left and the replaced keys are deleted.
func (w *sealWorker) Work(ctx context.Context, _ *river.Job[sealJob]) error {
	s := w.accounts
	for range upkeepBatches {
		n, err := s.store.Reseal(ctx)
		if n > 0 && err == nil {
			continue
		}
		left, dropped := s.store.DropReplacedKeys(ctx, s.now())
		if err = errors.Join(err, dropped, s.logDamaged(ctx)); err == nil && left > 0 {
			err = river.JobSnooze(store.KeyOverlap)
		}
		return err
	}
	return river.JobSnooze(0)
}

// logDamaged logs how many rows cannot be opened with their key.
func (s *Service) logDamaged(ctx context.Context) error {
	rows, err := s.store.Damaged(ctx)
	if len(rows) > 0 {
		s.Log.ErrorContext(ctx, "rows cannot be opened with their key, and are left unchanged; blush doctor lists them", "rows", len(rows), "first", rows[0])
	}
	return err
}
