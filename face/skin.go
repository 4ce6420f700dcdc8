package face

import (
	"math"
	"slices"
)

// skinModel says which pixels look like this person's skin in this light: near
// the person's own chromaticity r = R/(R+G+B), g = G/(R+G+B), and neither
// hair-dark nor glare-bright. It is learned over the first two seconds from
// three places, since fixed limits exclude dark skin and any one place may be covered: the
// forehead by hair, cheeks and nose by a mask.
type skinModel struct {
	zones [3]material
	skin  material
	// Covered is set when forehead and cheeks are of two materials, of which one is not skin.
	covered bool
}

// The places that skin is learned from.
const (
	foreheadZone = iota
	cheekZone    // cheeks and nose
	bridgeZone   // between the eyes, which hair and masks leave free
)

// bridge is the patch of skin between the eyes.
var bridge = patch{"bridge", -0.13, -0.12, 0.13, 0.22}

// material is what a piece of a picture is made of, as far as its colours tell.
type material struct {
	r, g, luma       float64 // medians of chromaticity and brightness
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

// Two materials: chromaticities further apart, or brightness by a larger ratio,
// than forehead and cheeks of a person in uneven light. A blue surgical mask differs from skin by 0.08 to
// 0.12, a white one by 0.05 to 0.1, the redness of cheeks by 0.01 to 0.02.
const (
	apart       = 0.04
	apartInLuma = 2.6
)

// weight is 1 for skin, 0 for anything else, and between on the border.
func (s *skinModel) weight(r, g, b float64) float64 {
	sum := r + g + b
	m := &s.skin
	if m.frames == 0 || sum < 3*lumaLow*m.luma || sum > 3*lumaHigh*m.luma || sum <= 0 {
		return 0
	}
	d := max(math.Abs(r-m.r*sum)/(m.spreadR*sum), math.Abs(g-m.g*sum)/(m.spreadG*sum))
	return min(1, max(0, (maskNone-d)/(maskNone-maskFull)))
}

// learn takes one more frame into the limits.
func (s *skinModel) learn(c *cells, p pose, sh shape) {
	var pixels [3]sampleOf
	for k := range chinAt {
		zone := foreheadZone
		if k >= foreheads {
			zone = cheekZone
		}
		pixels[zone].take(c, p, sh.place(k))
	}
	pixels[bridgeZone].take(c, p, bridge)
	for i := range pixels {
		s.zones[i].learn(&pixels[i])
	}
	s.decide()
}

// decide makes one model of what the places show.
func (s *skinModel) decide() {
	top, low, mid := s.zones[foreheadZone], s.zones[cheekZone], s.zones[bridgeZone]
	s.covered = false
	switch {
	case top.frames == 0:
		s.skin = low
	case low.frames == 0:
		s.skin = top
	case top.far(low) <= 1:
		s.skin = top.and(low)
	default:
		s.covered = true
		s.skin = low
		if mid.frames > 0 && top.far(mid) < low.far(mid) {
			s.skin = top
		}
	}
}

// far is how different two materials are: above 1 they are two.
func (m material) far(o material) float64 {
	bright := max(m.luma, o.luma, 1) / max(min(m.luma, o.luma), 1)
	return max(math.Abs(m.r-o.r)/apart, math.Abs(m.g-o.g)/apart, math.Log(bright)/math.Log(apartInLuma))
}

// and is the material of which both are.
func (m material) and(o material) material {
	both := func(a, b, spreadA, spreadB float64) (mid, spread float64) {
		spread = (spreadA + spreadB) / 2
		// Wide enough that most of either passes in full.
		return (a + b) / 2, max(spread, (math.Abs(a-b)/2+1.5*spread)/maskFull)
	}
	out := material{luma: (m.luma + o.luma) / 2, frames: min(m.frames, o.frames)}
	out.r, out.spreadR = both(m.r, o.r, m.spreadR, o.spreadR)
	out.g, out.spreadG = both(m.g, o.g, m.spreadG, o.spreadG)
	return out
}

// sampleOf holds the colours of some cells, those at the sensor's limits apart.
type sampleOf struct{ free, clipped [][3]float64 }

// enough cells of a place tell its colour.
const enough = 12

func (s *sampleOf) take(c *cells, p pose, q patch) {
	stride := max(1, int(p.d/40)/c.step)
	n := 0
	q.over(c, p, func(at int, w float64) {
		n++
		if w < 1 || n%(stride*stride) != 0 {
			return
		}
		if v := [3]float64{float64(c.r[at]), float64(c.g[at]), float64(c.b[at])}; c.clipped[at] == 0 {
			s.free = append(s.free, v)
		} else {
			s.clipped = append(s.clipped, v)
		}
	})
}

// learn takes one more frame of a place into its material. Where the sensor is
// at its limits all over, what it shows there is all that there is.
func (m *material) learn(s *sampleOf) {
	from := s.free
	if len(from) < enough {
		from = append(from, s.clipped...)
	}
	var rs, gs, ls []float64
	for _, v := range from {
		if sum := v[0] + v[1] + v[2]; sum > 3 {
			rs, gs, ls = append(rs, v[0]/sum), append(gs, v[1]/sum), append(ls, sum/3)
		}
	}
	if len(rs) < enough {
		return
	}
	m.frames++
	share := 1 / m.frames
	mix := func(old *float64, now float64) { *old += share * (now - *old) }
	r, spreadR := medianSpread(rs)
	g, spreadG := medianSpread(gs)
	l, _ := medianSpread(ls)
	mix(&m.r, r)
	mix(&m.g, g)
	mix(&m.spreadR, max(minSpread, spreadR))
	mix(&m.spreadG, max(minSpread, spreadG))
	mix(&m.luma, l)
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
