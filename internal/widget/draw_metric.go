package widget

type metricSheet struct {
	sheet
	M          Metric
	Ready      bool
	Tag        *tag
	Inputs     []inputRow
	Unverified bool
	Table      []cell
	Instead    *saying // shown instead of a score
}

type inputRow struct {
	Title, Weight, Points string
	Unverified            bool
}

// HTML draws a metric's tile.
func (m Metric) HTML(lang string, l Look) ([]byte, error) {
	s := metricSheet{sheet: l.sheet(lang, m.Name), M: m, Ready: m.State == Ready}
	w := s.W
	if !s.Ready {
		s.Instead = &saying{string(m.State), *m.Title, m.Text}
		if m.State == Refused { // the notice says why
			s.Instead.Text = ""
		}
		return render(NameMetric, s)
	}
	s.Tag = &tag{*m.Zone, *m.ZoneName}
	for _, i := range m.Inputs {
		points := w.number(i.Points, 0)
		if i.Points >= .5 {
			points = "+" + points
		}
		s.Inputs = append(s.Inputs, inputRow{i.Title, w.whole(i.Weight) + " %", points, !i.Verified})
		s.Unverified = s.Unverified || !i.Verified
	}
	s.Table = []cell{{w.say("table.score"), *m.Display + " " + m.UnitName}, {w.say("table.interval"), joined(m.IntervalText)}, {w.say("table.confidence"), *m.ConfidenceText},
		{w.say("table.zone"), *m.ZoneName}, {w.say("table.status"), *m.StatusName}}
	return render(NameMetric, s)
}
