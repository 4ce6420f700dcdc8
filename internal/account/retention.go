package account

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// MaxKeepDays is the longest time that a customer can set, about 100 years.
const MaxKeepDays = 36500

// Expired is the data of one kind that is older than a customer keeps it.
type Expired struct {
	Customer blush.Customer // none for [store.ExpiringRefused]
	Kind     store.Expiring
	Days     int // how many days the customer keeps it
	Before   time.Time
	Rows     int64 // the number of scans, of days of a person, or of entries
}

// expiring lists the kinds of data that are kept for a limited time, without counting the rows.
func (s *Service) expiring(ctx context.Context, now time.Time) ([]Expired, error) {
	customers, err := s.store.Customers(ctx)
	if err != nil {
		return nil, err
	}
	var out []Expired
	for _, c := range customers {
		for _, k := range []struct {
			kind store.Expiring
			days int
		}{
			{store.ExpiringTraces, c.Keep.Traces}, {store.ExpiringResults, c.Keep.Results}, {store.ExpiringMetrics, c.Keep.Results}, {store.ExpiringAudit, c.Keep.Audit},
		} {
			if k.days > 0 {
				out = append(out, Expired{Customer: c, Kind: k.kind, Days: k.days, Before: now.AddDate(0, 0, -k.days)})
			}
		}
	}
	if s.KeepRefused > 0 {
		out = append(out, Expired{Kind: store.ExpiringRefused, Days: s.KeepRefused, Before: now.AddDate(0, 0, -s.KeepRefused)})
	}
	return out, nil
}

// Expired counts the data that is older than customers keep it. It changes nothing.
func (s *Service) Expired(ctx context.Context) ([]Expired, error) {
	now, err := s.earlierNow(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.expiring(ctx, now)
	for i := range out {
		if err == nil {
			out[i].Rows, err = s.store.CountExpired(ctx, out[i].Customer.ID, out[i].Kind, out[i].Before)
		}
	}
	return out, err
}

// DropExpired deletes the data that is older than customers keep it, in small parts, and
// returns how much of each kind it deleted.
func (s *Service) DropExpired(ctx context.Context) ([]Expired, error) {
	now, err := s.earlierNow(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.expiring(ctx, now)
	for i := range out {
		for more := err == nil; more; {
			var n int
			n, err = s.dropPart(ctx, out[i])
			out[i].Rows += int64(n)
			more = n > 0 && err == nil
		}
	}
	return out, err
}

func (s *Service) dropPart(ctx context.Context, e Expired) (int, error) {
	server := blush.Caller{Kind: blush.ByOperator, CustomerID: e.Customer.ID, CredentialID: "retention"}
	return s.store.DropExpired(ctx, e.Customer.ID, e.Kind, e.Before, s.Audit(server, blush.RetentionDelete, "", ""))
}

// earlierNow is the time of this machine's clock or of the database's, whichever is
// earlier, so that a clock that is ahead deletes nothing early.
func (s *Service) earlierNow(ctx context.Context) (time.Time, error) {
	now, _, _, err := s.store.Clock(ctx)
	if own := s.now(); own.Before(now) {
		now = own
	}
	return now, err
}

const (
	// retentionInterval is how often the server looks for expired data.
	retentionInterval = 6 * time.Hour
	// retentionDelay is how much later the job runs. It deletes by the earlier of both times,
	// so that a clock that was ahead at one of them deletes nothing early.
	retentionDelay = time.Hour
)

// retentionJob deletes data that had expired both when the job was enqueued and when it runs.
type retentionJob struct {
	At time.Time `json:"at"`
}

// Kind names the job in the queue.
func (retentionJob) Kind() string { return "retention" }

// InsertOpts gives the job its queue and its time. A server that starts often enqueues it once.
func (j retentionJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: store.UpkeepQueue, ScheduledAt: j.At.Add(retentionDelay), UniqueOpts: river.UniqueOpts{ByPeriod: retentionDelay}}
}

type retentionWorker struct {
	river.WorkerDefaults[retentionJob]
	accounts *Service
}

// Work deletes a limited number of parts, and runs again until none is left.
func (w *retentionWorker) Work(ctx context.Context, job *river.Job[retentionJob]) error {
	s := w.accounts
	now, err := s.earlierNow(ctx)
	if err != nil {
		return err
	}
	if job.Args.At.Before(now) {
		now = job.Args.At
	}
	kinds, err := s.expiring(ctx, now)
	if err != nil {
		return err
	}
	left := upkeepBatches
	for _, e := range kinds {
		for {
			if left == 0 {
				return river.JobSnooze(0)
			}
			n, err := s.dropPart(ctx, e)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			left--
		}
	}
	return nil
}
