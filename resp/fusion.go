package resp

import (
	"math"

	"blush/dsp"
)

// Parameters of the fusion, chosen on simulated recordings.
const (
	floor       = 0.002 // added to every spectrum, whose mass is one, before its logarithm
	smooth      = 4     // bins on either side in the running mean of a spectrum
	clear       = 0.5   // quality from which a source's cycles are counted
	near        = 15    // bins: 1.5 breaths/min on either side of a peak
	priorRate   = 14.0  // breaths/min
	priorSpread = 0.65  // of the natural logarithm of the rate
)

// fused is what the sources say together about one window.
type fused struct {
	rate, low, high float64
	concentration   float64
	quality         []float64 // of each source
}

// fuse joins the spectra of the samples a..b of all sources, up to a limit in breaths/min.
func fuse(sources []source, a, b int, limit float64) fused {
	n := bins(limit)
	f := fused{quality: make([]float64, len(sources))}
	log := make([]float64, n)
	weight := 0.0
	for k, s := range sources {
		p := spectrum(s.y[a:b], n)
		q := mass(p, peak(p))
		f.quality[k] = q
		weight += q
		for i, v := range runningMean(p, smooth) {
			log[i] += q * math.Log(v+floor)
		}
	}
	if !(weight > 0) {
		return f
	}
	top := math.Inf(-1)
	for i := range log {
		d := math.Log(rateAt(i)/priorRate) / priorSpread
		log[i] = log[i]*float64(len(sources))/weight - 0.5*d*d
		top = max(top, log[i])
	}
	sum := 0.0
	for i := range log {
		log[i] = math.Exp(log[i] - top)
		sum += log[i]
	}
	for i := range log {
		log[i] /= sum
	}
	i := peak(log)
	off, _ := dsp.Parabola(log, i)
	f.rate = rateAt(i) + off*step
	f.concentration = mass(log, i)
	f.low, f.high = bounds(log, f.rate)
	f.count(sources, a, b)
	return f
}

// count replaces the rate by whole cycles, averaged over the clear sources by
// their quality; one that counts more than a breath/min away is another rhythm's.
func (f *fused) count(sources []source, a, b int) {
	sum, weight := 0.0, 0.0
	for k, s := range sources {
		if r := s.count(f.rate, a, b); f.quality[k] >= clear && math.Abs(r-f.rate) <= 1 {
			sum += f.quality[k] * r
			weight += f.quality[k]
		}
	}
	if weight > 0 {
		d := sum/weight - f.rate
		f.rate, f.low, f.high = f.rate+d, f.low+d, f.high+d
	}
}

// spectrum returns the power of y, Hann-weighted, at the first n rates of the grid, with sum one.
func spectrum(y []float64, n int) []float64 {
	w := dsp.Hann(len(y))
	x := make([]float64, len(y))
	m := dsp.Mean(y)
	for i := range x {
		x[i] = (y[i] - m) * w[i]
	}
	p := make([]float64, n)
	sum := 0.0
	for i := range p {
		p[i] = dsp.PowerAt(x, rateAt(i)/60/rate)
		sum += p[i]
	}
	if sum > 0 {
		for i := range p {
			p[i] /= sum
		}
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

func runningMean(p []float64, half int) []float64 {
	out := make([]float64, len(p))
	for i := range p {
		for k := i - half; k <= i+half; k++ {
			if k >= 0 && k < len(p) {
				out[i] += p[k]
			}
		}
		out[i] /= float64(2*half + 1)
	}
	return out
}

// bounds returns the rates that hold the middle 90 % of p.
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
