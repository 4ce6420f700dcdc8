package widget

import (
	"math"
	"strings"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
)

// The half circle of the arc: its centre and radius, where the scale starts and ends in degrees from the top, and the
// picture around it.
const (
	arcX, arcY, arcR                     = 100, 98, 84
	arcFrom, arcTo                       = -96.0, 96.0
	arcLeft, arcTop, arcWidth, arcHeight = -16.0, -14.0, 232.0, 126.0
	arcMarks                             = arcR + 11 // radius at which the numbers are
	arcDot                               = 9.0       // radius of the value's dot
	arcGap                               = 1.6       // degrees between two parts
)

// complete computes the other fields: the texts of the uncertainty and the positions of the drawing.
func (b *Biomarker) complete(w words) {
	if b.Interval != nil {
		b.IntervalText = ptr(w.interval(*b.Interval, b.Decimals))
	}
	if b.Confidence != nil {
		b.ConfidenceText = ptr(w.sure(*b.Confidence))
	}
	if b.State == Ready {
		b.UsualText = b.usual(w)
	} else {
		b.Title = ptr(w.titleOf(b.State))
	}
	b.Drawing = Drawing{b.bar(w), b.arc(w)}
}

// usual says what the usual range is, or why there is none.
func (b *Biomarker) usual(w words) *string {
	switch {
	case b.Range != nil && b.Parameter == blush.BloodPressure:
		return ptr(w.say("usual.text", "low", w.whole(b.Range[0])+"/60", "high", w.whole(b.Range[1])+"/84"))
	case b.Range != nil:
		return ptr(w.say("usual.text", "low", w.whole(b.Range[0]), "high", w.whole(b.Range[1])))
	case len(b.Ranges) == 0 && b.RangeSource != "":
		return ptr(w.say("usual.active"))
	case b.Note == nil:
		return ptr(w.say("usual.none"))
	}
	return nil
}

func (b *Biomarker) bar(w words) Bar {
	var out Bar
	switch {
	case b.Range != nil && b.State != Locked:
		out.Usual = stretch(*b.Range, b.Scale)
		out.Low, out.High = w.whole(b.Range[0]), w.whole(b.Range[1])
	case b.State == Ready:
		out.Low, out.High = w.whole(b.Scale[0]), w.whole(b.Scale[1])
	}
	if b.Value == nil {
		return out
	}
	out.At = ptr(round(percent(*b.Value, b.Scale), 2))
	if b.Interval != nil {
		out.Interval = stretch(*b.Interval, b.Scale)
	}
	return out
}

// arc draws the scale as a half circle. The usual range is the broad part, so
// that its shape shows it too.
func (b *Biomarker) arc(w words) HalfCircle {
	angle := func(v float64) float64 { return arcFrom + (arcTo-arcFrom)*percent(v, b.Scale)/100 }
	parts := b.Ranges
	if len(parts) == 0 || b.State == Locked {
		parts = []Range{{From: b.Scale[0], To: b.Scale[1]}}
	}
	out := HalfCircle{ViewBox: strings.Join([]string{short(arcLeft), short(arcTop), short(arcWidth), short(arcHeight)}, " "), Parts: []Part{}, Marks: []Mark{}}
	for i, r := range parts {
		from, to := angle(r.From), angle(r.To)
		if i > 0 {
			out.Marks = append(out.Marks, b.mark(w, parts[i-1], r, from))
			from += arcGap / 2
		}
		if i < len(parts)-1 {
			to -= arcGap / 2
		}
		out.Parts = append(out.Parts, Part{arc(arcX, arcY, arcR, from, to), Level(r.Zone) == Good})
	}
	if b.Value == nil {
		return out
	}
	if b.Interval != nil {
		// An interval that is narrower than the dot would be hidden by it, or be visible on one side only.
		if from, to := angle(b.Interval[0]), angle(b.Interval[1]); (to-from)*math.Pi/180*arcR > 2*arcDot {
			out.Interval = ptr(arc(arcX, arcY, arcR, from, to))
		}
	}
	x, y := polar(arcX, arcY, arcR, angle(*b.Value))
	out.Dot = &Spot{round(x, 2), round(y, 2)}
	return out
}

// mark writes the number at which a part of the arc begins: the ends of the usual range as in the bar, the others as
// the first number of their part.
func (b *Biomarker) mark(w words, before, part Range, at float64) Mark {
	m := Mark{Text: w.whole(part.From), Minor: true, Anchor: "middle"}
	usual := b.Range != nil && b.State != Locked
	if Level(before.Zone) == biomarker.Good && usual {
		m.Text, m.Minor = w.whole(b.Range[1]), false
	} else if Level(part.Zone) == biomarker.Good && usual {
		m.Text, m.Minor = w.whole(b.Range[0]), false
	}
	switch {
	case at < -20:
		m.Anchor = "end"
	case at > 20:
		m.Anchor = "start"
	}
	if math.Abs(at) > 55 {
		m.Down = 4
	}
	x, y := polar(arcX, arcY, arcMarks, at)
	m.X, m.Y = round(100*(x-arcLeft)/arcWidth, 2), round(100*(y-arcTop)/arcHeight, 2)
	return m
}

var scoreScale = [2]float64{0, 100}

// complete computes the other fields.
func (m *Metric) complete(w words) {
	if m.Interval != nil {
		m.IntervalText = ptr(w.interval(*m.Interval, 0))
		m.Bar.Interval = stretch(*m.Interval, scoreScale)
	}
	if m.Confidence != nil {
		m.ConfidenceText = ptr(w.known(*m.Confidence))
	}
	m.Bar.Zones = []ScoreZone{}
	for i, r := range m.Ranges {
		z := ScoreZone{From: round(r.From, 2), To: round(r.To, 2), Zone: r.Zone, Name: r.Name, Here: m.Zone != nil && *m.Zone == r.Zone}
		if i > 0 {
			z.From = round(r.From+.4, 2)
		}
		m.Bar.Zones = append(m.Bar.Zones, z)
	}
	if m.Score != nil {
		m.Bar.At = ptr(round(percent(*m.Score, scoreScale), 2))
	}
	if m.Previous != nil {
		m.Bar.Previous = ptr(round(percent(*m.Previous, scoreScale), 2))
	}
}

func stretch(v, scale [2]float64) *Stretch {
	return &Stretch{round(percent(v[0], scale), 2), round(percent(v[1], scale), 2)}
}

// Width is how long a stretch is, in percent of the scale.
func (s Stretch) Width() float64 { return round(s.To-s.From, 2) }

// NameAt is where the name of a zone stands, X in percent of the scale: those of the outer zones start and end with the bar, however long they are.
func (b ScoreBar) NameAt(zone int) (at struct {
	X      float64
	Anchor string
}) {
	z := b.Zones[zone]
	switch at.X, at.Anchor = round((z.From+z.To)/2, 2), "middle"; zone {
	case 0:
		at.X, at.Anchor = z.From, "start"
	case len(b.Zones) - 1:
		at.X, at.Anchor = z.To, "end"
	}
	return at
}

// Width is how long a zone is, in percent of the scale.
func (z ScoreZone) Width() float64 { return round(z.To-z.From, 2) }
