package video

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// clip makes n frames whose luma is a gradient that moves with the frame number.
func clip(w, h, n int, dtMS float64) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
		for i := range n {
			for y := range h {
				for x := range w {
					img.Y[y*img.YStride+x] = uint8(60 + (x+2*y+3*i)%120)
				}
			}
			for j := range img.Cb {
				img.Cb[j], img.Cr[j] = uint8(110+i%5), 150
			}
			if !yield(Frame{TimeMS: float64(i) * dtMS, Image: img}, nil) {
				return
			}
		}
	}
}

func read(t *testing.T, r *Reader) (times []float64, images []*image.YCbCr) {
	t.Helper()
	for f, err := range r.Frames() {
		if err != nil {
			t.Fatal(err)
		}
		m := f.Image.(*image.YCbCr)
		c := *m
		c.Y, c.Cb, c.Cr = bytes.Clone(m.Y), bytes.Clone(m.Cb), bytes.Clone(m.Cr)
		times, images = append(times, f.TimeMS), append(images, &c)
	}
	return times, images
}

func TestY4MKeepsEverySample(t *testing.T) {
	var buf bytes.Buffer
	if err := WriteY4M(&buf, clip(31, 17, 5, 33.4), 30); err != nil {
		t.Fatal(err)
	}
	r, err := NewY4M(&buf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Info().Timing != TimingCamera || r.Info().Width != 31 {
		t.Errorf("info %+v", r.Info())
	}
	times, images := read(t, r)
	i := 0
	for f := range clip(31, 17, 5, 33.4) {
		m := f.Image.(*image.YCbCr)
		if math.Abs(times[i]-f.TimeMS) > 1e-3 || !bytes.Equal(images[i].Y, m.Y) || !bytes.Equal(images[i].Cb, m.Cb) || !bytes.Equal(images[i].Cr, m.Cr) {
			t.Errorf("frame %d differs", i)
		}
		i++
	}
	if i != len(images) {
		t.Errorf("%d frames, want %d", len(images), i)
	}
}

// A y4m written by hand, in the four colour formats: sizes of the planes by the format's definition.
func TestY4MColourFormats(t *testing.T) {
	for space, chroma := range map[string]int{"420jpeg": 2 * 2 * 1, "422": 2 * 2 * 2, "444": 2 * 3 * 2, "mono": 0} {
		src := "YUV4MPEG2 W3 H2 F25:1 C" + space + "\n" + strings.Repeat("FRAME\n"+strings.Repeat("\x80", 6+chroma), 3)
		r, err := NewY4M(strings.NewReader(src), Options{})
		if err != nil {
			t.Fatal(space, err)
		}
		times, _ := read(t, r)
		if len(times) != 3 || times[2] != 80 || r.Info().Timing != TimingNominal {
			t.Errorf("%s: times %v, %+v", space, times, r.Info())
		}
	}
}

func TestMotionJPEG(t *testing.T) {
	frames := clip(64, 48, 6, 41)
	path := filepath.Join(t.TempDir(), "clip.avi")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteAVI(f, frames, 24.39, 90); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if err := WriteMJPEG(&raw, frames, 90); err != nil {
		t.Fatal(err)
	}
	rawPath := filepath.Join(t.TempDir(), "clip.bin")
	if err := os.WriteFile(rawPath, raw.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, rawPath} {
		r, err := Open(t.Context(), p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		times, images := read(t, r)
		if len(times) != 6 || math.Abs(times[5]-205) > 1e-3 || r.Info().Timing != TimingCamera {
			t.Errorf("%s: times %v, %+v", p, times, r.Info())
		}
		if y := images[0].Y[0]; math.Abs(float64(y)-60) > 6 {
			t.Errorf("luma %d, want about 60", y)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// plainJPEG encodes one flat image without comment.
func plainJPEG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestMJPEGWithoutTimesIsUnknown(t *testing.T) {
	r, err := NewMJPEG(bytes.NewReader(bytes.Repeat(plainJPEG(t), 4)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if times, _ := read(t, r); len(times) != 4 || r.Info().Timing != TimingUnknown {
		t.Errorf("%d frames, %+v", len(times), r.Info())
	}
	r, err = NewMJPEG(bytes.NewReader(bytes.Repeat(plainJPEG(t), 4)), Options{FPS: 20})
	if err != nil {
		t.Fatal(err)
	}
	if times, _ := read(t, r); times[3] != 150 || r.Info().Timing != TimingNominal {
		t.Errorf("with --fps 20: %v, %+v", times, r.Info())
	}
}

// Webcams that write AVI1 leave the Huffman tables out of every frame.
func TestMJPEGWithoutHuffmanTables(t *testing.T) {
	b := plainJPEG(t)
	i := bytes.Index(b, []byte{0xff, mDHT})
	j := bytes.Index(b, []byte{0xff, mSOS})
	bare := append(bytes.Clone(b[:i]), b[j:]...)
	r, err := NewMJPEG(bytes.NewReader(bare), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, images := read(t, r)
	if got := images[0].YCbCrAt(3, 3).Y; math.Abs(float64(got)-200) > 2 {
		t.Errorf("luma %d, want 200", got)
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"Image1392643993642815000.jpg", "Image1392643993742815000.jpg", "Image1392643993683815000.jpg"} {
		if err := os.WriteFile(filepath.Join(dir, name), plainJPEG(t), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	times, _ := read(t, r)
	if len(times) != 3 || times[1] != 41 || times[2] != 100 || r.Info().Timing != TimingCamera {
		t.Errorf("times %v, %+v", times, r.Info())
	}

	counted := t.TempDir()
	for _, name := range []string{"frame_2.jpg", "frame_10.jpg", "frame_1.jpg"} {
		if err := os.WriteFile(filepath.Join(counted, name), plainJPEG(t), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = Open(t.Context(), counted, Options{}); err != nil || r.Info().Timing != TimingUnknown {
		t.Errorf("numbered frames: %v, %+v", err, r.Info())
	}
	if err := os.WriteFile(filepath.Join(counted, "times.txt"), []byte("100\n140\n171\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err = Open(t.Context(), counted, Options{}); err != nil {
		t.Fatal(err)
	}
	if times, _ := read(t, r); times[0] != 0 || times[2] != 71 {
		t.Errorf("times.txt: %v", times)
	}
}

func TestBadInputIsTheSendersFault(t *testing.T) {
	y4m := "YUV4MPEG2 W4 H4 F30:1\nFRAME\n" + strings.Repeat("a", 24)
	files := map[string]string{
		"empty":           "",
		"huge y4m":        "YUV4MPEG2 W99999999 H99999999 F30:1\nFRAME\n",
		"overflowing y4m": "YUV4MPEG2 W9223372036854775807 H9223372036854775807 F30:1\nFRAME\n",
		"y4m, no size":    "YUV4MPEG2 F30:1\nFRAME\n",
		"y4m, no frames":  "YUV4MPEG2 W4 H4 F30:1\n",
		"y4m, cut off":    y4m[:len(y4m)-1],
		"y4m, 10 bits":    "YUV4MPEG2 W4 H4 F30:1 C420p10\nFRAME\n",
		"jpeg, cut off":   string(plainJPEG(t)[:300]),
		"jpeg, damaged":   "\xff\xd8\xff\xdb\x00\x02\xff\xd9",
	}
	for name, data := range files {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), path, Options{})
		var in *InputError
		if !errors.As(err, &in) || in.Msg == "" {
			t.Errorf("%s: %v, want an InputError", name, err)
		}
	}
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "none"), Options{}); err == nil {
		t.Error("a file that is not there opens")
	}
}

// A lost byte costs one frame, and the others keep their times. A recording with much damage is refused.
func TestSpoiltFrames(t *testing.T) {
	var film seekBuffer
	if err := WriteAVI(&film, clip(16, 16, 40, 100), 10, 90); err != nil {
		t.Fatal(err)
	}
	spoil := func(every int) []byte {
		b := bytes.Clone(film.b)
		for i, at := 0, 0; ; i++ {
			n := bytes.Index(b[at:], []byte("00dc"))
			if n < 0 || bytes.HasPrefix(b[at+n+8:], []byte{0, 0}) {
				return b
			}
			at += n + 8
			if !bytes.HasPrefix(b[at:], []byte{0xff, 0xd8}) {
				return b // the index has begun
			}
			if i%every == 0 {
				table := bytes.Index(b[at:], []byte{0xff, mDHT})
				b[at+table+4] = 0xee // no such table
			}
		}
	}
	for name, open := range map[string]func([]byte) (*Reader, error){
		"AVI":    func(b []byte) (*Reader, error) { return NewAVI(bytes.NewReader(b), Options{}) },
		"stream": func(b []byte) (*Reader, error) { return NewMJPEG(bytes.NewReader(b), Options{}) },
	} {
		r, err := open(spoil(25))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		times, _ := read(t, r)
		if len(times) != 38 || times[len(times)-1]-times[0] != 3800 {
			t.Errorf("%s: %d frames up to %v ms, want 38 over 3800", name, len(times), times)
		}
		if r, err = open(spoil(2)); err == nil {
			for _, e := range r.Frames() {
				err = e
			}
		}
		if !isInput(err, "damaged") {
			t.Errorf("%s with every second frame spoilt: %v", name, err)
		}
	}
}

// drain reads at most a few frames of hostile input; only InputErrors may come out.
func drain(t *testing.T, r *Reader, err error) {
	t.Helper()
	var in *InputError
	if err != nil {
		if !errors.As(err, &in) {
			t.Fatalf("%T %v", err, err)
		}
		return
	}
	n := 0
	for f, err := range r.Frames() {
		if err != nil {
			if !errors.As(err, &in) {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if b := f.Image.Bounds(); b.Dx()*b.Dy() > 1<<16 {
			t.Fatalf("frame of %v", b)
		}
		_ = f.Image.At(0, 0)
		if n++; n > 64 {
			return
		}
	}
}

var fuzzed = Options{MaxPixels: 1 << 16, MaxFrames: 64}

func FuzzY4M(f *testing.F) {
	var b bytes.Buffer
	if err := WriteY4M(&b, clip(8, 6, 2, 40), 25); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("YUV4MPEG2 W3 H2 F25:1 C422\nFRAME Xtime_ms=1\n12345678901234"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewY4M(bytes.NewReader(b), fuzzed)
		drain(t, r, err)
	})
}

func FuzzMJPEG(f *testing.F) {
	f.Add(plainJPEG(f))
	var b bytes.Buffer
	if err := WriteMJPEG(&b, clip(16, 16, 2, 40), 50); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewMJPEG(bytes.NewReader(b), fuzzed)
		drain(t, r, err)
	})
}

// seekBuffer is a file in memory.
type seekBuffer struct {
	b  []byte
	at int
}

func (s *seekBuffer) Write(p []byte) (int, error) {
	s.b = append(s.b[:s.at], append(bytes.Clone(p), s.b[min(len(s.b), s.at+len(p)):]...)...)
	s.at += len(p)
	return len(p), nil
}

func (s *seekBuffer) Seek(off int64, whence int) (int64, error) {
	s.at = map[int]int{io.SeekStart: int(off), io.SeekEnd: len(s.b) + int(off)}[whence]
	return int64(s.at), nil
}

func FuzzAVI(f *testing.F) {
	var b seekBuffer
	if err := WriteAVI(&b, clip(16, 16, 2, 40), 25, 50); err != nil {
		f.Fatal(err)
	}
	f.Add(b.b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewAVI(bytes.NewReader(b), fuzzed)
		drain(t, r, err)
	})
}

func BenchmarkMJPEG640x480(b *testing.B) {
	const frames = 60
	var buf bytes.Buffer
	if err := WriteMJPEG(&buf, clip(640, 480, frames, 40), 90); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		r, err := NewMJPEG(bytes.NewReader(buf.Bytes()), Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range r.Frames() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "frames/s")
}
