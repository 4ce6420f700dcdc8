package engine

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// body follows the movement of shoulders and head that breathing makes, at no
// more than 10 points a second.
type body struct {
	shoulder, head motion
	across         motion  // of the head, to the right
	level          float64 // shoulder position, px
	moved          bool
	widths         float64 // sum over the frames with a face box, px
	boxes          float64
}

// bodyRate is the sampling rate in Hz of the movements from which breathing is read.
const bodyRate = 10.0

type motion struct{ t, y []float64 }

func (m *motion) add(t, y float64) {
	if n := len(m.t); n == 0 || t-m.t[n-1] >= 0.9/bodyRate {
		m.t, m.y = append(m.t, t), append(m.y, y)
	}
}

func (m motion) fork() motion { return motion{slices.Clone(m.t), slices.Clone(m.y)} }

// series resamples the movement evenly, in units of scale; nil when there is too little of it.
func (m *motion) series(scale float64) *dsp.Series {
	if len(m.t) < 4 {
		return nil
	}
	n := int((m.t[len(m.t)-1]-m.t[0])*bodyRate) + 1
	at := make([]float64, n)
	for i := range at {
		at[i] = m.t[0] + float64(i)/bodyRate
	}
	y := dsp.PCHIP(m.t, m.y, at)
	for i := range y {
		y[i] /= scale
	}
	return &dsp.Series{Rate: bodyRate, Start: m.t[0], Samples: y}
}

func (b body) fork() body {
	b.shoulder, b.head, b.across = b.shoulder.fork(), b.head.fork(), b.across.fork()
	return b
}

func (b *body) add(t float64, s rppg.Sample) {
	if s.ShoulderDY == s.ShoulderDY {
		b.level += s.ShoulderDY
		b.moved = b.moved || s.ShoulderDY != 0
		b.shoulder.add(t, b.level)
	}
	if s.FaceBox[2] > 0 {
		b.widths, b.boxes = b.widths+s.FaceBox[2], b.boxes+1
	}
	// The pupils and the nose move with the head, the mouth on its own.
	if l := s.Landmarks; l != ([10]float64{}) {
		b.head.add(t, (l[1]+l[3]+l[5])/3)
		b.across.add(t, (l[0]+l[2]+l[4])/3)
	} else if s.FaceBox[3] > 0 {
		b.head.add(t, s.FaceBox[1]+s.FaceBox[3]/2)
		b.across.add(t, s.FaceBox[0]+s.FaceBox[2]/2)
	}
}

// stillStep is a movement of the head within half a second, in widths of the face, that is less than any living head's: a thirtieth of a
// millimetre. Three clips of a person who sits in front of a webcam have 0.003 in the median, and 23 still pictures with the noise of a sensor, compressed, 0.0001
// or less but for one of 0.0002, and one that was too dark to follow.
const stillStep = 0.0002

// leastHalves is the number of half seconds with a face from which its stillness is judged.
const leastHalves = 16

// stillShare returns the share of the half seconds in which the head keeps its place, by the means of each half second; 0 where there are too few,
// where it never moves at all, because then the face was not tracked, and where it was tracked in whole pixels, which are larger than the step.
func (b *body) stillShare() float64 {
	type mean struct{ x, y, n float64 }
	var halves []mean
	last := math.Inf(-1)
	moved, fine := false, false
	for i, t := range b.head.t {
		if half := math.Floor(2 * t); half > last {
			halves, last = append(halves, mean{}), half
		}
		h := &halves[len(halves)-1]
		h.x, h.y, h.n = h.x+b.across.y[i], h.y+b.head.y[i], h.n+1
		moved = moved || b.head.y[i] != b.head.y[0] || b.across.y[i] != b.across.y[0]
		fine = fine || !whole(6*b.head.y[i]) || !whole(6*b.across.y[i]) // the middle of a box is a half of whole pixels, that of three landmarks a third
	}
	if len(halves) < leastHalves || !moved || !fine {
		return 0
	}
	still := 0.0
	for i, h := range halves[1:] {
		before := halves[i]
		if math.Hypot(h.x/h.n-before.x/before.n, h.y/h.n-before.y/before.n) < stillStep*b.width() {
			still++
		}
	}
	return still / float64(len(halves)-1)
}

func whole(v float64) bool { return math.Abs(v-math.Round(v)) < 1e-6 }

// usualWidth is the width of a face in px that is assumed where none was measured.
const usualWidth = 160

// width is the mean width of the face in px.
func (b *body) width() float64 {
	if b.boxes == 0 {
		return usualWidth
	}
	return b.widths / b.boxes
}
