package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/simulate"
)

func TestSteadiness(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	wave := func(seconds, wander, noise float64) []float64 {
		x := make([]float64, int(seconds*rate))
		for i := range x {
			at := float64(i) / rate
			x[i] = math.Sin(2*math.Pi*(1.23*at+wander*math.Sin(2*math.Pi*0.1*at))) + noise*r.NormFloat64()
		}
		return x
	}
	for _, c := range []struct {
		what                   string
		seconds, wander, noise float64
		least, most            float64
	}{
		{"a machine, off the frequency asked for", 30, 0, 0, 0.99, 1},
		{"the same for a minute", 60, 0, 0, 0.97, 1},
		{"a machine in noise", 30, 0, 0.5, 0.9, 0.999},
		{"a heart 60 ms early and late in turn", 30, 0.075, 0, 0.8, 0.95},
		{"one 200 ms early and late", 30, 0.25, 0, 0.1, 0.5},
		{"eighteen seconds", 18, 0, 0, 0.96, 1},
		{"too short to tell", 17.9, 0, 0, 0, 0},
	} {
		if got := steadiness(wave(c.seconds, c.wander, c.noise), 1.2); !(got >= c.least && got <= c.most) {
			t.Errorf("%s: %.4f, want %g to %g", c.what, got, c.least, c.most)
		}
	}
	if got := steadiness(make([]float64, 450), 1.2); got != 0 {
		t.Errorf("nothing: %v", got)
	}
}

// A lamp that the wall hardly shows changes all patches as one and keeps one rate. Hearts much steadier than
// people's are read before an overexposed wall, all but one, and before any other wall even if their patches all pulse alike.
func TestLampsThatTheWallHardlyShows(t *testing.T) {
	given := func(s simulate.Scene) bool {
		tr, _ := s.Trace()
		hr, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate)
		return hr.Value != nil
	}
	var lamps, calm, alike int
	for seed := range uint64(12) {
		if given(simulate.NoPulseScene([]string{"lamp_overexposed", "lamp_faint"}[seed%4/3], 300+seed, 20)) {
			lamps++
		}
		heart := simulate.Scenario("ideal", false, 300+seed, 20)
		heart.Rhythm.SDNN = 0.012
		if given(heart) {
			alike++
		}
		heart = simulate.Real("webcam", 300+seed, 20)
		heart.Rhythm.SDNN, heart.Wall = 0.012, 3
		if given(heart) {
			calm++
		}
	}
	if lamps > 4 || calm < 11 || alike < 12 {
		t.Errorf("a rate is given to %d of 12 lamps, want at most 4; to %d of 12 calm hearts before an overexposed wall; to %d of 12 whose patches are alike", lamps, calm, alike)
	}
}
