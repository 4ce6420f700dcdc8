package rppg

import "blush/dsp"

// PBV finds the combination of colours whose correlation with each colour is
// the known signature p of blood volume. In windows of 4 s, with Cn = C/mean(C) - 1:
//
//	w = k Q^-1 p,  Q = Cn Cn',  k such that w'p = 1,  S = -w' Cn
//
// overlap-added. The signature is the physiological one, [Signature], not the
// standard deviations of the data.
//
// de Haan & van Leest, "Improved motion robustness of remote-PPG by using the
// blood volume pulse signature", Physiol. Meas. 2014;35:1913, eqs. 7-9.
func PBV(c RGB, rate float64) []float64 {
	n := c.Len()
	out := make([]float64, n)
	if !c.usable(8) {
		return out
	}
	w := min(samples(4, rate, n), max(4, n/2))
	hop := max(1, w/16)
	count := make([]float64, n)
	var rel [3][]float64
	for k := range rel {
		rel[k] = make([]float64, w)
	}
	h := make([]float64, w)
	for start := 0; ; start += hop {
		start = min(start, n-w)
		for k := range rel {
			m := dsp.Mean(c[k][start : start+w])
			for i := range rel[k] {
				rel[k][i] = c[k][start+i]/m - 1
			}
		}
		var q [9]float64
		for a := range 3 {
			for b := range a + 1 {
				sum := 0.0
				for i, v := range rel[a] {
					sum += v * rel[b][i]
				}
				q[3*a+b] = sum / float64(w)
				q[3*b+a] = q[3*a+b]
			}
			q[4*a] += 1e-10
		}
		if u, ok := dsp.SolveSPD(q[:], Signature[:]); ok {
			k := 1 / (u[0]*Signature[0] + u[1]*Signature[1] + u[2]*Signature[2])
			for i := range h {
				h[i] = -k * (u[0]*rel[0][i] + u[1]*rel[1][i] + u[2]*rel[2][i])
			}
			m := dsp.Mean(h)
			for i, v := range h {
				out[start+i] += v - m
			}
		}
		for i := range h {
			count[start+i]++
		}
		if start == n-w {
			break
		}
	}
	for i := range out {
		out[i] /= count[i]
	}
	return out
}
