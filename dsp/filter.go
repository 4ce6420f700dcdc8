package dsp

import (
	"math"
	"math/cmplx"
)

// Section is one second-order section of a filter, a0 = 1.
type Section struct{ B0, B1, B2, A1, A2 float64 }

// SOS is a cascade of second-order sections.
type SOS []Section

// Butter2Bandpass designs a Butterworth band-pass of order 2 (two sections)
// between lo and hi, at a sampling rate fs, all in Hz: bilinear transform of
// the analogue prototype with pre-warped edges. Edges outside (0, fs/2) are
// drawn inside.
func Butter2Bandpass(lo, hi, fs float64) SOS {
	hi = min(hi, 0.475*fs)
	lo = min(max(lo, 1e-4*fs), 0.9*hi)
	w1, w2 := 2*fs*math.Tan(math.Pi*lo/fs), 2*fs*math.Tan(math.Pi*hi/fs)
	bw, w0 := w2-w1, math.Sqrt(w1*w2)
	// The prototype's pole in the upper half plane, moved to the pass band:
	// s^2 - p bw s + w0^2 = 0 gives two poles; their conjugates come along.
	p := complex(-math.Sqrt2/2, math.Sqrt2/2) * complex(bw/2, 0)
	root := cmplx.Sqrt(p*p - complex(w0*w0, 0))
	sos := make(SOS, 0, 2)
	for _, s := range []complex128{p + root, p - root} {
		z := (complex(2*fs, 0) + s) / (complex(2*fs, 0) - s)
		// Each section has a zero at z = 1 and one at z = -1.
		sos = append(sos, Section{B0: 1, B2: -1, A1: -2 * real(z), A2: real(z)*real(z) + imag(z)*imag(z)})
	}
	// Unit gain at the centre of the band.
	wc := 2 * math.Atan(w0/(2*fs))
	g := 1 / cmplx.Abs(sos.response(wc))
	sos[0].B0 *= g
	sos[0].B2 *= g
	return sos
}

// response returns H(e^jw) at w in radians a sample.
func (s SOS) response(w float64) complex128 {
	z := cmplx.Rect(1, -w)
	h := complex(1, 0)
	for _, c := range s {
		num := complex(c.B0, 0) + complex(c.B1, 0)*z + complex(c.B2, 0)*z*z
		den := 1 + complex(c.A1, 0)*z + complex(c.A2, 0)*z*z
		h *= num / den
	}
	return h
}

// FiltFilt filters x forward and backward, so without any delay, and squares
// the attenuation. The ends are extended by odd reflection over three times
// the filter's length and the states start at the steady state of the first sample.
func (s SOS) FiltFilt(x []float64) []float64 {
	return s.FiltFiltPad(x, 3*(2*len(s)+1))
}

// FiltFiltPad is FiltFilt with the number of samples of the odd extension
// given; a narrow filter at a high rate needs a longer one.
func (s SOS) FiltFiltPad(x []float64, pad int) []float64 {
	n := len(x)
	if n == 0 {
		return nil
	}
	pad = max(0, min(pad, n-1))
	e := make([]float64, n+2*pad)
	copy(e[pad:], x)
	for i := range pad {
		e[pad-1-i] = 2*x[0] - x[i+1]
		e[pad+n+i] = 2*x[n-1] - x[n-2-i]
	}
	s.run(e)
	reverse(e)
	s.run(e)
	reverse(e)
	return e[pad : pad+n : pad+n]
}

// run filters x in place, starting from the steady state for x[0].
func (s SOS) run(x []float64) {
	in := x[0]
	for _, c := range s {
		g := (c.B0 + c.B1 + c.B2) / (1 + c.A1 + c.A2)
		z1 := (c.B2 - c.A2*g) * in
		z0 := (c.B1-c.A1*g)*in + z1
		for i, v := range x {
			y := c.B0*v + z0
			z0 = c.B1*v - c.A1*y + z1
			z1 = c.B2*v - c.A2*y
			x[i] = y
		}
		in *= g
	}
}

func reverse(x []float64) {
	for i, j := 0, len(x)-1; i < j; i, j = i+1, j-1 {
		x[i], x[j] = x[j], x[i]
	}
}

// LowPassFIR returns the taps of a linear-phase low-pass of 2*half+1 taps with
// unit gain at 0: a sinc of cut-off fc at rate fs (Hz) under a Hamming window.
func LowPassFIR(half int, fc, fs float64) []float64 {
	h := make([]float64, 2*half+1)
	sum := 0.0
	for i := range h {
		k := float64(i - half)
		v := 2 * fc / fs
		if k != 0 {
			v = math.Sin(2*math.Pi*fc/fs*k) / (math.Pi * k)
		}
		v *= 0.54 + 0.46*math.Cos(math.Pi*k/float64(half+1))
		h[i] = v
		sum += v
	}
	for i := range h {
		h[i] /= sum
	}
	return h
}

// MovingMean returns the centred mean of x over 2*half+1 samples, shrinking
// symmetrically towards the ends.
func MovingMean(x []float64, half int) []float64 {
	n := len(x)
	out := make([]float64, n)
	sum := make([]float64, n+1)
	for i, v := range x {
		sum[i+1] = sum[i] + v
	}
	for i := range out {
		h := min(half, i, n-1-i)
		out[i] = (sum[i+h+1] - sum[i-h]) / float64(2*h+1)
	}
	return out
}
