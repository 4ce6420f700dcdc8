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
	s.Camera.Noise = 0.8 // enough to carry a fraction of a level through rounding
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

// The light that comes back from the cheeks must fall and rise with the blood,
// by the strength that the tone says, for the lightest and the darkest skin.
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
				f.shoot(i % len(f.stamps))
				i++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}
