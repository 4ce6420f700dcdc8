package blushtest

import (
	"errors"
	"os"
	"reflect"
	"sync"
	"testing"

	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// films caches the films: making a minute takes ten seconds, and many tests need the same one.
var films struct {
	sync.Mutex
	made []film
}

type film struct {
	scene simulate.Scene
	file  []byte
	truth simulate.Truth
}

// FaceVideo writes a video of a simulated face, motion JPEG in AVI at 320 × 240
// and 30 frames/s, which the server reads without ffmpeg, and returns the true values.
func FaceVideo(t testing.TB, file string, scene simulate.Scene) simulate.Truth {
	t.Helper()
	films.Lock()
	defer films.Unlock()
	for _, f := range films.made {
		if reflect.DeepEqual(f.scene, scene) {
			if err := os.WriteFile(file, f.file, 0o600); err != nil {
				t.Fatal(err)
			}
			return f.truth
		}
	}
	truth, err := shoot(file, scene)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	films.made = append(films.made, film{scene, b, truth})
	return truth
}

func shoot(file string, scene simulate.Scene) (simulate.Truth, error) {
	f, err := os.Create(file)
	if err != nil {
		return simulate.Truth{}, err
	}
	frames, truth := scene.Video(simulate.VideoOptions{Width: 320, Height: 240})
	return truth, errors.Join(video.WriteAVI(f, frames, 30, 95), f.Close())
}
