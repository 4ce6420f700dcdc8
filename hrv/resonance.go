package hrv

import (
	"math"

	"blush.example/blush/dsp"
)

// The resonance spectrum.
const (
	resonanceRate = 4.0 // Hz, of the evenly sampled intervals
	resonanceStep = 0.001
	peakLow       = 0.04 // Hz, where the peak may lie
	peakHigh      = 0.26
	allLow        = 0.0033 // Hz, the power that the peak is compared with
	allHigh       = 0.4
)

// Resonance scores, 0 to 100 points, how nearly the heart's rhythm is one slow smooth wave, as it becomes when a
// person breathes about six times a minute. R is the share of the spectrum of the intervals (ibi in s) around its
// largest peak between 0.04 and 0.26 Hz, and
//
//	score = 100 clip((R - r0)/(r1 - r0)) g(peak)
//
// with r0, r1 = 0.30, 0.75 for a recording of 60 s and more, 0.55, 0.85 for one of 30 s and less, whose score is
// provisional, and interpolated in between; g is 1 from 0.075 to 0.12 Hz and falls to 0 at 0.05 and 0.17 Hz. ok is
// false for under 25 s of intervals. The idea is that of heart rhythm coherence (McCraty & Zayas, Front Psychol
// 2014;5:1090). Its exact formula is unpublished. This one is ours; its constants come from simulated breathing.
func Resonance(ibi []float64, durationS float64) (score, peakHz float64, ok bool) {
	y, ok := evenly(ibi)
	if !ok || !(durationS > 0) {
		return 0, 0, false
	}
	w := dsp.Hann(len(y))
	for i := range y {
		y[i] *= w[i]
	}
	half := max(0.015, resonanceRate/float64(len(y)))
	var p []float64
	best := -1
	for i := 0; ; i++ {
		f := allLow + resonanceStep*float64(i)
		if f > allHigh {
			break
		}
		p = append(p, dsp.PowerAt(y, f/resonanceRate))
		if f >= peakLow && f <= peakHigh && (best < 0 || p[i] > p[best]) {
			best = i
		}
	}
	peakHz = allLow + resonanceStep*float64(best)
	var around, all float64
	for i, v := range p {
		all += v
		if math.Abs(resonanceStep*float64(i-best)) <= half {
			around += v
		}
	}
	if !(all > 0) {
		return 0, 0, false
	}
	long := min(max((durationS-30)/30, 0), 1)
	r0, r1 := 0.55-0.25*long, 0.85-0.10*long
	share := min(max((around/all-r0)/(r1-r0), 0), 1)
	return 100 * share * slowness(peakHz), peakHz, true
}

// slowness returns g of [Resonance] at f in Hz.
func slowness(f float64) float64 {
	switch {
	case f < 0.075:
		return max(0, (f-0.05)/(0.075-0.05))
	case f > 0.12:
		return max(0, (0.17-f)/(0.17-0.12))
	}
	return 1
}

// evenly resamples intervals at resonanceRate and removes their linear trend. It returns false for under 25 s of
// intervals.
func evenly(ibi []float64) ([]float64, bool) {
	t := make([]float64, len(ibi))
	end := 0.0
	for i, v := range ibi {
		if !(v > 0) {
			return nil, false
		}
		t[i] = end + v/2
		end += v
	}
	if !(end >= 25) || end > 24*60*60 || len(ibi) < 8 {
		return nil, false
	}
	grid := make([]float64, int((t[len(t)-1]-t[0])*resonanceRate)+1)
	for i := range grid {
		grid[i] = t[0] + float64(i)/resonanceRate
	}
	y := dsp.PCHIP(t, ibi, grid)
	var sxy, sxx float64
	m, mid := dsp.Mean(y), float64(len(y)-1)/2
	for i, v := range y {
		x := float64(i) - mid
		sxy += x * (v - m)
		sxx += x * x
	}
	for i := range y {
		y[i] -= m + sxy/sxx*(float64(i)-mid)
	}
	return y, true
}
