package rppg

import (
	"math"

	"blush/dsp"
)

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
func PatchVariance(banded []RGB, background RGB) []float64 {
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
	for _, x := range background {
		if len(x) >= n && dsp.SD(x) > 0 {
			c, d = append(c, x), append(d, 0)
		}
	}
	m := len(c)
	cov := covariance(c, n)
	out := make([]float64, n)
	noise := own(cov, m)
	if noise == nil {
		return out
	}
	for a := range m {
		cov[a*m+a] += patchLoad * noise[a]
	}
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

// covariance returns the covariances of the first n samples of channels of mean zero, row by row.
func covariance(c [][]float64, n int) []float64 {
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
	return cov
}

// own returns the variance of each of m channels that the others don't explain,
// 1/(R^-1)_ii, with a thousandth of each variance added first; nil when R isn't positive.
func own(cov []float64, m int) []float64 {
	l := append([]float64(nil), cov...)
	for i := range m {
		l[i*m+i] += 1e-3*l[i*m+i] + 1e-14
	}
	for j := range m {
		for i := j; i < m; i++ {
			s := l[i*m+j]
			for k := range j {
				s -= l[i*m+k] * l[j*m+k]
			}
			if i == j {
				if !(s > 0) || math.IsInf(s, 0) {
					return nil
				}
				l[j*m+j] = math.Sqrt(s)
			} else {
				l[i*m+j] = s / l[j*m+j]
			}
		}
	}
	// With R = L L', (R^-1)_jj is the sum of squares of column j of L^-1.
	out, column := make([]float64, m), make([]float64, m)
	for j := range m {
		column[j] = 1 / l[j*m+j]
		sum := column[j] * column[j]
		for i := j + 1; i < m; i++ {
			s := 0.0
			for k := j; k < i; k++ {
				s -= l[i*m+k] * column[k]
			}
			column[i] = s / l[i*m+i]
			sum += column[i] * column[i]
		}
		out[j] = 1 / sum
	}
	return out
}
