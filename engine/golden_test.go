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
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

var update = flag.Bool("update", false, "write testdata/golden.json anew; the engine or its calibration must have a new version")

const goldenFile = "testdata/golden.json"

// golden has the engine's values for a few recordings, and the version of that engine.
type golden struct {
	Version     string                        `json:"version"`
	Calibration string                        `json:"calibration"`
	Values      map[string]map[string]float64 `json:"values"` // by recording and by place in the result
}

// Stored results carry the engine's version, so no value may change without a new one. The recordings cover each
// site and length, with a clear and a weak pulse.
func TestNoValueMovesWithoutANewVersion(t *testing.T) {
	now := golden{Version, DefaultCalibration().Version, map[string]map[string]float64{}}
	for name, tr := range goldenTraces() {
		r := Analyze(tr, Options{})
		r.Engine, r.Pulse.Samples, r.Respiration.Samples = Info{}, every(r.Pulse.Samples, 200), every(r.Respiration.Samples, 200)
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
	moved := now.movedFrom(before)
	same := now.Version == before.Version && now.Calibration == before.Calibration
	switch {
	case same && len(moved) > 0:
		t.Errorf("engine %s, calibration %s: %d values moved, the first %v: raise engine.Version, then go test ./engine -run NewVersion -update", Version, now.Calibration, len(moved), moved[:min(5, len(moved))])
	case same:
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

// goldenTraces are recordings of scenes that never change: those of the pinned suites.
func goldenTraces() map[string]*rppg.Trace {
	out := map[string]*rppg.Trace{}
	for _, suite := range []string{"easy", "hard"} {
		for _, c := range simulate.Suite(suite) {
			for _, seconds := range []float64{12, 30, 60} {
				if (c.Name == "typical" || c.Name == "talk") && (suite == "easy" || seconds != 60) {
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
	return out
}

// flatten lists the numbers of a JSON value by their place in it; the number of a text comes from its bytes.
func flatten(out map[string]float64, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			flatten(out, at+"/"+k, x)
		}
	case []any:
		for i, x := range v {
			flatten(out, fmt.Sprintf("%s/%d", at, i), x)
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

// movedFrom lists the places whose values differ from before by more than one in a million, which differences
// between machines can cause.
func (g golden) movedFrom(before golden) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(g.Values)) {
		is, was := g.Values[name], before.Values[name]
		for _, at := range slices.Sorted(maps.Keys(is)) {
			x, ok := was[at]
			if !ok || !(math.Abs(is[at]-x) <= 1e-6*math.Abs(x)+1e-9) {
				out = append(out, fmt.Sprintf("%s: %s: %g, was %g", name, at, is[at], x))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before.Values)) {
		if is, was := len(g.Values[name]), len(before.Values[name]); is < was {
			out = append(out, fmt.Sprintf("%s: %d values, were %d", name, is, was))
		}
	}
	return out
}

// every returns each nth sample.
func every[T any](x []T, n int) []T {
	var out []T
	for i := 0; i < len(x); i += n {
		out = append(out, x[i])
	}
	return out
}
