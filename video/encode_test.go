package video_test

import (
	"bytes"
	"errors"
	"image"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"blush.example/blush/video"
)

// fading yields n grey frames that grow brighter from 60 to 180.
func fading(n int) iter.Seq2[video.Frame, error] {
	return func(yield func(video.Frame, error) bool) {
		m := image.NewYCbCr(image.Rect(0, 0, 96, 64), image.YCbCrSubsampleRatio420)
		for i := range n {
			for k := range m.Y {
				m.Y[k] = uint8(60 + 120*i/(n-1))
			}
			for k := range m.Cb {
				m.Cb[k], m.Cr[k] = 128, 128
			}
			if !yield(video.Frame{TimeMS: float64(i) * 40, Image: m}, nil) {
				return
			}
		}
	}
}

// Each codec returns every frame, at its time, with its brightness.
func TestEncode(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	const n = 50
	for _, codec := range video.Codecs {
		c := video.Coding{Codec: codec, Quality: 12, KeyEvery: 20, Filter: "scale=128:96"}
		if codec == "h264" || codec == "vp8" {
			c.Quality, c.Kbps, c.Live = 0, 300, true
		}
		path := filepath.Join(t.TempDir(), "film"+c.FileType())
		if err := video.Encode(t.Context(), path, fading(n), 25, c); err != nil {
			if strings.Contains(err.Error(), "Unknown encoder") {
				t.Logf("%s: this ffmpeg has no such coder", codec)
				continue
			}
			t.Fatal(err)
		}
		r, err := video.Open(t.Context(), path, video.Options{})
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		for f, err := range r.Frames() {
			if err != nil {
				t.Fatal(err)
			}
			m := f.Image.(*image.YCbCr)
			level := float64(m.Y[m.YOffset(64, 48)])
			if f.Color.Limited {
				level = (level - 16) * 255 / 219
			}
			if want := 60 + 120*float64(i)/(n-1); math.Abs(level-want) > 6 || math.Abs(f.TimeMS-40*float64(i)) > 1 || m.Rect.Dx() != 128 {
				t.Fatalf("%s: frame %d at %.1f ms has level %.1f, want %.1f, of %v", codec, i, f.TimeMS, level, want, m.Rect)
			}
			i++
		}
		if i != n {
			t.Errorf("%s: %d frames", codec, i)
		}
		r.Close()
	}
}

// noise yields n frames of passing noise.
func noise(n int) iter.Seq2[video.Frame, error] {
	return func(yield func(video.Frame, error) bool) {
		rng := rand.New(rand.NewPCG(1, 2))
		m := image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420)
		for k := range m.Cb {
			m.Cb[k], m.Cr[k] = 128, 128
		}
		for i := range n {
			for k := 0; k < len(m.Y); k += 8 {
				for j, r := 0, rng.Uint64(); j < 8; j++ {
					m.Y[k+j] = uint8(100 + r>>(8*j)&31 + uint64(3*((k+j+i)%20)))
				}
			}
			if !yield(video.Frame{TimeMS: float64(i) * 40, Image: m}, nil) {
				return
			}
		}
	}
}

// The same frames make the same pictures in a call, whatever else the machine does. VP8 takes less effort where it has
// less time, unless its speed is fixed: here one encoder has the machine to itself, then four share it.
func TestCallIsRepeatable(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	// The second half of the file: a header holds a number that is drawn for each file.
	call := func() []byte {
		path := filepath.Join(t.TempDir(), "call.webm")
		if err := video.Encode(t.Context(), path, noise(36), 25, video.Coding{Codec: "vp8", Kbps: 1000, Live: true}); err != nil {
			t.Error(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		return b[len(b)/2:]
	}
	want := call()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := call(); len(want) < 10_000 || !bytes.Equal(got, want) {
				t.Errorf("the same frames made different pictures, of %d and %d bytes", len(got), len(want))
			}
		})
	}
	wg.Wait()
}

// Settings that can't be encoded are errors, and an error of the frames ends the file.
func TestEncodeSaysWhatIsWrong(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	path := filepath.Join(t.TempDir(), "film.mp4")
	broken := errors.New("the camera fell down")
	for want, c := range map[string]struct {
		video.Coding
		frames iter.Seq2[video.Frame, error]
	}{
		"the codecs are mjpeg":    {video.Coding{Codec: "dirac", Quality: 3}, fading(3)},
		"a quality or a bit rate": {video.Coding{Codec: "h264"}, fading(3)},
		"cannot write " + path:    {video.Coding{Codec: "mpeg4", Quality: 3, Filter: "no_such_filter"}, fading(3)},
		"the camera fell down":    {video.Coding{Codec: "mpeg4", Quality: 3}, func(yield func(video.Frame, error) bool) { yield(video.Frame{}, broken) }},
	} {
		if err := video.Encode(t.Context(), path, c.frames, 25, c.Coding); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
