package rppg

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
)

// A change from one sample to the next is too sudden for a pulse if it exceeds stepDeviations robust standard
// deviations of all changes, and stepLeast of the channel. In a recording without steps the upstrokes of strong
// pulses pass the first limit now and then, which costs them little; the second keeps noise out.
const (
	stepDeviations = 3.0
	stepLeast      = 0.002
)

// WithoutSteps removes sudden changes of light: cuts on a screen, and jumps of exposure and white balance. Where
// the log of a channel changes from one sample to the next by more than 3 robust standard deviations of its
// changes, and by more than 0.2 %, the change is taken out of all three channels and all later samples. Without
// such a change it returns c itself. Slow drifts stay. The method is ours: in the derivative a cut is a short
// outlier, while the pulse, which changes slowly, loses almost nothing.
func WithoutSteps(c RGB) RGB {
	n := c.Len()
	if !c.usable(8) {
		return c
	}
	// 2(b-a)/(a+b) is ln(b/a) to within a thousandth at changes of 10 %.
	change := func(k, i int) float64 { return 2 * (c[k][i+1] - c[k][i]) / (c[k][i+1] + c[k][i]) }
	var limit [3]float64
	first := n - 1 // of the sudden changes
	var memory [256]float64
	size := slices.Grow(memory[:0], n-1)[:n-1]
	for k := range limit {
		if limit[k] = math.Inf(1); noneSudden(c[k][:n], size) {
			continue
		}
		for i := range size {
			size[i] = math.Abs(change(k, i))
		}
		limit[k] = max(stepDeviations*1.4826*dsp.Median(size), stepLeast)
		for i, v := range size[:first] {
			if v > limit[k] {
				first = i
				break
			}
		}
	}
	if first == n-1 {
		return c
	}
	var out RGB
	for k := range out {
		out[k] = append([]float64(nil), c[k][:n]...)
	}
	gain := [3]float64{1, 1, 1}
	for i := first; i < n-1; i++ {
		sudden := false
		for k := range limit {
			sudden = sudden || math.Abs(change(k, i)) > limit[k]
		}
		for k := range out {
			if sudden {
				gain[k] *= math.Exp(-change(k, i))
			}
			out[k][i+1] *= gain[k]
		}
	}
	return out
}

// noneSudden reports whether bounds on a channel's level already show that none of its changes is sudden, without
// divisions or a median. It overwrites size, which has room for every change.
func noneSudden(x, size []float64) bool {
	least, greatest, most := x[0], x[0], 0.0
	for i, v := range x[1:] {
		d := math.Abs(v - x[i])
		size[i] = d
		if d > most {
			most = d
		}
		if v < least {
			least = v
		}
		if v > greatest {
			greatest = v
		}
	}
	if most <= (1-1e-9)*stepLeast*least {
		return true
	}
	// If the median is at least high, the limit is above every change. A count shows whether it is.
	high, large := most*greatest/least/(stepDeviations*1.4826)*(1+1e-9), 0
	for _, d := range size {
		if d >= high {
			large++
		}
	}
	return 2*large > len(size)+1
}
