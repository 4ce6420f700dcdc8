package edf_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/edf"
)

var start = time.Date(2026, 11, 26, 8, 30, 15, 0, time.FixedZone("", 3600))

func wave(rate float64, n int, of func(t float64) float64) edf.Signal {
	s := edf.Signal{Label: "Pulse", Rate: rate, Samples: make([]float64, n)}
	for i := range s.Samples {
		s.Samples[i] = of(float64(i) / rate)
	}
	return s
}

func written(t *testing.T, r edf.Recording) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := edf.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The header has every field at the place that the specification gives it, and each sample is within one step of what it was.
func TestHeaderAndSamples(t *testing.T) {
	s := wave(30, 95, func(t float64) float64 { return 3 * math.Sin(2*math.Pi*1.2*t) })
	b := written(t, edf.Recording{Start: start, PatientCode: "p 1", RecordingCode: "r1", Signals: []edf.Signal{s}, Annotations: []edf.Annotation{{0.5, "Beat"}}})
	field := func(at, width int) string { return strings.TrimRight(string(b[at:at+width]), " ") }
	for _, f := range []struct {
		at, width int
		want      string
	}{
		{0, 8, "0"}, {8, 80, "p_1 X X X"}, {88, 80, "Startdate 26-NOV-2026 r1 X X"}, {168, 8, "26.11.26"}, {176, 8, "08.30.15"},
		{184, 8, "768"}, {192, 44, "EDF+C"}, {236, 8, "4"}, {244, 8, "1"}, {252, 4, "2"},
		{256, 16, "Pulse"}, {272, 16, "EDF Annotations"}, {256 + 2*216, 8, "30"},
	} {
		if got := field(f.at, f.width); got != f.want {
			t.Errorf("at %d is %q, want %q", f.at, got, f.want)
		}
	}
	var notes int
	for _, c := range field(256+2*216+8, 8) {
		notes = 10*notes + int(c-'0')
	}
	record := 2 * (30 + notes)
	if want := 768 + 4*record; len(b) != want {
		t.Fatalf("%d bytes, want %d", len(b), want)
	}
	low, errLow := strconv.ParseFloat(field(256+2*104, 8), 64)
	high, errHigh := strconv.ParseFloat(field(256+2*112, 8), 64)
	if errLow != nil || errHigh != nil || low > -2.9 || high < 2.9 {
		t.Fatalf("the bounds are %g and %g", low, high)
	}
	for i, want := range s.Samples {
		at := 768 + i/30*record + 2*(i%30)
		got := low + (float64(int16(binary.LittleEndian.Uint16(b[at:])))+32768)/65535*(high-low)
		if math.Abs(got-want) > (high-low)/65535 {
			t.Fatalf("sample %d is %g, want %g", i, got, want)
		}
	}
	first := string(b[768+60 : 768+record])
	if !strings.HasPrefix(first, "+0\x14\x14\x00+0.5\x14Beat\x14\x00") || strings.Trim(first[len("+0\x14\x14\x00+0.5\x14Beat\x14\x00"):], "\x00") != "" {
		t.Errorf("the first record's annotations are %q", first)
	}
	if !bytes.Contains(b, []byte("\x00+3.167\x14Pulse ends\x14\x00")) {
		t.Error("the end of the signal is not told")
	}
}

// Rates that aren't whole numbers of Hz need longer records, and a late start is annotated.
func TestRatesAndStarts(t *testing.T) {
	pulse, slow := wave(12.5, 100, math.Cos), wave(4, 20, math.Sin)
	slow.Label, slow.Start = "Breathing", 1.5
	b := written(t, edf.Recording{Start: start, Signals: []edf.Signal{pulse, slow}})
	if got := strings.TrimSpace(string(b[244:252])); got != "2" {
		t.Errorf("records of %s s, want 2", got)
	}
	if !bytes.Contains(b, []byte("+1.5\x14Breathing begins\x14\x00")) {
		t.Error("the start of the breathing is not told")
	}
}

// A recording that can't be written completely is an error.
func TestRefuses(t *testing.T) {
	good := wave(30, 30, math.Sin)
	for name, change := range map[string]func(*edf.Recording){
		"a rate without a record":        func(r *edf.Recording) { r.Signals[0].Rate = math.Pi },
		"no rate":                        func(r *edf.Recording) { r.Signals[0].Rate = 0 },
		"a sample that is no number":     func(r *edf.Recording) { r.Signals[0].Samples[3] = math.NaN() },
		"a sample beyond eight digits":   func(r *edf.Recording) { r.Signals[0].Samples[3] = 1e9 },
		"a start before the recording":   func(r *edf.Recording) { r.Signals[0].Start = -1 },
		"an annotation before it":        func(r *edf.Recording) { r.Annotations = []edf.Annotation{{-1, "Beat"}} },
		"an annotation with a separator": func(r *edf.Recording) { r.Annotations = []edf.Annotation{{1, "a\x14b"}} },
		"a year that two digits mistake": func(r *edf.Recording) { r.Start = time.Date(1984, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		s := good
		s.Samples = append([]float64{}, good.Samples...)
		r := edf.Recording{Start: start, Signals: []edf.Signal{s}}
		change(&r)
		if err := edf.Write(&bytes.Buffer{}, r); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}
