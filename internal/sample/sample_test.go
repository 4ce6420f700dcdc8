package sample_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/sample"
	"blush.example/blush/internal/sandbox"
)

var end = time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)

const userID = "0198c5a2-7b1e-7c3d-9e4f-0123456789ab"

// A year has values that the catalogue allows, all in the past, and the gaps, the
// refusals and the second time zone that a graph of it must cope with.
func TestYear(t *testing.T) {
	y := sample.Year(userID, 1, end)
	if diff := cmp.Diff(y, sample.Year(userID, 1, end)); diff != "" {
		t.Errorf("the same seed made another year:\n%s", diff)
	}
	if cmp.Equal(y.Scans[0], sample.Year(userID, 2, end).Scans[0]) {
		t.Error("two seeds made the same scan")
	}
	ids, refused, away, longest := map[string]bool{}, 0, 0, time.Duration(0)
	for i, sc := range y.Scans {
		ids[sc.ID] = true
		if sc.Point.HeartRate == nil {
			refused++
		}
		if sc.Timezone == "America/New_York" {
			away++
		}
		if i > 0 {
			longest = max(longest, sc.CreatedAt.Sub(y.Scans[i-1].CreatedAt))
		}
		if sc.CreatedAt.After(end) || end.Sub(sc.CreatedAt) > 367*24*time.Hour {
			t.Errorf("a scan at %v", sc.CreatedAt)
		}
	}
	for _, a := range y.Answers {
		ids[a.ID] = true
		if err := health.CheckAnswer(a.Key, a.Value); err != nil || a.At.After(end) {
			t.Errorf("answer %+v: %v", a, err)
		}
		if q, _ := health.Question(a.Key); q.Instrument != a.Instrument {
			t.Errorf("answer %+v is of questionnaire %q", a, q.Instrument)
		}
	}
	for _, r := range y.Readings {
		ids[r.ID] = true
		if r.Systolic < 100 || r.Systolic > 145 || r.Diastolic < 65 || r.Diastolic > 95 {
			t.Errorf("reading %+v", r)
		}
	}
	if n := len(y.Scans) + len(y.Answers) + len(y.Readings); len(ids) != n {
		t.Errorf("%d ids for %d things", len(ids), n)
	}
	if len(y.Scans) < 200 || refused < 8 || away < 3 || longest < 20*24*time.Hour || len(y.Readings) < 8 {
		t.Errorf("%d scans, %d refused, %d away, longest silence %v, %d readings", len(y.Scans), refused, away, longest, len(y.Readings))
	}
}

func TestDaily(t *testing.T) {
	h := sample.Daily(userID, 1, 100, end)
	if len(h.Scans) != 100 || !h.Scans[99].CreatedAt.Equal(end) || !h.Scans[0].CreatedAt.Equal(end.AddDate(0, 0, -99)) {
		t.Errorf("%d scans from %v to %v", len(h.Scans), h.Scans[0].CreatedAt, h.Scans[len(h.Scans)-1].CreatedAt)
	}
}

// Values in a wide range have intervals that a graph of a season shows: the stress index of the engine is uncertain by 28 % of its value (one
// standard deviation) or more.
func TestStressIndexIsUncertain(t *testing.T) {
	for _, p := range sandbox.Personas {
		for _, sc := range sample.Days(userID, 1, p, 60, end).Scans {
			e := sc.Point.Estimates[string(biomarker.StressIndex)]
			if e.Value == nil {
				continue
			}
			if kind, _ := biomarker.Find(biomarker.StressIndex); e.Low > *e.Value*(1-0.28) && e.Low > kind.Min || e.High < *e.Value*1.28 && e.High < kind.Max {
				t.Errorf("%s: %v from %v to %v", p.Name, *e.Value, e.Low, e.High)
			}
		}
	}
}

// A biomarker that is new in the catalogue has a value in made-up scans, which varies within its scale, without any change of this package.
func TestNewBiomarkerHasAValue(t *testing.T) {
	kinds := biomarker.Catalogue
	t.Cleanup(func() { biomarker.Catalogue = kinds })
	fresh := biomarker.Kind{Name: "new_biomarker", Unit: "ms", Min: 0, Max: 1000, Scale: [2]float64{200, 400}, LeastDuration: 30 * time.Second, FromScan: true}
	biomarker.Catalogue = append(slices.Clone(kinds), fresh)
	values := map[float64]bool{}
	for _, sc := range sample.Daily(userID, 1, 30, end).Scans {
		e := sc.Point.Estimates[string(fresh.Name)]
		switch {
		case sc.Point.HeartRate == nil:
			if e.Value != nil {
				t.Errorf("a refused scan has the value %v", *e.Value)
			}
			continue
		case e.Value == nil:
			t.Fatalf("a scan with a heart rate has no value: %+v", e)
		case !(fresh.Scale[0] < e.Low && e.Low < *e.Value && *e.Value < e.High && e.High < fresh.Scale[1]) || e.Confidence < 0.5:
			t.Errorf("%v from %v to %v with confidence %v, want it on the scale %v", *e.Value, e.Low, e.High, e.Confidence, fresh.Scale)
		}
		values[*e.Value] = true
	}
	if len(values) < 10 {
		t.Errorf("only %d different values", len(values))
	}
}

// A scan of one minute holds what the catalogue holds, in its order: each value that a scan of that length can give, and why it lacks the others.
func TestScanHasTheCatalogue(t *testing.T) {
	sc := sample.Scan(userID, end, 64, 14)
	var r engine.Result
	if err := json.Unmarshal(sc.Result, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Estimates) != len(biomarker.Catalogue) {
		t.Fatalf("%d estimates, the catalogue has %d", len(r.Estimates), len(biomarker.Catalogue))
	}
	for i, k := range biomarker.Catalogue {
		e := r.Estimates[i]
		var want biomarker.Reason
		switch {
		case !k.FromScan:
			want = biomarker.NotMeasured
		case k.LeastDuration > time.Minute:
			want = biomarker.TooShort
		}
		got := biomarker.Reason("")
		if e.Reason != nil {
			got = *e.Reason
		}
		if want == "" && (e.Interval == nil || !(e.Interval[0] < e.Interval[1])) {
			t.Errorf("%s: the made-up interval is %v: give it a Scale in biomarker/catalogue.go, or its own value in estimates, internal/sample/sample.go", k.Name, e.Interval)
		}
		if e.Biomarker != k.Name || got != want || (e.Value == nil) != (want != "") || want == "" && e.Confidence == 0 {
			t.Errorf("%s: %+v with reason %q, want %q: estimates in internal/sample/sample.go makes the values of made-up scans", k.Name, e, got, want)
		}
	}
}
