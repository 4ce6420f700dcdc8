// Package resp finds the breathing rate from the effects of breathing on the pulse and the body: it quickens and
// slows the heart (frequency modulation of the inter-beat intervals), strengthens and weakens the pulse (amplitude
// modulation) and moves shoulders and head. Each source alone is easily misled, above all the intervals by the 0.1
// Hz rhythm of blood pressure. So their evidence is combined, and a rate is given only where it concentrates.
// Frequencies are in breaths/min, times in seconds. Every function is pure and total.
package resp

import (
	"math"

	"blush.example/blush/dsp"
)

// The grid of rates in breaths/min.
const (
	MinRate = 4.5
	MaxRate = 35.0
	step    = 0.1
)

// MinConcentration is the share of the posterior that must lie within 1.5
// breaths/min of its peak for a rate to be given.
const MinConcentration = 0.5

// Variation is the usual variation of breathing at rest, the standard deviation of the breath-by-breath rate over
// its mean: 20.8 % in 65 healthy adults over 15 min (Tobin et al., J Appl Physiol 1988;65:309).
const Variation = 0.208

// Input is the data from which the breathing rate is found. Any part may be missing.
type Input struct {
	// BeatTimes are the beats in s.
	BeatTimes []float64
	// IBI are the corrected inter-beat intervals in s, one between each two of BeatTimes.
	IBI []float64
	// Amplitude is the height of each beat's pulse in any unit, NaN where unknown; as long as BeatTimes.
	Amplitude []float64
	// Shoulder and HeadY are the height of the upper chest and of the head in
	// the picture in widths of the face, downwards positive as in images.
	Shoulder, HeadY *dsp.Series
	// HeartRate is in bpm. Breathing rates above half of it are left out; 0 is unknown.
	HeartRate float64
}

// Output is the rate found.
type Output struct {
	// Rate in breaths/min with the bounds of its 90 % interval.
	Rate, Low, High float64
	// Concentration is the share of the posterior within 1.5 breaths/min of its
	// peak, 0..1: about the chance that the rate is that near the truth.
	Concentration float64
	// Wave is the breathing wave of the clearest source around the rate found,
	// at 4 Hz, without unit, inhalation up.
	Wave dsp.Series
	// Sources names what was used: fm, am, shoulder, head.
	Sources []string
	// OK is set when the posterior concentrates enough for the rate to be given,
	// and the body doesn't clearly move at another rate.
	OK bool
}

// Parameters of the windows. A scan of a minute is one window; a longer recording, whose rate may change, is
// divided into as few equal ones as possible, which don't overlap, so that every breath counts once.
const (
	leastWindow   = 20.0 // s
	longestWindow = 96.0 // s
)

// Rate finds the breathing rate. Each source gives every rate a likelihood, a sinusoid against noise, mixed with
// the chance that the source follows another rhythm; the product with a broad prior around 14 breaths/min is the
// posterior. The rate is the peak of the posterior, refined by counting whole cycles, and the concentration is the
// mass around it. No rate is given where shoulders or head clearly move at another rate.
func Rate(in Input) Output {
	sources := in.sources()
	if len(sources) == 0 {
		return Output{}
	}
	n := len(sources[0].y)
	length := n / int(max(1, math.Ceil(float64(n)/(longestWindow*rate))))
	limit := MaxRate
	if in.HeartRate > 0 {
		limit = min(limit, in.HeartRate/2)
	}
	var out Output
	var weight, contested float64
	strength := make([]float64, len(sources))
	for a := 0; length > 0 && a+length <= n; a += length {
		f := fuse(sources, a, a+length, limit)
		out.Rate += f.concentration * f.rate
		out.Low += f.concentration * f.low
		out.High += f.concentration * f.high
		out.Concentration += f.concentration * f.concentration
		weight += f.concentration
		if f.contested {
			contested += f.concentration
		}
		for k, q := range f.quality {
			strength[k] += q
		}
	}
	if !(weight > 0) {
		return Output{}
	}
	out.Rate, out.Low, out.High, out.Concentration = out.Rate/weight, out.Low/weight, out.High/weight, out.Concentration/weight
	best := 0
	for k, s := range sources {
		out.Sources = append(out.Sources, s.name)
		if strength[k] > strength[best] {
			best = k
		}
	}
	out.Wave = sources[best].wave(out.Rate)
	out.OK = out.Concentration >= MinConcentration && 2*contested <= weight && out.Rate >= MinRate && out.Rate <= MaxRate
	return out
}

// bins returns how many rates there are on the grid up to a limit in breaths/min.
func bins(limit float64) int {
	return max(1, int(math.Floor((min(limit, MaxRate)-MinRate)/step+1e-9))+1)
}

func rateAt(i int) float64 { return MinRate + step*float64(i) }
