package engine

import (
	"math"

	"blush.example/blush/dsp"
	"blush.example/blush/hrv"
	"blush.example/blush/ppg"
)

const (
	variabilityMethod = "pulse intervals, corrected, freed of the noise that their wave's strength shows"
	fingerMethod      = "pulse intervals, corrected, between beats of the usual shape, freed of the noise that their shapes show"
)

// rhythm is the variability of the intervals between beats.
type rhythm struct {
	correction hrv.Correction
	times      []float64 // beats between the corrected intervals, s
	early      []float64 // beats that came early and were followed by a pause, s
	leaps      float64   // share of the intervals between upstrokes that are leaps ([hrv.IrregularShare]), 0..1
	hrv.Reading
	read   []float64 // the intervals of the reading in s, NaN for those set aside
	method string
}

// rhythmOf corrects the intervals between beats.
func (a *Analyzer) rhythmOf(r *Result, f *findings) rhythm {
	k := rhythm{correction: hrv.Correct(ppg.Intervals(f.beats)), method: variabilityMethod}
	if len(f.beats) == 0 {
		return k
	}
	k.times = k.correction.Times(f.beats[0])
	upstrokes := f.beats
	if !a.finger() && !r.Features.OneByOne {
		upstrokes = ppg.MidUpstroke(f.fused, waveRate, f.f0, f.guide)
	}
	k.early, k.leaps = hrv.Early(upstrokes), hrv.IrregularShare(ppg.Intervals(upstrokes))
	r.Features.CorrectedShare, r.Features.Ectopic = k.correction.Share(), max(k.correction.Ectopic, len(k.early))
	r.markCorrected(k)
	return k
}

// measure reads the variability of the intervals that needed no correction, in a narrow band around the heart
// rate. Light through a finger shows upstrokes sharp enough to time beats by without a narrow filter. There their
// reading is used, and none where pulses aren't alike, or where the scatter of the beats exceeds that in the
// narrow band, which has less noise, by more than two errors. breathHz is the breathing rate, 0 where unknown.
func (k *rhythm) measure(f *findings, breathHz float64, finger, oneByOne bool) {
	if oneByOne {
		// Beats that follow no track lie outside of a narrow band.
		_, timing := ppg.Shape(f.fused, waveRate, f.f0, k.times)
		k.Reading, k.method = hrv.Measure(uncorrected(k.correction), timing), fingerMethod
		return
	}
	if len(f.wide) == 0 {
		return
	}
	c := hrv.Correct(ppg.Intervals(f.wide))
	k.read = apart(uncorrected(c), c.Times(f.wide[0]), k.early)
	k.Reading = hrv.Sidebands(k.read, f.height, breathHz, hrv.Filter{Change: ppg.WideChange, Noise: ppg.WideNoise, Height: ppg.WideHeight})
	if !finger {
		return
	}
	shape, timing := ppg.Shape(f.fused, waveRate, f.f0, k.times)
	ibi := shapely(uncorrected(k.correction), shape)
	sharp := hrv.Measure(ibi, timing)
	sharp.OK = sharp.OK && !(k.OK && sharp.RMSSD-k.RMSSD > 2*math.Hypot(sharp.RMSSDError, k.RMSSDError))
	k.Reading, k.read, k.method = sharp, ibi, fingerMethod
}

// smeared is the distance, in intervals, within which an early beat shifts the ones around it in a narrow band.
const smeared = 1.6

// apart sets aside, as NaN, the intervals between times that lie near one of the early beats.
func apart(ibi, times, early []float64) []float64 {
	usual := dsp.Median(ibi)
	for i := range ibi {
		for _, e := range early {
			if times[i+1] > e-smeared*usual && times[i] < e+smeared*usual {
				ibi[i] = math.NaN()
			}
		}
	}
	return ibi
}

// uncorrected returns the intervals of a correction with NaN in the place of those that it changed.
func uncorrected(c hrv.Correction) []float64 {
	out := make([]float64, len(c.IBI))
	for i, v := range c.IBI {
		out[i] = v
		if c.Flags[i] != hrv.Normal {
			out[i] = math.NaN()
		}
	}
	return out
}

// shapely sets aside, as NaN, the intervals next to a beat whose shape correlates with the others by less than
// 0.9, or 0.8 where more than half would be lost. Where more than a third would be lost even so, it sets all
// aside: the beats can't be trusted.
func shapely(ibi, shape []float64) []float64 {
	out := make([]float64, len(ibi))
	for _, c := range [...]struct{ alike, kept float64 }{{0.9, 1.0 / 2}, {0.8, 2.0 / 3}, {math.Inf(1), 0}} {
		left := 0.0
		for i, v := range ibi {
			out[i] = v
			if shape[i] < c.alike || shape[i+1] < c.alike {
				out[i] = math.NaN()
			}
			if !math.IsNaN(out[i]) {
				left++
			}
		}
		if left >= c.kept*float64(len(ibi)) {
			break
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
