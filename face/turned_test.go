package face

import (
	"fmt"
	"image"
	"iter"
	"math"
	"slices"
	"testing"

	"blush.example/blush/check"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// quarters turns a picture clockwise by quarters of a turn, pixel by pixel.
func quarters(src *image.YCbCr, n int) *image.YCbCr {
	for range n {
		h, w := src.Rect.Dx(), src.Rect.Dy()
		out := image.NewYCbCr(image.Rect(0, 0, w, h), src.SubsampleRatio)
		for y := range h {
			for x := range w {
				out.Y[y*out.YStride+x] = src.Y[(w-1-x)*src.YStride+y]
			}
		}
		for y := range h / 2 {
			for x := range w / 2 {
				to, from := y*out.CStride+x, (w/2-1-x)*src.CStride+y
				out.Cb[to], out.Cr[to] = src.Cb[from], src.Cr[from]
			}
		}
		src = out
	}
	return src
}

// each changes the pictures of a film.
func each(frames iter.Seq2[video.Frame, error], change func(m *image.YCbCr) *image.YCbCr) iter.Seq2[video.Frame, error] {
	return func(yield func(video.Frame, error) bool) {
		for f, err := range frames {
			f.Image = change(f.Image.(*image.YCbCr))
			if !yield(f, err) {
				return
			}
		}
	}
}

// A film turned by quarters gives the colours of the upright one, without shoulders, which move across the picture or
// against it. The box is the upright film's, turned, and the check names the pose.
func TestFilmsTurnedByQuarters(t *testing.T) {
	film := func(turns int) *rppg.Trace {
		frames, _ := steady(2).Video(simulate.VideoOptions{Width: 320, Height: 240})
		return capture(t, each(frames, func(m *image.YCbCr) *image.YCbCr { return quarters(m, turns) }))
	}
	const last = 20 // frames that are compared
	mean := func(v []float64) (m float64) {
		for _, x := range v[len(v)-last:] {
			m += x / last
		}
		return m
	}
	upright := film(0)
	end := len(upright.TimeMS) - 1
	for turns := 1; turns < 4; turns++ {
		tr := film(turns)
		first := slices.IndexFunc(tr.FaceBox, func(b rppg.Box) bool { return b[2] > 0 })
		if first < 0 || tr.TimeMS[first] > 1200 || tr.FaceBox[end][2] == 0 {
			t.Errorf("%d quarters: the first face in frame %d of %d", turns, first, end+1)
			continue
		}
		for i, r := range tr.Regions {
			u := upright.Regions[i]
			for c, v := range [3][2]float64{{mean(r.R), mean(u.R)}, {mean(r.G), mean(u.G)}, {mean(r.B), mean(u.B)}} {
				if math.Abs(v[0]-v[1]) > 5 && patches[i].moves != withForehead {
					t.Errorf("%d quarters, %s, channel %d: %.1f, upright %.1f", turns, r.Name, c, v[0], v[1])
				}
			}
		}
		for i, d := range tr.ShoulderDY {
			if d != 0 {
				t.Errorf("%d quarters: shoulders move by %.2f in frame %d", turns, d, i)
				break
			}
		}
		b := upright.FaceBox[end]
		w, h := 320.0, 240.0
		for range turns {
			b = rppg.Box{h - b[1] - b[3], b[0], b[3], b[2]}
			w, h = h, w
		}
		for k, v := range tr.FaceBox[end] {
			if math.Abs(v-b[k]) > 6 {
				t.Errorf("%d quarters: box %.0f, want %.0f", turns, tr.FaceBox[end], b)
				break
			}
		}
	}
}

// A face at any tilt is found, and its tilt is read.
func TestFacesThatLie(t *testing.T) {
	src := first(t, steady(1), simulate.VideoOptions{Width: 480, Height: 360}).Image.(*image.YCbCr)
	for _, degrees := range []float64{-80, -65, 50, 65, 80, 135} {
		tk := New(Options{})
		f := video.Frame{Image: turned(src, degrees*math.Pi/180)}
		for ; f.TimeMS < 1500 && !tk.tracking; f.TimeMS += 50 {
			tk.Add(f)
		}
		if !tk.tracking {
			t.Errorf("%v degrees: no face", degrees)
			continue
		}
		// The portrait is tilted by 3 degrees.
		if off := math.Remainder(tk.pose.tilt*180/math.Pi-degrees-3, 360); math.Abs(off) > 6 {
			t.Errorf("%v degrees are read with an error of %.1f", degrees, off)
		}
	}
}

// An upside-down face is not mistaken for an upright one with the mouth as its eyes. The detector alone mistakes these two.
func TestUpsideDownIsNotUpright(t *testing.T) {
	for _, seed := range []uint64{4, 6} {
		p := simulate.NewPicture("upright", seed)
		pix := p.Image.Pix
		for i, j := 0, len(pix)-4; i < j; i, j = i+4, j-4 {
			for c := range 4 {
				pix[i+c], pix[j+c] = pix[j+c], pix[i+c]
			}
		}
		tk, _ := show(p)
		if !tk.tracking {
			t.Errorf("%d: no face", seed)
		} else if off := math.Remainder(tk.pose.tilt-p.Tilt-math.Pi, 2*math.Pi); math.Abs(off) > 0.2 {
			t.Errorf("%d: the tilt is off by %.2f", seed, off)
		}
	}
}

// A face that rocks around half a turn, where angles begin again, is followed like one that rocks upright.
func TestRockingUpsideDown(t *testing.T) {
	src := first(t, steady(1), simulate.VideoOptions{Width: 320, Height: 240}).Image.(*image.YCbCr)
	tk := New(Options{})
	found, last := false, 0.0
	for i := range 80 {
		rock := 0.15*math.Sin(float64(i)/8) - 0.05
		tk.Add(video.Frame{TimeMS: float64(i) * 1000 / 30, Image: turned(src, math.Pi+rock)})
		if found && !tk.tracking {
			t.Fatalf("frame %d: the face is lost", i)
		}
		tilt := math.Remainder(tk.pose.tilt-math.Pi-rock-0.05, 2*math.Pi)
		if tk.tracking && math.Abs(tilt) > 0.1 {
			t.Fatalf("frame %d: the tilt is off by %.2f", i, tilt)
		}
		if found && math.Abs(tk.pose.tilt-last) > 0.1 {
			t.Fatalf("frame %d: the tilt jumps from %.2f to %.2f", i, last, tk.pose.tilt)
		}
		found, last = tk.tracking, tk.pose.tilt
	}
	if !found {
		t.Fatal("no face")
	}
}

// The check says that a person lies, also when the camera sees nothing for a moment.
func TestCheckOfAFaceThatLies(t *testing.T) {
	src := first(t, steady(1), simulate.VideoOptions{Width: 320, Height: 240}).Image.(*image.YCbCr)
	gone := image.NewYCbCr(src.Rect, src.SubsampleRatio)
	for turns := 1; turns < 3; turns++ {
		lying, nobody := quarters(src, turns), quarters(gone, turns)
		tk := New(Options{})
		c := check.New(tk.Trace().Regions)
		for i := range 84 {
			f := video.Frame{TimeMS: float64(i) * 1000 / 30, Image: lying}
			if i >= 60 && i < 66 {
				f.Image = nobody
			}
			s := tk.Add(f)
			v := tk.View()
			got := c.Add(check.Frame{Sample: s, Width: v.Width, Height: v.Height, Frontal: v.Frontal, Yaw: v.Yaw}).Code
			if i > 55 && got != check.BadPose {
				t.Errorf("%d quarters, frame %d: %v", turns, i, got)
				break
			}
		}
	}
}

// The directions of a face by quarters agree with its pose.
func TestQuarters(t *testing.T) {
	for turns := range 4 {
		for _, tilt := range []float64{-0.7, 0, 0.7, 2*math.Pi + 0.1, -4*math.Pi - 0.1} {
			p := pose{100, 90, 20, float64(turns)*math.Pi/2 + tilt}
			if p.quarter() != turns {
				t.Errorf("tilt %.2f: %d quarters, want %d", p.tilt, p.quarter(), turns)
			}
			q := p
			q.tilt = float64(turns) * math.Pi / 2
			if o := q.opposite(); o.quarter() != (turns+2)%4 || math.Abs(math.Hypot(o.x-q.x, o.y-q.y)-1.05*20) > 1e-9 {
				t.Errorf("%d quarters: opposite %v", turns, o)
			}
			u, v := q.local(107, 95)
			if a, b := p.upright(7, 5); math.Hypot(a-20*u, b-20*v) > 1e-9 {
				t.Errorf("tilt %.2f: %v, want %v", p.tilt, [2]float64{a, b}, [2]float64{20 * u, 20 * v})
			}
			b := p.box(turns)
			x, y := q.picture(0, (1.9-1.15)/2)
			if math.Hypot(b[0]+b[2]/2-x, b[1]+b[3]/2-y) > 1e-9 {
				t.Errorf("%d quarters: %v, want the centre %.1f %.1f", turns, fmt.Sprint(b), x, y)
			}
		}
	}
}
