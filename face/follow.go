package face

import "math"

// The template covers the face in units of the pupil distance from the middle between the pupils: brows to upper
// lip, cheekbone to cheekbone. Hair, ears and jaw are excluded, because the background moves behind them.
const (
	gridW, gridH         = 30, 30
	gridLeft, gridTop    = -0.95, -0.75
	gridWidth, gridDepth = 1.9, 1.9
	gridCells            = gridW * gridH
)

// template follows a face between detections: the inverse compositional algorithm of Baker & Matthews 2004
// ("Lucas-Kanade 20 years on", IJCV 56:221) for shift, size and tilt, on luma normalised by its mean and spread,
// so that light may change.
type template struct {
	mean   [gridCells]float64    // normalised luma of the face: mean 0, spread 1
	steep  [gridCells][4]float64 // change of mean with shift x, y, growth and tilt, in pupil distances
	solve  [4][4]float64         // inverse of the sum of steep·steepᵀ
	depth  float64               // contrast: spread over mean level
	usable bool
}

// sample reads the face at a pose, standardised; it returns the spread in grey levels and the contrast.
func sample(g gray, p pose, out *[gridCells]float64) (sd, depth float64) {
	c, s := math.Cos(p.tilt)*p.d, math.Sin(p.tilt)*p.d
	const du, dv = gridWidth / (gridW - 1), gridDepth / (gridH - 1)
	var sum, sum2 float64
	i := 0
	for r := range gridH {
		v := gridTop + float64(r)*dv
		x, y := p.x+gridLeft*c-v*s, p.y+gridLeft*s+v*c
		for range gridW {
			z := g.at(x, y)
			out[i] = z
			sum += z
			sum2 += z * z
			x += du * c
			y += du * s
			i++
		}
	}
	mean := sum / gridCells
	sd = math.Sqrt(max(0, sum2/gridCells-mean*mean))
	for i := range out {
		out[i] = (out[i] - mean) / (sd + 1e-9)
	}
	return sd, sd / (mean + 1)
}

// learn takes the face at a pose as the template.
func (t *template) learn(g gray, p pose) {
	sd, depth := sample(g, p, &t.mean)
	t.depth = depth
	t.prepare()
	t.usable = t.usable && sd > 0.5
}

// prepare computes the steepest-descent images and the inverse Hessian from the template.
func (t *template) prepare() {
	const du, dv = gridWidth / (gridW - 1), gridDepth / (gridH - 1)
	var h [4][4]float64
	for r := range gridH {
		for c := range gridW {
			i := r*gridW + c
			l, rr := max(c-1, 0), min(c+1, gridW-1)
			up, dn := max(r-1, 0), min(r+1, gridH-1)
			gx := (t.mean[r*gridW+rr] - t.mean[r*gridW+l]) / (float64(rr-l) * du)
			gy := (t.mean[dn*gridW+c] - t.mean[up*gridW+c]) / (float64(dn-up) * dv)
			u, v := gridLeft+float64(c)*du, gridTop+float64(r)*dv
			t.steep[i] = [4]float64{gx, gy, gx*u + gy*v, -gx*v + gy*u}
			for a := range 4 {
				for b := range 4 {
					h[a][b] += t.steep[i][a] * t.steep[i][b]
				}
			}
		}
	}
	t.solve, t.usable = invert(h)
}

// follow moves a pose to where the template fits best; match is the
// correlation there, -1..1.
func (t *template) follow(g gray, p pose) (moved pose, match float64) {
	var now [gridCells]float64
	for range 12 {
		sample(g, p, &now)
		var b [4]float64
		for i := range now {
			e := now[i] - t.mean[i]
			for a := range 4 {
				b[a] += t.steep[i][a] * e
			}
		}
		var d [4]float64
		for a := range 4 {
			for k := range 4 {
				d[a] += t.solve[a][k] * b[k]
			}
			d[a] = min(max(d[a], -0.25), 0.25)
		}
		c, s := math.Cos(p.tilt)*p.d, math.Sin(p.tilt)*p.d
		p.x -= c*d[0] - s*d[1]
		p.y -= s*d[0] + c*d[1]
		p.d /= 1 + d[2]
		p.tilt -= d[3]
		if math.Abs(d[0])+math.Abs(d[1])+math.Abs(d[2])+math.Abs(d[3]) < 2e-4 {
			break
		}
	}
	_, depth := sample(g, p, &now)
	for i := range now {
		match += now[i] * t.mean[i] / gridCells
	}
	if depth < 0.4*t.depth || depth > 2.5*t.depth {
		match = min(match, 0) // a wall with a faint shadow, or an edge, isn't a face
	}
	return p, match
}

// blend moves the template a little towards the face at a pose, so that it adapts to expression and rotation.
func (t *template) blend(g gray, p pose, share float64) {
	var now [gridCells]float64
	sample(g, p, &now)
	for i := range now {
		t.mean[i] += share * (now[i] - t.mean[i])
	}
	t.prepare()
}

// invert solves a symmetric 4×4 system by Gauss-Jordan elimination; ok is false when it has no unique solution.
func invert(h [4][4]float64) (inv [4][4]float64, ok bool) {
	for i := range 4 {
		inv[i][i] = 1
		h[i][i] *= 1 + 1e-6
	}
	for i := range 4 {
		if h[i][i] < 1e-9 {
			return inv, false
		}
		k := 1 / h[i][i]
		for j := range 4 {
			h[i][j] *= k
			inv[i][j] *= k
		}
		for r := range 4 {
			if r == i {
				continue
			}
			f := h[r][i]
			for j := range 4 {
				h[r][j] -= f * h[i][j]
				inv[r][j] -= f * inv[i][j]
			}
		}
	}
	return inv, true
}

// euro is the One-Euro filter (Casiez, Roussel, Vogel 2012, CHI): a low-pass
// whose cut-off rises with speed, so that a still face is steady and a moving one is not late.
type euro struct {
	value, speed float64
	set          bool
}

// step filters one value; dt in s, floor in Hz, slope in Hz per unit of value a second.
func (e *euro) step(v, dt, floor, slope float64) float64 {
	if !e.set || dt <= 0 {
		*e = euro{value: v, set: true}
		return v
	}
	share := func(hz float64) float64 {
		r := 2 * math.Pi * hz * dt
		return r / (r + 1)
	}
	e.speed += share(1) * ((v-e.value)/dt - e.speed)
	e.value += share(floor+slope*math.Abs(e.speed)) * (v - e.value)
	return e.value
}
