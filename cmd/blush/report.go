package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
)

// plain explains each reason to the person in front of the camera.
var plain = map[biomarker.Reason]string{
	biomarker.NoFace:          "no face was seen for long enough",
	biomarker.TooDark:         "too dark: turn to a window or a lamp",
	biomarker.TooShort:        "the recording is too short for this",
	biomarker.UnknownTiming:   "the file does not say reliably when its frames were taken; if you know the frame rate of its camera, give it with --fps",
	biomarker.NoColour:        "the camera gives no colour: is it set to black-and-white or night mode?",
	biomarker.LowFrameRate:    "too few frames a second",
	biomarker.Frozen:          "the picture does not change, or it repeats: is the camera live?",
	biomarker.FaceChanged:     "another face came into the picture: scan one person from beginning to end",
	biomarker.FrameGaps:       "frames are missing",
	biomarker.FaceTooSmall:    "the face is too small: come closer",
	biomarker.Clipped:         "the skin is over- or underexposed",
	biomarker.NotEnoughSkin:   "too little skin was seen: take off a mask, and keep hair and hands away",
	biomarker.TooMuchMotion:   "too much movement: sit still",
	biomarker.CompressedVideo: "the video's compression removed the pulse",
	biomarker.NoPulse:         "no pulse was found: is it a living face?",
	biomarker.SignalTooWeak:   "the signal is too weak for a reliable value",
	biomarker.IrregularRhythm: "the beats are too irregular for this",
	biomarker.OutOfRange:      "the heart seems to beat slower than 35 or faster than 240 times a minute",
	biomarker.NotMeasured:     "not measured by a scan",
}

// decimals returns the number of decimal places shown for a unit.
func decimals(unit string) int {
	switch unit {
	case "bpm", "breaths/min", "beats/breath":
		return 1
	case "ln ms", "ratio":
		return 2
	}
	return 0
}

// value formats a number with the decimal places of its unit.
func value(v float64, unit string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "?"
	}
	return fmt.Sprintf("%.*f", decimals(unit), v)
}

// printReport writes a result as a table that a person can read.
func printReport(w io.Writer, r *engine.Result) error {
	printCapture(w, r)
	return printEstimates(w, r.Estimates)
}

// printEstimates writes one line for each biomarker that a scan can measure.
func printEstimates(w io.Writer, estimates []biomarker.Estimate) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  biomarker\tvalue\t90 % interval\tconfidence\t")
	for _, e := range estimates {
		kind, known := biomarker.Find(e.Biomarker)
		if known && !kind.FromScan {
			continue
		}
		title := string(e.Biomarker)
		if known {
			title = kind.Title
		}
		fmt.Fprintf(t, "  %s\t%s%s\n", title, cells(e), why(e))
	}
	return t.Flush()
}

// cells writes an estimate as the columns value, interval and confidence.
func cells(e biomarker.Estimate) string {
	if e.Value == nil {
		return "–\t\t\t"
	}
	interval := ""
	if e.Interval != nil {
		interval = value(e.Interval[0], e.Unit) + " to " + value(e.Interval[1], e.Unit)
	}
	return fmt.Sprintf("%s %s\t%s\t%d %%\t", value(*e.Value, e.Unit), e.Unit, interval, blush.Percent(100*e.Confidence))
}

// why writes the reason of a refused estimate, "" for an accepted one.
func why(e biomarker.Estimate) string {
	if e.Value != nil {
		return ""
	}
	reason := biomarker.NotMeasured
	if e.Reason != nil {
		reason = *e.Reason
	}
	return fmt.Sprintf("%s: %s", reason, plain[reason])
}

// printCapture writes what the recording was like.
func printCapture(w io.Writer, r *engine.Result) {
	c := r.Capture
	fmt.Fprintf(w, "Recording  %.1f s, %d frames, %.1f frames/s, %s time stamps\n", c.DurationS, c.Frames, c.FPS, timing(c))
	if c.FaceFrames > 0 || c.FaceShare > 0 {
		fmt.Fprintf(w, "Face       in %.0f %% of frames, light %.0f of 255, %.0f skin pixels\n", 100*c.FaceShare, c.Light, c.SkinPixels)
	}
	fmt.Fprintf(w, "Quality    %s", r.Quality)
	if len(r.QualityFlags) > 0 {
		words := make([]string, len(r.QualityFlags))
		for i, f := range r.QualityFlags {
			words[i] = string(f)
		}
		fmt.Fprintf(w, " (%s)", strings.Join(words, ", "))
	}
	fmt.Fprintf(w, "\nPulse      %d beats, agreement of methods %.0f %%, signal-to-noise ratio %.1f dB\n\n", len(r.Beats), 100*r.Features.Agreement, r.Features.SNR)
}

func timing(c engine.Capture) string {
	if c.Timing == "" {
		return "its own"
	}
	return string(c.Timing)
}
