package hrv_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/hrv"

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

// A beat that can't be placed (no neighbour gained what it lost) gets an interpolated interval, and the beats
// after it keep their times.
func TestCorrectedBeatsStayWhereTheyWereSeen(t *testing.T) {
	ibi := heart(3, 40)
	ibi[20] += 0.4 // half a beat's pause, as when a movement hides the pulse
	b := beats(ibi)
	c := hrv.Correct(ibi)
	got := c.Times(b[0])
	if c.Artefacts == 0 || c.IBI[20] > 1.1 {
		t.Fatalf("the pause was not seen: %v", c.IBI[18:23])
	}
	near(t, "last beat", got[len(got)-1], b[len(b)-1], 1e-9)
	near(t, "beat after the pause", got[21], b[21], 1e-9)
}

func TestEarlyFindsEctopicBeats(t *testing.T) {
	found, placed, wrong := 0, 0, 0
	for seed := range 40 {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		clean := heart(uint64(seed), 120)
		b := beats(clean)
		wrong += len(hrv.Early(b))
		at := map[float64]bool{}
		for i := 5 + r.IntN(10); i < len(b)-5; i += 12 + r.IntN(16) {
			b[i] -= clean[i-1] * (0.25 + 0.08*r.Float64())
			at[b[i]] = true
		}
		placed += len(at)
		for _, e := range hrv.Early(b) {
			if at[e] {
				found++
			} else {
				wrong++
			}
		}
	}
	if float64(found) < 0.96*float64(placed) || wrong > 4 {
		t.Errorf("found %d of %d early beats and %d that weren't", found, placed, wrong)
	}
	if hrv.Early(nil) != nil || hrv.Early([]float64{1, math.NaN(), 3, 4, 5, 6, 7, 8}) != nil {
		t.Error("early beats among none")
	}
}

// By hand: mean 0.885 s, limit 0.115: of the distances from the middle of the neighbours 0.2 0.075 0.05 0.175
// 0.3 0.1 0.1 0 three are above.
func TestLeapsByHand(t *testing.T) {
	ibi := []float64{0.9, 1.1, 0.9, 0.85, 0.9, 0.6, 0.9, 1.0, 0.9, 0.8}
	near(t, "share", hrv.IrregularShare(ibi), 3.0/8, 1e-12)
	near(t, "share of too few", hrv.IrregularShare(ibi[:7]), 0, 0)
	// Breathing over seven beats with an amplitude of 200 ms changes intervals by up to 173 ms, and causes no
	// leap.
	var breath []float64
	for i := range 70 {
		breath = append(breath, 0.97+0.2*math.Sin(2*math.Pi*float64(i)/7))
	}
	near(t, "share of a breath's swing", hrv.IrregularShare(breath), 0, 0)
	near(t, "share of a calm rhythm", hrv.IrregularShare(heart(1, 80)), 0, 0.05)
}

func BenchmarkCorrectAnHour(b *testing.B) {
	ibi := heart(1, 4200)
	b.ReportAllocs()
	for b.Loop() {
		hrv.Correct(ibi)
	}
}
