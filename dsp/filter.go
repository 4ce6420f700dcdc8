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
	e, pad := extended(nil, x, pad)
	if len(e) == 0 {
		return nil
	}
	s.run(e)
	reverse(e)
	s.run(e)
	reverse(e)
	return e[pad : pad+len(x) : pad+len(x)]
}

// FiltFilt3 replaces three signals of one length by what FiltFiltPad makes of them,
// to the same bits. It works on them side by side: each step of a recursion waits for the one before,
// but not for those of other signals. Signals with room for the extension are filtered where they are.
func (s SOS) FiltFilt3(x *[3][]float64, pad int) {
	n := min(len(x[0]), len(x[1]), len(x[2]))
	if n == 0 {
		return
	}
	p := 0
	for k := range x {
		x[k], p = extended(x[k][:0], x[k][:n], pad)
	}
	s.run3(x[0], x[1], x[2])
	for k := range x {
		reverse(x[k])
	}
	s.run3(x[0], x[1], x[2])
	for k := range x {
		reverse(x[k])
		x[k] = x[k][:copy(x[k], x[k][p:p+n])]
	}
}

// extended writes x to dst, which may share its memory, with pad samples of odd reflection
// at each end, fewer where x is short. It returns how many.
func extended(dst, x []float64, pad int) ([]float64, int) {
	n := len(x)
	pad = max(0, min(pad, n-1))
	if cap(dst) < n+2*pad {
		dst = make([]float64, n+2*pad)
	}
	dst = dst[:n+2*pad]
	copy(dst[pad:], x)
	for i := range pad {
		dst[pad-1-i] = 2*dst[pad] - dst[pad+i+1]
		dst[pad+n+i] = 2*dst[pad+n-1] - dst[pad+n-2-i]
	}
	return dst, pad
}

// run filters x in place, starting from the steady state for x[0].
func (s SOS) run(x []float64) {
	in := x[0]
	for _, c := range s {
		g, z0, z1 := c.settled(in)
		for i, v := range x {
			y := c.B0*v + z0
			z0 = c.B1*v - c.A1*y + z1
			z1 = c.B2*v - c.A2*y
			x[i] = y
		}
		in *= g
	}
}

// run3 is run on three signals of one length.
func (s SOS) run3(x, y, z []float64) {
	inX, inY, inZ := x[0], y[0], z[0]
	y, z = y[:len(x)], z[:len(x)]
	for _, c := range s {
		g, x0, x1 := c.settled(inX)
		_, y0, y1 := c.settled(inY)
		_, z0, z1 := c.settled(inZ)
		for i, u := range x {
			v, w := y[i], z[i]
			a, b, d := c.B0*u+x0, c.B0*v+y0, c.B0*w+z0
			x0, x1 = c.B1*u-c.A1*a+x1, c.B2*u-c.A2*a
			y0, y1 = c.B1*v-c.A1*b+y1, c.B2*v-c.A2*b
			z0, z1 = c.B1*w-c.A1*d+z1, c.B2*w-c.A2*d
			x[i], y[i], z[i] = a, b, d
		}
		inX, inY, inZ = inX*g, inY*g, inZ*g
	}
}

// settled returns the gain at frequency 0 and the states that a section has after an
// input of in for ever.
func (c Section) settled(in float64) (gain, z0, z1 float64) {
	gain = (c.B0 + c.B1 + c.B2) / (1 + c.A1 + c.A2)
	z1 = (c.B2 - c.A2*gain) * in
	z0 = (c.B1-c.A1*gain)*in + z1
	return gain, z0, z1
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
	return AppendMovingMean(make([]float64, 0, len(x)), x, half)
}

// AppendMovingMean appends what [MovingMean] returns to dst, which must not share memory with x.
func AppendMovingMean(dst, x []float64, half int) []float64 {
	n := len(x)
	if n == 0 {
		return dst
	}
	half = max(0, min(half, (n-1)/2))
	start := len(dst)
	dst = append(dst, x...)
	out := dst[start:]
	sum := x[0]
	for i := range half {
		out[i] = sum / float64(2*i+1)
		sum += x[2*i+1] + x[2*i+2]
	}
	scale := 1 / float64(2*half+1)
	out[half] = sum * scale
	for i := half + 1; i < n-half; i++ {
		sum += x[i+half] - x[i-half-1]
		out[i] = sum * scale
	}
	sum = x[n-1]
	for i := range half {
		out[n-1-i] = sum / float64(2*i+1)
		sum += x[n-2-2*i] + x[n-3-2*i]
	}
	return dst
}
