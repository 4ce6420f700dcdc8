package engine

import (
	"math"
	"testing"
)

// A short recording and an irregular rhythm widen the interval of a rate whose beats were all counted.
func TestWidth(t *testing.T) {
	m := Model{Error: []ErrorAt{{Score: 2, Width: 2}, {Score: 6, Width: 0.5}}}
	sure := Features{Irregularity: 0.03, CountDoubt: 0.1}
	for _, c := range []struct {
		what           string
		score, seconds float64
		f              Features
		want           float64 // bpm
	}{
		{"30 s: the table itself", 4, 30, sure, 1.25},
		{"twice as long: half as wide", 4, 60, sure, 0.625},
		{"from a minute on it stays", 4, 600, sure, 0.625},
		{"12 s: 2.5^0.7 times as wide", 4, 12, sure, 1.25 * math.Pow(2.5, 0.7)},
		{"beyond the table", 9, 30, sure, 0.5},
		{"intervals that change by 9 % from beat to beat", 6, 30, Features{Irregularity: 0.09}, math.Hypot(0.5, 2*70*0.03)},
		{"the same, two halves of the face alike", 6, 30, Features{Irregularity: 0.09, HasHalves: true, HalfCorrelation: 0.95}, math.Hypot(0.5, 2*70*0.03)},
		{"the same, halves that differ, as noise makes them", 6, 30, Features{Irregularity: 0.09, HasHalves: true, HalfCorrelation: 0.6}, math.Hypot(0.5, 0.3*2*70*0.03)},
		{"the same, each beat found by itself", 6, 30, Features{Irregularity: 0.09, OneByOne: true}, 0.5},
	} {
		want := math.Hypot(c.want, 70*endError/c.seconds)
		if got := m.width(c.score, 70, c.seconds, false, c.f); !(math.Abs(got-want) < 1e-9) {
			t.Errorf("%s: %.4f bpm, want %.4f", c.what, got, want)
		}
	}
}

// By hand: a Laplace distribution whose 90 % lie within 2 bpm has its 5 % and 95 % there.
func TestSpreadByHand(t *testing.T) {
	one := spread{{0, 1, 2}}
	lo, hi := one.interval()
	if math.Abs(lo+2) > 1e-6 || math.Abs(hi-2) > 1e-6 || math.Abs(one.within(2)-0.9) > 1e-9 {
		t.Errorf("90 %% of one component: [%.4f, %.4f], %.4f within 2", lo, hi, one.within(2))
	}
	// One chance in four that the rate is 4 below: 5 % of all are a fifth of those.
	two := one.shared(0, 0, 0, -4)
	lo, _ = two.interval()
	if got := two.below(lo); math.Abs(got-0.05) > 1e-6 || !(lo < -3.9 && lo > -5) {
		t.Errorf("two components: lower bound %.4f, below it %.4f", lo, got)
	}
	// One chance in four that the rate is about 4 below: half of those are further below, and few of the others.
	if got, want := one.either(-4, 0.25).below(-4), 0.75*0.01/2+0.25/2; math.Abs(got-want) > 1e-9 {
		t.Errorf("about 4 below: %.5f, want %.5f", got, want)
	}
	if got := one.either(0, 0.25); len(got) != 1 || got[0] != one[0] {
		t.Errorf("no offset: %v", got)
	}
}

// The interval and the confidence of a value agree with its features.
func TestIntervalAndConfidenceAreOneDistribution(t *testing.T) {
	m := Model{Error: []ErrorAt{{Score: 0, Width: 8}, {Score: 8, Width: 0.3}}, Slip: Slip{Intercept: -4, Residual: 8, Recounted: 3}, Astray: 25}
	for _, score := range []float64{0, 1, 2, 3, 5, 8, 10} {
		for _, residual := range []float64{0, 0.3, 0.5, 0.7} {
			for _, irregular := range []float64{0.02, 0.08, 0.15} {
				s := m.spread(score, 70, 15, false, Features{Residual: residual, Irregularity: irregular, Variation: 0.08})
				lo, hi := s.interval()
				if p := s.within(Tolerance); p >= 0.95 && (lo < -Tolerance || hi > Tolerance) || p < 0.85 && lo > -Tolerance && hi < Tolerance {
					t.Errorf("score %g, residual %g, irregularity %g: %.3f within 5 bpm beside [%.1f, %.1f]", score, residual, irregular, p, lo, hi)
				}
			}
		}
	}
	// A count that was changed to the track's: the interval contains a beat more and a beat less.
	s := m.spread(8, 70, 60, false, Features{Recounted: 1, Variation: 0.08})
	if lo, hi := s.interval(); lo > -1 || hi < 1 {
		t.Errorf("a beat of a minute in doubt: [%.2f, %.2f]", lo, hi)
	}
	// A count that exceeds the track's by more than half a beat may be a beat too high, not too low; the other way round it is too low.
	for _, residual := range []float64{0.6, -0.6} {
		lo, hi := m.spread(8, 70, 60, false, Features{Residual: residual, Variation: 0.08}).interval()
		if residual < 0 {
			lo, hi = -hi, -lo
		}
		if lo > -1 || hi > 0.7 {
			t.Errorf("a count %+.1f of a beat from the track's: [%.2f, %.2f] towards the track", residual, lo, hi)
		}
	}
}
