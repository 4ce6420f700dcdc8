package validate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// truthFile is NAME.truth.json next to a recording. `blush simulate` writes it, and you can write it for your own
// data. Times are in s from the first frame.
type truthFile struct {
	HeartRate       *float64  `json:"heart_rate_bpm"`
	RespiratoryRate *float64  `json:"respiratory_rate_per_min"`
	SDNN            *float64  `json:"sdnn_ms"`
	RMSSD           *float64  `json:"rmssd_ms"`
	Beats           []float64 `json:"beats_s"`
	HasPulse        *bool     `json:"has_pulse"`
	Person          string    `json:"person"`
	Case            string    `json:"scenario"`
	Tone            string    `json:"tone"`
	Light           string    `json:"light"`
	Motion          string    `json:"motion"`
}

const truthSuffix = ".truth.json"

func foundPlain(dir string) bool { return len(matches(dir, "*"+truthSuffix)) > 0 }

// loadPlain pairs recordings with their truth. With beats the reference is computed for each window. Without, the
// numbers are for the whole recording, which then is not cut.
func loadPlain(dir string, seconds float64) (Set, error) {
	set := Set{Name: filepath.Base(dir), Reference: "truth files: beats in the same window where given, otherwise the numbers of the whole recording"}
	for _, path := range matches(dir, "*"+truthSuffix) {
		text, err := os.ReadFile(path)
		if err != nil {
			return Set{}, err
		}
		var t truthFile
		if err := json.NewDecoder(bytes.NewReader(text)).Decode(&t); err != nil {
			return Set{}, fmt.Errorf("%s: %w", path, err)
		}
		name, err := recordingOf(path)
		if err != nil {
			return Set{}, err
		}
		rec := Recording{Case: t.Case, ID: filepath.Base(name), Person: t.Person,
			Load: func(ctx context.Context) (Loaded, error) { return t.load(ctx, name) }}
		if len(t.Beats) > 0 {
			rec.Seconds = seconds
		}
		set.Recordings = append(set.Recordings, rec)
	}
	return set, nil
}

// recordingOf finds the recording that a truth file describes.
func recordingOf(path string) (string, error) {
	stem := strings.TrimSuffix(path, truthSuffix)
	if exists(stem) { // NAME.json.truth.json contains the complete file name
		return stem, nil
	}
	for _, m := range matches(filepath.Dir(stem), filepath.Base(stem)+".*") {
		if ext := strings.ToLower(filepath.Ext(m)); m != path && (ext == ".json" || ext == ".csv" || ext == ".gz" || isVideo(m)) && !strings.HasSuffix(m, truthSuffix) {
			return m, nil
		}
	}
	return "", fmt.Errorf("%s: there is no recording next to it", path)
}

func (t truthFile) load(ctx context.Context, path string) (Loaded, error) {
	l := Loaded{Tone: t.Tone, Light: t.Light, Motion: t.Motion}
	var err error
	if isVideo(path) {
		l.Trace, err = captureFace(ctx, path)
	} else {
		l.Trace, err = readTrace(path)
	}
	ref := Reference{HeartRate: number(t.HeartRate), RespiratoryRate: number(t.RespiratoryRate), SDNN: number(t.SDNN),
		RMSSD: number(t.RMSSD), Beats: t.Beats, Refuse: t.HasPulse != nil && !*t.HasPulse}
	l.Reference = always(ref)
	if len(t.Beats) > 0 {
		l.Reference = func(from, to float64) (Reference, bool) {
			if from <= 0 && to >= t.Beats[len(t.Beats)-1] && ref.HeartRate > 0 {
				return ref, true
			}
			r, ok := beatReference(t.Beats, from, to)
			r.RespiratoryRate = ref.RespiratoryRate
			return r, ok
		}
	}
	return l, err
}

func number(p *float64) float64 {
	if p == nil {
		return 0
	}
	return *p
}
