package dsp

import "math"

// PowerAt returns |X(f)|^2 of x at any single frequency f, in cycles a sample (Goertzel 1958): cheaper than a
// transform for a few frequencies, which need not lie on a grid.
func PowerAt(x []float64, f float64) float64 {
	c := 2 * math.Cos(2*math.Pi*f)
	var s1, s2 float64
	for _, v := range x {
		s1, s2 = v+c*s1-s2, s1
	}
	return s1*s1 + s2*s2 - c*s1*s2
}

// PowersAt writes [PowerAt] of each of the frequencies f to dst, and panics when dst is shorter than f. Four run
// side by side, since each step of the recursion waits for the one before.
func PowersAt(dst, x, f []float64) {
	dst = dst[:len(f):len(dst)]
	for ; len(f) >= 4; dst, f = dst[4:], f[4:] {
		c0, c1 := 2*math.Cos(2*math.Pi*f[0]), 2*math.Cos(2*math.Pi*f[1])
		c2, c3 := 2*math.Cos(2*math.Pi*f[2]), 2*math.Cos(2*math.Pi*f[3])
		var a, b, c, d, p, q, r, s float64
		for _, v := range x {
			a, p = v+c0*a-p, a
			b, q = v+c1*b-q, b
			c, r = v+c2*c-r, c
			d, s = v+c3*d-s, d
		}
		dst[0], dst[1] = a*a+p*p-c0*a*p, b*b+q*q-c1*b*q
		dst[2], dst[3] = c*c+r*r-c2*c*r, d*d+s*s-c3*d*s
	}
	for i := range f {
		dst[i] = PowerAt(x, f[i])
	}
}
