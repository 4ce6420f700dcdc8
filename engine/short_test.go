package engine

import (
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/simulate"
)

// A wave that would be given in a scan of 30 s isn't too weak: the scan is too short.
func TestAClearWaveIsNotTooWeakButTooShort(t *testing.T) {
	cal := *DefaultCalibration()
	for accept, want := range map[float64]biomarker.Reason{0.5: biomarker.TooShort, 0.9999999: biomarker.SignalTooWeak} {
		cal.HeartRate.Face.Accept = []AcceptAt{{12, 0.9999999}, {30, accept}}
		tr, _ := simulate.Scenario("ideal", false, 3, 12).Trace()
		if e, _ := Analyze(tr, Options{Calibration: &cal}).Find(biomarker.HeartRate); e.Reason == nil || *e.Reason != want {
			t.Errorf("accepted from %g in 30 s: %+v, want %s", accept, e, want)
		}
	}
}
