package validate

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"blush.example/blush/rppg"
)

// contactRule describes the reference of the sets with a contact pulse wave.
const contactRule = "contact pulse wave in the same window: 60 x intervals / (last peak - first peak), peaks by two moving averages (Elgendi 2013)"

func foundUBFC(dir string) bool {
	return len(ubfcFiles(dir, "ground_truth.txt")) > 0 || len(ubfcFiles(dir, "gtdump.xmp")) > 0
}

// ubfcFiles lists the reference files of one name, for a set's root, which contains DATASET_1 and DATASET_2, or
// for one of these two.
func ubfcFiles(dir, name string) []string {
	return slices.Concat(matches(dir, "*", name), matches(dir, "DATASET_[12]", "*", name))
}

// loadUBFC reads UBFC-rPPG (Bobbia et al. 2019). DATASET_2: ground_truth.txt has three
// lines: pulse wave, heart rate, times in s. DATASET_1: gtdump.xmp has rows of
// time in ms, heart rate, SpO2, pulse wave.
func loadUBFC(dir string, seconds float64) (Set, error) {
	set := Set{Name: "ubfc-rppg", Reference: contactRule}
	add := func(gt string, parse func(string) (times, wave []float64, err error)) {
		folder := filepath.Dir(gt)
		id := filepath.Base(folder)
		set.Recordings = append(set.Recordings, Recording{ID: id, Person: id, Seconds: seconds,
			Load: func(ctx context.Context) (Loaded, error) {
				text, err := os.ReadFile(gt)
				if err != nil {
					return Loaded{}, err
				}
				times, wave, err := parse(string(text))
				if err != nil {
					return Loaded{}, fmt.Errorf("%s: %w", gt, err)
				}
				tr, err := captureFace(ctx, filepath.Join(folder, "vid.avi"))
				return withContact(tr, times, wave), err
			}})
	}
	for _, gt := range ubfcFiles(dir, "ground_truth.txt") {
		add(gt, ubfcLines)
	}
	for _, gt := range ubfcFiles(dir, "gtdump.xmp") {
		add(gt, ubfcRows)
	}
	return set, nil
}

// ubfcLines parses ground_truth.txt.
func ubfcLines(text string) (times, wave []float64, err error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 3 {
		return nil, nil, fmt.Errorf("%d lines, want 3: pulse wave, heart rate, times", len(lines))
	}
	if wave, err = readFloats(lines[0]); err != nil {
		return nil, nil, fmt.Errorf("pulse wave: %w", err)
	}
	if times, err = readFloats(lines[2]); err != nil {
		return nil, nil, fmt.Errorf("times: %w", err)
	}
	if len(times) != len(wave) {
		return nil, nil, fmt.Errorf("%d values at %d times", len(wave), len(times))
	}
	return times, wave, nil
}

// ubfcRows parses gtdump.xmp.
func ubfcRows(text string) (times, wave []float64, err error) {
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		row, err := readFloats(line)
		if err != nil || len(row) != 4 {
			return nil, nil, fmt.Errorf("line %d: want time in ms, heart rate, SpO2, pulse wave", i+1)
		}
		times, wave = append(times, row[0]/1000), append(wave, row[3])
	}
	return times, wave, nil
}

// withContact combines a trace with the contact wave recorded at the same time, both from time 0.
func withContact(tr *rppg.Trace, times, wave []float64) Loaded {
	beats := contactBeats(times, wave)
	return Loaded{Trace: tr, Reference: func(from, to float64) (Reference, bool) { return beatReference(beats, from, to) }}
}

func foundPURE(dir string) bool { return len(pureJSON(dir)) > 0 }

// pureJSON lists the NN-NN.json files, in the folder itself or in that of the recording.
func pureJSON(dir string) []string {
	const name = "[0-9][0-9]-[0-9][0-9]"
	return slices.Concat(matches(dir, name+".json"), matches(dir, name, name+".json"))
}

// pureTasks are the tasks of the second number in the name of a PURE recording.
var pureTasks = map[string]string{"01": "steady", "02": "talking", "03": "slow translation",
	"04": "fast translation", "05": "small rotation", "06": "medium rotation"}

// loadPURE reads PURE (Stricker et al. 2014): NN-NN.json has the pulse wave under /FullPackage and the times of
// the images under /Image, in ns.
func loadPURE(dir string, seconds float64) (Set, error) {
	set := Set{Name: "pure", Reference: contactRule}
	for _, path := range pureJSON(dir) {
		id := strings.TrimSuffix(filepath.Base(path), ".json")
		person, task, _ := strings.Cut(id, "-")
		set.Recordings = append(set.Recordings, Recording{Case: pureTasks[task], ID: id, Person: person, Seconds: seconds,
			Load: func(ctx context.Context) (Loaded, error) { return readPURE(ctx, path, id, pureTasks[task]) }})
	}
	return set, nil
}

func readPURE(ctx context.Context, path, id, task string) (Loaded, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Loaded{}, err
	}
	var doc struct {
		Full []struct {
			Timestamp int64
			Value     struct {
				Waveform float64 `json:"waveform"`
			}
		} `json:"/FullPackage"`
		Image []struct{ Timestamp int64 } `json:"/Image"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return Loaded{}, fmt.Errorf("%s: %w", path, err)
	}
	if len(doc.Image) == 0 || len(doc.Full) == 0 {
		return Loaded{}, fmt.Errorf("%s: no /Image or no /FullPackage", path)
	}
	images := filepath.Join(filepath.Dir(path), id)
	for _, inner := range []string{filepath.Join(images, id), images, filepath.Dir(path)} {
		if len(matches(inner, "*.png")) > 0 {
			images = inner
			break
		}
	}
	tr, err := captureFace(ctx, images)
	if err != nil {
		return Loaded{}, err
	}
	start := doc.Image[0].Timestamp
	if err := stampPURE(tr, images, start); err != nil {
		return Loaded{}, err
	}
	var times, wave []float64
	for _, p := range doc.Full {
		times, wave = append(times, float64(p.Timestamp-start)/1e9), append(wave, p.Value.Waveform)
	}
	l := withContact(tr, times, wave)
	l.Motion = task
	return l, nil
}

// stampPURE gives each frame the time in its image's name, ImageNNN.png in ns.
func stampPURE(tr *rppg.Trace, dir string, start int64) error {
	names := matches(dir, "*.png")
	if len(names) != len(tr.TimeMS) {
		return fmt.Errorf("%s: %d images made %d frames", dir, len(names), len(tr.TimeMS))
	}
	for i, name := range names {
		digits := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(name), ".png"), "Image")
		ns, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return fmt.Errorf("%s: its name contains no time", name)
		}
		tr.TimeMS[i] = max(0, float64(ns-start)/1e6)
	}
	tr.Device.Timing = rppg.TimingCamera
	return nil
}

func foundHschn58(dir string) bool { return len(matches(dir, "Results_*_light.*")) > 0 }

// loadHschn58 lists clips whose frame rate is invented: any heart rate read from one is wrong.
func loadHschn58(dir string, _ float64) (Set, error) {
	set := Set{Name: "hschn58", Reference: "none: the frame rate in the files is invented, so the right answer is a refusal"}
	for _, path := range matches(dir, "Results_*_light.*") {
		id := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		parts := strings.Split(id, "_")
		light := parts[len(parts)-2] + " % light"
		set.Recordings = append(set.Recordings, Recording{Case: light, ID: filepath.Base(path), Person: "1",
			Load: func(ctx context.Context) (Loaded, error) {
				tr, err := captureFace(ctx, path)
				return Loaded{Trace: tr, Light: light, Reference: always(Reference{Refuse: true})}, err
			}})
	}
	return set, nil
}

// isVideo reports whether a file name has the extension of a recording that video.Open reads.
func isVideo(name string) bool {
	return slices.Contains([]string{".avi", ".mp4", ".mov", ".mkv", ".webm", ".y4m", ".mjpeg", ".m4v"}, strings.ToLower(filepath.Ext(name)))
}
