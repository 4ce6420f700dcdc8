package face

import (
	"math"

	"blush.example/blush/video"
)

// View is what a Tracker knows about the last frame besides its sample.
type View struct {
	// Width and Height of the frame in pixels.
	Width, Height int
	// Frontal is set while the face is followed and the detector, which hardly recognises faces from the side, has
	// confirmed it within the last few seconds.
	Frontal bool
	// Yaw is the rotation of the head in rad, positive when the nose points to the right in the picture; 0 without
	// a face. Its error is some 5 degrees.
	Yaw float64
}

// View returns the view of the last frame.
func (t *Tracker) View() View {
	v := View{Width: t.size[0], Height: t.size[1], Frontal: t.tracking && t.strikes < 2}
	if t.tracking {
		v.Yaw = t.yaw
	}
	return v
}

// leastOther is the size of another face, relative to the followed one, from which it is a second person and not a
// picture on the wall.
const leastOther = 0.4

// Others counts the faces in a frame besides the followed one; it is 0 while no face is followed. The frame must
// be the last one added. It searches the whole picture, which takes longer than all other work on a frame: once in
// a second or two is enough.
func (t *Tracker) Others(f video.Frame) int {
	if !t.tracking {
		return 0
	}
	n := 0
	for _, d := range t.find.look(f, whole(f), likely) {
		p, _ := d.read()
		if p.d < leastOther*t.pose.d || math.Hypot(p.x-t.pose.x, p.y-t.pose.y) < t.pose.d+p.d {
			continue
		}
		if _, ok := t.find.confirm(f, d, sure); ok {
			n++
		}
	}
	return n
}

// Outlines returns the corners of the patches in the last frame in the order of the trace's regions, x and y in
// pixels; nil without a face.
func (t *Tracker) Outlines() [][4][2]float64 {
	if !t.tracking {
		return nil
	}
	out := make([][4][2]float64, len(patches))
	for k := range patches {
		q := t.shape.place(k)
		for i, c := range [4][2]float64{{q.x0, q.y0}, {q.x1, q.y0}, {q.x1, q.y1}, {q.x0, q.y1}} {
			out[k][i][0], out[k][i][1] = t.pose.picture(c[0], c[1])
		}
	}
	return out
}
