package dsp

import (
	"math"
	"math/cmplx"
	"slices"
)

// Section is one second-order section of a band-pass,
//
//	H(z) = (1 - z^-2) / (1 + A1 z^-1 + A2 z^-2)
//
// with a zero at frequency 0 and one at half the sampling rate.
type Section struct{ A1, A2 float64 }

// SOS is a band-pass of order 2: two sections one after the other, times a gain.
type SOS struct {
	Gain     float64
	Sections [2]Section
}

// Butter2Bandpass designs a Butterworth band-pass of order 2 (two sections) between lo and hi, at a sampling rate
// fs, all in Hz: bilinear transform of the analogue prototype with pre-warped edges. The edges are limited to 0 <
// lo < hi < fs/2.
func Butter2Bandpass(lo, hi, fs float64) SOS {
	hi = min(hi, 0.475*fs)
	lo = min(max(lo, 1e-4*fs), 0.9*hi)
	w1, w2 := 2*fs*math.Tan(math.Pi*lo/fs), 2*fs*math.Tan(math.Pi*hi/fs)
	bw, w0 := w2-w1, math.Sqrt(w1*w2)
	// The prototype's pole in the upper half plane, moved to the pass band: s^2 - p bw s + w0^2 = 0 gives two
	// poles; the other two are their conjugates.
	p := complex(-math.Sqrt2/2, math.Sqrt2/2) * complex(bw/2, 0)
	root := cmplx.Sqrt(p*p - complex(w0*w0, 0))
	sos := SOS{Gain: 1}
	for k, s := range [2]complex128{p + root, p - root} {
		z := (complex(2*fs, 0) + s) / (complex(2*fs, 0) - s)
		sos.Sections[k] = Section{A1: -2 * real(z), A2: real(z)*real(z) + imag(z)*imag(z)}
	}
	// Unit gain at the centre of the band.
	wc := 2 * math.Atan(w0/(2*fs))
	sos.Gain = 1 / cmplx.Abs(sos.response(wc))
	return sos
}

// response returns H(e^jw) at w in radians a sample.
func (s SOS) response(w float64) complex128 {
	z := cmplx.Rect(1, -w)
	h := complex(s.Gain, 0)
	for _, c := range s.Sections {
		h *= (1 - z*z) / (1 + complex(c.A1, 0)*z + complex(c.A2, 0)*z*z)
	}
	return h
}

// FiltFilt filters x forward and backward, so there is no delay and the attenuation is squared. Each end is
// extended by odd reflection over three times the filter's length, and the states start at the steady state of the
// first sample.
func (s SOS) FiltFilt(x []float64) []float64 {
	return s.FiltFiltPad(x, 3*(2*len(s.Sections)+1))
}

// FiltFiltPad is FiltFilt with an odd extension of pad samples. A narrow filter at a high rate needs a longer one.
func (s SOS) FiltFiltPad(x []float64, pad int) []float64 {
	e, pad := extended(nil, x, pad)
	if len(e) == 0 {
		return nil
	}
	s.run(e, 0, 1)
	s.run(e, len(e)-1, -1)
	return e[pad : pad+len(x) : pad+len(x)]
}

// FiltFilt3 replaces each of three signals of equal length by its FiltFiltPad, bit for bit. It filters them side
// by side, because each step of a recursion waits for the step before it but not for the other signals. A signal
// whose capacity has room for the extension is filtered in place.
func (s SOS) FiltFilt3(x *[3][]float64, pad int) {
	n := min(len(x[0]), len(x[1]), len(x[2]))
	if n == 0 {
		return
	}
	p := 0
	for k := range x {
		x[k], p = extended(x[k][:0], x[k][:n], pad)
	}
	s.run3(x[0], x[1], x[2], 0, 1)
	s.run3(x[0], x[1], x[2], len(x[0])-1, -1)
	for k := range x {
		x[k] = x[k][:copy(x[k], x[k][p:p+n])]
	}
}

// extended writes x to dst, which may share its memory, with pad samples of odd reflection at each end, fewer
// where x is short. It returns the number of samples added at each end.
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

// run filters x in place from sample i on, by steps of 1 or -1, starting from the steady state for that sample, in
// which the output is 0. p and q, and r and t for the second section, are the negated states of a section in
// direct form II transposed.
func (s SOS) run(x []float64, i, step int) {
	a, b := s.Sections[0], s.Sections[1]
	p := s.Gain * x[i]
	q := p
	var r, t float64
	for range x {
		u := s.Gain * x[i]
		v := u - p
		p, q = q+a.A1*v, u+a.A2*v
		w := v - r
		r, t = t+b.A1*w, v+b.A2*w
		x[i] = w
		i += step
	}
}

// run3 is run on three signals of equal length.
func (s SOS) run3(x, y, z []float64, i, step int) {
	a, b, g := s.Sections[0], s.Sections[1], s.Gain
	y, z = y[:len(x)], z[:len(x)]
	p0, p1, p2 := g*x[i], g*y[i], g*z[i]
	q0, q1, q2 := p0, p1, p2
	var r0, r1, r2, t0, t1, t2 float64
	for range x {
		u := g * x[i]
		v := u - p0
		p0, q0 = q0+a.A1*v, u+a.A2*v
		w := v - r0
		r0, t0 = t0+b.A1*w, v+b.A2*w
		x[i] = w
		u = g * y[i]
		v = u - p1
		p1, q1 = q1+a.A1*v, u+a.A2*v
		w = v - r1
		r1, t1 = t1+b.A1*w, v+b.A2*w
		y[i] = w
		u = g * z[i]
		v = u - p2
		p2, q2 = q2+a.A1*v, u+a.A2*v
		w = v - r2
		r2, t2 = t2+b.A1*w, v+b.A2*w
		z[i] = w
		i += step
	}
}

// LowPassFIR returns the taps of a linear-phase low-pass of 2*half+1 taps with
// unit gain at 0: a sinc of cut-off fc at rate fs (Hz) under a Hamming window. It panics when half is negative.
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
	dst = slices.Grow(dst, n)[:start+n]
	out := dst[start:]
	sum := x[0]
	for i := range half {
		out[i] = sum / float64(2*i+1)
		sum += x[2*i+1] + x[2*i+2]
	}
	scale := 1 / float64(2*half+1)
	out[half] = sum * scale
	// Between the ends, each step adds one sample to the window and drops one.
	in, gone, inner := x[2*half+1:], x[:n-2*half-1], out[half+1:n-half]
	for i, v := range in {
		sum += v - gone[i]
		inner[i] = sum * scale
	}
	sum = x[n-1]
	for i := range half {
		out[n-1-i] = sum / float64(2*i+1)
		sum += x[n-2-2*i] + x[n-3-2*i]
	}
	return dst
}
