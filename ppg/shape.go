package ppg

import (
	"math"

	"blush.example/blush/dsp"
)

// Shape returns, for each beat, the similarity of its pulse to the others: the correlation, -1..1, of the wave
// around it (0.6 f0 to 4 Hz) with the median of all pulses, from 0.35 of a cycle before the beat to 0.45 after it.
// A beat too near an end to be seen whole gets 0. Where a movement distorts a pulse, its beat is at the wrong
// moment, however clean the recording is elsewhere.
//
// timing is one standard deviation in s of the noise in each beat's time: the part of its pulse that differs from
// the others, over the slope at the beat. Aligning a pulse with the others by its own beat and its height hides
// two of the independent parts of the noise, of which there are 2 B T for a span T in a band B (Shannon 1949).
// What is left is therefore scaled up, as a residual variance is for the parameters fitted. timing is NaN where
// the correlation is below 0.5.
func Shape(wave []float64, rate, f0 float64, beats []float64) (shape, timing []float64) {
	const (
		samples = 48
		before  = 0.35 // cycles
		span    = 0.80
	)
	shape, timing = make([]float64, len(beats)), make([]float64, len(beats))
	for i := range timing {
		timing[i] = math.NaN()
	}
	if !(f0 > 0) || len(wave) < 4 {
		return shape, timing
	}
	s := dsp.NewSpline(dsp.Butter2Bandpass(max(0.5, 0.6*f0), 4, rate).FiltFiltPad(wave, int(2*rate)))
	pulses := make([][]float64, len(beats))
	for i, b := range beats {
		if from, to := b-before/f0, b+(span-before)/f0; !(from >= 0 && to*rate <= float64(len(wave)-1)) {
			continue
		}
		p := make([]float64, samples)
		for j := range p {
			p[j] = s.At((b + (-before+span*float64(j)/(samples-1))/f0) * rate)
		}
		m := dsp.Mean(p)
		for j := range p {
			p[j] -= m
		}
		pulses[i] = p
	}
	typical := make([]float64, samples)
	var at []float64
	for j := range typical {
		at = at[:0]
		for _, p := range pulses {
			if p != nil {
				at = append(at, p[j])
			}
		}
		typical[j] = dsp.Median(at)
	}
	const beat = 20 // sample at the beat: 0.35/0.80 of 47
	parts := max(2.5, 2*(4-max(0.5, 0.6*f0))*span/f0)
	hidden := math.Sqrt(parts / (parts - 2))
	slope := (typical[beat+2] - typical[beat-1]) / 3 * (samples - 1) * f0 / span
	for i, p := range pulses {
		if p == nil {
			continue
		}
		c := math.Max(-1, math.Min(1, dsp.Correlation(p, typical)))
		shape[i] = c
		if c >= 0.5 && slope > 0 {
			timing[i] = hidden * dsp.SD(typical) * math.Sqrt(1/(c*c)-1) / slope
		}
	}
	return shape, timing
}
