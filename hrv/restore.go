package hrv

import (
	"math"

	"blush/dsp"
)

// mostRestored bounds the factor by which breathing's part of a rhythm is raised.
const mostRestored = 3

// breathBand is half the width in Hz of breathing's part of a rhythm.
const breathBand = 0.05

// Restore gives intervals (s) back what the filter that found the beats took
// from breathing's part of their rhythm: beats found in a narrow band follow
// slow changes fully, those within few beats hardly. breathHz is the known rate of
// breathing, gain what the filter leaves of a change of so many cycles a beat.
// The intervals around that rate are raised by 1/gain, at most threefold.
// Without a usable rate the intervals are returned as they are.
func Restore(ibi []float64, breathHz float64, gain func(cyclesPerBeat float64) float64) []float64 {
	out := append([]float64(nil), ibi...)
	y, ok := evenly(ibi)
	if !ok || !(breathHz > breathBand+0.01) || breathHz > 1 {
		return out
	}
	raise := min(1/gain(breathHz*dsp.Mean(ibi)), mostRestored) - 1
	if !(raise > 0) {
		return out
	}
	y = dsp.Butter2Bandpass(breathHz-breathBand, breathHz+breathBand, resonanceRate).FiltFiltPad(y, 60)
	s := dsp.NewSpline(y)
	at := 0.0
	for i, v := range ibi {
		if m := (at + (v-ibi[0])/2) * resonanceRate; !math.IsNaN(m) {
			out[i] = max(v+raise*s.At(m), MinIBI/2)
		}
		at += v
	}
	return out
}
