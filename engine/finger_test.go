package engine

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/ppg"
	"blush.example/blush/resp"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// Pressure, an object near the lens and a covered lens contain no pulse, although the slow end of the band has
// much power and, with one usable colour, nothing contradicts it. One region can't distinguish pressure at the
// rate of a heart from a pulse.
func TestFingersWithoutPulse(t *testing.T) {
	for _, seconds := range []float64{12, 30} {
		given, n := 0, 0
		for _, name := range []string{"drift", "red_drift", "thing", "cap"} {
			for seed := range uint64(15) {
				tr, _ := simulate.RealFinger(name, seed, seconds).Trace()
				hr, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate)
				if n++; hr.Value != nil {
					given++
					t.Logf("%s, seed %d, %g s: %.1f bpm at %.2f", name, seed, seconds, *hr.Value, hr.Confidence)
				}
			}
		}
		if given > 0 {
			t.Errorf("%d of %d fingers without a pulse are given a rate in %g s", given, n, seconds)
		}
	}
}

// realFinger returns one finger after another, of all kinds.
func realFinger(seed uint64, seconds float64) simulate.Scene {
	return simulate.RealFinger(simulate.Fingers[seed%uint64(len(simulate.Fingers))], seed, seconds)
}

// People press on the lens with varying force. The rate is still read, and the interval contains it.
func TestFingersAsPeopleHoldThem(t *testing.T) {
	const n = 60
	var near, given, held int
	for seed := range uint64(n) {
		tr, truth := realFinger(seed, 30).Trace()
		r := Analyze(tr, Options{})
		if math.Abs(r.Guess-truth.HeartRate) <= 5 {
			near++
		}
		if hr, _ := r.Find(biomarker.HeartRate); hr.Value != nil {
			given++
			if v := hr.Interval; v[0] <= truth.HeartRate && truth.HeartRate <= v[1] {
				held++
			}
		}
	}
	t.Logf("%d of %d within 5 bpm, %d given, %d held", near, n, given, held)
	if near < n*85/100 || given < n/2 || held < given*85/100 {
		t.Errorf("of %d fingers %d are read within 5 bpm, %d given, %d of these held", n, near, given, held)
	}
}

// The agreement of a single colour with the track made from it says nothing.
func TestOneColourHasItsOwnModel(t *testing.T) {
	cal := DefaultCalibration()
	if cal.HeartRate.OneColour.Agreement != 0 {
		t.Error("the model of one colour weighs the agreement of colours")
	}
	for _, c := range []struct {
		dead int
		want *Model
	}{{1, &cal.HeartRate.Finger}, {2, &cal.HeartRate.OneColour}} {
		balanced := slices.IndexFunc(simulate.Fingers, func(name string) bool { return strings.Contains(name, "balanced") })
		f := simulate.RealFinger(simulate.Fingers[balanced], 1, 15)
		for k := range c.dead {
			f.Contact.Level[k], f.Contact.Pulse[k], f.Contact.Drift[k] = 0, 0, 0
		}
		tr, _ := f.Trace()
		r := Analyze(tr, Options{})
		if cal.HeartRate.For(rppg.Finger, r.Features) != c.want {
			t.Errorf("with %d colours dead %.1f voted, and another model is asked", c.dead, r.Features.Colours)
		}
	}
}

// A monitor lags: the difference grows with how much the rate changes, and shrinks with the length.
func TestMonitored(t *testing.T) {
	ramp := func(seconds, slope float64) *findings {
		f := &findings{}
		for s := 3.0; s < seconds-3; s += stepSeconds {
			f.track.TimeS, f.track.BPM = append(f.track.TimeS, s), append(f.track.BPM, 70+slope*s)
		}
		return f
	}
	if v := ramp(30, 0).monitored(30); v != display {
		t.Errorf("a steady rate: %.3f bpm, want what rounding does", v)
	}
	// 8 s late, the means of a ramp of 0.2 bpm/s differ by 1.6 bpm.
	for _, seconds := range []float64{30, 60} {
		if v := ramp(seconds, 0.2).monitored(seconds); v < 0.8 || v > 2 {
			t.Errorf("a ramp, %g s: %.2f bpm", seconds, v)
		}
	}
	if v := (&findings{track: ppg.Track{BPM: []float64{70}}}).monitored(10); v != display {
		t.Errorf("one step: %.3f bpm", v)
	}
}

// Pressure moves beats and imitates some. The intervals of the variability given contain the truth, and none is
// given where pulses aren't alike.
func TestFingersVariabilityHolds(t *testing.T) {
	var given, held int
	for seed := range uint64(40) {
		tr, truth := realFinger(seed, 60).Trace()
		r := Analyze(tr, Options{})
		for _, c := range []struct {
			name  biomarker.Name
			truth float64
		}{{biomarker.HeartRateVariability, truth.SDNN}, {biomarker.RMSSD, truth.RMSSD}} {
			if e, _ := r.Find(c.name); e.Value != nil {
				given++
				if e.Interval[0] <= c.truth && c.truth <= e.Interval[1] {
					held++
				}
			}
		}
	}
	t.Logf("%d of %d held", held, given)
	if given < 20 || held < given*3/4 {
		t.Errorf("of %d values of variability %d are held by their intervals", given, held)
	}
}

// A monitor shows the mean rate of the breaths of the minute before: with the usual variation from breath to
// breath, nine in ten means over a scan are within the allowance, and not many more.
func TestBreathsBeforeAScanDifferByWhatIsAllowedFor(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	for _, seconds := range []float64{30, 60} {
		const people, perMin = 4000, 14.0
		within := 0
		for range people {
			mean := func(seconds float64) float64 { // of the given number of seconds of breaths, breaths/min
				rate, n := 0.0, math.Round(perMin*seconds/60)
				for range int(n) {
					rate += perMin * (1 + resp.Variation*r.NormFloat64()) / n
				}
				return rate
			}
			if math.Abs(mean(seconds)-math.Round(mean(breathAverage))) <= monitoredBreath(perMin, seconds) {
				within++
			}
		}
		if share := float64(within) / people; share < 0.88 || share > 0.94 {
			t.Errorf("%g s: %.3f of the means", seconds, share)
		}
	}
}
