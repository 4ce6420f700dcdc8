package rppg

import (
	"math"

	"blush.example/blush/dsp"
)

// POS projects the colour on the plane orthogonal to the skin tone. In each
// window of 1.6 s, sliding by one sample, with Cn = C/mean(C):
//
//	S1 = Gn - Bn,  S2 = -2 Rn + Gn + Bn,  h = S1 + (sd S1/sd S2) S2
//
// and h minus its mean is overlap-added; the sum is divided by the number of windows over each sample, so that the
// ends keep their scale.
//
// Wang, den Brinker, Stuijk & de Haan, "Algorithmic principles of remote PPG",
// IEEE TBME 2017;64:1479, algorithm 1.
func POS(c RGB, rate float64) []float64 {
	n := c.Len()
	out := make([]float64, n)
	if !c.usable(4) {
		return out
	}
	w := samples(1.6, rate, n)
	// Sums are carried from window to window. To lose little precision, they are sums of x, which is each channel
	// relative to its mean over the whole input: in a window of mean m, Cn - 1 = (x - m)/(1 + m).
	var x RGB
	memory := make([]float64, 3*n)
	for k := range x {
		x[k], memory = memory[:n:n], memory[n:]
		scale := 1 / dsp.Mean(c[k][:n])
		for i, v := range c[k][:n] {
			x[k][i] = v*scale - 1
		}
	}
	var window moments
	for i := range w - 1 {
		window.add(&x, i, 1)
	}
	// For each of the last w windows, h as factors of x and a constant, and their sum over the windows around a
	// sample.
	parts := make([][4]float64, w)
	var around [4]float64
	for i := range n {
		part := &parts[i%w]
		gone := *part
		if end := i + w - 1; end < n {
			window.add(&x, end, 1)
			if i > 0 {
				window.add(&x, i-1, -1)
			}
			*part = window.project(float64(w))
			for k, v := range part {
				around[k] += v
			}
		}
		if i >= w {
			for k, v := range gone {
				around[k] -= v
			}
		}
		// More blood means less light, so the wave is inverted.
		h := around[0]*x[0][i] + around[1]*x[1][i] + around[2]*x[2][i] + around[3]
		out[i] = -h / float64(min(i+1, n-i, w, n-w+1))
	}
	return out
}

// moments are sums over a window: of R, G and B, and of the products RR, GG, BB, RG, RB, GB.
type moments struct {
	sum        [3]float64
	square     [3]float64
	rg, rb, gb float64
}

// add adds sample i of x, times times.
func (m *moments) add(x *RGB, i int, times float64) {
	r, g, b := x[0][i], x[1][i], x[2][i]
	tr, tg, tb := times*r, times*g, times*b
	m.sum[0] += tr
	m.sum[1] += tg
	m.sum[2] += tb
	m.square[0] += tr * r
	m.square[1] += tg * g
	m.square[2] += tb * b
	m.rg += tr * g
	m.rb += tr * b
	m.gb += tg * b
}

// project returns h of a window of w samples as factors of R, G and B and a constant.
func (m *moments) project(w float64) [4]float64 {
	mr, mg, mb := m.sum[0]/w, m.sum[1]/w, m.sum[2]/w
	// The colour over the window's mean is f times x.
	fr, fg, fb := 1/(1+mr), 1/(1+mg), 1/(1+mb)
	rr, gg, bb := fr*fr*(m.square[0]/w-mr*mr), fg*fg*(m.square[1]/w-mg*mg), fb*fb*(m.square[2]/w-mb*mb)
	rg, rb, gb := fr*fg*(m.rg/w-mr*mg), fr*fb*(m.rb/w-mr*mb), fg*fb*(m.gb/w-mg*mb)
	v1, v2 := gg+bb-2*gb, 4*rr+gg+bb-4*rg-4*rb+2*gb
	alpha := 0.0
	if v2 > 1e-18 && v1 > 0 {
		alpha = math.Sqrt(v1 / v2)
	}
	r, g, b := -2*alpha*fr, (1+alpha)*fg, (alpha-1)*fb
	return [4]float64{r, g, b, -r*mr - g*mg - b*mb}
}
