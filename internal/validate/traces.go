package validate

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"blush.example/blush/rppg"
	"blush.example/blush/video"
)

// readTrace reads a trace file, JSON or CSV.
func readTrace(path string) (*rppg.Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	parse := rppg.ParseTrace
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		parse = func(r io.Reader) (*rppg.Trace, error) { return rppg.ParseTraceCSV(r, 0) }
	}
	tr, err := parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return tr, nil
}

func foundRhesus(dir string) bool { return len(matches(dir, "session*_ref.csv")) > 0 }

// loadRhesus reads facial traces of rhesus monkeys (Unakafov 2018) with heart rates for spans of time. The
// reference of a window is their mean, weighted by overlap.
func loadRhesus(dir string, seconds float64) (Set, error) {
	set := Set{Name: "rhesus", Reference: "contact pulse oximetry as published per 8.5 s, mean over the window weighted by overlap"}
	for _, path := range matches(dir, "session*_ref.csv") {
		id := strings.TrimSuffix(filepath.Base(path), "_ref.csv")
		set.Recordings = append(set.Recordings, Recording{Case: id, ID: id, Person: id, Seconds: seconds,
			Load: func(context.Context) (Loaded, error) {
				spans, err := readSpans(path)
				if err != nil {
					return Loaded{}, fmt.Errorf("%s: %w", path, err)
				}
				tr, err := readTrace(strings.TrimSuffix(path, "_ref.csv") + "_rgb.csv")
				if err != nil {
					return Loaded{}, err
				}
				return Loaded{Trace: tr, Reference: func(from, to float64) (Reference, bool) { return overlap(spans, from, to) }}, nil
			}})
	}
	return set, nil
}

// readSpans parses rows of from in s, to in s, heart rate in bpm under one line of names.
func readSpans(path string) ([][3]float64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var spans [][3]float64
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		v, err := readFloats(line)
		if err != nil || len(v) != 3 {
			return nil, fmt.Errorf("line %d: want from, to, heart rate", i+2)
		}
		spans = append(spans, [3]float64(v))
	}
	return spans, nil
}

// overlap averages the rates of spans over a window; false when they cover less than nine tenths of it.
func overlap(spans [][3]float64, from, to float64) (Reference, bool) {
	var sum, weight float64
	for _, s := range spans {
		if w := min(to, s[1]) - max(from, s[0]); w > 0 && s[2] > 0 {
			sum += w * s[2]
			weight += w
		}
	}
	if weight < 0.9*(to-from) {
		return Reference{}, false
	}
	return Reference{HeartRate: sum / weight}, true
}

func foundBiasEval(dir string) bool { return len(matches(dir, "*_forehead.avi")) > 0 }

// loadBiasEval combines the three patches of a person in one trace. Compression has destroyed the pulse (POS finds
// the same noise at every rate), so the right answer is a refusal.
func loadBiasEval(dir string, seconds float64) (Set, error) {
	set := Set{Name: "bias-eval", Reference: "none that can be read from the video: compression destroyed the pulse, the right answer is a refusal"}
	for _, first := range matches(dir, "*_forehead.avi") {
		id := strings.TrimSuffix(filepath.Base(first), "_forehead.avi")
		stem := strings.TrimSuffix(first, "forehead.avi")
		set.Recordings = append(set.Recordings, Recording{ID: id, Person: id, Seconds: seconds,
			Load: func(ctx context.Context) (Loaded, error) {
				tr := &rppg.Trace{Version: 1, Site: rppg.Face}
				for _, p := range [][2]string{{"forehead.avi", "forehead_1"}, {"leftcheek.avi", "cheek_left_1"}, {"rightcheek.avi", "cheek_right_1"}} {
					if err := addPatch(ctx, tr, stem+p[0], p[1]); err != nil {
						return Loaded{}, err
					}
				}
				return Loaded{Trace: tr, Reference: always(Reference{Refuse: true})}, nil
			}})
	}
	return set, nil
}

// addPatch appends a video that shows nothing but skin as a region of a trace.
func addPatch(ctx context.Context, tr *rppg.Trace, path, name string) error {
	r, err := video.Open(ctx, path, video.Options{})
	if err != nil {
		return err
	}
	defer r.Close()
	reg := rppg.Region{Name: name}
	var times []float64
	for f, err := range r.Frames() {
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		c := meanColour(f.Image)
		times = append(times, f.TimeMS)
		reg.R, reg.G, reg.B = append(reg.R, c[0]), append(reg.G, c[1]), append(reg.B, c[2])
	}
	if tr.TimeMS == nil {
		info := r.Info()
		tr.TimeMS = times
		tr.Device = rppg.Device{Source: "video", Codec: info.Codec, Width: info.Width, Height: info.Height, Timing: rppg.Timing(info.Timing)}
	}
	n := min(len(tr.TimeMS), len(reg.R))
	tr.TimeMS = tr.TimeMS[:n]
	tr.Regions = append(tr.Regions, reg)
	for k := range tr.Regions {
		g := &tr.Regions[k]
		g.R, g.G, g.B = g.R[:n], g.G[:n], g.B[:n]
	}
	return nil
}

// meanColour returns the mean R, G, B of an image on the 0..255 scale.
func meanColour(img image.Image) [3]float64 {
	b := img.Bounds()
	var sum [3]float64
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			red, green, blue, _ := img.At(x, y).RGBA()
			sum[0] += float64(red)
			sum[1] += float64(green)
			sum[2] += float64(blue)
		}
	}
	for c := range sum {
		sum[c] /= 257 * float64(b.Dx()*b.Dy())
	}
	return sum
}

func foundVitals(dir string) bool { return len(matches(dir, "sample_vitals_*.csv")) > 0 }

// loadVitals reads a contact pulse wave at 30 Hz with the heart rate of an ECG: columns ppg and hr_ecg. The wave
// becomes the green channel of a finger.
func loadVitals(dir string, seconds float64) (Set, error) {
	set := Set{Name: "vitallens", Reference: "heart rate of the ECG as exported, mean over the window; the trace is a contact pulse wave"}
	for _, path := range matches(dir, "sample_vitals_*.csv") {
		set.Recordings = append(set.Recordings, Recording{ID: filepath.Base(path), Seconds: seconds,
			Load: func(context.Context) (Loaded, error) {
				wave, rate, err := readVitals(path)
				if err != nil {
					return Loaded{}, fmt.Errorf("%s: %w", path, err)
				}
				tr := &rppg.Trace{Version: 1, Site: rppg.Finger, Device: rppg.Device{Source: "file", Timing: rppg.TimingNominal}}
				reg := rppg.Region{Name: "finger"}
				var spans [][3]float64
				for i, v := range wave {
					t := float64(i) / 30
					tr.TimeMS = append(tr.TimeMS, 1000*t)
					reg.R, reg.G, reg.B = append(reg.R, 200), append(reg.G, 120-2*v), append(reg.B, 0)
					spans = append(spans, [3]float64{t, t + 1.0/30, rate[i]})
				}
				tr.Regions = []rppg.Region{reg}
				return Loaded{Trace: tr, Reference: func(from, to float64) (Reference, bool) { return overlap(spans, from, to) }}, nil
			}})
	}
	return set, nil
}

// readVitals parses the columns ppg and hr_ecg of an export.
func readVitals(path string) (wave, rate []float64, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	names := strings.Split(strings.TrimSpace(lines[0]), ",")
	ppg, ecg := slices.Index(names, "ppg"), slices.Index(names, "hr_ecg")
	if ppg < 0 || ecg < 0 {
		return nil, nil, errors.New("no column ppg or hr_ecg")
	}
	for i, line := range lines[1:] {
		row, err := readFloats(line)
		if err != nil || len(row) != len(names) {
			return nil, nil, fmt.Errorf("line %d: want %d numbers", i+2, len(names))
		}
		wave, rate = append(wave, row[ppg]), append(rate, row[ecg])
	}
	return wave, rate, nil
}
