package widget

import (
	"math"
	"strings"
)

type biomarkerSheet struct {
	sheet
	B           Biomarker
	Ready       bool
	CuffSource  bool
	Tag         *tag
	By          string
	Sure        string
	UsualText   string
	Usual       *span
	Ends        *span // of a scale without a usual range
	Interval    *span
	At          string
	Arcs        []arcPart
	ArcInterval string
	ArcDot      *dot
	ViewBox     string
	Marks       []arcMark
	Table       []cell
}

type arcPart struct{ D, Class, Width string }

type dot struct{ X, Y string }

// arcMark is a number on the arc, placed in percent of its picture.
type arcMark struct {
	X, Y, Anchor, DY, Name string
	// Minor ones are left out where there is little room.
	Minor bool
}

// The half circle of the arc: its centre and radius, where the scale starts and ends, and the picture around it.
const (
	arcX, arcY, arcR                     = 100, 98, 84
	arcFrom, arcTo                       = -96.0, 96.0
	arcLeft, arcTop, arcWidth, arcHeight = -16.0, -14.0, 232.0, 126.0
	arcMarks                             = arcR + 11 // radius at which the numbers stand
	arcDot                               = 9.0       // radius of the value's dot
)

// HTML draws a biomarker's tile.
func (b Biomarker) HTML(lang string, l Look) ([]byte, error) {
	s := biomarkerSheet{sheet: l.sheet(lang, b.Name), B: b, Ready: b.State == Ready, CuffSource: b.State == Ready && b.Source != nil && *b.Source == "cuff"}
	w := s.W
	if b.Zone != nil {
		s.Tag = &tag{string(*b.Zone), *b.ZoneName}
	}
	if b.Range != nil && b.State != Locked {
		s.Usual = spanOf(b.Range[0], b.Range[1], b.Scale)
		s.Usual.Low, s.Usual.High = w.whole(b.Range[0]), w.whole(b.Range[1])
	}
	if b.Range == nil && b.State == Ready {
		s.Ends = &span{Low: w.whole(b.Scale[0]), High: w.whole(b.Scale[1])}
	}
	s.arcs()
	if !s.Ready {
		s.Say = w.saying(b.State, b.Text)
		if b.Parameter == BloodPressure && b.State == NoData {
			s.Say.Icon = "cuff"
		}
		return render(NameBiomarker, s)
	}
	s.At = short(percent(*b.Value, b.Scale))
	if b.Interval != nil {
		s.Interval = spanOf(b.Interval[0], b.Interval[1], b.Scale)
	}
	if b.Change != nil {
		s.By = w.rounded(math.Abs(b.Change.By), b.Decimals)
	}
	s.words()
	return render(NameBiomarker, s)
}

// words fills the lines under the picture and the table behind it.
func (s *biomarkerSheet) words() {
	w, b := s.W, s.B
	s.Table = append(s.Table, cell{w.say("table.value"), *b.Display + " " + b.UnitName})
	if b.Interval != nil {
		s.Sure = w.interval(*b.Interval, b.Decimals)
		s.Table = append(s.Table, cell{w.say("table.interval"), s.Sure})
	}
	if b.Confidence != nil {
		c := w.sure(*b.Confidence)
		s.Table = append(s.Table, cell{w.say("table.confidence"), c})
		if s.Sure != "" {
			s.Sure += " · "
		}
		s.Sure += c
	}
	switch {
	case b.Range != nil && b.Parameter == BloodPressure:
		s.UsualText = w.say("usual.text", "low", w.whole(b.Range[0])+"/60", "high", w.whole(b.Range[1])+"/84")
	case b.Range != nil:
		s.UsualText = w.say("usual.text", "low", w.whole(b.Range[0]), "high", w.whole(b.Range[1]))
	case len(b.Ranges) == 0 && b.RangeSource != "":
		s.UsualText = w.say("usual.active")
	}
	if b.Range != nil {
		s.Table = append(s.Table, cell{w.say("table.usual"), s.UsualText})
	}
	if b.ZoneName != nil {
		s.Table = append(s.Table, cell{w.say("table.zone"), *b.ZoneName})
	}
}

// mark writes the number at which a part of the arc begins: the ends of the usual range as the bar has them, the others as
// the first of their part.
func (s *biomarkerSheet) mark(i int, parts []Range, at float64) {
	if i == 0 {
		return
	}
	m := arcMark{Name: s.W.whole(parts[i].From), Minor: true, Anchor: "middle", DY: "0"}
	if Level(parts[i-1].Zone) == Good && s.Usual != nil {
		m.Name, m.Minor = s.Usual.High, false
	} else if Level(parts[i].Zone) == Good && s.Usual != nil {
		m.Name, m.Minor = s.Usual.Low, false
	}
	switch {
	case at < -20:
		m.Anchor = "end"
	case at > 20:
		m.Anchor = "start"
	}
	if math.Abs(at) > 55 {
		m.DY = "4"
	}
	x, y := polar(arcX, arcY, arcMarks, at)
	m.X, m.Y = short(100*(x-arcLeft)/arcWidth), short(100*(y-arcTop)/arcHeight)
	s.Marks = append(s.Marks, m)
}

// arcs draws the scale as a half circle: the usual range is the broad part, so
// that it is told by its shape too.
func (s *biomarkerSheet) arcs() {
	b := s.B
	angle := func(v float64) float64 { return arcFrom + (arcTo-arcFrom)*percent(v, b.Scale)/100 }
	const gap = 1.6 // degrees between two parts
	parts := b.Ranges
	if len(parts) == 0 || b.State == Locked {
		parts = []Range{{From: b.Scale[0], To: b.Scale[1]}}
	}
	s.ViewBox = strings.Join([]string{short(arcLeft), short(arcTop), short(arcWidth), short(arcHeight)}, " ")
	for i, r := range parts {
		from, to := angle(r.From), angle(r.To)
		s.mark(i, parts, from)
		if i > 0 {
			from += gap / 2
		}
		if i < len(parts)-1 {
			to -= gap / 2
		}
		p := arcPart{arc(arcX, arcY, arcR, from, to), "track-line", "9"}
		if Level(r.Zone) == Good {
			p.Class, p.Width = "zone-line good", "14"
		}
		s.Arcs = append(s.Arcs, p)
	}
	if b.Value == nil {
		return
	}
	if b.Interval != nil {
		// One narrower than the dot would lie under it, or look out at one side as if it were not about the value.
		if from, to := angle(b.Interval[0]), angle(b.Interval[1]); (to-from)*math.Pi/180*arcR > 2*arcDot {
			s.ArcInterval = arc(arcX, arcY, arcR, from, to)
		}
	}
	x, y := polar(arcX, arcY, arcR, angle(*b.Value))
	s.ArcDot = &dot{short(x), short(y)}
}
