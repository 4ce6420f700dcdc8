package engine

import (
	"blush/dsp"
	"blush/rppg"
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

// saturated reports whether a channel of a window says nothing: it is too dark,
// at the upper limit, or doesn't change.
func saturated(x []float64) bool {
	m := dsp.Mean(x)
	return !(m > 2) || m > 253.5 || dsp.SD(x)/m < 1e-5
}

func share(missing []float64) float64 { return dsp.Mean(missing) }
