package scan_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/sandbox"
	"blush.example/blush/internal/scan"
	"blush.example/blush/rppg"
)

// A submission that a quota or a lane refuses is refused before it costs time: it is not rounded, packed, hashed or generated.
func TestRefusedSubmissionsCostNothing(t *testing.T) {
	w, ctx := sqlite(t), t.Context()
	long := &rppg.Trace{Version: 1, Site: rppg.Face} // small on the wire, and seconds to analyse
	for i := range 599 * 30 {
		long.TimeMS = append(long.TimeMS, float64(i)*100/3)
	}
	flat := make([]float64, len(long.TimeMS))
	for k := range 60 {
		long.Regions = append(long.Regions, rppg.Region{Name: fmt.Sprint(k), R: flat, G: flat, B: flat})
	}
	if !scan.Costly(long) {
		t.Fatal("the trace isn't costly: this test would prove nothing")
	}
	var compact bytes.Buffer
	if err := rppg.WriteTraceCompact(&compact, long.Rounded()); err != nil {
		t.Fatal(err)
	}
	reading := scan.NewLane(scan.LaneRules{Inside: 1})
	submissions := map[string]func(s *scan.Service) error{
		"trace": func(s *scan.Service) error { _, _, err := s.SubmitTrace(ctx, w.dev, ref(w.alice), long); return err },
		"compact": func(s *scan.Service) error {
			_, _, err := s.SubmitCompact(ctx, w.dev, ref(w.alice), compact.Bytes(), "", reading)
			return err
		},
		"synthetic": func(s *scan.Service) error {
			_, _, err := s.SubmitSynthetic(ctx, w.dev, ref(w.alice), scan.Synthetic{Order: sandbox.Order{DurationS: 120}})
			return err
		},
	}
	refused := func(name string, s *scan.Service, want blush.Kind) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := submissions[name](s)
		runtime.ReadMemStats(&after)
		wantKind(t, err, want)
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 1<<20 {
			t.Errorf("%s: a refused submission used %d KiB", name, spent>>10)
		}
	}
	of := func(cfg scan.Config) *scan.Service {
		cfg.TempDir = w.temp
		return scan.New(w.store, w.accounts, insight.New(w.store, w.accounts, time.Now), secrets, cfg)
	}
	if _, _, err := w.SubmitTrace(ctx, w.dev, ref(w.alice), aTrace(1, 10)); err != nil {
		t.Fatal(err)
	}
	for name := range submissions {
		refused(name, of(scan.Config{Quotas: scan.Quotas{UserScans: 1}}), blush.TooMany)
		refused(name, of(scan.Config{Quotas: scan.Quotas{CustomerBytes: 1}}), blush.TooMany)
		full := of(scan.Config{})
		full.Fill(t)
		refused(name, full, blush.Unavailable)
	}
}
