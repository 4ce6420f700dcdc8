package hrv_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/hrv"

	"pgregory.net/rapid"
)

// By hand: 800 860 800 840 900 900 ms change by 60, -60, 40, 60, 0: three of five
// by more than 50. Where one interval is not known neither of its changes is: -, -, 40, 60, 0.
func TestPNN50ByHand(t *testing.T) {
	ibi := []float64{0.8, 0.86, 0.8, 0.84, 0.9, 0.9}
	near(t, "pNN50", hrv.PNN50(ibi), 60, 1e-9)
	ibi[1] = math.NaN()
	near(t, "pNN50 with a gap", hrv.PNN50(ibi), 100./3, 1e-9)
	near(t, "pNN50 of nothing", hrv.PNN50(nil), 0, 0)
}

// By hand: a sine of A ms has the power A²/2, so 30 ms at 0.1 Hz are 450 ms² of LF, 20 ms at
// 0.25 Hz 200 ms² of HF, and LF/HF is 2.25. 50 ms at 0.02 and at 0.45 Hz belong to neither.
func TestBandPowersOfSines(t *testing.T) {
	for _, seconds := range []float64{120, 300} {
		ibi := sines(seconds, 0)
		lf, hf, ok := hrv.BandPowers(ibi)
		if !ok {
			t.Fatal("refused")
		}
		near(t, "LF", lf, 450, 0.1*450)
		near(t, "HF", hf, 200, 0.1*200)
		m := hrv.Measure(ibi, nil)
		near(t, "LF of a reading", m.LF.MS2, 450, 0.15*450)
		near(t, "HF of a reading", m.HF.MS2, 200, 0.15*200)
		if outside := sines(seconds, 0.05); math.Abs(math.Log(m.LF.MS2/hrv.Measure(outside, nil).LF.MS2)) > 0.2 {
			t.Errorf("LF %.0f ms² is %.0f beside what belongs to neither band", m.LF.MS2, hrv.Measure(outside, nil).LF.MS2)
		}
	}
	if _, _, ok := hrv.BandPowers(sines(5, 0)); ok {
		t.Error("six intervals have no spectrum")
	}
}

// sines makes intervals of 0.8 s that swing by 30 ms at 0.1 and by 20 ms at 0.25 Hz, and by others s at 0.02 and at 0.45 Hz.
func sines(seconds, others float64) []float64 {
	var ibi []float64
	for at := 0.0; at < seconds; {
		swing := func(hz float64) float64 { return math.Sin(2*math.Pi*hz*(at+0.8) + 5*hz) }
		v := 0.8 + 0.03*swing(0.1) + 0.02*swing(0.25) + others*(swing(0.02)+swing(0.45))
		ibi = append(ibi, v)
		at += v
	}
	return ibi
}

// By hand: 1 0 -1 0 at whole seconds is the sine of 0.25 Hz and amplitude 1, a mean
// square of 1/2; and so it is at uneven times, which is what the periodogram is for.
func TestLombByHand(t *testing.T) {
	near(t, "four points", hrv.Lomb([]float64{0, 1, 2, 3}, []float64{1, 0, -1, 0}, 0.25), 0.5, 1e-12)
	r := rand.New(rand.NewPCG(1, 2))
	var at, x []float64
	for i := range 200 {
		at = append(at, 0.8*float64(i)+0.3*r.Float64())
		x = append(x, 3*math.Cos(2*math.Pi*0.17*at[i]+1))
	}
	near(t, "uneven times", hrv.Lomb(at, x, 0.17), 4.5, 0.1)
	near(t, "another rate", hrv.Lomb(at, x, 0.23), 0, 0.1)
}

// By hand: SDNN 50 ± 5 and RMSSD 30 ± 6 ms: SD2 = √(5000 - 450) = 67.454. RMSSD² is known to
// 360 ms², of which noise puts a sixth, 60, into SD2² and a third, 120, into SDNN², known to 500: alone
// √(500² - 120²) = 485.4, and SD2 to √(60² + 970.8²)/(2 SD2) = 7.210.
func TestErrorOfSD2ByHand(t *testing.T) {
	sd2, err := hrv.Reading{SDNN: 50, SDNNError: 5, RMSSD: 30, RMSSDError: 6}.SD2()
	near(t, "SD2", sd2, 67.454, 1e-3)
	near(t, "its error", err, 7.210, 1e-3)
	if sd2, err := (hrv.Reading{SDNN: 10, RMSSD: 60}).SD2(); sd2 != 0 || !math.IsInf(err, 1) {
		t.Errorf("no ellipse has SDNN 10 and RMSSD 60 ms: SD2 %g ± %g", sd2, err)
	}
}

// Without noise pNN50 is the count. Noise that a reading knows of is taken out: one in five normal differences
// with a standard deviation of 40 ms lies beyond 50 ms (2 Φ(-1.25) = 21.1 %); with 30 ms of noise, one in three
// seems to (2 Φ(-1) = 31.7 %).
func TestPNN50OfAReading(t *testing.T) {
	ibi := heart(3, 70)
	share, low, high := hrv.Measure(ibi, nil).PNN50(ibi, 1)
	near(t, "pNN50 without noise", share, hrv.PNN50(ibi), 0.5)
	if !(low < share && share < high) {
		t.Errorf("%g to %g does not hold %g", low, high, share)
	}
	r := rand.New(rand.NewPCG(3, 9))
	seen := []float64{0.9}
	for range 4000 {
		last := seen[len(seen)-1]
		seen = append(seen, last+0.05*math.Copysign(1, 0.9-last)*math.Abs(r.NormFloat64())) // stays near 0.9 s
	}
	noisy := hrv.Reading{RMSSD: 0.8 * hrv.RMSSD(seen), Noise: 0.6 * hrv.RMSSD(seen), RMSSDError: 3}
	share, low, high = noisy.PNN50(seen, 1.645)
	near(t, "pNN50 with the noise", hrv.PNN50(seen), 31.7, 1.5)
	near(t, "pNN50 without it", share, 21.1, 1.5)
	if !(low < share && share < high) {
		t.Errorf("%g to %g does not hold %g", low, high, share)
	}
}

// Nine in ten intervals of LF, HF and pNN50 contain the true value, whether the noise is known or estimated from
// the heights. A plain reading of the same beats is far off.
func TestBandsAreFreedOfNoise(t *testing.T) {
	for name, read := range map[string]func(*rand.Rand, []float64) (hrv.Reading, []float64){
		"known noise": func(r *rand.Rand, ibi []float64) (hrv.Reading, []float64) {
			b, timing := beats(ibi), make([]float64, len(ibi)+1)
			for i := range b {
				b[i] += 0.030 * r.NormFloat64()
				timing[i] = 0.030
			}
			return hrv.Measure(intervals(b), timing), intervals(b)
		},
		"sidebands": func(r *rand.Rand, ibi []float64) (hrv.Reading, []float64) {
			seen, height := carrier(r, ibi, 0.03)
			return hrv.Sidebands(seen, height, 0.22/0.85, smoothing), seen
		},
	} {
		const runs = 80
		var heldLF, heldHF, heldP int
		var plain, freed float64
		for seed := range runs {
			ibi := heart(uint64(400+seed), 140)
			m, seen := read(rand.New(rand.NewPCG(uint64(seed), 5)), ibi)
			lf, hf, _ := hrv.BandPowers(ibi)
			_, raw, _ := hrv.BandPowers(seen)
			plain, freed = plain+math.Log(raw/hf)/runs, freed+math.Log(m.HF.MS2/hf)/runs
			if math.Abs(math.Log(m.LF.MS2/lf)) <= 1.645*m.LF.LogError {
				heldLF++
			}
			if math.Abs(math.Log(m.HF.MS2/hf)) <= 1.645*m.HF.LogError {
				heldHF++
			}
			if _, low, high := m.PNN50(seen, 1.645); low <= hrv.PNN50(ibi) && hrv.PNN50(ibi) <= high {
				heldP++
			}
		}
		if 100*heldLF < 84*runs || 100*heldHF < 84*runs || 100*heldP < 80*runs {
			t.Errorf("%s: intervals of 90 %% hold LF in %d, HF in %d, pNN50 in %d of %d", name, heldLF, heldHF, heldP, runs)
		}
		if math.Abs(freed) > 0.15 {
			t.Errorf("%s: ln HF is %+.2f off, of a plain reading %+.2f", name, freed, plain)
		}
		if name == "known noise" && plain < 0.4 {
			t.Errorf("a plain reading is %+.2f off: this test shows nothing", plain)
		}
	}
}

func TestBandsAreTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0, -1, 1e300, 0.8})
		ibi := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0.25, 1.714), odd), 0, 60).Draw(t, "ibi")
		if lf, hf, ok := hrv.BandPowers(ibi); ok && !(lf >= 0 && hf >= 0) {
			t.Fatalf("LF %g, HF %g", lf, hf)
		}
		m := hrv.Measure(ibi, nil)
		if share, low, high := m.PNN50(ibi, 1.645); !(share >= 0 && share <= 100 && low <= share && share <= high) {
			t.Fatalf("pNN50 %g, %g to %g", share, low, high)
		}
		if m.OK && !(m.LF.MS2 >= 0 && m.HF.MS2 >= 0 && m.LF.LogError > 0 && m.HF.LogError > 0) {
			t.Fatalf("%+v", m)
		}
	})
}
