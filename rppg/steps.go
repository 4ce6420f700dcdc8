package rppg

import (
	"math"

	"blush/dsp"
)

// What makes a change from one sample to the next too sudden for a pulse: so many
// robust standard deviations of all changes, and so much of the channel. In a
// recording without steps the upstrokes of strong pulses pass the first limit
// now and then, which costs them little; the second keeps noise out.
const (
	stepDeviations = 3.0
	stepLeast      = 0.002
)

// WithoutSteps removes sudden changes of light: cuts on a screen, exposure and
// white balance jumping. Where the log of a channel changes from one sample to
// the next by more than 3 robust standard deviations of its changes, and by more
// than 0.2 %, the change of all three channels is left out and the rest of the
// recording is joined on. Slow drifts stay. Ours; in the derivative a cut is a
// short outlier, while the pulse, which changes slowly, loses next to nothing.
func WithoutSteps(c RGB) RGB {
	n := c.Len()
	var out RGB
	memory := make([]float64, 6*n)
	for k := range out {
		out[k], memory = memory[:n:n], memory[n:]
		copy(out[k], c[k])
	}
	if !c.usable(8) {
		return out
	}
	var d RGB
	var limit [3]float64
	abs := make([]float64, n-1)
	for k := range d {
		d[k], memory = memory[:n-1], memory[n:]
		for i := range d[k] {
			// 2(b-a)/(a+b) is ln(b/a) to within a thousandth at changes of 10 %.
			d[k][i] = 2 * (c[k][i+1] - c[k][i]) / (c[k][i+1] + c[k][i])
			abs[i] = math.Abs(d[k][i])
		}
		limit[k] = max(stepDeviations*1.4826*dsp.Median(abs), stepLeast)
	}
	gain := [3]float64{1, 1, 1}
	for i := range abs {
		sudden := math.Abs(d[0][i]) > limit[0] || math.Abs(d[1][i]) > limit[1] || math.Abs(d[2][i]) > limit[2]
		for k := range out {
			if sudden {
				gain[k] *= math.Exp(-d[k][i])
			}
			out[k][i+1] *= gain[k]
		}
	}
	return out
}
