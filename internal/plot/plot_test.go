package plot

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/engine"
)

// minute is a made-up result: a pulse that drifts from 66 to 78 bpm in 60 s.
func minute() *engine.Result {
	const rate, seconds = 30.0, 60
	r := &engine.Result{
		Engine:    engine.Info{Version: "1"},
		Quality:   "good",
		Estimates: []biomarker.Estimate{biomarker.Accept(biomarker.HeartRate, 72.3, 70.9, 73.7, 0.97, "vote")},
		Capture:   engine.Capture{FPS: 29.8, Frames: 1788, DurationS: seconds},
	}
	phase, beats := 0.0, 0.0
	for i := range int(rate * seconds) {
		t := float64(i) / rate
		bpm := 72 + 6*math.Sin(2*math.Pi*t/60)
		phase += bpm / 60 / rate
		if phase-beats >= 1 {
			beats++
			r.Beats = append(r.Beats, engine.Beat{Time: t, Corrected: len(r.Beats) == 20})
		}
		wave := math.Sin(2*math.Pi*phase) + 0.4*math.Sin(4*math.Pi*phase)
		r.Pulse.Samples = append(r.Pulse.Samples, wave)
		for c, gain := range [3]float64{0.3, 0.8, 0.5} {
			r.Colour[c].Samples = append(r.Colour[c].Samples, 120+10*float64(c)+0.3*t/60-gain*wave*0.4)
		}
	}
	r.Pulse.Rate = rate
	for c := range r.Colour {
		r.Colour[c].Rate = rate
	}
	for f := 35.0; f <= 240; f += 0.5 {
		r.Spectrum.BPM = append(r.Spectrum.BPM, f)
	}
	for t := 3.0; t <= seconds-3; t += 0.5 {
		bpm := 72 + 6*math.Sin(2*math.Pi*t/60)
		row := make([]float64, len(r.Spectrum.BPM))
		for k, f := range r.Spectrum.BPM {
			row[k] = math.Exp(-(f-bpm)*(f-bpm)/40) + 0.2*math.Exp(-(f-2*bpm)*(f-2*bpm)/40)
		}
		r.Spectrum.TimeS = append(r.Spectrum.TimeS, t)
		r.Spectrum.Power = append(r.Spectrum.Power, row)
		r.Track.TimeS = append(r.Track.TimeS, t)
		r.Track.BPM = append(r.Track.BPM, bpm)
	}
	return r
}

func draw(t *testing.T, r *engine.Result, title string) string {
	t.Helper()
	var b bytes.Buffer
	if err := SVG(&b, r, title); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(b.Bytes())); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
	if bad := regexp.MustCompile(`NaN|Inf`).FindString(b.String()); bad != "" {
		t.Fatalf("the picture holds %s", bad)
	}
	return b.String()
}

func TestPicture(t *testing.T) {
	r := minute()
	svg := draw(t, r, "a minute")
	if path := os.Getenv("BLUSH_PLOT"); path != "" { // to look at it
		if err := os.WriteFile(path, []byte(svg), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(svg, `class="beat"`); n != len(r.Beats) {
		t.Errorf("%d beats drawn, %d found", n, len(r.Beats))
	}
	if n := strings.Count(svg, `r="2.6" fill="#fff" stroke="#be123c"`); n != 1 {
		t.Errorf("%d corrected beats drawn, want 1", n)
	}
	for _, words := range []string{"a minute", "Heart rate 72.3 bpm, 90 % interval 70.9 to 73.7, confidence 0.97", "29.8 frames/s", "quality good"} {
		if !strings.Contains(svg, words) {
			t.Errorf("the picture does not say %q", words)
		}
	}
	if strings.Contains(svg, "stroke-dasharray") {
		t.Error("the track of an accepted rate is dashed")
	}
}

// The spectrum's image is dark at the rate and white away from it.
func TestSpectrumImage(t *testing.T) {
	svg := draw(t, minute(), "x")
	m := regexp.MustCompile(`base64,([^"]+)"`).FindStringSubmatch(svg)
	if m == nil {
		t.Fatal("no image")
	}
	raw, err := base64.StdEncoding.DecodeString(m[1])
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	// The axis runs from 45-… bpm: track 66..78 gives min(66-35,45)=31→35 up to max(78+45,130)=130.
	rowOf := func(bpm float64) int { return int((130 - bpm) / (130 - 35) * maxRows) }
	r, _, _, _ := img.At(0, rowOf(72+6*math.Sin(2*math.Pi*3/60))).RGBA()
	if r>>8 > 60 {
		t.Errorf("red %d at the rate, want dark", r>>8)
	}
	if r, _, _, _ = img.At(0, rowOf(110)).RGBA(); r>>8 < 240 {
		t.Errorf("red %d away from the rate, want white", r>>8)
	}
}

func TestRefused(t *testing.T) {
	r := minute()
	r.Estimates = []biomarker.Estimate{biomarker.Refuse(biomarker.HeartRate, biomarker.TooMuchMotion, 0.1, "vote")}
	svg := draw(t, r, "x")
	if !strings.Contains(svg, "Heart rate refused: too_much_motion") || !strings.Contains(svg, "stroke-dasharray") {
		t.Error("a refused rate names its reason and has a dashed track")
	}
}

func TestNothingToDraw(t *testing.T) {
	svg := draw(t, &engine.Result{}, "empty")
	for _, words := range []string{"no colour", "no pulse wave", "no spectrum", "No heart rate"} {
		if !strings.Contains(svg, words) {
			t.Errorf("the picture does not say %q", words)
		}
	}
}

func TestBrokenNumbers(t *testing.T) {
	r := minute()
	r.Pulse.Samples[7], r.Colour[0].Samples[3], r.Track.BPM[2] = math.NaN(), math.Inf(1), math.NaN()
	r.Spectrum.Power[1][9], r.Beats[0].Time = math.NaN(), math.NaN()
	r.Capture.DurationS = math.Inf(1)
	r.Features.SNR = math.Inf(-1)
	draw(t, r, "broken")
}

func TestHostileTitle(t *testing.T) {
	if svg := draw(t, minute(), `<script>alert("x")</script>&`); strings.Contains(svg, "<script") {
		t.Error("the title was not escaped")
	}
}

// Two hours are drawn as small as a minute: extremes per pixel column.
func TestLongRecording(t *testing.T) {
	long := dsp.Series{Rate: 30, Samples: make([]float64, 30*7200)}
	for i := range long.Samples {
		long.Samples[i] = math.Sin(float64(i) / 4)
	}
	r := &engine.Result{Pulse: long, Colour: [3]dsp.Series{long, long, long}}
	if n := len(draw(t, r, "long")); n > 300_000 {
		t.Errorf("%d bytes for two hours, want under 300,000", n)
	}
}

func TestTicks(t *testing.T) {
	got := axis{from: 0, to: 60, a: 0, b: 1}.ticks(10)
	if len(got) != 7 || got[1] != 10 || got[6] != 60 {
		t.Errorf("ticks of 0..60: %v, want every 10", got)
	}
}
