package simulate

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/fnv"
	"image"
	"math"
	"testing"
)

func TestPortraitIsWhatItsLicenceSpeaksOf(t *testing.T) {
	sum := sha256.Sum256(portraitJPEG)
	if hex.EncodeToString(sum[:]) != portraitSum {
		t.Errorf("portrait has SHA-256 %x", sum)
	}
	if len(portraitJPEG) > 400_000 {
		t.Errorf("portrait has %d bytes", len(portraitJPEG))
	}
}

// still is a scene in which nothing changes but the blood.
func still(tone string) Scene {
	s := NewScene(3, 6)
	s.Tone, s.Motion, s.Light, s.Clock = tone, Motion{}, Light{}, Clock{}
	s.Camera.Noise = 0.8 // enough dither to keep a fraction of a level through rounding
	return s
}

// cheeks averages green over the middle of the face in each frame.
func cheeks(s Scene, o VideoOptions) (green []float64) {
	frames, _ := s.Video(o)
	for f := range frames {
		m := f.Image.(*image.YCbCr)
		w, h := m.Rect.Dx(), m.Rect.Dy()
		var sum, n float64
		for y := h * 45 / 100; y < h*50/100; y++ {
			for x := w * 40 / 100; x < w*60/100; x++ {
				c := m.COffset(x, y)
				sum += float64(m.Y[m.YOffset(x, y)]) - 0.344136*(float64(m.Cb[c])-128) - 0.714136*(float64(m.Cr[c])-128)
				n++
			}
		}
		green = append(green, sum/n)
	}
	return green
}

// The light reflected by the cheeks must fall and rise with the blood, with the strength of the skin tone, for the
// lightest and the darkest skin.
func TestVideoCarriesThePulse(t *testing.T) {
	for _, tone := range []string{"I-II", "VI"} {
		s := still(tone)
		w, _ := s.build()
		blood := expose(w.pulse, w.times, grid)
		dip := func(s Scene) float64 { // of green at full blood, relative
			green := cheeks(s, VideoOptions{Width: 240, Height: 180})
			mg, _ := meanSD(green)
			mb, _ := meanSD(blood)
			var gb, bb float64
			for i := range green {
				gb += (green[i] - mg) * (blood[i] - mb)
				bb += (blood[i] - mb) * (blood[i] - mb)
			}
			return -gb / bb / mg
		}
		want := w.skin.strength
		if got := dip(s); math.Abs(got/want-1) > 0.3 {
			t.Errorf("%s: green falls by %.5f of itself at full blood, want %.5f", tone, got, want)
		}
		s.Pulse = false
		if got := dip(s); math.Abs(got) > 0.25*want {
			t.Errorf("%s: without a pulse green still falls by %.5f", tone, got)
		}
	}
}

// In a film, too, each part of a face with several hearts follows its own.
func TestFilmedPartsHaveTheirOwnHearts(t *testing.T) {
	s := still("I-II")
	s.Seed, s.PulseGain, s.Blood.Hearts = 5, 3, 16
	w, _ := s.build()
	o := VideoOptions{Width: 240, Height: 180}
	person := newFilm(w, o).person
	mean := func(m *image.YCbCr, p patch) (y float64) { // luma around a patch
		n := 0.0
		for i := range person.u {
			if math.Hypot(float64(person.u[i])-p.x, float64(person.v[i])-p.y) < 0.1 {
				y, n = y+float64(m.Y[i]), n+1
			}
		}
		return y / n
	}
	watched := []patch{patches[1], patches[7], patches[8], patches[15]} // forehead, both cheeks, chin
	seen := make([][]float64, len(watched))
	frames, _ := s.Video(o)
	for f := range frames {
		for k, p := range watched {
			seen[k] = append(seen[k], mean(f.Image.(*image.YCbCr), p))
		}
	}
	for k, p := range watched {
		for j, q := range watched {
			c := -correlation(seen[k], expose(w.own(q.name).wave, w.times, grid))
			if j == k && c < 0.8 {
				t.Errorf("%s follows its own heart with a correlation of %.2f", p.name, c)
			}
			if j != k && c > 0.6 {
				t.Errorf("%s follows the heart of %s with a correlation of %.2f", p.name, q.name, c)
			}
		}
	}
}

func TestVideoIsTheSameForTheSameSeed(t *testing.T) {
	digest := func(seed uint64) uint64 {
		h := fnv.New64a()
		frames, _ := NewScene(seed, 0.5).Video(VideoOptions{Width: 160, Height: 120})
		for f := range frames {
			h.Write(f.Image.(*image.YCbCr).Y)
		}
		return h.Sum64()
	}
	if digest(1) != digest(1) {
		t.Error("the same seed gives two videos")
	}
	if digest(1) == digest(2) {
		t.Error("two seeds give one video")
	}
}

func TestVideoFrameTimesAndTruthAreThoseOfTheScene(t *testing.T) {
	s := NewScene(5, 3)
	s.Clock.Drop = 0.2
	tr, want := s.Trace()
	frames, truth := s.Video(VideoOptions{Width: 64, Height: 48})
	i := 0
	for range frames {
		i++
	}
	if i != len(tr.TimeMS) {
		t.Errorf("%d frames, the trace has %d", i, len(tr.TimeMS))
	}
	if truth.HeartRate != want.HeartRate || len(truth.Beats) != len(want.Beats) {
		t.Errorf("truth %v, the trace's %v", truth.HeartRate, want.HeartRate)
	}
}

func BenchmarkVideo(b *testing.B) {
	for _, o := range []VideoOptions{{Width: 320, Height: 240}, {Width: 640, Height: 480}} {
		b.Run(image.Pt(o.Width, o.Height).String(), func(b *testing.B) {
			w, _ := NewScene(1, 10).build()
			f := newFilm(w, o)
			i := 0
			for b.Loop() {
				f.image(i % len(f.stamps))
				i++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}

// digests films a scene in a small picture, 20 frames/s, and returns a checksum of each frame.
func digests(s Scene) (sums []uint64) {
	s.Camera.FPS, s.Clock = 20, Clock{}
	frames, _ := s.Video(VideoOptions{Width: 96, Height: 72})
	for f := range frames {
		m := f.Image.(*image.YCbCr)
		h := fnv.New64a()
		h.Write(m.Y)
		h.Write(m.Cr)
		sums = append(sums, h.Sum64())
	}
	return sums
}

// Frozen and looped cameras repeat the same picture exactly; a still picture in front of a noisy sensor never
// does.
func TestFilmsOfDeadCamerasRepeat(t *testing.T) {
	different := func(x []uint64) int {
		seen := map[uint64]bool{}
		for _, v := range x {
			seen[v] = true
		}
		return len(seen)
	}
	for name, want := range map[string]int{"frozen": 1, "still": 1, "still_noisy": 40} {
		if x := digests(NoPulseScene(name, 4, 2)); different(x) != want {
			t.Errorf("%s: %d different pictures of %d, want %d", name, different(x), len(x), want)
		}
	}
	s := NoPulseScene("loop", 4, 2)
	s.Replay.Loop = 0.48
	if x := digests(s); different(x) != 10 || x[3] != x[13] {
		t.Errorf("a loop of half a second at 20 frames/s shows %d different pictures", different(x))
	}
}

// A film of one person that goes on with another shows the frames of the first up to the cut, and those of the second from there on.
func TestFilmGoesOnWithAnother(t *testing.T) {
	first := still("I-II")
	first.Duration, first.Camera.FPS, first.Camera.Noise = 2, 20, 0 // noise is drawn from frame to frame
	second := first
	second.Seed, second.Rhythm.HeartRate = 9, 1.5*first.Rhythm.HeartRate
	both := first
	both.FollowBy(9, 1.5)
	one, other, got := digests(first), digests(second), digests(both)
	if len(got) != len(one) {
		t.Fatalf("%d frames, want %d", len(got), len(one))
	}
	for i, sum := range got {
		want := one[i]
		if i >= len(got)/2 {
			want = other[i]
		}
		if sum != want {
			t.Fatalf("frame %d of %d is that of neither film, or of the wrong one", i, len(got))
		}
	}
	if one[0] == other[0] || one[len(one)-1] == other[len(one)-1] {
		t.Error("the two films are the same")
	}
}

// In a film, too, the pulse has the requested colour, with or without a tone curve.
func TestFilmCarriesTheColourOfThePulse(t *testing.T) {
	s := still("I-II")
	s.Motion.Gloss, s.PulseGain = 0, 3
	s.Blood.Colour = [3]float64{0.07, 0.94, 0.34}
	for _, curve := range []float64{0, 0.6} {
		s.Camera.Curve = curve
		w, _ := s.build()
		fall := [3]float64{}
		for c, x := range middle(s) {
			fall[c] = strength(w, x, 0)
		}
		for c, v := range unit(fall) {
			near(t, "colour of the pulse", v, s.Blood.Colour[c], 0.08)
		}
	}
}

// A lamp shows on the wall with the requested share, and a rocked picture moves as a whole.
func TestFilmShowsLampsAndRocks(t *testing.T) {
	s := still("I-II")
	s.Pulse = false
	s.Light.Lamp = Lamp{Rate: 1.5, Size: 0.05, Colour: [3]float64{1, 0.1, 0.1}, Behind: 0.4}
	rgb := middle(s)
	mean, face := meanSD(rgb[0])
	wall := corner(s)
	wallMean, behind := meanSD(wall)
	if share := behind / wallMean / (face / mean); math.Abs(share-0.4) > 0.1 {
		t.Errorf("the wall shows %.2f of the lamp, want 0.4", share)
	}
	if _, green := meanSD(rgb[1]); green > 0.3*face {
		t.Errorf("a red lamp changes green by %.2f of red", green/face)
	}
	s.Light = Light{}
	_, calm := meanSD(corner(s))
	s.Motion = Motion{Rock: 0.02, RockRate: 1.5}
	if _, rocked := meanSD(corner(s)); rocked < 3*calm {
		t.Errorf("the wall of a rocked picture changes by %.2f, of a still one by %.2f levels", rocked, calm)
	}
}

// part averages R, G, B over a part of the picture, given in hundredths, for each frame.
func part(s Scene, x0, y0, x1, y1 int) (rgb [3][]float64) {
	frames, _ := s.Video(VideoOptions{Width: 160, Height: 120})
	for f := range frames {
		m := f.Image.(*image.YCbCr)
		w, h := m.Rect.Dx(), m.Rect.Dy()
		var sum [3]float64
		var n float64
		for y := h * y0 / 100; y < h*y1/100; y++ {
			for x := w * x0 / 100; x < w*x1/100; x++ {
				c := m.COffset(x, y)
				luma, cb, cr := float64(m.Y[m.YOffset(x, y)]), float64(m.Cb[c])-128, float64(m.Cr[c])-128
				sum[0] += luma + 1.402*cr
				sum[1] += luma - 0.344136*cb - 0.714136*cr
				sum[2] += luma + 1.772*cb
				n++
			}
		}
		for c := range rgb {
			rgb[c] = append(rgb[c], sum[c]/n)
		}
	}
	return rgb
}

func middle(s Scene) [3][]float64 { return part(s, 40, 45, 60, 50) }
func corner(s Scene) []float64    { return part(s, 0, 0, 12, 30)[0] }
