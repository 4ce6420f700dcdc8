package face_test

import (
	"math"
	"os/exec"
	"path/filepath"
	"testing"

	"blush.example/blush/face"
	"blush.example/blush/video"
)

// The colours read from a file are those that were filmed, however it codes them: another matrix, range, depth or
// subsampling must not shift the skin.
func TestColoursOfFiles(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	want := [3]float64{200, 140, 110}
	dir := t.TempDir()
	all := []string{"-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "color=c=0xC88C6E:s=128x96:d=0.2:r=30,format=rgb24"}
	kinds := map[string][]string{
		"601-tv.mp4":       {"-vf", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p", "-c:v", "libx264", "-preset", "ultrafast"},
		"709-tv.mp4":       {"-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", "-colorspace", "bt709", "-color_range", "tv", "-c:v", "libx264", "-preset", "ultrafast"},
		"601-full.mp4":     {"-vf", "scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p", "-color_range", "pc", "-c:v", "libx264", "-preset", "ultrafast"},
		"709-444-full.mkv": {"-vf", "scale=out_color_matrix=bt709:out_range=pc,format=yuv444p", "-colorspace", "bt709", "-color_range", "pc", "-c:v", "libx264", "-preset", "ultrafast"},
		"2020-10bit.mp4":   {"-vf", "scale=out_color_matrix=bt2020nc:out_range=tv,format=yuv420p10le", "-colorspace", "bt2020nc", "-color_range", "tv", "-c:v", "libx264", "-preset", "ultrafast"},
		"2020.mp4":         {"-vf", "scale=out_color_matrix=bt2020nc:out_range=tv,format=yuv420p", "-colorspace", "bt2020nc", "-color_range", "tv", "-c:v", "libx264", "-preset", "ultrafast"},
		"mjpeg.mov":        {"-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p"},
		"rgb.avi":          {"-c:v", "rawvideo", "-pix_fmt", "bgr24"},
	}
	for name, args := range kinds { // one process makes all: to start it takes longer than to make a file
		all = append(append(all, args...), "-threads", "1", filepath.Join(dir, name))
	}
	if out, err := exec.Command("ffmpeg", all...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v %s", err, out)
	}
	for name := range kinds {
		path := filepath.Join(dir, name)
		r, err := video.Open(t.Context(), path, video.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tr, err := face.Capture(t.Context(), r.Frames(), r.Info(), face.Options{})
		r.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := [3]float64{tr.Background.R[0], tr.Background.G[0], tr.Background.B[0]}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 4 {
				t.Errorf("%s: %.1f, want %v", name, got, want)
				break
			}
		}
	}
}
