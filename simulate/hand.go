package simulate

import "math"

// newHand draws the sway and the tremor of a hand that holds the phone, x and y on the grid; nil without one.
func newHand(r random, b bands, o Motion) (hand [2][]float64) {
	if o.Hand <= 0 && o.Tremor <= 0 {
		return hand
	}
	for k := range hand {
		slow, noise := r.ou(b.n, b.rate, 1.2, 1), b.noise(r, 0.1, 2.5, 1)
		tremble, swell := r.phase(b.n, b.rate, o.TremorRate, 1, 0.05), b.noise(r, 0.05, 0.6, 0.4)
		for i := range slow {
			slow[i] = o.Hand*(0.7*slow[i]+0.3*noise[i]) + o.Tremor*(1+swell[i])*math.Sin(tremble[i])
		}
		hand[k] = slow
	}
	return hand
}

// newRock draws a strictly periodic rotation back and forth, in x and half as much in y; nil without one.
func newRock(r random, n int, rate float64, o Motion) (rock [2][]float64) {
	if o.Rock <= 0 {
		return rock
	}
	for k := range rock {
		start := r.uniform(0, 2*math.Pi)
		rock[k] = make([]float64, n)
		for i := range rock[k] {
			rock[k][i] = o.Rock / float64(1+k) * math.Sin(2*math.Pi*o.RockRate*float64(i)/rate+start)
		}
	}
	return rock
}

// carried returns the movement of the whole picture in direction k (x, y) at each frame, without the head's own.
func (w *world) carried(k int) []float64 {
	if w.hand[0] == nil && w.rock[0] == nil {
		return nil
	}
	x := make([]float64, w.n)
	for _, m := range [][]float64{w.hand[k], w.rock[k]} {
		for i, v := range m {
			x[i] += v
		}
	}
	return expose(x, w.times, grid)
}

// approached is the share of the box's error that one detection corrects.
const approached = 0.06

// jumps draws the error of the box along one axis for each frame, in units of [Detector]'s amplitudes.
func (w *world) jumps(r random) []float64 {
	d := w.Detector
	x := make([]float64, len(w.times))
	jump, off, place := d.Jump*r.NormFloat64(), d.Approach*r.NormFloat64(), 0.0
	last := -1
	var size, before, after float64
	for i, t := range w.times {
		if k := int(t / d.Every); k != last {
			last, place, size = k, d.Wander*r.NormFloat64(), jump*(1+0.1*r.NormFloat64())
			before, after = off*math.Pow(1-approached, float64(k-1)), off*math.Pow(1-approached, float64(k))
		}
		since := t - float64(last)*d.Every
		x[i] = place + size*math.Exp(-since/0.2) + after + (before-after)*math.Exp(-since/0.1)
	}
	return x
}

// leaps returns the changes of the light of one patch by detections, for each frame and channel.
func (w *world) leaps(r random) (x [3][]float64) {
	for k, box := range w.found {
		g := w.shade.of(r, k, w.shade.box, boxSpread)
		for c := range x {
			if x[c] == nil {
				x[c] = make([]float64, len(box))
			}
			for i, v := range box {
				x[c][i] += g[c] * v
			}
		}
	}
	return x
}
