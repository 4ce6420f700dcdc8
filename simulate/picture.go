package simulate

import (
	"image"
	"image/color"
	"math"
)

// PictureKinds lists the kinds of still pictures of a face, and of things without one.
var PictureKinds = []string{"upright", "turned", "turned far", "tilted", "cut", "small", "dim", "backlit",
	"tone I-II", "tone III-IV", "tone V", "tone VI", "glasses", "mask", "hair", "things", "lying", "upside down"}

// Picture is a still picture whose truth is known.
type Picture struct {
	Image *image.NRGBA
	// Face is set when a person is in it.
	Face bool
	// Eyes are the pupils, the person's right one first, x and y in pixels.
	Eyes [2][2]float64
	// Yaw and Tilt of the head in rad: positive when the nose points to the right, and clockwise.
	Yaw, Tilt float64
	// Skin is opaque where bare skin of the face is visible.
	Skin *image.Alpha
}

// Size of a picture in pixels.
const pictureWidth, pictureHeight = 480, 360

// NewPicture draws a picture of a kind. A quarter of the people are the portrait of package simulate in another
// skin tone, the others are drawn: heads of various proportions, hair and beards in all tones, in soft light from
// a drawn direction.
func NewPicture(kind string, seed uint64) Picture {
	r := newRandom(seed, "picture "+kind)
	if kind == "things" {
		return Picture{Image: things(r)}
	}
	h := newFigure(r)
	c := view{d: r.uniform(0.09, 0.17) * pictureWidth, tilt: r.uniform(-0.09, 0.09)}
	c.x, c.y = pictureWidth*r.uniform(0.42, 0.58), pictureHeight*r.uniform(0.38, 0.5)
	h.turn(r.uniform(-0.14, 0.14), r.uniform(-0.1, 0.1))
	wall := r.uniform(90, 200)
	switch kind {
	case "turned":
		h.turn(r.sign()*r.uniform(0.26, 0.6), r.uniform(-0.1, 0.1))
	case "turned far": // so far that an ear is hidden
		h.turn(r.sign()*r.uniform(0.6, 0.85), r.uniform(-0.1, 0.1))
	case "tilted":
		c.tilt = r.sign() * r.uniform(0.26, 0.53)
	case "lying":
		c.tilt = r.sign() * r.uniform(1.05, 2.09)
	case "upside down": // a file whose rotation was lost
		c.tilt += math.Pi
	case "small":
		c.d = r.uniform(0.08, 0.13) * pictureWidth / faceBoxWidth
		c.x, c.y = pictureWidth*r.uniform(0.2, 0.8), pictureHeight*r.uniform(0.3, 0.6)
	case "cut":
		share := r.uniform(0.1, 0.25) * faceBoxWidth * c.d
		switch r.IntN(4) {
		case 0:
			c.x = 1.15*c.d - share
		case 1:
			c.x = pictureWidth - 1.15*c.d + share
		case 2:
			c.y = 1.15*c.d - share
		default:
			c.y = pictureHeight - 1.9*c.d + share
		}
	case "dim":
		h.light, wall = h.light*r.uniform(0.1, 0.25), wall*r.uniform(0.1, 0.25)
	case "backlit":
		h.light, wall = h.light*r.uniform(0.25, 0.45), r.uniform(235, 255)
	case "glasses":
		h.rims = 1 + r.IntN(3)
	case "mask":
		h.mask = &[][3]float64{{126, 170, 196}, {226, 228, 230}, {40, 42, 46}, {150, 190, 160}}[r.IntN(4)]
	case "hair":
		h.hairline, h.sides, h.beard = r.uniform(-0.7, -0.5), r.uniform(0.8, 0.95), r.IntN(2) == 0
		h.portrait = false
	}
	for _, t := range Tones {
		if kind == "tone "+t {
			h.skin = skins[t]
		}
	}
	return h.draw(c, wall, r)
}

// faceBoxWidth is the width of a face's box in pupil distances.
const faceBoxWidth = 2.3

// view places a head in a picture: the middle between the pupils seen from the front, and their distance.
type view struct{ x, y, d, tilt float64 }

// draw renders a head, its neck and shoulders in front of a wall.
func (h *figure) draw(c view, wall float64, r random) Picture {
	rect := image.Rect(0, 0, pictureWidth, pictureHeight)
	p := Picture{Image: image.NewNRGBA(rect), Face: true, Yaw: h.yaw, Tilt: c.tilt, Skin: image.NewAlpha(rect)}
	cos, sin := math.Cos(c.tilt), math.Sin(c.tilt)
	for i, u := range [2]float64{-0.5, 0.5} {
		x, y := h.seen(u, 0)
		p.Eyes[i] = [2]float64{c.x + c.d*(cos*x-sin*y), c.y + c.d*(sin*x+cos*y)}
	}
	noise, slope := r.uniform(1, 4), r.uniform(-0.3, 0.3)
	stripe := r.uniform(20, 120)
	const fine = 2 // sample points per pixel in each direction
	for y := range pictureHeight {
		for x := range pictureWidth {
			var sum [3]float64
			bare := 0
			level := wall * (1 + slope*(float64(x)/pictureWidth-0.5))
			if math.Mod(float64(x)+float64(y)*slope, 2*stripe) < stripe {
				level *= 0.93
			}
			behind := [3]float64{level, 0.98 * level, 0.95 * level}
			for k := range fine * fine {
				dx := (float64(x) + (float64(k%fine)+0.5)/fine - c.x) / c.d
				dy := (float64(y) + (float64(k/fine)+0.5)/fine - c.y) / c.d
				col, skin := h.at(cos*dx+sin*dy, cos*dy-sin*dx, behind)
				for i := range sum {
					sum[i] += col[i] / (fine * fine)
				}
				if skin {
					bare++
				}
			}
			n := noise * r.NormFloat64()
			p.Image.SetNRGBA(x, y, color.NRGBA{byteOf(sum[0] + n), byteOf(sum[1] + n), byteOf(sum[2] + n), 255})
			if 2*bare > fine*fine {
				p.Skin.Pix[p.Skin.PixOffset(x, y)] = 255
			}
		}
	}
	return p
}

func byteOf(v float64) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }

// things draws a picture without a face: boards, discs, windows and grain of various sizes.
func things(r random) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))
	base := [3]float64{r.uniform(40, 220), r.uniform(40, 220), r.uniform(40, 220)}
	type thing struct{ x, y, w, h, tilt, kind, a, b, c float64 }
	var all []thing
	for range 6 + r.IntN(30) {
		s := 20 * r.spread(0.9)
		all = append(all, thing{r.uniform(0, pictureWidth), r.uniform(0, pictureHeight), s * r.spread(0.4), s * r.spread(0.4),
			r.uniform(-1.6, 1.6), r.Float64(), r.uniform(0, 255), r.uniform(0, 255), r.uniform(0, 255)})
	}
	for y := range pictureHeight {
		for x := range pictureWidth {
			col := base
			for _, t := range all {
				dx, dy := float64(x)-t.x, float64(y)-t.y
				u, v := (math.Cos(t.tilt)*dx+math.Sin(t.tilt)*dy)/t.w, (math.Cos(t.tilt)*dy-math.Sin(t.tilt)*dx)/t.h
				in := math.Hypot(u, v) < 1
				if t.kind < 0.5 {
					in = max(math.Abs(u), math.Abs(v)) < 1
				}
				if in {
					shade := 1 - 0.3*v
					col = [3]float64{t.a * shade, t.b * shade, t.c * shade}
				}
			}
			n := 5 * r.NormFloat64()
			m.SetNRGBA(x, y, color.NRGBA{byteOf(col[0] + n), byteOf(col[1] + n), byteOf(col[2] + n), 255})
		}
	}
	return m
}
