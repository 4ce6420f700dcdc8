package dsp

import "math"

// Hann returns the n inner points of a Hann window of n+2 points: no end is
// zero, so that the first and last samples count. It panics when n is negative.
func Hann(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i+1)/float64(n+1))
	}
	return w
}

// PowerSpectrum returns |X(k)|^2 for k = 0..nfft/2 of x, zero-padded or cut to
// nfft samples, nfft being rounded up to a power of two. Bin k lies at k*rate/nfft.
func PowerSpectrum(x []float64, nfft int) []float64 {
	if nfft < 1 {
		return nil
	}
	s := NewSpectrum(nfft)
	out := make([]float64, s.n/2+1)
	s.Power(out, nil, x, nil)
	return out
}

// Spectrum computes power spectra of real signals without allocating, two
// signals in one complex transform. Its length is a power of two.
type Spectrum struct {
	n      int
	re, im []float64
	cos    []float64 // twiddle factors, half a turn
	sin    []float64
	swap   []int // bit-reversed indices
}

// NewSpectrum prepares transforms of at least n points: the next power of two, and at least 2.
func NewSpectrum(n int) *Spectrum {
	size, bits := 2, 1
	for size < n {
		size, bits = 2*size, bits+1
	}
	s := &Spectrum{n: size, re: make([]float64, size), im: make([]float64, size),
		cos: make([]float64, size/2), sin: make([]float64, size/2), swap: make([]int, size)}
	for i := range s.cos {
		s.sin[i], s.cos[i] = math.Sincos(-2 * math.Pi * float64(i) / float64(size))
	}
	for i := range s.swap {
		s.swap[i] = s.swap[i/2]/2 + i%2<<(bits-1)
	}
	return s
}

// Len returns the transform length.
func (s *Spectrum) Len() int { return s.n }

// Power writes |X(k)|^2, k = 0..Len/2, of x and y to px and py; y and py may be nil. Signals are zero-padded or
// cut to the transform length. It uses memory of s, so only one goroutine at a time may call it. It panics when
// px, or a py that isn't nil, has less than Len/2+1 values.
func (s *Spectrum) Power(px, py, x, y []float64) {
	px = px[: s.n/2+1 : len(px)]
	if py != nil {
		py = py[: s.n/2+1 : len(py)]
	}
	clear(s.re)
	clear(s.im)
	for i, v := range x[:min(len(x), s.n)] {
		s.re[s.swap[i]] = v
	}
	for i, v := range y[:min(len(y), s.n)] {
		s.im[s.swap[i]] = v
	}
	s.transform()
	// X = (Z(k) + conj Z(-k))/2, Y = (Z(k) - conj Z(-k))/(2i).
	for k := range s.n/2 + 1 {
		j := (s.n - k) & (s.n - 1)
		re, im := s.re[k]+s.re[j], s.im[k]-s.im[j]
		px[k] = (re*re + im*im) / 4
		if py != nil {
			re, im := s.re[k]-s.re[j], s.im[k]+s.im[j]
			py[k] = (re*re + im*im) / 4
		}
	}
}

// transform is the decimation-in-time fast Fourier transform of Cooley & Tukey (1965) on samples that are already
// in bit-reversed order.
func (s *Spectrum) transform() {
	// The twiddle factors of the first two stages are 1 and -i.
	for i := 0; i+3 < s.n; i += 4 {
		r, m := (*[4]float64)(s.re[i:]), (*[4]float64)(s.im[i:])
		ar, br, cr, dr := r[0]+r[1], r[0]-r[1], r[2]+r[3], r[2]-r[3]
		ai, bi, ci, di := m[0]+m[1], m[0]-m[1], m[2]+m[3], m[2]-m[3]
		r[0], r[1], r[2], r[3] = ar+cr, br+di, ar-cr, br-di
		m[0], m[1], m[2], m[3] = ai+ci, bi-dr, ai-ci, bi+dr
	}
	half := 4
	if s.n == 2 {
		half = 1
	}
	for ; 4*half <= s.n; half *= 4 {
		s.twoStages(half)
	}
	if half < s.n {
		s.stage(half)
	}
}

// stage combines pairs of transforms of half points each.
func (s *Spectrum) stage(half int) {
	stride := s.n / (2 * half)
	for start := 0; start < s.n; start += 2 * half {
		ar, ai := s.re[start:start+half], s.im[start:start+half]
		br, bi := s.re[start+half:start+2*half], s.im[start+half:start+2*half]
		for k, w := 0, 0; k < len(ar); k, w = k+1, w+stride {
			c, d := s.cos[w], s.sin[w]
			tr, ti := br[k]*c-bi[k]*d, br[k]*d+bi[k]*c
			br[k], bi[k] = ar[k]-tr, ai[k]-ti
			ar[k], ai[k] = ar[k]+tr, ai[k]+ti
		}
	}
}

// twoStages combines groups of four transforms of half points each: a with b and c with d, then the two results.
// Each point is loaded and stored once for both stages.
func (s *Spectrum) twoStages(half int) {
	stride := s.n / (4 * half)
	for start := 0; start < s.n; start += 4 * half {
		re, im := s.re[start:start+4*half], s.im[start:start+4*half]
		ar, br, cr, dr := re[:half], re[half:2*half], re[2*half:3*half], re[3*half:]
		ai, bi, ci, di := im[:half], im[half:2*half], im[2*half:3*half], im[3*half:]
		for k, w := 0, 0; k < half; k, w = k+1, w+stride {
			c, d := s.cos[2*w], s.sin[2*w]
			tr, ti := br[k]*c-bi[k]*d, br[k]*d+bi[k]*c
			ur, ui := dr[k]*c-di[k]*d, dr[k]*d+di[k]*c
			a0, a1, b0, b1 := ar[k]+tr, ai[k]+ti, ar[k]-tr, ai[k]-ti
			c0, c1, d0, d1 := cr[k]+ur, ci[k]+ui, cr[k]-ur, ci[k]-ui
			// In the second stage d's twiddle factor is c's times -i.
			c, d = s.cos[w], s.sin[w]
			tr, ti = c0*c-c1*d, c0*d+c1*c
			ur, ui = d0*c-d1*d, d0*d+d1*c
			ar[k], ai[k], cr[k], ci[k] = a0+tr, a1+ti, a0-tr, a1-ti
			br[k], bi[k], dr[k], di[k] = b0+ui, b1-ur, b0-ui, b1+ur
		}
	}
}

// Parabola returns the offset, in samples within -0.5..0.5, and the height of
// the vertex of the parabola through y[i-1], y[i], y[i+1]. At an end, or where
// y[i] is no peak, the offset is 0 and the height y[i].
func Parabola(y []float64, i int) (offset, height float64) {
	if i < 0 || i >= len(y) {
		return 0, 0
	}
	if i == 0 || i == len(y)-1 {
		return 0, y[i]
	}
	a, b, c := y[i-1], y[i], y[i+1]
	curve := a - 2*b + c
	if !(curve < 0) || b < a || b < c {
		return 0, b
	}
	offset = (a - c) / (2 * curve)
	return offset, b - (a-c)*offset/4
}
