package ppg

import (
	"math"

	"blush.example/blush/dsp"
)

// narrowLow and narrowHigh bound the band around the fundamental, in cycles a heart cycle, in which a warped wave
// crosses zero once a beat.
const narrowLow, narrowHigh = 0.70, 1.35

// wideLow and wideHigh bound a wider band, in which beat times follow a lively rhythm more closely, and noise too.
const wideLow, wideHigh = 0.60, 1.50

// Guide finds the beats of a wave along its phase: the wave is warped to a constant rate and filtered to 0.70-1.35
// cycles a heart cycle without delay, and each rising crossing of zero is a beat. The times are seconds from the
// wave's first sample. They are steady but coarse: see [MidUpstroke]. Crossings within a quarter of a cycle of
// either end are ignored: the wave shows neither the foot nor the peak of such a beat.
func Guide(wave []float64, p Phase) []float64 {
	var beats []float64
	crossings(Narrow(p.Warp(wave), narrowLow, narrowHigh), func(i int, u float64) { beats = append(beats, p.Time(float64(i)+u)) })
	return beats
}

// quarter is a quarter of a cycle in warped samples.
const quarter = PerCycle / 4

// crossings calls f for each rising crossing of zero that is not within a quarter of a cycle of an end, with the sample before it and
// how far it is from there to the next, 0..1.
func crossings(z []float64, f func(i int, u float64)) {
	for i := quarter; i+1+quarter < len(z); i++ {
		if z[i] < 0 && z[i+1] >= 0 {
			f(i, z[i]/(z[i]-z[i+1]))
		}
	}
}

// Wide is [Guide] in the band 0.60-1.50 cycles a heart cycle, for variability: it smooths changes from beat to
// beat less and passes more noise, both by a known amount ([WideChange], [WideNoise]). height is the strength of
// the wave at each beat relative to the median strength, minus 1. The strength is half the difference between the
// wave a quarter of a cycle after the beat and a quarter before.
func Wide(wave []float64, p Phase) (beats, height []float64) {
	z := Narrow(p.Warp(wave), wideLow, wideHigh)
	crossings(z, func(i int, u float64) {
		at := func(k int) float64 { return z[k] + u*(z[k+1]-z[k]) }
		beats = append(beats, p.Time(float64(i)+u))
		height = append(height, (at(i+quarter)-at(i-quarter))/2)
	})
	usual := dsp.Median(height)
	for i := range height {
		height[i] = height[i]/usual - 1
	}
	return beats, height
}

// WideChange returns the share that the filter of [Wide] passes of a variation of the beat times at c cycles a
// beat. Such a variation is a pair of sidebands at 1-c and 1+c cycles; the share is the mean of the gains at the
// two.
func WideChange(c float64) float64 { return (wide(1-c) + wide(1+c)) / 2 }

// WideNoise returns the share that the filter of [Wide] passes of the noise power at 1-c and 1+c cycles.
func WideNoise(c float64) float64 { return (wide(1-c)*wide(1-c) + wide(1+c)*wide(1+c)) / 2 }

// WideHeight returns the share of that noise power that appears in the heights of [Wide].
func WideHeight(c float64) float64 {
	read := math.Cos(math.Pi * c / 2) // at a quarter of a cycle from the beat
	return WideNoise(c) * read * read
}

// wide is the response at f cycles of a Butterworth band-pass of order 2 run forward and backward.
func wide(f float64) float64 {
	f = math.Abs(f)
	d := (f*f - wideLow*wideHigh) / (f * (wideHigh - wideLow))
	return 1 / (1 + d*d*d*d)
}

// Narrow filters a warped wave to lo..hi cycles a heart cycle without delay. Beyond its ends the wave is taken to repeat its first and
// its last cycle, so that the filter moves the beats next to an end hardly more than others.
func Narrow(warped []float64, lo, hi float64) []float64 {
	if len(warped) < PerCycle {
		return nil
	}
	const pad = 3 * PerCycle
	x := make([]float64, len(warped)+2*pad)
	copy(x[pad:], warped)
	for i := pad - 1; i >= 0; i-- {
		x[i] = x[i+PerCycle]
	}
	for i := pad + len(warped); i < len(x); i++ {
		x[i] = x[i-PerCycle]
	}
	return dsp.Butter2Bandpass(lo, hi, PerCycle).FiltFiltPad(x, pad)[pad : pad+len(warped)]
}

// MidUpstroke moves each guide beat to the moment the wave rises through half
// the height between the foot and the peak of its upstroke, which is sharper
// than the peak and less disturbed by the wave's baseline than the foot. wave is
// at rate Hz, f0 the usual heart rate in Hz. A beat without an upstroke is left out.
func MidUpstroke(wave []float64, rate, f0 float64, guide []float64) []float64 {
	const fine = 250.0
	x := dsp.Butter2Bandpass(max(0.5, 0.6*f0), 4, rate).FiltFiltPad(wave, int(2*rate))
	if len(x) < 4 || !(f0 > 0) {
		return nil
	}
	s := dsp.NewSpline(x)
	n := int(float64(len(x)-1) / rate * fine)
	at := func(i int) float64 { return s.At(float64(i) / fine * rate) }
	reach := int(0.45 * fine / f0)
	out := make([]float64, 0, len(guide))
	for _, b := range guide {
		q := int(b * fine)
		peak, foot := max(0, q-3), max(0, q-reach)
		top, bottom := math.Inf(-1), math.Inf(1)
		for i := peak; i < min(n, q+reach); i++ {
			if v := at(i); v > top {
				top, peak = v, i
			}
		}
		for i := foot; i <= peak; i++ {
			if v := at(i); v < bottom {
				bottom, foot = v, i
			}
		}
		level := (top + bottom) / 2
		for i := peak - 1; i >= foot; i-- {
			if a, c := at(i), at(i+1); a < level && c >= level {
				t := (float64(i) + (level-a)/(c-a)) / fine
				if len(out) == 0 || t-out[len(out)-1] > 0.2 {
					out = append(out, t)
				}
				break
			}
		}
	}
	return out
}

// Count is a heart rate read by counting beats.
type Count struct {
	BPM float64
	// Recounted is the number of intervals between the beats found minus the number counted. It isn't 0 where the
	// track's count was used.
	Recounted int
	// Residual is the number counted minus the track's count, -0.75..0.75.
	Residual float64
}

// MaxSurplus is the difference, in beats, from the track's count at which a count is no longer used.
const MaxSurplus = 0.75

// CountRate returns the heart rate 60 N/(last - first beat). N is the number of intervals between the beats if it
// is within 0.75 of the track's count between the two, else the track's count, rounded. So one beat missed or
// found twice can't change the rate. The rate is 0 for fewer than 4 beats.
func CountRate(beats []float64, k Track) Count {
	if len(beats) < 4 {
		return Count{}
	}
	n, d := float64(len(beats)-1), Surplus(beats, k)
	var c Count
	if math.Abs(d) >= MaxSurplus {
		m := math.Round(n - d)
		c.Recounted, d, n = int(n-m), d-(n-m), m
	}
	c.BPM, c.Residual = 60*n/(beats[len(beats)-1]-beats[0]), d
	return c
}

// Surplus returns the number of intervals between the beats minus the track's count of cycles from the first to
// the last beat. It returns 0 for fewer than 4 beats.
func Surplus(beats []float64, k Track) float64 {
	if len(beats) < 4 {
		return 0
	}
	return float64(len(beats)-1) - k.Cycles(beats[0], beats[len(beats)-1])
}

// Intervals returns the differences of successive beat times in seconds.
func Intervals(beats []float64) []float64 {
	if len(beats) < 2 {
		return nil
	}
	out := make([]float64, len(beats)-1)
	for i := range out {
		out[i] = beats[i+1] - beats[i]
	}
	return out
}

// Amplitudes returns, for each beat, the height of the pulse wave from the foot
// before it to the peak after it, in the wave's unit.
func Amplitudes(wave []float64, rate, f0 float64, beats []float64) []float64 {
	out := make([]float64, len(beats))
	if !(f0 > 0) {
		return out
	}
	s := dsp.NewSpline(dsp.Butter2Bandpass(max(0.5, 0.6*f0), 4, rate).FiltFiltPad(wave, int(2*rate)))
	for i, b := range beats {
		top, bottom := math.Inf(-1), math.Inf(1)
		for j := range 24 {
			u := 0.45 / f0 * float64(j) / 23
			top = max(top, s.At((b+u)*rate))
			bottom = min(bottom, s.At((b-u*0.6)*rate))
		}
		out[i] = top - bottom
	}
	return out
}
