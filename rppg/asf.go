package rppg

import (
	"math"

	"blush/dsp"
	"gonum.org/v1/gonum/dsp/fourier"
)

// Bounds of amplitude-selective filtering, relative amplitude of a spectral
// line of the red channel. verified: false. They couldn't be checked against the paper.
const (
	asfLargest = 0.0025 // a pulse is never stronger than this in red
	asfDelta   = 1e-4   // what a stronger line is brought down to
)

// AmplitudeSelective removes from the colour what is too strong to be a pulse:
// in windows of 6.4 s every frequency whose red amplitude exceeds 0.0025 is
// weighted by 1e-4/amplitude in all three channels, and frequencies outside the
// band by zero. It returns a colour, for another method to extract the pulse from.
//
// Wang, den Brinker, Stuijk & de Haan, "Amplitude-selective filtering for
// remote-PPG", Biomed. Opt. Express 2017;8:1965.
func AmplitudeSelective(c RGB, rate float64) RGB {
	n := c.Len()
	var out RGB
	for k := range out {
		out[k] = make([]float64, n)
	}
	if !c.usable(8) {
		return out
	}
	w := samples(6.4, rate, n)
	w -= w % 2
	fft := fourier.NewFFT(w)
	// Square roots of a Hann window before and after: their product adds up to a constant.
	taper, gain := dsp.Hann(w), 0.0
	for i := range taper {
		taper[i] = math.Sqrt(taper[i])
		gain += taper[i]
	}
	hop := max(1, w/4)
	weight := make([]float64, n)
	x := make([]float64, w)
	var f [3][]complex128
	for start := 0; ; start += hop {
		start = min(start, n-w)
		for k := range f {
			m := dsp.Mean(c[k][start : start+w])
			for i := range x {
				x[i] = (c[k][start+i]/m - 1) * taper[i]
			}
			f[k] = fft.Coefficients(f[k], x)
		}
		for j := range f[0] {
			hz := float64(j) * rate / float64(w)
			g := 0.0
			if hz >= bandLow && hz <= bandHigh {
				g = 1
				if a := 2 * math.Hypot(real(f[0][j]), imag(f[0][j])) / gain; a > asfLargest {
					g = asfDelta / a
				}
			}
			for k := range f {
				f[k][j] *= complex(g/float64(w), 0)
			}
		}
		for k := range f {
			fft.Sequence(x, f[k])
			for i, v := range x {
				out[k][start+i] += v * taper[i]
			}
		}
		for i, h := range taper {
			weight[start+i] += h * h
		}
		if start == n-w {
			break
		}
	}
	for k := range out {
		m := dsp.Mean(c[k][:n])
		for i := range out[k] {
			out[k][i] = m * (1 + out[k][i]/weight[i])
		}
	}
	return out
}
