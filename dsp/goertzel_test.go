package dsp_test

import (
	"math"
	"math/cmplx"
	"testing"

	"blush/dsp"

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
