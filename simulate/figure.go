package simulate

import (
	"math"
	"sync"
)

// figure is a person for a still picture: an ellipsoid with a nose, with a painted face or the portrait on it.
// Lengths are in pupil distances, from the middle between the pupils: x to the right, y down, z towards the
// camera.
type figure struct {
	portrait   bool
	skin       skin
	axes       [3]float64 // of the ellipsoid
	hair       [3]float64
	hairline   float64 // y above which hair grows
	sides      float64 // |x| beyond which hair hangs at the sides of the face
	beard      bool
	cloth      [3]float64
	mouth      float64 // y
	brow, lip  float64 // how dark
	rims       int     // of glasses: 0 none, 1 round, 2 square, 3 thick
	mask       *[3]float64
	light      float64 // exposure, 1 for the skin's own colour
	from       [3]float64
	yaw, pitch float64
	toHead     [3][3]float64
}

var portraitCheek = sync.OnceValue(func() [3]float64 {
	return colourAround(portrait(), portraitX, portraitY+portraitEyes*0.55, 6)
})

// backOfHead is the v below which a point lies on the back of the head.
const backOfHead = -5

// portraitLight is the light on the portrait's body.
const portraitLight = 0.85

// headY is the y of the head's middle.
const headY = 0.15

func newFigure(r random) *figure {
	h := &figure{portrait: r.IntN(4) == 0, skin: skins[Tones[r.IntN(len(Tones))]], light: r.uniform(0.8, 1.15)}
	h.axes = [3]float64{r.uniform(1.12, 1.28), r.uniform(1.5, 1.65), 1.35}
	dark := r.uniform(15, 90)
	h.hair = [3]float64{dark, dark * r.uniform(0.7, 0.9), dark * r.uniform(0.4, 0.8)}
	h.hairline, h.sides = r.uniform(-1.05, -0.85), r.uniform(1.0, 1.4)
	h.beard = r.IntN(5) == 0
	h.cloth = [3]float64{r.uniform(20, 230), r.uniform(20, 230), r.uniform(20, 230)}
	h.mouth, h.brow, h.lip = r.uniform(0.95, 1.12), r.uniform(0.3, 0.7), r.uniform(0.6, 0.85)
	side := r.uniform(-0.7, 0.7)
	n := math.Hypot(math.Hypot(side, 0.5), 1)
	h.from = [3]float64{side / n, -0.5 / n, 1 / n}
	return h
}

// turn points the nose to the right by yaw and down by pitch, in rad.
func (h *figure) turn(yaw, pitch float64) {
	h.yaw, h.pitch = yaw, pitch
	cy, sy, cp, sp := math.Cos(yaw), math.Sin(yaw), math.Cos(pitch), math.Sin(pitch)
	// The rows are the head's own directions as the camera sees them.
	h.toHead = [3][3]float64{{cy, 0, -sy}, {sy * -sp, cp, -sp * cy}, {sy * cp, sp, cp * cy}}
}

// seen returns the place at which the camera sees the point of the face that is at u, v from the front. The middle
// between the pupils of a head that looks straight ahead is at 0, 0.
func (h *figure) seen(u, v float64) (x, y float64) {
	p := [3]float64{u, v - headY, h.surface(u, v)}
	for k := range 3 {
		x += h.toHead[k][0] * p[k]
		y += h.toHead[k][1] * p[k]
	}
	return x, y + headY
}

// surface returns the distance of the face at u, v in front of the head's middle.
func (h *figure) surface(u, v float64) float64 {
	a, b := u/h.axes[0], (v-headY)/h.axes[1]
	return h.axes[2]*math.Sqrt(max(0, 1-a*a-b*b)) + nose(u, v)
}

// nose returns the height of the nose above the ellipsoid.
func nose(u, v float64) float64 {
	if v < -0.11 || v > 0.81 { // where the last two factors are 0
		return 0
	}
	return 0.42 * math.Exp(-u*u/0.035) * fade(-v, -0.62, 0.1) * fade(v, 0.62, 0.8)
}

// at returns the colour that the camera sees at a point, and whether it is bare skin of the face; behind is the
// wall's colour.
func (h *figure) at(x, y float64, behind [3]float64) (c [3]float64, bare bool) {
	u, v, normal, hit := h.hit(x, y-headY)
	if !hit || h.portrait && v < backOfHead {
		return h.body(x, y, behind), false
	}
	shade := 0.45 + 0.65*max(0, normal[0]*h.from[0]+normal[1]*h.from[1]+normal[2]*h.from[2])
	if h.portrait { // the portrait already has shading
		shade = portraitLight + 0.3*(shade-portraitLight)
	}
	c, bare = h.paint(u, v)
	for k := range c {
		c[k] *= shade * h.light
	}
	return c, bare
}

// hit finds the point of the head at a point of the picture: its place on the face and its normal as seen by the
// camera.
func (h *figure) hit(x, y float64) (u, v float64, normal [3]float64, ok bool) {
	var o, d, n [3]float64
	if r := 1.01 * max(h.axes[0], h.axes[1], h.axes[2]); x*x+y*y > r*r { // most of the picture
		return 0, 0, n, false
	}
	for k := range 3 {
		o[k] = h.toHead[k][0]*x + h.toHead[k][1]*y
		d[k] = h.toHead[k][2]
	}
	swell := 0.0
	for range 3 {
		var a, b, c float64
		for k := range 3 {
			s := h.axes[k] + swell
			a += d[k] * d[k] / (s * s)
			b += o[k] * d[k] / (s * s)
			c += o[k] * o[k] / (s * s)
		}
		disc := b*b - a*(c-1)
		if disc < 0 {
			if swell == 0 {
				return 0, 0, n, false
			}
			break
		}
		t := (math.Sqrt(disc) - b) / a
		u, v = o[0]+t*d[0], o[1]+t*d[1]+headY
		z := o[2] + t*d[2]
		for k, q := range [3]float64{u, v - headY, z} {
			n[k] = q / (h.axes[k] * h.axes[k])
		}
		if z <= 0 {
			v += 2 * backOfHead // all hair
			break
		}
		swell = nose(u, v)
	}
	const e = 0.01
	size := math.Hypot(math.Hypot(n[0], n[1]), n[2])
	n[0] = n[0]/size - (nose(u+e, v)-nose(u-e, v))/(2*e)
	n[1] = n[1]/size - (nose(u, v+e)-nose(u, v-e))/(2*e)
	n[2] /= size
	size = math.Hypot(math.Hypot(n[0], n[1]), n[2])
	for k := range 3 {
		for i := range 3 {
			normal[k] += h.toHead[i][k] * n[i] / size
		}
	}
	return u, v, normal, true
}

// photographed returns the portrait at x, y in the figure's skin tone, and the share that belongs to the person:
// the wall behind her is light and nearly grey.
func (h *figure) photographed(x, y float64) (t texel, person float64) {
	c, cheek := pixelAt(portrait(), portraitX+x*portraitEyes, portraitY+y*portraitEyes), portraitCheek()
	colour := max(c[0], c[1], c[2]) - min(c[0], c[1], c[2])
	person = max(1-fade(colour, 20, 36), fade(c[1], 130, 168), oval(x, y, 0, 0.45, 1, 1.4), oval(x, y, -0.36, 2.7, 1.95, 1.6)*fade(-y, -1.4, -1.1))
	return tinted(c, skinShare(c, cheek, x, y), cheek, h.skin, 1), person * fade(math.Abs(x), 2.5, 2.9)
}

// body returns the colour of the neck, the shoulders and the hair at the sides of the face.
func (h *figure) body(x, y float64, behind [3]float64) [3]float64 {
	if math.Abs(x) > 2.9 {
		return behind
	}
	if h.portrait {
		t, w := h.photographed(x, y)
		for k, v := range [3]float32{t.r, t.g, t.b} {
			behind[k] += w * (float64(v)*portraitLight*h.light - behind[k])
		}
		return behind
	}
	shoulder := 2.45 + 0.16*x*x
	lit := func(c [3]float64, by float64) [3]float64 {
		for k := range c {
			c[k] *= by * h.light
		}
		return c
	}
	switch {
	case y > shoulder || y > 2.2 && math.Abs(x) < 0.85: // with a collar
		return lit(h.cloth, 0.9-0.1*math.Abs(x)/3)
	case y > 1.2 && math.Abs(x) < 0.72:
		return lit(h.skin.colour, 0.62)
	case h.sides < 1 && y < 2.1 && math.Hypot(x/1.6, (y-0.5)/2.1) < 1:
		return lit(h.hair, 0.8)
	case y < 0.3 && math.Hypot(x/(h.axes[0]+0.12), (y-headY)/(h.axes[1]+0.15)) < 1:
		return lit(h.hair, 0.9)
	}
	return behind
}

// oval is 1 inside an ellipse, 0 outside, and soft between.
func oval(u, v, x, y, a, b float64) float64 {
	if math.Abs(u-x) > 1.11*a || math.Abs(v-y) > 1.11*b { // most points; the root takes longer
		return 0
	}
	return fade(math.Hypot((u-x)/a, (v-y)/b), 0.85, 1.1)
}

// paint returns the colour of the face at u, v under full light, and whether that is bare skin.
func (h *figure) paint(u, v float64) (c [3]float64, bare bool) {
	c, bare = h.skin.colour, true
	over := func(w float64, with [3]float64) {
		if w == 0 {
			return
		}
		for k := range c {
			c[k] += w * (with[k] - c[k])
		}
		bare = bare && w < 0.4
	}
	dark := func(by float64) [3]float64 {
		return [3]float64{h.skin.colour[0] * by, h.skin.colour[1] * by, h.skin.colour[2] * by}
	}
	side := math.Abs(u)
	if h.portrait {
		t, _ := h.photographed(u, v)
		c, bare = [3]float64{float64(t.r), float64(t.g), float64(t.b)}, t.skin > 0.5
	} else {
		over(oval(side, v, 0.5, -0.02, 0.34, 0.2)*0.25, dark(0.7)) // the hollow of the eye
		over(oval(side, v, 0.5, 0, 0.23, 0.1), [3]float64{225, 220, 215})
		over(oval(side, v, 0.5, 0, 0.1, 0.1), [3]float64{80, 55, 40})
		over(oval(side, v, 0.5, 0, 0.05, 0.05), [3]float64{12, 10, 10})
		over(oval(side, v, 0.5, -0.1, 0.26, 0.04), dark(0.3)) // lashes
		over(h.brow*oval(side, v, 0.53, -0.36, 0.34, 0.07), h.hair)
		over(0.75*oval(side, v, 0.13, 0.68, 0.07, 0.035), dark(0.3)) // nostrils
		over(oval(u, v, 0, h.mouth, 0.42, 0.12), [3]float64{h.skin.colour[0] * h.lip, h.skin.colour[1] * h.lip * 0.72, h.skin.colour[2] * h.lip * 0.75})
		over(oval(u, v, 0, h.mouth, 0.4, 0.02), dark(0.35))
		if h.beard && v > 0.75 && math.Hypot(u/0.5, (v-h.mouth)/0.2) > 1 {
			over(0.85*fade(-v-0.25*side, -1.05, -0.85), h.hair)
		}
		if v < h.hairline+0.25*u*u || side > h.sides && v < 1.6 {
			over(1, h.hair)
		}
	}
	if h.rims > 0 {
		width := [4]float64{0, 0.035, 0.04, 0.07}[h.rims]
		d := math.Hypot((side-0.5)/0.38, (v-0.03)/0.3)
		if h.rims == 2 {
			d = max(math.Abs(side-0.5)/0.4, math.Abs(v-0.03)/0.28)
		}
		if math.Abs(d-1) < width/0.3 || math.Abs(v+0.06) < width/2 && (side < 0.13 || side > 0.87) {
			over(1, [3]float64{30, 26, 26})
		}
	}
	if h.mask != nil && v > 0.32+0.12*side && v < 1.75 {
		fold := 1 - 0.06*math.Cos(22*v)
		over(1, [3]float64{h.mask[0] * fold, h.mask[1] * fold, h.mask[2] * fold})
	}
	return c, bare
}
