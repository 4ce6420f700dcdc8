package validate

import (
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// Package face must make a trace with a face from a filmed scene, with the scene's true values.
func TestFilmsAreReadThroughTheFaceStage(t *testing.T) {
	if !slices.Contains(SuiteNames(), films) {
		t.Fatalf("suites are %v", SuiteNames())
	}
	set, err := Suite(films, 1, 7, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Recordings) != len(filmedReals)+len(filmedDead)+2*(len(compressedReals)+len(compressedDead)) {
		t.Fatalf("%d recordings", len(set.Recordings))
	}
	for _, rec := range set.Recordings {
		if rec.Case != "webcam" && rec.Case != "frozen" {
			continue
		}
		l, err := rec.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tr := l.Trace
		n := len(tr.TimeMS)
		if err := tr.Validate(); err != nil || n < 40 || tr.FaceBox[n-1][2] < 120 || len(tr.Regions) != 16 {
			t.Fatalf("%s: %v, %d frames, %d regions", rec.Case, err, n, len(tr.Regions))
		}
		ref, _ := l.Reference(0, 2)
		if dead := rec.Case == "frozen"; ref.Refuse != dead || (ref.HeartRate > 0) == dead {
			t.Errorf("%s: reference %+v", rec.Case, ref)
		}
		// The tracker and the skin mask still settle where the picture does not change: hundredths of a level.
		g := tr.Regions[4].G
		if same := math.Abs(g[n-1]-g[n-2])+math.Abs(g[n-2]-g[n-3]) < 0.03; same != (rec.Case == "frozen") {
			t.Errorf("%s: the last frames have %v", rec.Case, g[n-3:])
		}
	}
}

// A compressed film has the times of the film itself and its colours, changed by the codec.
func TestCompressedFilms(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	load := func(coding func(*rand.Rand) video.Coding) *rppg.Trace {
		l, err := film{"webcam", simulate.Real, coding}.load(t.Context(), 7<<32, 1)
		if err != nil {
			t.Fatal(err)
		}
		return l.Trace
	}
	plain := load(nil)
	last := len(plain.TimeMS) - 1
	for name, coding := range map[string]func(*rand.Rand) video.Coding{"recorded": recorded, "call": call} {
		tr := load(coding)
		if tr.Device.Timing != rppg.TimingCamera || len(tr.TimeMS) != last+1 || math.Abs(tr.TimeMS[last]-tr.TimeMS[0]-plain.TimeMS[last]+plain.TimeMS[0]) > 1e-6 {
			t.Fatalf("%s: %s times, %d frames of %d", name, tr.Device.Timing, len(tr.TimeMS), last+1)
		}
		off := 0.0
		for i, g := range tr.Regions[4].G {
			off = max(off, math.Abs(g-plain.Regions[4].G[i]))
		}
		if off > 8 || off < 0.01 {
			t.Errorf("%s: green is up to %.2f levels off", name, off)
		}
	}
	codecs := map[string]int{}
	for i := range uint64(40) {
		for _, c := range []video.Coding{recorded(rand.New(rand.NewPCG(i, 1))), call(rand.New(rand.NewPCG(i, 1)))} {
			codecs[c.Codec]++
			if c.Live != (c.Kbps > 0) || c.Live && (c.Kbps < 300 || c.Kbps > 1500) || !c.Live && c.Quality < 4 {
				t.Errorf("coded %+v", c)
			}
		}
	}
	if codecs["h264"] < 25 || codecs["vp8"] < 25 {
		t.Errorf("coded as %v", codecs)
	}
}

// Every suite of the simulator can be run by its name, and its scenes are grouped by their worst disturbance.
func TestSuitesOfTheSimulator(t *testing.T) {
	for _, name := range simulate.Suites {
		set, err := Suite(name, 1, 3, 5)
		if err != nil || len(set.Recordings) != len(simulate.Suite(name)) {
			t.Errorf("%s: %d recordings, %v", name, len(set.Recordings), err)
		}
	}
	set, err := Suite(single, 1, 3, 5)
	if err != nil || len(set.Recordings) != len(simulate.Reals)+len(simulate.Dead) {
		t.Fatalf("single: %d recordings, %v", len(set.Recordings), err)
	}
	if l, err := set.Recordings[0].Load(t.Context()); err != nil || len(l.Trace.Regions) != 1 || l.Trace.Background == nil {
		t.Errorf("single: %v, %d regions", err, len(l.Trace.Regions))
	}
	if got := lightOf(simulate.NoPulseScene("lamp_red", 1, 5)); got != "periodic" {
		t.Errorf("a lamp's light is %s", got)
	}
	if got := motionOf(simulate.Real("phone", 1, 5)); got != "held" {
		t.Errorf("a phone in the hand is %s", got)
	}
}
