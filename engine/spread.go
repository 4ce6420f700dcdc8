package engine

import "math"

// A spread says where the true rate lies about a value, in bpm: a mixture of humps. The
// interval, the confidence and what is called good are all read from it.
type spread []hump

// hump is one way in which a value may be off.
type hump struct {
	at     float64 // bpm from the value
	weight float64 // probability; those of a spread add up to 1
	width  float64 // bpm on either side that hold 90 % of the hump
}

// tailed is how many scales of a Laplace distribution, whose tails are those of counts
// and not of noise, hold 90 % of it on either side.
var tailed = math.Log(10)

// below is the probability that the truth lies less than x bpm above the value.
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

// within is the probability that the truth lies within tolerance bpm of the value.
func (s spread) within(tolerance float64) float64 {
	return min(1, max(0, s.below(tolerance)-s.below(-tolerance)))
}

// quantile is how far from the value in bpm the truth lies less far up with probability p.
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

// interval is where the truth lies with probability 0.9, in bpm from the value, which it holds.
func (s spread) interval() (low, high float64) {
	return min(0, s.quantile(0.05)), max(0, s.quantile(0.95))
}

// shared returns the spread with every hump moved by each of the offsets with equal probability.
func (s spread) shared(offsets ...float64) spread {
	var out spread
	for _, o := range offsets {
		for _, h := range s {
			out = append(out, hump{h.at + o, h.weight / float64(len(offsets)), h.width})
		}
	}
	return out
}

// widened returns the spread with every hump widened by an error of its own, bpm on either side that hold 90 %.
func (s spread) widened(by float64) spread {
	out := make(spread, len(s))
	for i, h := range s {
		out[i] = hump{h.at, h.weight, math.Hypot(h.width, by)}
	}
	return out
}
