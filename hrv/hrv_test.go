package hrv_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush/hrv"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.6g, want %.6g ± %g", what, got, want, tol)
	}
}

// By hand: intervals 0.8 0.9 0.8 1.0 s have mean 0.875, squared deviations
// 0.0275 / 3, squared differences (0.01+0.01+0.04) / 3.
func TestVariabilityByHand(t *testing.T) {
	ibi := []float64{0.8, 0.9, 0.8, 1.0}
	near(t, "SDNN", hrv.SDNN(ibi), 1000*math.Sqrt(0.0275/3), 1e-9)
	near(t, "RMSSD", hrv.RMSSD(ibi), 1000*math.Sqrt(0.06/3), 1e-9)
	for _, few := range [][]float64{nil, {}, {0.8}} {
		near(t, "SDNN of too few", hrv.SDNN(few), 0, 0)
		near(t, "RMSSD of too few", hrv.RMSSD(few), 0, 0)
	}
}

// By hand: SDNN 50, RMSSD 42: SD1 = 42/√2 = 29.698, SD2 = √(2·2500 − 882) = 64.172.
func TestPoincareByHand(t *testing.T) {
	sd1, sd2 := hrv.Poincare(50, 42)
	near(t, "SD1", sd1, 29.698, 1e-3)
	near(t, "SD2", sd2, 64.172, 1e-3)
}

// Reference values: 100·erf(25/(√2·s)) / (2·m·4·s/1000) / 1.6 evaluated with scipy.special.erf.
func TestGaussianSIAgainstScipy(t *testing.T) {
	for _, c := range []struct{ sdnn, mean, want float64 }{
		{80, 0.85, 28.18698}, {50, 0.85, 70.39061}, {30, 0.85, 182.39683}, {20, 0.85, 362.45425}, {45, 1.1, 66.52230},
	} {
		near(t, "SI", hrv.GaussianSI(c.sdnn, c.mean), c.want, 1e-6*c.want)
	}
	for _, bad := range [][2]float64{{0, 0.8}, {-1, 0.8}, {40, 0}, {math.NaN(), 0.8}, {math.Inf(1), 0.8}, {40, math.Inf(1)}} {
		near(t, "SI of nonsense", hrv.GaussianSI(bad[0], bad[1]), 0, 0)
	}
}

func TestGaussianSIFallsAsVariabilityRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mean := rapid.Float64Range(0.3, 1.7).Draw(t, "mean")
		s := rapid.Float64Range(1, 300).Draw(t, "sdnn")
		if hrv.GaussianSI(s*1.01, mean) >= hrv.GaussianSI(s, mean) {
			t.Fatalf("SI does not fall between %g and %g ms", s, s*1.01)
		}
	})
}

// Reference values: the formulas in Balance's comment evaluated with numpy.
func TestBalance(t *testing.T) {
	for _, c := range []struct{ mean, sdnn, rmssd, pns, sns float64 }{
		{0.926, 50, 42, 0.2590, -0.2754},
		{1.1, 60, 65, 1.4503, -1.1339},
		{0.7, 25, 15, -1.6178, 1.3564},
	} {
		pns, sns, ok := hrv.Balance(c.mean, c.sdnn, c.rmssd)
		if !ok {
			t.Fatalf("%+v refused", c)
		}
		near(t, "PNS", pns, c.pns, 2e-3)
		near(t, "SNS", sns, c.sns, 2e-3)
	}
	if _, _, ok := hrv.Balance(0.8, 0, 30); ok {
		t.Error("a balance of nothing")
	}
}

// heart makes n intervals of a calm rhythm: mean 0.85 s, breathing and slow
// waves, white variation; SDNN about 40 ms.
func heart(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	p, q := r.Float64()*6, r.Float64()*6
	x := make([]float64, n)
	for i := range x {
		f := float64(i)
		x[i] = 0.85 + 0.035*math.Sin(2*math.Pi*0.22*f+p) + 0.03*math.Sin(2*math.Pi*0.08*f+q) + 0.012*r.NormFloat64()
	}
	return x
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

func beats(ibi []float64) []float64 {
	b := []float64{10}
	for _, v := range ibi {
		b = append(b, b[len(b)-1]+v)
	}
	return b
}

func intervals(b []float64) []float64 {
	x := make([]float64, len(b)-1)
	for i := range x {
		x[i] = b[i+1] - b[i]
	}
	return x
}

func TestCorrectFindsEachKind(t *testing.T) {
	clean := heart(3, 80)
	at := 40
	for _, c := range []struct {
		name    string
		damage  func(b []float64) []float64
		flag    hrv.Flag
		ectopic int
	}{
		{"a missed beat", func(b []float64) []float64 { return append(b[:at:at], b[at+1:]...) }, hrv.Missed, 0},
		{"two missed beats", func(b []float64) []float64 { return append(b[:at:at], b[at+2:]...) }, hrv.Missed, 0},
		{"an extra beat", func(b []float64) []float64 {
			return append(append(b[:at+1:at+1], b[at]+0.38), b[at+1:]...)
		}, hrv.Extra, 0},
		{"an early beat and its pause", func(b []float64) []float64 { b[at] -= 0.28; return b }, hrv.Ectopic, 1},
		{"a beat seen late", func(b []float64) []float64 { b[at] += 0.2; return b }, hrv.LongOrShort, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := hrv.Correct(intervals(c.damage(beats(clean))))
			if len(got.IBI) != len(got.Flags) {
				t.Fatalf("%d intervals, %d flags", len(got.IBI), len(got.Flags))
			}
			seen := false
			for i, f := range got.Flags {
				seen = seen || f == c.flag
				if f != hrv.Normal && (i < at-3 || i > at+3) {
					t.Errorf("interval %d is flagged %d, far from the damage at %d", i, f, at)
				}
			}
			if !seen && c.flag != hrv.LongOrShort || got.Artefacts == 0 || got.Ectopic < c.ectopic {
				t.Errorf("flags %v, %d artefacts, %d ectopic", got.Flags[at-3:at+4], got.Artefacts, got.Ectopic)
			}
			if len(got.IBI) != len(clean) {
				t.Errorf("%d intervals, want %d", len(got.IBI), len(clean))
			}
			near(t, "length in s", sum(got.IBI), sum(clean), 0.02)
			near(t, "SDNN", hrv.SDNN(got.IBI), hrv.SDNN(clean), 0.05*hrv.SDNN(clean))
			near(t, "RMSSD", hrv.RMSSD(got.IBI), hrv.RMSSD(clean), 0.08*hrv.RMSSD(clean))
		})
	}
}

// Lipponen & Tarvainen 2019 report that 96.96 % of ectopic beats are found and
// that the error of variability measures stays under 2 %. Here one beat in
// twenty comes early by a quarter to a third, with a full pause.
func TestCorrectOnRecordingsWithFivePercentEctopicBeats(t *testing.T) {
	found, placed, errSDNN, errRMSSD, hearts := 0, 0, 0.0, 0.0, 40
	for seed := range hearts {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		clean := heart(uint64(seed), 120)
		b := beats(clean)
		n := 0
		for i := 5 + r.IntN(10); i < len(b)-5; i += 12 + r.IntN(16) {
			b[i] -= clean[i-1] * (0.25 + 0.08*r.Float64())
			n++
		}
		c := hrv.Correct(intervals(b))
		found, placed = found+min(c.Ectopic, n), placed+n
		errSDNN += math.Abs(hrv.SDNN(c.IBI)/hrv.SDNN(clean) - 1)
		errRMSSD += math.Abs(hrv.RMSSD(c.IBI)/hrv.RMSSD(clean) - 1)
	}
	if s := float64(found) / float64(placed); s < 0.96 {
		t.Errorf("found %.1f %% of %d ectopic beats, want at least 96", 100*s, placed)
	}
	near(t, "mean relative error of SDNN", errSDNN/float64(hearts), 0, 0.03)
	near(t, "mean relative error of RMSSD", errRMSSD/float64(hearts), 0, 0.06)
}

func TestCorrectLeavesACleanRhythmAlone(t *testing.T) {
	changed, total := 0, 0
	for seed := range 50 {
		clean := heart(uint64(100+seed), 70)
		c := hrv.Correct(clean)
		changed += c.Artefacts
		total += len(clean)
	}
	if float64(changed) > 0.01*float64(total) {
		t.Errorf("%d of %d clean intervals were corrected", changed, total)
	}
}

func TestCorrectIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ibi := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0.2, 2), rapid.Float64(), rapid.SampledFrom([]float64{0, -1, math.NaN(), math.Inf(1), 0.8})), 0, 120).Draw(t, "ibi")
		c := hrv.Correct(ibi)
		if len(c.IBI) != len(c.Flags) || c.Artefacts < 0 || c.Ectopic > c.Artefacts || c.Share() < 0 || c.Share() > 1 {
			t.Fatalf("inconsistent: %+v", c)
		}
		if len(c.Times(0)) != len(c.IBI)+1 {
			t.Fatal("times don't fit the intervals")
		}
		for _, v := range c.IBI {
			if !(v > 0) {
				t.Fatalf("interval %g", v)
			}
		}
	})
}

// Without noise both halves see the heart itself, and the estimates are the plain ones.
func TestCrossHalfWithoutNoiseIsPlain(t *testing.T) {
	ibi := heart(5, 70)
	b := beats(ibi)
	c := hrv.CrossHalf(b, b, b)
	if !c.OK || c.N != len(ibi) {
		t.Fatalf("%+v", c)
	}
	near(t, "SDNN", c.SDNN, hrv.SDNN(ibi), 1e-6)
	near(t, "RMSSD", c.RMSSD, hrv.RMSSD(ibi), 1e-6)
	near(t, "agreement", c.Agreement, 1, 1e-9)
}

// Independent timing noise of 25 ms adds 2·25² to SDNN² and 6·25² to RMSSD²
// of one half (a plain reading of RMSSD rises from about 44 to about 75 ms);
// the product of two halves stays at the truth.
func TestCrossHalfTakesIndependentNoiseOut(t *testing.T) {
	var eS, eR, rawS, rawR float64
	const runs = 60
	for seed := range runs {
		r := rand.New(rand.NewPCG(uint64(seed), 4))
		ibi := heart(uint64(200+seed), 70)
		g := beats(ibi)
		half := func() []float64 {
			h := make([]float64, len(g))
			for i := range h {
				h[i] = g[i] + 0.025*r.NormFloat64()
			}
			return h
		}
		a, b := half(), half()
		c := hrv.CrossHalf(g, a, b)
		if !c.OK {
			t.Fatal("refused")
		}
		eS += (c.SDNN - hrv.SDNN(ibi)) / runs
		eR += (c.RMSSD - hrv.RMSSD(ibi)) / runs
		rawS += (hrv.SDNN(intervals(a)) - hrv.SDNN(ibi)) / runs
		rawR += (hrv.RMSSD(intervals(a)) - hrv.RMSSD(ibi)) / runs
	}
	near(t, "bias of SDNN", eS, 0, 2)
	near(t, "bias of RMSSD", eR, 0, 5)
	if rawS < 8 || rawR < 25 {
		t.Errorf("the noise only added %.1f and %.1f ms: this test shows nothing", rawS, rawR)
	}
}

func TestCrossHalfSetsBeatsAside(t *testing.T) {
	ibi := heart(6, 40)
	g := beats(ibi)
	a, b := append([]float64(nil), g...), append([]float64(nil), g...)
	g[20] = math.NaN()
	if c := hrv.CrossHalf(g, a, b); !c.OK || c.N != 38 {
		t.Errorf("%d intervals, want 38: two end at the beat set aside", c.N)
	}
	if c := hrv.CrossHalf(g, a, nil); c.OK || c.N != 0 {
		t.Errorf("one half alone gave %d intervals", c.N)
	}
	if hrv.CrossHalf(nil, a, b).OK {
		t.Error("no guide gave an answer")
	}
}

func TestCrossHalfIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 60), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 1, 2})), 0, 60)
		c := hrv.CrossHalf(gen.Draw(t, "guide"), gen.Draw(t, "a"), gen.Draw(t, "b"))
		if c.OK && !(c.SDNN >= 0 && c.RMSSD >= 0 && math.Abs(c.Agreement) < 1+1e-9) {
			t.Fatalf("%+v", c)
		}
	})
}

// By hand: agreement 0.65 is half way from 0.5 to 0.8.
func TestBlendByHand(t *testing.T) {
	for _, c := range []struct{ agreement, sdnn, rmssd float64 }{
		{0.2, 45, 25}, {0.65, 50, 32.5}, {0.9, 55, 40},
	} {
		s, r := hrv.Blend([2]float64{40, 20}, [2]float64{55, 40}, hrv.Cross{SDNN: 50, RMSSD: 30, Agreement: c.agreement})
		near(t, "SDNN", s, c.sdnn, 1e-9)
		near(t, "RMSSD", r, c.rmssd, 1e-9)
	}
}

func TestMeasureOfACleanRhythmIsPlain(t *testing.T) {
	ibi := waving(0.2, 0.04, 0, 60)
	sdnn, rmssd, n, ok := hrv.Measure(ibi)
	if !ok || n != 60 {
		t.Fatalf("ok %v, %d intervals", ok, n)
	}
	near(t, "SDNN", sdnn, hrv.SDNN(ibi), 1e-9)
	near(t, "RMSSD", rmssd, hrv.RMSSD(ibi), 1e-9)
}

// One beat seen 150 ms late adds three wild differences: of what a plain
// reading gains the measured one may gain two thirds, and set aside it must not be seen at all.
func TestMeasureStandsABeatAtTheWrongMoment(t *testing.T) {
	clean := heart(11, 70)
	bent := append([]float64(nil), clean...)
	bent[30], bent[31] = bent[30]+0.15, bent[31]-0.15
	excess := hrv.RMSSD(bent) - hrv.RMSSD(clean)
	_, rmssd, _, _ := hrv.Measure(bent)
	if got := rmssd - hrv.RMSSD(clean); excess < 10 || got > 0.67*excess {
		t.Errorf("one beat adds %.1f ms, to a plain reading %.1f", got, excess)
	}
	bent[30], bent[31] = math.NaN(), math.NaN()
	sdnn, rmssd, n, ok := hrv.Measure(bent)
	if !ok || n != 68 {
		t.Fatalf("%d intervals, want 68", n)
	}
	near(t, "SDNN", sdnn, hrv.SDNN(clean), 0.03*hrv.SDNN(clean))
	near(t, "RMSSD", rmssd, hrv.RMSSD(clean), 0.05*hrv.RMSSD(clean))
	if _, _, _, ok := hrv.Measure(bent[:8]); !ok {
		t.Error("eight known intervals are enough")
	}
	if _, _, _, ok := hrv.Measure(bent[:7]); ok {
		t.Error("seven are not")
	}
}

func BenchmarkCorrectAnHour(b *testing.B) {
	ibi := heart(1, 4200)
	b.ReportAllocs()
	for b.Loop() {
		hrv.Correct(ibi)
	}
}
