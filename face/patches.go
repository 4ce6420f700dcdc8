package face

import (
	"math"
	"strconv"

	"blush/rppg"
)

// patch is a rectangle of skin in units of the pupil distance, x to the right
// and y down in the picture, from the middle between the pupils.
type patch struct {
	name           string
	x0, y0, x1, y1 float64
}

// patches are the 16 regions of engine.md 1.2: where the skin is thin and well
// supplied (Kim 2021, Sensors 21:7923: forehead and malar areas). Eyes, brows and mouth stay out.
var patches = makePatches()

func makePatches() []patch {
	var ps []patch
	grid := func(name string, x0, y0, x1, y1 float64, cols, rows int) {
		w, h := (x1-x0)/float64(cols), (y1-y0)/float64(rows)
		for r := range rows {
			for c := range cols {
				x, y := x0+float64(c)*w, y0+float64(r)*h
				ps = append(ps, patch{name + "_" + strconv.Itoa(r*cols+c+1), x, y, x + w, y + h})
			}
		}
	}
	grid("forehead", -0.72, -0.98, 0.72, -0.48, 3, 2)
	grid("cheek_left", -0.88, 0.36, -0.28, 0.96, 2, 2)
	grid("cheek_right", 0.28, 0.36, 0.88, 0.96, 2, 2)
	return append(ps,
		patch{"nose", -0.17, 0.08, 0.17, 0.58},
		patch{"chin", -0.30, 1.42, 0.30, 1.72})
}

// The rectangle that holds all patches and their soft borders.
const allX, allTop, allBottom = 0.98, -1.07, 1.80

// around returns the rectangle of cells that holds all patches at a pose.
func around(p pose) (x0, y0, x1, y1 int) {
	c, s := math.Cos(p.tilt)*p.d, math.Sin(p.tilt)*p.d
	mid := (allTop + allBottom) / 2
	x, y := p.x-s*mid, p.y+c*mid
	rx := math.Abs(c)*allX + math.Abs(s)*(allBottom-mid)
	ry := math.Abs(s)*allX + math.Abs(c)*(allBottom-mid)
	return int((x - rx) / 2), int((y - ry) / 2), int((x+rx)/2) + 1, int((y+ry)/2) + 1
}

// soft is the width of a patch's border over which weights fall from one to zero, as a share of its side:
// a pixel never jumps in or out.
const soft = 0.15

// measure averages the colour of every patch at a pose. Pixels that pass the
// skin mask count; where hardly any does, all of the patch do.
func measure(c *cells, p pose, skin *skinModel, out []rppg.Colour) {
	cos, sin := math.Cos(p.tilt), math.Sin(p.tilt)
	for k, q := range patches {
		mx, my := (q.x0+q.x1)/2, (q.y0+q.y1)/2
		hw, hh := (q.x1-q.x0)/2, (q.y1-q.y0)/2
		// The box around the turned patch and its soft border, in cells.
		cx, cy := p.x+p.d*(cos*mx-sin*my), p.y+p.d*(sin*mx+cos*my)
		rx := p.d * (1 + soft) * (math.Abs(cos)*hw + math.Abs(sin)*hh)
		ry := p.d * (1 + soft) * (math.Abs(sin)*hw + math.Abs(cos)*hh)
		i0, i1 := max(0, (int((cx-rx)/2)-c.x0)/c.step), min(c.w-1, (int((cx+rx)/2)-c.x0)/c.step)
		j0, j1 := max(0, (int((cy-ry)/2)-c.y0)/c.step), min(c.h-1, (int((cy+ry)/2)-c.y0)/c.step)
		kx, ky := 1/(2*soft*hw), 1/(2*soft*hh)
		var all, pass mean
		var clipped float64
		for j := j0; j <= j1; j++ {
			dy := (float64(2*(c.y0+j*c.step)) + 1 - p.y) / p.d
			for i := i0; i <= i1; i++ {
				dx := (float64(2*(c.x0+i*c.step)) + 1 - p.x) / p.d
				wu := min(1, (hw-math.Abs(cos*dx+sin*dy-mx))*kx+0.5)
				wv := min(1, (hh-math.Abs(cos*dy-sin*dx-my))*ky+0.5)
				if wu <= 0 || wv <= 0 {
					continue
				}
				at := j*c.w + i
				r, g, b := float64(c.r[at]), float64(c.g[at]), float64(c.b[at])
				w := wu * wv
				all.add(w, r, g, b)
				pass.add(w*skin.weight(r, g, b), r, g, b)
				clipped += w * float64(c.clipped[at])
			}
		}
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
