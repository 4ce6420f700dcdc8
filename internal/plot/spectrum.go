package plot

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
)

// The largest number of cells of the drawn spectrum. It is smooth, so more would only cost bytes.
const maxColumns, maxRows = 480, 205

func drawSpectrum(b *bytes.Buffer, r *engine.Result, x axis) {
	panel(b, x, spectTop, spect, "Spectrum over time", "heart rate in bpm; the line is the track")
	s := r.Spectrum
	if len(s.TimeS) == 0 || len(s.BPM) < 2 || len(s.Power) != len(s.TimeS) {
		empty(b, spectTop, spect, "no spectrum")
		return
	}
	y := axis{from: s.BPM[0], to: s.BPM[len(s.BPM)-1], a: spectTop + spect, b: spectTop}
	if len(r.Track.BPM) > 0 { // show the range around the track
		lo, hi := bounds(r.Track.BPM)
		if lo <= hi {
			y.from, y.to = max(y.from, min(lo-35, 45)), min(y.to, max(hi+45, 130))
		}
	}
	picture(b, s, x, y)
	frame(b, spectTop, spect)
	for _, v := range y.ticks(6) {
		fmt.Fprintf(b, `<path d="M%d %sH%d" stroke="#1f2933" stroke-opacity=".08"/>`, left, number(y.at(v)), right)
		text(b, left-8, y.at(v)+4, "quiet end", number(v))
	}
	track(b, r, x, y)
}

// picture draws the spectrum as one embedded image. A column spans the time
// around its window's middle; each is scaled to its own maximum.
func picture(b *bytes.Buffer, s engine.Spectrogram, x, y axis) {
	columns, rows := min(len(s.TimeS), maxColumns), maxRows
	img := image.NewNRGBA(image.Rect(0, 0, columns, rows))
	for c := range columns {
		row := s.Power[c*len(s.TimeS)/columns]
		top := 0.0
		for _, p := range row {
			if finite(p) {
				top = max(top, p)
			}
		}
		for q := range rows {
			bpm := y.to - (float64(q)+0.5)/float64(rows)*(y.to-y.from)
			img.SetNRGBA(c, q, shade(lookup(s.BPM, row, bpm)/top))
		}
	}
	var raw bytes.Buffer
	if err := png.Encode(&raw, img); err != nil {
		return // encoding into memory cannot fail
	}
	half := 0.0
	if len(s.TimeS) > 1 {
		half = (s.TimeS[1] - s.TimeS[0]) / 2
	}
	from, to := max(x.from, s.TimeS[0]-half), min(x.to, s.TimeS[len(s.TimeS)-1]+half)
	fmt.Fprintf(b, `<image x="%s" y="%d" width="%s" height="%d" preserveAspectRatio="none" href="data:image/png;base64,%s"/>`,
		number(x.at(from)), spectTop, number(x.at(to)-x.at(from)), spect, base64.StdEncoding.EncodeToString(raw.Bytes()))
}

// lookup returns a row's power at a rate, interpolated between its bins.
func lookup(bpm, power []float64, at float64) float64 {
	n := min(len(bpm), len(power))
	if n < 2 || at < bpm[0] || at > bpm[n-1] {
		return 0
	}
	pos := (at - bpm[0]) / (bpm[n-1] - bpm[0]) * float64(n-1)
	i := min(int(pos), n-2)
	f := pos - float64(i)
	return power[i]*(1-f) + power[i+1]*f
}

// shade maps 0..1 to white through blue to deep indigo.
func shade(v float64) color.NRGBA {
	if !finite(v) {
		v = 0
	}
	v = math.Pow(min(max(v, 0), 1), 0.75) // faint other rates stay visible
	stops := [...][3]float64{{255, 255, 255}, {219, 234, 254}, {125, 176, 240}, {49, 92, 190}, {30, 27, 94}}
	pos := v * float64(len(stops)-1)
	i := min(int(pos), len(stops)-2)
	f := pos - float64(i)
	mix := func(c int) uint8 { return uint8(stops[i][c]*(1-f) + stops[i+1][c]*f + 0.5) }
	return color.NRGBA{R: mix(0), G: mix(1), B: mix(2), A: 255}
}

// track draws the heart rate over time, dashed when it was refused.
func track(b *bytes.Buffer, r *engine.Result, x, y axis) {
	dash := ""
	if e, ok := r.Find(biomarker.HeartRate); !ok || e.Value == nil {
		dash = ` stroke-dasharray="3 4"`
	}
	var path strings.Builder
	pen := "M"
	for i := range min(len(r.Track.TimeS), len(r.Track.BPM)) {
		t, v := r.Track.TimeS[i], r.Track.BPM[i]
		if !finite(t) || !finite(v) {
			pen = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%s %s", pen, number(x.clamp(t)), number(y.clamp(v)))
		pen = "L"
	}
	if path.Len() == 0 {
		return
	}
	d := path.String()
	fmt.Fprintf(b, `<path class="line" stroke="#fff" style="stroke-width:4;stroke-opacity:.7" d="%s"/><path class="line track" stroke="#be123c" style="stroke-width:1.8"%s d="%s"/>`, d, dash, d)
}
