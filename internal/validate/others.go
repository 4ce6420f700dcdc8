package validate

import (
	"math"

	"blush.example/blush/biomarker"
	"blush.example/blush/hrv"
)

// markers are the biomarkers of a scan besides heart rate, breathing, SDNN and RMSSD, in the order of reports.
// truth returns the value from a reference, or false where the reference has none.
var markers = []struct {
	name  biomarker.Name
	truth func(*Reference) (float64, bool)
}{
	{biomarker.MeanIBI, func(r *Reference) (float64, bool) { return 60000 / r.HeartRate, r.HeartRate > 0 }},
	{biomarker.LnRMSSD, func(r *Reference) (float64, bool) { return math.Log(r.RMSSD), r.RMSSD > 0 }},
	{biomarker.PNN50, func(r *Reference) (float64, bool) { ibi := r.intervals(); return hrv.PNN50(ibi), len(ibi) > 1 }},
	{biomarker.SD1, func(r *Reference) (float64, bool) { sd1, _ := hrv.Poincare(r.SDNN, r.RMSSD); return sd1, r.RMSSD > 0 }},
	{biomarker.SD2, func(r *Reference) (float64, bool) { _, sd2 := hrv.Poincare(r.SDNN, r.RMSSD); return sd2, sd2 > 0 }},
	{biomarker.LFPower, func(r *Reference) (float64, bool) { lf, _, ok := hrv.BandPowers(r.intervals()); return lf, ok }},
	{biomarker.HFPower, func(r *Reference) (float64, bool) { _, hf, ok := hrv.BandPowers(r.intervals()); return hf, ok }},
	{biomarker.LFHFRatio, func(r *Reference) (float64, bool) {
		lf, hf, ok := hrv.BandPowers(r.intervals())
		return lf / hf, ok && hf > 0.001
	}},
	{biomarker.PulseRespiration, func(r *Reference) (float64, bool) {
		return r.HeartRate / r.RespiratoryRate, r.HeartRate > 0 && r.RespiratoryRate > 0
	}},
}

// intervals returns the intervals of the reference in s, with NaN for those that aren't of the usual rhythm, such
// as those next to an early beat.
func (r *Reference) intervals() []float64 {
	var ibi []float64
	for i := 1; i < len(r.Beats); i++ {
		ibi = append(ibi, r.Beats[i]-r.Beats[i-1])
	}
	for i, flag := range hrv.Correct(ibi).Flags {
		if i < len(ibi) && flag != hrv.Normal {
			ibi[i] = math.NaN()
		}
	}
	return ibi
}
