package face

import (
	"math"

	"blush.example/blush/dsp"
)

// skinModel says which pixels look like this person's skin in this light: near the person's own chromaticity r =
// R/(R+G+B), g = G/(R+G+B), and neither as dark as hair nor as bright as glare. It is learned over the first two
// seconds from three places, since fixed limits exclude dark skin and any one place may be covered: the forehead
// by hair, cheeks and nose by a mask.
type skinModel struct {
	zones [3]material
	skin  material
	// covered is set when forehead and cheeks are of two materials, so that one is not skin.
	covered bool
}

// The places from which skin is learned.
const (
	foreheadZone = iota
	cheekZone    // cheeks and nose
	bridgeZone   // between the eyes, which hair and masks leave free
)

// bridge is the patch of skin between the eyes.
var bridge = patch{-0.13, -0.12, 0.13, 0.22, withNose}

// material describes the colours of a part of the picture.
type material struct {
	r, g, luma       float64 // medians of chromaticity and brightness
	spreadR, spreadG float64 // 1.4826 × median absolute deviation
	q, spreadQ       float64 // the same of G/(G+B), for pixels whose red is at the sensor's limit
	clipped          float64 // share of such pixels
	frames           float64
}

// The mask has full weight up to maskFull spreads from the median, and none from maskNone.
const (
	maskFull, maskNone = 2.5, 4
	// minSpread is the least spread of chromaticity: below it sensor noise alone would exclude skin.
	minSpread = 0.006
	// Luma of skin relative to the median: below are shadow and hair, above is glare.
	lumaLow, lumaHigh = 0.35, 1.9
)

// Two materials have chromaticities further apart, or brightness in a larger ratio, than forehead and cheeks of a
// person in uneven light. A blue surgical mask differs from skin by 0.08 to 0.12, a white one by 0.05 to 0.1, the
// redness of cheeks by 0.01 to 0.02.
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
	var d float64
	if r < clipHigh {
		d = max(math.Abs(r-m.r*sum)/(m.spreadR*sum), math.Abs(g-m.g*sum)/(m.spreadG*sum))
	} else { // clipped red says nothing
		d = math.Abs(g-m.q*(g+b)) / (m.spreadQ * (g + b))
	}
	return min(1, max(0, (maskNone-d)/(maskNone-maskFull)))
}

// learn adds a frame to the model.
func (s *skinModel) learn(from reader, p pose, sh shape) {
	var pixels [3][][3]float64
	for k, q := range patches {
		if q.moves == withChin { // often a beard
			continue
		}
		zone := cheekZone
		if q.moves == withForehead {
			zone = foreheadZone
		}
		pixels[zone] = from.take(pixels[zone], p, sh.place(k))
	}
	pixels[bridgeZone] = from.take(pixels[bridgeZone], p, bridge)
	for i := range pixels {
		s.zones[i].learn(pixels[i])
	}
	s.decide()
}

// decide combines the places into one model.
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

// far returns the difference of two materials; above 1 they are not the same.
func (m material) far(o material) float64 {
	bright := math.Log(max(m.luma, o.luma, 1)/max(min(m.luma, o.luma), 1)) / math.Log(apartInLuma)
	if max(m.clipped, o.clipped) > 0.5 {
		return max(math.Abs(m.q-o.q)/apart, bright)
	}
	return max(math.Abs(m.r-o.r)/apart, math.Abs(m.g-o.g)/apart, bright)
}

// and returns the material that includes both.
func (m material) and(o material) material {
	both := func(a, b, spreadA, spreadB float64) (mid, spread float64) {
		spread = (spreadA + spreadB) / 2
		// Wide enough that most of either passes in full.
		return (a + b) / 2, max(spread, (math.Abs(a-b)/2+1.5*spread)/maskFull)
	}
	out := material{luma: (m.luma + o.luma) / 2, frames: min(m.frames, o.frames)}
	out.r, out.spreadR = both(m.r, o.r, m.spreadR, o.spreadR)
	out.g, out.spreadG = both(m.g, o.g, m.spreadG, o.spreadG)
	out.q, out.spreadQ = both(m.q, o.q, m.spreadQ, o.spreadQ)
	if m.clipped > 0.5 != (o.clipped > 0.5) { // red is clipped in one of them
		known := m
		if m.clipped > 0.5 {
			known = o
		}
		out.r, out.spreadR, out.g, out.spreadG = known.r, known.spreadR, known.g, known.spreadG
	}
	return out
}

// enough is the number of cells needed for the colour of a place.
const enough = 12

// take adds the colours of some of the cells in a patch.
func (r reader) take(all [][3]float64, p pose, q patch) [][3]float64 {
	c := r.area
	stride := max(1, int(p.d/40)/r.step)
	n := 0
	r.over(q, p, func(at int, w float64) {
		if n++; w == 1 && n%(stride*stride) == 0 {
			all = append(all, [3]float64{float64(c.r[at]), float64(c.g[at]), float64(c.b[at])})
		}
	})
	return all
}

// learn adds a frame of a place to its material. Where red is at the sensor's limit in nearly all cells, the
// clipped cells are used too.
func (m *material) learn(from [][3]float64) {
	var rs, gs, ls, qs []float64
	clipped := 0.0
	for pass := range 2 {
		for _, v := range from {
			sum := v[0] + v[1] + v[2]
			if sum <= 3 || v[0] >= clipHigh && pass == 0 {
				continue
			}
			rs, gs = append(rs, v[0]/sum), append(gs, v[1]/sum)
		}
		if len(rs) >= enough {
			break
		}
		rs, gs = rs[:0], gs[:0]
	}
	for _, v := range from {
		if sum := v[0] + v[1] + v[2]; sum > 3 {
			ls, qs = append(ls, sum/3), append(qs, v[1]/(v[1]+v[2]+1e-9))
			if v[0] >= clipHigh {
				clipped++
			}
		}
	}
	if len(rs) < enough {
		return
	}
	clipped /= float64(len(ls))
	m.frames++
	share := 1 / m.frames
	mix := func(old *float64, now float64) { *old += share * (now - *old) }
	r, spreadR := medianSpread(rs)
	g, spreadG := medianSpread(gs)
	q, spreadQ := medianSpread(qs)
	l, _ := medianSpread(ls)
	mix(&m.r, r)
	mix(&m.g, g)
	mix(&m.q, q)
	mix(&m.spreadR, max(minSpread, spreadR))
	mix(&m.spreadG, max(minSpread, spreadG))
	mix(&m.spreadQ, max(minSpread, spreadQ))
	mix(&m.luma, l)
	mix(&m.clipped, clipped)
}

// medianSpread returns the median and 1.4826 × the median absolute deviation; it reorders x.
func medianSpread(x []float64) (median, spread float64) {
	median = dsp.UpperMedian(x)
	for i := range x {
		x[i] = math.Abs(x[i] - median)
	}
	return median, 1.4826 * dsp.UpperMedian(x)
}
