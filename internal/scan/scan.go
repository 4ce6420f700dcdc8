// Package scan accepts scans as traces or videos, runs the engine on them and
// stores the results.
package scan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/engine"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/store"
	"blush.example/blush/rppg"
)

// Config says how scans are accepted and analysed. Zero values mean the defaults.
type Config struct {
	Now func() time.Time
	Log *slog.Logger
	// TempDir is where an unencrypted video is stored, in a file without a name, while it is analysed; default the system's.
	TempDir string
	// MaxVideoBytes is the largest size of an uploaded video; default 256 MiB.
	MaxVideoBytes int64
	// JobTimeout is the longest time for the analysis of one video; default 5 minutes.
	JobTimeout time.Duration
	// TraceWorkers is how many traces are analysed at the same time; default GOMAXPROCS.
	TraceWorkers int
	// VideoWorkers is how many videos this process analyses at the same time; default 1.
	VideoWorkers int
	// Quotas limit how much may be submitted in a day; default no limit.
	Quotas Quotas
	// Seed returns the seed of a synthetic scan that was ordered without one; by default it is made from the scan's id.
	Seed func(scanID string) uint64
	// Took is called with the time that a stage of one scan took. Ended is called when a
	// scan has been stored, with blush.ScanDone, ScanRefused or ScanFailed, and with the reason if it was refused.
	Took  func(stage string, d time.Duration)
	Ended func(how blush.EventType, why biomarker.Reason)
}

// The stages of a scan whose time is reported.
const (
	VideoStage  = "video"  // from video to trace
	EngineStage = "engine" // from trace to result
)

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Seed == nil {
		c.Seed = seedOf
	}
	if c.TempDir == "" {
		c.TempDir = filepath.Join(os.TempDir(), "blush")
	}
	if c.MaxVideoBytes == 0 {
		c.MaxVideoBytes = 256 << 20
	}
	if c.JobTimeout == 0 {
		c.JobTimeout = 5 * time.Minute
	}
	if c.TraceWorkers == 0 {
		c.TraceWorkers = runtime.GOMAXPROCS(0)
	}
	if c.VideoWorkers == 0 {
		c.VideoWorkers = 1
	}
	if c.Took == nil {
		c.Took = func(string, time.Duration) {}
	}
	if c.Ended == nil {
		c.Ended = func(blush.EventType, biomarker.Reason) {}
	}
	return c
}

// Service accepts scans and returns their results.
type Service struct {
	store    *store.Store
	accounts *account.Service
	insights *insight.Service
	secrets  *account.Secrets
	cfg      Config
	fast     *Lane // of traces
	costly   *Lane // of those that take long
	finished notifier

	stop    context.CancelFunc
	sweeper sync.WaitGroup
}

// New makes the service. Videos are analysed from [Service.Start] on.
func New(st *store.Store, accounts *account.Service, insights *insight.Service, secrets *account.Secrets, cfg Config) *Service {
	cfg = cfg.withDefaults()
	fast := fastRules
	fast.Inside = cfg.TraceWorkers
	return &Service{store: st, accounts: accounts, insights: insights, secrets: secrets, cfg: cfg, fast: NewLane(fast), costly: NewLane(costlyRules)}
}

// strayAge is the age from which an upload without a scan is considered left by a dead request.
const strayAge = time.Hour

// jobGrace is the time that a job has after JobTimeout, to store that a video took too long.
const jobGrace = time.Minute

// Start begins the work in the background, which goes on until Stop: it analyses videos, including those
// that an earlier process left, and runs the jobs of the other packages' queues.
func (s *Service) Start(ctx context.Context, others ...store.Queue) error {
	if err := os.MkdirAll(s.cfg.TempDir, 0o700); err != nil {
		return fmt.Errorf("directory for videos: %w", err)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &videoWorker{scans: s})
	err := s.store.StartJobs(ctx, workers, store.JobOptions{Timeout: s.cfg.JobTimeout + jobGrace, Workers: s.cfg.VideoWorkers, Queues: others, Log: quiet(s.cfg.Log)})
	if err != nil {
		return err
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.sweeper.Go(func() {
		tick := time.NewTicker(strayAge / 4)
		defer tick.Stop()
		for {
			s.dropStrayVideos()
			n, err := s.store.DropStrayUploads(ctx, s.cfg.Now().Add(-strayAge))
			if err != nil && ctx.Err() == nil {
				s.cfg.Log.Warn("delete uploads that never became a scan", "error", err)
			} else if n > 0 {
				s.cfg.Log.Info("deleted uploads that never became a scan", "uploads", n)
			}
			if err := s.store.RecogniseBucket(ctx); err != nil && ctx.Err() == nil { // it did not respond before, or has changed
				s.cfg.Log.Error("the bucket", "error", err)
			} else if err := s.store.SweepObjects(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Log.Warn("delete objects from the bucket that no longer belong to anything", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return nil
}

// Stop waits for running analyses until ctx ends, then cancels them. They run again after the next Start.
func (s *Service) Stop(ctx context.Context) error {
	if s.stop == nil {
		return nil
	}
	s.stop()
	s.sweeper.Wait()
	return s.store.StopJobs(ctx)
}

// dropStrayVideos deletes unencrypted videos that a killed analysis or an earlier version
// left behind (see clearFile): those that are older than the longest time of a job.
func (s *Service) dropStrayVideos() {
	strays, err := filepath.Glob(filepath.Join(s.cfg.TempDir, "scan-*"))
	if err != nil {
		return
	}
	for _, stray := range strays {
		info, err := os.Stat(stray)
		if err == nil && time.Since(info.ModTime()) > s.cfg.JobTimeout+2*jobGrace {
			err = os.RemoveAll(stray)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.cfg.Log.Warn("remove a stray video", "error", err)
		}
	}
}

// Waiting counts the traces that wait for a free processor, by lane.
func (s *Service) Waiting() map[string]int {
	return map[string]int{"fast": s.fast.Waiting(), "costly": s.costly.Waiting()}
}

// accept finds the user of a submission and checks that they may be measured.
func (s *Service) accept(ctx context.Context, c blush.Caller, ref blush.UserRef) (blush.User, error) {
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return blush.User{}, err
	}
	return u, s.accounts.Eligible(u)
}

// scanID returns the sender's id in its canonical form, or a new one.
func scanID(sent string) (string, error) {
	if sent == "" {
		return blush.NewID(), nil
	}
	id, err := blush.CheckID(sent, "face_scan_id")
	if err != nil {
		return "", err
	}
	if id == uuid.Nil.String() || id == uuid.Max.String() {
		return "", blush.Field("face_scan_id must be a new UUID for this scan, not the nil or the max UUID.", "value_error", "face_scan_id")
	}
	return id, nil
}

// source says how a scan was submitted.
func source(c blush.Caller) string {
	if c.Kind == blush.ByToken {
		return "browser"
	}
	return "api"
}

// again answers the submission of a scan that is already stored, which counts as reading
// that scan. If the scan belongs to another customer or, for a token, to another user, the
// caller learns only that the id cannot be used.
func (s *Service) again(ctx context.Context, c blush.Caller, stored, sent blush.Scan) error {
	if stored.UserID != sent.UserID {
		foreign := c.Kind == blush.ByToken
		if !foreign {
			_, err := s.store.ScanOf(ctx, c.CustomerID, c.Environment, stored.ID)
			if err != nil && blush.KindOf(err) != blush.NotFound {
				return err
			}
			foreign = err != nil
		}
		if foreign {
			return blush.E(blush.NotFound, "You have no face scan with this face_scan_id, and it cannot be used for a new one. Use a new UUID.")
		}
		return blush.E(blush.Conflict, "This face_scan_id belongs to a scan of another user. Use a new UUID.")
	}
	if string(stored.InputHash) != string(sent.InputHash) {
		return blush.Field("A scan with this face_scan_id was submitted with other content.", "value_error", "face_scan_id")
	}
	return s.store.Audit(ctx, s.accounts.Audit(c, blush.ScanRead, stored.UserID, stored.ID))
}

// analyse runs the engine on a trace. It sets the scan's result, without the waves, and
// returns the large parts.
func (s *Service) analyse(sc *blush.Scan, tr *rppg.Trace, trace []byte) (map[store.Data][]byte, error) {
	begun := time.Now()
	r := engine.Analyze(tr, engine.Options{})
	s.cfg.Took(EngineStage, time.Since(begun))
	wave, err := json.Marshal(Waveform{
		FaceScanID: sc.ID, Pulse: Wave{r.Pulse, "arbitrary, systole up"}, Beats: nonNil(r.Beats),
		Respiration: Wave{r.Respiration, "arbitrary, inhalation up"}, Track: r.Track,
	})
	if err != nil {
		return nil, fmt.Errorf("waves of scan %s: %w", sc.ID, err)
	}
	small := *r
	small.Pulse, small.Respiration, small.Beats, small.Track = dsp.Series{}, dsp.Series{}, nil, engine.Track{}
	if sc.Result, err = json.Marshal(small); err != nil {
		return nil, fmt.Errorf("result of scan %s: %w", sc.ID, err)
	}
	sc.Status, sc.Point = blush.Done, insight.Point(*sc, r)
	return map[store.Data][]byte{store.TraceData: trace, store.WaveformData: wave}, nil
}

// learnt computes the person's insights at once, after a scan was added or erased. An error is only logged,
// because the scan is stored, and the next request for the insights computes them. insights is what was read for a new scan.
func (s *Service) learnt(ctx context.Context, sc blush.Scan, insights *insight.ScanInsights) {
	if err := s.insights.RefreshWith(context.WithoutCancel(ctx), sc.UserID, insights); err != nil && blush.KindOf(err) != blush.NotFound {
		s.cfg.Log.Warn("compute insights after a scan", "scan", sc.ID, "error", err)
	}
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
