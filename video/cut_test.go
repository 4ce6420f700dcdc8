package video

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// film40 returns a recording of 40 frames in each of the formats that this package decodes itself, by name.
func film40(t *testing.T) map[string][]byte {
	t.Helper()
	var avi seekBuffer
	var y4m, stream bytes.Buffer
	if err := WriteAVI(&avi, clip(16, 16, 40, 100), 10, 90); err != nil {
		t.Fatal(err)
	}
	if err := WriteY4M(&y4m, clip(16, 16, 40, 100), 10); err != nil {
		t.Fatal(err)
	}
	if err := WriteMJPEG(&stream, clip(16, 16, 40, 100), 90); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"avi": avi.b, "y4m": y4m.Bytes(), "mjpeg": stream.Bytes()}
}

func framesOf(t *testing.T, name string, b []byte) (int, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), path, Options{})
	if err != nil {
		return 0, err
	}
	defer r.Close()
	n := 0
	for _, err := range r.Frames() {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// A recorder that was stopped leaves a file that ends anywhere. All whole frames are read, in every format.
func TestCutRecordings(t *testing.T) {
	for name, whole := range film40(t) {
		last := bytes.LastIndex(whole, []byte(map[string]string{"avi": "00dc\x10", "y4m": "FRAME", "mjpeg": "\xff\xd8\xff"}[name]))
		if name == "avi" { // the last entry of the index; the frame lies before the index
			last = bytes.LastIndex(whole[:bytes.Index(whole, []byte("idx1"))], []byte("00dc"))
		}
		for at := last; at < len(whole); at += 1 + (len(whole)-last)/150 {
			n, err := framesOf(t, name, whole[:at])
			if err != nil || n != 39 && n != 40 {
				t.Fatalf("%s cut at byte %d of %d: %d frames, %v", name, at, len(whole), n, err)
			}
		}
		for after, b := range map[string][]byte{
			"zeros":        make([]byte, 5000),
			"text":         []byte(strings.Repeat("written by a program\n", 100)),
			"half a frame": append([]byte{0xff, 0xd8, 0xff, 0xe0, 0, 1}, whole[last:last+20]...),
		} {
			if n, err := framesOf(t, name, append(bytes.Clone(whole), b...)); err != nil || n != 40 {
				t.Errorf("%s with %s behind it: %d frames, %v", name, after, n, err)
			}
		}
	}
}

// Sizes are written at the end of a recording. If it was stopped, they are 0 or all ones.
func TestAVIWithoutSizes(t *testing.T) {
	whole := film40(t)["avi"]
	movi := bytes.Index(whole, []byte("movi"))
	index := bytes.Index(whole, []byte("idx1"))
	for _, v := range []byte{0, 0xff} {
		b := bytes.Clone(whole[:index])
		for i := range 4 {
			b[4+i], b[movi-4+i] = v, v
		}
		if n, err := framesOf(t, "avi", b); err != nil || n != 40 {
			t.Errorf("sizes of %#x: %d frames, %v", v, n, err)
		}
	}
}

// A lasting change of the picture size ends the recording; a single frame of another size is damaged.
func TestSizeThatChanges(t *testing.T) {
	small, large := film40(t)["mjpeg"], new(bytes.Buffer)
	if err := WriteMJPEG(large, clip(32, 16, 40, 100), 90); err != nil {
		t.Fatal(err)
	}
	one := new(bytes.Buffer)
	if err := WriteMJPEG(one, clip(32, 16, 1, 100), 90); err != nil {
		t.Fatal(err)
	}
	if n, err := framesOf(t, "mjpeg", append(bytes.Clone(small), large.Bytes()...)); err != nil || n != 40 {
		t.Errorf("another size after 40 frames: %d frames, %v", n, err)
	}
	if n, err := framesOf(t, "mjpeg", bytes.Join([][]byte{small, one.Bytes(), small}, nil)); err != nil || n != 80 {
		t.Errorf("one frame of another size: %d frames, %v", n, err)
	}
}

// A folder is read like a file: the last image may be incomplete, and another size ends the recording.
func TestFolderThatEndsBadly(t *testing.T) {
	write := func(dir string, i int, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.jpg", i)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var wide bytes.Buffer
	if err := jpeg.Encode(&wide, image.NewGray(image.Rect(0, 0, 32, 16)), nil); err != nil {
		t.Fatal(err)
	}
	good := plainJPEG(t)
	for name, bad := range map[string][]byte{"cut": good[:len(good)/2], "empty": nil, "wide": wide.Bytes()} {
		dir := t.TempDir()
		for i := range 10 {
			write(dir, i, good)
		}
		for i := 10; i < 15; i++ {
			if write(dir, i, bad); name != "wide" {
				break
			}
		}
		r, err := Open(t.Context(), dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if times, _ := timesOf(t, r); len(times) != 10 {
			t.Errorf("%s: %d images, want 10", name, len(times))
		}
	}
}

// One false time stamp doesn't make a recording long: the reason is the clock.
func TestClockThatJumps(t *testing.T) {
	for _, tt := range []struct {
		name  string
		times func(i int) float64 // ms
		want  string
	}{
		{"the first frame at 0, then since 1970", func(i int) float64 { return float64(min(i, 1))*1.76e12 + float64(i)*33 }, "clock"},
		{"a jump of a day", func(i int) float64 { return float64(i/20)*8.64e7 + float64(i)*33 }, "clock"},
		{"a frame every five minutes", func(i int) float64 { return float64(i) * 300_000 }, "too long"},
	} {
		frames := func(yield func(Frame, error) bool) {
			for i := range 40 {
				if !yield(Frame{TimeMS: tt.times(i), Image: image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio420)}, nil) {
					return
				}
			}
		}
		var y4m bytes.Buffer
		if err := WriteY4M(&y4m, frames, 30); err != nil {
			t.Fatal(err)
		}
		if _, err := framesOf(t, "x.y4m", y4m.Bytes()); !isInput(err, tt.want) {
			t.Errorf("%s, in y4m: %v, want %q", tt.name, err, tt.want)
		}
		var probed strings.Builder
		fmt.Fprintln(&probed, "stream|index=0|codec_type=video|width=16|height=16")
		for i := range 40 {
			fmt.Fprintf(&probed, "packet|stream_index=0|pts_time=%f|flags=K__\n", tt.times(i)/1000)
		}
		if _, err := parseProbe([]byte(probed.String()), Options{}.withDefaults()); !isInput(err, tt.want) {
			t.Errorf("%s, through ffmpeg: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// A stream that was joined in the middle, as from a camera in the network, has no picture until the next key frame.
// All frames from there are read.
func TestStreamWithoutItsBeginning(t *testing.T) {
	path := ffmpeg(t, "a.ts", "-f", "lavfi", "-i", "testsrc2=s=64x48:d=30:r=30", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "450", "-keyint_min", "450", "-sc_threshold", "0")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const packet = 188
	if n, err := framesOf(t, "x.ts", b[len(b)/10/packet*packet:]); err != nil || n < 450 {
		t.Errorf("%d frames, %v; want the last 450", n, err)
	}
}

// Frame times in another unit are named as such: they do not make a recording short.
func TestListOfTimesInAnotherUnit(t *testing.T) {
	list := func(step float64) []byte {
		var b bytes.Buffer
		for i := range 100 {
			fmt.Fprintf(&b, "%.6f\n", 1000+float64(i)*step)
		}
		return b.Bytes()
	}
	for _, step := range []float64{1.0 / 30, 1.0 / 240, 0} {
		if times, err := parseTimes(bytes.NewReader(list(step)), Options{}.withDefaults()); !isInput(err, "in seconds") {
			t.Errorf("a step of %v: %d times, %v", step, len(times), err)
		}
	}
	for _, step := range []float64{1000.0 / 30, 1000.0 / 960} {
		if times, err := parseTimes(bytes.NewReader(list(step)), Options{}.withDefaults()); err != nil || len(times) != 100 {
			t.Errorf("a step of %v ms: %d times, %v", step, len(times), err)
		}
	}
}
