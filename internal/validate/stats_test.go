package validate

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"blush.example/blush/biomarker"
	"blush.example/blush/simulate"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s: %.6g, want %.6g ± %.2g", what, got, want, tolerance)
	}
}

// Seven differences worked out by hand: 1, -1, 2, 0, 6, -4, 3 bpm from 80.
func TestAgreementByHand(t *testing.T) {
	var pairs []pair
	for i, d := range []float64{1, -1, 2, 0, 6, -4, 3} {
		pairs = append(pairs, pair{80 + d, 80, string(rune('a' + i))})
	}
	a := agree(pairs)
	near(t, "bias", a.Bias, 1, 1e-12)
	near(t, "MAE", a.MAE, 17.0/7, 1e-12)
	near(t, "RMSE", a.RMSE, math.Sqrt(67.0/7), 1e-12)
	near(t, "SD", a.SD, math.Sqrt(60.0/6), 1e-12) // sum of squares 67 - 7 x 1
	near(t, "MAPE", a.MAPE, 100*17.0/7/80, 1e-12)
	near(t, "within 3", a.Within3, 5.0/7, 1e-12)
	near(t, "within 5", a.Within5, 6.0/7, 1e-12)
	near(t, "within 10", a.Within10, 1, 1e-12)
	near(t, "median", a.Median, 2, 1e-12)
	near(t, "P95", a.P95, 4+0.7*2, 1e-12) // rank 5.7 of 0,1,1,2,3,4,6
	near(t, "upper limit", a.Limits[1], 1+1.96*math.Sqrt(10), 1e-12)
	near(t, "SE of a limit", a.LimitSE, math.Sqrt(10)*math.Sqrt(3.0/7), 1e-12)
}

// Three people measured twice each, differences 1,3 / 5,7 / -3,-1: mean 2; within
// mean square (2+2+2)/3 = 2, between mean square 2(0+16+16)/2 = 32, so the variance of a new
// person's difference is 2 + (32-2)/2 = 17 (Bland & Altman 2007, section 3).
func TestLimitsOfRepeatedMeasures(t *testing.T) {
	var pairs []pair
	for _, m := range []struct {
		person string
		diff   float64
	}{{"a", 1}, {"b", 5}, {"a", 3}, {"c", -3}, {"b", 7}, {"c", -1}} {
		pairs = append(pairs, pair{70 + m.diff, 70, m.person})
	}
	a := agree(pairs)
	near(t, "lower limit", a.Limits[0], 2-1.96*math.Sqrt(17), 1e-9)
	near(t, "upper limit", a.Limits[1], 2+1.96*math.Sqrt(17), 1e-9)
	if a.People != 3 {
		t.Errorf("%d people, want 3", a.People)
	}
}

func TestReliabilityByHand(t *testing.T) {
	bins, ece := reliability([]float64{0.95, 0.91, 0.93, 0.25, 1}, []bool{true, false, true, false, true})
	// bin .9 to 1 holds four: confidence .9475, right .75; bin .2 one: .25 and 0
	near(t, "ECE", ece, 0.8*(0.9475-0.75)+0.2*0.25, 1e-12)
	if len(bins) != 2 || bins[1].N != 4 {
		t.Errorf("bins %+v", bins)
	}
}

func TestBeatSDIgnoresADelayAndSeesJitter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delay := rapid.Float64Range(-0.2, 0.2).Draw(t, "delay")
		jitter := rapid.Float64Range(0, 0.02).Draw(t, "jitter")
		var truth, beats []float64
		for i := range 40 {
			b := 0.8 * float64(i)
			truth = append(truth, b)
			beats = append(beats, b+delay+jitter*float64(i%2*2-1))
		}
		if got := beatSD(beats, truth); math.Abs(got-1000*jitter) > 0.05*1000*jitter+1e-6 {
			t.Fatalf("SD %.2f ms, want %.2f", got, 1000*jitter)
		}
	})
}

// The contact detector against waves of known beats: every beat once, at a constant delay.
func TestContactBeatsFindsEveryBeat(t *testing.T) {
	for seed := range uint64(12) {
		s := simulate.Finger(seed, 60)
		s.Motion, s.Light = simulate.Motion{}, simulate.Light{}
		tr, truth := s.Trace()
		var times, wave []float64
		for i, ms := range tr.TimeMS {
			times, wave = append(times, ms/1000), append(wave, -tr.Regions[0].G[i])
		}
		ref, ok := beatReference(contactBeats(times, wave), 0, 60)
		if !ok {
			t.Errorf("seed %d: no reference", seed)
			continue
		}
		near(t, "heart rate", ref.HeartRate, truth.HeartRate, 0.5)
		near(t, "SDNN", ref.SDNN, truth.SDNN, 6)
		if sd := beatSD(ref.Beats, truth.Beats); sd == 0 || sd > 15 {
			t.Errorf("seed %d: beats are off by SD %.1f ms", seed, sd)
		}
	}
}

func TestAReferenceNeedsBeatsAllAlong(t *testing.T) {
	beats := []float64{0.5, 1.3, 2.1, 2.9, 3.7, 4.5, 5.3, 6.1}
	if r, ok := beatReference(beats, 0, 6.5); !ok || math.Abs(r.HeartRate-75) > 1e-9 {
		t.Errorf("reference %v %v, want 75 bpm", r.HeartRate, ok)
	}
	if _, ok := beatReference(beats, 0, 20); ok {
		t.Error("six seconds of beats made a reference for 20 s")
	}
	if _, ok := beatReference([]float64{0.5, 1.3, 2.1, 5.3, 6.1, 6.9}, 0, 7); ok {
		t.Error("a hole of 3 s made a reference")
	}
}

func TestSeedsOfTuningCalibrationAndTestAreDisjoint(t *testing.T) {
	seen := map[string]uint32{}
	for _, seed := range []uint32{0, FirstCalibration - 1, FirstCalibration, FirstTest - 1, FirstTest} {
		set, err := Suite("easy", 2, seed, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range set.Recordings[:4] {
			l, err := rec.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			key := ""
			for _, v := range l.Trace.Regions[0].G[:20] {
				key += string(rune(int(v*1000) % 50000))
			}
			if other, ok := seen[key]; ok {
				t.Errorf("seeds %d and %d drew the same scan", other, seed)
			}
			seen[key] = seed
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d scans, want 20 different ones", len(seen))
	}
}

// Programs that read the rows compare shares with 1 and use the fields of accepted, even if everything was
// refused.
func TestRowsOfThirtyAndOfNone(t *testing.T) {
	var scans []Scan
	for i := range 30 {
		v := 70 + float64(i%2)
		e := biomarker.Accept(biomarker.HeartRate, v, v-1, v+1, 0.99, "")
		scans = append(scans, Scan{ID: "a", Truth: 70, Guess: v, HeartRate: e, Baselines: [3]float64{70, 71, 72}})
	}
	for _, r := range Table(Set{Name: "x"}, scans) {
		if *r.Within5 != 1 || *r.Accepted.Within5 != 1 || r.All.Within3 != 1 || r.All.Within10 != 1 {
			t.Errorf("%s: within 5 %v, accepted %v; want 1", r.Method, *r.Within5, *r.Accepted.Within5)
		}
	}
	phantom := Scan{ID: "wall", HeartRate: biomarker.Refuse(biomarker.HeartRate, biomarker.NoPulse, 0, "")}
	for _, r := range Table(Set{Name: "y"}, []Scan{phantom}) {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), `"accepted":{"mae_bpm":null,"within_5":null`) {
			t.Errorf("%s", b)
		}
	}
}

// Bands of heart rate are in their order, whichever scan comes first.
func TestBandsFollowEachOther(t *testing.T) {
	var scans []Scan
	for _, bpm := range []float64{90, 130, 55, 160, 70, 100, 60} {
		scans = append(scans, Scan{ID: "a", Truth: bpm})
	}
	var got []string
	for _, r := range Table(Set{Name: "x"}, scans)[0].By["heart_rate"] {
		got = append(got, r.Case)
	}
	if want := "below 60 bpm, 60-80 bpm, 80-100 bpm, 100-130 bpm, 130-160 bpm, 160 bpm and more"; strings.Join(got, ", ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}
