package scan

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/face"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
	"blush.example/blush/rppg"
	"blush.example/blush/video"
)

const (
	// maxAttempts is how often a video is tried before its scan fails for good. An
	// attempt that ends with its process does not count, up to maxCrashes: no video may end one process after the other.
	maxAttempts = 4
	maxCrashes  = 20
	// slowAttempts is how often a video is tried that takes too long: the machine may
	// have had too much to do, and others must have their turn.
	slowAttempts = 2
	// maxVideoDuration is the longest recording that is read.
	maxVideoDuration = 10 * time.Minute
	// secretPause is how long a video waits if this server has another master secret than the one it was sealed with.
	secretPause = time.Minute
)

// videoArgs are the arguments of a job: the id of a scan, and nothing personal.
type videoArgs struct {
	ScanID string `json:"scan_id"`

	priority  int       // 1 to lastPriority
	notBefore time.Time // zero: at once
}

// lastPriority is the lowest priority of the queue; 1 comes first.
const lastPriority = 4

// InsertOpts sets the job's priority and time.
func (a videoArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Priority: a.priority, ScheduledAt: a.notBefore}
}

// Kind names the job in the queue.
func (videoArgs) Kind() string { return "analyse_video" }

// videoWorker analyses videos. It is idempotent: it leaves a scan unchanged that is
// finished or erased.
type videoWorker struct {
	river.WorkerDefaults[videoArgs]
	scans *Service
}

// NextRetry waits a little longer after each attempt.
func (w *videoWorker) NextRetry(job *river.Job[videoArgs]) time.Time {
	return time.Now().Add(time.Duration(job.Attempt) * 2 * time.Second)
}

// Work analyses the video of one scan. If the disk is full or the database away, the
// video waits, and that does not count as an attempt.
func (w *videoWorker) Work(ctx context.Context, job *river.Job[videoArgs]) error {
	err := w.attempt(ctx, job)
	fault := store.Fault(err)
	if blush.KindOf(err) == blush.Unavailable { // the bucket
		errors.As(err, &fault)
	}
	if fault != nil {
		w.scans.cfg.Log.Warn("a video waits until the database or the bucket is available again", "scan", job.Args.ScanID, "error", err)
		return river.JobSnooze(fault.RetryAfter)
	}
	return err
}

// attempt analyses the video. A fault of the video is an outcome. A fault of the server
// is an error, and the job runs again.
func (w *videoWorker) attempt(ctx context.Context, job *river.Job[videoArgs]) error {
	s := w.scans
	sc, err := s.store.Scan(ctx, job.Args.ScanID)
	if blush.KindOf(err) == blush.NotFound || err == nil && sc.Status != blush.Processing {
		return nil
	}
	if err != nil {
		return err
	}
	log := s.cfg.Log.With("scan", sc.ID, "attempt", job.Attempt)
	var data map[store.Data][]byte
	if job.Attempt > maxAttempts || store.Crashes(job.JobRow) > maxCrashes {
		err = &outcome{"The analysis of this video did not succeed. Please record it again."}
	} else {
		data, err = s.analyseVideo(ctx, &sc)
	}
	if errors.Is(err, errTooSlow) && job.Attempt >= slowAttempts {
		err = &outcome{"This video takes too long to analyse. Send a shorter or smaller one."}
	}
	if errors.Is(err, video.ErrNoFFmpeg) && job.Attempt >= maxAttempts { // it may be away for a moment, or another server has it
		err = &outcome{"This server cannot read this kind of video. Send it as motion JPEG (AVI) or y4m."}
	}
	var failed *outcome
	switch {
	case errors.As(err, &failed):
		sc.Status, sc.Failure, sc.Result, data = blush.Failed, failed.message, nil, nil
		log.Info("video scan failed", "reason", failed.message)
	case errors.Is(err, account.ErrOtherSecret):
		log.Error("a video waits: it was sealed with another master secret", "error", err)
		return river.JobSnooze(secretPause) // no attempt: nothing was tried
	case errors.Is(ctx.Err(), context.Canceled): // the server stops
		return river.JobSnooze(0)
	case err != nil:
		log.Warn("video analysis failed, it will run again", "error", err)
		return err
	}
	if err := s.finish(ctx, sc, data); err != nil {
		return err
	}
	s.learnt(ctx, sc, nil)
	s.finished.notify(sc.ID)
	return nil
}

// errTooSlow means that a video was not read in time.
var errTooSlow = errors.New("the video was not read in time")

// outcome is a fault of the recording, with a sentence for the person who made it.
type outcome struct{ message string }

func (o *outcome) Error() string { return o.message }

var errDamaged = &outcome{"The stored video is damaged. Please record it again."}

// analyseVideo decrypts the video of a scan, reduces it to a trace and runs the
// engine on the trace.
func (s *Service) analyseVideo(ctx context.Context, sc *blush.Scan) (map[store.Data][]byte, error) {
	up, err := s.store.UploadOf(ctx, sc.ID)
	if err != nil {
		return nil, err
	}
	f, path, err := clearFile(s.cfg.TempDir, up.Extension)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dropClear(f) }() // what is left is swept
	hash, err := s.writeVideo(ctx, up.ID, f)
	if err != nil {
		return nil, s.sealFault(ctx, err)
	}
	if !bytes.Equal(hash, sc.InputHash) {
		return nil, errDamaged
	}
	begun := time.Now()
	tr, err := readTrace(ctx, path, s.cfg.JobTimeout)
	if err != nil {
		return nil, err
	}
	s.cfg.Took(VideoStage, time.Since(begun))
	tr.ScanID, tr.Timezone, tr.AtRest = sc.ID, sc.Timezone, sc.AtRest
	tr.Round()
	packed, err := pack(tr)
	if err != nil {
		return nil, err
	}
	return s.analyse(sc, tr, packed)
}

// sealFault says why a video could not be opened. If the server's secret is the
// database's, the video is damaged. Otherwise it waits for a server with that secret.
func (s *Service) sealFault(ctx context.Context, err error) error {
	if !errors.Is(err, account.ErrSealed) {
		return err
	}
	if err := s.accounts.CheckSecret(ctx); err != nil {
		return err
	}
	return errDamaged
}

// readTrace reads a video within timeout. The error is an outcome only if it is the recording's fault.
func readTrace(job context.Context, name string, timeout time.Duration) (*rppg.Trace, error) {
	ctx, cancel := context.WithTimeout(job, timeout)
	defer cancel()
	fault := func(err error) error {
		var input *video.InputError
		switch {
		case job.Err() != nil:
			return job.Err()
		case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
			return errTooSlow
		case errors.As(err, &input):
			return &outcome{input.Msg}
		}
		return err
	}
	r, err := video.Open(ctx, name, video.Options{MaxDuration: maxVideoDuration, Timeout: timeout})
	if err != nil {
		return nil, fault(err)
	}
	defer r.Close()
	tr, err := face.Capture(ctx, r.Frames(), r.Info(), face.Options{})
	if err != nil {
		return nil, fault(err)
	}
	return tr, nil
}

// quiet drops the queue's own messages, except those that an operator must see.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(atLeast{l.Handler()}) }

type atLeast struct{ slog.Handler }

func (a atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && a.Handler.Enabled(ctx, level)
}

func (a atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{a.Handler.WithAttrs(attrs)}
}

func (a atLeast) WithGroup(name string) slog.Handler { return atLeast{a.Handler.WithGroup(name)} }
