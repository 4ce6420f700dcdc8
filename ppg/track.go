// Package ppg finds the heart beats in a pulse wave whose heart rate over time (a track) is known, the time of
// each beat, and how clean the wave is.
package ppg

import (
	"math"

	"blush.example/blush/dsp"
)

// Track is the heart rate over time: BPM at TimeS, seconds in rising order. It is linear between the points and
// constant beyond them.
type Track struct {
	TimeS, BPM []float64
}

// At returns the rate in bpm at t seconds, 0 for an empty track.
func (k Track) At(t float64) float64 { return dsp.Interp(k.TimeS, k.BPM, t) }

// Median returns the median rate in bpm.
func (k Track) Median() float64 { return dsp.Median(k.BPM) }

// Cycles returns the number of heart cycles between a and b seconds by the track.
func (k Track) Cycles(a, b float64) float64 {
	const steps = 400
	sum, h := 0.0, (b-a)/steps
	for i := range steps {
		sum += k.At(a + (float64(i)+0.5)*h)
	}
	return sum * h / 60
}

// PerCycle is the number of samples a heart cycle has after warping.
const PerCycle = 32

// Phase maps between time and heart cycles along a track, so that a wave of changing rate can be treated as one of
// constant rate.
type Phase struct {
	rate   float64
	cycles []float64 // at each sample of the wave
	at     []float64 // position in samples of each warped sample
}

// NewPhase returns the phase along a track of n samples at rate Hz, the first at 0 s. It has no warped samples
// when the track is not a possible heart rate.
func NewPhase(k Track, n int, rate float64) Phase {
	p := Phase{rate: rate, cycles: make([]float64, n)}
	if n < 2 || len(k.TimeS) == 0 {
		return p
	}
	last, j := k.At(0)/60, 0
	for i := 1; i < n; i++ {
		t := float64(i) / rate
		for j+1 < len(k.TimeS) && k.TimeS[j+1] < t {
			j++
		}
		f := dsp.Interp(k.TimeS[j:min(j+2, len(k.TimeS))], k.BPM[j:min(j+2, len(k.TimeS))], t) / 60
		p.cycles[i] = p.cycles[i-1] + (f+last)/2/rate
		last = f
	}
	total := p.cycles[n-1]
	if !(total > 0) || math.IsInf(total, 0) || total > 4*float64(n)/rate+1 {
		return p
	}
	p.sample()
	return p
}

// sample finds where each warped sample lies in the wave.
func (p *Phase) sample() {
	n := len(p.cycles)
	total := p.cycles[n-1]
	i := 0
	for m := 0; ; m++ {
		c := float64(m) / PerCycle
		if c > total {
			break
		}
		for i+2 < n && p.cycles[i+1] < c {
			i++
		}
		u := 0.0
		if d := p.cycles[i+1] - p.cycles[i]; d > 0 {
			u = (c - p.cycles[i]) / d
		}
		p.at = append(p.at, float64(i)+u)
	}
}

// BeatPhase returns the phase along beats (s) of n samples at rate Hz, for a rhythm that no track follows. Each
// interval is one cycle, interpolated smoothly (PCHIP). Beyond the first and the last beat, cycles are as long as
// the interval next to them. It has no warped samples for fewer than three beats.
func BeatPhase(beats []float64, n int, rate float64) Phase {
	p := Phase{rate: rate, cycles: make([]float64, n)}
	if len(beats) < 3 || n < 2 || !increasing(beats) {
		return p
	}
	first, last := beats[1]-beats[0], beats[len(beats)-1]-beats[len(beats)-2]
	t, c := []float64{}, []float64{}
	for k := math.Ceil(beats[0] / first); k > 0; k-- {
		t, c = append(t, beats[0]-k*first), append(c, -k)
	}
	for i, b := range beats {
		t, c = append(t, b), append(c, float64(i))
	}
	for k := 1.0; t[len(t)-1] < float64(n)/rate; k++ {
		t, c = append(t, beats[len(beats)-1]+k*last), append(c, float64(len(beats)-1)+k)
	}
	for i := range p.cycles {
		p.cycles[i] = float64(i) / rate
	}
	p.cycles = dsp.PCHIP(t, c, p.cycles)
	start := p.cycles[0]
	for i := range p.cycles {
		p.cycles[i] -= start
	}
	p.sample()
	return p
}

// increasing reports whether beats follow each other by more than a fifth of a second and less than a minute.
func increasing(beats []float64) bool {
	for _, v := range Intervals(beats) {
		if !(v > 0.2 && v < 60) {
			return false
		}
	}
	return true
}

// Warp resamples a wave to 32 samples a heart cycle (natural cubic spline).
func (p Phase) Warp(wave []float64) []float64 {
	s := dsp.NewSpline(wave)
	out := make([]float64, len(p.at))
	for i, u := range p.at {
		out[i] = s.At(u)
	}
	return out
}

// Time returns the time in seconds of a position in warped samples.
func (p Phase) Time(pos float64) float64 {
	if len(p.at) == 0 {
		return 0
	}
	i := min(max(int(pos), 0), len(p.at)-1)
	u := p.at[i]
	if i+1 < len(p.at) {
		u += (pos - float64(i)) * (p.at[i+1] - u)
	}
	return u / p.rate
}
