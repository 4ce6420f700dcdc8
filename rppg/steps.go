package rppg

import (
	"math"

	"blush/dsp"
)

// StepLimit and StepLeast are tuning hooks.
var (
	StepLimit = 5.0
	StepLeast = 0.003
	StepMode  = 0
)

// WithoutSteps removes sudden changes of light: cuts on a screen, exposure and
// white balance jumping. Where the log of a channel changes from one sample to
// the next by more than 5 robust standard deviations of its changes, and by
// more than a pulse ever does, the change of all three channels is left out
// and the rest of the recording is joined on. Slow drifts stay.
func WithoutSteps(c RGB) RGB {
	n := c.Len()
	var out RGB
	for k := range out {
		out[k] = append([]float64(nil), c[k][:n]...)
	}
	if !c.usable(8) {
		return out
	}
	var d RGB
	var scale [3]float64
	abs := make([]float64, n-1)
	for k := range d {
		d[k] = make([]float64, n-1)
		for i := range d[k] {
			d[k][i] = math.Log(c[k][i+1] / c[k][i])
			abs[i] = math.Abs(d[k][i])
		}
		scale[k] = 1.4826 * dsp.Median(abs)
	}
	var shift [3]float64
	for i := range abs {
		f := 1.0
		for k := range d {
			a := math.Abs(d[k][i])
			if lim := max(StepLimit*scale[k], StepLeast); a > lim {
				if StepMode == 1 {
					f = min(f, lim/a)
				} else {
					f = 0
				}
			}
		}
		for k := range out {
			shift[k] -= (1 - f) * d[k][i]
			out[k][i+1] *= math.Exp(shift[k])
		}
	}
	return out
}
