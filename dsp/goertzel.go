package dsp

import "math"

// PowerAt returns |X(f)|^2 of x at any single frequency f, in cycles a sample
// (Goertzel 1958): cheaper than a transform where few frequencies are wanted,
// and bound to no grid.
func PowerAt(x []float64, f float64) float64 {
	c := 2 * math.Cos(2*math.Pi*f)
	var s1, s2 float64
	for _, v := range x {
		s1, s2 = v+c*s1-s2, s1
	}
	return s1*s1 + s2*s2 - c*s1*s2
}
