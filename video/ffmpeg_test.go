package video

import (
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ffmpeg makes a file with ffmpeg's own arguments; the test is skipped without it.
func ffmpeg(t testing.TB, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	path := filepath.Join(t.TempDir(), name)
	out, err := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-nostdin", "-y"}, args...), "-threads", "1", path)...).CombinedOutput()
	if err != nil {
		t.Skipf("this ffmpeg cannot make the recording: %v %s", err, out)
	}
	return path
}

// recording is a file that ffmpeg makes, of all the inputs that its arguments begin with.
type recording struct {
	name string
	args []string
}

// ffmpegs makes many files with one process of ffmpeg: to start one takes longer than to make a small file.
func ffmpegs(t testing.TB, recordings []recording) (paths []string) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	args, outputs := []string{"-v", "error", "-nostdin", "-y"}, []string{}
	dir, n := t.TempDir(), 0
	for _, r := range recordings {
		inputs := len(r.args)
		for r.args[inputs-2] != "-i" {
			inputs--
		}
		args = append(args, r.args[:inputs]...)
		for _, arg := range r.args[:inputs] {
			if arg == "-i" {
				outputs = append(outputs, "-map", strconv.Itoa(n))
				n++
			}
		}
		paths = append(paths, filepath.Join(dir, r.name))
		outputs = append(append(outputs, r.args[inputs:]...), "-threads", "1", filepath.Join(dir, r.name))
	}
	if out, err := exec.Command("ffmpeg", append(args, outputs...)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v %s", err, out)
	}
	return paths
}

const (
	testPicture = "testsrc2=s=160x120:d=2:r="
	testSound   = "sine=f=440:d="
)

func TestFFmpegFormats(t *testing.T) {
	lavfi := func(rate string) []string { return []string{"-f", "lavfi", "-i", testPicture + rate} }
	// Frames kept at uneven distances: what a browser's recorder gives under load.
	uneven := []string{"-vf", "select='not(eq(mod(n\\,7)\\,3))',settb=1/1000,setpts='PTS+12*mod(N*N\\,5)/5'", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"}
	tests := []struct {
		name   string
		args   []string
		frames int
		timing Timing
		rate   float64
	}{
		{"h264-30.mp4", append(lavfi("30"), "-pix_fmt", "yuv420p"), 60, TimingNominal, 30},
		{"raw-30.avi", append(lavfi("30"), "-c:v", "rawvideo", "-pix_fmt", "bgr24"), 60, TimingNominal, 30},
		{"measured.avi", append(lavfi("2867/100"), "-c:v", "mpeg4"), 58, TimingNominal, 28.67},
		{"elementary.h264", append(lavfi("30"), "-pix_fmt", "yuv420p"), 60, TimingUnknown, 0},
		{"browser.webm", append(append(lavfi("30"), uneven...), "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"), 51, TimingCamera, 0},
		{"browser.mp4", append(append(lavfi("30"), uneven...), "-pix_fmt", "yuv420p", "-bf", "2"), 51, TimingCamera, 0},
	}
	var recordings []recording
	for _, tt := range tests {
		recordings = append(recordings, recording{tt.name, tt.args})
	}
	paths := ffmpegs(t, recordings)
	for k, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Open(t.Context(), paths[k], Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			n, last := 0, -1.0
			for f, err := range r.Frames() {
				if err != nil {
					t.Fatal(err)
				}
				if f.TimeMS <= last {
					t.Errorf("frame %d at %v ms after %v ms", n, f.TimeMS, last)
				}
				last = f.TimeMS
				n++
			}
			i := r.Info()
			if n != tt.frames || i.Timing != tt.timing || tt.rate > 0 && math.Abs(i.Rate-tt.rate) > 0.01*tt.rate {
				t.Errorf("%d frames, %+v; want %d, %s, %v", n, i, tt.frames, tt.timing, tt.rate)
			}
			if i.Rate > 0 && math.Abs(last-float64(n-1)*1000/i.Rate) > 1 {
				t.Errorf("last frame at %v ms, rate %v", last, i.Rate)
			}
		})
	}
}

// Times must be those of the frames, also where frames are missing and where B-frames reorder them.
func TestFFmpegTimesBelongToTheirFrames(t *testing.T) {
	// The picture is as bright as its time: 40 levels a second.
	path := ffmpeg(t, "ramp.mp4", "-f", "lavfi", "-i", "color=black:s=64x48:r=30:d=3,format=yuv420p,geq=lum='30+40*T':cb=128:cr=128",
		"-vf", "select='gt(mod(n\\,5)\\,1)'", "-fps_mode", "passthrough", "-bf", "3", "-crf", "5")
	r, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	times, images := read(t, r)
	if len(times) != 54 {
		t.Errorf("%d frames, want 54", len(times))
	}
	origin := float64(images[0].Y[64*24+32])
	for i, m := range images {
		if want := origin + 40*times[i]/1000; math.Abs(float64(m.Y[m.YStride*24+32])-want) > 3 {
			t.Errorf("frame %d at %v ms has luma %d, want %.0f", i, times[i], m.Y[m.YStride*24+32], want)
		}
	}
}

func TestFFmpegLargeAndTurnedPictures(t *testing.T) {
	path := ffmpeg(t, "large.mp4", "-f", "lavfi", "-i", "testsrc2=s=2560x1440:d=0.2:r=30", "-pix_fmt", "yuv420p", "-preset", "ultrafast")
	r, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if i := r.Info(); i.Width != 1280 || i.Height != 720 {
		t.Errorf("%d×%d, want 1280×720", i.Width, i.Height)
	}
	if _, err := Open(t.Context(), path, Options{MaxPixels: 1 << 20}); !isInput(err, "large") {
		t.Errorf("beyond the limit: %v", err)
	}
	if _, err := Open(t.Context(), path, Options{MaxDuration: 50 * time.Millisecond}); !isInput(err, "long") {
		t.Errorf("beyond the duration: %v", err)
	}
	if _, err := Open(t.Context(), path, Options{MaxFrames: 3}); !isInput(err, "too many frames") {
		t.Errorf("beyond the frames: %v", err)
	}
}

// A phone stores the picture as the sensor has it, with its orientation. The frames returned are upright.
func TestFFmpegTurnsThePicture(t *testing.T) {
	flat := ffmpeg(t, "sensor.mp4", "-f", "lavfi", "-i", "color=gray:s=96x64:r=30:d=0.3,format=yuv420p,geq=lum='if(lt(X,48),200,50)':cb=128:cr=128")
	turned := filepath.Join(t.TempDir(), "turned.mov")
	copied := func(before, after []string) error {
		args := append(append([]string{"-v", "error", "-nostdin", "-y"}, before...), "-i", flat, "-c", "copy")
		return exec.Command("ffmpeg", append(append(args, after...), turned)...).Run()
	}
	// The option's name, and the sense of the turn, changed with ffmpeg 6.
	if copied([]string{"-display_rotation", "-90"}, nil) != nil && copied(nil, []string{"-metadata:s:v", "rotate=90"}) != nil {
		t.Skip("this ffmpeg writes no display matrix")
	}
	angle, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream_side_data=rotation", "-of", "csv=p=0", turned).Output()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), turned, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if i := r.Info(); i.Width != 64 || i.Height != 96 {
		t.Fatalf("%d×%d, want 64×96", i.Width, i.Height)
	}
	_, images := read(t, r)
	above, below := images[0].Y[10*images[0].YStride+32], images[0].Y[85*images[0].YStride+32]
	if strings.TrimSpace(string(angle)) == "90" { // anticlockwise: the left side comes to lie below
		above, below = below, above
	}
	if above < 180 || below > 70 {
		t.Errorf("turned by %s°, the left side has luma %d, the right one %d, want 200 and 50", angle, above, below)
	}
}

func isInput(err error, says string) bool {
	var in *InputError
	return errors.As(err, &in) && strings.Contains(in.Msg, says)
}

func TestFFmpegHostileInput(t *testing.T) {
	made := ffmpegs(t, []recording{
		{"good.mp4", []string{"-f", "lavfi", "-i", testPicture + "30", "-pix_fmt", "yuv420p"}},
		{"sound.m4a", []string{"-f", "lavfi", "-i", testSound + "1"}},
	})
	b, err := os.ReadFile(made[0])
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret.mp4")
	if err := os.WriteFile(secret, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := os.ReadFile(made[1])
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 50_000)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	for _, tt := range []struct {
		name string
		data []byte
		says string
	}{
		{"text", []byte("this is no video\n"), "not a video"},
		{"noise", noise, ""},
		{"half of an mp4", b[:len(b)/2], "not a video"},
		{"sound alone", s, "no video"},
		{"a playlist of a local file", []byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + secret + "\n#EXT-X-ENDLIST\n"), "not a video"},
		{"a list of local files", []byte("ffconcat version 1.0\nfile '" + secret + "'\n"), "not a video"},
		{"a picture of a video's name", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "not a video"},
	} {
		path := filepath.Join(t.TempDir(), "upload.mp4")
		if err := os.WriteFile(path, tt.data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(t.Context(), path, Options{})
		if err == nil {
			r.Close()
		}
		if !isInput(err, tt.says) {
			t.Errorf("%s: %v, want an InputError with %q", tt.name, err, tt.says)
		}
	}
	// Damage in the middle may cost frames, never more.
	hurt := append([]byte(nil), b...)
	for i := len(hurt) / 3; i < len(hurt)/3+2000 && i < len(hurt); i++ {
		hurt[i] ^= 0x5a
	}
	path := filepath.Join(t.TempDir(), "hurt.mp4")
	if err := os.WriteFile(path, hurt, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), path, Options{})
	drainAny(t, r, err)
}

func drainAny(t *testing.T, r *Reader, err error) {
	t.Helper()
	var in *InputError
	if err == nil {
		defer r.Close()
		for _, e := range r.Frames() {
			err = e
		}
	}
	if err != nil && !errors.As(err, &in) {
		t.Errorf("%T %v, want an InputError or nothing", err, err)
	}
}

func TestFFmpegEndsWithItsReader(t *testing.T) {
	path := ffmpeg(t, "long.mp4", "-f", "lavfi", "-i", "testsrc2=s=640x480:d=1:r=30", "-pix_fmt", "yuv420p", "-preset", "ultrafast")
	t.Setenv("TMPDIR", t.TempDir()) // where no other test makes folders
	before, _ := filepath.Glob(filepath.Join(os.TempDir(), "blush-video-*"))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err = range r.Frames() {
		if err != nil {
			break
		}
		if n++; n == 5 {
			cancel()
		}
	}
	if n != 5 || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled after 5 frames, it ended after %d with %v", n, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	after, _ := filepath.Glob(filepath.Join(os.TempDir(), "blush-video-*"))
	if len(after) > len(before) {
		t.Errorf("folders left behind: %v", after)
	}
	if _, err := Open(t.Context(), path, Options{Timeout: time.Millisecond}); err == nil {
		t.Error("a time limit of 1 ms is not kept")
	}
	cancel()
}

func TestWithoutFFmpeg(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.mp4")
	if err := os.WriteFile(path, []byte("\x00\x00\x00\x18ftypisom"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{FFmpeg: "/nowhere/ffmpeg"}); !errors.Is(err, ErrNoFFmpeg) {
		t.Errorf("%v, want ErrNoFFmpeg", err)
	}
}

// The recordings with invented frame times: constant 50 frames/s without further evidence.
func TestInventedTimesOfRealRecordings(t *testing.T) {
	data := os.Getenv("BLUSH_DATA")
	if data == "" {
		t.Skip("BLUSH_DATA is not set")
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	clips := []string{filepath.Join(data, "hschn58", "Results_9_30_0_light.avi"), filepath.Join(data, "hschn58", "Results_10_7_0_light.mp4")}
	for _, c := range clips { // of each container the smallest
		r, err := Open(t.Context(), c, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Info().Timing != TimingUnknown {
			t.Errorf("%s: %+v", filepath.Base(c), r.Info())
		}
		r.Close()
	}
	r, err := Open(t.Context(), clips[0], Options{FPS: 30})
	if err != nil {
		t.Fatal(err)
	}
	if i := r.Info(); i.Timing != TimingNominal || i.Rate != 30 {
		t.Errorf("with a rate vouched for: %+v", i)
	}
	r.Close()
}

func BenchmarkFFmpeg640x480(b *testing.B) {
	path := ffmpeg(b, "bench.mp4", "-f", "lavfi", "-i", "testsrc2=s=640x480:d=10:r=30", "-pix_fmt", "yuv420p", "-crf", "18")
	n := 0
	for b.Loop() {
		r, err := Open(b.Context(), path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range r.Frames() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		r.Close()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "frames/s")
}
