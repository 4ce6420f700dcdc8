package engine

import (
	"math"

	"blush/hrv"
	"blush/ppg"
)

const (
	variabilityMethod = "pulse intervals, corrected, noise removed across two halves of the face"
	singleMethod      = "pulse intervals, corrected"
	fingerMethod      = "pulse intervals, corrected, between beats of the usual shape"
)

// rhythm is what the intervals between beats say.
type rhythm struct {
	correction hrv.Correction
	times      []float64 // beats between the corrected intervals, s
	sdnn       float64   // ms
	rmssd      float64   // ms
	method     string
}

// rhythmOf corrects the intervals between beats.
func (a *Analyzer) rhythmOf(r *Result, f *findings) rhythm {
	k := rhythm{correction: hrv.Correct(ppg.Intervals(f.beats)), method: singleMethod}
	if len(f.beats) == 0 {
		return k
	}
	k.times = k.correction.Times(f.beats[0])
	r.Features.CorrectedShare, r.Features.Ectopic = k.correction.Share(), k.correction.Ectopic
	r.markCorrected(k)
	return k
}

// measure reads the variability of the intervals that needed no correction:
// across the halves of a face where there are two, between well-shaped beats of
// a finger, else directly. breathHz is the rate of breathing, 0 where unknown:
// what the beats' filter took from its part of the rhythm is given back.
func (k *rhythm) measure(r *Result, f *findings, breathHz float64, finger bool) {
	k.sdnn, k.rmssd = hrv.SDNN(k.correction.IBI), hrv.RMSSD(k.correction.IBI)
	if finger {
		k.method = fingerMethod
		sound := shapely(uncorrected(k.correction, k.correction.IBI), ppg.Shape(f.fused, waveRate, f.f0, k.times))
		if sdnn, rmssd, _, ok := hrv.Measure(sound); ok {
			k.sdnn, k.rmssd = sdnn, rmssd
		}
		return
	}
	sound := uncorrected(k.correction, k.correction.IBI)
	_, plain, _, _ := hrv.Measure(sound)
	narrow, ok := measured(k.correction, breathHz, ppg.NarrowGain)
	if !ok {
		return
	}
	k.sdnn, k.rmssd = narrow[0], narrow[1]
	if !r.Features.HasHalves {
		return
	}
	cross := hrv.CrossHalf(aside(k.times, sound), ppg.Guide(f.halves[0], f.phase), ppg.Guide(f.halves[1], f.phase))
	wide, ok := measured(hrv.Correct(ppg.Intervals(ppg.Wide(f.slow, f.phase))), breathHz, ppg.WideGain)
	if cross.OK && ok {
		if plain > 0 { // the halves are found in the narrow band too
			cross.RMSSD *= narrow[1] / plain
		}
		k.sdnn, k.rmssd = hrv.Blend(narrow, wide, cross)
		k.method = variabilityMethod
	}
}

// measured returns SDNN and RMSSD (ms) of what is sound in a correction, with
// breathing's part of it given back.
func measured(c hrv.Correction, breathHz float64, gain func(float64) float64) (v [2]float64, ok bool) {
	v[0], v[1], _, ok = hrv.Measure(uncorrected(c, hrv.Restore(c.IBI, breathHz, gain)))
	return v, ok
}

// uncorrected returns the intervals with NaN in the place of those that a correction changed.
func uncorrected(c hrv.Correction, ibi []float64) []float64 {
	out := make([]float64, len(ibi))
	for i, v := range ibi {
		out[i] = v
		if c.Flags[i] != hrv.Normal {
			out[i] = math.NaN()
		}
	}
	return out
}

// shapely sets aside, as NaN, the intervals beside a beat whose shape isn't
// like the others': unlike 0.9, or 0.8 where more than half would be lost, or none.
func shapely(ibi, shape []float64) []float64 {
	for _, least := range [...]float64{0.9, 0.8} {
		out, left := make([]float64, len(ibi)), 0
		for i, v := range ibi {
			out[i] = v
			if shape[i] < least || shape[i+1] < least {
				out[i] = math.NaN()
			}
			if !math.IsNaN(out[i]) {
				left++
			}
		}
		if 2*left >= len(ibi) {
			return out
		}
	}
	return ibi
}

// aside returns the beats with NaN for those beside an interval that was set aside.
func aside(beats, ibi []float64) []float64 {
	out := append([]float64(nil), beats...)
	for i, v := range ibi {
		if math.IsNaN(v) {
			out[i], out[i+1] = math.NaN(), math.NaN()
		}
	}
	return out
}

// markCorrected flags the beats whose interval was corrected: those within
// 50 ms of the end of a corrected interval.
func (r *Result) markCorrected(k rhythm) {
	j := 0
	for i, fl := range k.correction.Flags {
		if fl == hrv.Normal {
			continue
		}
		for j < len(r.Beats) && r.Beats[j].Time < k.times[i+1]-0.05 {
			j++
		}
		if j < len(r.Beats) && r.Beats[j].Time <= k.times[i+1]+0.05 {
			r.Beats[j].Corrected = true
		}
	}
}
