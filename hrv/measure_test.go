package hrv_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/hrv"

	"pgregory.net/rapid"
)

func TestMeasureOfACleanRhythmIsPlain(t *testing.T) {
	ibi := waving(0.2, 0.04, 0, 60)
	m := hrv.Measure(ibi, nil)
	if !m.OK || m.N != 60 {
		t.Fatalf("%+v", m)
	}
	near(t, "SDNN", m.SDNN, hrv.SDNN(ibi), 1e-9)
	near(t, "RMSSD", m.RMSSD, hrv.RMSSD(ibi), 1e-9)
}

// A change between beats that were not flagged may be the heart's own, so it counts. It may also be one beat seen
// 250 ms late, so the stated interval must not exclude that. Once the intervals are set aside it must have no
// effect.
func TestMeasureOfARareDifference(t *testing.T) {
	clean := heart(11, 70)
	bent := append([]float64(nil), clean...)
	bent[30], bent[31] = bent[30]+0.25, bent[31]-0.25
	odd := hrv.Measure(bent, nil)
	near(t, "RMSSD with it", odd.RMSSD, hrv.RMSSD(bent), 1e-9)
	near(t, "SDNN with it", odd.SDNN, hrv.SDNN(bent), 1e-9)
	excess := odd.RMSSD - hrv.RMSSD(clean)
	if excess < 10 || excess > 1.645*odd.RMSSDError {
		t.Errorf("one beat adds %.1f ms to RMSSD, the error stated is %.1f", excess, odd.RMSSDError)
	}
	if usual := hrv.Measure(clean, nil); odd.RMSSDError < 1.5*usual.RMSSDError {
		t.Errorf("the error stated is %.1f ms with a rare difference and %.1f without", odd.RMSSDError, usual.RMSSDError)
	}
	bent[30], bent[31] = math.NaN(), math.NaN()
	m := hrv.Measure(bent, nil)
	if !m.OK || m.N != 68 {
		t.Fatalf("%d intervals, want 68", m.N)
	}
	near(t, "SDNN", m.SDNN, hrv.SDNN(clean), 0.03*hrv.SDNN(clean))
	near(t, "RMSSD", m.RMSSD, hrv.RMSSD(clean), 0.05*hrv.RMSSD(clean))
	if !hrv.Measure(bent[:8], nil).OK {
		t.Error("eight known intervals are enough")
	}
	if hrv.Measure(bent[:7], nil).OK {
		t.Error("seven are not")
	}
}

// Timing noise of s adds 2 s² to SDNN² and 6 s² to RMSSD². With s known both are taken out, and 1.645 times the
// stated error contains the truth nine times in ten.
func TestMeasureTakesKnownNoiseOut(t *testing.T) {
	check(t, 3, func(r *rand.Rand, ibi []float64) (got hrv.Reading, raw []float64) {
		b, timing := beats(ibi), make([]float64, len(ibi)+1)
		for i := range b {
			b[i] += 0.015 * r.NormFloat64()
			timing[i] = 0.015
		}
		return hrv.Measure(intervals(b), timing), intervals(b)
	})
}

// smooth is the filter 1/6 4/6 1/6: of a change of c cycles a beat it leaves (2 + cos 2 pi c)/3.
func smooth(x []float64) []float64 {
	y := append([]float64(nil), x...)
	for i := 1; i+1 < len(x); i++ {
		y[i] = (x[i-1] + 4*x[i] + x[i+1]) / 6
	}
	return y
}

func kept(c float64) float64 { return (2 + math.Cos(2*math.Pi*c)) / 3 }

var smoothing = hrv.Filter{
	Change: kept,
	Noise:  func(c float64) float64 { return kept(c) * kept(c) },
	Height: func(c float64) float64 { return kept(c) * kept(c) },
}

// carrier makes beats in noise as a filter shows them: the noise in the heights, as a share of the height, is 2 pi
// over the interval times the noise in the times (s).
func carrier(r *rand.Rand, ibi []float64, noise float64) (seen, height []float64) {
	b, height := beats(ibi), make([]float64, len(ibi)+1)
	for i := range b {
		b[i] += noise * r.NormFloat64()
		height[i] = noise * r.NormFloat64() * 2 * math.Pi / 0.85
	}
	return intervals(smooth(b)), smooth(height)
}

// A filter that removes two thirds of the quickest changes, and noise that only the heights show.
func TestSidebandsFreeBeatsOfNoiseAndFilter(t *testing.T) {
	for _, c := range []struct{ noise, bias float64 }{
		{0.004, 3}, // s, ms: the filter's loss prevails
		{0.030, 6}, // the noise prevails, half as much again as the rhythm
	} {
		check(t, c.bias, func(r *rand.Rand, ibi []float64) (hrv.Reading, []float64) {
			seen, height := carrier(r, ibi, c.noise)
			return hrv.Sidebands(seen, height, 0.22/0.85, smoothing), seen
		})
	}
}

// check runs a method on 80 hearts in noise: there must be hardly any bias, and nine in ten intervals must contain
// the truth. A plain reading must be far off, or the test would show nothing.
func check(t *testing.T, bias float64, read func(*rand.Rand, []float64) (hrv.Reading, []float64)) {
	t.Helper()
	var eS, eR, raw float64
	var heldS, heldR int
	const runs = 80
	for seed := range runs {
		ibi := heart(uint64(200+seed), 70)
		m, seen := read(rand.New(rand.NewPCG(uint64(seed), 4)), ibi)
		if !m.OK {
			t.Fatal("refused")
		}
		s, r := m.SDNN-hrv.SDNN(ibi), m.RMSSD-hrv.RMSSD(ibi)
		eS, eR, raw = eS+s/runs, eR+r/runs, raw+math.Abs(hrv.RMSSD(seen)-hrv.RMSSD(ibi))/runs
		if math.Abs(s) <= 1.645*m.SDNNError {
			heldS++
		}
		if math.Abs(r) <= 1.645*m.RMSSDError {
			heldR++
		}
	}
	near(t, "bias of SDNN", eS, 0, bias/2)
	near(t, "bias of RMSSD", eR, 0, bias)
	if 100*heldS < 84*runs || 100*heldR < 84*runs {
		t.Errorf("intervals of 90 %% hold SDNN in %d and RMSSD in %d of %d", heldS, heldR, runs)
	}
	if raw < 5 {
		t.Errorf("a plain reading errs by %.1f ms only: this test shows nothing", raw)
	}
}

// With almost no noise, the filter's loss is restored: of a rhythm that is all breathing at 0.3 cycles a beat it
// leaves (2 + cos 0.6 pi)/3 = 0.564.
func TestSidebandsGiveBreathingBack(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	ibi := make([]float64, 80)
	for i := range ibi {
		ibi[i] = 0.85 + 0.04*math.Sin(2*math.Pi*0.3*float64(i)) + 0.002*r.NormFloat64()
	}
	seen, height := carrier(r, ibi, 0.0005)
	near(t, "RMSSD left", hrv.RMSSD(seen), 0.564*hrv.RMSSD(ibi), 0.05*hrv.RMSSD(ibi))
	m := hrv.Sidebands(seen, height, 0.3/0.85, smoothing)
	near(t, "RMSSD", m.RMSSD, hrv.RMSSD(ibi), 0.06*hrv.RMSSD(ibi))
}

// For random intervals with a spread of 120 ms, the filter's loss is restored as well as for calmer ones.
func TestSidebandsGiveLivelyRandomIntervalsBack(t *testing.T) {
	ratio := 0.0
	const runs = 20
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 12))
		ibi := make([]float64, 70)
		for i := range ibi {
			ibi[i] = 0.9 + 0.12*r.NormFloat64()
		}
		seen, height := carrier(r, ibi, 0.030)
		ratio += hrv.Sidebands(seen, height, 0.25, smoothing).SDNN / hrv.SDNN(ibi) / runs
	}
	near(t, "SDNN over that of the beats", ratio, 1, 0.05)
}

func TestSidebandsIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0, -1, 1e300, 0.8})
		ibi := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0.25, 1.714), odd), 0, 90).Draw(t, "ibi")
		height := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-1, 1), odd), 0, 90).Draw(t, "height")
		timing := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 0.1), odd), 0, 90).Draw(t, "timing")
		breath := rapid.OneOf(rapid.Float64Range(-1, 3), odd).Draw(t, "breath")
		for _, m := range []hrv.Reading{hrv.Sidebands(ibi, height, breath, smoothing), hrv.Measure(ibi, timing)} {
			if m.OK && !(m.SDNN >= 0 && m.RMSSD >= 0 && m.SDNNError >= 0 && m.RMSSDError >= 0) {
				t.Fatalf("%+v", m)
			}
		}
	})
}

// The cost is linear in the duration: an hour is divided into segments.
func BenchmarkSidebands(b *testing.B) {
	for _, n := range []int{70, 4200} {
		seen, height := carrier(rand.New(rand.NewPCG(1, 1)), heart(1, n), 0.015)
		b.Run(map[int]string{70: "minute", 4200: "hour"}[n], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				hrv.Sidebands(seen, height, 0.25, smoothing)
			}
		})
	}
}
