package engine

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/simulate"
)

// heart returns the interval after beat i, which is at t s.
type heart func(r *rand.Rand) func(i int, t float64) float64

func respiring(base, swing, hz float64) heart {
	return func(r *rand.Rand) func(int, float64) float64 {
		return func(_ int, t float64) float64 { return base + swing*math.Sin(2*math.Pi*hz*t) + 0.005*r.NormFloat64() }
	}
}

// pausing makes every nth interval so long, in s, or as many times as long if below 0.
func pausing(every int, long float64) heart {
	return func(r *rand.Rand) func(int, float64) float64 {
		usual := respiring(0.85, 0.02, 0.25)(r)
		return func(i int, t float64) float64 {
			v := usual(i, t)
			switch {
			case i%every != every-1:
				return v
			case long < 0:
				return -long * v
			}
			return long
		}
	}
}

func dropping(share float64) heart {
	return func(r *rand.Rand) func(int, float64) float64 {
		usual := respiring(0.85, 0.03, 0.2)(r)
		return func(i int, t float64) float64 {
			if r.Float64() < share {
				return 2 * usual(i, t)
			}
			return usual(i, t)
		}
	}
}

// For a heart that pauses or drops beats, the true rate is in the interval, or the rhythm is said to be irregular.
// No variability is read from the other beats, and no beat is listed where the wave has none.
func TestNoBeatWhereTheWaveHasNone(t *testing.T) {
	for _, c := range []struct {
		what string
		heart
	}{
		{"3 s after every 16th beat", pausing(16, 3)},
		{"2 s after every 10th", pausing(10, 2)},
		{"5 s after every 25th", pausing(25, 5)},
		{"every 6th beat dropped", pausing(5, -2)},
		{"3:2", pausing(2, -2)},
		{"5 % dropped", dropping(0.05)},
		{"15 % dropped", dropping(0.15)},
		{"25 % dropped", dropping(0.25)},
	} {
		for seed := range uint64(2) {
			w := train{seconds: 60, seed: seed, noise: 0.06, finger: seed == 1}
			w.beats = from(60, c.heart(rand.New(rand.NewPCG(seed, 3))))
			beats, truth := w.truth()
			r := Analyze(w.trace(), Options{})
			hr, _ := r.Find(biomarker.HeartRate)
			if hr.Value != nil && (truth < hr.Interval[0] || truth > hr.Interval[1]) {
				t.Errorf("%s, seed %d: %.1f %.1f, truth %.1f", c.what, seed, *hr.Value, *hr.Interval, truth)
			}
			if hr.Value == nil && *hr.Reason != biomarker.IrregularRhythm && !w.finger {
				t.Errorf("%s, seed %d: refused as %s", c.what, seed, *hr.Reason)
			}
			if e, _ := r.Find(biomarker.HeartRateVariability); e.Value != nil {
				t.Errorf("%s, seed %d: an SDNN of %.0f ms", c.what, seed, *e.Value)
			}
			for _, b := range r.Beats {
				if near := nearest(beats, b.Time-0.1); math.Abs(near) > 0.25 {
					t.Errorf("%s, seed %d: a beat is listed at %.2f s, %.2f s from any", c.what, seed, b.Time, near)
					break
				}
			}
		}
	}
}

// The same in noise, in which single beats are uncertain: a three-to-two block makes lines of another rate, a
// heart whose every second beat is early seems to beat half as often, and pauses seem to be filled.
func TestMissingBeatsInNoiseAreNoneOfARegularHeart(t *testing.T) {
	early := func(r *rand.Rand) func(int, float64) float64 {
		usual := respiring(0.75, 0.015, 0.25)(r)
		return func(i int, t float64) float64 { return usual(i, t) * [2]float64{0.72, 1.28}[i%2] }
	}
	for _, c := range []struct {
		what string
		heart
	}{
		{"3 s after every 14th beat", pausing(14, 3)},
		{"2.4 s after every 9th", pausing(9, 2.4)},
		{"3:2", pausing(2, -2)},
		{"each second early", early},
		{"12 % dropped", dropping(0.12)},
		{"25 % dropped", dropping(0.25)},
	} {
		for seed := range uint64(4) {
			w := train{seconds: 60, seed: seed, noise: 0.55 + 0.15*float64(seed)}
			w.beats = from(60, c.heart(rand.New(rand.NewPCG(seed, 31))))
			_, truth := w.truth()
			r := Analyze(w.trace(), Options{})
			hr, _ := r.Find(biomarker.HeartRate)
			if hr.Value != nil && (truth < hr.Interval[0] || truth > hr.Interval[1]) {
				t.Errorf("%s, noise %.2f: %.1f %.1f at %.2f, truth %.1f (%.1f dB)", c.what, w.noise, *hr.Value, *hr.Interval, hr.Confidence, truth, r.Features.SNR)
			}
		}
	}
}

// Movement or shade on one half of a face hides beats there, but not in the other half, so a regular heart isn't
// taken to pause.
func TestWhatOneHalfOfAFaceHidesIsNoPause(t *testing.T) {
	for _, c := range []struct {
		suite, name string
		scan        uint64
		seconds     float64
	}{
		{"easy", "screen", 11, 60}, {"easy", "screen", 21, 60}, {"hard", "talk", 7, 60}, {"hard", "talk", 25, 60}, {"hard", "screen", 10, 60},
		{"easy", "screen", 8, 30}, {"hard", "vfr", 11, 30}, {"real", "speaking", 20, 30},
	} {
		cases := simulate.Suite(c.suite)
		i := slices.IndexFunc(cases, func(k simulate.Case) bool { return k.Name == c.name })
		tr, truth := cases[i].Scene(60<<32+c.scan, c.seconds).Trace()
		r := Analyze(tr, Options{})
		if hr, _ := r.Find(biomarker.HeartRate); hr.Value == nil || math.Abs(*hr.Value-truth.HeartRate) > 5 {
			t.Errorf("%s %s %d: %v (%v), truth %.1f", c.suite, c.name, c.scan, hr.Value, hr.Reason, truth.HeartRate)
		}
	}
}

// A pause differs from a gap between frames: missing frames can hide only as many beats as fit into the gap.
func TestAShortGapBetweenFramesFillsNoPause(t *testing.T) {
	var beats []float64
	for i := range 12 {
		at := 0.8 * float64(i)
		if i > 5 {
			at += 2.4
		}
		beats = append(beats, at)
	}
	for _, c := range []struct {
		gap          float64 // s, from 4.5 s on
		pauses, lost int
	}{{0, 1, 0}, {0.4, 1, 0}, {2.6, 0, 3}} {
		a := &Analyzer{history: history{gaps: make([]bool, 15*20)}}
		const from = 68 // samples, 4.5 s
		for i := range int(c.gap * rate) {
			a.gaps[from+i] = true
		}
		if pauses, _, lost := a.pauses(beats); pauses != c.pauses || lost != c.lost {
			t.Errorf("%g s: %d pauses, %d beats lost", c.gap, pauses, lost)
		}
	}
}

// Random intervals lack the beats that come too early to make a pulse. Breathing and patterns lack none.
func TestRandomIntervalsLackTheirEarliestBeats(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 41))
	series := func(interval func(i int) float64) []float64 {
		at, out := 0.0, []float64{}
		for i := range 400 {
			out = append(out, at)
			at += interval(i)
		}
		return out
	}
	early := 0.0
	random := series(func(int) float64 {
		v := 0.8 * (1 + 0.25*r.NormFloat64())
		if v < 0.6*0.8 {
			early += 1.0 / 400
		}
		return v
	})
	if got := weak(random); math.Abs(got-early) > 0.025 {
		t.Errorf("%.3f, want %.3f", got, early)
	}
	if got := weak(series(func(i int) float64 { return 0.95 + 0.2*math.Sin(2*math.Pi*0.1*float64(i)) })); got > 0.005 {
		t.Errorf("of a swing %.3f", got)
	}
	if got := weak(series(func(i int) float64 { return [2]float64{0.55, 1.05}[i%2] })); got > 0 {
		t.Errorf("of a pattern %.3f", got)
	}
	if got := weak([]float64{0, 1}); got != 0 {
		t.Errorf("of one interval %.3f", got)
	}
}

// nearest returns how far from t the nearest beat is.
func nearest(beats []float64, t float64) float64 {
	best := math.Inf(1)
	for _, b := range beats {
		if d := b - t; math.Abs(d) < math.Abs(best) {
			best = d
		}
	}
	return best
}

// Breathing changes the rate smoothly, however strongly. Variability and resonance are given, and the rhythm isn't
// called irregular.
func TestALargeSwingOfTheBreathIsNotIrregular(t *testing.T) {
	for _, swing := range []float64{0.1, 0.2, 0.25} {
		for _, perMin := range []float64{4.5, 6, 7.5} {
			w := train{seconds: 60, seed: uint64(10 * perMin), noise: 0.06}
			w.beats = from(60, respiring(0.95, swing, perMin/60)(rand.New(rand.NewPCG(w.seed, 4))))
			beats, truth := w.truth()
			r := Analyze(w.trace(), Options{})
			for _, e := range r.Estimates {
				if e.Reason != nil && *e.Reason == biomarker.IrregularRhythm {
					t.Errorf("%g s at %g /min: %s is irregular", swing, perMin, e.Biomarker)
				}
			}
			hr, _ := r.Find(biomarker.HeartRate)
			sdnn, _ := r.Find(biomarker.HeartRateVariability)
			score, _ := r.Find(biomarker.ResonantBreathingScore)
			if hr.Value == nil || sdnn.Value == nil || score.Value == nil {
				t.Errorf("%g s at %g /min: rate %v, SDNN %v, resonance %v", swing, perMin, because(hr), because(sdnn), because(score))
				continue
			}
			if truth < hr.Interval[0] || truth > hr.Interval[1] || math.Abs(*sdnn.Value-spreadOf(beats)) > 0.1*spreadOf(beats) {
				t.Errorf("%g s at %g /min: %.1f bpm %.1f of %.1f, SDNN %.0f of %.0f ms", swing, perMin, *hr.Value, *hr.Interval, truth, *sdnn.Value, spreadOf(beats))
			}
		}
	}
}

// spreadOf is the standard deviation of the intervals between beats, ms.
func spreadOf(beats []float64) float64 {
	m, s, n := (beats[len(beats)-1]-beats[0])/float64(len(beats)-1), 0.0, float64(len(beats)-2)
	for i := 1; i < len(beats); i++ {
		s += math.Pow(beats[i]-beats[i-1]-m, 2) / n
	}
	return 1000 * math.Sqrt(s)
}

// For beats at random intervals the rate is counted, and no variability is given.
func TestRandomIntervalsAreCountedOneByOne(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 6))
		w := train{seconds: 60, seed: seed, noise: 0.06}
		w.beats = from(60, func(int, float64) float64 { return min(2, max(0.35, 0.8*(1+0.22*r.NormFloat64()))) })
		_, truth := w.truth()
		res := Analyze(w.trace(), Options{})
		if hr, _ := res.Find(biomarker.HeartRate); hr.Value != nil && (truth < hr.Interval[0] || truth > hr.Interval[1]) {
			t.Errorf("seed %d: %.1f %.1f, truth %.1f", seed, *hr.Value, *hr.Interval, truth)
		}
		if e, _ := res.Find(biomarker.HeartRateVariability); e.Value != nil {
			t.Errorf("seed %d: an SDNN of %.0f ms", seed, *e.Value)
		}
	}
}

// No value is given for rates beyond the grid, neither doubled nor at the grid's edge. Rates on the grid are
// given.
func TestRatesBeyondTheGridAreNotGiven(t *testing.T) {
	for _, bpm := range []float64{26, 28, 30, 32, 34, 242, 245, 249} {
		w := steadyHeart(uint64(bpm), bpm, 40)
		if bpm > 200 {
			w = train{seconds: 40, seed: uint64(bpm), noise: 0.06, beats: from(40, func(int, float64) float64 { return 60 / bpm })}
		}
		if e, _ := Analyze(w.trace(), Options{}).Find(biomarker.HeartRate); e.Value != nil || bpm < 100 && *e.Reason != biomarker.OutOfRange {
			t.Errorf("%g bpm: read as %v, %v", bpm, e.Value, because(e))
		}
	}
	for seed := range uint64(8) {
		r, _ := calm(seed, 60, func(s *simulate.Scene) {
			s.Rhythm.HeartRate, s.Rhythm.RSA, s.Rhythm.LF = 28.5+0.5*float64(seed), 0.03, 0.01
		})
		if e, _ := r.Find(biomarker.HeartRate); e.Value != nil || *e.Reason != biomarker.OutOfRange {
			t.Errorf("calm face %d: read as %v, %v", seed, e.Value, because(e))
		}
	}
	for _, bpm := range []float64{38, 45, 58, 72} {
		w := steadyHeart(uint64(bpm), bpm, 40)
		_, truth := w.truth()
		if e, _ := Analyze(w.trace(), Options{}).Find(biomarker.HeartRate); e.Value == nil || math.Abs(*e.Value-truth) > 1 {
			t.Errorf("%g bpm: %v, %v", bpm, e.Value, e.Reason)
		}
	}
}

// Noise between the lines of a weak pulse isn't taken for a heart of half its rate.
func TestWeakPulsesAreNotCalledSlow(t *testing.T) {
	for _, c := range []struct {
		suite, name string
		seed, scan  uint64
	}{
		{"hard", "dark", 60, 33}, {"hard", "vfr", 60, 13}, {"hard", "dark", 61, 57}, {"hard", "lowlight", 61, 50},
		{"hard", "screen", 61, 80}, {"real", "bright", 61, 1}, {"real", "speaking", 61, 5},
	} {
		r := Analyze(sceneOf(t, c.suite, c.name, c.seed<<32+c.scan), Options{})
		if e, _ := r.Find(biomarker.HeartRate); because(e) == biomarker.OutOfRange {
			t.Errorf("%s, %s, scan %d of seed %d, read at %.1f bpm, is called %s", c.suite, c.name, c.scan, c.seed, r.Guess, *e.Reason)
		}
	}
}

// because says why an estimate was refused, nothing where it is given.
func because(e biomarker.Estimate) biomarker.Reason {
	if e.Reason == nil {
		return ""
	}
	return *e.Reason
}
