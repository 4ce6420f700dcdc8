package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/rppg"
)

// steadyHeart is a face of a minute whose heart beats at about bpm.
func steadyHeart(seed uint64, bpm, seconds float64) train {
	r := rand.New(rand.NewPCG(seed, 9))
	return train{seconds: seconds, seed: seed, noise: 0.1, beats: from(seconds, func(_ int, t float64) float64 {
		return 60/bpm + 0.02*math.Sin(2*math.Pi*0.22*t) + 0.005*r.NormFloat64()
	})}
}

// Where a file declares a constant rate although frames were dropped, the interval contains the true rate, 2 %
// below the value.
func TestADeclaredRateMayHideDroppedFrames(t *testing.T) {
	for seed := range uint64(3) {
		w := steadyHeart(seed, 72, 30)
		_, truth := w.truth()
		tr := w.trace()
		for i := range tr.TimeMS {
			tr.TimeMS[i] *= 1 - 0.017
		}
		tr.Device.Timing = rppg.TimingNominal
		e, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate)
		if e.Value == nil || truth < e.Interval[0] || truth > e.Interval[1] {
			t.Errorf("seed %d: %v, truth %.1f", seed, e.Interval, truth)
		}
	}
}

// Each jump of a clock, ahead or back, while the camera continues, adds an error of part of a beat.
func TestAClockThatJumpsWidensTheInterval(t *testing.T) {
	held, given := 0, 0
	var plain, jumped float64
	for seed := range uint64(12) {
		w := steadyHeart(seed, 55+3*float64(seed), 30)
		_, truth := w.truth()
		r := rand.New(rand.NewPCG(seed, 10))
		tr := w.trace()
		if e, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate); e.Value != nil {
			plain += e.Interval[1] - e.Interval[0]
		}
		for range 2 {
			at := 5000 + 20000*r.Float64()
			by := 300 + 1000*r.Float64()
			if seed%2 == 1 {
				by = -by
			}
			for i := range tr.TimeMS {
				if tr.TimeMS[i] > at {
					tr.TimeMS[i] += by
				}
			}
		}
		e, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate)
		if e.Value == nil {
			continue
		}
		given++
		jumped += e.Interval[1] - e.Interval[0]
		if truth >= e.Interval[0] && truth <= e.Interval[1] {
			held++
		}
	}
	if given < 8 || held < given-1 || !(jumped > 2*plain*float64(given)/12) {
		t.Errorf("of %d rates the intervals of %d hold the truth; they are %.1f bpm wide, %.1f without jumps", given, held, jumped/float64(given), plain/12)
	}
}
