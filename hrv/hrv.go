// Package hrv turns inter-beat intervals (IBI) into measures of their
// variability: artefacts are corrected first ([Correct]), the timing noise of a
// camera is taken out ([Measure], [Sidebands]), and what remains is read as
// SDNN, RMSSD, a stress index, a balance and a resonance score. Strictly it is
// pulse rate variability: the pulse reaches the face a varying moment after the
// heart beats. Intervals are in seconds, variabilities in milliseconds. Every
// function is pure and total.
package hrv

import (
	"math"

	"blush.example/blush/dsp"
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
	return 1000 * math.Sqrt(variance(ibi))
}

// RMSSD returns the root mean square of successive differences in ms, 0 for
// fewer than two intervals. Task Force 1996.
func RMSSD(ibi []float64) float64 {
	if len(ibi) < 2 {
		return 0
	}
	return 1000 * math.Sqrt(meanSquare(diff(ibi)))
}

// Poincare returns SD1 and SD2 in ms, the axes of the ellipse of each interval
// against the one before, from SDNN and RMSSD in ms: SD1² = RMSSD²/2,
// SD2² = 2 SDNN² - SD1². Brennan, Palaniswami & Kamen, IEEE TBME 2001;48:1342.
func Poincare(sdnn, rmssd float64) (sd1, sd2 float64) {
	sd1 = rmssd / math.Sqrt2
	return sd1, math.Sqrt(max(0, 2*sdnn*sdnn-sd1*sd1))
}

// leapAt is a distance of an interval from the middle of its neighbours, as a share of the mean interval, that a
// regular rhythm rarely exceeds; ours. Random intervals exceed it as often as successive ones differ by more than
// 15 %.
const leapAt = 0.13

// IrregularShare returns the share, 0..1, of intervals (s) that lie more than 13 % of their mean from the middle of their
// two neighbours. In a heart without a steady rate it is about half. Even the liveliest breathing causes few,
// because it changes the intervals smoothly. It is 0 for fewer than eight intervals.
func IrregularShare(ibi []float64) float64 {
	ibi = finite(ibi)
	if len(ibi) < 8 {
		return 0
	}
	limit, n := leapAt*dsp.Mean(ibi), 0
	for i := 1; i+1 < len(ibi); i++ {
		if math.Abs(ibi[i]-(ibi[i-1]+ibi[i+1])/2) > limit {
			n++
		}
	}
	return float64(n) / float64(len(ibi)-2)
}
