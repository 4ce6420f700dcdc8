// Package blazeface finds faces in a small square picture: BlazeFace, short range
// (Bazarevsky, Kartynnik, Vakunov, Raveendran, Grundmann 2019, "BlazeFace:
// Sub-millisecond neural face detection on mobile GPUs", arXiv:1907.05047), with
// the weights that MediaPipe publishes.
package blazeface

import (
	"math"
	"slices"
)

// Side is the width and height of the picture in pixels.
const Side = 128

// Picture is a square of RGB, line by line, levels −1..1.
type Picture [Side * Side * 3]float32

// Points of a face, in the order of Face.Points. Right and left are the person's own.
const (
	RightEye = iota
	LeftEye
	Nose
	Mouth
	RightEar
	LeftEar
	points
)

// Face is one face. Lengths are shares of the picture's side, from its left upper corner.
type Face struct {
	X, Y, W, H float64 // centre and size of the box from brows to chin
	Points     [points][2]float64
	Score      float64 // 0..1
}

// unite is the overlap, intersection over union, above which boxes are of one face.
const unite = 0.3

// Detect returns the faces with a score of at least limit, highest score first.
func (n *Net) Detect(p *Picture, limit float64) []Face {
	n.run(p, nil)
	logit := float32(math.Log(limit / (1 - limit)))
	var all []Face
	for i, s := range n.scores {
		if s >= logit {
			all = append(all, face(i, s, n.boxes[i*values:][:values]))
		}
	}
	return merge(all)
}

// The anchors: the centres of the cells of a grid of 16 × 16, twice, and of one of 8 × 8, six times.
const (
	fine, coarse             = 16, 8
	fineAnchors, coarseCount = 2, 6
	fineAll                  = fine * fine * fineAnchors
	anchors                  = fineAll + coarse*coarse*coarseCount
	values                   = 4 + 2*points // of an anchor: its box and points, in pixels from its centre
)

// face decodes the values of one anchor.
func face(anchor int, logit float32, v []float32) Face {
	cell, grid := anchor/fineAnchors, fine
	if anchor >= fineAll {
		cell, grid = (anchor-fineAll)/coarseCount, coarse
	}
	x, y := (float64(cell%grid)+0.5)/float64(grid), (float64(cell/grid)+0.5)/float64(grid)
	f := Face{
		X: x + float64(v[0])/Side, Y: y + float64(v[1])/Side, W: float64(v[2]) / Side, H: float64(v[3]) / Side,
		Score: 1 / (1 + math.Exp(-float64(logit))),
	}
	for k := range f.Points {
		f.Points[k] = [2]float64{x + float64(v[4+2*k])/Side, y + float64(v[5+2*k])/Side}
	}
	return f
}

// merge replaces each group of boxes that overlap with its highest-scoring one by their mean, weighted by score.
func merge(all []Face) []Face {
	slices.SortStableFunc(all, func(a, b Face) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	var out []Face
	for len(all) > 0 {
		top := all[0]
		m := Face{Score: top.Score}
		sum := 0.0
		all = slices.DeleteFunc(all, func(f Face) bool {
			if f != top && overlap(f, top) <= unite {
				return false
			}
			sum += f.Score
			share := f.Score / sum
			mix := func(to *float64, v float64) { *to += share * (v - *to) }
			mix(&m.X, f.X)
			mix(&m.Y, f.Y)
			mix(&m.W, f.W)
			mix(&m.H, f.H)
			for k := range m.Points {
				mix(&m.Points[k][0], f.Points[k][0])
				mix(&m.Points[k][1], f.Points[k][1])
			}
			return true
		})
		out = append(out, m)
	}
	return out
}

// overlap is the intersection of two boxes over their union.
func overlap(a, b Face) float64 {
	w := min(a.X+a.W/2, b.X+b.W/2) - max(a.X-a.W/2, b.X-b.W/2)
	h := min(a.Y+a.H/2, b.Y+b.H/2) - max(a.Y-a.H/2, b.Y-b.H/2)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / (a.W*a.H + b.W*b.H - w*h)
}
