package engine

import (
	"math"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/hrv"
	"blush.example/blush/simulate"
)

// A value that follows from another one is that value in another form, and so is its interval. Recordings shorter
// than the catalogue says are refused. By hand: at 75 bpm 800 ms from beat to beat.
func TestMarkersFollowFromWhatIsRead(t *testing.T) {
	r, _ := calm(4, 121, nil)
	find := func(n biomarker.Name) biomarker.Estimate {
		e, _ := r.Find(n)
		if e.Value == nil {
			t.Fatalf("%s: %s", n, *e.Reason)
		}
		return e
	}
	hr, rmssd, sdnn := find(biomarker.HeartRate), find(biomarker.RMSSD), find(biomarker.HeartRateVariability)
	same := func(n biomarker.Name, value, low, high float64) {
		e := find(n)
		if math.Abs(*e.Value-value) > 1e-9 || math.Abs(e.Interval[0]-low) > 1e-9 || math.Abs(e.Interval[1]-high) > 1e-9 {
			t.Errorf("%s = %v %v, want %g [%g %g]", n, *e.Value, *e.Interval, value, low, high)
		}
	}
	same(biomarker.MeanIBI, 60000 / *hr.Value, 60000/hr.Interval[1], 60000/hr.Interval[0])
	same(biomarker.LnRMSSD, math.Log(*rmssd.Value), math.Log(rmssd.Interval[0]), math.Log(rmssd.Interval[1]))
	same(biomarker.SD1, *rmssd.Value/math.Sqrt2, rmssd.Interval[0]/math.Sqrt2, rmssd.Interval[1]/math.Sqrt2)
	for n, want := range map[biomarker.Name]float64{
		biomarker.SD2:              math.Sqrt(2**sdnn.Value**sdnn.Value - *rmssd.Value**rmssd.Value/2),
		biomarker.LFHFRatio:        *find(biomarker.LFPower).Value / *find(biomarker.HFPower).Value,
		biomarker.PulseRespiration: *hr.Value / *find(biomarker.RespiratoryRate).Value,
	} {
		if e := find(n); math.Abs(*e.Value-want) > 1e-9*want || !(e.Interval[0] < want && want < e.Interval[1]) {
			t.Errorf("%s = %v %v, want %g", n, *e.Value, *e.Interval, want)
		}
	}
	if e := follows(biomarker.MeanIBI, biomarker.Accept(biomarker.HeartRate, 75, 60, 80, 0.9, "count"), ibiOf); *e.Value != 800 || *e.Interval != [2]float64{750, 1000} || e.Confidence != 0.9 || e.Unit != "ms" {
		t.Errorf("%+v", e)
	}
}

func TestMarkersNeedTheirLength(t *testing.T) {
	r, _ := calm(4, 60, nil)
	for n, given := range map[biomarker.Name]bool{
		biomarker.MeanIBI: true, biomarker.LnRMSSD: true, biomarker.SD1: true, biomarker.SD2: true, biomarker.PNN50: true,
		biomarker.HFPower: true, biomarker.PulseRespiration: true, biomarker.LFPower: false, biomarker.LFHFRatio: false,
	} {
		e, _ := r.Find(n)
		switch {
		case given && e.Value == nil:
			t.Errorf("%s of a minute: %s", n, *e.Reason)
		case !given && (e.Value != nil || *e.Reason != biomarker.TooShort):
			t.Errorf("%s of a minute: %+v", n, e)
		}
	}
	r, _ = calm(4, 45, nil)
	for _, n := range []biomarker.Name{biomarker.LnRMSSD, biomarker.SD1, biomarker.SD2, biomarker.PNN50, biomarker.HFPower} {
		if e, _ := r.Find(n); e.Value != nil || *e.Reason != biomarker.TooShort {
			t.Errorf("%s of 45 s: %+v", n, e)
		}
	}
}

// In fibrillation nothing is given about the rhythm, with the reason.
func TestMarkersOfAnIrregularRhythm(t *testing.T) {
	r, _ := calm(2, 121, func(s *simulate.Scene) { s.Rhythm.Fibrillation = true })
	for _, n := range []biomarker.Name{biomarker.LnRMSSD, biomarker.SD1, biomarker.SD2, biomarker.PNN50, biomarker.LFPower, biomarker.HFPower, biomarker.LFHFRatio} {
		if e, _ := r.Find(n); e.Value != nil || *e.Reason != biomarker.IrregularRhythm {
			t.Errorf("%s: %+v", n, e)
		}
	}
}

// Intervals of 90 % contain the true values, computed by the plain formulas from the simulator's beats.
func TestMarkersHoldTheTruth(t *testing.T) {
	given, held := map[biomarker.Name]int{}, map[biomarker.Name]int{}
	for seed := range uint64(12) {
		r, truth := calm(50+seed, 121, nil)
		var ibi []float64
		for i := 1; i < len(truth.Beats); i++ {
			ibi = append(ibi, truth.Beats[i]-truth.Beats[i-1])
		}
		lf, hf, _ := hrv.BandPowers(ibi)
		_, sd2 := hrv.Poincare(hrv.SDNN(ibi), hrv.RMSSD(ibi))
		for n, want := range map[biomarker.Name]float64{
			biomarker.SD2: sd2, biomarker.PNN50: hrv.PNN50(ibi), biomarker.LFPower: lf, biomarker.HFPower: hf, biomarker.LFHFRatio: lf / hf,
			biomarker.PulseRespiration: truth.HeartRate / truth.RespiratoryRate,
		} {
			if e, _ := r.Find(n); e.Value != nil {
				given[n]++
				if e.Interval[0] <= want && want <= e.Interval[1] {
					held[n]++
				}
			}
		}
	}
	for _, n := range []biomarker.Name{biomarker.SD2, biomarker.PNN50, biomarker.LFPower, biomarker.HFPower, biomarker.LFHFRatio, biomarker.PulseRespiration} {
		if given[n] < 8 || 4*held[n] < 3*given[n] {
			t.Errorf("%s: %d given of 12, %d hold", n, given[n], held[n])
		}
	}
}
