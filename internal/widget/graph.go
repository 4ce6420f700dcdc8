package widget

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
)

// Sample is a biomarker of one scan, a cuff reading, or a metric at the end of a
// day; or, depending on Step, a summary of those of a day or a week. Without a
// Value it is a gap, and Reason says why.
type Sample struct {
	// At is in the scan's own time zone; for several scans, in that of the newest.
	At time.Time
	// Day is the local day of the measurement, or the Monday of a week: YYYY-MM-DD.
	Day        string
	Value      *float64
	Diastolic  *float64 // mmHg, of a cuff
	Interval   *[2]float64
	Confidence *float64 // 0..100
	Reason     string
	Count      int // with a value
	Refused    int // without
}

// Series is the data of a graph, in order of time.
type Series struct {
	Parameter string
	Title     string
	// Start and Stop are the first and the last day, each as midnight UTC.
	Start, Stop time.Time
	// Step is what a sample stands for: none (one scan), day or week.
	Step    string
	Samples []Sample
	// Summary sums up the scans, readings or days behind the samples; nil without a value.
	Summary *insight.Summary
	// Refused counts the scans of the period without a value, by reason.
	Refused map[string]int
	// Withheld is the notice that forbids the newest score; nil if none does.
	Withheld *health.Notice
}

// NewGraph fills the graph of a biomarker or a metric.
func NewGraph(p Place, r Series) Envelope[Graph] {
	w := p.words()
	g := Graph{
		Parameter: r.Parameter, Title: plain(r.Title), Start: r.Start.Format(time.DateOnly), Stop: r.Stop.Format(time.DateOnly),
		Aggregation: r.Step, Points: []Point{}, Refused: []Refusal{}, Notices: []Notice{}, Ranges: []Range{}, Lines: []GridLine{}, Footnote: w.say("footnote.scan"),
	}
	metric, isMetric := health.ParseMetric(r.Parameter)
	if isMetric {
		g.Parameter, g.Name, g.Unit, g.UnitName = string(metric), w.health("metric."+string(metric)), "points", w.say("unit.of100")
		g.Ranges, g.Scale, g.Footnote = scoreRanges(w), [2]float64{0, 100}, w.say("footnote.metric")
	} else {
		k, _ := kindOf(r.Parameter)
		g.Name, g.Unit, g.UnitName = w.say("biomarker."+k.Name), k.Unit, w.say("unit."+k.Unit)
		g.Ranges, g.RangeSource, g.Decimals = k.ranges(w), k.Source, k.Decimals
		if k.Name == blush.BloodPressure {
			g.Ranges, g.Footnote = k.usualPressures(w), w.say("footnote.cuff")
		}
	}
	if g.Title == "" {
		g.Title = g.Name
	}
	if p.Journey.IsLocked(g.Parameter) {
		g.State, g.Text, g.Ranges, g.RangeSource = Locked, p.lockText(g.Parameter), []Range{}, ""
		return envelope(p, NameGraph, true, g)
	}
	g.Points, g.Refused = w.points(g.Parameter, r.Step, r.Samples, g.Decimals, isMetric), w.refusals(g.Parameter, r.Refused)
	if k, ok := kindOf(g.Parameter); ok {
		g.Scale = scaleOf(g.Points, k.Scale, g.Decimals)
	}
	g.Lines = w.lines(g.Scale)
	g.Latest = w.latest(g, r.Summary)
	if r.Withheld != nil {
		g.Reason, g.Notices = &r.Withheld.Code, w.notices([]health.Notice{*r.Withheld})
	}
	g.State, g.Text = Ready, w.graphText(g, r.Summary)
	switch {
	case g.Text != "":
	case g.Reason != nil:
		g.State, g.Text = Refused, g.Notices[0].Text
	default:
		g.State, g.Text = NoData, w.say("no_data.graph")
	}
	return envelope(p, NameGraph, false, g)
}

// plain removes invisible characters from a caller's text that change how it is
// displayed: control characters and marks of writing direction.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s))
}

// points converts samples to the points of the widget.
func (w words) points(parameter, step string, samples []Sample, decimals int, scores bool) []Point {
	out := []Point{}
	for _, s := range samples {
		p := Point{
			Timestamp: s.At.Format(time.RFC3339), Value: s.Value, Diastolic: s.Diastolic, Interval: s.Interval,
			Confidence: s.Confidence, Count: s.Count, Refused: s.Refused,
		}
		if day, err := time.ParseInLocation(time.DateOnly, s.Day, s.At.Location()); err == nil && step != "none" {
			p.Timestamp = day.Format(time.RFC3339)
		}
		if s.Value == nil {
			p.Interval, p.Confidence = nil, nil
			p.Reason, p.ReasonText = ptr(s.Reason), ptr(w.reason(parameter, s.Reason))
			out = append(out, p)
			continue
		}
		p.Display = ptr(w.rounded(*p.Value, decimals))
		if p.Diastolic != nil {
			*p.Display += "/" + w.whole(*p.Diastolic)
		}
		if p.Interval != nil {
			p.IntervalText = ptr(w.interval(*p.Interval, decimals))
		}
		if p.Confidence != nil && scores {
			p.ConfidenceText = ptr(w.known(*p.Confidence))
		} else if p.Confidence != nil {
			p.ConfidenceText = ptr(w.sure(*p.Confidence))
		}
		out = append(out, p)
	}
	return out
}

// reason says why a biomarker or a score has no value. A notice that forbids a score is said once, not with each point.
func (w words) reason(parameter, code string) string {
	if slices.Contains(health.Withholding, code) {
		return w.titleOf(Refused)
	}
	if least := longer(parameter); least > 0 && code == string(biomarker.TooShort) {
		return w.say("reason.needs_longer", "s", w.whole(least.Seconds()))
	}
	if t := w.say("reason." + code); t != "" {
		return t
	}
	return w.titleOf(NoData)
}

func sortedByCount(counts map[string]int) []string {
	var names []string
	for k := range counts {
		names = append(names, k)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	return names
}

func (w words) refusals(parameter string, counts map[string]int) []Refusal {
	out := []Refusal{}
	for _, reason := range sortedByCount(counts) {
		out = append(out, Refusal{Reason: reason, Text: w.reason(parameter, reason), Count: counts[reason]})
	}
	return out
}

// scaleOf returns the range of what is drawn, with round ends and at least ten of
// the last digit shown; none if there is no value.
func scaleOf(points []Point, none [2]float64, decimals int) [2]float64 {
	low, high := math.Inf(1), math.Inf(-1)
	take := func(v float64) { low, high = min(low, v), max(high, v) }
	for _, p := range points {
		if p.Value == nil {
			continue
		}
		take(*p.Value)
		if p.Interval != nil {
			take(p.Interval[0])
			take(p.Interval[1])
		}
		if p.Diastolic != nil {
			take(*p.Diastolic)
		}
	}
	if math.IsInf(low, 1) {
		return none
	}
	if least := 10 / math.Pow10(decimals); high-low < least {
		middle := (low + high) / 2
		low, high = middle-least/2, middle+least/2
	}
	step := niceStep((high - low) / 4)
	return [2]float64{max(0, step*math.Floor(low/step)), step * math.Ceil(high/step)}
}

// lines are the round values of a scale, five or so.
func (w words) lines(scale [2]float64) []GridLine {
	low, high := scale[0], scale[1]
	step := niceStep((high - low) / 4)
	decimals := 0
	if step < 1 {
		decimals = 1
	}
	var out []GridLine
	for v := step * math.Ceil(low/step-1e-9); v <= high+1e-9; v += step {
		out = append(out, GridLine{round(v, 3), w.number(v, decimals)})
	}
	return out
}

// niceStep is the least of 1, 2 and 5 times a power of ten that is not below a width.
func niceStep(width float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(width)))
	for _, m := range []float64{1, 2, 5} {
		if m*p >= width*(1-1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// latest is the newest single value of the period, not the mean of its day or week.
func (w words) latest(g Graph, sum *insight.Summary) *Newest {
	if sum == nil {
		return nil
	}
	p := sum.Last
	n := Newest{Timestamp: p.At.Format(time.RFC3339), Value: *p.Value, Diastolic: p.Diastolic, Display: w.rounded(*p.Value, g.Decimals)}
	if p.Diastolic != nil {
		n.Display += "/" + w.whole(*p.Diastolic)
	}
	n.Text = w.say("graph.now", "value", n.Display+" "+g.UnitName, "date", w.date(p.At))
	return &n
}

// graphText describes the graph, "" if there is nothing to say.
func (w words) graphText(g Graph, sum *insight.Summary) string {
	refused := 0
	for _, r := range g.Refused {
		refused += r.Count
	}
	var text []string
	name := g.Name
	if g.Parameter == blush.BloodPressure {
		name += " (" + w.say("graph.key.systolic") + ")"
	}
	if sum != nil {
		text = append(text, w.say("graph.text", "name", name, "start", w.isoDay(g.Start), "stop", w.isoDay(g.Stop), "mean", w.rounded(sum.Mean, g.Decimals),
			"low", w.rounded(sum.Low, g.Decimals), "high", w.rounded(sum.High, g.Decimals), "unit", g.UnitName))
	}
	if refused == 1 {
		text = append(text, w.say("graph.refused.one")+".")
	} else if refused > 1 {
		text = append(text, w.say("graph.refused.other", "n", strconv.Itoa(refused))+".")
	}
	return strings.Join(text, " ")
}

// isoDay writes a yyyy-MM-dd in the language.
func (w words) isoDay(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return w.date(t)
}
