package gallery

import (
	"slices"
	"sync"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/sample"
	"blush.example/blush/internal/widget"
)

// example is a person who does not exist at a moment, in a language: what the
// widgets are filled from. All lists are in order of time.
type example struct {
	user    blush.User
	lived   sample.History
	at      time.Time
	journey health.Journey
	// scores are the metrics as they stood at the end of each day on which something was learnt.
	scores []health.Insights
}

// lastDay is the moment at which the year is looked back on.
var lastDay = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// year is the whole of the person with the metrics of each day, worked out once.
var year = sync.OnceValue(func() example {
	birth, sex := sample.Person(lastDay)
	user := blush.User{ID: "5a3c7f0e-0000-8000-8000-000000000001", BirthDate: &birth, Sex: &sex}
	e := example{user: user, lived: sample.Year(user.ID, 3, lastDay), journey: health.DefaultJourney()}
	e.at = lastDay.In(e.lived.Scans[0].CreatedAt.Location())
	slices.SortStableFunc(e.lived.Scans, func(a, b blush.Scan) int { return a.CreatedAt.Compare(b.CreatedAt) })
	slices.SortStableFunc(e.lived.Answers, func(a, b blush.Answer) int { return a.At.Compare(b.At) })
	var times []time.Time
	for _, s := range e.lived.Scans {
		times = append(times, s.CreatedAt)
	}
	for _, a := range e.lived.Answers {
		times = append(times, a.At)
	}
	slices.SortFunc(times, time.Time.Compare)
	h := e.in("en").history()
	for i, t := range times {
		if i+1 < len(times) && times[i+1].Format(time.DateOnly) == t.Format(time.DateOnly) {
			continue // the day's end counts
		}
		e.scores = append(e.scores, health.Compute(h, t))
	}
	return e
})

// in is the example in a language.
func (e example) in(lang string) example {
	lang = language(lang)
	e.user.Language = &lang
	return e
}

// back is the example as it stood at an earlier moment.
func (e example) back(at time.Time) example {
	e.at = at.In(e.lived.Scans[0].CreatedAt.Location())
	e.lived = sample.History{
		Scans:    until(e.lived.Scans, func(s blush.Scan) bool { return s.CreatedAt.After(at) }),
		Answers:  until(e.lived.Answers, func(a blush.Answer) bool { return a.At.After(at) }),
		Readings: until(e.lived.Readings, func(r blush.Reading) bool { return r.MeasuredAt.After(at) }),
	}
	e.scores = until(e.scores, func(i health.Insights) bool { return i.At.After(at) })
	return e
}

// until is a list up to the first that is too late.
func until[T any](list []T, late func(T) bool) []T {
	if i := slices.IndexFunc(list, late); i >= 0 {
		return list[:i:i]
	}
	return list
}

// with is the example with something more learnt at its moment.
func (e example) with(readings []blush.Reading, answers []blush.Answer) example {
	e.lived.Readings = append(slices.Clone(e.lived.Readings), readings...)
	e.lived.Answers = append(slices.Clone(e.lived.Answers), answers...)
	return e
}

func (e example) history() health.History {
	points := make([]blush.ScanPoint, len(e.lived.Scans))
	for i, s := range e.lived.Scans {
		points[i] = *s.Point
	}
	return insight.Model(e.user, points, e.lived.Answers, e.lived.Readings)
}

func (e example) progress() health.Progress { return e.journey.Progress(e.history(), e.at) }

func (e example) place() widget.Place {
	return widget.Place{Language: *e.user.Language, Now: e.at, Journey: e.progress()}
}

func (e example) insights() health.Insights {
	return health.Compute(e.history(), e.at).Lock(e.progress())
}

// biomarker fills a tile from a scan; no scan is the placeholder.
func (e example) biomarker(parameter string, scan *blush.Scan) widget.Envelope[widget.Biomarker] {
	if parameter == widget.BloodPressure {
		return widget.NewBloodPressure(e.place(), e.cuff(1), e.cuff(2))
	}
	if scan == nil {
		return widget.NewBiomarker(e.place(), parameter, nil, nil)
	}
	var before *widget.Scan
	for _, s := range e.lived.Scans {
		if s.CreatedAt.Before(scan.CreatedAt) && gave(parameter)(s) {
			before = said(s, parameter)
		}
	}
	return widget.NewBiomarker(e.place(), parameter, said(*scan, parameter), before)
}

// cuff is the n-th newest reading, nil when there is none.
func (e example) cuff(n int) *health.Cuff {
	cuffs := e.history().Cuffs
	if len(cuffs) < n {
		return nil
	}
	return &cuffs[len(cuffs)-n]
}

// newest is the newest scan for which ok holds, nil when there is none.
func (e example) newest(ok func(blush.Scan) bool) *blush.Scan {
	for i := len(e.lived.Scans) - 1; i >= 0; i-- {
		if ok(e.lived.Scans[i]) {
			return &e.lived.Scans[i]
		}
	}
	return nil
}

// gave and refused tell scans apart by one of their values.
func gave(parameter string) func(blush.Scan) bool {
	return func(s blush.Scan) bool { return s.Point.Estimates[parameter].Value != nil }
}

func refused(parameter, reason string) func(blush.Scan) bool {
	return func(s blush.Scan) bool { return s.Point.Estimates[parameter].Reason == reason }
}

// said is what a scan says of one biomarker.
func said(s blush.Scan, parameter string) *widget.Scan {
	out := &widget.Scan{ID: s.ID, At: s.CreatedAt, AtRest: s.AtRest, Status: s.Status}
	if s.Point == nil {
		return out
	}
	est := s.Point.Estimates[parameter]
	out.Value, out.Confidence, out.Reason = est.Value, est.Confidence, est.Reason
	if est.Value != nil {
		out.Interval = &[2]float64{est.Low, est.High}
	}
	return out
}

func (e example) metric(m health.Metric) widget.Envelope[widget.Metric] {
	in := e.insights().Of(m)
	var before *widget.Before
	for _, then := range e.scores {
		i := then.Of(m)
		// The score itself is that of the newest day, unless something was learnt since.
		if i.Score == nil || in.UpdatedAt == nil || then.At.Format(time.DateOnly) >= in.UpdatedAt.Format(time.DateOnly) {
			continue
		}
		before = &widget.Before{Score: *i.Score, Interval: *i.Interval, At: then.At}
	}
	return widget.NewMetric(e.place(), in, before)
}

// A period longer than these is shown by day, and by week.
const (
	byScanDays = 92
	byDayDays  = 400
)

// graph fills a graph from the first to the last day, midnights UTC that stand for days.
func (e example) graph(parameter, title string, start, stop time.Time) widget.Envelope[widget.Graph] {
	series := widget.Series{Parameter: parameter, Title: title, Start: start, Stop: stop, Step: "none", Refused: map[string]int{}}
	step := insight.EachScan
	switch days := stop.Sub(start).Hours() / 24; {
	case days >= byDayDays:
		step, series.Step = insight.Weekly, "week"
	case days >= byScanDays:
		step, series.Step = insight.Daily, "day"
	}
	points, isMetric := e.points(parameter)
	points = slices.DeleteFunc(points, func(p insight.HistoryPoint) bool {
		if p.Day < start.Format(time.DateOnly) || p.Day > stop.Format(time.DateOnly) {
			return true
		}
		if p.Value == nil {
			series.Refused[p.Reason]++
		}
		return false
	})
	series.Whole = insight.Sum(points)
	for _, p := range insight.Gather(points, step, isMetric) {
		s := widget.Sample{At: p.At, Day: p.Day, Value: p.Value, Diastolic: p.Diastolic, Reason: p.Reason, Count: p.Count, Refused: p.Refused}
		if p.Low != nil {
			s.Interval = &[2]float64{*p.Low, *p.High}
			confidence := 100 * p.Confidence
			s.Confidence = &confidence
		}
		series.Samples = append(series.Samples, s)
	}
	return widget.NewGraph(e.place(), series)
}

// points are all values of a biomarker or a metric.
func (e example) points(parameter string) (points []insight.HistoryPoint, isMetric bool) {
	add := func(at time.Time, value, low, high *float64, confidence float64, reason string) {
		p := insight.HistoryPoint{At: at, Day: at.Format(time.DateOnly), Value: value, Low: low, High: high, Confidence: confidence, Reason: reason, Count: 1}
		if value == nil {
			p.Low, p.High, p.Count, p.Refused = nil, nil, 0, 1
		}
		points = append(points, p)
	}
	metric, isMetric := health.ParseMetric(parameter)
	switch {
	case isMetric:
		for _, then := range e.scores {
			if i := then.Of(metric); i.Score != nil {
				add(then.At, i.Score, &i.Interval[0], &i.Interval[1], i.Confidence/100, "")
			}
		}
	case parameter == widget.BloodPressure:
		for _, c := range e.history().Cuffs {
			add(c.At, &c.Systolic, nil, nil, 1, "")
			points[len(points)-1].Diastolic = &c.Diastolic
		}
	default:
		for _, s := range e.lived.Scans {
			est := s.Point.Estimates[parameter]
			add(s.CreatedAt, est.Value, &est.Low, &est.High, est.Confidence, est.Reason)
		}
	}
	return points, isMetric
}

// days is the period of so many days up to the example's moment.
func (e example) days(n int) (start, stop time.Time) {
	stop = time.Date(e.at.Year(), e.at.Month(), e.at.Day(), 0, 0, 0, 0, time.UTC)
	return stop.AddDate(0, 0, 1-n), stop
}

func (e example) main() widget.Envelope[widget.Main] { return widget.NewMain(e.place(), e.insights()) }

func (e example) recommendations() widget.Envelope[widget.Recommendations] {
	in := e.insights()
	return widget.NewRecommendations(e.place(), health.Recommendations(in, e.history()), in.Notices)
}

func (e example) todos() widget.Envelope[widget.Todos] {
	return widget.NewTodos(e.place(), health.Todos(e.insights(), e.progress(), e.history()))
}
