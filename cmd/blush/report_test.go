package main

import (
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
)

func TestEveryReasonHasPlainWords(t *testing.T) {
	for _, r := range biomarker.Reasons {
		if plain[r] == "" {
			t.Errorf("%s has no plain words", r)
		}
	}
	if len(plain) != len(biomarker.Reasons) {
		t.Errorf("words for %d reasons, %d exist", len(plain), len(biomarker.Reasons))
	}
}

func TestReport(t *testing.T) {
	var b strings.Builder
	err := printReport(&b, &engine.Result{
		Quality: "fair", QualityFlags: []biomarker.Reason{biomarker.TooShort},
		Capture: engine.Capture{FPS: 29.94, Frames: 898, DurationS: 30, FaceFrames: 898, FaceShare: 1, Light: 140, SkinPixels: 20000},
		Estimates: []biomarker.Estimate{
			biomarker.Accept(biomarker.HeartRate, 72.34, 70.91, 73.7, 0.97, "vote"),
			biomarker.Accept(biomarker.HeartRateVariability, 48.4, 41.6, 55.2, 0.8, "cross-half"),
			biomarker.Refuse(biomarker.RMSSD, biomarker.TooShort, 0.1, "cross-half"),
			biomarker.Refuse(biomarker.SystolicBloodPressure, biomarker.NotMeasured, 0, ""),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `Recording  30.0 s, 898 frames, 29.9 frames/s, its own time stamps
Face       in 100 % of frames, light 140 of 255, 20000 skin pixels
Quality    fair (too_short)
Pulse      0 beats, agreement of methods 0 %, signal-to-noise ratio 0.0 dB

  biomarker                      value     90 % interval  confidence
  Heart rate                     72.3 bpm  70.9 to 73.7   97 %
  Heart rate variability (SDNN)  48 ms     42 to 55       80 %
  RMSSD                          –                                    too_short: the recording is too short for this
`
	got := strings.ReplaceAll(b.String(), " \n", "\n")
	for strings.Contains(got, " \n") {
		got = strings.ReplaceAll(got, " \n", "\n")
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
