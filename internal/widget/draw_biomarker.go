package widget

import (
	"math"

	"blush.example/blush/internal/blush"
)

type biomarkerSheet struct {
	sheet
	B          Biomarker
	Ready      bool
	CuffSource bool
	Tag        *tag
	By         string
	Sure       string
	Table      []cell
}

// HTML draws a biomarker's tile.
func (b Biomarker) HTML(lang string, l Look) ([]byte, error) {
	s := biomarkerSheet{sheet: l.sheet(lang, b.Name), B: b, Ready: b.State == Ready, CuffSource: b.State == Ready && b.Source != nil && *b.Source == "cuff"}
	w := s.W
	if b.Zone != nil {
		s.Tag = &tag{string(*b.Zone), *b.ZoneName}
	}
	if !s.Ready {
		s.Say = w.saying(b.State, b.Text)
		if b.Parameter == blush.BloodPressure && b.State == NoData {
			s.Say.Icon = "cuff"
		}
		return render(NameBiomarker, s)
	}
	if b.Change != nil {
		s.By = w.rounded(math.Abs(b.Change.By), b.Decimals)
	}
	s.Sure = joined(b.IntervalText, b.ConfidenceText)
	s.Table = []cell{{w.say("table.value"), *b.Display + " " + b.UnitName}}
	row := func(key string, text *string) {
		if text != nil {
			s.Table = append(s.Table, cell{w.say(key), *text})
		}
	}
	row("table.interval", b.IntervalText)
	row("table.confidence", b.ConfidenceText)
	if b.Range != nil {
		row("table.usual", b.UsualText)
	}
	row("table.zone", b.ZoneName)
	return render(NameBiomarker, s)
}

// joined joins the non-empty texts into one line.
func joined(texts ...*string) string {
	line := ""
	for _, t := range texts {
		if t != nil && line != "" {
			line += " · "
		}
		if t != nil {
			line += *t
		}
	}
	return line
}
