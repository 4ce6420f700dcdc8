package simulate

import (
	"bytes"
	_ "embed"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"slices"
	"sync"
)

// portrait is NASA's picture of an astronaut, in the public domain: portrait/LICENCE.md.
//
//go:embed portrait/astronaut.jpg
var portraitJPEG []byte

const portraitSum = "ad64831be7046dc85d4ebd825064f566613232d8bd0fb486b439507d9fa9486a" // SHA-256

// Place of the eyes in the portrait in pixels: the middle between the pupils,
// read off the picture, and the distance between them.
const (
	portraitX, portraitY = 225, 102
	portraitEyes         = 44.6
)

var portrait = sync.OnceValue(func() *image.NRGBA {
	m, err := jpeg.Decode(bytes.NewReader(portraitJPEG))
	if err != nil {
		panic(err) // the embedded picture is checked by a test
	}
	out := image.NewNRGBA(m.Bounds())
	draw.Draw(out, out.Rect, m, image.Point{}, draw.Src)
	return out
})

// Portrait returns the picture from which videos are made: a photograph of an astronaut, 512 × 384 pixels.
func Portrait() *image.NRGBA {
	p := portrait()
	return &image.NRGBA{Pix: slices.Clone(p.Pix), Stride: p.Stride, Rect: p.Rect}
}

// texel is one point of the stage: its colour on the 0..255 scale and its share of the pulse.
type texel struct{ r, g, b, skin float32 }

// stage is the still picture from which a video is made, one texel a pixel, with each pixel's share of movements.
type stage struct {
	w, h  int
	eyes  float64 // distance between the pupils in pixels
	x, y  float64 // the middle between them
	image []texel
	head  []float32 // share of the head's movement, 0..1
	chest []float32 // share of the shoulders' movement
	face  []float32 // 1 on the face, 0 well off it: what a lamp near it reaches
	u, v  []float32 // place on the face, -1..1, 0 off it: for the shading by turns of the head
}

// newStage sets up a person in front of a wall.
func newStage(o VideoOptions, skin skin, exposure float64) *stage {
	s := &stage{w: o.Width, h: o.Height, eyes: 0.17 * float64(o.Width), x: float64(o.Width) / 2, y: 0.36 * float64(o.Height)}
	if o.Faces > 1 {
		s.x = 0.36 * float64(o.Width)
	}
	n := s.w * s.h
	s.image, s.head, s.chest = make([]texel, n), make([]float32, n), make([]float32, n)
	s.u, s.v, s.face = make([]float32, n), make([]float32, n), make([]float32, n)
	src := portrait()
	k := portraitEyes / s.eyes
	cheek := colourAround(src, portraitX, portraitY+portraitEyes*0.55, 6)
	for y := range s.h {
		for x := range s.w {
			i := y*s.w + x
			dx, dy := (float64(x)+0.5-s.x)/s.eyes, (float64(y)+0.5-s.y)/s.eyes
			c := pixelAt(src, portraitX+dx*portraitEyes-0.5, portraitY+dy*portraitEyes-0.5)
			if o.Faces > 1 {
				c = secondFace(src, c, (float64(x)+0.5-0.80*float64(s.w))*k/0.6, (float64(y)+0.5-s.y)*k/0.6)
			}
			mask := skinShare(c, cheek, dx, dy)
			s.image[i] = tinted(c, mask, cheek, skin, exposure)
			s.head[i] = float32(fade(math.Hypot(dx/1.9, (dy-0.3)/2.2), 1, 1.9))
			s.chest[i] = float32((1 - fade(dy, 1.9, 2.6)) * fade(math.Abs(dx), 3.2, 5))
			on := fade(math.Hypot(dx/1.3, (dy-0.4)/1.9), 1, 1.3)
			s.face[i] = float32(on)
			s.u[i] = float32(on * max(-1, min(1, dx/1.1)))
			s.v[i] = float32(on * max(-1, min(1, (dy-0.4)/1.6)))
		}
	}
	return s
}

// room returns the same wall without a person, for the time before and after a person.
func (s *stage) room(exposure float64) *stage {
	n := s.w * s.h
	e := &stage{w: s.w, h: s.h, eyes: s.eyes, x: s.x, y: s.y, image: make([]texel, n), head: make([]float32, n),
		chest: make([]float32, n), u: make([]float32, n), v: make([]float32, n), face: make([]float32, n)}
	for y := range s.h {
		for x := range s.w {
			l := 150 + 30*float64(y)/float64(s.h) - 25*float64(x)/float64(s.w)
			fx, fy := float64(x)/float64(s.w), float64(y)/float64(s.h)
			if fx > 0.62 && fx < 0.85 && fy > 0.3 { // a door
				l *= 0.6
			}
			if fx > 0.1 && fx < 0.4 && math.Abs(fy-0.4) < 0.02 { // a shelf
				l *= 0.5
			}
			l *= exposure
			e.image[y*s.w+x] = texel{float32(l), float32(0.97 * l), float32(0.92 * l), 0}
		}
	}
	return e
}

// fade falls smoothly from 1 at a to 0 at b.
func fade(x, a, b float64) float64 {
	t := min(1, max(0, (x-a)/(b-a)))
	return 1 - t*t*(3-2*t)
}

// pixelAt interpolates a picture bilinearly; beyond the border it repeats the border.
func pixelAt(m *image.NRGBA, x, y float64) [3]float64 {
	b := m.Bounds()
	x = min(max(x, 0), float64(b.Dx()-1)-1e-9)
	y = min(max(y, 0), float64(b.Dy()-1)-1e-9)
	ix, iy := int(x), int(y)
	fx, fy := x-float64(ix), y-float64(iy)
	var out [3]float64
	for _, q := range [4]struct {
		x, y int
		w    float64
	}{{ix, iy, (1 - fx) * (1 - fy)}, {ix + 1, iy, fx * (1 - fy)}, {ix, iy + 1, (1 - fx) * fy}, {ix + 1, iy + 1, fx * fy}} {
		c := m.Pix[m.PixOffset(q.x, q.y):]
		out[0] += q.w * float64(c[0])
		out[1] += q.w * float64(c[1])
		out[2] += q.w * float64(c[2])
	}
	return out
}

func colourAround(m *image.NRGBA, x, y, r float64) (c [3]float64) {
	n := 0.0
	for dy := -r; dy <= r; dy++ {
		for dx := -3 * r; dx <= 3*r; dx++ {
			p := pixelAt(m, x+dx, y+dy)
			for k := range c {
				c[k] += p[k]
			}
			n++
		}
	}
	for k := range c {
		c[k] /= n
	}
	return c
}

// skinShare returns the share of skin at a point, 0..1: 1 for colours near that of the cheeks, on the face or the neck.
func skinShare(c, cheek [3]float64, dx, dy float64) float64 {
	sum, ref := c[0]+c[1]+c[2]+1, cheek[0]+cheek[1]+cheek[2]
	off := math.Hypot(c[0]/sum-cheek[0]/ref, c[1]/sum-cheek[1]/ref)
	return fade(off, 0.05, 0.09) * fade(-sum/ref, -0.55, -0.35) * fade(math.Hypot(dx/1.25, (dy-0.45)/1.75), 0.95, 1.1)
}

// tinted gives skin the colour of a skin tone, and applies the exposure.
func tinted(c [3]float64, mask float64, cheek [3]float64, s skin, exposure float64) texel {
	for k := range c {
		// The skin tone's colour already includes the exposure.
		c[k] *= (1-mask)*exposure + mask*s.colour[k]/cheek[k]
	}
	return texel{float32(c[0]), float32(c[1]), float32(c[2]), float32(mask)}
}

// secondFace lays a smaller, mirrored head over a picture; x, y are in pixels of the portrait from its eyes.
func secondFace(src *image.NRGBA, under [3]float64, x, y float64) [3]float64 {
	w := fade(math.Hypot(x/(1.75*portraitEyes), (y-0.1*portraitEyes)/(2.2*portraitEyes)), 0.85, 1)
	if w == 0 {
		return under
	}
	c := pixelAt(src, portraitX-x, portraitY+y)
	for k := range c {
		c[k] = w*c[k] + (1-w)*under[k]
	}
	return c
}
