package rppg

import (
	"slices"

	"blush.example/blush/dsp"
)

// patchLoad is the loading of the diagonal, in variances of the noise that a channel shares with no other.
const patchLoad = 3.0

// PatchVariance is [Combiner.PatchVariance] of a new Combiner.
func PatchVariance(banded []RGB, background RGB, pulse [3]float64, gains []float64) []float64 {
	return new(Combiner).PatchVariance(banded, background, pulse, gains)
}

// PatchVariance is [MinimumVariance] over many patches of a face, each with its colours filtered by [Banded].
// gains are the strengths of the pulse in the patches, 1 where missing. Movement and light come from a few sources
// that drive all channels at once. They are nulled in the space of all patches and colours, which hardly weakens
// the pulse. What remains is the noise of the sensor, averaged over all pixels.
//
// With more channels than a short window determines, the covariance R alone would null the pulse with the noise.
// So the diagonal is loaded with three times the variance v_i = 1/(R^-1)_ii that channel i shares with no other
// (Carlson, "Covariance matrix estimation errors and diagonal loading in adaptive arrays", IEEE Trans. Aerosp.
// Electron. Syst. 1988;24:397): interference stays far above the load and is nulled, a weak pulse stays below and
// is kept. The background, filtered in the same way, adds three channels without a pulse, which show the light
// alone. It may be empty. The result is nil when no patch changes.
func (m *Combiner) PatchVariance(banded []RGB, background RGB, pulse [3]float64, gains []float64) []float64 {
	m.channels(banded, pulse, gains)
	if len(m.c) == 0 {
		return nil
	}
	n := len(m.c[0])
	for _, x := range background {
		if len(x) >= n && dsp.SD(x) > 0 {
			m.c, m.d = append(m.c, x[:n]), append(m.d, 0)
		}
	}
	m.covariance()
	k := len(m.c)
	m.diagonal = m.diagonal[:0]
	for a := range k {
		m.diagonal = append(m.diagonal, m.cov[a*k+a])
	}
	noise := m.ownVariance()
	if noise == nil {
		return make([]float64, n)
	}
	for a := range k {
		m.cov[a*k+a] = m.diagonal[a] + patchLoad*noise[a]
		for b := range a {
			m.cov[a*k+b] = m.cov[b*k+a]
		}
	}
	return combine(m.c, m.d, m.cov)
}

// ownVariance returns the variance of each channel that the others don't explain, 1/(R^-1)_ii, with a thousandth
// of each variance added first; nil when R isn't positive. It overwrites the lower triangle and the diagonal.
func (m *Combiner) ownVariance() []float64 {
	l, n := m.cov, len(m.c)
	for i := range n {
		l[i*n+i] += 1e-3*l[i*n+i] + 1e-14
	}
	if !dsp.Cholesky(l, n) {
		return nil
	}
	// With R = L L', (R^-1)_jj is the sum of squares of column j of L^-1. Four columns are computed together;
	// above its diagonal a column is zero.
	m.four = slices.Grow(m.four[:0], 4*n)[:4*n]
	out, four := make([]float64, n), m.four
	for j := 0; j < n; j += 4 {
		clear(four)
		c0, c1, c2, c3 := four[:n], four[n:2*n], four[2*n:3*n], four[3*n:]
		for i := j; i < n; i++ {
			row := l[i*n : i*n+i]
			s0, s1, s2, s3 := dsp.Dot4(row[j:], c0[j:], c1[j:], c2[j:], c3[j:])
			pivot := 1 / l[i*n+i]
			c0[i], c1[i], c2[i], c3[i] = -s0*pivot, -s1*pivot, -s2*pivot, -s3*pivot
			if i < j+4 {
				four[(i-j)*n+i] = pivot
			}
		}
		for k := range min(4, n-j) {
			c := four[k*n+j : (k+1)*n]
			out[j+k] = 1 / dsp.Dot(c, c)
		}
	}
	return out
}
