// Package face finds a face in the frames of a video, follows it, and reduces
// each frame to the mean colours of 16 patches of skin and of the background:
// an [rppg.Trace]. It is the same on a server and in a browser.
//
// Faces and six points of each are found by BlazeFace (package blazeface), and a
// face is followed between detections by template alignment.
package face

import (
	"bytes"
	"context"
	"image"
	"iter"
	"math"

	"blush.example/blush/rppg"
	"blush.example/blush/video"
)

// Options of a Tracker; the zero value is ready to use.
type Options struct {
	// MinFace is the smallest face to look for, as a share of the longer side of the picture; 0 means 1/16.
	MinFace float64
}

// Capture reads frames to the end and returns their trace. An error of the
// frames or of ctx ends it; a recording without a face gives a trace nevertheless.
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
	find *finder

	small, before gray // this frame and the one before
	step          int  // pixels of the frame per pixel of small
	size          [2]int
	still         bool // the small picture is that of the frame before
	shown         shown

	template  template
	tracking  bool
	at        pose    // of the template, in pixels of small
	fits      settler // difference between the template's pose and the face's, and the face's shape
	yaw       float64 // as last detected
	confirmed pose    // of the face when it was last confirmed, in pixels of small
	strikes   int     // consecutive detections that did not confirm the face
	looks     uint64  // detections of a followed face
	searches  int     // since the face was lost
	turns     int     // searches of the picture turned
	lookedMS  float64
	turnedMS  float64 // time of the last of these
	nextMS    float64
	lostMS    float64
	lastMS    float64
	frames    int
	filter    [4]euro
	pose      pose // smoothed, in pixels of the frame
	shape     shape

	skin      skinModel
	sinceMS   float64         // when this face was found
	anchor    pose            // where the face was then, in pixels of the frame
	inside    image.Rectangle // the picture within its border then, in pixels of the frame
	every     int             // which cells of the face are read: 1 all, 2 every other in both directions
	area      cells
	behind    cells
	shoulders shoulders
}

// New returns a Tracker.
func New(opt Options) *Tracker {
	if opt.MinFace <= 0 {
		opt.MinFace = 1.0 / 16
	}
	return &Tracker{opt: opt, find: newFinder(), lookedMS: math.Inf(-1), lostMS: math.Inf(-1)}
}

// Trace returns an empty trace with the regions that the samples of a Tracker fill.
func (t *Tracker) Trace() *rppg.Trace {
	tr := &rppg.Trace{Version: 1, Site: rppg.Face, Background: &rppg.Region{Name: "background"}}
	for _, name := range rppg.FacePatches {
		tr.Regions = append(tr.Regions, rppg.Region{Name: name})
	}
	return tr
}

// Times in ms, and thresholds, for following a face.
const (
	doubtEvery  = 60   // between detections while a face hardly fits its template
	seekEvery   = 60   // between searches while there is none
	searchEvery = 200  // the same after there was none for longer than patience
	patience    = 2000 // without a face before searches become rarer
	learnMS     = 2000 // how long the skin mask is learned
	// Correlations of the face with its template below which it is searched for again, and below which it is lost.
	matchDoubt, matchLost = 0.70, 0.45
	// plenty is the distance of the pupils in pixels from which only a quarter of the cells are read: they give a
	// patch some 600 pixels, and all of them would take too long in a browser.
	plenty = 160
)

// Add takes one frame; frames may come in any order, but faces are followed best in the order of time.
func (t *Tracker) Add(f video.Frame) rppg.Sample {
	t.small, t.before = t.before, t.small
	t.small, t.step = shrink(f, t.small)
	b := f.Image.Bounds()
	size := [2]int{b.Dx(), b.Dy()}
	t.still = size == t.size && bytes.Equal(t.small.pix, t.before.pix)
	if size != t.size {
		t.size, t.tracking = size, false
	}
	dt := (f.TimeMS - t.lastMS) / 1000
	if dt <= 0 || dt > 0.5 {
		dt = 1.0 / 30
	}
	s := rppg.Sample{TimeMS: f.TimeMS, Regions: make([]rppg.Colour, len(patches))}
	fresh := t.locate(f)
	t.lastMS = f.TimeMS
	t.frames++
	if t.tracking {
		t.settle(dt, fresh)
		p := t.pose
		if fresh {
			t.anchor, t.sinceMS, t.skin, t.every = p, f.TimeMS, skinModel{}, 1
			t.inside = t.small.borders().within(t.size, t.step)
			if p.d >= plenty {
				t.every = 2
			}
			t.shoulders.place(f, p)
		}
		t.look(f, p, &s)
	}
	s.Background = t.background(f)
	if t.tracking {
		t.shown.again(sumOf(f, t.small), &s)
	}
	return s
}

// look measures the face at a pose in pixels of the frame.
func (t *Tracker) look(f video.Frame, p pose, s *rppg.Sample) {
	from := reader{f, &t.area, t.every}
	if t.skin.skin.frames == 0 || t.frames%4 == 0 && f.TimeMS-t.sinceMS < learnMS {
		t.skin.learn(from, p, t.shape)
	}
	measure(from, p, t.shape, &t.skin, s.Regions)
	if p.quarter() == 0 {
		s.ShoulderDY = t.shoulders.step(f)
	}
	s.FaceBox = p.box(t.anchor.quarter())
	s.Landmarks = landmarks(p, t.shape)
}

// settle brings the smoothed pose, in pixels of the frame, and the shape up to date.
func (t *Tracker) settle(dt float64, fresh bool) {
	switch {
	case fresh:
		t.filter = [4]euro{}
	case t.still:
		return
	}
	t.fits.step(dt)
	p, s := t.fits.now.apply(t.at)
	p = t.toFrame(p)
	t.shape = s
	t.pose = pose{
		x:    t.filter[0].step(p.x, dt, 5, 4/p.d),
		y:    t.filter[1].step(p.y, dt, 5, 4/p.d),
		d:    t.filter[2].step(p.d, dt, 1.5, 4/p.d),
		tilt: t.filter[3].step(nearest(p.tilt, t.pose.tilt), dt, 1.5, 4),
	}
}

// background averages what surrounds the person: the upper parts of the left and right edges of the picture, without
// its border and the person as first seen. Where a close face leaves too little of these, they count up to the hair, without what looks like skin.
// It is empty where the face fills the picture. Without a face, all of them count.
func (t *Tracker) background(f video.Frame) rppg.Colour {
	const enough = 30 // cells
	if !t.tracking {
		return t.edges(f, image.Rect(0, 0, t.size[0], t.size[1]), func(float64, float64, int) bool { return true })
	}
	c := t.edges(f, t.inside, func(u, v float64, _ int) bool { return math.Abs(u) > 2 || v < -2.5 })
	if c.Pixels >= 4*enough {
		return c
	}
	c = t.edges(f, t.inside, func(u, v float64, i int) bool {
		b := &t.behind
		return (math.Abs(u) > 1.4 || v < -2) && t.skin.weight(float64(b.r[i]), float64(b.g[i]), float64(b.b[i])) == 0
	})
	if c.Pixels >= 4*enough {
		return c
	}
	return rppg.Colour{}
}

// edges averages those cells of the upper parts of the left and right edges of a part of the picture, in pixels, that are in: by their place, in pupil distances to the
// right of and below the middle between the eyes, as first seen, and their index in t.behind. A cell stands for 4 pixels.
func (t *Tracker) edges(f video.Frame, part image.Rectangle, in func(u, v float64, i int) bool) rppg.Colour {
	left, top, w, h := part.Min.X/2, part.Min.Y/2, part.Dx()/2, part.Dy()/2
	step := max(1, max(w, h)/80)
	side := max(1, w/6)
	var m mean
	var clipped float64
	for _, x0 := range [2]int{left, left + w - side} {
		b := &t.behind
		b.gather(f, x0, top, x0+side, top+h*6/10, step)
		for i := range b.r {
			x, y := float64(2*(b.x0+i%b.w*step)+1), float64(2*(b.y0+i/b.w*step)+1)
			u, v := t.anchor.upright(x-t.anchor.x, y-t.anchor.y)
			if in(u/t.anchor.d, v/t.anchor.d, i) {
				m.add(1, float64(b.r[i]), float64(b.g[i]), float64(b.b[i]))
				clipped += float64(b.clipped[i])
			}
		}
	}
	c := m.colour()
	c.Pixels, c.Clipped = 4*m.n, clipped
	return c
}
