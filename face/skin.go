package face

import (
	"math"
	"slices"
)

// skinModel says which pixels look like this person's skin in this light: near
// the median of the cheeks and the nose in chromaticity r = R/(R+G+B),
// g = G/(R+G+B), and neither hair-dark nor glare-bright. Limits are learned
// from the person over the first two seconds: fixed ones exclude dark skin.
type skinModel struct {
	r, g, luma       float64 // medians
	spreadR, spreadG float64 // 1.4826 × median absolute deviation
	frames           float64
}

// The mask's shape: full weight up to 2.5 spreads from the median, none from 4.
const (
	maskFull, maskNone = 2.5, 4
	// minSpread of chromaticity, under which sensor noise alone would exclude skin.
	minSpread = 0.006
	// Luma of skin against the median: shadow and hair below, glare above.
	lumaLow, lumaHigh = 0.35, 1.9
)

// weight is 1 for skin, 0 for anything else, and between on the border.
func (s *skinModel) weight(r, g, b float64) float64 {
	sum := r + g + b
	if s.frames == 0 || sum < 3*lumaLow*s.luma || sum > 3*lumaHigh*s.luma || sum <= 0 {
		return 0
	}
	d := max(math.Abs(r-s.r*sum)/(s.spreadR*sum), math.Abs(g-s.g*sum)/(s.spreadG*sum))
	return min(1, max(0, (maskNone-d)/(maskNone-maskFull)))
}

// learn takes one more frame into the limits, from the cells under the cheeks and the nose.
func (s *skinModel) learn(c *cells, p pose) {
	cos, sin := math.Cos(p.tilt)/p.d, math.Sin(p.tilt)/p.d
	var rs, gs, ls []float64
	stride := max(1, int(p.d/60)/c.step) // some hundred cells are enough
	for j := 0; j < c.h; j += stride {
		dy := float64(2*(c.y0+j*c.step)) + 1 - p.y
		for i := 0; i < c.w; i += stride {
			dx := float64(2*(c.x0+i*c.step)) + 1 - p.x
			u, v := cos*dx+sin*dy, cos*dy-sin*dx
			if math.Abs(u) > 0.8 || v < 0.1 || v > 0.9 || math.Abs(u) > 0.17 && v < 0.36 {
				continue
			}
			at := j*c.w + i
			if sum := float64(c.r[at] + c.g[at] + c.b[at]); sum > 3 {
				rs, gs, ls = append(rs, float64(c.r[at])/sum), append(gs, float64(c.g[at])/sum), append(ls, sum/3)
			}
		}
	}
	if len(rs) < 16 {
		return
	}
	s.frames++
	share := 1 / s.frames
	mix := func(old *float64, now float64) { *old += share * (now - *old) }
	r, spreadR := medianSpread(rs)
	g, spreadG := medianSpread(gs)
	mix(&s.r, r)
	mix(&s.g, g)
	mix(&s.spreadR, max(minSpread, spreadR))
	mix(&s.spreadG, max(minSpread, spreadG))
	l, _ := medianSpread(ls)
	mix(&s.luma, l)
}

// medianSpread returns the median and 1.4826 × the median absolute deviation; it reorders x.
func medianSpread(x []float64) (median, spread float64) {
	slices.Sort(x)
	median = x[len(x)/2]
	for i := range x {
		x[i] = math.Abs(x[i] - median)
	}
	slices.Sort(x)
	return median, 1.4826 * x[len(x)/2]
}
