// Package hrv turns inter-beat intervals (IBI) into measures of their
// variability: artefacts are corrected first ([Correct]), the timing noise of a
// camera is taken out ([CrossHalf]), and what remains is read as
// SDNN, RMSSD, a stress index, a balance and a resonance score. Strictly it is
// pulse rate variability: the pulse reaches the face a varying moment after the
// heart beats. Intervals are in seconds, variabilities in milliseconds. Every
// function is pure and total.
package hrv

import (
	"math"

	"blush/dsp"
)

// Bounds of a plausible interval in seconds: 240 and 35 bpm.
const (
	MinIBI = 0.250
	MaxIBI = 1.714
)

// SDNN returns the standard deviation of the intervals (n-1 in the
// denominator) in ms, 0 for fewer than two. Task Force of the ESC and NASPE, Circulation 1996;93:1043.
func SDNN(ibi []float64) float64 {
	if len(ibi) < 2 {
		return 0
	}
	m := dsp.Mean(ibi)
	s := 0.0
	for _, v := range ibi {
		s += (v - m) * (v - m)
	}
	return 1000 * math.Sqrt(s/float64(len(ibi)-1))
}

// RMSSD returns the root mean square of successive differences in ms, 0 for
// fewer than two intervals. Task Force 1996.
func RMSSD(ibi []float64) float64 {
	if len(ibi) < 2 {
		return 0
	}
	s := 0.0
	for i := 1; i < len(ibi); i++ {
		d := ibi[i] - ibi[i-1]
		s += d * d
	}
	return 1000 * math.Sqrt(s/float64(len(ibi)-1))
}

// Poincare returns SD1 and SD2 in ms, the axes of the ellipse of each interval
// against the one before, from SDNN and RMSSD in ms: SD1² = RMSSD²/2,
// SD2² = 2 SDNN² - SD1². Brennan, Palaniswami & Kamen, IEEE TBME 2001;48:1342.
func Poincare(sdnn, rmssd float64) (sd1, sd2 float64) {
	sd1 = rmssd / math.Sqrt2
	return sd1, math.Sqrt(max(0, 2*sdnn*sdnn-sd1*sd1))
}

// rareAt is the number of robust standard deviations beyond which a successive
// difference is drawn in: of a normal rhythm's, one in four hundred.
const rareAt = 3

// Measure returns SDNN and RMSSD in ms of intervals of which some are set aside
// as NaN: only neighbours that are both known make a difference, and rare
// differences are drawn in to three robust standard deviations, for one beat seen at the
// wrong moment weighs as much as a minute of the heart's own changes. n is the
// number of intervals known; ok is false for fewer than eight, or fewer than seven differences.
func Measure(ibi []float64) (sdnn, rmssd float64, n int, ok bool) {
	known, d := finite(ibi), dsp.Winsorise(finite(diff(ibi)), rareAt)
	if len(known) < 8 || len(d) < 7 {
		return 0, 0, len(known), false
	}
	s := 0.0
	for _, v := range d {
		s += v * v
	}
	return SDNN(known), 1000 * math.Sqrt(s/float64(len(d))), len(known), true
}
