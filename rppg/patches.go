package rppg

import "blush.example/blush/dsp"

// patchLoad is what the diagonal is loaded with, in variances of the noise that
// each channel has to itself.
const patchLoad = 3.0

// PatchVariance is [MinimumVariance] over many patches of a face, each with its
// colours banded: movement and light, which a few sources drive in all channels at
// once, are nulled in the space of all patches and colours, where the pulse is left
// nearly whole; what remains is the noise of the sensor, averaged over all pixels.
//
// With more channels than a short window determines, the covariance R alone would
// null the pulse with the noise. So the diagonal is loaded with three times the
// variance v_i = 1/(R^-1)_ii that channel i shares with no other (Carlson,
// "Covariance matrix estimation errors and diagonal loading in adaptive arrays",
// IEEE Trans. Aerosp. Electron. Syst. 1988;24:397): interference stays far above
// the load and is nulled, a weak pulse stays below and is kept.
// The background, banded too, joins as three channels that hold no pulse: what the light
// does, it shows alone. It may be empty.
// It is nil when none of them changes.
func PatchVariance(banded []RGB, background RGB, pulse [3]float64, gains []float64) []float64 {
	c, d := channels(banded, pulse, gains)
	if len(c) == 0 {
		return nil
	}
	n := len(c[0])
	for _, x := range background {
		if len(x) >= n && dsp.SD(x) > 0 {
			c, d = append(c, x[:n]), append(d, 0)
		}
	}
	m := len(c)
	cov := covariance(c)
	diagonal := make([]float64, m)
	for a := range m {
		diagonal[a] = cov[a*m+a]
	}
	noise := own(cov, m)
	if noise == nil {
		return make([]float64, n)
	}
	for a := range m {
		cov[a*m+a] = diagonal[a] + patchLoad*noise[a]
		for b := range a {
			cov[a*m+b] = cov[b*m+a]
		}
	}
	return combine(c, d, cov)
}

// own returns the variance of each of m channels that the others don't explain,
// 1/(R^-1)_ii, with a thousandth of each variance added first; nil when R isn't positive.
// It overwrites the lower triangle and the diagonal.
func own(l []float64, m int) []float64 {
	for i := range m {
		l[i*m+i] += 1e-3*l[i*m+i] + 1e-14
	}
	if !dsp.Cholesky(l, m) {
		return nil
	}
	// With R = L L', (R^-1)_jj is the sum of squares of column j of L^-1, of which four are
	// found together: above its diagonal a column is zero.
	out, four := make([]float64, m), make([]float64, 4*m)
	for j := 0; j < m; j += 4 {
		clear(four)
		c0, c1, c2, c3 := four[:m], four[m:2*m], four[2*m:3*m], four[3*m:]
		for i := j; i < m; i++ {
			row := l[i*m : i*m+i]
			s0, s1, s2, s3 := dsp.Dot4(row[j:], c0[j:], c1[j:], c2[j:], c3[j:])
			pivot := 1 / l[i*m+i]
			c0[i], c1[i], c2[i], c3[i] = -s0*pivot, -s1*pivot, -s2*pivot, -s3*pivot
			if i < j+4 {
				four[(i-j)*m+i] = pivot
			}
		}
		for k := range min(4, m-j) {
			c := four[k*m+j : (k+1)*m]
			out[j+k] = 1 / dsp.Dot(c, c)
		}
	}
	return out
}
