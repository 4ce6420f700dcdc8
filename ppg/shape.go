package ppg

import (
	"math"

	"blush/dsp"
)

// Shape returns, for each beat, how much its pulse looks like the others: the
// correlation, -1..1, of the wave around it (0.6 f0 to 4 Hz) with the median of
// all pulses, from 0.35 of a cycle before the beat to 0.45 after it. A beat too
// near an end to be seen whole gets 0. A pulse that another movement bent has its beat
// at the wrong moment, however clean the recording is elsewhere.
func Shape(wave []float64, rate, f0 float64, beats []float64) []float64 {
	const samples = 48
	out := make([]float64, len(beats))
	if !(f0 > 0) || len(wave) < 4 {
		return out
	}
	s := dsp.NewSpline(dsp.Butter2Bandpass(max(0.5, 0.6*f0), 4, rate).FiltFiltPad(wave, int(2*rate)))
	pulses := make([][]float64, len(beats))
	for i, b := range beats {
		if from, to := b-0.35/f0, b+0.45/f0; !(from >= 0 && to*rate <= float64(len(wave)-1)) {
			continue
		}
		p := make([]float64, samples)
		for j := range p {
			p[j] = s.At((b + (-0.35+0.8*float64(j)/(samples-1))/f0) * rate)
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
	for i, p := range pulses {
		if p != nil {
			out[i] = math.Max(-1, math.Min(1, dsp.Correlation(p, typical)))
		}
	}
	return out
}
