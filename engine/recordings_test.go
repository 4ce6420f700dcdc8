package engine

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/hrv"
	"blush.example/blush/rppg"
)

// data returns the folder of real recordings, skipping the test where there is none.
func data(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("BLUSH_DATA")
	if dir == "" {
		t.Skip("BLUSH_DATA is unset: no real recordings to test on")
	}
	return dir
}

// intervals reads the RR intervals (ms) of a contact reference.
func intervals(t *testing.T, path string) []float64 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	for _, f := range strings.Fields(string(b)) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out = append(out, v)
	}
	return out
}

func csvTrace(t *testing.T, path string) *rppg.Trace {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tr, err := rppg.ParseTraceCSV(f, 0)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return tr
}

// The Welltory recordings: a fingertip on a phone's camera, with a chest strap as reference (Neshitov et al.
// 2021). The reference is 60000 over the mean RR interval.
func TestFingertipRecordings(t *testing.T) {
	dir := data(t)
	var errs []float64
	var rmssd []float64
	within := 0
	for i := 1; i <= 14; i++ {
		s := filepath.Join(dir, "welltory", fmt.Sprintf("subject_%02d", i))
		tr := csvTrace(t, filepath.Join(s, "PPG.csv"))
		tr.Site = rppg.Finger
		want := 60000 / dsp.Mean(intervals(t, filepath.Join(s, "RR.txt")))
		r := Analyze(tr, Options{})
		e := math.Abs(rateOf(r) - want)
		rr := intervals(t, filepath.Join(s, "RR.txt"))
		for k := range rr {
			rr[k] /= 1000
		}
		rm, _ := r.Find(biomarker.RMSSD)
		if rm.Value != nil {
			rmssd = append(rmssd, math.Abs(*rm.Value-hrv.RMSSD(rr)))
		}
		t.Logf("subject %02d: %.2f bpm, reference %.2f; beats %d of %d in %.1f of %.1f s; RMSSD %s, reference %.1f; agreement %.2f, SNR %.1f dB, corrected %.2f, %s",
			i, rateOf(r), want, len(r.Beats), len(rr)+1, r.Capture.DurationS, dsp.Mean(rr)*float64(len(rr)), show(rm), hrv.RMSSD(rr), r.Features.Agreement, r.Features.SNR, r.Features.CorrectedShare, r.Quality)
		if math.IsNaN(e) {
			e = 99
		}
		errs = append(errs, e)
		if e <= 3 {
			within++
		}
	}
	t.Logf("mean heart rate: median error %.2f, mean %.2f bpm; RMSSD of %d: mean error %.1f ms", dsp.Median(errs), dsp.Mean(errs), len(rmssd), dsp.Mean(rmssd))
	if m := dsp.Median(errs); m > 1 {
		t.Errorf("median error %.2f bpm", m)
	}
	if within < 14 { // none refused: each heart is regular and within the range
		t.Errorf("%d of 14 within 3 bpm", within)
	}
}

func show(e biomarker.Estimate) string {
	if e.Value == nil {
		return string(*e.Reason)
	}
	return fmt.Sprintf("%.1f %s", *e.Value, e.Unit)
}
