package widget

import (
	"math"
	"slices"
	"time"

	"blush.example/blush/internal/health"
)

// Before is an earlier score.
type Before struct {
	Score    float64
	Interval [2]float64
	At       time.Time // in the person's time zone
}

// NewMetric fills the tile of a metric; before is the score of the last day with
// other data, nil if there was none.
func NewMetric(p Place, in health.Insight, before *Before) Envelope[Metric] {
	w := p.words()
	name := string(in.Metric)
	m := Metric{
		Parameter: name, Name: w.health("metric." + name), About: w.health("metric." + name + ".about"), Ranges: scoreRanges(w), Direction: w.say("score.better"), UnitName: w.say("unit.of100"),
		Inputs: []Input{}, Missing: w.missing(in.Missing), Notices: w.notices(in.Notices), Footnote: w.say("footnote.metric"),
	}
	if in.Locked {
		m.without(w, Locked, p.lockText(name))
		return envelope(p, NameMetric, true, m)
	}
	m.Status, m.StatusName = ptr(string(in.Status)), ptr(w.health("status."+string(in.Status)))
	switch {
	case in.Withheld != nil:
		m.Reason = &in.Withheld.Code
		m.without(w, Refused, w.notice(*in.Withheld).Text)
		return envelope(p, NameMetric, false, m)
	case in.Score == nil:
		m.without(w, NoData, w.noScore(in))
		return envelope(p, NameMetric, false, m)
	}
	m.State, m.Score, m.Interval, m.Confidence = Ready, in.Score, in.Interval, &in.Confidence
	m.Display = ptr(w.whole(*in.Score))
	m.Zone, m.ZoneName = ptr(string(*in.Zone)), ptr(w.health("zone."+string(*in.Zone)))
	m.StatusText = ptr(w.say("status." + string(in.Status)))
	m.Text = w.say("metric.text", "zone", *m.ZoneName, "value", *m.Display)
	if in.Interval != nil {
		m.Text += " " + w.interval(*in.Interval, 0) + "."
	}
	if in.UpdatedAt != nil {
		m.UpdatedAt = ptr(in.UpdatedAt.Format(time.RFC3339))
	}
	if before != nil {
		m.Previous = &before.Score
		m.Change = w.change(*in.Score, before.Score, noiseOfScores(in.Interval, before.Interval), 0, earlier{before.At, w.day(before.At, p.Now)})
	}
	var names []string
	for _, i := range in.Inputs {
		title := w.health("input." + i.Name)
		names = append(names, w.lower(title))
		m.Inputs = append(m.Inputs, Input{Name: i.Name, Title: title, Weight: 100 * i.Weight, Points: i.Points, Value: i.Value, Unit: i.Unit, Count: i.Count, Verified: i.Verified})
	}
	if len(names) > 0 {
		m.How = ptr(w.say("how.text", "inputs", w.list(names)))
	}
	m.MissingText = w.missingText(m.Missing)
	m.complete(w)
	return envelope(p, NameMetric, false, m)
}

// without fills in what is shown instead of a score.
func (m *Metric) without(w words, s State, text string) {
	m.State, m.Title, m.Text = s, ptr(w.titleOf(s)), text
	m.complete(w)
}

// noiseOfScores is half of the 80 % interval of a difference of two scores.
func noiseOfScores(a *[2]float64, b [2]float64) float64 {
	if a == nil {
		return 0
	}
	return math.Hypot(a[1]-a[0], b[1]-b[0]) / 2
}

// noScore says why there is no score yet: a required field is missing, or nothing was measured.
func (w words) noScore(in health.Insight) string {
	var fields []string
	for _, m := range in.Missing {
		if title := w.lower(w.fieldTitle(m.Field)); m.Required && !slices.Contains(fields, title) {
			fields = append(fields, title)
		}
	}
	if len(fields) > 0 {
		return w.say("no_data.fields", "fields", w.list(fields))
	}
	return w.say("no_data.metric")
}

// fieldTitle names a missing field; an item of a questionnaire stands for the whole.
func (w words) fieldTitle(field string) string {
	if t := w.health("input." + field); t != "" {
		return t
	}
	return w.health("input.phq4")
}

// missingText says what would make a score more certain: each title once, for several fields may share one.
func (w words) missingText(missing []Missing) *string {
	var wanted []string
	for _, x := range missing {
		title := w.lower(x.Title)
		if x.Stale {
			title = w.say("stale.text", "field", title)
		}
		if !slices.Contains(wanted, title) {
			wanted = append(wanted, title)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return ptr(w.say("missing.text", "fields", w.list(wanted)))
}

func (w words) missing(in []health.Missing) []Missing {
	out := []Missing{}
	for _, m := range in {
		out = append(out, Missing{Field: m.Field, Title: w.fieldTitle(m.Field), Required: m.Required, Stale: m.Stale})
	}
	return out
}
