package rppg

import (
	"math"

	"blush/dsp"
)

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
	var banded []RGB
	n := 0
	for _, r := range regions {
		b := Banded(r, rate)
		banded, n = append(banded, b), max(n, b.Len())
	}
	if out := MinimumVariance(banded); out != nil {
		return out
	}
	return make([]float64, n)
}

// Banded returns the relative changes of a colour within the band of the pulse,
// zeros when the colour isn't usable: what [MinimumVariance] works on.
func Banded(c RGB, rate float64) RGB {
	var out RGB
	n := c.Len()
	if !c.usable(8) {
		for k := range out {
			out[k] = make([]float64, n)
		}
		return out
	}
	out = c.Relative(rate)
	for k := range out {
		out[k] = BandPass(out[k][:n], rate)
	}
	return out
}

// MinimumVariance is [LCMV] on colours that have gone through [Banded] already.
// It is nil when none of them changes.
func MinimumVariance(banded []RGB) []float64 {
	var c [][]float64
	var d []float64
	n := math.MaxInt
	for _, r := range banded {
		if dsp.SD(r[1]) > 0 {
			c, d = append(c, r[0], r[1], r[2]), append(d, Signature[:]...)
			n = min(n, r.Len())
		}
	}
	if len(c) == 0 {
		return nil
	}
	out := make([]float64, n)
	m := len(c)
	cov := make([]float64, m*m)
	for a := range m {
		for b := range a + 1 {
			sum, other := 0.0, c[b][:n]
			for i, v := range c[a][:n] {
				sum += v * other[i]
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
		for i, v := range c[a][:n] {
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
