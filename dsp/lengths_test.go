package dsp

import (
	"math"
	"testing"
)

// As the comments say, slices that are too short and numbers outside the limits panic before anything is written. Capacity beyond
// the length doesn't count.
func TestShortSlicesPanic(t *testing.T) {
	x := []float64{1, 2, 3}
	out := make([]float64, 8)
	for name, f := range map[string]func(){
		"Dot":            func() { Dot(x, x[:2]) },
		"Dot4":           func() { Dot4(x, x, x, x, x[:2]) },
		"PowersAt":       func() { PowersAt(out[:2], x, x) },
		"Power, first":   func() { NewSpectrum(8).Power(out[:4], nil, x, nil) },
		"Power, second":  func() { NewSpectrum(8).Power(out[:5], out[:4], x, x) },
		"Power, 1 point": func() { NewSpectrum(1).Power(out[:1], nil, x, nil) },
		"Cholesky":       func() { Cholesky(out[:3], 2) },
		"SolveSPD":       func() { SolveSPD(out[:3], x[:2]) },
		"FitSinusoid":    func() { FitSinusoid(x, x[:2], 1) },
		"UpperMedian":    func() { UpperMedian(nil) },
		"Percentile":     func() { Percentile(x, math.NaN()) },
		"Hann":           func() { Hann(-1) },
		"LowPassFIR":     func() { LowPassFIR(-1, 1, 10) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			f()
		}()
	}
	for _, v := range out {
		if v != 0 {
			t.Fatalf("something was written: %v", out)
		}
	}
}

// A transform has at least 2 points, so its power has at least 2 values.
func TestSmallestSpectrum(t *testing.T) {
	for n := -1; n <= 2; n++ {
		s, p := NewSpectrum(n), make([]float64, 2)
		if s.Power(p, nil, []float64{2, 1}, nil); s.Len() != 2 || p[0] != 9 || p[1] != 1 {
			t.Errorf("%d points: %d, power %v", n, s.Len(), p)
		}
	}
}
