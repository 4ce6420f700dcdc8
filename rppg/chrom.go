package rppg

import (
	"blush.example/blush/dsp"
)

// CHROM combines two chrominance signals so that gloss cancels under a
// standardised skin tone. With Cn = C/running mean, both band-passed:
//
//	X = 3 Rn - 2 Gn,  Y = 1.5 Rn + Gn - 1.5 Bn,  S = X - (sd X/sd Y) Y
//
// in windows of 1.6 s under a Hann window, a quarter of a window apart, overlap-added. X grows and Y falls with
// blood, so S is systole up.
//
// de Haan & Jeanne, "Robust pulse rate from chrominance-based rPPG", IEEE TBME
// 2013;60:2878, eqs. 14-16.
func CHROM(c RGB, rate float64) []float64 {
	n := c.Len()
	out := make([]float64, n)
	if !c.usable(4) {
		return out
	}
	r := c.Relative(rate)
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = 3*r[0][i] - 2*r[1][i]
		y[i] = 1.5*r[0][i] + r[1][i] - 1.5*r[2][i]
	}
	x, y = BandPass(x, rate), BandPass(y, rate)
	w := samples(1.6, rate, n)
	hann, weight := dsp.Hann(w), make([]float64, n)
	// A quarter of the window as hop: the ends of the wave are then covered evenly.
	hop := max(1, w/4)
	for start := 0; ; start += hop {
		start = min(start, n-w)
		alpha := 0.0
		if sy := dsp.SD(y[start : start+w]); sy > 1e-12 {
			alpha = dsp.SD(x[start:start+w]) / sy
		}
		for i, h := range hann {
			out[start+i] += h * (x[start+i] - alpha*y[start+i])
			weight[start+i] += h
		}
		if start == n-w {
			break
		}
	}
	for i := range out {
		out[i] /= weight[i]
	}
	return out
}
