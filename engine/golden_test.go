package engine

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"blush.example/blush/face"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

var update = flag.Bool("update", false, "write testdata/golden.json anew, after a new version of the engine or its calibration, or with a new biomarker")

const goldenFile = "testdata/golden.json"

// golden has the engine's values for a few recordings, and the version of that engine.
type golden struct {
	Version     string                        `json:"version"`
	Calibration string                        `json:"calibration"`
	Values      map[string]map[string]float64 `json:"values"` // by recording and by place in the result
}

// Stored results carry the engine's version, so no value may change without a new one, nor the name of a method. The recordings
// cover each site and length, with a clear and a weak pulse, and films, from which package face makes the traces.
func TestNoValueMovesWithoutANewVersion(t *testing.T) {
	now := golden{Version, DefaultCalibration().Version, map[string]map[string]float64{}}
	for name, tr := range goldenTraces(t) {
		r := Analyze(tr, Options{})
		r.Engine.Version, r.Engine.Calibration = "", "" // they are those of all recordings
		r.Pulse.Samples, r.Respiration.Samples = every(r.Pulse.Samples, 200), every(r.Respiration.Samples, 200)
		r.Track.TimeS, r.Track.BPM, r.Track.Agreement, r.Beats = nil, every(r.Track.BPM, 20), nil, every(r.Beats, 10)
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := json.Unmarshal(b, &tree); err != nil {
			t.Fatal(err)
		}
		now.Values[name] = map[string]float64{}
		flatten(now.Values[name], "", tree)
	}
	var before golden
	if b, err := os.ReadFile(goldenFile); err == nil {
		if err := json.Unmarshal(b, &before); err != nil {
			t.Fatal(err)
		}
	} else if !*update {
		t.Fatal(err)
	}
	moved, added := now.changesFrom(before)
	same := now.Version == before.Version && now.Calibration == before.Calibration
	switch {
	case same && len(moved) > 0:
		t.Errorf("engine %s, calibration %s: %d values moved: raise Version in engine/engine.go, then go test ./engine -run NewVersion -update. The first moved are:\n%s",
			Version, now.Calibration, len(moved), strings.Join(moved[:min(5, len(moved))], "\n"))
	case same && len(added) == 0:
	case same && !*update:
		t.Errorf("the biomarker %s is new, and no other value moved: add it with go test ./engine -run NewVersion -update; no new version is needed", strings.Join(added, ", "))
	case !*update:
		t.Errorf("%s is of engine %s, calibration %s: go test ./engine -run NewVersion -update", goldenFile, before.Version, before.Calibration)
	default:
		b, err := json.Marshal(now)
		if err != nil {
			t.Fatal(err)
		}
		b = bytes.ReplaceAll(append(b, '\n'), []byte("},"), []byte("},\n")) // a recording a line
		if err := os.WriteFile(goldenFile, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A biomarker that is new moves no value, wherever it stands in a result. A value that differs, has gone, or appears elsewhere has moved.
func TestNewBiomarkerMovesNoValue(t *testing.T) {
	of := func(result string) golden {
		var tree any
		if err := json.Unmarshal([]byte(result), &tree); err != nil {
			t.Fatal(err)
		}
		values := map[string]float64{}
		flatten(values, "", tree)
		return golden{Values: map[string]map[string]float64{"a scan": values}}
	}
	before := of(`{"snr":3,"estimates":[{"biomarker":"a","value":1},{"biomarker":"b","value":null,"reason":"too_short"}]}`)
	for now, want := range map[string][2]string{
		`{"snr":3,"estimates":[{"biomarker":"a","value":1},{"biomarker":"b","value":null,"reason":"too_short"}]}`:                               {},
		`{"snr":3,"estimates":[{"biomarker":"new","value":7},{"biomarker":"a","value":1},{"biomarker":"b","value":null,"reason":"too_short"}]}`: {"", "new"},
		`{"snr":3,"estimates":[{"biomarker":"new","value":7},{"biomarker":"a","value":2},{"biomarker":"b","value":null,"reason":"too_short"}]}`: {"a scan: /estimates/a/value: 2, was 1", "new"},
		`{"snr":3,"estimates":[{"biomarker":"new","value":7},{"biomarker":"a","value":1}]}`:                                                     {"a scan: /estimates/b/biomarker: gone; a scan: /estimates/b/reason: gone", "new"},
		`{"snr":3,"estimates":[{"biomarker":"a","value":1},{"biomarker":"b","value":4}]}`:                                                       {"a scan: /estimates/b/value: 4, was not there; a scan: /estimates/b/reason: gone", ""},
		`{"snr":3,"sdr":1,"estimates":[{"biomarker":"a","value":1},{"biomarker":"b","value":null,"reason":"too_short"}]}`:                       {"a scan: /sdr: 1, was not there", ""},
	} {
		moved, added := of(now).changesFrom(before)
		if got := [2]string{strings.Join(moved, "; "), strings.Join(added, ", ")}; got != want {
			t.Errorf("%s: %q, want %q", now, got, want)
		}
	}
}

// goldenTraces are recordings of scenes that never change: those of the pinned suites.
func goldenTraces(t *testing.T) map[string]*rppg.Trace {
	out := map[string]*rppg.Trace{}
	for _, suite := range []string{"easy", "hard"} {
		for _, c := range simulate.Suite(suite) {
			for _, seconds := range []float64{12, 30, 60, 125} {
				if (c.Name == "typical" || c.Name == "talk") && (suite == "easy" || seconds < 60) && (c.Name == "typical" || seconds < 125) {
					tr, _ := c.Scene(11, seconds).Trace()
					out[fmt.Sprintf("%s %s, 16 patches, %g s", suite, c.Name, seconds)] = tr
					if c.Name == "typical" {
						one := *tr
						one.Regions, one.Background = tr.Regions[:1], nil
						out[fmt.Sprintf("%s %s, one region, %g s", suite, c.Name, seconds)] = &one
					}
				}
			}
		}
	}
	for _, seconds := range []float64{12, 30, 60, 125} {
		tr, _ := simulate.Finger(12, seconds).Trace()
		out[fmt.Sprintf("finger, %g s", seconds)] = tr
	}
	out["film, easy typical, 12 s"] = filmed(t, simulate.Scenario("typical", false, 11, 12))
	out["film, hard talk, 12 s"] = filmed(t, simulate.Scenario("talk", true, 11, 12))
	return out
}

// filmed is the trace of a small film of a scene.
func filmed(t *testing.T, s simulate.Scene) *rppg.Trace {
	s.Camera.FPS = 15
	frames, _ := s.Video(simulate.VideoOptions{Width: 256, Height: 192})
	tr, err := face.Capture(t.Context(), frames, video.Info{Width: 256, Height: 192, Timing: video.TimingCamera}, face.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// flatten lists the numbers of a JSON value by their place in it; the number of a text comes from its bytes. The place of an estimate is
// the name of its biomarker, so that a new biomarker moves no other.
func flatten(out map[string]float64, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			flatten(out, at+"/"+k, x)
		}
	case []any:
		for i, x := range v {
			place := strconv.Itoa(i)
			if e, ok := x.(map[string]any); ok && at == estimatesAt {
				place = e["biomarker"].(string)
			}
			flatten(out, at+"/"+place, x)
		}
	case float64:
		out[at], _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 8, 64), 64)
	case bool:
		out[at] = map[bool]float64{true: 1}[v]
	case string:
		sum := 0.0
		for i, c := range []byte(v) {
			sum += float64(i+1) * float64(c)
		}
		out[at] = sum
	}
}

// estimatesAt is the place of the estimates in a result.
const estimatesAt = "/estimates"

// biomarkers lists those that have an estimate.
func (g golden) biomarkers() map[string]bool {
	out := map[string]bool{}
	for _, values := range g.Values {
		for at := range values {
			if name, ok := biomarkerAt(at); ok {
				out[name] = true
			}
		}
	}
	return out
}

// biomarkerAt is the biomarker of a value that is part of an estimate.
func biomarkerAt(at string) (name string, ok bool) {
	name, ok = strings.CutPrefix(at, estimatesAt+"/")
	name, _, _ = strings.Cut(name, "/")
	return name, ok
}

// changesFrom lists the values that moved, and the biomarkers that before does not have. A value has moved when it differs by more than
// one in a million, which differences between machines can cause, or is in only one of the two.
func (g golden) changesFrom(before golden) (moved, added []string) {
	known := before.biomarkers()
	for name := range g.biomarkers() {
		if !known[name] {
			added = append(added, name)
		}
	}
	slices.Sort(added)
	for _, name := range slices.Sorted(maps.Keys(g.Values)) {
		is, was := g.Values[name], before.Values[name]
		for _, at := range slices.Sorted(maps.Keys(is)) {
			x, ok := was[at]
			biomarker, estimate := biomarkerAt(at)
			switch {
			case ok && math.Abs(is[at]-x) <= 1e-6*math.Abs(x)+1e-9, estimate && slices.Contains(added, biomarker):
			case ok:
				moved = append(moved, fmt.Sprintf("%s: %s: %g, was %g", name, at, is[at], x))
			default:
				moved = append(moved, fmt.Sprintf("%s: %s: %g, was not there", name, at, is[at]))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before.Values)) {
		for _, at := range slices.Sorted(maps.Keys(before.Values[name])) {
			if _, ok := g.Values[name][at]; !ok {
				moved = append(moved, fmt.Sprintf("%s: %s: gone", name, at))
			}
		}
	}
	return moved, added
}

// every returns each nth sample.
func every[T any](x []T, n int) []T {
	var out []T
	for i := 0; i < len(x); i += n {
		out = append(out, x[i])
	}
	return out
}
