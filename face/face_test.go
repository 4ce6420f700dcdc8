package face

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// steady is a scene without disturbances except a little noise.
func steady(seconds float64) simulate.Scene {
	s := simulate.NewScene(11, seconds)
	s.Motion, s.Light, s.Clock = simulate.Motion{}, simulate.Light{}, simulate.Clock{}
	return s
}

func first(t testing.TB, s simulate.Scene, o simulate.VideoOptions) video.Frame {
	t.Helper()
	frames, _ := s.Video(o)
	for f := range frames {
		return f
	}
	t.Fatal("no frames")
	return video.Frame{}
}

func capture(t testing.TB, frames iter.Seq2[video.Frame, error]) *rppg.Trace {
	t.Helper()
	tr, err := Capture(t.Context(), frames, video.Info{Width: 480, Height: 360, Timing: video.TimingCamera}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Validate(); err != nil {
		t.Fatal(err)
	}
	return tr
}

func seen(tr *rppg.Trace) (share float64) {
	for _, b := range tr.FaceBox {
		if b[2] > 0 {
			share += 1 / float64(len(tr.FaceBox))
		}
	}
	return share
}

// The portrait's pupils are at (202, 102) and (248, 102) of 512 pixels, read off
// the picture by eye; a video puts the middle between them at (0.5, 0.36) of its
// size and 0.17 widths apart.
func TestEyesAreFound(t *testing.T) {
	for _, width := range []int{160, 320, 640, 960} {
		tk := New(Options{})
		f := first(t, steady(1), simulate.VideoOptions{Width: width, Height: width * 3 / 4})
		tk.Add(f)
		s := tk.Add(f)
		if s.FaceBox[2] == 0 {
			t.Errorf("%d pixels wide: no face", width)
			continue
		}
		w := float64(width)
		want := [4]float64{0.415 * w, 0.27 * w, 0.585 * w, 0.27 * w}
		for i := range want {
			if math.Abs(s.Landmarks[i]-want[i]) > 0.015*w {
				t.Errorf("%d pixels wide: pupils %.1f, want %.1f", width, s.Landmarks[:4], want)
				break
			}
		}
	}
}

// moved shifts a picture by fractions of pixels, frame by frame.
func moved(src *image.YCbCr, path func(i int) (dx, dy float64), n int) iter.Seq2[video.Frame, error] {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	luma, cb, cr := gray{src.Y, src.YStride, h}, gray{src.Cb, src.CStride, h / 2}, gray{src.Cr, src.CStride, h / 2}
	return func(yield func(video.Frame, error) bool) {
		for i := range n {
			dx, dy := path(i)
			out := image.NewYCbCr(src.Rect, image.YCbCrSubsampleRatio420)
			for y := range h {
				for x := range w {
					out.Y[y*out.YStride+x] = uint8(luma.at(float64(x)-dx, float64(y)-dy) + 0.5)
				}
			}
			for y := range h / 2 {
				for x := range w / 2 {
					out.Cb[y*out.CStride+x] = uint8(cb.at(float64(x)-dx/2, float64(y)-dy/2) + 0.5)
					out.Cr[y*out.CStride+x] = uint8(cr.at(float64(x)-dx/2, float64(y)-dy/2) + 0.5)
				}
			}
			if !yield(video.Frame{TimeMS: float64(i) * 1000 / 30, Image: out}, nil) {
				return
			}
		}
	}
}

// A head that moves by known fractions of pixels must be followed to a fraction of a pixel.
func TestFollowsBySubpixels(t *testing.T) {
	src := first(t, steady(1), simulate.VideoOptions{Width: 480, Height: 360}).Image.(*image.YCbCr)
	path := func(i int) (float64, float64) {
		s := float64(i) / 30
		return 6 * math.Sin(2*math.Pi*0.3*s), 3 * math.Sin(2*math.Pi*0.45*s)
	}
	tr := capture(t, moved(src, path, 150))
	if seen(tr) < 0.99 {
		t.Fatalf("face in %.2f of the frames", seen(tr))
	}
	var ex, ey, n, mx, my float64
	const from = 30
	for i := from; i < 150; i++ {
		dx, dy := path(i)
		mx += tr.FaceBox[i][0] - dx
		my += tr.FaceBox[i][1] - dy
		n++
	}
	worst := 0.0
	for i := from; i < 150; i++ {
		dx, dy := path(i)
		a, b := tr.FaceBox[i][0]-dx-mx/n, tr.FaceBox[i][1]-dy-my/n
		ex += a * a
		ey += b * b
		if i > from {
			px, py := path(i - 1)
			worst = max(worst, math.Abs(tr.FaceBox[i][0]-tr.FaceBox[i-1][0]-(dx-px)), math.Abs(tr.FaceBox[i][1]-tr.FaceBox[i-1][1]-(dy-py)))
		}
	}
	if math.Sqrt(ex/n) > 0.6 || math.Sqrt(ey/n) > 0.6 || worst > 0.25 {
		t.Errorf("error %.2f, %.2f px rms; largest false step %.2f px", math.Sqrt(ex/n), math.Sqrt(ey/n), worst)
	}
	// The regions must stay on the same skin: their colour must not change as the head moves.
	for _, r := range tr.Regions {
		var mean, dev float64
		for _, v := range r.G[from:] {
			mean += v / n
		}
		for _, v := range r.G[from:] {
			dev += (v - mean) * (v - mean) / n
		}
		if share := math.Sqrt(dev) / mean; share > 0.02 {
			t.Errorf("%s: green varies by %.4f of itself with the movement", r.Name, share)
		}
	}
}

func TestSkinMaskFitsEveryTone(t *testing.T) {
	for _, tone := range simulate.Tones {
		s := steady(0.4)
		s.Tone = tone
		frames, _ := s.Video(simulate.VideoOptions{})
		tr := capture(t, frames)
		cheeks := 0
		for _, r := range tr.Regions {
			i := len(r.Skin) - 1
			if strings.HasPrefix(r.Name, "cheek") && r.Skin[i] > 0.8*r.Pixels[i] {
				cheeks++
			}
		}
		if cheeks < 7 {
			t.Errorf("%s: %d of 8 patches on the cheeks are taken for skin", tone, cheeks)
		}
	}
}

// The same picture must give the same colours in every form that a frame comes
// in; the colours expected are those of Go's own conversion.
func TestColoursAgreeAcrossPixelFormats(t *testing.T) {
	src := first(t, steady(1), simulate.VideoOptions{}).Image.(*image.YCbCr)
	nrgba, rgba := image.NewNRGBA(src.Rect), image.NewRGBA(src.Rect)
	draw.Draw(nrgba, src.Rect, src, image.Point{}, draw.Src)
	draw.Draw(rgba, src.Rect, src, image.Point{}, draw.Src)
	full := image.NewYCbCr(src.Rect, image.YCbCrSubsampleRatio444)
	limited := image.NewYCbCr(src.Rect, image.YCbCrSubsampleRatio420)
	for y := range src.Rect.Dy() {
		for x := range src.Rect.Dx() {
			i, c := full.YOffset(x, y), src.COffset(x, y)
			full.Y[i], full.Cb[i], full.Cr[i] = src.Y[src.YOffset(x, y)], src.Cb[c], src.Cr[c]
		}
	}
	// BT.601-7, 2.5.3: 219 steps of luma from 16, 224 of chroma around 128.
	for i, v := range src.Y {
		limited.Y[i] = uint8(math.Round(16 + float64(v)*219/255))
	}
	for i := range src.Cb {
		limited.Cb[i] = uint8(math.Round(128 + (float64(src.Cb[i])-128)*224/255))
		limited.Cr[i] = uint8(math.Round(128 + (float64(src.Cr[i])-128)*224/255))
	}
	// The eyes of the portrait in a video of 480 × 360.
	at := pose{x: 240, y: 129.6, d: 81.6, tilt: 0.06}
	read := func(f video.Frame) []rppg.Colour {
		var c cells
		var skin skinModel
		from := reader{f, &c, 1}
		skin.learn(from, at, usual)
		out := make([]rppg.Colour, len(patches))
		measure(from, at, usual, &skin, out)
		return out
	}
	want := read(video.Frame{Image: nrgba})
	for name, f := range map[string]video.Frame{
		"4:2:0": {Image: src}, "RGBA": {Image: rgba}, "4:4:4": {Image: full},
		"limited": {Image: limited, Color: video.Color{Limited: true}},
	} {
		for k, c := range read(f) {
			if math.Abs(c.R-want[k].R) > 2 || math.Abs(c.G-want[k].G) > 2 || math.Abs(c.B-want[k].B) > 2 {
				t.Errorf("%s, %s: %.1f %.1f %.1f, want %.1f %.1f %.1f", name, rppg.FacePatches[k], c.R, c.G, c.B, want[k].R, want[k].G, want[k].B)
			}
		}
	}
}

func TestMatrix(t *testing.T) {
	full := matrixOf(video.Color{})
	for _, c := range [][3]uint8{{90, 120, 140}, {200, 100, 150}, {128, 128, 128}} {
		r, g, b := color.YCbCrToRGB(c[0], c[1], c[2])
		x, y, z := full.rgb(float32(c[0]), float32(c[1]), float32(c[2]))
		if math.Abs(float64(x)-float64(r)) > 1 || math.Abs(float64(y)-float64(g)) > 1 || math.Abs(float64(z)-float64(b)) > 1 {
			t.Errorf("%v: %.1f %.1f %.1f, want %d %d %d", c, x, y, z, r, g, b)
		}
	}
	// BT.709-6, items 3.2 to 3.5, 8 bits: the code words of 75 % colour bars' red, (51, 109, 212).
	r, g, b := matrixOf(video.Color{Limited: true, BT709: true}).rgb(51, 109, 212)
	if math.Abs(float64(r)-191) > 1.5 || math.Abs(float64(g)) > 1.5 || math.Abs(float64(b)) > 1.5 {
		t.Errorf("75 %% red is %.1f %.1f %.1f, want 191 0 0", r, g, b)
	}
}

func TestNobodyThere(t *testing.T) {
	s := simulate.NewScene(2, 3)
	s.Face = false
	frames, _ := s.Video(simulate.VideoOptions{})
	tr := capture(t, frames)
	if seen(tr) > 0 {
		t.Errorf("a face in %.2f of the frames of an empty room", seen(tr))
	}
	for i, n := range tr.Background.Pixels {
		if n == 0 || tr.Background.G[i] < 50 {
			t.Fatalf("frame %d: background of %v pixels, green %v", i, n, tr.Background.G[i])
		}
	}
}

func TestFaceThatLeaves(t *testing.T) {
	frames, _ := simulate.NewScene(2, 4).Video(simulate.VideoOptions{LostAt: 2})
	tr := capture(t, frames)
	for i, b := range tr.FaceBox {
		at := tr.TimeMS[i] / 1000
		if here := b[2] > 0; here != (at < 2) && math.Abs(at-2) > 0.1 && at > 0.1 {
			t.Errorf("at %.2f s a face is %t", at, here)
		}
		if tr.Regions[0].Pixels[i] > 0 != (b[2] > 0) {
			t.Errorf("at %.2f s: %v pixels, box %v", at, tr.Regions[0].Pixels[i], b)
		}
	}
}

func TestStaysWithTheLargerOfTwoFaces(t *testing.T) {
	frames, _ := simulate.NewScene(4, 3).Video(simulate.VideoOptions{Width: 640, Height: 480, Faces: 2})
	tr := capture(t, frames)
	if seen(tr) < 0.95 {
		t.Fatalf("face in %.2f of the frames", seen(tr))
	}
	for i, b := range tr.FaceBox {
		if b[2] > 0 && math.Abs(b[0]+b[2]/2-0.36*640) > 30 {
			t.Fatalf("frame %d: face at %.0f, want 230", i, b[0]+b[2]/2)
		}
	}
}

// The chest of the scene rises and falls with breathing: the sum of the shifts must follow it.
func TestShouldersFollowBreathing(t *testing.T) {
	s := steady(16)
	s.Rhythm.RespiratoryRate = 15
	frames, truth := s.Video(simulate.VideoOptions{Width: 320, Height: 240})
	tr := capture(t, frames)
	sum, best, at := 0.0, 0.0, 0.0
	place := make([]float64, len(tr.ShoulderDY))
	for i, d := range tr.ShoulderDY {
		sum += d
		place[i] = sum
	}
	for rate := 6.0; rate <= 30; rate += 0.5 {
		var re, im float64
		for i, v := range place {
			w := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(place)))
			ph := 2 * math.Pi * rate / 60 * tr.TimeMS[i] / 1000
			re += w * (v - place[len(place)-1]/2) * math.Cos(ph)
			im += w * (v - place[len(place)-1]/2) * math.Sin(ph)
		}
		if p := re*re + im*im; p > best {
			best, at = p, rate
		}
	}
	if math.Abs(at-truth.RespiratoryRate) > 1.5 {
		t.Errorf("the shoulders move %.1f times a minute, breathing is %.1f", at, truth.RespiratoryRate)
	}
}

func TestTotalOnOddFrames(t *testing.T) {
	for _, r := range []image.Rectangle{image.Rect(0, 0, 1, 1), image.Rect(0, 0, 3, 3), image.Rect(0, 0, 25, 25), image.Rect(5, 7, 66, 50), image.Rect(0, 0, 2000, 2)} {
		for _, img := range []image.Image{image.NewYCbCr(r, image.YCbCrSubsampleRatio420), image.NewYCbCr(r, image.YCbCrSubsampleRatio410), image.NewNRGBA(r), image.NewRGBA(r)} {
			tk := New(Options{})
			for i := range 3 {
				if s := tk.Add(video.Frame{TimeMS: float64(-i), Image: img}); s.FaceBox[2] != 0 {
					t.Errorf("%v %T: a face", r, img)
				}
			}
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, w := range []int{320, 640, 1280} {
		b.Run(fmt.Sprint(w), func(b *testing.B) {
			frames, _ := steady(1).Video(simulate.VideoOptions{Width: w, Height: w * 3 / 4})
			var seen []video.Frame
			for f := range frames {
				m := *f.Image.(*image.YCbCr)
				m.Y, m.Cb, m.Cr = slices.Clone(m.Y), slices.Clone(m.Cb), slices.Clone(m.Cr)
				if seen = append(seen, video.Frame{Image: &m}); len(seen) == 2 {
					break
				}
			}
			tk := New(Options{})
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				f := seen[i%2]
				f.TimeMS = float64(i) * 1000 / 30
				tk.Add(f)
				i++
			}
		})
	}
}
