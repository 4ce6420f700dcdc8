package face

import (
	"math"

	"blush.example/blush/rppg"
	"blush.example/blush/video"
)

// patch is a rectangle of skin of a face seen from the front, in its own
// directions: from the middle between the pupils, x to the right and y down, in pupil distances.
type patch struct {
	x0, y0, x1, y1 float64
	moves          motion
}

// motion is the part of the face with which a patch moves when the face turns, is narrow or opens its mouth.
type motion int

const (
	withForehead motion = iota
	withCheeks
	withNose
	withChin
)

// patches are the places of [rppg.FacePatches], in that order. The skin there is thin and well supplied with blood
// (Kim 2021, Sensors 21:7923: forehead and malar areas). Eyes, brows, mouth and hair are excluded: the brows end
// 0.45 above the pupils, the hair of most begins above 0.9, and the chin ends 0.68 below the mouth. Positions below
// the eyes are given for a mouth at 1.
var patches = makePatches()

func makePatches() []patch {
	var ps []patch
	grid := func(moves motion, x0, y0, x1, y1 float64, cols, rows int) {
		w, h := (x1-x0)/float64(cols), (y1-y0)/float64(rows)
		for r := range rows {
			for c := range cols {
				x, y := x0+float64(c)*w, y0+float64(r)*h
				ps = append(ps, patch{x, y, x + w, y + h, moves})
			}
		}
	}
	grid(withForehead, -0.66, -0.88, 0.66, -0.48, 3, 2)
	grid(withCheeks, -0.86, 0.36, -0.28, 0.92, 2, 2)
	grid(withCheeks, 0.28, 0.36, 0.86, 0.92, 2, 2)
	return append(ps,
		patch{-0.17, 0.08, 0.17, 0.56, withNose},
		patch{-0.28, 0.27, 0.28, 0.53, withChin}) // from the mouth
}

// place returns patch k on a face of this shape, in the face's own directions.
func (s shape) place(k int) patch {
	q := patches[k]
	// A narrow face has narrow cheeks.
	wide := min(1, s.ears/usual.ears)
	mid := (s.turned(-0.5) + s.turned(0.5)) / 2
	switch q.moves {
	case withForehead:
		q.x0, q.x1 = s.turned(q.x0*wide)-mid, s.turned(q.x1*wide)-mid
	case withCheeks:
		q.x0, q.x1 = s.turned(q.x0*wide)-mid, s.turned(q.x1*wide)-mid
		q.y0, q.y1 = q.y0*s.mouth[1], q.y1*s.mouth[1]
	case withNose: // its bridge turns less than its tip
		c := math.Cos(s.yaw)
		q.x0, q.x1 = q.x0*c+0.6*s.nose[0], q.x1*c+0.6*s.nose[0]
		q.y0, q.y1 = q.y0*s.mouth[1], q.y1*s.mouth[1]
	case withChin: // it turns less than the lips
		c := math.Cos(s.yaw)
		q.x0, q.x1 = q.x0*c+0.75*s.mouth[0], q.x1*c+0.75*s.mouth[0]
		q.y0, q.y1 = q.y0+s.mouth[1], q.y1+s.mouth[1]
	}
	return q
}

// soft is the width of a patch's border over which weights fall from one to zero, as a share of its side: no pixel
// enters or leaves a patch abruptly.
const soft = 0.15

// reader reads patches of one frame, every step-th cell in both directions. area has the cells read last.
type reader struct {
	frame video.Frame
	area  *cells
	step  int
}

// over calls visit for every cell of a patch at a pose, with the cell's place in area and its weight, above 0 to 1.
func (r reader) over(q patch, p pose, visit func(at int, w float64)) {
	cos, sin := math.Cos(p.tilt), math.Sin(p.tilt)
	mx, my := (q.x0+q.x1)/2, (q.y0+q.y1)/2
	hw, hh := (q.x1-q.x0)/2, (q.y1-q.y0)/2
	c := r.area
	// The box around the turned patch and its soft border, in cells; all patches are read on one grid.
	cx, cy := p.x+p.d*(cos*mx-sin*my), p.y+p.d*(sin*mx+cos*my)
	rx := p.d * (1 + soft) * (math.Abs(cos)*hw + math.Abs(sin)*hh)
	ry := p.d * (1 + soft) * (math.Abs(sin)*hw + math.Abs(cos)*hh)
	x0, y0 := max(0, int((cx-rx)/2))/r.step*r.step, max(0, int((cy-ry)/2))/r.step*r.step
	c.gather(r.frame, x0, y0, int((cx+rx)/2)+1, int((cy+ry)/2)+1, r.step)
	if hw <= 0 || hh <= 0 {
		return
	}
	kx, ky := 1/(2*soft*hw), 1/(2*soft*hh)
	for j := range c.h {
		dy := (float64(2*(c.y0+j*c.step)) + 1 - p.y) / p.d
		for i := range c.w {
			dx := (float64(2*(c.x0+i*c.step)) + 1 - p.x) / p.d
			wu := min(1, (hw-math.Abs(cos*dx+sin*dy-mx))*kx+0.5)
			wv := min(1, (hh-math.Abs(cos*dy-sin*dx-my))*ky+0.5)
			if wu > 0 && wv > 0 {
				visit(j*c.w+i, wu*wv)
			}
		}
	}
}

// measure averages the colour of every patch at a pose. Pixels that pass the skin mask count; where hardly any
// passes, all pixels of the patch count.
func measure(from reader, p pose, s shape, skin *skinModel, out []rppg.Colour) {
	c := from.area
	for k := range patches {
		var all, pass mean
		var clipped float64
		from.over(s.place(k), p, func(at int, w float64) {
			r, g, b := float64(c.r[at]), float64(c.g[at]), float64(c.b[at])
			all.add(w, r, g, b)
			pass.add(w*skin.weight(r, g, b), r, g, b)
			clipped += w * float64(c.clipped[at])
		})
		best := pass
		if pass.n < 0.02*all.n {
			best = all
		}
		out[k] = best.colour()
		out[k].Pixels, out[k].Clipped, out[k].Skin = 4*all.n, clipped, 4*pass.n
	}
}

// mean adds up weighted colours.
type mean struct{ n, r, g, b float64 }

func (m *mean) add(w, r, g, b float64) {
	m.n += w
	m.r += w * r
	m.g += w * g
	m.b += w * b
}

// colour is the weighted mean on the 0..255 scale; zero without weight.
func (m *mean) colour() rppg.Colour {
	if m.n == 0 {
		return rppg.Colour{}
	}
	level := func(v float64) float64 { return min(max(v/m.n, 0), 255) }
	return rppg.Colour{R: level(m.r), G: level(m.g), B: level(m.b)}
}
