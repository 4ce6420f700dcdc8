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
	// upkeepInterval is how often something to seal is looked for besides.
	upkeepInterval = time.Hour
	// upkeepBatches is how many transactions one run of a job has at most: then others have their turn.
	upkeepBatches = 100
)

// RotateCustomerKey gives a customer, named by its id or its name, a new key for
// the data of its users. It encrypts from now on. The servers encrypt again what
// is there, in the background, and then delete the old key. It is a Conflict
// while they are still at that.
func (s *Service) RotateCustomerKey(ctx context.Context, idOrName string) (blush.Customer, error) {
	c, err := s.store.Customer(ctx, idOrName)
	if err != nil {
		return blush.Customer{}, err
	}
	operator := Operator()
	operator.CustomerID = c.ID
	return c, s.store.RotateCustomerKey(ctx, c.ID, s.now(), sealJob{}, s.Audit(operator, blush.CustomerRotate, "", c.ID))
}

// SealAll seals with the customers' newest keys whatever is not, and tells how many rows there were so far. What was found
// damaged before is tried again.
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

// Share is the background work of this package: it seals again what an older key sealed, or an earlier version left
// unsealed, and deletes what customers keep no longer.
func (s *Service) Share() store.Share {
	return store.Share{
		Queue: store.UpkeepQueue, Workers: 1,
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

// onceAtATime enqueues a job only when none of its kind is left that was enqueued so. The one of a rotated key is enqueued besides: it does not wait for another's snooze.
var onceAtATime = river.InsertOpts{Queue: store.UpkeepQueue, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}}}

// sealJob seals everything with the newest keys. It needs no arguments: the rows say what there is to do.
type sealJob struct{}

// Kind names the job in the queue.
func (sealJob) Kind() string { return "seal" }

// InsertOpts gives the job its queue.
func (sealJob) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: store.UpkeepQueue} }

type sealWorker struct {
	river.WorkerDefaults[sealJob]
	accounts *Service
}

// Work seals a bounded part, and comes again until nothing is left and the keys that were replaced are deleted.
func (w *sealWorker) Work(ctx context.Context, _ *river.Job[sealJob]) error {
	s := w.accounts
	for range upkeepBatches {
		n, err := s.store.Reseal(ctx)
		if n > 0 && err == nil {
			continue
		}
		left, dropped := s.store.DropReplacedKeys(ctx, s.now())
		if err = errors.Join(err, dropped, s.tellDamaged(ctx)); err == nil && left > 0 {
			err = river.JobSnooze(store.KeyOverlap)
		}
		return err
	}
	return river.JobSnooze(0)
}

// tellDamaged writes into the log how many rows do not open with their key.
func (s *Service) tellDamaged(ctx context.Context) error {
	rows, err := s.store.Damaged(ctx)
	if len(rows) > 0 {
		s.Log.ErrorContext(ctx, "rows do not open with their key, and stay as they are; blush doctor lists them", "rows", len(rows), "first", rows[0])
	}
	return err
}
