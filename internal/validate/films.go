package validate

import (
	"context"
	"fmt"

	"blush.example/blush/face"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// films is the suite whose scenes are filmed and read through the face stage, so that detector,
// tracker and skin mask are real: some of [simulate.Reals] and of [simulate.Dead], without a codec.
const films = "films"

var (
	filmedReals = []string{"webcam", "phone", "bright", "dim", "lamps", "moving"}
	filmedDead  = []string{"lamp_red", "lamp_faint", "rocked", "still", "still_noisy", "frozen", "frozen_later", "loop"}
)

// filmWidth in pixels makes a face of some 180 pixels: large enough to be read, small enough to be quick.
const filmWidth = 480

// filmedCases are the cases of the suite of films.
func filmedCases() []simulate.Case {
	var cases []simulate.Case
	for _, of := range []struct {
		names []string
		draw  func(name string, seed uint64, duration float64) simulate.Scene
	}{{filmedReals, simulate.Real}, {filmedDead, simulate.DeadThing}} {
		for _, name := range of.names {
			cases = append(cases, simulate.Case{Name: name, Scene: func(seed uint64, duration float64) simulate.Scene {
				return of.draw(name, seed, duration)
			}})
		}
	}
	return cases
}

// filmed films a scene and reads its face.
func filmed(ctx context.Context, scene simulate.Scene) (Loaded, error) {
	o := simulate.VideoOptions{Width: filmWidth, Height: filmWidth * 3 / 4}
	frames, truth := scene.Video(o)
	info := video.Info{Width: o.Width, Height: o.Height, Rate: scene.Camera.FPS, Timing: video.TimingCamera}
	tr, err := face.Capture(ctx, frames, info, face.Options{})
	if err != nil {
		return Loaded{}, fmt.Errorf("filming: %w", err)
	}
	return known(scene, tr, truth), nil
}
