// Package face finds a face in the frames of a video, follows it, and reduces
// each frame to the mean colours of 16 patches of skin and of the background:
// an [rppg.Trace]. It is the same on a server and in a browser.
//
// Faces are found by pigo (Markuš et al. 2014, "Object detection with pixel
// intensity comparisons organized in decision trees", arXiv:1305.4537), eyes by a
// cascade of the same authors, and the face is followed between detections by template alignment.
package face

import (
	"context"
	"iter"
	"math"

	"blush/rppg"
	"blush/video"
)

// Options of a Tracker; the zero value is ready to use.
type Options struct {
	// MinFace is the smallest face to look for, as a share of the longer side of the picture; 0 means 1/12.
	MinFace float64
}

// Capture reads frames to the end and returns their trace. An error of the
// frames or of ctx ends it; a recording without a face gives a trace all the same.
func Capture(ctx context.Context, frames iter.Seq2[video.Frame, error], info video.Info, opt Options) (*rppg.Trace, error) {
	t := New(opt)
	tr := t.Trace()
	tr.Device = rppg.Device{Source: "video", Width: info.Width, Height: info.Height, Codec: info.Codec, Timing: rppg.Timing(info.Timing)}
	for f, err := range frames {
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		tr.Append(t.Add(f))
	}
	return tr, nil
}

// Tracker turns frames into samples, one by one, with bounded memory. It is
// not safe for concurrent use.
type Tracker struct {
	opt  Options
	find finder

	small gray
	step  int // pixels of the frame per pixel of small
	size  [2]int

	template   template
	tracking   bool
	at         pose    // of the template, in pixels of small
	correction pose    // from the template's pose to the eyes: shifts and size in pupil distances, slow
	confirmed  float64 // distance of the pupils when the face was last confirmed
	candidate  found
	strikes    int // detections in a row that did not confirm the face
	lookedMS   float64
	lostMS     float64
	lastMS     float64
	frames     int
	filter     [4]euro

	skin      skinModel
	sinceMS   float64 // when this face was found
	anchor    pose    // where the face was then, in pixels of the frame
	every     int     // which cells of the face are read: 1 all, 2 every other in both directions
	area      cells
	behind    cells
	shoulders shoulders
}

// New returns a Tracker.
func New(opt Options) *Tracker {
	if opt.MinFace <= 0 {
		opt.MinFace = 1.0 / 12
	}
	return &Tracker{opt: opt, find: loadFinder(), lookedMS: math.Inf(-1), lostMS: math.Inf(-1)}
}

// Trace returns an empty trace with the regions that the samples of a Tracker fill.
func (t *Tracker) Trace() *rppg.Trace {
	tr := &rppg.Trace{Version: 1, Site: rppg.Face, Background: &rppg.Region{Name: "background"}}
	for _, p := range patches {
		tr.Regions = append(tr.Regions, rppg.Region{Name: p.name})
	}
	return tr
}

// Times in ms and thresholds of following a face.
const (
	lookEvery   = 500  // between detections while a face is followed
	searchEvery = 200  // between detections while there is none for longer than patience
	patience    = 2000 //
	learnMS     = 2000 // the skin mask is learned so long
	// Correlation of the face with its template under which it is looked for anew, and under which it is lost.
	matchDoubt, matchLost = 0.70, 0.45
	// plenty is the distance of the pupils in pixels from which a quarter of the
	// cells gives a patch some 600 pixels, and all of them would take too long in
	// a browser.
	plenty = 160
	// sureScore is a detection that needs no second one to confirm it.
	sureScore = 100
)

// Add takes one frame; it may be in any order of time, though faces are followed best in the right one.
func (t *Tracker) Add(f video.Frame) rppg.Sample {
	t.small, t.step = shrink(f, t.small)
	b := f.Image.Bounds()
	if size := [2]int{b.Dx(), b.Dy()}; size != t.size {
		t.size, t.tracking = size, false
	}
	dt := (f.TimeMS - t.lastMS) / 1000
	if dt <= 0 || dt > 0.5 {
		dt = 1.0 / 30
	}
	s := rppg.Sample{TimeMS: f.TimeMS, Regions: make([]rppg.Colour, len(patches))}
	fresh := t.locate(f.TimeMS)
	t.lastMS = f.TimeMS
	t.frames++
	if t.tracking {
		p := t.eyes(dt, fresh)
		if fresh {
			t.anchor, t.sinceMS, t.skin, t.every = p, f.TimeMS, skinModel{}, 1
			if p.d >= plenty {
				t.every = 2
			}
			t.shoulders.place(f, p)
		}
		t.look(f, p, &s)
	}
	s.Background = t.background(f)
	return s
}

// look measures the face at a pose in pixels of the frame.
func (t *Tracker) look(f video.Frame, p pose, s *rppg.Sample) {
	x0, y0, x1, y1 := around(p)
	k := t.every
	t.area.gather(f, max(0, x0)/k*k, max(0, y0)/k*k, x1, y1, k)
	if t.skin.frames == 0 || t.frames%4 == 0 && f.TimeMS-t.sinceMS < learnMS {
		t.skin.learn(&t.area, p)
	}
	measure(&t.area, p, &t.skin, s.Regions)
	s.ShoulderDY = t.shoulders.step(f)
	s.FaceBox = rppg.Box{p.x - 1.15*p.d, p.y - 1.15*p.d, 2.3 * p.d, 3.05 * p.d}
	s.Landmarks = landmarks(p)
}

// landmarks are the pupils, and nose and mouth where the average face has them.
func landmarks(p pose) (out [10]float64) {
	c, s := math.Cos(p.tilt)*p.d, math.Sin(p.tilt)*p.d
	for i, q := range [5][2]float64{{-0.5, 0}, {0.5, 0}, {0, 0.62}, {-0.42, 1.05}, {0.42, 1.05}} {
		out[2*i], out[2*i+1] = p.x+q[0]*c-q[1]*s, p.y+q[0]*s+q[1]*c
	}
	return out
}

// eyes returns the smoothed pose in pixels of the frame.
func (t *Tracker) eyes(dt float64, fresh bool) pose {
	if fresh {
		t.filter = [4]euro{}
	}
	k := float64(t.step)
	c, s := math.Cos(t.at.tilt)*t.at.d, math.Sin(t.at.tilt)*t.at.d
	x := t.at.x + t.correction.x*c - t.correction.y*s
	y := t.at.y + t.correction.x*s + t.correction.y*c
	d := t.at.d * math.Exp(t.correction.d) * k
	return pose{
		x:    t.filter[0].step((x+0.5)*k, dt, 5, 4/d),
		y:    t.filter[1].step((y+0.5)*k, dt, 5, 4/d),
		d:    t.filter[2].step(d, dt, 1.5, 4/d),
		tilt: t.filter[3].step(t.at.tilt+t.correction.tilt, dt, 1.5, 4),
	}
}

// background averages what is beside the face: the upper part of the left and
// right edges of the picture without the person as first seen. Without a face, all of them.
func (t *Tracker) background(f video.Frame) rppg.Colour {
	w, h := t.size[0]/2, t.size[1]/2
	step := max(1, max(w, h)/80)
	side := max(1, w/6)
	var m mean
	var clipped float64
	for pass := range 2 {
		for _, x0 := range [2]int{0, w - side} {
			t.behind.gather(f, x0, 0, x0+side, h*6/10, step)
			for i := range t.behind.r {
				if t.tracking && pass == 0 {
					x := float64(2*(t.behind.x0+i%t.behind.w*step) + 1)
					y := float64(2*(t.behind.y0+i/t.behind.w*step) + 1)
					if math.Abs(x-t.anchor.x) < 2*t.anchor.d && y > t.anchor.y-2.5*t.anchor.d {
						continue
					}
				}
				m.add(1, float64(t.behind.r[i]), float64(t.behind.g[i]), float64(t.behind.b[i]))
				clipped += float64(t.behind.clipped[i])
			}
		}
		if m.n >= 30 || !t.tracking {
			break
		}
		m, clipped = mean{}, 0
	}
	c := m.colour()
	c.Pixels, c.Clipped = 4*m.n, clipped
	return c
}
