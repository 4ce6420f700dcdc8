package validate

import (
	"errors"
	"image"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"blush.example/blush/engine"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// The videos are of every codec, with and without noise, at various rates, sizes and distances of key frames, each
// with its own name that describes how it is made.
func TestStillsAreOfManyKinds(t *testing.T) {
	s := Stills{Crops: 600, Seed: 3}
	seen := map[any]int{}
	for i := range s.Crops {
		v := s.draw(i)
		seen[v.Codec]++
		seen[v.fps]++
		seen[[2]int{v.width, v.height}]++
		seen[s.Name(i)]++
		seen[strings.Contains(v.Filter, "noise")]++
		if v.KeyEvery > 0 {
			seen["key"]++
		}
		if v.seconds < 12 || v.seconds > 30 {
			t.Errorf("%s is %.1f s long", s.Name(i), v.seconds)
		}
	}
	for _, codec := range video.Codecs {
		if seen[codec] != 100 {
			t.Errorf("%s: %d", codec, seen[codec])
		}
	}
	for what, least := range map[any]int{15.0: 150, 25.0: 150, 30.0: 150, true: 250, false: 250, "key": 250, [2]int{480, 640}: 60, s.Name(0): 1} {
		if seen[what] < least {
			t.Errorf("%v: %d of 600", what, seen[what])
		}
	}
	if len(seen) != 600+6+3+6+2+1 {
		t.Errorf("%d kinds", len(seen))
	}
}

// A video made twice is the same, can be read like any file, and is given no rate.
func TestStillIsMadeReadAndRefused(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	s := Stills{Crops: 1, Seed: 3}
	asked := 0
	s.Picture = func(draw uint64) (*image.NRGBA, error) {
		asked++
		return simulate.NewPicture("upright", draw%4).Image, nil
	}
	i := 0 // a small one
	for v := s.draw(i); v.width > 320 || v.fps > 15 || v.seconds > 15 || v.Codec != "h264"; v = s.draw(i) {
		i++
	}
	s.Crops = i + 1
	load := s.Set().Recordings[i].Load
	a, err := load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(a.Trace.TimeMS); n != len(b.Trace.TimeMS) || n < 180 || a.Trace.FaceBox[n-1][2] == 0 || asked == 0 {
		t.Fatalf("%d and %d frames", n, len(b.Trace.TimeMS))
	}
	if !reflect.DeepEqual(a.Trace.Regions, b.Trace.Regions) {
		t.Error("two videos of one draw differ")
	}
	ref, _ := a.Reference(0, 12)
	if res := engine.Analyze(a.Trace, engine.Options{}); res.Estimates[0].Value != nil || !ref.Refuse {
		t.Errorf("given %v, to be refused: %v", *res.Estimates[0].Value, ref.Refuse)
	}
	broken := errors.New("no such picture")
	s.Picture = func(uint64) (*image.NRGBA, error) { return nil, broken }
	if _, err := s.Set().Recordings[i].Load(t.Context()); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}
