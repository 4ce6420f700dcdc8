package engine

import (
	"math"
	"slices"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

func TestChanges(t *testing.T) {
	for _, c := range []struct {
		what       string
		bpm        float64
		change     float64 // amplitude, as a share of the mean
		slow, fast float64
	}{
		{"breathing", 18, 0.01, 0.01 / math.Sqrt2, 0},
		{"a pulse", 72, 0.01, 0, 0.01 / math.Sqrt2},
		{"light that drifts", 2, 0.01, 0, 0},
		{"nothing", 18, 0, 0, 0},
	} {
		for _, seconds := range []int{12, 30, 31, 44, 60, 100} {
			x := make([]float64, seconds*rate)
			for i := range x {
				x[i] = 140 * (1 + c.change*math.Sin(2*math.Pi*c.bpm/60*float64(i)/rate))
			}
			if slow, fast := changes(x); math.Abs(slow-c.slow) > 0.0002 || math.Abs(fast-c.fast) > 0.0002 {
				t.Errorf("%s for %d s: %.5f and %.5f, want %.5f and %.5f", c.what, seconds, slow, fast, c.slow, c.fast)
			}
		}
	}
	for _, x := range [][]float64{nil, make([]float64, 300)} {
		if slow, fast := changes(x); slow != 0 || fast != 0 {
			t.Errorf("no colour changes by %g and %g", slow, fast)
		}
	}
}

// A picture before a camera has noise, and its detector slides the regions over it. In enough scans noise draws a clear rate. But
// a picture doesn't breathe: its colour doesn't change slowly, in any patch or in all as one. Each living face's does, however still it holds.
func TestPicturesDoNotBreathe(t *testing.T) {
	slow := func(tr *rppg.Trace) (*Result, float64) {
		r := Analyze(tr, Options{})
		return r, r.Features.SlowChange / leastSlowChange(r.Capture.DurationS)
	}
	var still []float64
	// The first six got a rate from noise alone.
	for i, c := range []struct {
		name string
		seed uint64
	}{{"virtual", 56}, {"virtual", 106}, {"still_noisy", 55}, {"still_noisy", 83}, {"still_noisy", 136}, {"virtual", 619},
		{"still_noisy", 1}, {"still_noisy", 2}, {"virtual", 3}, {"virtual", 4}, {"still_noisy", 5}, {"virtual", 6}} {
		for _, seconds := range []float64{12, 30, 60} {
			tr, _ := simulate.NoPulseScene(c.name, c.seed, seconds).Trace()
			for _, tr := range []*rppg.Trace{tr, simulate.JoinRegions(tr)} {
				r, v := slow(tr)
				if e, _ := r.Find(biomarker.HeartRate); i < 6 && e.Value != nil {
					t.Errorf("%s %d, %g s, %d regions: %.1f bpm with confidence %.3f", c.name, c.seed, seconds, len(tr.Regions), *e.Value, e.Confidence)
				}
				still = append(still, v)
			}
		}
	}
	slices.Sort(still)
	if nine := still[len(still)*9/10]; nine > 1 {
		t.Errorf("one in ten pictures changes slowly by more than %.2f of what a face does at least", nine)
	}
	for seed := range uint64(12) {
		for _, seconds := range []float64{12, 30} {
			for name, s := range map[string]simulate.Scene{"ideal": simulate.Scenario("ideal", false, seed, seconds), "dark": simulate.Scenario("dark", true, seed, seconds)} {
				tr, _ := s.Trace()
				if _, v := slow(tr); v < 2 {
					t.Errorf("%s %d, %g s: a living face changes slowly by only %.2f of the least", name, seed, seconds, v)
				}
			}
		}
	}
}
