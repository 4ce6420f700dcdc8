package ppg

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
)

// rhythm is a model of a heart's intervals relative to its track.
type rhythm int

const (
	steady  rhythm = iota // each interval is close to the track's
	pausing               // some intervals are of two beats, or of pauses of up to five
)

// Spreads and bounds of intervals, as shares of the track's interval.
const (
	calmSpread, livelySpread, livelyShare = 0.06, 0.13, 0.2
	doubleSpread                          = 0.12
	shortestInterval, longestSteady       = 0.45, 1.65
	leastPause, longestInterval           = 1.5, 5.0
	inTable                               = 100 // entries of the table per interval of the track
)

// pauseShares are the shares of intervals with a pause that are tried.
var pauseShares = [...]float64{0.04, 0.3}

// Pauses is what a wave says about beats that are missing from it.
type Pauses struct {
	// Evidence is the natural logarithm of the evidence for a rhythm with pauses over that for a steady one.
	Evidence float64
	// BPM is the rate of the likeliest rhythm with pauses: its intervals over the time between its first beat and its
	// last. It is 0 where the evidence is for a steady rhythm.
	BPM float64
}

// Missing returns the evidence that beats are missing from a wave, and the rate if they are. Both are 0 where there
// are too few beats to say. The wave, at rate Hz, is modelled as a sum of equal pulses, one a beat, in noise. The
// pulse is the mean of the wave around the beats of guide, faded out over an interval on either side, so that it fits
// the wave of a steady heart. Each rhythm is a chain of independent intervals (a semi-Markov model, whose sum over all
// chains is the forward algorithm: Rabiner, Proc IEEE 1989;77:257). The noise lies in the wave's band, band Hz wide.
// Noise makes single beats unsure long before it hides that several are missing.
func Missing(wave []float64, rate, band float64, k Track, guide []float64) Pauses {
	if len(guide) < 5 || len(k.BPM) == 0 || !(dsp.SD(wave) > 0) {
		return Pauses{}
	}
	c := newChains(wave, rate, k, guide)
	white := rate / 2 / band // power of noise over the whole spectrum, relative to that in the band
	c.noise = make([]float64, len(wave))
	for i := range c.noise {
		c.noise[i] = 0.5 * c.power * white
	}
	residual, other := c.residual(densityOf(steady, 0)), c.residual(densityOf(pausing, 0.25))
	if dsp.Mean(other) < dsp.Mean(residual) {
		residual = other
	}
	least := max(0.05*c.power, misfit*dsp.Mean(residual))
	for i, v := range dsp.MovingMean(residual, int(noiseSpan*rate)) {
		c.noise[i] = max(least, misfit*v) * white
	}
	sum, base := 0.0, c.sum(densityOf(steady, 0))
	top, likeliest := math.Inf(-1), 0
	var all [len(pauseShares)]float64
	for i, q := range pauseShares {
		all[i] = c.sum(densityOf(pausing, q)) - base
		if all[i] > top {
			top, likeliest = all[i], i
		}
	}
	for _, v := range all {
		sum += math.Exp(v-top) / float64(len(all))
	}
	out := Pauses{Evidence: top + math.Log(sum)}
	if out.Evidence <= 0 {
		return out
	}
	beats := c.best(densityOf(pausing, pauseShares[likeliest]))
	if n := len(beats) - 1; n > 0 {
		out.BPM = 60 * float64(n) * rate / float64(beats[n]-beats[0])
	}
	return out
}

// noiseSpan is the time in s, on either side, over which the noise is averaged. Where noise is stronger for a
// while, as in movement, the wave counts for less.
const noiseSpan = 3.0

// misfit is the ratio of the noise to what the best chain leaves: pulses aren't equal.
const misfit = 1.3

// density is the logarithm of the probability density of an interval, in steps of a hundredth of the track's
// interval, up to the longest interval possible. first is the index of the shortest possible.
type density struct {
	log   []float64
	first int
}

// densityOf returns the density of a rhythm in which a share q of the intervals contains a pause.
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

// chains are the sequences of beats that a wave may contain.
type chains struct {
	wave, pulse []float64
	middle      int       // index of the pulse's middle
	match       []float64 // of the wave with a pulse at each sample
	overlap     []float64 // of two pulses that many samples apart
	interval    []float64 // of the track at each sample, in samples
	power       float64   // of the wave
	noise       []float64 // power of the noise at each sample

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

// ends returns the logarithm of the weight of a first beat that many samples after the start, or of a last beat
// that many before the end.
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

// follow fills c.before with the samples at which the beat before a beat at sample t may lie, and c.weight with
// the logarithms of the weights of these intervals.
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

// sum returns the logarithm of the sum of the weights of all chains.
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

// residual returns, for each sample, the square of the wave minus the pulses of the best chain.
func (c *chains) residual(d density) []float64 {
	rest := append([]float64(nil), c.wave...)
	for _, t := range c.best(d) {
		for j, p := range c.pulse {
			if at := t + j - c.middle; at >= 0 && at < len(rest) {
				rest[at] -= p
			}
		}
	}
	for i, v := range rest {
		rest[i] = v * v
	}
	return rest
}

// best returns the samples of the beats of the best chain (Viterbi 1967).
func (c *chains) best(d density) []int {
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
	var beats []int
	for t := last; t >= 0; t = from[t] {
		beats = append(beats, t)
	}
	slices.Reverse(beats)
	return beats
}
