package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"blush.example/blush/internal/health"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/widget"

	"codeberg.org/go-pdf/fpdf"
)

func (d *document) fillColour(c colour) { d.pdf.SetFillColor(c[0], c[1], c[2]) }
func (d *document) penColour(c colour)  { d.pdf.SetDrawColor(c[0], c[1], c[2]) }

// rule is a thin line across.
func (d *document) rule() {
	d.penColour(hair)
	d.pdf.SetLineWidth(0.2)
	d.pdf.Line(left, d.y, right, d.y)
}

// The columns of a table of values: where each begins and how wide it is, in mm.
const (
	nameX, nameWidth   = left, 42.0
	valueX, valueWidth = left + 46, 32.0
	sureX, sureWidth   = left + 78, 64.0
	drawX, drawWidth   = left + 143, 35.0
)

// values lists the tiles of a scan.
func (d *document) values(all []widget.Biomarker) {
	rows(d, all, func(v widget.Biomarker) *lack {
		if v.State == widget.Ready {
			return nil
		}
		return &lack{names: []string{v.Name}, title: joined(v.Title), text: v.Text}
	}, d.value)
}

// lack says why values are missing.
type lack struct {
	names       []string
	title, text string
	tone        *tone // for what must not be overlooked
}

// rows lists values. Those that follow each other and are missing for the same reason are listed together.
func rows[T any](d *document, all []T, missing func(T) *lack, draw func(T)) {
	page := d.pdf.PageNo()
	for i := 0; i < len(all); {
		l := missing(all[i])
		if l == nil {
			draw(all[i])
			i++
			continue
		}
		for i++; i < len(all); i++ {
			next := missing(all[i])
			if next == nil || next.title != l.title || next.text != l.text {
				break
			}
			l.names = append(l.names, next.names...)
		}
		d.missing(l)
	}
	if d.pdf.PageNo() > page {
		d.parted++
	}
	d.rule()
	d.y += 2
}

// row draws a row of a table: columns below a line, an optional drawing of the height least (mm) at the top, and a text below.
// behind draws what lies behind the columns, of the given height (mm), on each page.
func (d *document) row(least float64, draw func(y float64), behind func(h float64), below column, all ...column) {
	gap := 0.0
	if len(d.linesOf(below)) > 0 {
		gap = 0.8
	}
	if h := max(least, d.tall(all...)) + gap + d.tall(below) + 3; h <= bottom-top {
		d.need(h)
	}
	d.rule()
	d.y += 1.5
	if draw != nil {
		draw(d.y)
	}
	d.flow(least, behind, all...)
	d.y += gap
	d.flow(0, nil, below)
	d.y += 1.5
}

// fewNames is how many names fit in the column of names. More are listed beside it, below a count.
const fewNames = 2

// tintPad is between a text in a table and the edge of the tint behind it, in mm.
const tintPad = 3.0

// missing says in the place of values why there are none.
func (d *document) missing(l *lack) {
	title, text, width := soft, soft, right-valueX
	var behind func(h float64)
	if l.tone != nil {
		title, text, width = l.tone.ink, ink, width-tintPad
		behind = func(h float64) { d.tint(*l.tone, valueX-3.4, d.y-0.8, right-valueX+3.4, h+1.6) }
	}
	names := strings.Join(l.names, ", ")
	head, first := piece{textSize, "B", ink, names, 0}, piece{textSize, "B", title, l.title, 0}
	if n := len(l.names); n > fewNames {
		head, first = piece{textSize, "B", title, l.title + " (" + strconv.Itoa(n) + ")", 0}, piece{textSize, "", ink, names, 0.5}
	}
	d.row(0, nil, behind, column{}, column{nameX, nameWidth, []piece{head}}, column{valueX, width, []piece{first, {textSize - 0.7, "", text, l.text, 0}}})
}

// number writes a value in large with its unit.
func (d *document) number(y float64, value, unit string) {
	d.font(14, "B", ink)
	value = shown(value)
	d.pdf.Text(valueX, y+d.mm(14)*0.7, value)
	d.mark(valueX+d.pdf.GetStringWidth(value)+1.2, y+d.mm(14)*0.7, smallSize, soft, "start", unit)
}

func (d *document) value(v widget.Biomarker) {
	sure := []string{joined(v.IntervalText), joined(v.ConfidenceText), joined(changeText(v))}
	if v.Source != nil && *v.Source == "cuff" {
		sure = []string{d.in.Say("source.cuff"), joined(v.StaleText), joined(changeText(v))}
		if at, err := time.Parse(time.RFC3339, *v.MeasuredAt); err == nil {
			sure[0] = d.in.Say("source.text", "source", sure[0], "date", d.in.Moment(at)) // not how long ago: a document is read later
		}
	}
	usual := joined(v.UsualText)
	if v.RangeSource == "" { // most values have no usual range: on a page with all of them it is not worth a line each
		usual = ""
	}
	least := 8.0 // with the numbers below the bar
	if v.ZoneName != nil {
		least = 9.5
	}
	d.row(least, func(y float64) {
		d.number(y, *v.Display, v.UnitName)
		d.bar(v, y+1.2)
	}, nil, column{valueX, right - valueX, []piece{{smallSize, "", soft, joined(v.Note), 0}}},
		column{nameX, nameWidth, []piece{{textSize, "B", ink, v.Name, 0}, {smallSize, "", soft, usual, 0}}},
		column{sureX, sureWidth, []piece{{smallSize, "", ink, sure[0], 0}, {smallSize, "", soft, sure[1], 0}, {smallSize, "", soft, sure[2], 0}}})
}

func changeText(v widget.Biomarker) *string {
	if v.Change == nil {
		return nil
	}
	return &v.Change.Text
}

// joined joins the non-empty texts into one line.
func joined(all ...*string) string {
	var out []string
	for _, s := range all {
		if s != nil && *s != "" {
			out = append(out, *s)
		}
	}
	return strings.Join(out, " · ")
}

// bar draws a tile's scale: the usual range, the interval and the value, as the widget does.
func (d *document) bar(v widget.Biomarker, y float64) {
	b := v.Drawing.Bar
	if b.At == nil {
		return
	}
	at := func(percent float64) float64 { return drawX + drawWidth*percent/100 }
	d.fillColour(track)
	d.pdf.Rect(drawX, y, drawWidth, 2, "F")
	t := tone{soft, soft}
	if v.Zone != nil {
		t = tones[string(*v.Zone)]
	}
	if b.Usual != nil {
		d.fillColour(colour{168, 209, 188})
		d.pdf.Rect(at(b.Usual.From), y, at(b.Usual.To)-at(b.Usual.From), 2, "F")
		d.mark(at(b.Usual.From), y+5, smallSize-1.2, soft, "middle", b.Low)
		d.mark(at(b.Usual.To), y+5, smallSize-1.2, soft, "middle", b.High)
	} else {
		d.mark(at(0), y+5, smallSize-1.2, soft, "start", b.Low)
		d.mark(at(100), y+5, smallSize-1.2, soft, "end", b.High)
	}
	d.whisker(at, b.Interval, *b.At, y+1, t.ink)
	if v.ZoneName != nil {
		d.mark(drawX, y+8.2, smallSize-0.6, t.ink, "start", *v.ZoneName)
	}
}

// whisker draws a value with its interval on a line.
func (d *document) whisker(at func(float64) float64, i *widget.Stretch, value, y float64, c colour) {
	if i != nil {
		d.penColour(c)
		d.pdf.SetLineWidth(0.5)
		d.pdf.Line(at(i.From), y, at(i.To), y)
		d.pdf.Line(at(i.From), y-1, at(i.From), y+1)
		d.pdf.Line(at(i.To), y-1, at(i.To), y+1)
	}
	d.fillColour(c)
	d.penColour(white)
	d.pdf.SetLineWidth(0.3)
	d.pdf.Circle(at(value), y, 1.25, "FD")
}

// profiles are three tiles side by side.
func (d *document) profiles(m widget.Main) {
	const gap, h = 5.0, 19.0
	if len(m.Profiles) == 0 {
		return
	}
	w := (width - gap*float64(len(m.Profiles)-1)) / float64(len(m.Profiles))
	d.need(h + 4)
	for i, p := range m.Profiles {
		x := left + float64(i)*(w+gap)
		t := tone{soft, track}
		if p.Zone != nil {
			t = tones[*p.Zone]
		}
		d.fillColour(t.soft)
		d.pdf.Rect(x, d.y, w, h, "F")
		d.text(x+3, d.y+2, w-6, textSize, "B", ink, p.Name)
		if p.Display == nil {
			d.text(x+3, d.y+8, w-6, textSize, "", soft, joined(p.Title))
			continue
		}
		d.font(15, "B", t.ink)
		d.pdf.Text(x+3, d.y+12.4, *p.Display)
		d.mark(x+4.2+d.pdf.GetStringWidth(*p.Display), d.y+12.4, smallSize, soft, "start", d.in.Say("unit.of100")+" · "+joined(p.ZoneName))
		d.mark(x+3, d.y+17, smallSize-0.6, soft, "start", joined(p.ConfidenceText))
	}
	d.y += h + 4
}

// metrics lists the scores. The notice that forbids one is shown in its place.
func (d *document) metrics(all []widget.Metric) {
	rows(d, all, func(m widget.Metric) *lack {
		if m.State == widget.Ready {
			return nil
		}
		l := &lack{names: []string{m.Name}, title: joined(m.Title), text: m.Text}
		for _, n := range m.Notices {
			if t := tones[n.Severity]; m.Reason != nil && n.Code == *m.Reason && n.Severity != "info" {
				l.tone = &t
			}
		}
		return l
	}, d.metric)
}

// metric writes a score with its interval, which end of its bar is the good one, and what it was computed from. How complete its data is
// is never shown next to its interval: "99 %" there reads like a certainty.
func (d *document) metric(m widget.Metric) {
	d.row(10, func(y float64) {
		d.number(y, *m.Display, m.UnitName)
		at := func(percent float64) float64 { return drawX + drawWidth*percent/100 }
		for i, z := range m.Bar.Zones {
			c := tones[z.Zone]
			d.fillColour(c.soft)
			if z.Here {
				d.fillColour(colour{(c.soft[0]*2 + c.ink[0]) / 3, (c.soft[1]*2 + c.ink[1]) / 3, (c.soft[2]*2 + c.ink[2]) / 3})
			}
			d.pdf.Rect(at(z.From), y+1.2, at(z.To)-at(z.From), 2.4, "F")
			if z.Here {
				name := m.Bar.NameAt(i)
				d.mark(at(name.X), y+6.6, smallSize-0.6, c.ink, name.Anchor, z.Name)
			}
		}
		t := tones[*m.Zone]
		d.whisker(at, m.Bar.Interval, *m.Bar.At, y+2.4, t.ink)
		d.mark(drawX+drawWidth, y+10, smallSize-0.6, soft, "end", m.Direction+" →")
	}, nil, column{valueX, right - valueX, []piece{{smallSize, "", soft, joined(m.How), 0}}}, column{nameX, nameWidth, []piece{{textSize, "B", ink, m.Name, 0}, {smallSize, "", soft, m.About, 0}}},
		column{sureX, sureWidth, []piece{{smallSize, "", ink, joined(m.IntervalText), 0}, {smallSize, "", soft, joined(m.StatusName), 0}}})
}

// notices writes each notice once, the most urgent first, without those whose codes are in seen.
func (d *document) notices(all []widget.Notice, seen map[string]bool) {
	for _, severity := range slices.Backward(health.Severities) {
		for _, n := range all {
			if n.Severity != string(severity) || seen[n.Code] {
				continue
			}
			seen[n.Code] = true
			d.box(tones[string(severity)], "", n.Text)
		}
	}
}

// The strips of the pulse wave.
const (
	stripSeconds = 20.0
	mostStrips   = 3
	stripTimes   = 7.0 // the room for the times below one, in mm
)

// waves draws the pulse wave with its beats, on the page of its heading, or says why there is none: no pulse was found, or no wave of it is kept.
func (d *document) waves(s Scan) {
	d.section(d.person["pulse.title"], d.stripHeight+stripTimes)
	if s.View.Biomarkers.HeartRate == nil {
		d.paragraph(d.report["wave.none"])
		return
	}
	if s.Waves == nil || s.Waves.Pulse.Rate <= 0 || len(s.Waves.Pulse.Samples) < 2 {
		d.paragraph(d.report["wave.gone"])
		return
	}
	pulse := s.Waves.Pulse
	low, high := bounds(pulse.Samples)
	if !(high > low) {
		d.paragraph(d.report["wave.gone"])
		return
	}
	all := pulse.Time(len(pulse.Samples) - 1)
	shownS := min(all, stripSeconds*mostStrips)
	for from := 0.0; from < shownS-0.5; from += stripSeconds {
		d.need(d.stripHeight + stripTimes)
		d.strip(s.Waves, from, low, high)
		d.y += d.stripHeight + 6
	}
	if all > shownS+0.5 {
		d.small(fill(d.report["wave.part"], "shown", d.in.Number(shownS, 0), "all", d.in.Number(all, 0)))
	}
	d.small(d.report["wave.key"])
}

func (d *document) strip(w *scan.Waveform, from, low, high float64) {
	x := func(t float64) float64 { return left + width*(t-from)/stripSeconds }
	y := func(v float64) float64 {
		return d.y + d.stripHeight - 1.5 - (d.stripHeight-6)*(min(max(v, low), high)-low)/(high-low)
	}
	d.pdf.SetLineWidth(0.15)
	for s := 0.0; s <= stripSeconds; s++ {
		d.penColour(track)
		d.pdf.Line(x(from+s), d.y, x(from+s), d.y+d.stripHeight)
		if math.Mod(s, 5) == 0 {
			d.mark(x(from+s), d.y+d.stripHeight+3.2, smallSize-1, soft, map[float64]string{0: "start", stripSeconds: "end"}[s], d.in.Number(from+s, 0))
		}
	}
	d.penColour(hair)
	d.pdf.Rect(left, d.y, width, d.stripHeight, "D")
	d.penColour(pulseInk)
	d.pdf.SetLineWidth(0.35)
	d.pdf.SetLineJoinStyle("round")
	drawing := false
	for i, v := range w.Pulse.Samples {
		t := w.Pulse.Time(i)
		if t < from || t > from+stripSeconds {
			continue
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			drawing = endPath(d.pdf, drawing)
			continue
		}
		if drawing {
			d.pdf.LineTo(x(t), y(v))
		} else {
			d.pdf.MoveTo(x(t), y(v))
			drawing = true
		}
	}
	endPath(d.pdf, drawing)
	d.pdf.SetLineWidth(0.3)
	for _, b := range w.Beats {
		if b.Time < from || b.Time >= from+stripSeconds {
			continue
		}
		d.fillColour(pulseInk)
		if b.Corrected {
			d.fillColour(white)
		}
		d.pdf.Circle(x(b.Time), d.y+2.2, 0.75, "FD")
	}
}

func endPath(p *fpdf.Fpdf, drawing bool) bool {
	if drawing {
		p.DrawPath("D")
	}
	return false
}

// bounds is the range that holds the finite samples, a hundredth at either end left out.
func bounds(x []float64) (low, high float64) {
	kept := slices.DeleteFunc(slices.Clone(x), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(kept) == 0 {
		return 0, 0
	}
	slices.Sort(kept)
	cut := len(kept) / 100
	return kept[cut], kept[len(kept)-1-cut]
}

// The cards of the trends: two side by side.
const (
	graphGap   = 8.0
	graphWidth = (width - graphGap) / 2
	graphLeft  = 9.0 // of the plot within its card, for the numbers
)

// graphs draws the trends, two in a row, and then lists the biomarkers without a value with the reason. That of a score is shown
// in the place of the score, and only there.
func (d *document) graphs(all []widget.Graph) error {
	var drawn, empty []widget.Graph
	for _, g := range all {
		if g.Latest != nil {
			drawn = append(drawn, g)
		} else if _, metric := health.ParseMetric(g.Parameter); !metric {
			empty = append(empty, g)
		}
	}
	for i := 0; i < len(drawn); i += 2 {
		row := drawn[i:min(i+2, len(drawn))]
		h := 0.0
		for _, g := range row {
			h = max(h, d.graphSize(g))
		}
		d.need(h)
		for k, g := range row {
			if err := d.graph(g, left+float64(k)*(graphWidth+graphGap)); err != nil {
				return err
			}
		}
		d.y += h + 2
	}
	if len(empty) > 0 {
		rows(d, empty, d.noTrend, func(widget.Graph) {})
	}
	return nil
}

// noTrend says why the graph of a biomarker has no value.
func (d *document) noTrend(g widget.Graph) *lack {
	if g.State == widget.Locked {
		return &lack{names: []string{g.Title}, title: d.in.Say("locked.title"), text: g.Text}
	}
	return &lack{names: []string{g.Title}, title: d.in.Say("refused.title"), text: strings.TrimSpace(g.Text + " " + d.foot(g))}
}

// foot is the text below a graph: why scans of the period gave no value, without what helps, which would be repeated below each.
func (d *document) foot(g widget.Graph) string {
	var out []string
	for _, r := range g.Refused {
		out = append(out, strconv.Itoa(r.Count)+" × "+strings.TrimSuffix(d.pages["reason."+r.Reason], "."))
	}
	return strings.Join(out, " · ")
}

func (d *document) graphSize(g widget.Graph) float64 {
	h := d.mm(textSize) + d.mm(smallSize)*float64(len(d.lines(graphWidth, smallSize, "", g.Text))) + d.graphHeight + 8
	if s := d.foot(g); s != "" {
		h += d.mm(smallSize-0.8)*float64(len(d.lines(graphWidth, smallSize-0.8, "", s))) + 0.5
	}
	return h + 3
}

func (d *document) graph(g widget.Graph, x0 float64) error {
	y := d.y
	y += d.text(x0, y, graphWidth, textSize, "B", ink, g.Title)
	axis, err := g.Axis(d.in.Lang())
	if err != nil {
		return err
	}
	y += d.text(x0, y, graphWidth, smallSize, "", soft, g.Text) + 1.5
	x := func(percent float64) float64 { return x0 + graphLeft + (graphWidth-graphLeft)*percent/100 }
	at := func(v float64) float64 {
		return y + d.graphHeight*(1-min(max((v-g.Scale[0])/(g.Scale[1]-g.Scale[0]), 0), 1))
	}
	_, metric := health.ParseMetric(g.Parameter)
	for _, r := range g.Ranges {
		if t := tones[r.Zone]; (metric || r.Zone == string(widget.Good)) && at(r.From)-at(r.To) > 0 {
			d.fillColour(t.soft)
			d.pdf.Rect(x(0), at(r.To), x(100)-x(0), at(r.From)-at(r.To), "F")
		}
	}
	d.penColour(hair)
	d.pdf.SetLineWidth(0.15)
	for _, l := range g.Lines {
		d.pdf.Line(x(0), at(l.Value), x(100), at(l.Value))
		d.mark(x(0)-1.5, at(l.Value)+0.9, smallSize-1.2, soft, "end", l.Text)
	}
	for i, t := range axis.Dates {
		align := "middle"
		if i == 0 && t.At < 5 {
			align = "start"
		}
		if i%2 == 0 && t.At < 95 {
			d.mark(x(t.At), y+d.graphHeight+3.4, smallSize-1.2, soft, align, t.Name)
		}
	}
	d.points(g, axis, x, at, y+d.graphHeight)
	if s := d.foot(g); s != "" {
		d.text(x0, y+d.graphHeight+5.5, graphWidth, smallSize-0.8, "", soft, s)
	}
	return nil
}

// points draws the values with their intervals, and below the floor, where no value can be, a cross for each gap.
func (d *document) points(g widget.Graph, axis widget.Axis, x, at func(float64) float64, floor float64) {
	radius := 0.7
	if len(g.Points) > 60 {
		radius = 0.45
	}
	for i, p := range g.Points {
		px := x(axis.X[i])
		if p.Value == nil {
			d.penColour(soft)
			d.pdf.SetLineWidth(0.25)
			d.pdf.Line(px-0.5, floor+0.3, px+0.5, floor+1.3)
			d.pdf.Line(px-0.5, floor+1.3, px+0.5, floor+0.3)
			continue
		}
		d.penColour(colour{150, 182, 187})
		d.pdf.SetLineWidth(0.3)
		switch {
		case p.Diastolic != nil:
			d.pdf.Line(px, at(*p.Value), px, at(*p.Diastolic))
		case p.Interval != nil:
			d.pdf.Line(px, at(p.Interval[0]), px, at(p.Interval[1]))
		}
	}
	d.fillColour(ownInk)
	for i, p := range g.Points {
		if p.Value == nil {
			continue
		}
		d.pdf.Circle(x(axis.X[i]), at(*p.Value), radius, "F")
		if p.Diastolic != nil {
			d.pdf.Circle(x(axis.X[i]), at(*p.Diastolic), radius, "F")
		}
	}
}
