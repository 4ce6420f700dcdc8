package web_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/blushtest/browser"
	"blush.example/blush/client"
	"blush.example/blush/engine"
	"blush.example/blush/internal/account"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// A whole scan through the page, as long as for real, in front of a camera whose
// truth is known. TestStoryWholeWay takes one too.
func fullScan(t *testing.T, bpm float64, analyze bool) {
	file, truth := written(t, fullFilm(bpm))
	t.Parallel()
	v := arrive(t, browser.Camera{File: file}).agree()
	v.scanUntil(0, in("recording"))
	scan := v.endFull(truth)
	v.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped", "faceScanSuccessful")
	if !analyze {
		return
	}
	trace := filepath.Join(t.TempDir(), "trace.json.gz")
	if err := os.WriteFile(trace, v.line.Uploads()[0].Body, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "run", "-ldflags=-w", "blush.example/blush/cmd/blush", "analyze", "--json", trace).Output()
	if err != nil {
		t.Fatalf("blush analyze: %v", err)
	}
	var r engine.Result
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	sameRate(t, scan, &r, "blush analyze")
}

// fullFilm is long enough for a scan as long as for real.
func fullFilm(bpm float64) browser.Film {
	film := browser.FaceFilm(bpm, 40)
	film.Video.Width, film.Video.Height = 320, 240
	return film
}

// endFull plays the film that the recording's beginning has held: the page ends by itself at half a minute, the rate is
// right, and whoever has the trace finds the same.
func (v *visit) endFull(truth simulate.Truth) client.Scan {
	v.t.Helper()
	var began float64
	v.Eval("film.time", &began)
	v.PlayFilm("")
	v.at("result")
	scans := v.scans()
	if len(scans) != 1 {
		v.t.Fatalf("%d scans", len(scans))
	}
	hr, ok := scans[0].Estimate("heart_rate")
	if !ok || hr.Value == nil {
		v.t.Fatalf("no heart rate: %+v", hr)
	}
	uploads := v.line.Uploads()
	if len(uploads) != 1 {
		v.t.Fatalf("%d uploads", len(uploads))
	}
	tr, err := rppg.ParseTrace(bytes.NewReader(uploads[0].Body))
	if err != nil {
		v.t.Fatal(err)
	}
	c := scans[0].Capture
	want := rateFrom(truth, began, began+c.DurationS)
	v.t.Logf("%.2f bpm (%.0f %%), truth %.2f; %.1f s of %.1f frames/s", *hr.Value, 100*hr.Confidence, want, c.DurationS, c.FPS)
	if math.Abs(*hr.Value-want) > 1 {
		v.t.Errorf("%.2f bpm, truth %.2f", *hr.Value, want)
	}
	if c.DurationS < 30-1e-6 || c.DurationS > 60 || c.Source != "browser" {
		v.t.Errorf("%+v", c)
	}
	sameRate(v.t, scans[0], engine.Analyze(tr, engine.Options{}), "the engine")
	return scans[0]
}

// sameRate fails unless somebody's result has the heart rate that the server found.
func sameRate(t *testing.T, scan client.Scan, r *engine.Result, whose string) {
	t.Helper()
	hr, _ := scan.Estimate("heart_rate")
	if e, _ := r.Find("heart_rate"); e.Value == nil || *e.Value != *hr.Value || e.Confidence != hr.Confidence {
		t.Errorf("%s finds %+v, the server said %+v", whose, e, hr)
	}
}

func TestFullScanOtherRates(t *testing.T) {
	if os.Getenv("BLUSH_BROWSER_LONG") == "" {
		t.Skip("part of make browser-long")
	}
	t.Run("55", func(t *testing.T) { fullScan(t, 55, true) })
	t.Run("100", func(t *testing.T) { fullScan(t, 100, false) })
	t.Run("130", func(t *testing.T) { fullScan(t, 130, false) })
}

// A scan for everything takes a minute, and no longer when all of it is good.
func TestFullScanOfEverything(t *testing.T) {
	if os.Getenv("BLUSH_BROWSER_LONG") == "" {
		t.Skip("part of make browser-long")
	}
	film := browser.FaceFilm(66, 80)
	film.Video.Width, film.Video.Height = 320, 240
	file, truth := film.Write(t)
	t.Parallel()
	v := arrive(t, browser.Camera{File: file}).agree()
	v.set(account.CustomerChange{Biomarkers: &[]string{}})
	v.toScan(0)
	v.at("result")
	v.reads("biomarker.heart_rate", "biomarker.respiratory_rate", "biomarker.heart_rate_variability")
	scan := v.rightRate(truth)
	if d := scan.Capture.DurationS; d < 60 || d > 70 {
		t.Errorf("the scan took %.1f s", d)
	}
	for name, want := range map[biomarker.Name][2]float64{"respiratory_rate": {truth.RespiratoryRate, 3}, "heart_rate_variability": {truth.SDNN, 40}} {
		e, _ := scan.Estimate(name)
		if e.Value == nil || math.Abs(*e.Value-want[0]) > want[1] {
			t.Errorf("%s: %+v, truth %.1f", name, e, want[0])
			continue
		}
		t.Logf("%s: %.1f (%.0f %%), truth %.1f", name, *e.Value, 100*e.Confidence, want[0])
	}
}
