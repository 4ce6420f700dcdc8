package widget

import (
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
)

// FromLatest fills the tile of a biomarker. The tile is the placeholder if that is
// requested or there is no scan; not for blood pressure, which no scan measures.
func FromLatest(l insight.Latest, parameter string, placeholder bool) Envelope[Biomarker] {
	p := Place{Language: l.Language, Now: l.Now, Journey: l.Progress}
	switch {
	case parameter == blush.BloodPressure:
		return NewBloodPressure(p, cuff(l.Cuff), cuff(l.PreviousCuff))
	case l.Scan != nil && !placeholder:
		return NewBiomarker(p, parameter, scan(*l.Scan, parameter), previous(l.Previous, parameter))
	case l.Named != nil:
		return NewBiomarker(p, parameter, &Scan{ID: l.Named.ID, At: l.Named.At, Status: l.Named.Status}, nil)
	}
	return NewBiomarker(p, parameter, nil, nil)
}

func scan(s blush.ScanPoint, parameter string) *Scan {
	out := &Scan{ID: s.ScanID, At: s.At.In(blush.Location(s.Timezone)), AtRest: s.AtRest, Status: blush.Done}
	if e, ok := s.Estimates[parameter]; ok {
		out.Value, out.Confidence, out.Reason = e.Value, e.Confidence, e.Reason
		if e.Value != nil {
			out.Interval = &[2]float64{e.Low, e.High}
		}
	}
	return out
}

func previous(s *blush.ScanPoint, parameter string) *Scan {
	if s == nil {
		return nil
	}
	return scan(*s, parameter)
}

func cuff(r *blush.Reading) *health.Cuff {
	if r == nil {
		return nil
	}
	return &health.Cuff{Systolic: r.Systolic, Diastolic: r.Diastolic, At: r.MeasuredAt.In(blush.Location(r.Timezone))}
}

func placeOf(r insight.Report) Place {
	return Place{Language: r.Language, Now: r.At, Journey: r.Progress}
}

// MetricOf fills the tile of a metric.
func MetricOf(r insight.Report, m health.Metric) Envelope[Metric] {
	var before *Before
	if s, ok := r.Previous[string(m)]; ok && s.Score != nil && s.Interval != nil && r.PreviousAt != nil {
		before = &Before{Score: *s.Score, Interval: *s.Interval, At: *r.PreviousAt}
	}
	return NewMetric(placeOf(r), r.Of(m), before)
}

// MainOf fills the figure of the profiles.
func MainOf(r insight.Report) Envelope[Main] { return NewMain(placeOf(r), r.Insights) }

// RecommendationsOf fills the list of recommendations.
func RecommendationsOf(r insight.Report) Envelope[Recommendations] {
	return NewRecommendations(placeOf(r), r.Recommendations, r.Notices)
}

// TodosOf fills the list of what to do next.
func TodosOf(r insight.Report) Envelope[Todos] { return NewTodos(placeOf(r), r.Todos) }

// FromHistory fills a graph of a history, whose first day is known.
func FromHistory(h insight.History, title string) (Envelope[Graph], error) {
	s := Series{Parameter: h.Parameter, Title: title, Step: string(h.Step), Refused: h.Reasons, Summary: h.Summary, Withheld: h.Withheld}
	var err error
	if s.Start, err = time.Parse(time.DateOnly, h.Start); err != nil {
		return Envelope[Graph]{}, err
	}
	if s.Stop, err = time.Parse(time.DateOnly, h.Stop); err != nil {
		return Envelope[Graph]{}, err
	}
	if h.Step == insight.EachScan || h.Step == "" {
		s.Step = "none"
	}
	s.Samples = make([]Sample, len(h.Points))
	for i, p := range h.Points {
		one := Sample{At: p.At, Day: p.Day, Value: p.Value, Diastolic: p.Diastolic, Reason: p.Reason, Count: p.Count, Refused: p.Refused}
		if p.Low != nil && p.High != nil {
			one.Interval = &[2]float64{*p.Low, *p.High}
		}
		if h.Parameter != blush.BloodPressure {
			one.Confidence = ptr(100 * p.Confidence)
		}
		s.Samples[i] = one
	}
	return NewGraph(Place{Language: h.Language, Now: h.Now, Journey: h.Progress}, s), nil
}
