package dsp_test

import (
	"math"
	"math/cmplx"
	"testing"

	"blush.example/blush/dsp"

	"pgregory.net/rapid"
)

// The definition, term by term, is the reference.
func TestPowerAtIsTheFourierSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-100, 100), 0, 300).Draw(t, "x")
		f := rapid.Float64Range(0, 0.5).Draw(t, "f")
		var sum complex128
		size := 0.0
		for i, v := range x {
			sum += complex(v, 0) * cmplx.Rect(1, -2*math.Pi*f*float64(i))
			size += math.Abs(v)
		}
		want := real(sum)*real(sum) + imag(sum)*imag(sum)
		if got := dsp.PowerAt(x, f); math.Abs(got-want) > 1e-8*(1+size*size) {
			t.Fatalf("%g, want %g", got, want)
		}
	})
}

// Frequencies computed side by side equal each computed alone, bit for bit.
func TestPowersAt(t *testing.T) {
	x := []float64{1, -2, 3.5, 0.25, 7, -1, 0.5}
	for n := range 10 {
		f, got := make([]float64, n), make([]float64, n)
		for i := range f {
			f[i] = 0.05 * float64(i)
		}
		dsp.PowersAt(got, x, f)
		for i := range f {
			if want := dsp.PowerAt(x, f[i]); got[i] != want {
				t.Errorf("%d frequencies, %g: %g, want %g", n, f[i], got[i], want)
			}
		}
	}
}
