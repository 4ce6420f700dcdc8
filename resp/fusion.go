package resp

import (
	"math"

	"blush.example/blush/dsp"
)

// Parameters of the fusion, chosen on simulated recordings.

const (
	independent = 0.67 // independent samples a second of a Hann-weighted modulation
	temper      = 0.18 // breathing isn't a pure sinusoid: its likelihood is raised to this power
	stray       = 0.10 // chance that a source follows another rhythm altogether
	priorRate   = 14.0 // breaths/min
	priorSpread = 0.65 // of the natural logarithm of the rate
	near        = 15   // bins: 1.5 breaths/min on either side of a peak
	least       = 0.18 // breaths/min: least distance from the rate to each bound over 60 s
	clear       = 0.5  // concentration from which a source's cycles are counted
	shrunk      = 0.6  // share of an interval's width that remains after cycles are counted

	z90          = 1.645
	usualBreaths = 4 // breaths that the usual variation counts for: a few breaths say little, and the filter that finds them evens them out

	// contrary is the share of the clearest source's concentration from which a movement of the body at another
	// rate contradicts it: talking or turning the head can disturb the beats so that they seem to follow a breath.
	contrary = 0.3

	// steady is the movement of the head, in face widths (standard deviation), above which more than breathing
	// moves the body.
	steady = 0.01
)

// fused is the joint result of all sources for one window.
type fused struct {
	rate, low, high float64
	concentration   float64
	quality         []float64 // concentration of each source alone
	contested       bool      // the body clearly moves at another rate
	breaths         []float64 // times in samples, from the steadiest clear source
	variation       float64   // SD of their lengths as a share
}

// fuse combines the evidence of the samples a..b of all sources, up to a limit in breaths/min.
func fuse(sources []source, a, b int, limit float64) fused {
	n := bins(limit)
	f := fused{quality: make([]float64, len(sources))}
	log := make([]float64, n)
	for i := range log {
		d := math.Log(rateAt(i)/priorRate) / priorSpread
		log[i] = -0.5 * d * d
	}
	moving := stillness(sources, a, b)
	own := make([]int, len(sources)) // peaks
	for k, s := range sources {
		p := posterior(s.evidence(a, b, n))
		own[k] = peak(p)
		f.quality[k] = mass(p, own[k])
		trust := 1 - stray
		if s.body {
			trust *= moving
		}
		for i, v := range p {
			log[i] += math.Log(trust*v + (1-trust)/float64(n))
		}
	}
	p := posterior(log)
	i := peak(p)
	off, _ := dsp.Parabola(p, i)
	f.rate = rateAt(i) + off*step
	f.concentration = mass(p, i)
	f.low, f.high = bounds(p, f.rate)
	f.contested = contested(sources, own, f.quality, i)
	f.count(sources, a, b)
	seconds := float64(b-a) / rate
	reach := least * math.Sqrt(max(1, 60/seconds))
	// Only whole breaths between the first and the last are counted. The one or two outside vary in length as
	// breaths do.
	reach = math.Hypot(reach, z90*f.uneven()*math.Sqrt(f.beyond(seconds))*60/seconds)
	f.low, f.high = min(f.low, f.rate-reach), max(f.high, f.rate+reach)
	return f
}

// contested reports whether shoulders or head clearly move at another rate than that of bin i.
func contested(sources []source, own []int, quality []float64, i int) bool {
	with, against := 0.0, 0.0
	for k, s := range sources {
		switch far := own[k] < i-near || own[k] > i+near; {
		case !far:
			with = max(with, quality[k])
		case s.body:
			against = max(against, quality[k])
		}
	}
	return against >= contrary*with && against > 0
}

// stillness returns the trust, 0..1, that body movement deserves: 1 while the
// head is steady, falling with the square of its movement beyond.
func stillness(sources []source, a, b int) float64 {
	for _, s := range sources {
		if s.name == head {
			if sd := dsp.SD(s.y[a:b]); sd > steady {
				return steady * steady / (sd * sd)
			}
		}
	}
	return 1
}

// count replaces the rate by that of whole cycles, averaged over the clear sources with their quality as weight. A
// source that differs by more than 1 breath/min follows another rhythm and is left out.
func (f *fused) count(sources []source, a, b int) {
	var sum, weight float64
	for k, s := range sources {
		breaths := s.breaths(f.rate, a, b)
		if r := counted(breaths, f.rate); f.quality[k] >= clear && math.Abs(r-f.rate) <= 1 {
			sum += f.quality[k] * r
			weight += f.quality[k]
			if v := variation(breaths); len(f.breaths) == 0 || v < f.variation {
				f.breaths, f.variation = breaths, v
			}
		}
	}
	if weight > 0 {
		d := sum/weight - f.rate
		f.low, f.high = f.rate+d+shrunk*(f.low-f.rate), f.rate+d+shrunk*(f.high-f.rate)
		f.rate += d
	}
}

// beyond returns the number of breaths, in a recording of that many seconds, that aren't between the first and the
// last one counted.
func (f *fused) beyond(seconds float64) float64 {
	if n := len(f.breaths); n > 0 {
		seconds -= (f.breaths[n-1] - f.breaths[0]) / rate
	}
	return max(1, f.rate*seconds/60)
}

// uneven returns one standard deviation of the lengths of breaths, as a share of their mean: that of the steadiest
// clear source, which has the least noise, combined with the usual variation, which counts for usualBreaths
// breaths.
func (f *fused) uneven() float64 {
	n := float64(max(0, len(f.breaths)-2))
	return math.Sqrt((n*f.variation*f.variation + usualBreaths*Variation*Variation) / (n + usualBreaths))
}

// mayer lists the frequencies in Hz at which the rhythm of blood pressure (Mayer waves) may lie.
var mayer = [...]float64{0.075, 0.085, 0.095, 0.105, 0.115}

// evidence returns, for the first n rates of the grid, the tempered log likelihood that the samples a..b contain a
// sinusoid of that rate in noise of unknown strength: -N/2 ln(1 - r), r being the share of the variance that the
// sinusoid explains (Bretthorst, Bayesian Spectrum Analysis and Parameter Estimation, 1988, eq. 2.7). The
// intervals are modelled with a second sinusoid, the 0.1 Hz rhythm of blood pressure, over whose frequency the
// likelihood is averaged.
func (s source) evidence(a, b, n int) []float64 {
	y := s.y[a:b]
	w := dsp.Hann(len(y))
	gain := temper * independent * float64(len(y)) / rate
	if s.name != intervals {
		return explained(y, w, n, gain, 0)
	}
	all := make([][]float64, len(mayer))
	top := math.Inf(-1)
	for k, f := range mayer {
		rest, left := without(y, w, f)
		all[k] = explained(rest, w, n, gain, -gain*math.Log(max(left, 0.02)))
		for _, v := range all[k] {
			top = max(top, v)
		}
	}
	out := make([]float64, n)
	for i := range out {
		for k := range all {
			out[i] += math.Exp(all[k][i] - top)
		}
		out[i] = math.Log(out[i]/float64(len(all))+1e-300) + top
	}
	return out
}

// explained returns base - gain ln(1 - r) for each of the first n rates, r
// being the share of y's variance, weighted by w, that a sinusoid of that rate explains.
func explained(y, w []float64, n int, gain, base float64) []float64 {
	x := make([]float64, len(y))
	var sw, swyy float64
	for i, v := range y {
		x[i] = w[i] * v
		sw += w[i]
		swyy += w[i] * v * v
	}
	out, at := make([]float64, n), make([]float64, n)
	for i := range at {
		at[i] = rateAt(i) / 60 / rate
	}
	dsp.PowersAt(out, x, at)
	for i, power := range out {
		r := 0.0
		if swyy > 0 {
			r = min(2*power/(sw*swyy), 0.98)
		}
		out[i] = base - gain*math.Log1p(-r)
	}
	return out
}

// without fits a sinusoid of f Hz to y with weights w, subtracts it, and returns the rest and its share of the
// variance.
func without(y, w []float64, f float64) (rest []float64, left float64) {
	step := 2 * math.Pi * f / rate
	p, q, ok := dsp.FitSinusoid(y, w, step)
	if !ok {
		return y, 1
	}
	var before, after float64
	rest = make([]float64, len(y))
	for i, v := range y {
		s, c := math.Sincos(step * float64(i))
		rest[i] = v - p*c - q*s
		before += w[i] * v * v
		after += w[i] * rest[i] * rest[i]
	}
	if !(before > 0) {
		return y, 1
	}
	return rest, after / before
}

// posterior turns logarithms into probabilities that sum to one.
func posterior(log []float64) []float64 {
	top := math.Inf(-1)
	for _, v := range log {
		top = max(top, v)
	}
	p := make([]float64, len(log))
	sum := 0.0
	for i, v := range log {
		p[i] = math.Exp(v - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

func peak(p []float64) int {
	k := 0
	for i, v := range p {
		if v > p[k] {
			k = i
		}
	}
	return k
}

// mass returns the sum of p within 1.5 breaths/min of bin k.
func mass(p []float64, k int) float64 {
	m := 0.0
	for i := max(0, k-near); i < min(len(p), k+near+1); i++ {
		m += p[i]
	}
	return m
}

// bounds returns the rates between which the middle 90 % of p lies.
func bounds(p []float64, rate float64) (low, high float64) {
	low, high = rate, rate
	sum := 0.0
	for i, v := range p {
		sum += v
		if sum < 0.05 {
			low = min(rate, rateAt(i))
		}
		if sum < 0.95 {
			high = max(rate, rateAt(i))
		}
	}
	return low, high
}
