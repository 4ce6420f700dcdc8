package face

import "math"

// View is what a Tracker knows of the last frame beyond its sample.
type View struct {
	// Width and Height of the frame in pixels.
	Width, Height int
	// Frontal is set while the face is followed and the detector, which knows
	// faces from the front alone, has confirmed it within the last second or so.
	Frontal bool
}

// View returns the view of the last frame.
func (t *Tracker) View() View {
	return View{Width: t.size[0], Height: t.size[1], Frontal: t.tracking && t.strikes < 2}
}

// leastCompany is the size of a face beside the followed one, relative to it,
// from which it is a second person and not a picture on the wall.
const leastCompany = 0.4

// Others counts the faces in the last frame besides the followed one, 0 while
// there is none. It looks through the whole picture, which takes longer than
// all else that is done with a frame: once a second is often enough.
func (t *Tracker) Others() int {
	if !t.tracking {
		return 0
	}
	side := t.at.d / (2 * eyeDX)
	cx, cy := t.at.x, t.at.y-eyeDY*side
	n := 0
	for _, d := range t.find.detect(t.small, int(leastCompany*side)) {
		if math.Hypot(d.x-cx, d.y-cy) > 0.5*(side+d.size)*0.8 {
			n++
		}
	}
	return n
}
