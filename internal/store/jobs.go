package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"blush.example/blush/internal/blush"
)

// JobOptions says how this process works on jobs.
type JobOptions struct {
	// Timeout is the longest time for one attempt at a job. Jobs may be run again, because they are idempotent.
	Timeout time.Duration
	// Workers is how many videos this process works on at the same time.
	Workers int
	// Queues are the queues besides that of videos.
	Queues []Queue
	Log    *slog.Logger
}

// Queue is one queue of background jobs.
type Queue struct {
	Name    string
	Workers int // how many of its jobs this process works on at the same time
	// Add registers the workers of its jobs.
	Add func(*river.Workers)
	// Periodic jobs are enqueued by only one of the processes at a time.
	Periodic []*river.PeriodicJob
}

// UpkeepQueue is the queue of maintenance jobs.
const UpkeepQueue = "upkeep"

// worker is this process's share of the background work.
type worker struct {
	client *river.Client[*sql.Tx]
	id     string
	lock   *sql.Conn // PostgreSQL: holds the advisory lock that shows that this process is alive
	stop   context.CancelFunc
	watch  sync.WaitGroup
	log    *slog.Logger
}

// rescueInterval is how often a process looks for jobs of dead processes.
const rescueInterval = 5 * time.Second

// StartJobs begins to work on jobs. Jobs of a process that was killed are run
// again at once, and not only after River's own time limit.
func (s *Store) StartJobs(ctx context.Context, workers *river.Workers, opt JobOptions) error {
	if err := s.Claim(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	w := &worker{id: "blush-" + blush.NewID(), stop: stop, log: opt.Log}
	queues := map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: opt.Workers}}
	var periodic []*river.PeriodicJob
	for _, q := range opt.Queues {
		q.Add(workers)
		periodic = append(periodic, q.Periodic...)
		queues[q.Name] = river.QueueConfig{MaxWorkers: q.Workers}
	}
	var err error
	w.client, err = river.NewClient(s.driver, &river.Config{
		ID: w.id, Workers: workers, Logger: opt.Log, Queues: queues, PeriodicJobs: periodic,
		JobTimeout: opt.Timeout, RescueStuckJobsAfter: opt.Timeout + time.Minute,
		FetchCooldown: 20 * time.Millisecond, FetchPollInterval: time.Second,
		CompletedJobRetentionPeriod: time.Hour,
	})
	if err != nil {
		stop()
		return fmt.Errorf("job queue: %w", err)
	}
	if err = s.rescue(ctx, w); err == nil {
		err = w.start(ctx)
	}
	if err != nil {
		stop()
		w.unlock()
		return fmt.Errorf("job queue: %w", err)
	}
	s.worker = w
	if s.engine == enginePostgres {
		w.watch.Go(func() {
			tick := time.NewTicker(rescueInterval)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				if err := s.rescue(ctx, w); err != nil && ctx.Err() == nil {
					w.log.Warn("look for jobs of dead processes", "error", err)
				}
			}
		})
	}
	return nil
}

// startTries is how often River is started. Its notifier gives up after five seconds, which are too short on a busy machine.
const startTries = 6

// start starts River, again where that fails.
func (w *worker) start(ctx context.Context) error {
	for try := 1; ; try++ {
		err := w.client.Start(ctx)
		if err == nil || try == startTries {
			return err
		}
		w.log.Info("start the job queue again", "error", err)
	}
}

// cancelTime is how long cancelled jobs have to end. An analysis that has begun is finished. Together with the other waits of a
// stopping server, it is less than packaging/compose.yaml allows.
const cancelTime = 10 * time.Second

// StopJobs waits for running jobs until ctx ends, then cancels them. They run again later.
func (s *Store) StopJobs(ctx context.Context) error {
	w := s.worker
	if w == nil {
		return nil
	}
	s.worker = nil
	err := w.client.Stop(ctx)
	if err != nil {
		cancel, done := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
		err = w.client.StopAndCancel(cancel)
		done()
	}
	w.stop()
	w.watch.Wait()
	w.unlock()
	return err
}

// unlock releases the locks that show that this process is alive.
func (w *worker) unlock() {
	if w.lock != nil {
		closeUnlocked(w.lock)
		w.lock = nil
	}
}

// unlockTime is how long giving back a lock of PostgreSQL may take.
const unlockTime = 5 * time.Second

// closeUnlocked gives a connection to PostgreSQL back without its advisory locks. Their session would hold them
// while the pool keeps it, and then until the database has noticed that it ended.
func closeUnlocked(conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), unlockTime) //nolint:forbidigo // those who took them may have ended
	defer cancel()
	_, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock_all()") // if it fails, the locks end with the session
	conn.Close()
}

// rescued makes a job of a dead process available again. An attempt that ended with its
// process does not count. The crashes are counted in max_attempts, which has no other use here.
const rescued = "UPDATE river_job SET state = 'available', max_attempts = max_attempts + 1, " +
	"attempt = CASE WHEN attempt > 0 THEN attempt - 1 ELSE 0 END WHERE state = 'running'"

// Crashes is how often a process died while it worked on a job.
func Crashes(job *rivertype.JobRow) int { return job.MaxAttempts - river.MaxAttemptsDefault }

// rescue makes the running jobs of dead processes available again. On SQLite
// only one process works on jobs, so at the start every running job is a dead
// one's. On PostgreSQL each process holds an advisory lock on its own name
// while it lives: if another process can take the lock, it is dead.
func (s *Store) rescue(ctx context.Context, w *worker) error {
	if s.engine == engineSQLite {
		_, err := s.write.ExecContext(ctx, rescued)
		return err
	}
	if w.lock == nil || w.lock.PingContext(ctx) != nil {
		w.unlock()
		conn, err := s.write.Conn(ctx)
		if err != nil {
			return err
		}
		if err := lockServer(ctx, conn, w.id); err != nil {
			conn.Close()
			return err
		}
		w.lock = conn
	}
	names, err := runningClients(ctx, w.lock)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == w.id || !strings.HasPrefix(name, "blush-") {
			continue
		}
		if err := rescueFrom(ctx, w, name); err != nil {
			return err
		}
	}
	return nil
}

// rescueFrom makes the running jobs of a process available again if it is dead. It keeps no lock of that process, which may
// only have lost its connection and wait for it.
func rescueFrom(ctx context.Context, w *worker, name string) (err error) {
	var dead bool
	if err := w.lock.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name).Scan(&dead); err != nil || !dead {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTime)
		defer cancel()
		_, unlocked := w.lock.ExecContext(ctx, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)
		err = errors.Join(err, unlocked)
	}()
	if _, err := w.lock.ExecContext(ctx, rescued+" AND attempted_by[array_upper(attempted_by, 1)] = $1", name); err != nil {
		return err
	}
	w.log.Info("jobs of a dead process run again", "process", name)
	return nil
}

// serverLock is the PostgreSQL advisory lock that each server shares while it works: "blushs" in ASCII. See [Store.ClaimAlone].
const serverLock = 0x626c75736873

// lockServer takes the locks that show that a server lives: that of all servers, and one of its own.
func lockServer(ctx context.Context, conn *sql.Conn, id string) error {
	var shared bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock_shared($1)", serverLock).Scan(&shared); err != nil {
		return err
	}
	if !shared {
		return errors.New("blush migrate-data is copying this database: wait until it has ended, then start the server on the new one")
	}
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", id)
	return err
}

// runningClients names the processes that River believes to be working.
func runningClients(ctx context.Context, conn *sql.Conn) ([]string, error) {
	rows, err := conn.QueryContext(ctx,
		"SELECT DISTINCT attempted_by[array_upper(attempted_by, 1)] FROM river_job WHERE state = 'running' AND array_upper(attempted_by, 1) > 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
