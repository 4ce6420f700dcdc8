package engine

import (
	"math"
	"slices"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/hrv"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// calm is a person sitting still in good light for that many seconds.
func calm(seed uint64, seconds float64, change func(*simulate.Scene)) (*Result, simulate.Truth) {
	s := simulate.Scenario("ideal", false, seed, seconds)
	s.Rhythm.HeartRate = 58 + 3*float64(seed%8)
	if change != nil {
		change(&s)
	}
	tr, truth := s.Trace()
	return Analyze(tr, Options{}), truth
}

func value(t *testing.T, r *Result, n biomarker.Name) (float64, bool) {
	t.Helper()
	e, ok := r.Find(n)
	if !ok {
		t.Fatalf("no estimate of %s", n)
	}
	if e.Value == nil {
		return 0, false
	}
	return *e.Value, true
}

// The truth is the simulator's: beats drawn before any light or camera. The
// limits are the accuracy asked for at more than 9 dB.
func TestVariabilityOfCalmFaces(t *testing.T) {
	var sdnn, rmssd []float64
	for seed := range uint64(10) {
		r, truth := calm(seed, 60, nil)
		if v, ok := value(t, r, biomarker.HeartRateVariability); ok && r.Features.SNR > 9 {
			sdnn = append(sdnn, math.Abs(v-truth.SDNN))
		}
		if v, ok := value(t, r, biomarker.RMSSD); ok {
			rmssd = append(rmssd, math.Abs(v-truth.RMSSD))
		}
	}
	if len(sdnn) < 6 || len(rmssd) < 6 {
		t.Fatalf("%d values of SDNN, %d of RMSSD: too few to judge", len(sdnn), len(rmssd))
	}
	if m := dsp.Mean(sdnn); m > 5 {
		t.Errorf("SDNN errs by %.1f ms", m)
	}
	if m := dsp.Mean(rmssd); m > 9 {
		t.Errorf("RMSSD errs by %.1f ms", m)
	}
}

func TestVariabilityIsRefusedBelowItsLimits(t *testing.T) {
	for _, c := range []struct {
		name    string
		seconds float64
		change  func(*simulate.Scene)
		of      biomarker.Name
		reason  biomarker.Reason
	}{
		{"half a minute", 30, nil, biomarker.RMSSD, biomarker.TooShort},
		{"twenty seconds", 20, nil, biomarker.HeartRateVariability, biomarker.TooShort},
		{"twenty seconds", 20, nil, biomarker.RespiratoryRate, biomarker.TooShort},
		{"fifteen frames a second", 60, func(s *simulate.Scene) { s.Camera.FPS = 15 }, biomarker.HeartRateVariability, biomarker.LowFrameRate},
		{"a weak pulse", 60, func(s *simulate.Scene) { s.PulseGain, s.Camera.Noise = 0.1, 5 }, biomarker.RMSSD, biomarker.SignalTooWeak},
	} {
		r, _ := calm(3, c.seconds, c.change)
		e, _ := r.Find(c.of)
		if e.Value != nil || *e.Reason != c.reason {
			t.Errorf("%s: %s is %v, want %s", c.name, c.of, e.Reason, c.reason)
		}
	}
}

// A breath every two and a half beats: the narrow filter of the beats hides much of its effect (RMSSD would be
// 0.37 of the truth), which is restored from the known breathing rate.
func TestFastBreathingKeepsItsShareOfTheRhythm(t *testing.T) {
	ratio := 0.0
	const faces = 6
	for seed := range uint64(faces) {
		r, truth := calm(seed, 60, func(s *simulate.Scene) {
			s.Rhythm.HeartRate, s.Rhythm.RespiratoryRate, s.Rhythm.RSA, s.Rhythm.LF = 60, 22, 0.05, 0.01
		})
		v, ok := value(t, r, biomarker.RMSSD)
		if !ok {
			t.Fatalf("face %d: RMSSD refused at %.1f dB", seed, r.Features.SNR)
		}
		ratio += v / truth.RMSSD / faces
	}
	if ratio < 0.65 || ratio > 1.15 {
		t.Errorf("RMSSD reads %.2f of the truth", ratio)
	}
}

func TestBreathingOfFaces(t *testing.T) {
	for i, perMin := range []float64{6, 9, 14, 20, 26} {
		for _, shoulders := range []bool{true, false} {
			r, truth := calm(uint64(i), 60, func(s *simulate.Scene) {
				s.Rhythm.RespiratoryRate, s.Shoulders = perMin, shoulders
			})
			v, ok := value(t, r, biomarker.RespiratoryRate)
			if !ok && !shoulders {
				continue // may be refused, must not be wrong
			}
			if !ok || math.Abs(v-truth.RespiratoryRate) > 1 {
				t.Errorf("%g /min, shoulders %v: %.2f /min (given: %v), truth %.2f", perMin, shoulders, v, ok, truth.RespiratoryRate)
			}
		}
	}
}

// A head that nods to music at 24 a minute is not a chest that breathes at 13.
func TestANoddingHeadIsNotBreathing(t *testing.T) {
	for seed := range uint64(4) {
		r, truth := calm(seed, 60, func(s *simulate.Scene) {
			s.Rhythm.RespiratoryRate, s.Shoulders = 13, false
			s.Motion.Rate, s.Motion.Amplitude = 0.4, 0.02
		})
		if v, ok := value(t, r, biomarker.RespiratoryRate); ok && math.Abs(v-truth.RespiratoryRate) > 2 {
			t.Errorf("face %d: %.1f /min, truth %.1f", seed, v, truth.RespiratoryRate)
		}
	}
}

// Six breaths a minute make the heart's rhythm one slow wave, sixteen don't.
func TestResonanceTellsSlowBreathing(t *testing.T) {
	score := func(perMin float64) float64 {
		r, _ := calm(2, 60, func(s *simulate.Scene) {
			s.Rhythm.RespiratoryRate, s.Rhythm.RSA, s.Rhythm.LF = perMin, 0.06, 0.008
		})
		v, ok := value(t, r, biomarker.ResonantBreathingScore)
		if !ok {
			t.Fatalf("refused at %g /min", perMin)
		}
		return v
	}
	if slow, usual := score(6), score(16); slow < 70 || usual > 40 {
		t.Errorf("score %.0f at 6 /min, %.0f at 16", slow, usual)
	}
}

// Half a minute gives a provisional score, a minute a final one.
func TestResonanceSaysWhenItIsProvisional(t *testing.T) {
	for seconds, want := range map[float64]string{30: provisionalResonance, 60: resonanceMethod} {
		r, _ := calm(2, seconds, nil)
		e, _ := r.Find(biomarker.ResonantBreathingScore)
		if e.Value == nil || e.Method != want {
			t.Errorf("%g s: %q (%v)", seconds, e.Method, e.Reason)
		}
	}
}

// A reading with a large error is not given, nor is the stress index that depends on it.
func TestUncertainReadingsAreNotGiven(t *testing.T) {
	a := New(rppg.Trace{Site: rppg.Face}, Options{})
	r := &Result{Capture: Capture{DurationS: 60, FPS: 30}, Features: Features{SNR: 12}}
	var ibi []float64
	for i := range 60 {
		ibi = append(ibi, 0.85+0.05*math.Sin(float64(i)))
	}
	k := rhythm{correction: hrv.Correct(ibi)}
	for _, c := range []struct {
		sdnnErr, rmssdErr float64
		given             [3]bool // SDNN, RMSSD, stress
	}{
		{4, 6, [3]bool{true, true, true}},
		{9, 6, [3]bool{false, true, false}},
		{4, 12, [3]bool{true, false, true}},
	} {
		k.Reading = hrv.Reading{SDNN: 40, RMSSD: 45, SDNNError: c.sdnnErr, RMSSDError: c.rmssdErr, N: 18, OK: true}
		for _, e := range a.variability(r, k, biomarker.Accept(biomarker.HeartRate, 70, 69, 71, 1, "")) {
			i := slices.Index([]biomarker.Name{biomarker.HeartRateVariability, biomarker.RMSSD, biomarker.StressIndex}, e.Biomarker)
			if i >= 0 && (e.Value != nil) != c.given[i] {
				t.Errorf("errors %g and %g ms: %s is %v, %v", c.sdnnErr, c.rmssdErr, e.Biomarker, e.Value, e.Reason)
			}
			if i == 0 && e.Value != nil && math.Abs(e.Interval[1]-(40+1.645*math.Hypot(4, 0.05*40))) > 1e-9 { // its own error and the pulse's arrival
				t.Errorf("interval %v", *e.Interval)
			}
		}
	}
}

func TestShapelySetsBentBeatsAside(t *testing.T) {
	ibi := []float64{0.8, 0.81, 0.82, 0.83, 0.84, 0.85}
	count := func(x []float64) (n int) {
		for _, v := range x {
			if !math.IsNaN(v) {
				n++
			}
		}
		return n
	}
	if got := shapely(ibi, []float64{1, 1, 0.5, 1, 1, 1, 1}); count(got) != 4 || !math.IsNaN(got[1]) || !math.IsNaN(got[2]) {
		t.Errorf("%v: the intervals on either side of the bent beat should go", got)
	}
	if got := shapely(ibi, []float64{0.85, 0.85, 0.85, 0.85, 0.85, 0.85, 0.5}); count(got) != 5 {
		t.Errorf("%v: where all are mediocre, those are used", got)
	}
	if got := shapely(ibi, make([]float64, 7)); count(got) != 0 {
		t.Errorf("%v: where none has the usual shape, none can be trusted", got)
	}
}

func TestUncorrectedAndApart(t *testing.T) {
	c := hrv.Correction{IBI: []float64{1, 2, 3}, Flags: []hrv.Flag{hrv.Normal, hrv.Ectopic, hrv.Normal}}
	if got := uncorrected(c); got[0] != 1 || !math.IsNaN(got[1]) || got[2] != 3 {
		t.Errorf("%v", got)
	}
	// The early beat at 4 s bends what lies within 1.6 s of it.
	got := apart([]float64{1, 1, 1, 1, 1, 1, 1, 1}, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8}, []float64{4})
	for i, v := range got {
		if bent := i >= 2 && i <= 5; math.IsNaN(v) != bent {
			t.Errorf("interval %d is %v", i, v)
		}
	}
}

// For a rhythm without a steady rate the mean rate is still counted and nothing is read from single beats. The
// reason names no disease.
func TestFibrillationIsCountedAndNotMeasured(t *testing.T) {
	const faces = 8
	near, said := 0, 0
	for seed := range uint64(faces) {
		r, truth := calm(seed, 60, func(s *simulate.Scene) { s.Rhythm.Fibrillation = true })
		if math.Abs(r.Guess-truth.HeartRate) <= 3 {
			near++
		}
		for _, n := range []biomarker.Name{biomarker.HeartRateVariability, biomarker.RMSSD, biomarker.StressIndex, biomarker.ResonantBreathingScore} {
			e, _ := r.Find(n)
			if e.Value != nil {
				t.Errorf("face %d: %s is %v", seed, n, *e.Value)
			} else if *e.Reason == biomarker.IrregularRhythm && n == biomarker.RMSSD {
				said++
			}
		}
	}
	if near < faces-1 || said < faces/2 {
		t.Errorf("of %d faces the rate of %d is within 3 bpm, the rhythm of %d is said to be irregular", faces, near, said)
	}
}

// Noise hides which beats are missing before it hides that some are. The rate is then given with an interval that
// contains the rate of the beats that are left. In these scans the evidence lies between no doubt and certainty.
func TestMissingBeatsWidenTheInterval(t *testing.T) {
	held := 0
	seeds := []uint64{0, 8, 10, 14, 18, 20, 22, 24, 31}
	for _, c := range simulate.Suite("rhythms") {
		if c.Name != "dropped" {
			continue
		}
		for _, seed := range seeds {
			tr, truth := c.Scene(seed, 30).Trace()
			r := Analyze(tr, Options{})
			e, _ := r.Find(biomarker.HeartRate)
			if e.Value == nil || r.Features.OneByOne || r.Features.Pausing <= pausingDoubt {
				t.Errorf("seed %d: %s with evidence %.1f for pauses: not a case for this test", seed, show(e), r.Features.Pausing)
				continue
			}
			if truth.HeartRate >= e.Interval[0] && truth.HeartRate <= e.Interval[1] {
				held++
			}
		}
	}
	if held < len(seeds)-2 {
		t.Errorf("%d of %d intervals contain the rate", held, len(seeds))
	}
}

// In noise, the beats that are found are not always as many as the track says. Either count may be right, most often the beats' where
// both halves of the face show the same wave. The interval reaches to both.
func TestIntervalsReachToTheCountOfTheBeats(t *testing.T) {
	held, all := 0, 0
	for name, seeds := range map[string][]uint64{"fibrillation": {1, 11}, "slow breath": {8, 14, 19, 34}, "variable": {35}} {
		for _, seed := range seeds {
			e, r, truth := ofRhythm(name, seed)
			if e.Value == nil || r.Features.Recounted == 0 {
				t.Errorf("%s, seed %d: %s, recounted by %d beats: not a case for this test", name, seed, show(e), r.Features.Recounted)
				continue
			}
			if all++; truth >= e.Interval[0] && truth <= e.Interval[1] {
				held++
			}
		}
	}
	if held < all-1 {
		t.Errorf("%d of %d intervals contain the rate", held, all)
	}
}

// What breathing changes in the wave of a slow heart lies partly below the band, so its beats are found less exactly.
func TestIntervalsOfSlowHeartsHold(t *testing.T) {
	held, all := 0, 0
	for seed := range uint64(32) {
		e, _, truth := ofRhythm("block 2:1", seed)
		if e.Value == nil || *e.Value > 50 || truth < 25 {
			continue
		}
		if all++; truth >= e.Interval[0] && truth <= e.Interval[1] {
			held++
		}
	}
	if all < 15 || 100*held < 80*all {
		t.Errorf("%d of %d intervals contain the rate", held, all)
	}
}

// A rate that is refused because the beats contradict it is hardly ever right, however clear its track; one at the edge of the grid is in half of
// the cases.
func TestRefusedRhythmsAreUncertain(t *testing.T) {
	for name, reason := range map[string]biomarker.Reason{"block 3:2": biomarker.IrregularRhythm, "dropped": biomarker.IrregularRhythm, "slow": biomarker.OutOfRange} {
		refused := 0
		for seed := range uint64(6) {
			e, _, _ := ofRhythm(name, seed)
			if e.Reason == nil || *e.Reason != reason {
				continue
			}
			refused++
			if e.Confidence < 0.1 || e.Confidence > 0.6 {
				t.Errorf("%s, seed %d: %s with a confidence of %.2f", name, seed, reason, e.Confidence)
			}
		}
		if refused < 2 {
			t.Errorf("%s: %d are refused as %s, too few for this test", name, refused, reason)
		}
	}
}

// ofRhythm returns the heart rate of a scan of 60 s of the suite rhythms, what else was found, and the true rate in bpm.
func ofRhythm(name string, seed uint64) (biomarker.Estimate, *Result, float64) {
	for _, c := range simulate.Suite("rhythms") {
		if c.Name == name {
			tr, truth := c.Scene(seed, 60).Trace()
			r := Analyze(tr, Options{})
			e, _ := r.Find(biomarker.HeartRate)
			return e, r, truth.HeartRate
		}
	}
	panic("no case " + name)
}
