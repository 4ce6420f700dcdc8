package face_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/face"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// filmed returns recording i of the test of the whole chain: 50 to 110 bpm, tones I to IV, with the pixel noise of
// a webcam indoors. (With less noise there is less dither, and H.264 keeps less of the pulse: with noise of 2.6
// grey levels some 4 dB less.)
func filmed(i int, seconds float64) simulate.Scene {
	s := simulate.NewScene(uint64(7000+i), seconds)
	s.Tone = simulate.Tones[i%2]
	s.Rhythm.HeartRate = 50 + 60*float64(i)/19
	s.Camera.Noise = 5
	return s
}

// encode films a scene and compresses it with H.264 at CRF 18; the frames' own times go to a file next to it.
func encode(t testing.TB, s simulate.Scene, o simulate.VideoOptions) (path string, truth simulate.Truth) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	path = filepath.Join(t.TempDir(), "face.mp4")
	cmd := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", "pipe:0", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-threads", "1", "-pix_fmt", "yuv420p", path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var times strings.Builder
	frames, truth := s.Video(o)
	err = video.WriteY4M(in, func(yield func(video.Frame, error) bool) {
		for f, err := range frames {
			fmt.Fprintf(&times, "%.3f\n", f.TimeMS)
			if !yield(f, err) {
				return
			}
		}
	}, s.Camera.FPS)
	in.Close()
	if werr := cmd.Wait(); werr != nil {
		t.Skipf("this ffmpeg has no H.264 encoder: %v", werr)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".times", []byte(times.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, truth
}

func traceOf(t testing.TB, path string) *rppg.Trace {
	t.Helper()
	r, err := video.Open(t.Context(), path, video.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	tr, err := face.Capture(t.Context(), r.Frames(), r.Info(), face.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// Render, H.264 at CRF 18, decode, face, engine: the heart rate within 1 bpm of
// the truth. The short form is one recording of 14 s at 320 × 240; the full form is twenty
// of 30 s at 640 × 480, of which one may be refused or off:
//
//	BLUSH_CHAIN=full go test -run TestChain -timeout 60m -v ./face
func TestChain(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	seconds, o, which := 14.0, simulate.VideoOptions{Width: 320, Height: 240}, []int{9}
	if os.Getenv("BLUSH_CHAIN") == "full" {
		seconds, o, which = 30, simulate.VideoOptions{Width: 640, Height: 480}, nil
		for i := range 20 {
			which = append(which, i)
		}
	}
	var mu sync.Mutex
	good := 0
	var report []string
	t.Run("recordings", func(t *testing.T) {
		for _, i := range which {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				path, truth := encode(t, filmed(i, seconds), o)
				res := engine.Analyze(traceOf(t, path), engine.Options{})
				e, _ := res.Find(biomarker.HeartRate)
				mu.Lock()
				defer mu.Unlock()
				report = append(report, fmt.Sprintf("%2d %-6s true %.1f bpm, read %s, confidence %.2f, SNR %.1f dB, face in %.3f",
					i, truth.Tone, truth.HeartRate, show(e), e.Confidence, res.Features.SNR, res.Capture.FaceShare))
				if e.Value != nil && math.Abs(*e.Value-truth.HeartRate) <= 1 {
					good++
				}
			})
		}
	})
	if len(report) == 0 {
		t.Skip("no recording could be made")
	}
	t.Logf("%d of %d within 1 bpm\n%s", good, len(which), strings.Join(report, "\n"))
	if good < len(which)-len(which)/20 {
		t.Errorf("%d of %d recordings within 1 bpm", good, len(which))
	}
}

func show(e biomarker.Estimate) string {
	switch {
	case e.Value != nil:
		return fmt.Sprintf("%.1f", *e.Value)
	case e.Reason != nil:
		return string(*e.Reason)
	}
	return "nothing"
}

// The portrait without blood in it is still a face, and has no heart rate.
func TestChainPhotograph(t *testing.T) {
	s := filmed(3, 15)
	s.Pulse = false
	frames, _ := s.Video(simulate.VideoOptions{Width: 320, Height: 240})
	tr, err := face.Capture(t.Context(), frames, video.Info{Timing: video.TimingCamera}, face.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res := engine.Analyze(tr, engine.Options{})
	if e, _ := res.Find(biomarker.HeartRate); e.Value != nil || res.Capture.FaceShare < 0.95 {
		t.Errorf("face in %.2f of the frames, heart rate %s", res.Capture.FaceShare, show(e))
	}
}

// In the recordings of a real face by lamp light, the face is found in at least 95 % of the frames at 50 to 100 %
// light.
func TestFacesOfRealRecordings(t *testing.T) {
	data := os.Getenv("BLUSH_DATA")
	if data == "" {
		t.Skip("BLUSH_DATA is not set")
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	for _, name := range []string{"50", "75", "100"} {
		path := filepath.Join(data, "hschn58", "Results_9_30_"+name+"_light.avi")
		if _, err := os.Stat(path); err != nil {
			t.Fatal(err)
		}
		res := engine.Analyze(traceOf(t, path), engine.Options{})
		if res.Capture.FaceShare < 0.95 || res.Capture.Light < 40 || res.Capture.SkinPixels < 1000 {
			t.Errorf("%s %% light: %+v", name, res.Capture)
		}
		if e, _ := res.Find(biomarker.HeartRate); e.Value != nil {
			t.Errorf("%s %% light: a heart rate of %s from invented times", name, show(e))
		}
	}
}
