package widget

import (
	"strconv"
	"strings"
	"time"

	"blush.example/blush/internal/health"
)

type graphSheet struct {
	sheet
	G                   Graph
	Locked, Empty, Wide bool
	Period, Now, Each   string
	Bands               []band
	Rows                []rowLine
	Columns             []column
	BandPath, Line      string
	Bars                []bar
	Dots                []graphDot
	R                   string
	Gaps                []graphGap
	Pressure            bool
	RefusedText         string
	Refused             []string
	Points              []pointRow
}

// band is a zone behind the curve.
type band struct {
	Class, Y, H, TextY, Name string
}

// rowLine is a line across: V within the curve's own picture, Y of its number.
type rowLine struct{ V, Y, Name string }

type column struct {
	at              float64 // percent of the period
	X, Name, Anchor string
	// Class says which labels are hidden when there is little room: every other one is odd; all but the first and one near the end are inner.
	Class string
}

type bar struct{ X, Y1, Y2 string }

type graphDot struct {
	X, Y, Title string
	Diastolic   bool
}

type graphGap struct{ X, Title string }

type pointRow struct{ Date, Value, Interval, Note string }

// The picture: the curve's area is plotHeight high and starts at plotTop; its
// own picture is 1000 wide.
const (
	plotHeight = 200.0
	plotTop    = 8.0
	plotWidth  = 1000.0
	maxTitles  = 130 // most points that show their value under the pointer
	daysAsDays = 92  // a longer period has months or years on its axis
)

// HTML draws a graph.
func (g Graph) HTML(lang string, l Look) ([]byte, error) {
	s := graphSheet{sheet: l.sheet(lang, g.Title), G: g, Locked: g.State == Locked, Empty: g.State == Refused || g.State == NoData && len(g.Refused) == 0}
	w := s.W
	start, err := time.Parse(time.DateOnly, g.Start)
	if err != nil {
		return nil, err
	}
	stop, err := time.Parse(time.DateOnly, g.Stop)
	if err != nil {
		return nil, err
	}
	s.Period = w.date(start) + " – " + w.date(stop)
	switch {
	case s.Locked, s.Empty:
		s.Say = w.saying(g.State, g.Text)
	case g.Reason != nil:
		s.Say = w.saying(Refused, g.Notices[0].Text)
	}
	if s.Locked {
		return render(NameGraph, s)
	}
	p := plot{w: w, g: g, start: start, days: daysBetween(start, stop) + 1}
	s.Bands, s.Rows, s.Columns = p.bands(), p.rows(), p.columns(stop)
	if last := len(s.Columns) - 1; last > 0 && p.days > 1 {
		if x, err := strconv.ParseFloat(s.Columns[last].X, 64); err == nil && x > 75 {
			s.Columns[last].Class = "few"
		}
	}
	s.Wide = g.Scale[1] >= 1000
	p.draw(&s)
	_, isMetric := health.ParseMetric(g.Parameter)
	s.Pressure = len(s.Bars) > 0
	s.Each = w.say("graph.key.value")
	if s.Pressure {
		s.Each = w.say("graph.key.systolic")
	}
	if each := w.say("graph." + g.Aggregation + map[bool]string{true: ".metric"}[isMetric && g.Aggregation != "none"]); g.Aggregation != "none" {
		s.Each += ", " + each
	}
	if g.Latest != nil {
		s.Now = g.Latest.Text
	}
	return render(NameGraph, s)
}

// plot turns a graph into coordinates.
type plot struct {
	w     words
	g     Graph
	start time.Time
	days  int
}

// x is 0..100 over the period. A day or a week is at its middle.
func (p plot) x(t time.Time) float64 {
	local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	days := local.Sub(p.start).Hours() / 24
	switch p.g.Aggregation {
	case "day":
		days += .5
	case "week":
		days += 3.5
	}
	return 100 * max(0, min(1, days/float64(p.days)))
}

// y is the distance from the top of the curve's area.
func (p plot) y(v float64) float64 {
	return plotHeight * (1 - percent(v, p.g.Scale)/100)
}

// bands draws the usual range of a biomarker, or the zones of a score.
func (p plot) bands() []band {
	var out []band
	for _, r := range p.g.Ranges {
		_, isMetric := health.ParseMetric(p.g.Parameter)
		top, bottom := p.y(min(r.To, p.g.Scale[1])), p.y(max(r.From, p.g.Scale[0]))
		if !isMetric && Level(r.Zone) != Good || bottom-top < 1 {
			continue
		}
		b := band{Class: "usual", Y: short(plotTop + top), H: short(bottom - top)}
		if isMetric {
			b.Class = "zone-soft " + r.Zone
		}
		if bottom-top >= 18 {
			b.Name, b.TextY = r.Name, short(plotTop+top+14)
		}
		out = append(out, b)
	}
	return out
}

// rows are the lines across at round values.
func (p plot) rows() []rowLine {
	var out []rowLine
	for _, l := range p.g.Lines {
		out = append(out, rowLine{short(p.y(l.Value)), short(plotTop + p.y(l.Value) + 4), l.Text})
	}
	return out
}

// Axis has the positions of the dates and the points of a graph, for drawing it elsewhere; its values are in Lines and Scale.
type Axis struct {
	// Dates are in percent of the period.
	Dates []Tick
	// X says where each point is, in percent of the period.
	X []float64
}

// Tick is a place on an axis with its name.
type Tick struct {
	At   float64
	Name string
}

// Axis returns the axis of a graph in a language.
func (g Graph) Axis(lang string) (Axis, error) {
	start, err := time.Parse(time.DateOnly, g.Start)
	if err != nil {
		return Axis{}, err
	}
	stop, err := time.Parse(time.DateOnly, g.Stop)
	if err != nil {
		return Axis{}, err
	}
	p := plot{w: wordsOf(lang), g: g, start: start, days: daysBetween(start, stop) + 1}
	var out Axis
	for _, c := range p.columns(stop) {
		out.Dates = append(out.Dates, Tick{c.at, c.Name})
	}
	for _, pt := range g.Points {
		at, err := time.Parse(time.RFC3339, pt.Timestamp)
		if err != nil {
			return Axis{}, err
		}
		out.X = append(out.X, p.x(at))
	}
	return out, nil
}

// columns returns the dates on the axis: days, months or years, at most seven.
func (p plot) columns(stop time.Time) []column {
	var out []column
	add := func(t time.Time, name string) {
		x := 100 * t.Sub(p.start).Hours() / 24 / float64(p.days)
		c := column{at: x, X: short(x), Name: name, Anchor: "middle", Class: "inner"}
		if len(out)%2 == 1 {
			c.Class = "odd inner"
		}
		if len(out) == 0 {
			c.Class = "few"
		}
		if x < 3 {
			c.Anchor = "start"
		}
		if x <= 97 {
			out = append(out, c)
		}
	}
	if p.days <= daysAsDays {
		step := 1
		for _, step = range []int{1, 2, 7, 14} {
			if p.days <= 7*step {
				break
			}
		}
		for t := p.start; !t.After(stop); t = t.AddDate(0, 0, step) {
			add(t, p.w.say("date.day", "d", strconv.Itoa(t.Day()), "m", p.w.month(t)))
		}
		return out
	}
	months := 1
	for _, months = range []int{1, 2, 3, 6, 12, 24, 60, 120} {
		if p.days <= 7*months*31 {
			break
		}
	}
	first := time.Date(p.start.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	for t := first; !t.After(stop); t = t.AddDate(0, months, 0) {
		switch {
		case t.Before(p.start):
		case months >= 12:
			add(t, strconv.Itoa(t.Year()))
		case t.Month() == 1 || len(out) == 0:
			add(t, p.w.say("date.month", "m", p.w.month(t), "y", strconv.Itoa(t.Year())))
		default:
			add(t, p.w.month(t))
		}
	}
	return out
}

// longest is the longest time between two points that the curve joins: two weeks of a curve by week, six days of another.
func (p plot) longest() time.Duration {
	const day = 24 * time.Hour
	if p.g.Aggregation == "week" {
		return 14 * day
	}
	return 6 * day
}

// draw turns the points into paths and marks. The curve breaks where scans gave no value, and where none was made for long.
func (p plot) draw(s *graphSheet) {
	var run []curvePoint
	var before time.Time // of the run's last point
	var band, line strings.Builder
	flush := func() {
		line.WriteString(polyline(run))
		band.WriteString(ribbon(run))
		run = nil
	}
	s.R = "4.2"
	if len(p.g.Points) > 60 {
		s.R = "3"
	}
	if len(p.g.Points) > maxTitles {
		s.R = "2.2"
	}
	for _, pt := range p.g.Points {
		at, err := time.Parse(time.RFC3339, pt.Timestamp)
		if err != nil {
			continue // never: NewGraph wrote it
		}
		x := p.x(at)
		row := p.row(pt, at)
		s.Points = append(s.Points, row)
		if pt.Value == nil {
			flush()
			s.Gaps = append(s.Gaps, graphGap{short(x), row.Date + ": " + row.Note})
			continue
		}
		if len(run) > 0 && at.Sub(before) > p.longest() {
			flush()
		}
		before = at
		c := curvePoint{x: x * plotWidth / 100, y: p.y(*pt.Value), interval: p.ys(pt.Interval)}
		run = append(run, c)
		d := graphDot{X: short(x), Y: short(plotTop + c.y)}
		if len(p.g.Points) <= maxTitles {
			d.Title = row.Date + ": " + row.Value
		}
		s.Dots = append(s.Dots, d)
		if pt.Diastolic != nil {
			y := plotTop + p.y(*pt.Diastolic)
			s.Bars = append(s.Bars, bar{short(x), d.Y, short(y)})
			s.Dots = append(s.Dots, graphDot{X: d.X, Y: short(y), Diastolic: true})
		}
	}
	flush()
	s.Line, s.BandPath = line.String(), band.String()
	p.refusals(s)
}

func (p plot) refusals(s *graphSheet) {
	n := 0
	for _, r := range p.g.Refused {
		n += r.Count
		s.Refused = append(s.Refused, strconv.Itoa(r.Count)+" × "+r.Text)
	}
	_, isMetric := health.ParseMetric(p.g.Parameter)
	switch {
	case isMetric: // its gaps are days
		s.RefusedText = p.w.titleOf(Refused)
	case n == 1:
		s.RefusedText = p.w.say("graph.refused.one")
	default:
		s.RefusedText = p.w.say("graph.refused.other", "n", strconv.Itoa(n))
	}
}

// row is a point as text.
func (p plot) row(pt Point, at time.Time) pointRow {
	r := pointRow{Date: p.w.date(at)}
	switch p.g.Aggregation {
	case "none":
		r.Date = p.w.moment(at)
	case "week":
		last := at.AddDate(0, 0, 6)
		r.Date = p.w.day(at, last) + " – " + p.w.date(last)
	}
	if pt.Value == nil {
		r.Value, r.Note = "–", *pt.ReasonText
		return r
	}
	r.Value, r.Interval, r.Note = *pt.Display+" "+p.g.UnitName, joined(pt.IntervalText), joined(pt.ConfidenceText)
	return r
}

func (p plot) ys(i *[2]float64) *[2]float64 {
	if i == nil {
		return nil
	}
	return &[2]float64{p.y(i[0]), p.y(i[1])}
}

// curvePoint is a point in the coordinates of the curve's own picture.
type curvePoint struct {
	x, y     float64
	interval *[2]float64
}

func polyline(run []curvePoint) string {
	if len(run) < 2 {
		return ""
	}
	var b strings.Builder
	for i, c := range run {
		b.WriteByte("ML"[min(i, 1)])
		b.WriteString(short(c.x) + " " + short(c.y))
	}
	return b.String()
}

// ribbon is the area between the bounds of consecutive points. A single point
// gets a narrow bar, so that its bounds are visible.
func ribbon(run []curvePoint) string {
	const alone = 3.0 // half the width of that bar
	var b strings.Builder
	for i := 0; i < len(run); {
		var part []curvePoint
		for ; i < len(run) && run[i].interval != nil; i++ {
			part = append(part, run[i])
		}
		switch len(part) {
		case 0:
			i++
		case 1:
			y := part[0].interval
			b.WriteString("M" + short(part[0].x-alone) + " " + short(y[0]) + "h" + short(2*alone) + "V" + short(y[1]) + "h" + short(-2*alone) + "z")
		default:
			for j, c := range part {
				b.WriteByte("ML"[min(j, 1)])
				b.WriteString(short(c.x) + " " + short(c.interval[1]))
			}
			for j := len(part) - 1; j >= 0; j-- {
				b.WriteString("L" + short(part[j].x) + " " + short(part[j].interval[0]))
			}
			b.WriteByte('z')
		}
	}
	return b.String()
}
