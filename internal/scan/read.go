package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

const (
	// MaxWait is the longest that Get waits for a result.
	MaxWait = time.Minute
	// pollInterval is how often a waiting Get checks whether another process has stored the result.
	pollInterval = 500 * time.Millisecond
)

// Get returns a scan. If it is Processing, Get waits for the result, at most for wait (up to MaxWait).
func (s *Service) Get(ctx context.Context, c blush.Caller, id string, wait time.Duration) (blush.Scan, error) {
	sc, err := s.visible(ctx, c, id)
	if err != nil {
		return blush.Scan{}, err
	}
	if err := s.store.Audit(ctx, s.accounts.Audit(c, blush.ScanRead, sc.UserID, sc.ID)); err != nil {
		return blush.Scan{}, err
	}
	if sc.Status != blush.Processing || wait <= 0 {
		return sc, nil
	}
	done, leave := s.finished.listen(sc.ID)
	defer leave()
	end := time.NewTimer(min(wait, MaxWait))
	defer end.Stop()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for ended := false; ; {
		if sc, err = s.visible(ctx, c, id); err != nil || sc.Status != blush.Processing || ended {
			return sc, err
		}
		select {
		case <-done:
		case <-poll.C:
		case <-end.C: // the result may have come with it
			ended = true
		case <-ctx.Done():
			return blush.Scan{}, ctx.Err()
		}
	}
}

// visible finds a scan that the caller may read. A scan of another customer or environment
// is NotFound. For a token, so is a scan of another user, and for a scan page's token, one
// from before the page was opened.
func (s *Service) visible(ctx context.Context, c blush.Caller, id string) (blush.Scan, error) {
	parsed, err := blush.CheckID(id, "face_scan_id")
	if err != nil {
		return blush.Scan{}, err
	}
	sc, err := s.store.ScanOf(ctx, c.CustomerID, c.Environment, parsed)
	if err != nil {
		return blush.Scan{}, err
	}
	if !c.Sees(sc) {
		return blush.Scan{}, blush.E(blush.NotFound, "Face scan not found.")
	}
	return sc, nil
}

// List returns a user's scans, the newest first.
func (s *Service) List(ctx context.Context, c blush.Caller, ref blush.UserRef, p blush.Page) (blush.List[blush.Scan], error) {
	var none blush.List[blush.Scan]
	p, err := p.Check()
	if err != nil {
		return none, err
	}
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return none, err
	}
	after := store.Newest
	if p.StartingAfter != "" {
		last, err := s.store.ScanOf(ctx, c.CustomerID, c.Environment, p.StartingAfter)
		if blush.KindOf(err) == blush.NotFound || err == nil && last.UserID != u.ID {
			return none, blush.Field("starting_after must be the id of a scan of this user.", "value_error", "starting_after")
		}
		if err != nil {
			return none, err
		}
		after = store.Cursor{At: last.CreatedAt, ID: last.ID}
	}
	l, err := s.store.Scans(ctx, u.ID, after, p.Limit)
	if err != nil {
		return none, err
	}
	return l, s.store.Audit(ctx, s.accounts.Audit(c, blush.ScanList, u.ID, ""))
}

// Waveform returns the waves behind a scan's result. The error is NotFound while there is no result.
func (s *Service) Waveform(ctx context.Context, c blush.Caller, id string) (Waveform, error) {
	sc, err := s.visible(ctx, c, id)
	if err != nil {
		return Waveform{}, err
	}
	if sc.Status != blush.Done {
		return Waveform{}, blush.E(blush.NotFound, "This face scan has no result, its status is %s.", sc.Status)
	}
	w, err := s.waves(ctx, sc)
	if err != nil {
		return Waveform{}, err
	}
	return *w, s.store.Audit(ctx, s.accounts.Audit(c, blush.ScanReadWaveform, sc.UserID, sc.ID))
}

// waves reads the waves of a scan with a result.
func (s *Service) waves(ctx context.Context, sc blush.Scan) (*Waveform, error) {
	data, err := s.store.ScanData(ctx, sc.ID, store.WaveformData)
	if err != nil {
		return nil, err
	}
	var w Waveform
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("stored waves of scan %s: %w", sc.ID, err)
	}
	return &w, nil
}

// Report returns an analysed scan, with the waves behind its result. A failed scan has none, nor has a scan whose waves
// are not stored, e.g. of a made-up history. The error is NotFound while the scan is being analysed.
func (s *Service) Report(ctx context.Context, c blush.Caller, id string) (blush.Scan, *Waveform, error) {
	sc, err := s.visible(ctx, c, id)
	if err != nil {
		return blush.Scan{}, nil, err
	}
	if sc.Status == blush.Processing {
		return blush.Scan{}, nil, blush.E(blush.NotFound, "This face scan is still being analysed. Its report is there when it is done.")
	}
	var w *Waveform
	if sc.Status == blush.Done {
		if w, err = s.waves(ctx, sc); err != nil && blush.KindOf(err) != blush.NotFound {
			return blush.Scan{}, nil, err
		}
	}
	return sc, w, s.store.Audit(ctx, s.accounts.Audit(c, blush.ReportRead, sc.UserID, sc.ID))
}

// notifier tells the waiting requests of this process that a scan is finished. Its zero value is ready to use.
type notifier struct {
	mu      sync.Mutex
	waiting map[string]*subscription
}

type subscription struct {
	done    chan struct{}
	waiters int
}

// listen returns a channel that is closed when the scan is finished. The caller must call leave.
func (n *notifier) listen(id string) (done <-chan struct{}, leave func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.waiting == nil {
		n.waiting = map[string]*subscription{}
	}
	r := n.waiting[id]
	if r == nil {
		r = &subscription{done: make(chan struct{})}
		n.waiting[id] = r
	}
	r.waiters++
	return r.done, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if r.waiters--; r.waiters == 0 && n.waiting[id] == r {
			delete(n.waiting, id)
		}
	}
}

func (n *notifier) notify(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if r := n.waiting[id]; r != nil {
		close(r.done)
		delete(n.waiting, id)
	}
}
