package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// announcer is River's driver of SQLite. River's own listener reads a table 20 times each second. Only one process
// works on the jobs of a SQLite file, so here a new job is announced within the process. River asks each second for the jobs of other
// processes, which are not announced.
type announcer struct {
	riverdriver.Driver[*sql.Tx]
	mu     sync.Mutex
	queues map[string]bool // with new jobs
	some   chan struct{}   // there may be such queues
}

func newAnnouncer(db *sql.DB) *announcer {
	return &announcer{Driver: riversqlite.New(db), queues: map[string]bool{}, some: make(chan struct{}, 1)}
}

// SupportsListenNotify is false, so that River writes no row for each announcement.
func (a *announcer) SupportsListenNotify() bool { return false }

// GetListener returns the listener of the process's jobs.
func (a *announcer) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return listener{a}
}

// announce says that a queue has a new job. It may be called before the commit: River looks for the job on the one connection that
// writes, which is the transaction's until then.
func (a *announcer) announce(queue string) {
	a.mu.Lock()
	a.queues[queue] = true
	a.mu.Unlock()
	select {
	case a.some <- struct{}{}:
	default:
	}
}

// next takes one of the queues with new jobs, and signals that others remain.
func (a *announcer) next() (queue string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for queue = range a.queues {
		delete(a.queues, queue)
		if len(a.queues) > 0 {
			select {
			case a.some <- struct{}{}:
			default:
			}
		}
		return queue, true
	}
	return "", false
}

// listener gives River the announcements. It has no connection.
type listener struct{ *announcer }

func (listener) Close(context.Context) error            { return nil }
func (listener) Connect(context.Context) error          { return nil }
func (listener) Listen(context.Context, string) error   { return nil }
func (listener) Ping(context.Context) error             { return nil }
func (listener) Schema() string                         { return "" }
func (listener) SetAfterConnectExec(string)             {}
func (listener) Unlisten(context.Context, string) error { return nil }

// WaitForNotification returns the next announcement.
func (l listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.some:
			if queue, ok := l.next(); ok {
				return &riverdriver.Notification{Topic: "river_insert", Payload: fmt.Sprintf(`{"queue": %q}`, queue)}, nil
			}
		}
	}
}

// enqueue adds a job in a transaction.
func (s *Store) enqueue(ctx context.Context, tx *sql.Tx, job river.JobArgs) error {
	added, err := s.insert.InsertTx(ctx, tx, job, nil)
	if a, ok := s.driver.(*announcer); ok && err == nil {
		a.announce(added.Job.Queue)
	}
	return err
}
