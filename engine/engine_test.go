package engine

import (
	"encoding/json"
	"math"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"pgregory.net/rapid"
)

// rateOf returns the heart rate of a result, NaN when it was refused.
func rateOf(r *Result) float64 {
	e, _ := r.Find(biomarker.HeartRate)
	if e.Value == nil {
		return math.NaN()
	}
	return *e.Value
}

func TestRateOfSimulatedFaces(t *testing.T) {
	for seed := range uint64(8) {
		tr, truth := simulate.Scenario("typical", false, 40+seed, 30).Trace()
		got := rateOf(Analyze(tr, Options{}))
		if !(math.Abs(got-truth.HeartRate) <= 1) {
			t.Errorf("seed %d: %.2f bpm, truth %.2f", 40+seed, got, truth.HeartRate)
		}
	}
}

// Fed frame by frame or at once, in order or not, with frames doubled or not:
// the result is the same to the byte.
func TestOneWindowedForm(t *testing.T) {
	tr, _ := simulate.Scenario("vfr", true, 7, 25).Trace()
	tr.Round() // as Analyze does, but for a trace that is not valid
	want, err := json.Marshal(Analyze(tr, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	a := New(rppg.Trace{Site: tr.Site, Regions: names(tr), Device: tr.Device}, Options{})
	for i := range tr.TimeMS {
		a.Add(tr.Sample(i))
		if i%17 == 0 {
			a.Live()
		}
	}
	if got, _ := json.Marshal(a.Finish()); string(got) != string(want) {
		t.Error("fed frame by frame the result differs")
	}
	mixed := *tr
	mixed.TimeMS = nil
	mixed.Regions = names(tr)
	mixed.Background = &rppg.Region{Name: "background"}
	mixed.ShoulderDY, mixed.FaceBox, mixed.Landmarks = nil, nil, nil
	n := len(tr.TimeMS)
	for i := range n {
		mixed.Append(tr.Sample(i * 7919 % n))
	}
	mixed.Append(tr.Sample(n / 2))
	if tr.Background == nil {
		mixed.Background = nil
	}
	r := Analyze(&mixed, Options{})
	r.Capture.Frames = 0
	if got := rateOf(r); n%7919 == 0 || math.Abs(got-rateOf(Analyze(tr, Options{}))) > 0 {
		t.Errorf("shuffled: %g", got)
	}
}

func names(tr *rppg.Trace) []rppg.Region {
	var out []rppg.Region
	for _, r := range tr.Regions {
		out = append(out, rppg.Region{Name: r.Name})
	}
	return out
}

// Any trace has a result, and every estimate in it has either a finite value inside a finite interval or a reason.
func TestTotal(t *testing.T) {
	odd := rapid.OneOf(rapid.Float64Range(0, 255), rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), -1, 0, 255, 1e300, math.MaxFloat64}))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 400).Draw(t, "frames")
		fps := rapid.SampledFrom([]float64{0.1, 1, 8, 30, 240}).Draw(t, "fps")
		tr := &rppg.Trace{Site: rapid.SampledFrom([]rppg.Site{"", rppg.Face, rppg.Finger}).Draw(t, "site")}
		kind := rapid.IntRange(0, 3).Draw(t, "kind")
		for i := range n {
			ms := float64(i) * 1000 / fps
			if kind == 3 {
				ms = odd.Draw(t, "time")
			}
			tr.TimeMS = append(tr.TimeMS, ms)
		}
		for k := range rapid.IntRange(0, 5).Draw(t, "regions") {
			r := rppg.Region{Name: []string{"forehead", "left_cheek", "cheek_right_2", "x", ""}[k]}
			base := odd.Draw(t, "base")
			for i := range rapid.IntRange(0, n).Draw(t, "length") {
				v := base
				if kind > 0 {
					v += 3 * math.Sin(float64(i))
				}
				if kind == 2 && i%50 == 0 {
					v = odd.Draw(t, "value")
				}
				r.R, r.G, r.B = append(r.R, v), append(r.G, v/2), append(r.B, v/3)
			}
			tr.Regions = append(tr.Regions, r)
		}
		r := Analyze(tr, Options{})
		if len(r.Estimates) != len(biomarker.Catalogue) {
			t.Fatalf("%d estimates", len(r.Estimates))
		}
		for _, e := range r.Estimates {
			if (e.Value == nil) == (e.Reason == nil) {
				t.Fatalf("%s has both or neither of value and reason", e.Biomarker)
			}
			if e.Value != nil && (math.IsNaN(*e.Value+e.Interval[0]+e.Interval[1]) || math.IsInf(e.Interval[1]-e.Interval[0], 0)) {
				t.Fatalf("%s: %v %v", e.Biomarker, *e.Value, *e.Interval)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}
