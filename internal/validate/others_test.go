package validate

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
)

// By hand: beats every 0.8 s are 75 bpm, 800 ms apart; no difference is above 50 ms. SDNN 50 and RMSSD 42 ms
// are SD1 29.698, SD2 64.172 and ln 42 = 3.7377; at 15 breaths/min there are five beats a breath.
func TestReferenceOfOtherBiomarkers(t *testing.T) {
	ref := Reference{HeartRate: 75, RespiratoryRate: 15, SDNN: 50, RMSSD: 42}
	for i := range 50 {
		ref.Beats = append(ref.Beats, 0.8*float64(i))
	}
	want := map[biomarker.Name]float64{biomarker.MeanIBI: 800, biomarker.LnRMSSD: 3.7377, biomarker.PNN50: 0, biomarker.SD1: 29.698,
		biomarker.SD2: 64.172, biomarker.LFPower: 0, biomarker.HFPower: 0, biomarker.PulseRespiration: 5}
	for _, m := range markers {
		v, ok := m.truth(&ref)
		if w, known := want[m.name]; known != ok || known && math.Abs(v-w) > 1e-3 {
			t.Errorf("%s = %v, %v, want %v", m.name, v, ok, w)
		}
		if v, ok := m.truth(&Reference{}); ok {
			t.Errorf("%s of nothing is %v", m.name, v)
		}
	}
}

// A true value of 0 counts like any other: half of the scans here were given pNN50, and one of their intervals
// contains it.
func TestRowOfABiomarkerThatMayBeZero(t *testing.T) {
	var scans []Scan
	for i := range 4 {
		s := Scan{ID: string(rune('a' + i)), Others: map[biomarker.Name]biomarker.Estimate{}}
		for b := range 50 {
			s.Reference.Beats = append(s.Reference.Beats, 0.8*float64(b))
		}
		e := biomarker.Refuse(biomarker.PNN50, biomarker.SignalTooWeak, 0, "")
		if i < 2 {
			e = biomarker.Accept(biomarker.PNN50, 4, 4*float64(i), 9, 0.9, "")
		}
		s.Others[biomarker.PNN50] = e
		scans = append(scans, s)
	}
	r := engineRow("made up", "", scans)
	o := r.Others[biomarker.PNN50]
	if o == nil || o.Coverage != 0.5 || o.Agreement.MAE != 4 || *o.IntervalCoverage != 0.5 || o.Unit != "%" {
		t.Fatalf("%+v", o)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
	var b strings.Builder
	r.others(&b)
	if !strings.Contains(b.String(), "| pNN50, % | all | 50.0 % | 4.00 |") {
		t.Error(b.String())
	}
}
