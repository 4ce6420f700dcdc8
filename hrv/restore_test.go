package hrv_test

import (
	"math"
	"testing"

	"blush/dsp"
	"blush/hrv"

	"pgregory.net/rapid"
)

// A rhythm of 40 ms of breathing at 0.3 Hz on 20 ms at 0.1 Hz, of which a
// filter left the half of the breathing: it must be given back, the rest must stay.
func TestRestoreGivesBreathingBack(t *testing.T) {
	half := func(float64) float64 { return 0.5 }
	whole, left := make([]float64, 70), make([]float64, 70)
	at := 0.0
	for i := range whole {
		slow, fast := 0.02*math.Sin(2*math.Pi*0.1*at), 0.04*math.Sin(2*math.Pi*0.3*at)
		whole[i], left[i] = 0.85+slow+fast, 0.85+slow+fast/2
		at += left[i]
	}
	got := hrv.Restore(left, 0.3, half)
	near(t, "RMSSD before", hrv.RMSSD(left), 0.55*hrv.RMSSD(whole), 0.05*hrv.RMSSD(whole))
	near(t, "RMSSD restored", hrv.RMSSD(got), hrv.RMSSD(whole), 0.05*hrv.RMSSD(whole))
	near(t, "correlation with the whole", dsp.Correlation(got, whole), 1, 0.02)
}

func TestRestoreLeavesWhatNeedsNothing(t *testing.T) {
	ibi := heart(2, 70)
	same := func(name string, got []float64) {
		t.Helper()
		for i := range ibi {
			if got[i] != ibi[i] {
				t.Fatalf("%s: interval %d changed from %g to %g", name, i, ibi[i], got[i])
			}
		}
	}
	same("a filter that takes nothing", hrv.Restore(ibi, 0.25, func(float64) float64 { return 1 }))
	same("no rate", hrv.Restore(ibi, 0, func(float64) float64 { return 0.5 }))
	same("no rate", hrv.Restore(ibi, math.NaN(), func(float64) float64 { return 0.5 }))
}

func TestRestoreIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ibi := rapid.SliceOfN(rapid.Float64Range(0.25, 1.714), 0, 120).Draw(t, "ibi")
		g := rapid.SampledFrom([]float64{0, 0.01, 0.5, 1, 2, math.NaN(), math.Inf(1)}).Draw(t, "gain")
		out := hrv.Restore(ibi, rapid.Float64Range(-1, 3).Draw(t, "breath"), func(float64) float64 { return g })
		if len(out) != len(ibi) {
			t.Fatalf("%d of %d intervals", len(out), len(ibi))
		}
		for _, v := range out {
			if !(v > 0) || math.IsInf(v, 0) {
				t.Fatalf("interval %g", v)
			}
		}
	})
}
