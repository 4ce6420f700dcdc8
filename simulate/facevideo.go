package simulate

import (
	"image"
	"iter"
	"math"

	"blush.example/blush/video"
)

// VideoOptions say how a scene is filmed.
type VideoOptions struct {
	// Width and Height in pixels, both even; 0 means 480 × 360. The face is about a third of the width.
	Width, Height int
	// Faces in the picture: 1, or 2 with a smaller person without a pulse next to the first.
	Faces int
	// LostAt is the time in s at which the person leaves the picture, and BackAt that at which they are back; 0 means never.
	LostAt, BackAt float64
}

// Video films the scene: a portrait whose skin takes the scene's tone and pulse, moved by fractions of pixels, in
// the scene's light, with the sensor's noise added before levels are rounded to 8 bits, as 4:2:0 YCbCr in JPEG's
// range. Frames have the times of the scene's clock. The image of a frame is overwritten by the next.
//
// Scene.Camera.Codec and Scene.Detector are not applied, since a video goes through real ones. Each part
// of the face has the heart, delay and colour of the nearest patch of a trace, and a strength drawn likewise; what covers a
// patch is not drawn. Of Scene.Light everything but Own is applied, and Contact is not.
func (s Scene) Video(o VideoOptions) (iter.Seq2[video.Frame, error], Truth) {
	if o.Width <= 0 || o.Height <= 0 {
		o.Width, o.Height = 480, 360
	}
	o.Width, o.Height = o.Width&^1, o.Height&^1
	w, h := s.build()
	return func(yield func(video.Frame, error) bool) {
		f := newFilm(w, o)
		shown, from := f, len(f.stamps)
		if s.Replay.Next != nil {
			from = count(w.times, s.Replay.At)
		}
		for i, t := range f.stamps {
			if i == from {
				next, _ := s.Replay.Next.build()
				shown = newFilm(next, o)
			}
			if i >= len(shown.stamps) || !yield(video.Frame{TimeMS: t, Image: shown.image(i)}, nil) {
				return
			}
		}
	}, s.truth(h)
}

// film is the state of filming a scene.
type film struct {
	*world
	person, room   *stage
	lostAt, backAt float64
	stamps         []float64
	air            []float64    // breathing per frame
	turn           [4][]float64 // of the head, per frame: x, y, yaw, pitch
	rise           []float64    // of the shoulders in pixels
	lit            [3][]float64 // light on the face, per frame and channel
	wall           [3][]float64 // light of a lamp on the wall relative to that on the face; nil: the same
	shift          [2][]float64 // of the whole picture, by a hand or a machine, like turn; nil: none
	parts          []vicinity   // of the face
	nearest        []uint8      // the part of each pixel
	slope          [256]float32 // of the tone curve at each level
	noise          []float32    // standard normal numbers, read from a random place in each row
	grain          []float32    // noise SD of each pixel in grey levels
	out            *image.YCbCr
}

// noiseLength is the number of normals drawn. Rows read them from places that are drawn for each frame.
const noiseLength = 1 << 16

func newFilm(w *world, o VideoOptions) *film {
	f := &film{world: w, lostAt: o.LostAt, backAt: o.BackAt, stamps: w.stamps(), out: image.NewYCbCr(image.Rect(0, 0, o.Width, o.Height), image.YCbCrSubsampleRatio420)}
	f.person = newStage(o, w.skin, w.Exposure)
	f.room = f.person.room(w.Exposure)
	if !w.Face {
		f.person = f.room
	}
	f.air = expose(w.breath, w.times, grid)
	for k := range f.turn {
		f.turn[k] = expose(w.head[k], w.times, grid)
	}
	width := 2.2 * f.person.eyes
	depth := 0.012 * width * w.spread(0.3)
	if !w.Pulse {
		depth = 0
	}
	f.rise = make([]float64, len(f.air))
	for i := range f.rise {
		f.rise[i] = -depth*f.air[i] + 0.3*travel*width*f.turn[1][i]
	}
	for c := range f.lit {
		l := make([]float64, w.n)
		for i := range l {
			l[i] = w.light.at(c, i)
		}
		for i, v := range w.gain[c] {
			l[i] *= v
		}
		f.lit[c] = expose(l, w.times, grid)
	}
	f.divide()
	f.addOptional()
	r := newRandom(w.Seed, "pixels")
	f.noise = make([]float32, noiseLength+o.Width)
	for i := range f.noise[:noiseLength] {
		f.noise[i] = float32(r.NormFloat64())
	}
	copy(f.noise[noiseLength:], f.noise)
	f.grain = make([]float32, o.Width*o.Height)
	for i, t := range f.person.image {
		f.grain[i] = float32(w.Camera.Noise * math.Sqrt(max(5, float64(t.g))/128))
	}
	return f
}

// addOptional draws the optional parts of a film, each from a separate random stream.
func (f *film) addOptional() {
	w := f.world
	for k := range f.shift {
		f.shift[k] = w.carried(k)
	}
	if w.light.lamp[0] != nil {
		for c, lamp := range w.light.lamp {
			x := make([]float64, w.n)
			for i, v := range lamp {
				x[i] = (1 + w.light.behind*v) / (1 + v)
			}
			f.wall[c] = expose(x, w.times, grid)
		}
	}
	if w.Camera.Curve > 0 {
		for v := range f.slope {
			f.slope[v] = float32(w.Camera.slope(float64(v)))
		}
	}
}

// vicinity is the part of the face around a patch: its pulse wave per frame, and factors on the strength of its pulse in R, G, B.
type vicinity struct {
	blood []float64
	gain  [3]float64
}

// divide gives each pixel the pulse of the patch nearest to it.
func (f *film) divide() {
	for _, p := range patches {
		o, strength := f.own(p.name), p.gain*newRandom(f.Seed, "strength "+p.name).spread(gainSpread)
		for c := range o.tint {
			o.tint[c] *= strength
		}
		f.parts = append(f.parts, vicinity{expose(o.wave, f.times, grid), o.tint})
	}
	s := f.person
	f.nearest = make([]uint8, len(s.u))
	for i := range s.u {
		least := math.Inf(1)
		for k, p := range patches {
			x, y := float64(s.u[i])-p.x, float64(s.v[i])-p.y
			if d := x*x + y*y; d < least {
				least, f.nearest[i] = d, uint8(k)
			}
		}
	}
}

// frame has the values that are the same for all pixels of a frame.
type frame struct {
	hx, hy, chest float32      // movement in pixels
	sx, sy        float32      // of the whole picture
	yaw, pitch    float32      // shading
	light         [3]float32   //
	dips          [][3]float32 // of each part: share of light that the blood absorbs in skin
	wall          [3]float32   // light on the wall relative to that on the face
	seed          uint64
}

// image draws frame i.
func (f *film) image(i int) image.Image {
	if f.frames != nil {
		i = f.frames[i]
	}
	s := f.person
	if f.lostAt > 0 && f.times[i] >= f.lostAt && (f.backAt == 0 || f.times[i] < f.backAt) {
		s = f.room
	}
	width := travel * 2.2 * s.eyes
	fr := frame{
		hx: float32(width * f.turn[0][i]), hy: float32(width * f.turn[1][i]), chest: float32(f.rise[i]),
		yaw: float32(f.turn[2][i]), pitch: float32(f.turn[3][i]), seed: f.Seed*0x9e3779b97f4a7c15 + uint64(i)*0xbf58476d1ce4e5b9,
	}
	for c := range fr.light {
		fr.light[c] = float32(f.lit[c][i])
		if f.wall[c] != nil {
			fr.wall[c] = float32(f.wall[c][i])
		}
	}
	for _, p := range f.parts {
		var dip [3]float32
		for c, gain := range p.gain {
			dip[c] = float32((1 - f.Motion.Gloss) * f.skin.pulse[c] * (f.skin.strength*gain*p.blood[i] + 0.0008*f.air[i]))
		}
		fr.dips = append(fr.dips, dip)
	}
	if f.shift[0] != nil {
		fr.sx, fr.sy = float32(width*f.shift[0][i]), float32(width*f.shift[1][i])
	}
	var a, b row
	for y := 0; y < s.h; y += 2 {
		f.expose(s, &fr, y, &a)
		f.expose(s, &fr, y+1, &b)
		f.encode(y, &a, &b)
	}
	return f.out
}

// row is one line of pixels before rounding, 0 to 255.
type row struct{ r, g, b []float32 }

// expose fills a row with the colours that the sensor reads, noise included.
func (f *film) expose(s *stage, fr *frame, y int, out *row) {
	if out.r == nil {
		out.r, out.g, out.b = make([]float32, s.w), make([]float32, s.w), make([]float32, s.w)
	}
	at := y * s.w
	heads, chests, u, v := s.head[at:at+s.w], s.chest[at:at+s.w], s.u[at:at+s.w], s.v[at:at+s.w]
	sd := f.grain[at : at+s.w]
	var noise [3][]float32
	for c := range noise {
		k := mix(fr.seed+uint64(3*y+c)) % noiseLength
		noise[c] = f.noise[k : k+uint64(s.w)]
	}
	for x := range s.w {
		t := s.image[at+x]
		if h, c := heads[x], chests[x]; h != 0 || c != 0 || fr.sx != 0 || fr.sy != 0 {
			t = s.at(float32(x)-h*fr.hx-fr.sx, float32(y)-h*fr.hy-c*fr.chest-fr.sy)
		}
		shade := 1 + u[x]*fr.yaw + v[x]*fr.pitch
		light, dip := fr.light, &fr.dips[f.nearest[at+x]]
		if f.wall[0] != nil {
			for c := range light {
				light[c] *= s.face[at+x] + (1-s.face[at+x])*fr.wall[c]
			}
		}
		n := sd[x]
		out.r[x] = clamp(f.tone(t.r, light[0], shade)*(1-t.skin*dip[0]) + 1.35*n*noise[0][x])
		out.g[x] = clamp(f.tone(t.g, light[1], shade)*(1-t.skin*dip[1]) + n*noise[1][x])
		out.b[x] = clamp(f.tone(t.b, light[2], shade)*(1-t.skin*dip[2]) + 1.35*n*noise[2][x])
	}
}

// tone returns the level of a pixel after the camera's tone curve when its light changes by two factors.
func (f *film) tone(level, light, shade float32) float32 {
	if f.Camera.Curve <= 0 {
		return level * light * shade
	}
	return level * max(0, 1+f.slope[uint8(clamp(level))]*(light*shade-1))
}

// at interpolates the stage bilinearly.
func (s *stage) at(x, y float32) texel {
	x, y = within(x, float32(s.w)-1.001), within(y, float32(s.h)-1.001)
	ix, iy := int(x), int(y)
	fx, fy := x-float32(ix), y-float32(iy)
	i := iy*s.w + ix
	a, b, c, d := &s.image[i], &s.image[i+1], &s.image[i+s.w], &s.image[i+s.w+1]
	wa, wb, wc, wd := (1-fx)*(1-fy), fx*(1-fy), (1-fx)*fy, fx*fy
	return texel{
		wa*a.r + wb*b.r + wc*c.r + wd*d.r, wa*a.g + wb*b.g + wc*c.g + wd*d.g,
		wa*a.b + wb*b.b + wc*c.b + wd*d.b, wa*a.skin + wb*b.skin + wc*c.skin + wd*d.skin,
	}
}

// encode rounds two rows to 8-bit YCbCr (ITU-T T.871), one chroma sample for each 2×2 pixels.
func (f *film) encode(y int, a, b *row) {
	line := func(r *row, out []uint8) {
		for x := range out {
			out[x] = level(0.299*r.r[x] + 0.587*r.g[x] + 0.114*r.b[x])
		}
	}
	w := f.out.Rect.Dx()
	line(a, f.out.Y[y*f.out.YStride:][:w])
	line(b, f.out.Y[(y+1)*f.out.YStride:][:w])
	cb, cr := f.out.Cb[y/2*f.out.CStride:], f.out.Cr[y/2*f.out.CStride:]
	for x := 0; x < w; x += 2 {
		red := (a.r[x] + a.r[x+1] + b.r[x] + b.r[x+1]) / 4
		green := (a.g[x] + a.g[x+1] + b.g[x] + b.g[x+1]) / 4
		blue := (a.b[x] + a.b[x+1] + b.b[x] + b.b[x+1]) / 4
		cb[x/2] = level(128 - 0.168736*red - 0.331264*green + 0.5*blue)
		cr[x/2] = level(128 + 0.5*red - 0.418688*green - 0.081312*blue)
	}
}

// within is max(0, min(v, most)) written out, which is faster for floats.
func within(v, most float32) float32 {
	if v < 0 {
		return 0
	}
	if v > most {
		return most
	}
	return v
}

func clamp(v float32) float32 { return within(v, 255) }

func level(v float32) uint8 { return uint8(clamp(v) + 0.5) }

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014): a uniformly distributed number for each row.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
