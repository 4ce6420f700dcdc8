package scan

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/rppg"
)

// Submitted is a scan that was submitted, or the one that was stored under its id before.
type Submitted struct {
	blush.Scan
	// Insights are those of the person at a newly created scan; nil for other scans, and for callers who may not know it.
	Insights *insight.ScanInsights
}

// incoming is a submitted recording before any work is done on it.
type incoming struct {
	scanID, timezone string
	atRest           *bool
	source           string
	costly           bool
	trace            func() (*rppg.Trace, error)
	compact          []byte // the trace in the compact form, as it was sent; nil for none
}

// storeTime is how long a scan that was analysed may take to be stored.
const storeTime = 30 * time.Second

// SubmitTrace analyses a trace within the call. A trace without a scan id gets
// one. The same id with the same content returns the stored scan, and created is
// false. With other content the error is Unprocessed (422).
func (s *Service) SubmitTrace(ctx context.Context, c blush.Caller, ref blush.UserRef, tr *rppg.Trace) (sc Submitted, created bool, err error) {
	return s.submit(ctx, c, ref, incoming{scanID: tr.ScanID, timezone: tr.Timezone, atRest: tr.AtRest, source: source(c), costly: Costly(tr),
		trace: func() (*rppg.Trace, error) { return tr, nil }})
}

// SubmitCompact is SubmitTrace for a trace in the compact form. The trace waits in the lane reading for its turn to be parsed. If its head
// says that it is costly, it is parsed in the lane of costly traces instead, once nothing can refuse it any more. scanID is used if the
// trace has none.
func (s *Service) SubmitCompact(ctx context.Context, c blush.Caller, ref blush.UserRef, b []byte, scanID string, reading *Lane) (sc Submitted, created bool, err error) {
	head, err := rppg.ReadCompactHead(b)
	if err != nil {
		return Submitted{}, false, err
	}
	in := incoming{scanID: cmp.Or(head.ScanID, scanID), timezone: head.Timezone, atRest: head.AtRest, source: source(c), costly: true, compact: b}
	in.trace = func() (*rppg.Trace, error) { return rppg.ParseTraceCompact(bytes.NewReader(b)) }
	if !costlyToRead(head) {
		leave, err := reading.Enter(ctx, c.CustomerID, "")
		if err != nil {
			return Submitted{}, false, err
		}
		defer leave()
		tr, err := in.trace()
		if err != nil {
			return Submitted{}, false, err
		}
		if in.costly = Costly(tr); in.costly {
			leave() // it waits for others of its kind, and nobody for it
		}
		in.trace = func() (*rppg.Trace, error) { return tr, nil }
	}
	return s.submit(ctx, c, ref, in)
}

// submit analyses a recording. It checks the quotas and the lanes first, so that a refused recording costs no work.
func (s *Service) submit(ctx context.Context, c blush.Caller, ref blush.UserRef, in incoming) (Submitted, bool, error) {
	u, err := s.accept(ctx, c, ref)
	if err != nil {
		return Submitted{}, false, err
	}
	sc, stored, most, err := s.announced(ctx, c, u, in)
	if err != nil {
		return Submitted{}, false, err
	}
	leave, err := s.laneOf(in).Enter(ctx, c.CustomerID, u.ID)
	if err != nil {
		return Submitted{}, false, err
	}
	defer leave()
	tr, err := in.trace()
	if err != nil {
		return Submitted{}, false, err
	}
	sent := *tr
	sent.ScanID, sent.Timezone = sc.ID, sc.Timezone
	kept := sent.Rounded()
	hash := kept.Fingerprint()
	sc.InputHash = hash[:]
	if stored.ID != "" {
		leave()
		return s.sentAgain(ctx, c, stored, sc, &sent)
	}
	packed, err := in.packed(&sent, kept, hash)
	if err != nil {
		return Submitted{}, false, err
	}
	if sc.Bytes = int64(len(packed)); most < sc.Bytes {
		return Submitted{}, false, overQuota(sc.CreatedAt, "This trace has %d bytes; %d are left for today.", sc.Bytes, most)
	}
	data, err := s.analyse(&sc, kept, packed)
	leave()
	if err != nil {
		return Submitted{}, false, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime) // the work is done; it is kept although its sender may be gone
	defer cancel()
	// Before the first write, which others wait for.
	insights, err := s.insights.NewScanInsights(ctx, c, u, sc)
	if err != nil {
		return Submitted{}, false, err
	}
	stored, created, err := s.create(ctx, c, u, sc, data)
	switch {
	case err != nil:
		return Submitted{}, false, err
	case !created:
		return s.sentAgain(ctx, c, stored, sc, &sent)
	}
	s.learnt(ctx, stored, insights)
	return Submitted{stored, insights}, true, nil
}

// sentAgain answers a trace whose scan is stored already, with an error if the stored trace is another one.
func (s *Service) sentAgain(ctx context.Context, c blush.Caller, stored, sc blush.Scan, sent *rppg.Trace) (Submitted, bool, error) {
	if !bytes.Equal(stored.InputHash, sc.InputHash) && bytes.Equal(stored.InputHash, formerHash(sent)) {
		sc.InputHash = stored.InputHash
	}
	return Submitted{Scan: stored}, false, s.again(ctx, c, stored, sc)
}

// laneOf is the lane in which a trace waits for its analysis.
func (s *Service) laneOf(in incoming) *Lane {
	if in.costly {
		return s.costly
	}
	return s.fast
}

// announced returns the scan as its submission describes it, the stored scan of the same id if there is one,
// and how many bytes a new one may have.
func (s *Service) announced(ctx context.Context, c blush.Caller, u blush.User, in incoming) (sc, stored blush.Scan, most int64, err error) {
	id, err := scanID(in.scanID)
	if err != nil {
		return sc, stored, 0, err
	}
	tz, err := blush.Zone(c, in.timezone)
	if err != nil {
		return sc, stored, 0, err
	}
	sc = blush.Scan{ID: id, UserID: u.ID, CreatedAt: s.cfg.Now(), Timezone: tz, AtRest: in.atRest, Source: in.source}
	if in.scanID != "" { // a retry is answered without a second analysis
		if stored, err = s.store.Scan(ctx, id); err != nil && blush.KindOf(err) != blush.NotFound {
			return sc, stored, 0, err
		}
	}
	most = math.MaxInt64
	if stored.ID != "" {
		return sc, stored, most, nil
	}
	most, err = s.within(ctx, u, sc.CreatedAt, most)
	return sc, stored, most, err
}

// packed returns the compact form of kept, the rounded trace. If the sender's compact form has the same content, it is used again.
func (in incoming) packed(sent, kept *rppg.Trace, hash [sha256.Size]byte) ([]byte, error) {
	if in.compact != nil && sent.Fingerprint() == hash {
		return rppg.RenameCompact(in.compact, kept.ScanID, kept.Timezone)
	}
	return pack(kept)
}

// pack returns a rounded trace in the compact form, in which it is stored.
func pack(tr *rppg.Trace) ([]byte, error) {
	var b bytes.Buffer
	if err := rppg.WriteTraceCompact(&b, tr); err != nil {
		return nil, fmt.Errorf("trace of scan %s: %w", tr.ScanID, err)
	}
	return b.Bytes(), nil
}

// formerHash is the hash by which earlier versions recognised a trace: that of its JSON before rounding. A device may send again
// what such a version has stored.
func formerHash(tr *rppg.Trace) []byte {
	text, err := json.Marshal(tr)
	if err != nil {
		return nil
	}
	hash := sha256.Sum256(text)
	return hash[:]
}
