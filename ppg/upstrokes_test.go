package ppg

import (
	"math"
	"math/rand/v2"
	"testing"
)

// pulses is a wave at 30 Hz with a pulse and its weaker reflection at each beat, in white noise.
func pulses(beats []float64, seconds, noise float64, r *rand.Rand) []float64 {
	x := make([]float64, int(30*seconds))
	for i := range x {
		t := float64(i) / 30
		for _, b := range beats {
			if d := t - b; d > -1 && d < 2 {
				x[i] += math.Exp(-d*d/(2*0.1*0.1)) + 0.35*math.Exp(-(d-0.24)*(d-0.24)/(2*0.12*0.12))
			}
		}
		x[i] += noise * r.NormFloat64()
	}
	return x
}

// Rhythms with pauses of 2 and 3 s, with an early beat, and with breathing: each beat is found at its place, and
// no other. The guide beats come at the usual rate.
func TestFindUpstrokes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		what     string
		interval func(i int, t float64) float64
	}{
		{"pauses", func(i int, _ float64) float64 { return map[int]float64{9: 2, 20: 3, 33: 1.6}[i%40] }},
		{"an early beat in ten", func(i int, _ float64) float64 { return map[int]float64{3: 0.55, 4: 1.05}[i%10] }},
		{"a breath of 10 s that swings by 200 ms", func(_ int, t float64) float64 { return 0.85 + 0.2*math.Sin(2*math.Pi*t/10) }},
	} {
		var beats, guide []float64
		for i, b := 0, 0.5; b < 58; i++ {
			beats = append(beats, b)
			v := c.interval(i, b)
			if v == 0 {
				v = 0.8
			}
			b += v
		}
		for g := 0.5; g < 59; g += 0.82 {
			guide = append(guide, g)
		}
		u := FindUpstrokes(pulses(beats, 60, 0.03, r), 30, 1/0.82, guide)
		if len(u.TimeS) != len(beats) || float64(u.Doubtful) > 0.02*float64(len(beats)) {
			t.Errorf("%s: %d beats of %d, %d doubtful", c.what, len(u.TimeS), len(beats), u.Doubtful)
			continue
		}
		for i, b := range beats {
			if d := u.TimeS[i] - b; math.Abs(d+0.08) > 0.06 { // the steepest rise comes before the peak
				t.Errorf("%s: beat %d is seen %.3f s from its peak", c.what, i, d)
			}
		}
	}
}

// Noise alone has rises of every steepness, so many are doubtful.
func TestFindUpstrokesDoubtsNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var guide []float64
	for g := 0.5; g < 59; g += 0.85 {
		guide = append(guide, g)
	}
	if u := FindUpstrokes(pulses(nil, 60, 1, r), 30, 1/0.85, guide); float64(u.Doubtful) < 0.05*float64(len(u.TimeS)) {
		t.Errorf("%d of %d rises of noise are doubtful", u.Doubtful, len(u.TimeS))
	}
	for _, w := range [][]float64{nil, {1, 2}, make([]float64, 300)} {
		if u := FindUpstrokes(w, 30, 1.2, guide); len(u.TimeS) > 0 {
			t.Errorf("beats in a wave of %d samples without a rise", len(w))
		}
	}
}

// From beats at 1, 2, 4 s: half a cycle at 1.5 s, one and a half between 2 and 4.
func TestBeatPhaseGoesOnceFromBeatToBeat(t *testing.T) {
	p := BeatPhase([]float64{1, 2, 4, 5}, 61, 10)
	for _, c := range []struct{ t, cycles float64 }{{1, 0}, {2, 1}, {4, 2}, {5, 3}} {
		if got := p.cycles[int(10*c.t)] - p.cycles[10]; math.Abs(got-c.cycles) > 1e-9 {
			t.Errorf("at %g s %.4f cycles after the first beat, want %g", c.t, got, c.cycles)
		}
	}
	if d := p.Time((p.cycles[30]) * PerCycle); math.Abs(d-3) > 0.02 {
		t.Errorf("what lies at 3 s is said to lie at %.3f", d)
	}
	for _, odd := range [][]float64{nil, {1, 2}, {1, 1, 1}, {3, 2, 1}, {math.NaN(), 1, 2, 3}} {
		if p := BeatPhase(odd, 50, 10); len(p.at) != 0 {
			t.Errorf("a phase along %v", odd)
		}
	}
}

// With one beat missed or two found twice, the count is right and the surplus says how many beats were added or
// lost.
func TestSurplus(t *testing.T) {
	_, beats, k := ramp(15)
	if d := Surplus(beats, k); math.Abs(d) > 0.01 {
		t.Errorf("all beats: %.3f", d)
	}
	if d := Surplus(append(append([]float64{}, beats[:9]...), beats[10:]...), k); math.Abs(d+1) > 0.01 {
		t.Errorf("one missed: %.3f", d)
	}
}
