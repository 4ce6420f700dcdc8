package validate

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
)

//go:embed report.html
var pageSource string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"decimals": decimals, "percent": percent, "words": words, "share": func(v float64) string { return percent(&v) },
}).Parse(pageSource))

// pagePart is a [Part] with its plots.
type pagePart struct {
	Part
	Ours                           Row
	BlandAltman, Errors, Calibrate template.HTML
}

// WriteHTML writes the report as a single self-contained page.
func (r *Report) WriteHTML(w io.Writer) error {
	data := struct {
		*Report
		Pages []pagePart
	}{Report: r}
	for _, p := range r.Parts {
		data.Pages = append(data.Pages, pagePart{p, p.Rows[0], blandAltman(p), errorPlot(p), reliabilityPlot(p.Rows[0])})
	}
	return page.Execute(w, data)
}

// Plots are 420 by 300 px with margins for the axes.
const (
	plotW, plotH                  = 420.0, 300.0
	left, right, top, bottom      = 50.0, 12.0, 12.0, 40.0
	acceptedColour, refusedColour = "#0b6e4f", "#b8b8b8"
	mostPoints                    = 4000 // drawn, so that the page stays small
	innerW, innerH                = plotW - left - right, plotH - top - bottom
)

// plot draws points on linear axes.
type plot struct {
	bytes.Buffer
	x0, x1, y0, y1 float64
}

func newPlot(title, xTitle, yTitle string, x0, x1, y0, y1 float64) *plot {
	p := &plot{x0: x0, x1: x1, y0: y0, y1: y1}
	fmt.Fprintf(p, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, plotW, plotH, title)
	fmt.Fprintf(p, `<rect x="%g" y="%g" width="%g" height="%g" fill="none" stroke="#999"/>`, left, top, innerW, innerH)
	for i := range 5 {
		f := float64(i) / 4
		fmt.Fprintf(p, `<text x="%.1f" y="%g" text-anchor="middle">%.3g</text>`, left+f*innerW, top+innerH+14, x0+f*(x1-x0))
		fmt.Fprintf(p, `<text x="%g" y="%.1f" text-anchor="end">%.3g</text>`, left-5, top+innerH-f*innerH+4, y0+f*(y1-y0))
	}
	fmt.Fprintf(p, `<text x="%g" y="%g" text-anchor="middle">%s</text>`, left+innerW/2, plotH-6, xTitle)
	fmt.Fprintf(p, `<text transform="translate(13 %g) rotate(-90)" text-anchor="middle">%s</text>`, top+innerH/2, yTitle)
	return p
}

// place maps a value to the page, limited to the frame.
func (p *plot) place(x, y float64) (float64, float64) {
	fx, fy := (x-p.x0)/(p.x1-p.x0), (y-p.y0)/(p.y1-p.y0)
	return left + innerW*min(1, max(0, fx)), top + innerH*(1-min(1, max(0, fy)))
}

func (p *plot) dot(x, y float64, colour string) {
	px, py := p.place(x, y)
	fmt.Fprintf(p, `<circle cx="%.1f" cy="%.1f" r="2" fill="%s" fill-opacity=".5"/>`, px, py, colour)
}

func (p *plot) line(x0, y0, x1, y1 float64, dash string) {
	ax, ay := p.place(x0, y0)
	bx, by := p.place(x1, y1)
	fmt.Fprintf(p, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#333" stroke-dasharray="%s"/>`, ax, ay, bx, by, dash)
}

func (p *plot) svg() template.HTML {
	p.WriteString("</svg>")
	return template.HTML(p.String()) // numbers and our own words only
}

// shown returns the scans with a reference and a guess, thinned evenly to mostPoints.
func shown(scans []Scan) []*Scan {
	var out []*Scan
	for i := range scans {
		if scans[i].Truth > 0 && scans[i].Guess > 0 {
			out = append(out, &scans[i])
		}
	}
	if len(out) <= mostPoints {
		return out
	}
	thin := make([]*Scan, mostPoints)
	for i := range thin {
		thin[i] = out[i*len(out)/mostPoints]
	}
	return thin
}

func (s *Scan) colour() string {
	if s.Accepted() {
		return acceptedColour
	}
	return refusedColour
}

// blandAltman plots difference against mean, with the limits of agreement of the accepted scans.
func blandAltman(p Part) template.HTML {
	scans := shown(p.Scans)
	if len(scans) == 0 {
		return ""
	}
	lo, hi, reach := math.Inf(1), math.Inf(-1), 5.0
	for _, s := range scans {
		m := (s.Guess + s.Truth) / 2
		lo, hi, reach = min(lo, m), max(hi, m), max(reach, math.Abs(s.Guess-s.Truth))
	}
	reach = min(20, reach)
	g := newPlot("Bland-Altman plot", "mean of engine and reference, bpm", "engine - reference, bpm", math.Floor(lo-1), math.Ceil(hi+1), -reach, reach)
	for _, s := range scans {
		g.dot((s.Guess+s.Truth)/2, s.Guess-s.Truth, s.colour())
	}
	if a := p.Rows[0].Accepted; a.All != nil {
		g.line(g.x0, a.All.Bias, g.x1, a.All.Bias, "")
		g.line(g.x0, a.All.Limits[0], g.x1, a.All.Limits[0], "5 4")
		g.line(g.x0, a.All.Limits[1], g.x1, a.All.Limits[1], "5 4")
	}
	return g.svg()
}

// errorPlot plots the absolute error against the stated confidence.
func errorPlot(p Part) template.HTML {
	scans := shown(p.Scans)
	if len(scans) == 0 {
		return ""
	}
	g := newPlot("error against confidence", "stated confidence", "absolute error, bpm (20 and more at the top)", 0, 1, 0, 20)
	for _, s := range scans {
		g.dot(s.HeartRate.Confidence, math.Abs(s.Guess-s.Truth), s.colour())
	}
	g.line(0, Tolerance, 1, Tolerance, "5 4")
	return g.svg()
}

// reliabilityPlot plots the share that was right against the stated confidence.
func reliabilityPlot(r Row) template.HTML {
	if len(r.Reliability) == 0 {
		return ""
	}
	g := newPlot("reliability", "stated confidence", "share within 5 bpm", 0, 1, 0, 1)
	g.line(0, 0, 1, 1, "5 4")
	for i, b := range r.Reliability {
		g.dot(b.Confidence, b.Right, acceptedColour)
		if i > 0 {
			a := r.Reliability[i-1]
			g.line(a.Confidence, a.Right, b.Confidence, b.Right, "")
		}
	}
	return g.svg()
}
