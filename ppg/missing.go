package ppg

import (
	"math"

	"blush.example/blush/dsp"
)

// rhythm is a way in which a heart may beat beside a track.
type rhythm int

const (
	steady  rhythm = iota // each interval near to the track's
	pausing               // some intervals are of two beats, or of pauses of up to five
)

// How intervals are spread about the track's, as shares of it.
const (
	calmSpread, livelySpread, livelyShare = 0.06, 0.13, 0.2
	doubleSpread                          = 0.12
	shortestInterval, longestSteady       = 0.45, 1.65
	leastPause, longestInterval           = 1.5, 5.0
	inTable                               = 100 // entries a track's interval
)

// pauseShares are the shares of intervals with a pause that are tried.
var pauseShares = [...]float64{0.04, 0.3}

// Missing weighs whether beats are missing in a wave: it returns the natural logarithm of the evidence for a rhythm with pauses over that for a
// steady one, 0 where there are too few beats to say. The wave, at rate Hz, is taken for the sum of equal pulses, one a beat, in
// noise; the pulse is the wave's mean around the beats of guide, faded out over an interval on either side, so that it fits
// the wave of a steady heart; and each rhythm is a chain of intervals that are drawn one by one (a semi-Markov
// model; its sum over all chains is the forward algorithm: Rabiner, Proc IEEE 1989;77:257). band is the width of the wave's band in Hz, in
// which the noise lies. Noise makes single beats unsure long before it hides that several are missing.
func Missing(wave []float64, rate, band float64, k Track, guide []float64) float64 {
	if len(guide) < 5 || len(k.BPM) == 0 || !(dsp.SD(wave) > 0) {
		return 0
	}
	c := newChains(wave, rate, k, guide)
	white := rate / 2 / band // the noise in the band as if it were in all of the spectrum
	c.noise = make([]float64, len(wave))
	for i := range c.noise {
		c.noise[i] = 0.5 * c.power * white
	}
	left, other := c.left(densityOf(steady, 0)), c.left(densityOf(pausing, 0.25))
	if dsp.Mean(other) < dsp.Mean(left) {
		left = other
	}
	least := max(0.05*c.power, misfit*dsp.Mean(left))
	for i, v := range dsp.MovingMean(left, int(noiseSpan*rate)) {
		c.noise[i] = max(least, misfit*v) * white
	}
	sum, base := 0.0, c.sum(densityOf(steady, 0))
	top := math.Inf(-1)
	var all [len(pauseShares)]float64
	for i, q := range pauseShares {
		all[i] = c.sum(densityOf(pausing, q)) - base
		top = max(top, all[i])
	}
	for _, v := range all {
		sum += math.Exp(v-top) / float64(len(all))
	}
	return top + math.Log(sum)
}

// noiseSpan is over how many s on either side the noise is taken: where it is stronger for a while, as in movement, it tells less.
const noiseSpan = 3.0

// misfit is how much more than what the best chain leaves counts as noise: pulses aren't equal.
const misfit = 1.3

// density is the logarithm of the density of an interval, in steps of a hundredth of the track's up to the longest that there may be; first is the
// shortest.
type density struct {
	log   []float64
	first int
}

// densityOf returns that of a rhythm of which the share q of the intervals has a pause.
func densityOf(r rhythm, q float64) density {
	normal := func(x, sd float64) float64 { return math.Exp(-x*x/2/sd/sd) / sd / math.Sqrt(2*math.Pi) }
	first, last := shortestInterval, longestSteady
	if r == pausing {
		last = longestInterval
	}
	var d density
	for i := range int(last*inTable) + 1 {
		u := float64(i) / inTable
		p := (1-livelyShare)*normal(u-1, calmSpread) + livelyShare*normal(u-1, livelySpread)
		if r == pausing {
			p *= 1 - q
			p += q / 2 * normal(u-2, doubleSpread)
			if u > leastPause {
				p += q / 2 / (longestInterval - leastPause)
			}
		}
		d.log = append(d.log, math.Log(p+1e-12))
	}
	d.first = int(first * inTable)
	return d
}

// chains are the sequences of beats that a wave may hold.
type chains struct {
	wave, pulse []float64
	middle      int       // of the pulse
	match       []float64 // of the pulse at each sample
	overlap     []float64 // of two pulses so many samples apart
	interval    []float64 // of the track at each sample, in samples
	power       float64   // of the wave
	noise       []float64 // power of the noise that each sample by itself has

	before []int // see follow
	weight []float64
}

func newChains(wave []float64, rate float64, k Track, guide []float64) *chains {
	c := &chains{wave: wave, match: make([]float64, len(wave)), interval: make([]float64, len(wave))}
	usual := 60 / k.Median() * rate
	c.middle = int(math.Round(usual))
	c.pulse = make([]float64, 2*c.middle+1)
	s, n := dsp.NewSpline(wave), 0.0
	for _, b := range guide {
		if b*rate < usual || b*rate > float64(len(wave))-usual {
			continue
		}
		n++
		for i := range c.pulse {
			c.pulse[i] += s.At(b*rate + float64(i-c.middle))
		}
	}
	for i := range c.pulse {
		c.pulse[i] *= (0.5 + 0.5*math.Cos(math.Pi*float64(i-c.middle)/float64(c.middle+1))) / max(1, n)
	}
	for i := range wave {
		c.interval[i] = 60 / k.At(float64(i)/rate) * rate
		c.power += wave[i] * wave[i] / float64(len(wave))
		for j, p := range c.pulse {
			if at := i + j - c.middle; at >= 0 && at < len(wave) {
				c.match[i] += p * wave[at]
			}
		}
	}
	c.overlap = make([]float64, len(c.pulse))
	for d := range c.overlap {
		for i := d; i < len(c.pulse); i++ {
			c.overlap[d] += c.pulse[i] * c.pulse[i-d]
		}
	}
	return c
}

// ends returns the logarithm of the weight of a first beat so many samples after the start, or of a last one before the end.
func (c *chains) ends(samples int) float64 {
	usual := c.interval[len(c.interval)/2]
	switch x := float64(samples); {
	case x < 1.2*usual:
		return math.Log((0.9/1.2 + 0.1/longestInterval) / usual)
	case x < longestInterval*usual:
		return math.Log(0.1 / longestInterval / usual)
	}
	return math.Inf(-1)
}

// follow fills c.before with the earlier samples that a beat may follow at sample t, and c.weight with the logarithms of the weights of these intervals.
func (c *chains) follow(t int, d density) {
	c.before, c.weight = c.before[:0], c.weight[:0]
	scale, noise := inTable/c.interval[t], 1/c.noise[t]
	log := math.Log(c.interval[t])
	for n := max(1, int(float64(d.first)/scale)); n <= t; n++ {
		i := int(float64(n)*scale + 0.5)
		if i >= len(d.log) {
			return
		}
		w := d.log[i] - log
		if n < len(c.overlap) {
			w -= c.overlap[n] * noise
		}
		c.before, c.weight = append(c.before, t-n), append(c.weight, w)
	}
}

// sum returns the logarithm of the sum over all chains.
func (c *chains) sum(d density) float64 {
	log := make([]float64, len(c.wave))
	const far = 20
	for t := range log {
		c.follow(t, d)
		first := c.ends(t)
		top := first
		for i, from := range c.before {
			c.weight[i] += log[from]
			top = max(top, c.weight[i])
		}
		weight := math.Exp(first - top)
		for _, w := range c.weight {
			if w > top-far {
				weight += math.Exp(w - top)
			}
		}
		log[t] = top + math.Log(weight) + (c.match[t]-c.overlap[0]/2)/c.noise[t]
	}
	top := math.Inf(-1)
	for t := range log {
		log[t] += c.ends(len(log) - 1 - t)
		top = max(top, log[t])
	}
	weight := 0.0
	for _, v := range log {
		weight += math.Exp(v - top)
	}
	return top + math.Log(weight)
}

// left is the square of what the best chain leaves of each sample of the wave (Viterbi 1967).
func (c *chains) left(d density) []float64 {
	n := len(c.wave)
	log, from := make([]float64, n), make([]int, n)
	for t := range log {
		log[t], from[t] = c.ends(t), -1
		c.follow(t, d)
		for i, at := range c.before {
			if w := c.weight[i] + log[at]; w > log[t] {
				log[t], from[t] = w, at
			}
		}
		log[t] += (c.match[t] - c.overlap[0]/2) / c.noise[t]
	}
	last := 0
	for t := range log {
		if log[t]+c.ends(n-1-t) > log[last]+c.ends(n-1-last) {
			last = t
		}
	}
	rest := append([]float64(nil), c.wave...)
	for t := last; t >= 0; t = from[t] {
		for j, p := range c.pulse {
			if at := t + j - c.middle; at >= 0 && at < n {
				rest[at] -= p
			}
		}
	}
	for i, v := range rest {
		rest[i] = v * v
	}
	return rest
}
