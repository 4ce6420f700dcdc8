package browser

import (
	"context"
	"math"
	"testing"

	"blush.example/blush/face"
	"blush.example/blush/video"
)

// How fast a film was played is read off the trace, whatever the camera's clock.
func TestSpeedOfAFilm(t *testing.T) {
	f := FaceFilm(75, 6)
	f.Video.Width, f.Video.Height, f.Swings = 320, 240, 2
	frames, _ := f.shoot(15)
	tr, err := face.Capture(context.Background(), frames, video.Info{Width: 320, Height: 240}, face.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, speed := range []float64{1, 0.87, 1.04} {
		played := *tr
		played.TimeMS = nil
		for _, ms := range tr.TimeMS {
			played.TimeMS = append(played.TimeMS, 5000+ms/speed)
		}
		if got := f.Speed(&played); math.Abs(got-speed) > 0.005 {
			t.Errorf("played at %.3f, read as %.4f", speed, got)
		}
	}
}
