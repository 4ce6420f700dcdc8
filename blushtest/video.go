package blushtest

import (
	"os"
	"testing"

	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// FaceVideo writes a video of a simulated face, motion JPEG in AVI at 480 × 360
// and 30 frames/s, which the server reads without ffmpeg, and returns what it holds.
func FaceVideo(t testing.TB, file string, scene simulate.Scene) simulate.Truth {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	frames, truth := scene.Video(simulate.VideoOptions{})
	if err := video.WriteAVI(f, frames, 30, 95); err != nil {
		t.Fatal(err)
	}
	return truth
}
