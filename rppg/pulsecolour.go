package rppg

import "math"

// PulseColour estimates the colour of a pulse, the relative strength of it in R, G
// and B with a sum of squares of one, from what has been seen of it so far. It starts at
// [Signature], and what it is given moves it. The zero value is ready to use.
//
// Cameras differ in their filters, white balance and tone curve, so that one
// pulse has another colour in each: unit colours measured through real
// cameras reach from (.07 .94 .34) to (.38 .78 .50) and to (.11 .68 .72), at cosines to
// the signature of .86 to .998.
type PulseColour struct {
	sum [3]float64
}

// prior is how many windows of a perfectly clear pulse the signature counts for.
const prior = 0.5

// Bounds of a pulse's colour, in parts of its unit colour: of blood under the
// filters of a camera green is always the strongest or nearly so, red the weakest. White, which is what
// movement and lamps change, has .58 in each.
const (
	mostRed             = 0.42
	leastBlue, mostBlue = 0.15, 0.75
)

// Add takes the colour in which a window of skin changes in step with its pulse,
// of any length; weight, 0..1, is how clear that pulse is. Colours that no pulse has
// are drawn to the nearest that one may have.
func (p *PulseColour) Add(colour [3]float64, weight float64) {
	c, ok := unit(colour)
	if !ok || !(weight > 0) || c[1] <= 0 {
		return
	}
	for k, v := range bounded(c) {
		p.sum[k] += weight * v
	}
}

// Unit returns the estimate.
func (p *PulseColour) Unit() [3]float64 {
	var c [3]float64
	for k, v := range p.sum {
		c[k] = v + prior*Signature[k]
	}
	c, _ = unit(c)
	return c
}

// bounded returns the unit colour nearest to c that a pulse may have, each part on its own.
func bounded(c [3]float64) [3]float64 {
	c[0] = min(max(c[0], 0), mostRed)
	c[2] = min(max(c[2], leastBlue), mostBlue)
	c[1] = math.Sqrt(max(0, 1-c[0]*c[0]-c[2]*c[2]))
	return c
}

// Likeness returns the cosine of the angle between a colour of any length and the nearest
// that a pulse may have: 1 for such a colour, 0 for none at all.
func Likeness(colour [3]float64) float64 {
	c, ok := unit(colour)
	if !ok {
		return 0
	}
	b := bounded(c)
	return c[0]*b[0] + c[1]*b[1] + c[2]*b[2]
}

// unit scales a colour to a sum of squares of one; false for none.
func unit(c [3]float64) ([3]float64, bool) {
	n := math.Sqrt(c[0]*c[0] + c[1]*c[1] + c[2]*c[2])
	if !(n > 0) || math.IsInf(n, 0) {
		return c, false
	}
	return [3]float64{c[0] / n, c[1] / n, c[2] / n}, true
}
