package engine

import (
	"math"
	"slices"
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

// A camera too slow to be measured is named before the length: a longer scan of it would be refused too.
func TestASlowCameraIsNamedBeforeTheLength(t *testing.T) {
	for _, c := range []struct{ fps, seconds float64 }{{5, 6}, {8, 9}, {5, 20}} {
		s := simulate.Scenario("ideal", false, 3, c.seconds)
		s.Camera.FPS = c.fps
		tr, _ := s.Trace()
		r := Analyze(tr, Options{})
		if hr, _ := r.Find(biomarker.HeartRate); hr.Reason == nil || *hr.Reason != biomarker.LowFrameRate || slices.Contains(r.QualityFlags, biomarker.TooShort) != (c.seconds < leastSeconds) {
			t.Errorf("%g s at %g frames/s: %+v, flags %v", c.seconds, c.fps, hr, r.QualityFlags)
		}
	}
}

// Frames without a face are missing, but they don't make a slow camera a fast one.
func TestASlowCameraThatLosesTheFaceIsSlow(t *testing.T) {
	for what, lost := range map[string]func(i, n int) bool{
		"two of five frames":             func(i, _ int) bool { return i%5 < 2 },
		"one time of two fifths":         func(i, n int) bool { return i > n*3/10 && i < n*7/10 },
		"the last two fifths":            func(i, n int) bool { return i > n*3/5 },
		"one second of two and a half s": func(i, _ int) bool { return i%20 < 8 },
	} {
		for _, fps := range []float64{5, 8} {
			s := simulate.Scenario("ideal", false, 3, 60)
			s.Camera.FPS = fps
			tr, _ := s.Trace()
			for i := range tr.TimeMS {
				for r := range tr.Regions {
					if lost(i, len(tr.TimeMS)) {
						tr.Regions[r].R[i], tr.Regions[r].G[i], tr.Regions[r].B[i] = math.NaN(), math.NaN(), math.NaN()
					}
				}
			}
			if hr, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate); hr.Reason == nil || *hr.Reason != biomarker.LowFrameRate {
				t.Errorf("%g frames/s, %s lost: %+v, want low_frame_rate", fps, what, hr)
			}
		}
	}
}

// One region through which an edge slides doesn't hide that the rest of the picture is still.
func TestOneMovingRegionHidesNoStill(t *testing.T) {
	for seed := range uint64(8) {
		tr, _ := simulate.NoPulseScene("still", 40+seed, 20).Trace()
		r := &tr.Regions[seed%16]
		for i, at := range tr.TimeMS {
			d := 0.4 * math.Sin(2*math.Pi*4*at/1000)
			r.R[i], r.G[i], r.B[i] = r.R[i]+d, r.G[i]+d, r.B[i]+d
		}
		hr, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate)
		if hr.Reason == nil || *hr.Reason != biomarker.Frozen {
			t.Errorf("%d: %+v, want frozen", seed, hr)
		}
	}
}

// Frames that are missing for a time are gaps, however slow they make the camera on average.
func TestGapsAreNotASlowCamera(t *testing.T) {
	for what, change := range map[string]func(at []float64){
		"the last frame twenty minutes later": func(at []float64) { at[len(at)-1] += 1.2e6 },
		"a pause of ten minutes in the middle": func(at []float64) {
			for i := len(at) / 2; i < len(at); i++ {
				at[i] += 6e5
			}
		},
	} {
		tr, _ := simulate.Scenario("ideal", false, 3, 30).Trace()
		change(tr.TimeMS)
		if hr, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate); hr.Reason == nil || *hr.Reason != biomarker.FrameGaps {
			t.Errorf("%s: %+v, want frame_gaps", what, hr)
		}
	}
}
