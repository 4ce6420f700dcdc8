package hrv_test

import (
	"math"
	"testing"

	"blush.example/blush/hrv"

	"pgregory.net/rapid"
)

// waving makes n intervals around 0.85 s on a wave of f Hz and amplitude a in
// s, with a fixed rough part of amplitude rough.
func waving(f, a, rough float64, n int) []float64 {
	x := make([]float64, n)
	at := 0.0
	for k := range x {
		x[k] = 0.85 + a*math.Sin(2*math.Pi*f*at) + rough*math.Sin(1.7*float64(k*k))
		at += x[k]
	}
	return x
}

// Reference values: the same formula in numpy with scipy's PchipInterpolator,
// signal.detrend and the Fourier sum at each frequency.
func TestResonanceAgainstScipy(t *testing.T) {
	for _, c := range []struct {
		f, a, rough  float64
		n            int
		duration     float64
		score, peakF float64
	}{
		{0.10, 0.08, 0.00, 70, 60, 100, 0.1003},
		{0.10, 0.05, 0.03, 70, 60, 100, 0.1003},
		{0.25, 0.05, 0.01, 70, 60, 0, 0.2503},
		{0.06, 0.06, 0.02, 70, 60, 41.2, 0.0603},
		{0.10, 0.05, 0.03, 36, 30, 49.3673, 0.1013},
		{0.15, 0.06, 0.02, 70, 60, 41.4, 0.1493},
	} {
		score, peak, ok := hrv.Resonance(waving(c.f, c.a, c.rough, c.n), c.duration)
		if !ok {
			t.Errorf("%+v refused", c)
		}
		near(t, "score", score, c.score, 0.05)
		near(t, "peak", peak, c.peakF, 1e-9)
	}
}

func TestResonanceRefusesShortAndBroken(t *testing.T) {
	long := waving(0.1, 0.05, 0, 70)
	broken := append([]float64(nil), long...)
	broken[3] = math.NaN()
	for name, ibi := range map[string][]float64{
		"nothing": nil, "short": long[:20], "broken": broken, "constant": waving(0, 0, 0, 5), "endless": {math.Inf(1), 1, 1, 1, 1, 1, 1, 1, 1},
	} {
		if _, _, ok := hrv.Resonance(ibi, 60); ok {
			t.Errorf("%s: a score", name)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		ibi := rapid.SliceOfN(rapid.Float64Range(0.25, 1.714), 0, 150).Draw(t, "ibi")
		score, _, ok := hrv.Resonance(ibi, rapid.Float64Range(-1, 200).Draw(t, "duration"))
		if ok && !(score >= 0 && score <= 100) {
			t.Fatalf("score %g", score)
		}
	})
}
