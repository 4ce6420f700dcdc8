package simulate

import (
	"math"

	"blush.example/blush/rppg"
)

// travel is the movement of the head, in face widths, for a motion of 1.
const travel = 2.0

// faceWidth returns the width of the face box in px: 160 px gives patches of 400 px.
func (w *world) faceWidth() float64 { return 160 * math.Sqrt(w.Camera.Pixels/400) }

// geometry makes the face box and the landmarks of each frame from the movement of the head and of the camera,
// with the error of a smoothed detector (0.2 px).
func (w *world) geometry() ([]rppg.Box, [][10]float64) {
	width := w.faceWidth()
	var move [4][]float64
	for k := range move {
		move[k] = expose(w.head[k], w.times, grid)
	}
	for k := range w.hand {
		for i, v := range w.carried(k) {
			move[k][i] += v
		}
	}
	noise := 0.2
	if w.Detector.Exact {
		noise = 0
	}
	boxes, marks := make([]rppg.Box, len(w.times)), make([][10]float64, len(w.times))
	points := [5][2]float64{{-0.38, -0.2}, {0.38, -0.2}, {0, 0.15}, {-0.3, 0.5}, {0.3, 0.5}}
	for i := range boxes {
		x := 320 + travel*width*move[0][i] + noise*w.NormFloat64()
		y := 230 + travel*width*move[1][i] + noise*w.NormFloat64()
		boxes[i] = rppg.Box{x - width/2, y - width/2, width, width}
		for k, p := range points {
			near := 1.0 // the nose turns furthest
			if k == 2 {
				near = 1.6
			}
			marks[i][2*k] = x + width/2*(p[0]+travel*near*move[2][i]) + noise*w.NormFloat64()
			marks[i][2*k+1] = y + width/2*(p[1]+travel*near*move[3][i]) + noise*w.NormFloat64()
		}
	}
	return boxes, marks
}

// find moves box and landmarks by the detector's error: light changes by its own size over about a face's width.
func (w *world) find(tr *rppg.Trace) {
	for k, off := range w.found {
		for i, v := range off {
			v *= w.faceWidth()
			tr.FaceBox[i][k] += v
			for p := k; p < len(tr.Landmarks[i]); p += 2 {
				tr.Landmarks[i][p] += v
			}
		}
	}
}

// shoulders makes the vertical shift of the upper chest since the frame before in
// px: breathing of about 1 % of the face's width (up is negative), sway of the body
// and 0.05 px of error a frame.
func (w *world) shoulders() []float64 {
	width := w.faceWidth()
	depth := 0.01 * width * w.spread(0.4)
	if !w.Pulse {
		depth = 0 // a thing that doesn't breathe
	}
	sway := w.ou(w.n, grid, 4, 1)
	place := make([]float64, w.n)
	for i := range place {
		place[i] = -depth*w.breath[i] + 0.3*travel*width*(w.Motion.Sway*sway[i]+w.head[1][i])
	}
	y := expose(place, w.times, grid)
	for i, v := range w.carried(1) {
		y[i] += travel * width * v
	}
	dy := make([]float64, len(y))
	for i := 1; i < len(y); i++ {
		dy[i] = y[i] - y[i-1] + 0.05*w.NormFloat64()
	}
	return dy
}

// hideFace turns the trace into one in which no face was found.
func (w *world) hideFace(tr *rppg.Trace) {
	for k := range tr.Regions {
		reg := &tr.Regions[k]
		for _, x := range [][]float64{reg.R, reg.G, reg.B, reg.Pixels, reg.Clipped, reg.Skin} {
			clear(x)
		}
	}
	clear(tr.FaceBox)
	clear(tr.Landmarks)
}

// disorder changes the order and the times of the frames as the clock says.
func (c Clock) disorder(r random, tr *rppg.Trace) {
	n := len(tr.TimeMS)
	order := make([]int, 0, n)
	for i := range n {
		order = append(order, i)
		if c.Doubled > 0 && r.Float64() < c.Doubled {
			order = append(order, i)
		}
	}
	if c.Unsorted > 0 {
		for i := range order {
			if r.Float64() < c.Unsorted {
				j := min(len(order)-1, i+1+r.IntN(5))
				order[i], order[j] = order[j], order[i]
			}
		}
	}
	if c.Unsorted > 0 || c.Doubled > 0 {
		reorder(tr, order)
	}
	if c.Back > 0 {
		for i := len(tr.TimeMS) / 2; i < len(tr.TimeMS); i++ {
			tr.TimeMS[i] -= 1000 * c.Back
		}
	}
}

// reorder rewrites every column of a trace in the order of the given frames.
func reorder(tr *rppg.Trace, order []int) {
	tr.TimeMS, tr.ShoulderDY = pick(tr.TimeMS, order), pick(tr.ShoulderDY, order)
	tr.FaceBox, tr.Landmarks = pick(tr.FaceBox, order), pick(tr.Landmarks, order)
	for k := range tr.Regions {
		reorderRegion(&tr.Regions[k], order)
	}
	if tr.Background != nil {
		reorderRegion(tr.Background, order)
	}
}

func reorderRegion(r *rppg.Region, order []int) {
	for _, x := range []*[]float64{&r.R, &r.G, &r.B, &r.Pixels, &r.Clipped, &r.Skin} {
		*x = pick(*x, order)
	}
}

func pick[T any](x []T, order []int) []T {
	if len(x) == 0 {
		return x
	}
	y := make([]T, len(order))
	for i, k := range order {
		y[i] = x[k]
	}
	return y
}
