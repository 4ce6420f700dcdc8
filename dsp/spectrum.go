package dsp

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Hann returns the n inner points of a Hann window of n+2 points: no end is
// zero, so that the first and last samples count.
func Hann(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i+1)/float64(n+1))
	}
	return w
}

// PowerSpectrum returns |X(k)|^2 for k = 0..nfft/2 of x, zero-padded or cut to
// nfft samples. Bin k lies at k*rate/nfft.
func PowerSpectrum(x []float64, nfft int) []float64 {
	if nfft < 1 {
		return nil
	}
	out := make([]float64, nfft/2+1)
	NewSpectrum(nfft).Power(out, nil, x, nil)
	return out
}

// Spectrum computes power spectra of real signals of one transform length
// without allocating, two signals in one complex transform.
type Spectrum struct {
	n   int
	fft *fourier.CmplxFFT
	in  []complex128
	out []complex128
}

// NewSpectrum prepares transforms of n >= 1 points.
func NewSpectrum(n int) *Spectrum {
	return &Spectrum{n: n, fft: fourier.NewCmplxFFT(n), in: make([]complex128, n), out: make([]complex128, n)}
}

// Len returns the transform length.
func (s *Spectrum) Len() int { return s.n }

// Power writes |X(k)|^2, k = 0..n/2, of x and y to px and py; y and py may be
// nil. Signals are zero-padded or cut to the transform length.
func (s *Spectrum) Power(px, py, x, y []float64) {
	for i := range s.in {
		var re, im float64
		if i < len(x) {
			re = x[i]
		}
		if i < len(y) {
			im = y[i]
		}
		s.in[i] = complex(re, im)
	}
	s.fft.Coefficients(s.out, s.in)
	// X = (Z(k) + conj Z(-k))/2, Y = (Z(k) - conj Z(-k))/(2i).
	for k := range s.n/2 + 1 {
		a, b := s.out[k], s.out[(s.n-k)%s.n]
		re, im := real(a)+real(b), imag(a)-imag(b)
		px[k] = (re*re + im*im) / 4
		if py != nil {
			re, im = real(a)-real(b), imag(a)+imag(b)
			py[k] = (re*re + im*im) / 4
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
