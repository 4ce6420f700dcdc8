package ppg

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
)

// Limits for upstrokes that may be beats.
const (
	// minApart is the least distance between upstrokes of beats, in usual cycles. A reflected wave follows sooner.
	minApart = 0.4
	// The steepness that divides beats from other rises is the one, from lowest to highest of the usual steepness,
	// with the fewest rises within margin. A pause leaves a rise a fifth as steep, made by the filters.
	lowest, highest, margin = 0.30, 0.60, 0.10
)

// Upstrokes are beats found one by one.
type Upstrokes struct {
	// TimeS are the times in s at which the wave rises most steeply.
	TimeS []float64
	// Steepness is that of each upstroke relative to the usual one.
	Steepness []float64
	// Doubtful is the number of rises whose steepness is close to the one that divides beats from other rises.
	// Where there are many, noise passes for beats.
	Doubtful int
}

// FindUpstrokes finds the beats of a wave one by one, without assuming a rate: the steepest rises, at least 0.4
// cycles apart, that stand out from the other rises. So it follows pauses, early beats and changes with the
// breath. wave is at rate Hz, and f0 is the usual heart rate in Hz. The usual steepness is that at the beats of
// guide.
func FindUpstrokes(wave []float64, rate, f0 float64, guide []float64) Upstrokes {
	const fine = 120.0
	if len(wave) < 4 || len(guide) < 3 || !(f0 > 0) {
		return Upstrokes{}
	}
	s := dsp.NewSpline(dsp.Butter2Bandpass(max(0.5, 0.6*f0), min(4, 2.2*f0), rate).FiltFiltPad(wave, int(2*rate)))
	slope := make([]float64, max(0, int(float64(len(wave)-1)/rate*fine)))
	last := s.At(0)
	for i := range slope {
		v := s.At(float64(i+1) / fine * rate)
		slope[i], last = v-last, v
	}
	usualAt, usual := usualSlope(slope, fine, f0, guide)
	steep := map[int]float64{} // of each rise, relative to the usual one
	var rises []int
	for i := 1; i+1 < len(slope); i++ {
		if slope[i] > slope[i-1] && slope[i] >= slope[i+1] {
			if v := slope[i] / dsp.Interp(usualAt, usual, float64(i)/fine); v >= lowest-margin {
				rises, steep[i] = append(rises, i), v
			}
		}
	}
	slices.SortStableFunc(rises, func(a, b int) int { return int(math.Copysign(1, steep[b]-steep[a])) })
	apart := int(minApart * fine / f0)
	taken := make([]bool, len(slope))
	var kept []int
	for _, p := range rises {
		if !slices.Contains(taken[max(0, p-apart):min(len(taken), p+apart+1)], true) {
			taken[p] = true
			kept = append(kept, p)
		}
	}
	all := make([]float64, len(kept))
	for i, p := range kept {
		all[i] = steep[p]
	}
	limit, doubtful := divide(all)
	out := Upstrokes{Doubtful: doubtful}
	slices.Sort(kept)
	for _, p := range kept {
		if steep[p] > limit {
			out.TimeS, out.Steepness = append(out.TimeS, (float64(p)+0.5)/fine), append(out.Steepness, steep[p])
		}
	}
	return out
}

// divide returns the steepness that divides beats from other rises, and the number of rises near to it.
func divide(steep []float64) (at float64, near int) {
	near = math.MaxInt
	const step = 0.01
	from, to := 0.0, 0.0
	for v := lowest; v < highest+step/2; v += step {
		n := 0
		for _, s := range steep {
			if math.Abs(s-v) < margin {
				n++
			}
		}
		switch {
		case n < near:
			near, from, to = n, v, v
		case n == near && v-to < 1.5*step:
			to = v
		}
	}
	return (from + to) / 2, near
}

// nearby is the number of guide beats on either side over which the usual steepness is taken: a pulse may fade.
const nearby = 10

// usualSlope returns, at the time of each guide beat in s, the median over the guide beats nearby of the steepest rise within
// 0.35 cycles of each.
func usualSlope(slope []float64, fine, f0 float64, guide []float64) (timeS, usual []float64) {
	reach := int(0.35 * fine / f0)
	var around []float64
	for _, b := range guide {
		at := int(b * fine)
		if lo, hi := max(0, at-reach), min(len(slope), at+reach); lo < hi {
			timeS, around = append(timeS, b), append(around, slices.Max(slope[lo:hi]))
		}
	}
	usual = make([]float64, len(around))
	for i := range usual {
		usual[i] = max(0, dsp.Median(around[max(0, i-nearby):min(len(around), i+nearby+1)]))
	}
	return timeS, usual
}
