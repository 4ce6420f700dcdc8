package dsp

import "math"

// FitSinusoid returns the p and q with which p cos(step i) + q sin(step i) comes nearest to x by least squares. step is the angle
// in radians from one sample to the next, w the weight of each sample, nil where all have the same. It returns false
// where x doesn't determine p and q, and panics when a w that isn't nil is shorter than x.
func FitSinusoid(x, w []float64, step float64) (p, q float64, ok bool) {
	if w != nil {
		w = w[:len(x):len(w)]
	}
	var cc, ss, cs, cy, sy float64
	weight := 1.0
	for i, v := range x {
		if w != nil {
			weight = w[i]
		}
		s, c := math.Sincos(step * float64(i))
		cc, ss, cs = cc+weight*c*c, ss+weight*s*s, cs+weight*c*s
		cy, sy = cy+weight*c*v, sy+weight*s*v
	}
	det := cc*ss - cs*cs
	if !(det > 0) {
		return 0, 0, false
	}
	return (cy*ss - sy*cs) / det, (sy*cc - cy*cs) / det, true
}
