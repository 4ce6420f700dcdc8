package rppg

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
)

// LCMV is the linearly constrained minimum-variance combination of the colours of one or more regions: of all
// weights that pass a pulse of the given colour unchanged, it uses those with the least output power.
//
//	R = covariance of the band-passed relative colours c,  d = pulse, repeated for each region
//	S = -(R^-1 d)'c / (d'R^-1 d)
//
// Frost, "An algorithm for linearly constrained adaptive array processing", Proc. IEEE 1972;60:926; with colours
// as the sensors it is PBV (de Haan & van Leest, Physiol. Meas. 2014;35:1913, eqs. 7-9) over regions. The diagonal
// is loaded so that a slightly wrong colour doesn't cancel the pulse. One that is 20 degrees off cancels a strong
// pulse, so pass the pulse's measured colour where it is known ([PulseColour]). The weights are constant over the
// input: give it windows of about 10 s.
func LCMV(regions []RGB, pulse [3]float64, rate float64) []float64 {
	var banded []RGB
	n := 0
	for _, r := range regions {
		b := Banded(RGB{}, r, rate)
		banded, n = append(banded, b), max(n, b.Len())
	}
	if out := MinimumVariance(banded, pulse); out != nil {
		return out
	}
	return make([]float64, n)
}

// Banded returns the relative changes of a colour within the band of the pulse, or zeros when the colour isn't
// usable. [MinimumVariance] and [PatchVariance] take such colours. It uses the memory of dst if that is large
// enough.
func Banded(dst, c RGB, rate float64) RGB {
	n := c.Len()
	if !c.usable(8) {
		for k := range dst {
			dst[k] = append(dst[k][:0], make([]float64, n)...)
		}
		return dst
	}
	for k := range c {
		c[k] = c[k][:n]
	}
	pad := int(rate)
	for k := range dst {
		dst[k] = slices.Grow(dst[k][:0], n+2*pad)
	}
	c.relative(&dst, rate)
	pulseBand(rate).FiltFilt3((*[3][]float64)(&dst), pad)
	return dst
}

// Combiner computes combinations and reuses its memory. The zero value is ready to use.
type Combiner struct {
	c              [][]float64 // channels
	d              []float64   // strength of the pulse in each
	cov            []float64
	diagonal, four []float64 // for [Combiner.PatchVariance]
}

// MinimumVariance is [Combiner.MinimumVariance] of a new Combiner.
func MinimumVariance(banded []RGB, pulse [3]float64) []float64 {
	return new(Combiner).MinimumVariance(banded, pulse)
}

// MinimumVariance is [LCMV] on colours that have gone through [Banded] already.
// It is nil when none of them changes.
func (m *Combiner) MinimumVariance(banded []RGB, pulse [3]float64) []float64 {
	m.channels(banded, pulse, nil)
	if len(m.c) == 0 {
		return nil
	}
	m.covariance()
	loadDiagonal(m.cov, len(m.c))
	return combine(m.c, m.d, m.cov)
}

// channels lists the channels of the regions that change, cut to equal length, and the strength of the pulse in
// each.
func (m *Combiner) channels(banded []RGB, pulse [3]float64, gains []float64) {
	m.c, m.d = m.c[:0], m.d[:0]
	n := math.MaxInt
	for i, r := range banded {
		if dsp.SD(r[1]) > 0 {
			g := 1.0
			if i < len(gains) {
				g = gains[i]
			}
			m.c, m.d = append(m.c, r[0], r[1], r[2]), append(m.d, g*pulse[0], g*pulse[1], g*pulse[2])
			n = min(n, r.Len())
		}
	}
	for k := range m.c {
		m.c[k] = m.c[k][:n]
	}
}

// covariance fills in the covariances of the channels, which have mean zero and equal length, row by row.
func (m *Combiner) covariance() {
	c, n := m.c, len(m.c)
	m.cov = slices.Grow(m.cov[:0], n*n)[:n*n]
	scale := 1 / float64(len(c[0]))
	for a := range n {
		row, b := m.cov[a*n:a*n+a+1], 0
		for ; b+4 <= len(row); b += 4 {
			row[b], row[b+1], row[b+2], row[b+3] = dsp.Dot4(c[a], c[b], c[b+1], c[b+2], c[b+3])
		}
		for ; b < len(row); b++ {
			row[b] = dsp.Dot(c[a], c[b])
		}
		for b := range row {
			row[b] *= scale
			m.cov[b*n+a] = row[b]
		}
	}
}

// combine returns -(R^-1 d)'c / (d'R^-1 d) for channels c with covariance R, which it overwrites;
// zeros where R can't be inverted.
func combine(c [][]float64, d, cov []float64) []float64 {
	out := make([]float64, len(c[0]))
	u, ok := dsp.SolveSPD(cov, d)
	if !ok {
		return out
	}
	gain := dsp.Dot(u, d)
	for a := range u {
		u[a] /= -gain
	}
	for ; len(c) >= 4; c, u = c[4:], u[4:] {
		x, y, z := c[1][:len(out)], c[2][:len(out)], c[3][:len(out)]
		for i, v := range c[0] {
			out[i] += u[0]*v + u[1]*x[i] + (u[2]*y[i] + u[3]*z[i])
		}
	}
	for a, x := range c {
		for i, v := range x {
			out[i] += u[a] * v
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
