package main

import (
	"errors"
	"image"

	"blush.example/blush/check"
	"blush.example/blush/face"
	"blush.example/blush/video"
)

// layout is how the pixels of a frame lie in memory, without padding.
type layout string

// The layouts, named as WebCodecs names them.
const (
	i420 layout = "I420" // Y, U, V planes, chroma halved both ways
	nv12 layout = "NV12" // Y plane, then U and V in turn
	rgba layout = "RGBA" // the fourth byte is not looked at
)

// picture says what the bytes of a frame mean.
type picture struct {
	layout        layout
	width, height int
	color         video.Color
}

// bytes is the length of a frame.
func (p picture) bytes() int {
	chroma := ((p.width + 1) / 2) * ((p.height + 1) / 2)
	switch p.layout {
	case i420, nv12:
		return p.width*p.height + 2*chroma
	case rgba:
		return 4 * p.width * p.height
	}
	return 0
}

// mostPixels bounds a frame: 4K.
const mostPixels = 4096 * 2304

var errPicture = errors.New("a frame of unknown layout or size")

// sampler turns frames into rows.
type sampler struct {
	tracker *face.Tracker
	checker *check.Checker
	picture picture
	pix     []byte // of the frame that is looked at, as it came
	planes  image.YCbCr
	chroma  []byte // of nv12, sorted
	others  int
	asked   float64 // ms, when others was counted
	origin  float64 // ms, time of the first frame, which becomes zero
	begun   bool
	row     []float64
}

// othersEvery is how often, in ms, the picture is searched for other people.
const othersEvery = 3000

func newSampler() *sampler {
	t := face.New(face.Options{})
	regions := t.Trace().Regions
	return &sampler{tracker: t, checker: check.New(regions), asked: -othersEvery, row: make([]float64, rowSize(len(regions)))}
}

// expect makes room for frames of a kind. The next frame is to be put into pix.
func (e *sampler) expect(p picture) error {
	n := p.bytes()
	if n == 0 || p.width < 16 || p.height < 16 || p.width*p.height > mostPixels {
		return errPicture
	}
	if cap(e.pix) < n {
		e.pix = make([]byte, n)
	}
	e.pix, e.picture = e.pix[:n], p
	return nil
}

// look takes the frame in pix, which was taken at timeMS from any start, and
// returns its row, valid until the next.
func (e *sampler) look(timeMS float64) []float64 {
	if !e.begun {
		e.origin, e.begun = timeMS, true
	}
	timeMS -= e.origin
	f := video.Frame{TimeMS: timeMS, Image: e.image(), Color: e.picture.color}
	s := e.tracker.Add(f)
	write(e.row, s)
	v := e.tracker.View()
	if s.FaceBox[2] > 0 && (timeMS-e.asked >= othersEvery || timeMS < e.asked) {
		e.asked, e.others = timeMS, e.tracker.Others(f)
	}
	e.checker.Add(check.Frame{Sample: s, Width: v.Width, Height: v.Height, Frontal: v.Frontal, Yaw: v.Yaw, Others: e.others})
	return e.row
}

// image wraps pix, without a copy except for nv12's chroma.
func (e *sampler) image() image.Image {
	w, h := e.picture.width, e.picture.height
	rect := image.Rect(0, 0, w, h)
	if e.picture.layout == rgba {
		return &image.RGBA{Pix: e.pix, Stride: 4 * w, Rect: rect}
	}
	cw := (w + 1) / 2
	n := cw * ((h + 1) / 2)
	chroma := e.pix[w*h:]
	if e.picture.layout == nv12 {
		if cap(e.chroma) < 2*n {
			e.chroma = make([]byte, 2*n)
		}
		u, v := e.chroma[:n], e.chroma[n:2*n]
		for i := range u {
			u[i], v[i] = chroma[2*i], chroma[2*i+1]
		}
		chroma = e.chroma
	}
	e.planes = image.YCbCr{Y: e.pix[:w*h], Cb: chroma[:n], Cr: chroma[n : 2*n], YStride: w, CStride: cw, SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: rect}
	return &e.planes
}
