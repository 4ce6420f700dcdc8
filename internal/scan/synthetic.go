package scan

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/sandbox"
	"blush.example/blush/rppg"
)

// synthetic is the source of a scan that was made to order.
const synthetic = "synthetic"

// Synthetic describes a scan made without a camera.
type Synthetic struct {
	ScanID   string
	Timezone string
	AtRest   *bool
	// Order describes the recording. A Seed of 0 is made from the scan's id, a DurationS of 0 means 60.
	sandbox.Order
	// Failure makes a video that cannot be decoded. It is analysed after AfterS seconds. Until then the scan is Processing.
	Failure bool
	AfterS  float64
}

// The bounds of what can be ordered.
const (
	leastDurationS, mostDurationS = 10, 120 // s
	slowest, fastest              = 40, 180 // bpm
	mostAfterS                    = 3600
)

// check returns an error that names an invalid field.
func (syn Synthetic) check() error {
	wrong := func(field, format string, args ...any) error {
		return blush.Field(fmt.Sprintf(format, args...), "value_error", "synthetic", field)
	}
	bound := func(field string, v, lo, hi float64) error {
		if v == 0 || v >= lo && v <= hi {
			return nil
		}
		return wrong(field, "%s must be %g to %g.", field, lo, hi)
	}
	if err := errors.Join(bound("duration_s", syn.DurationS, leastDurationS, mostDurationS), bound("heart_rate", syn.HeartRate, slowest, fastest),
		bound("after_s", syn.AfterS, 0, mostAfterS)); err != nil {
		return err
	}
	_, known := sandbox.FindPersona(syn.Persona)
	switch {
	case syn.Failure && (syn.Reason != "" || syn.Quality != "" || syn.Persona != "" || syn.HeartRate != 0 || syn.DurationS != 0):
		return wrong("failure", "A failure has no recording: leave out reason, quality, persona, heart_rate and duration_s.")
	case !syn.Failure && syn.AfterS != 0:
		return wrong("after_s", "after_s is for a failure; other scans are analysed within the request.")
	case syn.Quality != "" && !slices.Contains(blush.Qualities, syn.Quality):
		return wrong("quality", "quality must be one of %s.", strings.Join(blush.Qualities, ", "))
	case syn.Reason != "" && syn.Reason == biomarker.NotMeasured:
		return wrong("reason", "No recording is refused for not_measured: only the blood pressures have that reason, in every scan.")
	case syn.Reason != "" && !slices.Contains(sandbox.Reasons, syn.Reason):
		return wrong("reason", "reason must be one of %s.", join(sandbox.Reasons))
	case syn.Reason != "" && syn.Quality != "":
		return wrong("quality", "A scan that is refused is poor: leave out quality or reason.")
	case syn.Persona != "" && !known:
		return wrong("persona", "persona must be one of %s.", strings.Join(sandbox.PersonaNames(), ", "))
	case syn.Reason == biomarker.TooShort && syn.DurationS != 0:
		return wrong("duration_s", "A recording that is too_short has its own length: leave out duration_s.")
	case syn.Reason == biomarker.OutOfRange && syn.HeartRate != 0:
		return wrong("heart_rate", "A recording that is out_of_range has its own heart rate: leave out heart_rate.")
	}
	return nil
}

func join(reasons []biomarker.Reason) string {
	out := make([]string, len(reasons))
	for i, r := range reasons {
		out[i] = string(r)
	}
	return strings.Join(out, ", ")
}

// SubmitSynthetic makes a scan to order. It needs a DEV key.
func (s *Service) SubmitSynthetic(ctx context.Context, c blush.Caller, ref blush.UserRef, syn Synthetic) (sc Submitted, created bool, err error) {
	if c.Environment != blush.Dev || c.Kind != blush.ByAPIKey {
		return Submitted{}, false, blush.E(blush.Forbidden, "Only a DEV key may make a synthetic scan.")
	}
	if err := syn.check(); err != nil {
		return Submitted{}, false, err
	}
	id, err := scanID(syn.ScanID)
	if err != nil {
		return Submitted{}, false, err
	}
	if syn.Seed == 0 {
		syn.Seed = s.cfg.Seed(id)
	}
	if syn.Failure {
		up := VideoUpload{ScanID: id, Filename: "sandbox.avi", Timezone: syn.Timezone, AtRest: syn.AtRest, synthetic: true}
		if syn.AfterS > 0 {
			up.notBefore = s.cfg.Now().Add(time.Duration(syn.AfterS * float64(time.Second)))
		}
		video, created, err := s.SubmitVideo(ctx, c, ref, up, strings.NewReader(fmt.Sprintf("no video, of seed %d", syn.Seed)))
		return Submitted{Scan: video}, created, err
	}
	if syn.DurationS == 0 {
		syn.DurationS = 60
	}
	costly := syn.Reason != "" || syn.Quality != "" // they take several recordings
	return s.submit(ctx, c, ref, incoming{scanID: id, timezone: syn.Timezone, atRest: syn.AtRest, source: synthetic, costly: costly, trace: func() (*rppg.Trace, error) {
		tr, err := syn.Trace()
		var unmet *sandbox.UnmetError
		if errors.As(err, &unmet) {
			field := "reason"
			if syn.Quality != "" {
				field = "quality"
			}
			return nil, blush.Field("No recording of this seed, rate and length gives that: try another seed or a longer duration_s.", "value_error", "synthetic", field)
		}
		if err != nil {
			return nil, err
		}
		tr.AtRest = syn.AtRest
		return tr, nil
	}})
}

func seedOf(scanID string) uint64 {
	sum := sha256.Sum256([]byte(scanID))
	return binary.BigEndian.Uint64(sum[:])
}
