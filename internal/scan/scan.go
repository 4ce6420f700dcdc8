// Package scan takes in what a camera saw, as traces or as a video, runs the
// engine on it and keeps the result.
package scan

import (
	"context"
	"io"
	"log/slog"
	"time"

	"blush/internal/account"
	"blush/internal/blush"
	"blush/internal/store"
	"blush/rppg"
)

// Config says how scans are taken in. Zero values mean the defaults.
type Config struct {
	Now func() time.Time
	Log *slog.Logger
	// TempDir is where a video lies in the clear while it is analysed.
	TempDir string
	// MaxVideoBytes bounds an uploaded video; default 256 MiB.
	MaxVideoBytes int64
	// JobTimeout bounds the analysis of one video; default 5 minutes.
	JobTimeout time.Duration
	// TraceWorkers bounds how many traces are analysed at once; default GOMAXPROCS.
	TraceWorkers int
	// VideoWorkers bounds how many videos this process analyses at once; default 1.
	VideoWorkers int
}

// Service takes in scans and gives their results.
type Service struct {
	store    *store.Store
	accounts *account.Service
	secrets  *account.Secrets
	cfg      Config
}

// New makes the service. Videos are analysed from [Service.Start] on.
func New(st *store.Store, accounts *account.Service, secrets *account.Secrets, cfg Config) *Service {
	return &Service{store: st, accounts: accounts, secrets: secrets, cfg: cfg}
}

// Start begins to work on videos in the background, those that an earlier
// process left behind included, until ctx ends or Stop is called.
func (s *Service) Start(ctx context.Context) error { return todo }

// Stop waits for running analyses until ctx ends, then breaks them off; they run again at the next Start.
func (s *Service) Stop(ctx context.Context) error { return todo }

// VideoUpload describes a video that is being submitted.
type VideoUpload struct {
	// ScanID is minted by the sender, a UUID with or without dashes, or empty.
	ScanID   string
	Filename string // only its extension is kept
	Timezone string // IANA name; empty means UTC
	AtRest   *bool
}

// Synthetic describes a scan made without a camera.
type Synthetic struct {
	ScanID    string
	Timezone  string
	AtRest    *bool
	Seed      uint64
	DurationS float64 // 10..120 s; 0 means 60
	HeartRate float64 // bpm, 40..180; 0 means one drawn from the seed
}

// SubmitTrace analyses a trace within the call. A trace without a scan id gets
// one. The same id with the same content gives the stored scan and created is
// false; with other content it is Unprocessed (422).
func (s *Service) SubmitTrace(ctx context.Context, c blush.Caller, ref blush.UserRef, tr *rppg.Trace) (sc blush.Scan, created bool, err error) {
	return blush.Scan{}, false, todo
}

// SubmitVideo stores a video, sealed, and leaves its analysis to the background: the scan is Processing.
func (s *Service) SubmitVideo(ctx context.Context, c blush.Caller, ref blush.UserRef, up VideoUpload, video io.Reader) (sc blush.Scan, created bool, err error) {
	return blush.Scan{}, false, todo
}

// SubmitSynthetic makes a scan from a simulated face. It needs a DEV key.
func (s *Service) SubmitSynthetic(ctx context.Context, c blush.Caller, ref blush.UserRef, syn Synthetic) (sc blush.Scan, created bool, err error) {
	return blush.Scan{}, false, todo
}

// Get returns a scan; while it is Processing it waits for at most wait (up to MaxWait).
func (s *Service) Get(ctx context.Context, c blush.Caller, id string, wait time.Duration) (blush.Scan, error) {
	return blush.Scan{}, todo
}

// List returns a user's scans, the newest first.
func (s *Service) List(ctx context.Context, c blush.Caller, ref blush.UserRef, p blush.Page) (blush.List[blush.Scan], error) {
	return blush.List[blush.Scan]{}, todo
}

// Waveform returns the waves behind a scan's result; NotFound while there is none.
func (s *Service) Waveform(ctx context.Context, c blush.Caller, id string) (Waveform, error) {
	return Waveform{}, todo
}

// Delete erases a scan, its trace and its video.
func (s *Service) Delete(ctx context.Context, c blush.Caller, id string) error { return todo }

var todo = blush.E(blush.Unavailable, "not there yet")
