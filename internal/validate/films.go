package validate

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"blush.example/blush/face"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// films is the suite whose scenes are filmed and processed by package face, so that detector, tracker and skin
// mask are real: some of [simulate.Reals] and of [simulate.Dead], uncompressed, and some of these compressed.
const films = "films"

var (
	filmedReals = []string{"webcam", "phone", "bright", "dim", "lamps", "moving"}
	filmedDead  = []string{"lamp_red", "lamp_faint", "rocked", "gloss", "hearts16", "hearts8", "shaded", "still", "still_noisy", "frozen", "frozen_later", "loop", "overlay", "joined"}

	// A compressed loop doesn't repeat the same frames: only the movement of the head shows the replay.
	compressedReals = []string{"webcam", "phone", "dim", "moving"}
	compressedDead  = []string{"lamp_red", "lamp_faint", "lamp_pulse", "rocked", "gloss", "hearts16", "hearts8", "shaded", "still", "frozen_later", "loop", "overlay", "joined"}
)

// filmWidth, in pixels, gives a face of some 180 pixels: large enough to read, small enough to be fast.
const filmWidth = 480

// film describes how a scene of the suite is filmed.
type film struct {
	name   string
	draw   func(name string, seed uint64, duration float64) simulate.Scene
	coding func(r *rand.Rand) video.Coding // nil: not compressed
}

// filmedCases are the cases of the suite of films.
func filmedCases() []suiteCase {
	var cases []suiteCase
	add := func(suffix string, coding func(r *rand.Rand) video.Coding, reals, dead []string) {
		for _, name := range reals {
			cases = append(cases, suiteCase{name + suffix, film{name, simulate.Real, coding}.load})
		}
		for _, name := range dead {
			cases = append(cases, suiteCase{name + suffix, film{name, simulate.NoPulseScene, coding}.load})
		}
	}
	add("", nil, filmedReals, filmedDead)
	add(" recorded", recorded, compressedReals, compressedDead)
	add(" call", call, compressedReals, compressedDead)
	return cases
}

// recorded draws a coding as used by cameras for recordings: H.264 or VP8 of good quality.
func recorded(r *rand.Rand) video.Coding {
	if r.IntN(2) == 0 {
		return video.Coding{Codec: "vp8", Quality: 4 + r.IntN(9)}
	}
	return video.Coding{Codec: "h264", Quality: 12 + r.IntN(9), Preset: []string{"veryfast", "medium"}[r.IntN(2)]}
}

// call draws a coding as used by browsers for a call with 480 x 360 pixels: H.264 or VP8, coded live at 300 to
// 1500 kbit/s.
func call(r *rand.Rand) video.Coding {
	kbps := int(300 * math.Pow(5, r.Float64()))
	if r.IntN(2) == 0 {
		return video.Coding{Codec: "vp8", Kbps: kbps, Live: true}
	}
	return video.Coding{Codec: "h264", Kbps: kbps, Live: true, Preset: "ultrafast"}
}

// load films a scene and reads its face.
func (f film) load(ctx context.Context, seed uint64, seconds float64) (Loaded, error) {
	scene := f.draw(f.name, seed, seconds)
	o := simulate.VideoOptions{Width: filmWidth, Height: filmWidth * 3 / 4}
	frames, truth := scene.Video(o)
	var tr *rppg.Trace
	var err error
	if f.coding == nil {
		info := video.Info{Width: o.Width, Height: o.Height, Rate: scene.Camera.FPS, Timing: video.TimingCamera}
		tr, err = face.Capture(ctx, frames, info, face.Options{})
	} else {
		tr, err = compressed(ctx, frames, scene.Camera.FPS, f.coding(rand.New(rand.NewPCG(seed, 1))))
	}
	if err != nil {
		return Loaded{}, fmt.Errorf("filming: %w", err)
	}
	return known(scene, tr, truth), nil
}

// compressed writes a film to a file, with the times of its frames in a second file, and reads the face from it.
func compressed(ctx context.Context, frames iter.Seq2[video.Frame, error], rate float64, c video.Coding) (*rppg.Trace, error) {
	dir, err := os.MkdirTemp("", "blush-film-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "film"+c.FileType())
	var times strings.Builder
	err = video.Encode(ctx, path, func(yield func(video.Frame, error) bool) {
		for f, err := range frames {
			fmt.Fprintln(&times, f.TimeMS)
			if !yield(f, err) {
				return
			}
		}
	}, rate, c)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path+".times", []byte(times.String()), 0o600); err != nil {
		return nil, err
	}
	return captureFace(ctx, path)
}
