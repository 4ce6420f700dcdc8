package rppg

import "math"

// POS projects the colour on the plane orthogonal to the skin tone. In each
// window of 1.6 s, sliding by one sample, with Cn = C/mean(C):
//
//	S1 = Gn - Bn,  S2 = -2 Rn + Gn + Bn,  h = S1 + (sd S1/sd S2) S2
//
// and h less its mean is overlap-added; the sum is divided by the number of
// windows over each sample, so that the ends keep their scale.
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
	s1, s2 := make([]float64, w), make([]float64, w)
	for start := 0; start+w <= n; start++ {
		var inv [3]float64
		for k := range c {
			sum := 0.0
			for _, v := range c[k][start : start+w] {
				sum += v
			}
			inv[k] = float64(w) / sum
		}
		var v1, v2, m1, m2 float64
		r, g, b := c[0][start:start+w], c[1][start:start+w], c[2][start:start+w]
		for i := range s1 {
			rn, gn, bn := r[i]*inv[0], g[i]*inv[1], b[i]*inv[2]
			a, d := gn-bn, -2*rn+gn+bn
			s1[i], s2[i] = a, d
			m1 += a
			m2 += d
			v1 += a * a
			v2 += d * d
		}
		m1, m2 = m1/float64(w), m2/float64(w)
		v1, v2 = v1/float64(w)-m1*m1, v2/float64(w)-m2*m2
		alpha := 0.0
		if v2 > 1e-18 && v1 > 0 {
			alpha = math.Sqrt(v1 / v2)
		}
		// More blood, less light: the wave is turned over.
		for i := range s1 {
			out[start+i] -= s1[i] - m1 + alpha*(s2[i]-m2)
		}
	}
	for i := range out {
		out[i] /= float64(min(i+1, n-i, w, n-w+1))
	}
	return out
}
