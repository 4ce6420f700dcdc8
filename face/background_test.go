package face

import (
	"image"
	"iter"
	"math"
	"testing"

	"blush.example/blush/dsp"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// placed puts every frame at a place in a picture of another size and one level, which cuts or frames it. All measures are even.
func placed(frames iter.Seq2[video.Frame, error], at, size image.Point, level uint8) iter.Seq2[video.Frame, error] {
	return func(yield func(video.Frame, error) bool) {
		for f, err := range frames {
			m := f.Image.(*image.YCbCr)
			out := image.NewYCbCr(image.Rectangle{Max: size}, m.SubsampleRatio)
			for i := range out.Y {
				out.Y[i] = level
			}
			for i := range out.Cb {
				out.Cb[i], out.Cr[i] = 128, 128
			}
			r := m.Rect.Add(at).Intersect(out.Rect)
			for y := r.Min.Y; y < r.Max.Y; y++ {
				x, from := r.Min.X, r.Min.X-at.X
				copy(out.Y[out.YOffset(x, y):][:r.Dx()], m.Y[m.YOffset(from, y-at.Y):])
				copy(out.Cb[out.COffset(x, y):][:r.Dx()/2], m.Cb[m.COffset(from, y-at.Y):])
				copy(out.Cr[out.COffset(x, y):][:r.Dx()/2], m.Cr[m.COffset(from, y-at.Y):])
			}
			f.Image = out
			if !yield(f, err) {
				return
			}
		}
	}
}

// However much of the picture the face fills, the background is not the face: it does not pulse. Where nothing else
// is left, there is no background.
func TestBackgroundIsNotThePerson(t *testing.T) {
	for _, c := range []struct {
		what  string
		part  image.Rectangle // of a picture of 480 x 360 pixels with pupils 82 pixels apart
		empty bool
	}{
		{"the whole picture", image.Rect(0, 0, 480, 360), false},
		{"a phone held upright", image.Rect(100, 0, 380, 360), false},
		{"a close face", image.Rect(110, 0, 370, 340), false},
		{"a face that nearly fills the picture", image.Rect(130, 20, 350, 320), false},
		{"nothing but the face", image.Rect(150, 60, 330, 280), true},
	} {
		for _, tone := range []string{"I-II", "V"} {
			s := simulate.NewScene(7, 4)
			s.Tone, s.PulseGain, s.Motion, s.Light = tone, 5, simulate.Motion{}, simulate.Light{}
			frames, _ := s.Video(simulate.VideoOptions{})
			tr := capture(t, placed(frames, image.Pt(-c.part.Min.X, -c.part.Min.Y), c.part.Size(), 0))
			if seen(tr) < 0.9 {
				t.Fatalf("%s, %s: a face in %.2f of the frames", c.what, tone, seen(tr))
			}
			if empty := tr.Background.Pixels[len(tr.Background.Pixels)-1] == 0; empty != c.empty {
				t.Errorf("%s, %s: background empty: %t", c.what, tone, empty)
			} else if empty {
				continue
			}
			skin, wall := relative(tr.Regions[7].G), relative(tr.Background.G)
			if share := math.Abs(dsp.Dot(skin, wall)) / dsp.Dot(skin, skin); share > 0.1 { // a little skin lies between hairs
				t.Errorf("%s, %s: the background shows %.2f of the pulse of a cheek", c.what, tone, share)
			}
		}
	}
}

// A border around the picture shows no light of the room: the wall within it is the background. A wall too bright for the camera is no border.
func TestBackgroundIsNoBorder(t *testing.T) {
	s := simulate.NewScene(7, 3)
	film := func() iter.Seq2[video.Frame, error] {
		frames, _ := s.Video(simulate.VideoOptions{})
		return frames
	}
	bare := capture(t, film())
	for _, c := range []struct {
		what        string
		left, top   int
		level       uint8
		want, share float64 // green of the background, and how far it may be off
	}{
		{"at the sides", 80, 0, 16, dsp.Mean(bare.Background.G), 0.05},
		{"all around", 80, 60, 0, dsp.Mean(bare.Background.G), 0.05},
		{"gray, at the sides", 90, 0, 128, dsp.Mean(bare.Background.G), 0.05},
		{"too bright", 130, 0, 253, 253, 0.02},
	} {
		tr := capture(t, placed(film(), image.Pt(c.left, c.top), image.Pt(480+2*c.left, 360+2*c.top), c.level))
		if seen(tr) < 0.9 {
			t.Fatalf("%s: a face in %.2f of the frames", c.what, seen(tr))
		}
		if g := dsp.Mean(tr.Background.G); math.Abs(g/c.want-1) > c.share {
			t.Errorf("%s: the background is %.0f, want %.0f", c.what, g, c.want)
		}
	}
}

// relative returns the changes of x around its mean, as a share of it.
func relative(x []float64) []float64 {
	m := dsp.Mean(x)
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v/m - 1
	}
	return y
}
