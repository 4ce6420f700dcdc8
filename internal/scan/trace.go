package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"blush.example/blush/internal/blush"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// Synthetic describes a scan made without a camera.
type Synthetic struct {
	ScanID    string
	Timezone  string
	AtRest    *bool
	Seed      uint64  // 0 means one made from the scan's id
	DurationS float64 // 10..120 s; 0 means 60
	HeartRate float64 // bpm, 40..180; 0 means one made from the seed
}

// SubmitTrace analyses a trace within the call. A trace without a scan id gets
// one. The same id with the same content gives the stored scan and created is
// false; with other content it is Unprocessed (422).
func (s *Service) SubmitTrace(ctx context.Context, c blush.Caller, ref blush.UserRef, tr *rppg.Trace) (sc blush.Scan, created bool, err error) {
	return s.submitTrace(ctx, c, ref, tr, source(c))
}

func (s *Service) submitTrace(ctx context.Context, c blush.Caller, ref blush.UserRef, tr *rppg.Trace, source string) (sc blush.Scan, created bool, err error) {
	u, err := s.accept(ctx, c, ref)
	if err != nil {
		return blush.Scan{}, false, err
	}
	id, err := scanID(tr.ScanID)
	if err != nil {
		return blush.Scan{}, false, err
	}
	tz, err := blush.Zone(c, tr.Timezone)
	if err != nil {
		return blush.Scan{}, false, err
	}
	sent := *tr
	sent.ScanID, sent.Timezone = id, tz
	kept := sent.Rounded()
	packed, err := pack(kept)
	if err != nil {
		return blush.Scan{}, false, err
	}
	hash := kept.Fingerprint()
	sc = blush.Scan{
		ID: id, UserID: u.ID, CreatedAt: s.cfg.Now(), Timezone: tz, AtRest: tr.AtRest, Source: source, InputHash: hash[:], Bytes: int64(len(packed)),
	}
	again := func(stored blush.Scan) error {
		if !bytes.Equal(stored.InputHash, sc.InputHash) && bytes.Equal(stored.InputHash, formerHash(&sent)) {
			sc.InputHash = stored.InputHash
		}
		return s.again(ctx, c, stored, sc)
	}
	if tr.ScanID != "" { // a retry is answered without a second analysis
		switch stored, err := s.store.Scan(ctx, id); blush.KindOf(err) {
		case blush.NotFound:
		case "":
			if err != nil {
				return blush.Scan{}, false, err
			}
			return stored, false, again(stored)
		default:
			return blush.Scan{}, false, err
		}
	}
	if most, err := s.within(ctx, u, sc.CreatedAt, sc.Bytes); err != nil {
		return blush.Scan{}, false, err
	} else if most < sc.Bytes {
		return blush.Scan{}, false, overQuota(sc.CreatedAt, "This trace has %d bytes; %d are left for today.", sc.Bytes, most)
	}
	lane := s.fast
	if Costly(tr) {
		lane = s.costly
	}
	leave, err := lane.Enter(ctx, c.CustomerID, u.ID)
	if err != nil {
		return blush.Scan{}, false, err
	}
	data, err := s.analyse(&sc, kept, packed)
	leave()
	if err != nil {
		return blush.Scan{}, false, err
	}
	stored, created, err := s.create(ctx, c, u, sc, data)
	switch {
	case err != nil:
	case created:
		s.learnt(ctx, stored)
	default:
		err = again(stored)
	}
	return stored, created, err
}

// pack brings a rounded trace into the form that is kept.
func pack(tr *rppg.Trace) ([]byte, error) {
	var b bytes.Buffer
	if err := rppg.WriteTraceCompact(&b, tr); err != nil {
		return nil, fmt.Errorf("trace of scan %s: %w", tr.ScanID, err)
	}
	return b.Bytes(), nil
}

// formerHash is what an earlier version kept of a trace to know it by: the hash of its JSON, not rounded. A device may
// send again what that version has stored.
func formerHash(tr *rppg.Trace) []byte {
	text, err := json.Marshal(tr)
	if err != nil {
		return nil
	}
	hash := sha256.Sum256(text)
	return hash[:]
}

// SubmitSynthetic makes a scan from a simulated face. It needs a DEV key.
func (s *Service) SubmitSynthetic(ctx context.Context, c blush.Caller, ref blush.UserRef, syn Synthetic) (sc blush.Scan, created bool, err error) {
	if c.Environment != blush.Dev || c.Kind != blush.ByAPIKey {
		return blush.Scan{}, false, blush.E(blush.Forbidden, "Only a DEV key may make a synthetic scan.")
	}
	bound := func(field string, v, lo, hi float64) error {
		if v == 0 || v >= lo && v <= hi {
			return nil
		}
		return blush.Field(fmt.Sprintf("%s must be %g to %g.", field, lo, hi), "value_error", field)
	}
	if err := bound("duration_s", syn.DurationS, 10, 120); err != nil {
		return blush.Scan{}, false, err
	}
	if err := bound("heart_rate", syn.HeartRate, 40, 180); err != nil {
		return blush.Scan{}, false, err
	}
	id, err := scanID(syn.ScanID)
	if err != nil {
		return blush.Scan{}, false, err
	}
	if syn.Seed == 0 {
		sum := sha256.Sum256([]byte(id))
		syn.Seed = binary.BigEndian.Uint64(sum[:])
	}
	if syn.DurationS == 0 {
		syn.DurationS = 60
	}
	if syn.HeartRate == 0 {
		syn.HeartRate = 55 + float64(syn.Seed%36)
	}
	scene := simulate.NewScene(syn.Seed, syn.DurationS)
	scene.Rhythm.HeartRate = syn.HeartRate
	tr, _ := scene.Trace()
	tr.ScanID, tr.Timezone, tr.AtRest = id, syn.Timezone, syn.AtRest
	return s.submitTrace(ctx, c, ref, tr, "synthetic")
}
