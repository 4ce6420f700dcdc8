package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// Most patches with different hearts have their own rates. One heart in any noise causes none, and neither does a
// movement that many patches show.
func TestOwnRates(t *testing.T) {
	taper := dsp.Hann(longSamples)
	const found = 72.0
	for _, c := range []struct {
		what        string
		bpm         func(p int) float64
		noise       float64
		least, most float64
	}{
		{"one heart", func(int) float64 { return found }, 0.0005, 0, 0},
		{"one heart in noise ten times as strong", func(int) float64 { return found }, 0.03, 0, 0.07},
		{"nothing but noise", func(int) float64 { return 0 }, 0.01, 0, 0.07},
		{"the double of the rate found", func(int) float64 { return 2 * found }, 0.0005, 0, 0},
		{"half of the patches moved at another rate", func(p int) float64 { return found + float64(p%2)*25 }, 0.0005, 0, 0},
		{"sixteen hearts", func(p int) float64 { return 48 + 7*float64(p) }, 0.0005, 0.6, 1},
		{"eight hearts of two patches", func(p int) float64 { return 48 + 14*float64(p/2) }, 0.0005, 0.5, 1},
	} {
		r := rand.New(rand.NewPCG(21, 1))
		v := newVoter()
		sum := make([][]float64, 16)
		for range 5 {
			var patches []rppg.RGB
			for p := range 15 { // an odd number; the last of 16 regions is never used
				var x rppg.RGB
				for k := range x {
					x[k] = make([]float64, longSamples)
					for i := range x[k] {
						x[k][i] = -0.003*rppg.Signature[k]*math.Cos(2*math.Pi*c.bpm(p)/60*float64(i)/rate) + c.noise*r.NormFloat64()
					}
					x[k] = rppg.BandPass(x[k], rate)
				}
				patches = append(patches, x)
			}
			for p, s := range v.patchSpectra(patches, nil, taper) {
				if total := dsp.Mean(s) * float64(len(s)); math.Abs(total-1) > 1e-9 {
					t.Fatalf("%s: patch %d: the spectrum adds up to %g", c.what, p, total)
				}
				if sum[p] == nil {
					sum[p] = make([]float64, len(s))
				}
				for i, x := range s {
					sum[p][i] += x
				}
			}
		}
		if got := ownRates(sum, found); got < c.least || got > c.most {
			t.Errorf("%s: %.2f of the patches have a rate of their own, want %.2f to %.2f", c.what, got, c.least, c.most)
		}
	}
	if got := ownRates(make([][]float64, 16), found); got != 0 {
		t.Errorf("no patch was used: %g", got)
	}
}
