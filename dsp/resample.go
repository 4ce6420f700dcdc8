package dsp

import (
	"math"
	"sort"
)

// PCHIP interpolates the points (x, y) at xi with piecewise cubic Hermite
// polynomials that keep the monotonicity of the data (Fritsch & Carlson 1980;
// slopes by the weighted harmonic mean of Fritsch & Butland 1984), so that it
// can't overshoot between jittered samples. x must be strictly increasing;
// outside its range the nearest end value is held. One point gives a constant,
// none gives zeros.
func PCHIP(x, y, xi []float64) []float64 {
	n := min(len(x), len(y))
	out := make([]float64, len(xi))
	if n == 0 {
		return out
	}
	d := pchipSlopes(x[:n], y[:n])
	for k, v := range xi {
		i := sort.SearchFloat64s(x[:n], v) - 1
		switch {
		case i < 0:
			out[k] = y[0]
		case i >= n-1:
			out[k] = y[n-1]
		default:
			out[k] = Hermite(v-x[i], x[i+1]-x[i], y[i], y[i+1], d[i], d[i+1])
		}
	}
	return out
}

func pchipSlopes(x, y []float64) []float64 {
	n := len(x)
	d := make([]float64, n)
	if n < 2 {
		return d
	}
	h := func(i int) float64 { return x[i+1] - x[i] }
	s := func(i int) float64 { return (y[i+1] - y[i]) / h(i) }
	if n == 2 {
		d[0], d[1] = s(0), s(0)
		return d
	}
	for i := 1; i < n-1; i++ {
		d[i] = PCHIPSlope(h(i-1), h(i), s(i-1), s(i))
	}
	d[0] = PCHIPEndSlope(h(0), h(1), s(0), s(1))
	d[n-1] = PCHIPEndSlope(h(n-2), h(n-3), s(n-2), s(n-3))
	return d
}

// PCHIPSlope returns the slope at an inner knot from the two intervals next to it: their lengths h0 and h1 and
// their secants s0 and s1.
func PCHIPSlope(h0, h1, s0, s1 float64) float64 {
	if !(s0*s1 > 0) {
		return 0
	}
	w0, w1 := 2*h1+h0, h1+2*h0
	return (w0 + w1) * s0 * s1 / (w0*s1 + w1*s0)
}

// PCHIPEndSlope returns the slope at an end knot from the interval next to it (h0, s0) and the next one inwards
// (h1, s1): the one-sided three-point formula, limited so that the shape is kept (Moler 2004, §3.6).
func PCHIPEndSlope(h0, h1, s0, s1 float64) float64 {
	d := ((2*h0+h1)*s0 - h0*s1) / (h0 + h1)
	switch {
	case d*s0 <= 0:
		return 0
	case s0*s1 <= 0 && math.Abs(d) > 3*math.Abs(s0):
		return 3 * s0
	}
	return d
}

// Hermite evaluates, at u from the left end of an interval of length h, the
// cubic with end values y0, y1 and end slopes d0, d1.
func Hermite(u, h, y0, y1, d0, d1 float64) float64 {
	w := HermiteWeights(u, h)
	return w[0]*y0 + w[1]*y1 + w[2]*d0 + w[3]*d1
}

// HermiteWeights returns what [Hermite] multiplies the two end values and the two end
// slopes by, in this order.
func HermiteWeights(u, h float64) [4]float64 {
	t := u / h
	t2 := t * t
	t3 := t2 * t
	return [4]float64{2*t3 - 3*t2 + 1, 3*t2 - 2*t3, h * (t3 - 2*t2 + t), h * (t3 - t2)}
}

// Interp interpolates the points (x, y) linearly at v, holding the end values
// outside. x must be increasing. Without points it returns 0.
func Interp(x, y []float64, v float64) float64 {
	n := min(len(x), len(y))
	if n == 0 {
		return 0
	}
	i := sort.SearchFloat64s(x[:n], v)
	switch {
	case i == 0:
		return y[0]
	case i >= n:
		return y[n-1]
	}
	span := x[i] - x[i-1]
	if span <= 0 {
		return y[i]
	}
	return y[i-1] + (y[i]-y[i-1])*(v-x[i-1])/span
}

// Spline is the natural cubic spline through evenly spaced samples.
type Spline struct {
	y []float64
	m []float64 // second derivatives, per sample spacing squared
}

// NewSpline fits a natural cubic spline to samples one unit apart, the first at 0. The spline keeps y, which must
// not change afterwards.
func NewSpline(y []float64) Spline {
	n := len(y)
	m := make([]float64, n)
	if n < 3 {
		return Spline{y, m}
	}
	// Thomas algorithm for m[i-1] + 4 m[i] + m[i+1] = 6 (y[i-1] - 2 y[i] + y[i+1]).
	c := make([]float64, n)
	for i := 1; i < n-1; i++ {
		w := 1 / (4 - c[i-1])
		c[i] = w
		m[i] = (6*(y[i-1]-2*y[i]+y[i+1]) - m[i-1]) * w
	}
	for i := n - 3; i > 0; i-- {
		m[i] -= c[i] * m[i+1]
	}
	return Spline{y, m}
}

// At evaluates the spline at position u, in sample spacings; outside the
// samples the end values are held.
func (s Spline) At(u float64) float64 {
	n := len(s.y)
	switch {
	case n == 0:
		return 0
	case !(u > 0):
		return s.y[0]
	case u >= float64(n-1):
		return s.y[n-1]
	}
	i := int(u)
	b := u - float64(i)
	a := 1 - b
	return a*s.y[i] + b*s.y[i+1] + ((a*a*a-a)*s.m[i]+(b*b*b-b)*s.m[i+1])/6
}
