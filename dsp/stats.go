package dsp

import (
	"math"
	"math/bits"
	"slices"
)

// Most functions in this file keep four partial sums, because each addition waits for the one before.

// Mean returns the arithmetic mean, 0 for no samples.
func Mean(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	var a, b, c, d float64
	rest := x
	for len(rest) >= 4 {
		a += rest[0]
		b += rest[1]
		c += rest[2]
		d += rest[3]
		rest = rest[4:]
	}
	for _, v := range rest {
		a += v
	}
	return (a + b + (c + d)) / float64(len(x))
}

// Dot returns the sum of the products of x and the first len(x) values of y. It panics when y is shorter than x.
func Dot(x, y []float64) float64 {
	y = y[:len(x):len(y)]
	var a, b, c, d float64
	for len(x) >= 4 && len(y) >= 4 {
		a += x[0] * y[0]
		b += x[1] * y[1]
		c += x[2] * y[2]
		d += x[3] * y[3]
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		a += v * y[i]
	}
	return a + b + (c + d)
}

// Dot4 returns the [Dot] of x with each of four others, reading x once. It panics when one of them is shorter than x.
func Dot4(x, y0, y1, y2, y3 []float64) (a, b, c, d float64) {
	n := len(x)
	y0, y1, y2, y3 = y0[:n:len(y0)], y1[:n:len(y1)], y2[:n:len(y2)], y3[:n:len(y3)]
	for i, v := range x {
		a += v * y0[i]
		b += v * y1[i]
		c += v * y2[i]
		d += v * y3[i]
	}
	return a, b, c, d
}

// SD returns the standard deviation with divisor n, 0 for no samples.
func SD(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	m := Mean(x)
	var a, b, c, d float64
	rest := x
	for len(rest) >= 4 {
		p, q, r, s := rest[0]-m, rest[1]-m, rest[2]-m, rest[3]-m
		a += p * p
		b += q * q
		c += r * r
		d += s * s
		rest = rest[4:]
	}
	for _, v := range rest {
		a += (v - m) * (v - m)
	}
	return math.Sqrt((a + b + (c + d)) / float64(len(x)))
}

// Percentile returns the p-th percentile, p in 0..100, with linear interpolation between order statistics (Hyndman
// & Fan 1996, type 7). It leaves out NaN samples, and returns 0 when none remain. It panics when p is NaN.
func Percentile(x []float64, p float64) float64 {
	if math.IsNaN(p) {
		panic("dsp: percentile NaN")
	}
	s := make([]float64, 0, len(x))
	for _, v := range x {
		if v == v {
			s = append(s, v)
		}
	}
	if len(s) == 0 {
		return 0
	}
	r := min(max(p, 0), 100) / 100 * float64(len(s)-1)
	i := min(int(r), len(s)-1)
	v := nth(s, i)
	if f := r - float64(i); f > 0 {
		return v + f*(slices.Min(s[i+1:])-v)
	}
	return v
}

// nth returns the element that would be at index k, 0..len(s)-1, if s were sorted; s has no NaN. It works in place:
// it moves smaller elements before it and larger ones after it (Hoare 1961). Where many steps don't come to an end,
// as in an order made to be slow, it sorts what is left, so that the cost is at most that of sorting (Musser 1997).
func nth(s []float64, k int) float64 {
	steps := 4 * bits.Len(uint(len(s)))
	for lo, hi := 0, len(s)-1; lo < hi; steps-- {
		if steps == 0 {
			slices.Sort(s[lo : hi+1])
			return s[k]
		}
		pivot := s[lo+(hi-lo)/2]
		i, j := lo, hi
		for i <= j {
			for s[i] < pivot {
				i++
			}
			for s[j] > pivot {
				j--
			}
			if i <= j {
				s[i], s[j] = s[j], s[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return s[k]
		}
	}
	return s[k]
}

// Median returns the middle value, see [Percentile].
func Median(x []float64) float64 { return Percentile(x, 50) }

// UpperMedian returns the middle value of x, the upper of the two where their number is even. It reorders x, which must have
// no NaN, and panics when x is empty.
func UpperMedian(x []float64) float64 { return nth(x, len(x)/2) }

// MAD returns the median absolute deviation from the median, unscaled; times
// 1.4826 it estimates the standard deviation of a normal distribution.
func MAD(x []float64) float64 {
	m := Median(x)
	d := make([]float64, len(x))
	for i, v := range x {
		d[i] = math.Abs(v - m)
	}
	return Median(d)
}

// Winsorise returns x with values beyond k robust standard deviations (1.4826 MAD) of the median clipped to that
// limit. With a MAD of zero it changes nothing.
func Winsorise(x []float64, k float64) []float64 {
	out := slices.Clone(x)
	m, s := Median(x), 1.4826*MAD(x)
	if !(s > 0) {
		return out
	}
	for i, v := range out {
		out[i] = min(max(v, m-k*s), m+k*s)
	}
	return out
}

// Correlation returns Pearson's correlation of x and y over the length of the shorter one, and 0 when either is
// constant.
func Correlation(x, y []float64) float64 {
	n := min(len(x), len(y))
	mx, my := Mean(x[:n]), Mean(y[:n])
	var xx, yy, xy float64
	for i := range n {
		a, b := x[i]-mx, y[i]-my
		xx += a * a
		yy += b * b
		xy += a * b
	}
	if !(xx > 0 && yy > 0) {
		return 0
	}
	return xy / math.Sqrt(xx) / math.Sqrt(yy)
}
