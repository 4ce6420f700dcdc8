package engine

import (
	"math"

	"blush.example/blush/dsp"
	"blush.example/blush/resp"
	"blush.example/blush/rppg"
)

// channelShare is the least purity of a channel's spectrum, as a share of the purest one's, at which the channel
// votes.
const channelShare = 0.5

// lookFinger makes the candidate waves of a window of a fingertip on a lens. Among the channels that are neither
// saturated nor flat, they are the one whose spectrum has the highest peak, and those with a peak at least half as
// high. The light goes through the finger, so there is no skin tone to project on, and a pulse may be of any
// strength.
func (a *Analyzer) lookFinger(s segment) view {
	v := view{waves: make([][]float64, len(fingerMethods)), weights: make([]float64, len(fingerMethods))}
	for r := range s.rgb {
		if share(s.missing[r]) > 0.1 {
			continue
		}
		v.patches++
		if v.patches > 1 {
			continue
		}
		v.colour = s.rgb[r]
		for k, x := range s.rgb[r] {
			if saturated(x) {
				continue
			}
			wave := make([]float64, len(x))
			m := dsp.Mean(x)
			for i, y := range x {
				wave[i] = 1 - y/m
			}
			v.waves[k] = rppg.BandPass(wave, rate)
		}
	}
	best := 0.0
	for k, w := range v.waves {
		if w != nil {
			v.weights[k] = a.voter.purity(w)
			best = max(best, v.weights[k])
		}
	}
	for k := range v.waves {
		if v.weights[k] < channelShare*best {
			v.waves[k], v.weights[k] = nil, 0
		}
	}
	return v
}

// voters is the number of candidates that voted in a window.
func (v view) voters() int {
	n := 0
	for _, w := range v.weights {
		if w > 0 {
			n++
		}
	}
	return n
}

// saturated reports whether a channel of a window says nothing: it is too dark,
// at the upper limit, or doesn't change.
func saturated(x []float64) bool {
	m := dsp.Mean(x)
	return !(m > 2) || m > 253.5 || dsp.SD(x)/m < 1e-5
}

func share(missing []float64) float64 { return dsp.Mean(missing) }

// The difference from a monitor next to the finger. It shows a whole number, within display bpm of the rounded
// value in 90 %. And it shows the rate of the last seconds, some seconds late: 8 s by default in oximeters (2 to
// 16 can be set), and about as many in ECG monitors. In five monitors of Hoffman et al. (npj Digit Med 2022;5:146)
// the mean over a window is nearest to that of the pulse 6 to 10 s before.
const (
	display    = 0.45
	monitorLag = 8.0 // s
)

// monitored returns the difference, in bpm either way, between the rate of a recording of that many seconds and
// the mean that a monitor shows meanwhile. The monitor's mean is that of a stretch that began and ended earlier,
// so the difference grows with the change of the rate. It is the root mean square; the components that it widens
// have the tails. The arrival time of the pulse adds nothing: it varies by some ms, 0.1 % of 10 s.
func (f *findings) monitored(seconds float64) float64 {
	n := min(int(math.Round(monitorLag/stepSeconds)), len(f.track.BPM)/2)
	if n == 0 {
		return display
	}
	var x []float64 // what the monitor would show at each step
	for i := n; i <= len(f.track.BPM); i++ {
		x = append(x, dsp.Mean(f.track.BPM[i-n:i]))
	}
	ends, moved := x[len(x)-1]-x[0], 0.0
	for i := n; i < len(x); i++ {
		moved += (x[i] - x[i-n]) * (x[i] - x[i-n]) / float64(len(x)-n)
	}
	return math.Hypot(display, monitorLag/seconds*math.Sqrt(ends*ends+moved))
}

// breathAverage is the approximate time in s over which a CO2 monitor averages the breathing rate: in three people
// of Hoffman et al. the rate that it shows agrees best with that of a window 35 to 45 s before.
const breathAverage = 60.0

// monitoredBreath returns the difference, in breaths/min either way, between the breathing rate of a recording of
// that many seconds and the rate that a monitor shows meanwhile, which is that of earlier breaths: two means over
// different breaths of one person, whose rate varies from breath to breath.
func monitoredBreath(perMin, seconds float64) float64 {
	here, there := perMin*seconds/60, perMin*breathAverage/60
	return math.Hypot(display, z90*resp.Variation*perMin*math.Sqrt(1/here+1/there))
}
