package widget

import "strings"

type mainSheet struct {
	sheet
	M          Main
	Segments   []segment
	TrackWidth string
	Rows       []profileRow
	AnyScore   bool
	Say        *saying
}

// segment is one profile's part of the ring.
type segment struct {
	Profile        string
	Tracks         []track
	Fill           *fill
	BadgeX, BadgeY string
	IconX, IconY   string
	TextX, TextY   string
	MarkX, MarkY   string
	Number         string
	Locked         bool
}

type track struct {
	D      string
	Dashed bool
}

type fill struct{ Zone, Width, D string }

type profileRow struct {
	Profile, Name, Score, Confidence, Parts string
	Tag                                     tag
}

// The ring: three parts of a circle with a gap between them, each a scale from
// 0 to 100 that runs clockwise from its badge. A broader line means
// a higher confidence, so that a certain score looks different from a guess.
const (
	ringCentre, ringRadius = 120.0, 96.0
	ringPart, ringLead     = 120.0, 16.0 // degrees: a part, and the room for its badge at both ends
	ringThin, ringBroad    = 6.0, 19.0   // width at confidence 0 and 100
	ringNumbers            = 54.0        // radius of the numbers
)

// HTML draws the three profiles.
func (m Main) HTML(lang string, l Look) ([]byte, error) {
	w := wordsOf(lang)
	s := mainSheet{sheet: l.sheet(lang, w.say("main.title")), M: m, TrackWidth: short(ringThin)}
	for i, p := range m.Profiles {
		s.Segments = append(s.Segments, p.segment(-60+ringPart*float64(i)))
		s.Rows = append(s.Rows, w.profileRow(p))
		s.AnyScore = s.AnyScore || p.Score != nil
	}
	if m.State != Ready {
		say := w.saying(m.State, m.Text)
		s.Say = &say
	}
	return render(NameMain, s)
}

// segment draws a profile on its part of the ring, from an angle on.
func (p Profile) segment(start float64) segment {
	from, to := start+ringLead, start+ringPart-ringLead*.35
	at := func(score float64) float64 { return from + (to-from)*score/100 }
	out := segment{Profile: p.Profile, Locked: p.Locked}
	for i := range 3 { // the zones of the score
		const gap = 1.1
		a, b := at(100*float64(i)/3)+gap, at(100*float64(i+1)/3)-gap
		out.Tracks = append(out.Tracks, track{arc(ringCentre, ringCentre, ringRadius, a, b), p.Score == nil})
	}
	bx, by := polar(ringCentre, ringCentre, ringRadius, start+4)
	out.BadgeX, out.BadgeY, out.IconX, out.IconY = short(bx), short(by), short(bx-10), short(by-10)
	tx, ty := polar(ringCentre, ringCentre, ringNumbers, start+ringPart/2)
	out.TextX, out.TextY, out.MarkX, out.MarkY = short(tx), short(ty+9), short(tx-13), short(ty-13)
	if p.Score != nil {
		out.Number = *p.Display
		width := ringThin + (ringBroad-ringThin)**p.Confidence/100
		out.Fill = &fill{*p.Zone, short(width), arc(ringCentre, ringCentre, ringRadius, at(0)+1.1, max(at(*p.Score), at(0)+1.2))}
	}
	return out
}

func (w words) profileRow(p Profile) profileRow {
	r := profileRow{Profile: p.Profile, Name: p.Name, Score: "–", Confidence: "–"}
	var parts []string
	switch p.State {
	case Ready:
		r.Score, r.Confidence, r.Tag = *p.Display+" "+w.say("unit.of100"), *p.ConfidenceText, tag{*p.Zone, *p.ZoneName}
		parts = append(parts, r.Score, r.Confidence)
	case Locked:
		r.Tag = tag{"locked", *p.Title}
	default:
		r.Tag = tag{"none", *p.Title}
	}
	var members []string
	for _, m := range p.Members {
		text := m.Name
		if m.Score != nil {
			text += "\u00a0" + w.whole(*m.Score) // a score stands on the line of its name
		}
		members = append(members, text)
	}
	if len(members) > 0 {
		parts = append(parts, strings.Join(members, ", "))
	}
	r.Parts = strings.Join(parts, " · ")
	return r
}

type adviceSheet struct {
	sheet
	R Recommendations
}

// HTML draws the recommendations.
func (r Recommendations) HTML(lang string, l Look) ([]byte, error) {
	s := adviceSheet{sheet: l.sheet(lang, r.Title), R: r}
	return render(NameRecommendations, s)
}

type todoSheet struct {
	sheet
	T        Todos
	Progress string
	Steps    []stepPart
	Items    []todoRow
	Nothing  bool // nothing is left to do
}

type stepPart struct{ X, W, Class string }

type todoRow struct {
	Text, Count, Note, Origin string
	Done                      bool
}

// HTML draws what to do next.
func (t Todos) HTML(lang string, l Look) ([]byte, error) {
	s := todoSheet{sheet: l.sheet(lang, t.Title), T: t}
	w := s.W
	open := 0
	for _, i := range t.Items {
		row := todoRow{Text: i.Text, Done: i.Done}
		if len(i.Unlocks) > 0 && !i.Done {
			row.Note = w.say("todos.unlocks", "names", w.list(w.lowerAll(i.Unlocks)))
		}
		if i.Because != "" {
			row.Note, row.Origin = w.say("because.text", "insight", i.Because), w.say("origin.text", "source", i.Source)
		}
		if i.Need > 1 && !i.Done {
			row.Count = w.say("todos.step", "have", w.whole(float64(i.Have)), "need", w.whole(float64(i.Need)))
		}
		if !i.Done {
			open++
		}
		s.Items = append(s.Items, row)
	}
	if t.Steps > 0 {
		s.Progress = w.say("todos.progress", "done", w.whole(float64(t.Done)), "steps", w.whole(float64(t.Steps)))
	}
	for i := range t.Steps {
		width := 100 / float64(t.Steps)
		p := stepPart{short(width * float64(i)), short(width - 1), "track"}
		if i < t.Done {
			p.Class = "zone-fill good"
		}
		s.Steps = append(s.Steps, p)
	}
	s.Nothing = open == 0
	return render(NameTodos, s)
}
