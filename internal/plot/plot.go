// Package plot draws one engine result as a single SVG picture: the colour of the skin, the pulse wave with its
// beats, and the spectrum over time with the heart rate's track, on one time axis.
package plot

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/engine"
)

// The layout in px.
const (
	width, height     = 1000, 760
	left, right       = 72, 968 // of every panel
	colourTop, colour = 120, 116
	pulseTop, pulse   = 278, 146
	spectTop, spect   = 466, 240
)

const style = `text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#1f2933;font-size:12px}
.title{font-size:17px;font-weight:600}.quiet{fill:#66727f}.panel{font-weight:600}.end{text-anchor:end}.mid{text-anchor:middle}
.grid{stroke:#e4e8ec;stroke-width:1;fill:none}.frame{stroke:#c9d0d6;stroke-width:1;fill:none}.line{fill:none;stroke-width:1.2;stroke-linejoin:round}`

// SVG writes the picture of a result. title names the recording; it is escaped.
func SVG(w io.Writer, r *engine.Result, title string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t"><title id="t">%s: %s</title><style>%s</style><rect width="100%%" height="100%%" fill="#fff"/>`,
		width, height, width, height, html.EscapeString(title), html.EscapeString(headline(r)), style)
	start, end := span(r)
	x := axis{from: start, to: end, a: left, b: right}

	text(&b, left, 36, "title", title)
	text(&b, left, 58, "", headline(r))
	text(&b, left, 76, "quiet", subline(r))

	drawColour(&b, r, x)
	drawPulse(&b, r, x)
	drawSpectrum(&b, r, x)
	for _, t := range x.ticks(10) {
		text(&b, x.at(t), spectTop+spect+18, "quiet mid", number(t))
	}
	text(&b, right, height-18, "quiet end", "time in s")
	text(&b, left, height-18, "quiet", "engine "+r.Engine.Version)
	b.WriteString("</svg>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// headline returns the heart rate with its 90 % interval, or the reason why there is none.
func headline(r *engine.Result) string {
	e, ok := r.Find(biomarker.HeartRate)
	switch {
	case !ok:
		return "No heart rate"
	case e.Value != nil && e.Interval != nil:
		return fmt.Sprintf("Heart rate %.1f %s, 90 %% interval %.1f to %.1f, confidence %.2f", *e.Value, e.Unit, e.Interval[0], e.Interval[1], e.Confidence)
	case e.Reason != nil:
		return fmt.Sprintf("Heart rate refused: %s", *e.Reason)
	}
	return "No heart rate"
}

func subline(r *engine.Result) string {
	c := r.Capture
	return fmt.Sprintf("%s s · %d frames · %s frames/s · quality %s · %d beats · SNR %s dB",
		tenths(c.DurationS), c.Frames, tenths(c.FPS), r.Quality, len(r.Beats), tenths(r.Features.SNR))
}

func tenths(v float64) string {
	if !finite(v) {
		return "?"
	}
	return fmt.Sprintf("%.1f", v)
}

// span returns the first and the last time in s for which there are data.
func span(r *engine.Result) (from, to float64) {
	from, to = 0, r.Capture.DurationS
	for _, s := range []dsp.Series{r.Pulse, r.Colour[0]} {
		if n := len(s.Samples); n > 0 && s.Rate > 0 {
			from, to = min(from, s.Time(0)), max(to, s.Time(n-1))
		}
	}
	if !(to > from) || math.IsInf(to-from, 0) {
		return 0, 1
	}
	return from, to
}

func drawColour(b *bytes.Buffer, r *engine.Result, x axis) {
	panel(b, x, colourTop, colour, "Skin colour", "change of each channel in % of its mean")
	shades := [3]string{"#c2410c", "#15803d", "#1d4ed8"}
	var rel [3]dsp.Series
	lo, hi := math.Inf(1), math.Inf(-1)
	for c, s := range r.Colour {
		rel[c] = percent(s)
		l, h := bounds(rel[c].Samples)
		lo, hi = min(lo, l), max(hi, h)
	}
	if !(hi > lo) {
		empty(b, colourTop, colour, "no colour")
		return
	}
	y := axis{from: lo, to: hi, a: colourTop + colour - 6, b: colourTop + 6}
	for _, v := range y.ticks(6) {
		fmt.Fprintf(b, `<path class="grid" d="M%d %sH%d"/>`, left, number(y.at(v)), right)
		text(b, left-8, y.at(v)+4, "quiet end", signed(v))
	}
	for c, s := range rel {
		line(b, s, x, y, shades[c])
	}
	for c, name := range [3]string{"R", "G", "B"} {
		fmt.Fprintf(b, `<text x="%d" y="%d" style="fill:%s;font-weight:600">%s</text>`, right-48+c*18, colourTop-8, shades[c], name)
	}
}

func drawPulse(b *bytes.Buffer, r *engine.Result, x axis) {
	panel(b, x, pulseTop, pulse, "Pulse wave", "systole up, without unit; ● beat, ○ beat after a corrected interval")
	lo, hi := bounds(r.Pulse.Samples)
	if !(hi > lo) {
		empty(b, pulseTop, pulse, "no pulse wave")
		return
	}
	y := axis{from: lo, to: hi, a: pulseTop + pulse - 8, b: pulseTop + 14}
	line(b, r.Pulse, x, y, "#be123c")
	for _, beat := range r.Beats {
		if math.IsNaN(beat.Time) || beat.Time < x.from || beat.Time > x.to {
			continue
		}
		fill := "#be123c"
		if beat.Corrected {
			fill = "#fff"
		}
		fmt.Fprintf(b, `<circle class="beat" cx="%s" cy="%d" r="2.6" fill="%s" stroke="#be123c"/>`, number(x.at(beat.Time)), pulseTop+7, fill)
	}
}

// percent returns a series as its deviation from its mean in %, the slow drift included.
func percent(s dsp.Series) dsp.Series {
	sum, n := 0.0, 0
	for _, v := range s.Samples {
		if finite(v) {
			sum, n = sum+v, n+1
		}
	}
	mean := sum / float64(n)
	if n == 0 || mean == 0 {
		return dsp.Series{}
	}
	out := dsp.Series{Rate: s.Rate, Start: s.Start, Samples: make([]float64, len(s.Samples))}
	for i, v := range s.Samples {
		out.Samples[i] = 100 * (v/mean - 1)
	}
	return out
}

// bounds returns the range of the finite samples, without a thousandth of outliers at either end; lo > hi when
// there is none.
func bounds(x []float64) (lo, hi float64) {
	kept := make([]float64, 0, len(x))
	for _, v := range x {
		if finite(v) {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		return math.Inf(1), math.Inf(-1)
	}
	slices.Sort(kept)
	cut := len(kept) / 1000
	return kept[cut], kept[len(kept)-1-cut]
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// line draws a series; where more than two samples share a pixel column, it
// draws their extremes, so that the picture of two hours is as small as that of
// a minute. A sample that is not finite leaves a gap.
func line(b *bytes.Buffer, s dsp.Series, x, y axis, stroke string) {
	if s.Rate <= 0 {
		return
	}
	step := 1
	if columns := x.at(s.Time(len(s.Samples))) - x.at(s.Start); float64(len(s.Samples)) > 2*columns {
		step = int(math.Ceil(float64(len(s.Samples)) / max(columns, 1)))
	}
	fmt.Fprintf(b, `<path class="line" stroke="%s" d="`, stroke)
	pen := "M"
	point := func(i int) {
		fmt.Fprintf(b, "%s%s %s", pen, number(x.at(s.Time(i))), number(y.clamp(s.Samples[i])))
		pen = "L"
	}
	for i := 0; i < len(s.Samples); i += step {
		least, most, ok := i, i, true
		for j := i; j < min(i+step, len(s.Samples)); j++ {
			if !finite(s.Samples[j]) {
				ok = false
				break
			}
			if s.Samples[j] < s.Samples[least] {
				least = j
			}
			if s.Samples[j] > s.Samples[most] {
				most = j
			}
		}
		if !ok {
			pen = "M"
			continue
		}
		point(min(least, most))
		if least != most {
			point(max(least, most))
		}
	}
	b.WriteString(`"/>`)
}

// panel draws the frame, the title and the time grid of one panel.
func panel(b *bytes.Buffer, x axis, top, h int, title, about string) {
	fmt.Fprintf(b, `<text x="%d" y="%d"><tspan class="panel">%s</tspan><tspan class="quiet" dx="8">%s</tspan></text>`, left, top-8, title, about)
	for _, t := range x.ticks(10) {
		fmt.Fprintf(b, `<path class="grid" d="M%s %dv%d"/>`, number(x.at(t)), top, h)
	}
	frame(b, top, h)
}

func frame(b *bytes.Buffer, top, h int) {
	fmt.Fprintf(b, `<rect class="frame" x="%d" y="%d" width="%d" height="%d"/>`, left, top, right-left, h)
}

func empty(b *bytes.Buffer, top, h int, words string) {
	text(b, (left+right)/2, float64(top+h/2+4), "quiet mid", words)
}

func text(b *bytes.Buffer, x, y float64, class, words string) {
	fmt.Fprintf(b, `<text x="%s" y="%s" class="%s">%s</text>`, number(x), number(y), class, html.EscapeString(words))
}

// number formats a coordinate or a tick without needless digits.
func number(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}

// signed formats a tick with its sign, and zero as 0.
func signed(v float64) string {
	if s := fmt.Sprintf("%+.2f", v); s != "+0.00" && s != "-0.00" {
		return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return "0"
}

// axis maps values from..to onto px a..b.
type axis struct{ from, to, a, b float64 }

func (s axis) at(v float64) float64 { return s.a + (v-s.from)/(s.to-s.from)*(s.b-s.a) }

// clamp is at, limited to the axis.
func (s axis) clamp(v float64) float64 { return s.at(min(max(v, s.from), s.to)) }

// ticks returns at most n+1 round values within the axis.
func (s axis) ticks(n int) []float64 {
	raw := (s.to - s.from) / float64(n)
	if !(raw > 0) || math.IsInf(raw, 0) {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if step*m >= raw {
			step *= m
			break
		}
	}
	var out []float64
	for k := math.Ceil(s.from / step); k*step <= s.to+step*1e-9; k++ {
		out = append(out, k*step)
	}
	return out
}
