package validate

import (
	"math"

	"blush/biomarker"
	"blush/hrv"
)

// markers are what a scan says besides heart rate, breathing, SDNN and RMSSD, in the
// order of reports, each with what a reference says of it; false where it says nothing.
var markers = []struct {
	name  biomarker.Name
	truth func(*Reference) (float64, bool)
}{
	{biomarker.MeanIBI, func(r *Reference) (float64, bool) { return 60000 / r.HeartRate, r.HeartRate > 0 }},
	{biomarker.LnRMSSD, func(r *Reference) (float64, bool) { return math.Log(r.RMSSD), r.RMSSD > 0 }},
	{biomarker.PNN50, func(r *Reference) (float64, bool) { return hrv.PNN50(r.intervals()), len(r.Beats) > 2 }},
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

// intervals are those between the reference beats in s, NaN where one is not of the
// usual rhythm, as beside an early beat.
func (r *Reference) intervals() []float64 {
	if len(r.Beats) < 2 {
		return nil
	}
	ibi := make([]float64, len(r.Beats)-1)
	for i := range ibi {
		ibi[i] = r.Beats[i+1] - r.Beats[i]
	}
	for i, flag := range hrv.Correct(ibi).Flags {
		if i < len(ibi) && flag != hrv.Normal {
			ibi[i] = math.NaN()
		}
	}
	return ibi
}
