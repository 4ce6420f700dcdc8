package face

import (
	"image"
	"image/color"
	"iter"
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// repeated shows one picture for some seconds at 30 frames/s, changed a little in each frame.
func repeated(src *image.YCbCr, seconds float64, change func(i int, m *image.YCbCr)) iter.Seq2[video.Frame, error] {
	return func(yield func(video.Frame, error) bool) {
		for i := range int(30 * seconds) {
			m := *src
			m.Y = append([]uint8(nil), src.Y...)
			change(i, &m)
			if !yield(video.Frame{TimeMS: float64(i) * 1000 / 30, Image: &m}, nil) {
				return
			}
		}
	}
}

// A still picture is measured at one place: no box may differ from the first.
func TestStillPictureKeepsItsBox(t *testing.T) {
	src := first(t, steady(1), simulate.VideoOptions{Width: 320, Height: 240}).Image.(*image.YCbCr)
	tr := capture(t, repeated(src, 8, func(int, *image.YCbCr) {}))
	for i := range tr.FaceBox {
		if tr.FaceBox[i] != tr.FaceBox[0] || tr.Landmarks[i] != tr.Landmarks[0] || tr.FaceBox[i][2] == 0 {
			t.Fatalf("frame %d: %v, first %v", i, tr.FaceBox[i], tr.FaceBox[0])
		}
	}
}

// The changes that a codec makes to a still picture, a level here and there and a little more at each key frame,
// must not move the box at detections: after the first second it moves by less than a tenth of a pixel in all, and
// its colours by less than a pulse.
func TestNearlyStillPictureKeepsItsBox(t *testing.T) {
	src := first(t, steady(1), simulate.VideoOptions{Width: 320, Height: 240}).Image.(*image.YCbCr)
	r := rand.New(rand.NewPCG(1, 2))
	tr := capture(t, repeated(src, 12, func(i int, m *image.YCbCr) {
		share := 0.002
		if i%30 == 0 {
			share = 0.05
		}
		for range int(share * float64(len(m.Y))) {
			m.Y[r.IntN(len(m.Y))] ^= 1
		}
	}))
	lo, hi := tr.FaceBox[30], tr.FaceBox[30]
	for _, b := range tr.FaceBox[30:] {
		for k, v := range b {
			lo[k], hi[k] = min(lo[k], v), max(hi[k], v)
		}
	}
	for k := range lo {
		if hi[k]-lo[k] > 0.1 {
			t.Errorf("the box moves from %v to %v", lo, hi)
			break
		}
	}
	for _, r := range tr.Regions {
		a, b := math.Inf(1), math.Inf(-1)
		for _, v := range r.G[30:] {
			a, b = min(a, v), max(b, v)
		}
		if (b-a)/a > 0.002 {
			t.Errorf("%s: green varies by %.4f of itself", r.Name, (b-a)/a)
		}
	}
}

// Detections have no period in the band of the pulse: there is no line in the spectrum of their times.
func TestDetectionsHaveNoPeriod(t *testing.T) {
	var at []float64
	now := 0.0
	for n := range uint64(80) { // more than a minute and a half
		now += pause(n) / 1000
		at = append(at, now)
	}
	if m := now / 80; m < 1.2 || m > 1.4 {
		t.Errorf("one every %.2f s", m)
	}
	// Evenly spaced detections give a share of 1 at their rate, ones at random 1/√80 = 0.11.
	for bpm := 30.0; bpm <= 250; bpm += 0.5 {
		var re, im float64
		for _, s := range at {
			re += math.Cos(2 * math.Pi * bpm / 60 * s)
			im += math.Sin(2 * math.Pi * bpm / 60 * s)
		}
		if share := math.Hypot(re, im) / 80; share > 0.45 {
			t.Errorf("%.1f a minute: %.2f of the detections in phase", bpm, share)
		}
	}
}

// turned rotates a picture around its middle.
func turned(src *image.YCbCr, rad float64) *image.YCbCr {
	out := image.NewYCbCr(src.Rect, src.SubsampleRatio)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	c, s := math.Cos(rad), math.Sin(rad)
	for y := range h {
		for x := range w {
			dx, dy := float64(x)-float64(w)/2, float64(y)-float64(h)/2
			sx, sy := int(float64(w)/2+c*dx+s*dy+0.5), int(float64(h)/2-s*dx+c*dy+0.5)
			v := color.YCbCr{Y: 128, Cb: 128, Cr: 128}
			if image.Pt(sx, sy).In(src.Rect) {
				v = src.YCbCrAt(sx, sy)
			}
			out.Y[out.YOffset(x, y)], out.Cb[out.COffset(x, y)], out.Cr[out.COffset(x, y)] = v.Y, v.Cb, v.Cr
		}
	}
	return out
}

// A tilted face is found, its tilt is read, and its patches lie where they lie upright.
func TestTiltedFaces(t *testing.T) {
	src := first(t, steady(1), simulate.VideoOptions{Width: 480, Height: 360}).Image.(*image.YCbCr)
	read := func(rad float64) (rppg.Sample, bool) {
		tk := New(Options{})
		s := tk.Add(video.Frame{Image: turned(src, rad)})
		return s, s.FaceBox[2] > 0
	}
	upright, _ := read(0)
	tilt := func(s rppg.Sample) float64 {
		return math.Atan2(s.Landmarks[3]-s.Landmarks[1], s.Landmarks[2]-s.Landmarks[0])
	}
	for _, degrees := range []float64{-35, -25, -12, 12, 25, 35} {
		s, ok := read(degrees * math.Pi / 180)
		if !ok {
			t.Errorf("%v degrees: no face", degrees)
			continue
		}
		if d := (tilt(s) - tilt(upright)) * 180 / math.Pi; math.Abs(d-degrees) > 4 {
			t.Errorf("%v degrees are read as %.1f", degrees, d)
		}
		for k, c := range s.Regions {
			if u := upright.Regions[k]; patches[k].moves != withForehead && math.Abs(c.G-u.G) > 14 {
				t.Errorf("%v degrees, %s: green %.0f, upright %.0f", degrees, rppg.FacePatches[k], c.G, u.G)
			}
		}
	}
}
