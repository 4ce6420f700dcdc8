package simulate

import (
	"math"

	"blush.example/blush/dsp"
)

// head is the movement of a head on the grid: x, y, yaw, pitch.
type head [4][]float64

// newHead draws the movement of a head on n points at rate Hz. breath is the
// breathing and pulse the pulse wave on the same grid: both move the head.
func newHead(r random, b bands, o Motion, breath, pulse []float64) head {
	var h head
	duration := float64(b.n) / b.rate
	var talk []float64
	if o.Burst > 0 {
		talk = talking(r, b.n, b.rate, duration)
	}
	var period []float64
	if o.Amplitude > 0 {
		period = r.phase(b.n, b.rate, o.Rate, 5, 0.06)
	}
	for k := range h {
		slow, noise := r.ou(b.n, b.rate, 1.5, 1), b.noise(r, 0.1, 2.5, 1)
		for i := range slow {
			slow[i] = o.Sway * (0.6*slow[i] + 0.4*noise[i])
		}
		if talk != nil {
			for i, v := range b.noise(r, 0.3, 4.5, 1) {
				slow[i] += o.Burst * talk[i] * v
			}
		}
		if period != nil {
			start := r.uniform(0, 6)
			for i, p := range period {
				slow[i] += o.Amplitude * (math.Sin(p+start) + 0.3*math.Sin(2*p))
			}
		}
		h[k] = slow
	}
	lag := int(0.05 * b.rate)
	for i := range breath {
		h[3][i] += 0.5 * o.Sway * breath[i]
		h[1][i] += 0.8*o.Sway*breath[i] + o.Recoil*pulse[max(0, i-lag)]
	}
	return h
}

// talking returns the envelope of periods of talking, 0..1, with edges of half a second.
func talking(r random, n int, rate, duration float64) []float64 {
	on := make([]float64, n)
	for range max(1, r.poisson(duration/7)) {
		start := r.uniform(0, duration)
		end := start + r.uniform(1, 4)
		for i := int(start * rate); i < n && float64(i) < end*rate; i++ {
			on[i] = 1
		}
	}
	return smear(on, hann(int(rate/2)-2))
}

// hann returns [dsp.Hann], scaled to sum to one.
func hann(n int) []float64 {
	w := dsp.Hann(n)
	var sum float64
	for _, v := range w {
		sum += v
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// smear returns x averaged with the weights w around each point, zero outside.
func smear(x, w []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		if v == 0 {
			continue
		}
		for j, g := range w {
			if k := i + j - len(w)/2; k >= 0 && k < len(y) {
				y[k] += g * v
			}
		}
	}
	return y
}
