package engine

import "math"

// A spread is the distribution of the true rate around a value, in bpm: a mixture of Laplace distributions. The
// interval, the confidence and the quality are all read from it.
type spread []component

// component is one way in which a value may be off.
type component struct {
	at     float64 // bpm from the value
	weight float64 // probability; those of a spread add up to 1
	width  float64 // bpm on either side that contain 90 % of the component
}

// tailed is the half-width, in scales, of the middle 90 % of a Laplace distribution, whose tails fit errors of
// counts better than a normal distribution's.
var tailed = math.Log(10)

// below returns the probability that the true rate is less than x bpm above the value.
func (s spread) below(x float64) float64 {
	p := 0.0
	for _, h := range s {
		d := (x - h.at) / h.width * tailed
		if d < 0 {
			p += h.weight * math.Exp(d) / 2
		} else {
			p += h.weight * (1 - math.Exp(-d)/2)
		}
	}
	return p
}

// within returns the probability that the true rate is within tolerance bpm of the value.
func (s spread) within(tolerance float64) float64 {
	return min(1, max(0, s.below(tolerance)-s.below(-tolerance)))
}

// quantile returns the distance in bpm above the value that the true rate stays below with probability p.
func (s spread) quantile(p float64) float64 {
	lo, hi := -1000.0, 1000.0
	for range 60 {
		if mid := (lo + hi) / 2; s.below(mid) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// interval returns bounds, in bpm from the value, that contain the true rate with probability 0.9 and always
// contain the value.
func (s spread) interval() (low, high float64) {
	return min(0, s.quantile(0.05)), max(0, s.quantile(0.95))
}

// shared returns the spread with every component moved by each of the offsets with equal probability.
func (s spread) shared(offsets ...float64) spread {
	var out spread
	for _, o := range offsets {
		for _, h := range s {
			out = append(out, component{h.at + o, h.weight / float64(len(offsets)), h.width})
		}
	}
	return out
}

// either returns the spread with every component moved by an offset in bpm, and widened by as much, with a probability.
func (s spread) either(offset, probability float64) spread {
	if offset == 0 {
		return s
	}
	var out spread
	for _, h := range s {
		out = append(out, component{h.at, h.weight * (1 - probability), h.width},
			component{h.at + offset, h.weight * probability, math.Hypot(h.width, offset)})
	}
	return out
}

// widened returns the spread with every component widened by an independent error, in bpm on either side (90 %).
func (s spread) widened(by float64) spread {
	out := make(spread, len(s))
	for i, h := range s {
		out[i] = component{h.at, h.weight, math.Hypot(h.width, by)}
	}
	return out
}
