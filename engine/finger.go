package engine

import (
	"math"

	"blush.example/blush/dsp"
	"blush.example/blush/resp"
	"blush.example/blush/rppg"
)

// channelShare is how pure a channel's spectrum must be beside the purest one's
// for the channel to vote.
const channelShare = 0.5

// lookFinger makes the candidate waves of a window of a fingertip on a lens:
// of the channels that are neither saturated nor flat the one whose spectrum has
// the highest peak, and those with a peak at least half as high. The light goes through the finger, there is no skin tone
// to project on, and a pulse may be of any strength.
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

// What a monitor beside the finger differs by. It shows a whole number, of which 90 % lie within
// display bpm of what was rounded, and it shows the rate of the last seconds, 8 by default in
// oximeters (2 to 16 may be chosen) and about as many in ECG monitors, some seconds late: of five monitors of
// Hoffman et al. (npj Digit Med 2022;5:146) the mean over a window is nearest to that of the pulse 6 to 10 s before.
const (
	display    = 0.45
	monitorLag = 8.0 // s
)

// monitored returns, in bpm either way, how far the rate of a recording of so many s differs from the mean that a monitor shows
// meanwhile, which is that of a stretch that began and ended earlier: the more the rate changes, the more. It is the
// root mean square; the humps that it widens have the tails.
// The pulse's own arrival adds nothing: it varies by some ms, 0.1 % of 10 s.
func (f *findings) monitored(seconds float64) float64 {
	n := min(int(math.Round(monitorLag/stepSeconds)), len(f.track.BPM)/2)
	if n == 0 {
		return display
	}
	var x []float64 // what it would show, each step
	for i := n; i <= len(f.track.BPM); i++ {
		x = append(x, dsp.Mean(f.track.BPM[i-n:i]))
	}
	ends, moved := x[len(x)-1]-x[0], 0.0
	for i := n; i < len(x); i++ {
		moved += (x[i] - x[i-n]) * (x[i] - x[i-n]) / float64(len(x)-n)
	}
	return math.Hypot(display, monitorLag/seconds*math.Sqrt(ends*ends+moved))
}

// breathAverage is over how many s a monitor of CO2 averages the rate of breathing, about: of three people of Hoffman et al. the rate it shows
// agrees best with that of a window 35 to 45 s before.
const breathAverage = 60.0

// monitoredBreath returns, in breaths/min either way, how far the rate of breathing of a recording of so many s differs from what a monitor shows
// meanwhile, which is of the breaths before: two means over different breaths of one person, whose rate varies from breath to breath.
func monitoredBreath(perMin, seconds float64) float64 {
	here, there := perMin*seconds/60, perMin*breathAverage/60
	return math.Hypot(display, z90*resp.Variation*perMin*math.Sqrt(1/here+1/there))
}
