package rppg

import "blush/dsp"

// LCMV is the linearly constrained minimum-variance combination of the colours
// of one or more regions: of all weights that pass a pulse with the known
// signature unchanged, those with the least power left.
//
//	R = covariance of the band-passed relative colours c,  d = Signature, once a region
//	S = -(R^-1 d)'c / (d'R^-1 d)
//
// Frost, "An algorithm for linearly constrained adaptive array processing",
// Proc. IEEE 1972;60:926; with colours for sensors it is PBV over regions. The
// diagonal is loaded so that a signature slightly off doesn't cancel the pulse.
// The weights are constant over the input: give it windows of about 10 s.
func LCMV(regions []RGB, rate float64) []float64 {
	if len(regions) == 0 {
		return nil
	}
	n := regions[0].Len()
	for _, r := range regions {
		n = min(n, r.Len())
	}
	out := make([]float64, n)
	var c [][]float64
	var d []float64
	for _, r := range regions {
		if !r.usable(8) {
			continue
		}
		rel := r.Relative(rate)
		for k := range rel {
			c = append(c, BandPass(rel[k][:n], rate))
			d = append(d, Signature[k])
		}
	}
	if len(c) == 0 {
		return out
	}
	m := len(c)
	cov := make([]float64, m*m)
	for a := range m {
		for b := range a + 1 {
			sum := 0.0
			for i, v := range c[a] {
				sum += v * c[b][i]
			}
			cov[a*m+b] = sum / float64(n)
			cov[b*m+a] = cov[a*m+b]
		}
	}
	loadDiagonal(cov, m)
	u, ok := dsp.SolveSPD(cov, d)
	if !ok {
		return out
	}
	gain := 0.0
	for a := range u {
		gain += u[a] * d[a]
	}
	for a := range u {
		w := -u[a] / gain
		for i, v := range c[a] {
			out[i] += w * v
		}
	}
	return out
}

// loadDiagonal adds 0.3 % of each variance and a twenty-thousandth of their mean
// to the diagonal: enough that a signature 10 % off can't cancel a pulse, little
// enough that light and motion a hundred times as strong as the pulse are nulled.
func loadDiagonal(cov []float64, m int) {
	trace := 0.0
	for a := range m {
		trace += cov[a*m+a]
	}
	for a := range m {
		cov[a*m+a] += 3e-3*cov[a*m+a] + 5e-5*trace/float64(m) + 1e-12
	}
}
