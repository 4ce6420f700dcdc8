package rppg

import "math"

// PulseColour estimates the colour of a pulse, its relative strength in R, G and B with a sum of squares of one,
// from the windows seen so far. It starts at [Signature]. The zero value is ready to use.
//
// Cameras differ in their filters, white balance and tone curve, so one pulse has a different colour in each. Unit
// colours measured through real cameras range from (.07 .94 .34) to (.38 .78 .50) and to (.11 .68 .72). The
// cosines of their angles to the signature are .86 to .998.
type PulseColour struct {
	sum [3]float64
}

// prior is the weight of the signature, in windows of a perfectly clear pulse.
const prior = 0.5

// Bounds of the components of a pulse's unit colour. Seen through a camera's filters, a pulse is always strongest
// in green, or nearly so, and weakest in red. White, the colour of changes by movement and lamps, has .58 in each.
const (
	mostRed             = 0.42
	leastBlue, mostBlue = 0.15, 0.75
)

// Add adds the colour, of any length, in which a window of skin changes in step with its pulse. weight, 0..1, is
// the clarity of that pulse. A colour that no pulse can have is replaced by the nearest one that a pulse may have.
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

// bounded returns the unit colour nearest to c that a pulse may have, bounding red and blue on their own.
func bounded(c [3]float64) [3]float64 {
	c[0] = min(max(c[0], 0), mostRed)
	c[2] = min(max(c[2], leastBlue), mostBlue)
	c[1] = math.Sqrt(max(0, 1-c[0]*c[0]-c[2]*c[2]))
	return c
}

// Likeness returns the cosine of the angle between a colour of any length and the nearest that a pulse may have: 1
// for such a colour, 0 for a colour of length zero.
func Likeness(colour [3]float64) float64 {
	c, ok := unit(colour)
	if !ok {
		return 0
	}
	b := bounded(c)
	return c[0]*b[0] + c[1]*b[1] + c[2]*b[2]
}

// unit scales a colour to a sum of squares of one. It returns false when its length is zero or infinite.
func unit(c [3]float64) ([3]float64, bool) {
	n := math.Sqrt(c[0]*c[0] + c[1]*c[1] + c[2]*c[2])
	if !(n > 0) || math.IsInf(n, 0) {
		return c, false
	}
	return [3]float64{c[0] / n, c[1] / n, c[2] / n}, true
}
