package rppg

import "blush.example/blush/dsp"

// Green is the inverted green channel: blood absorbs green light most.
//
//	S = -(G/mean(G) - 1), smoothness-priors detrended at about 0.45 Hz
//
// Verkruysse, Svaasand & Nelson, "Remote plethysmographic imaging using ambient
// light", Opt. Express 2008;16:21434.
func Green(c RGB, rate float64) []float64 {
	out := make([]float64, c.Len())
	if !c.usable(4) {
		return out
	}
	g := c[1][:c.Len()]
	m := dsp.Mean(g)
	for i, v := range g {
		out[i] = 1 - v/m
	}
	// The cut-off is rate/(2 pi sqrt(lambda)): lambda grows with the square of the rate.
	lambda := 100 * (rate / 30) * (rate / 30)
	return dsp.Detrend(out, lambda)
}
