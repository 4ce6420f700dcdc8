package gallery

import (
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/sample"
	"blush.example/blush/internal/widget"
)

// card is one widget in one state.
type card struct {
	Group string `json:"group"`
	State string `json:"state"`
	// Element is our own component, empty where there is none.
	Element    string            `json:"element"`
	Attributes map[string]string `json:"attributes"`
	// Data is the JSON that the API answers; nil where the component is to ask for it.
	Data any `json:"data"`
	// Wide cards take a row of their own.
	Wide bool `json:"wide"`

	html func(id string) ([]byte, error) // the same widget as the server draws it, without the sheet
}

const (
	biomarkers = "Biomarker"
	metrics    = "Metric"
	graphs     = "Graph"
	lists      = "Main, recommendations, todos"
)

// cards is every widget in every state.
func cards(lang string) []card {
	now := year().in(lang)
	out := biomarkerCards(now)
	out = append(out, metricCards(now)...)
	out = append(out, graphCards(now)...)
	return append(out, listCards(now)...)
}

func biomarkerCards(now example) []card {
	var out []card
	add := func(state, variation string, v widget.Envelope[widget.Biomarker]) {
		out = append(out, card{Group: biomarkers, State: state, Element: "blush-biomarker", Attributes: map[string]string{"variation": variation}, Data: v,
			html: func(id string) ([]byte, error) {
				return v.Data.HTML(v.Language, widget.Look{Variation: variation, ID: id, NoStyles: true})
			}})
	}
	good := now.newest(gave("heart_rate"))
	fast := blush.Scan{ID: good.ID, CreatedAt: now.at, Status: blush.Done, AtRest: good.AtRest, Point: point("heart_rate", 116, 3, 0.86)}
	near := blush.Scan{ID: good.ID, CreatedAt: now.at, Status: blush.Done, AtRest: good.AtRest, Point: point("respiratory_rate", 21, 1.4, 0.8)}
	processing := blush.Scan{ID: good.ID, CreatedAt: now.at, Status: blush.Processing}
	failed := blush.Scan{ID: good.ID, CreatedAt: now.at, Status: blush.Failed}
	locked := now
	locked.journey = health.Journey{Version: "example", Steps: []health.Step{{ID: "three_scans_week", Need: health.Need{Scans: 1000}, Unlocks: []string{"heart_rate", "heart_rate_variability"}}}}
	unread := now
	unread.lived.Readings = nil
	old := now.back(now.cuff(1).At)
	old.at = old.at.AddDate(0, 0, 45)

	for _, v := range []string{widget.Default, widget.Arc, widget.Small} {
		add("ready", v, now.biomarker("heart_rate", good))
	}
	for _, v := range []string{widget.Default, widget.Arc, widget.Small} {
		add("outside the usual range", v, now.biomarker("heart_rate", &fast))
	}
	add("close to the usual range", widget.Arc, now.biomarker("respiratory_rate", &near))
	add("ready", widget.Default, now.biomarker("heart_rate_variability", now.newest(gave("heart_rate_variability"))))
	add("ready", widget.Default, now.biomarker("resonant_breathing_score", now.newest(gave("resonant_breathing_score"))))
	add("reported from a cuff", widget.Default, now.biomarker(widget.BloodPressure, nil))
	add("an older reading", widget.Default, old.biomarker(widget.BloodPressure, nil))
	add("no data", widget.Default, unread.biomarker(widget.BloodPressure, nil))
	for _, reason := range []string{"too_dark", "too_much_motion", "too_short"} {
		add("refused: "+reason, widget.Default, now.biomarker("heart_rate", now.newest(refused("heart_rate", reason))))
	}
	dark := now.newest(refused("heart_rate", "too_dark"))
	add("refused", widget.Arc, now.biomarker("heart_rate", dark))
	add("refused", widget.Small, now.biomarker("heart_rate", dark))
	for _, v := range []string{widget.Default, widget.Arc, widget.Small} {
		add("placeholder", v, now.biomarker("heart_rate", nil))
	}
	for _, v := range []string{widget.Default, widget.Arc, widget.Small} {
		add("locked", v, locked.biomarker("heart_rate", good))
	}
	add("processing", widget.Default, now.biomarker("heart_rate", &processing))
	add("failed", widget.Default, now.biomarker("heart_rate", &failed))
	return append(out,
		card{Group: biomarkers, State: "loading", Element: "blush-biomarker"},
		card{Group: biomarkers, State: "error", Element: "blush-biomarker", Attributes: map[string]string{"server": brokenAPI}})
}

func metricCards(now example) []card {
	var out []card
	add := func(state string, v widget.Envelope[widget.Metric]) {
		out = append(out, card{Group: metrics, State: state, Element: "blush-metric", Data: v,
			html: func(id string) ([]byte, error) { return v.Data.HTML(v.Language, widget.Look{ID: id, NoStyles: true}) }})
	}
	open := func(e example) example {
		e.journey = health.OpenJourney()
		return e
	}
	nobody := open(now)
	nobody.lived, nobody.scores = sample.History{}, nil
	nobody.user.BirthDate, nobody.user.Sex = nil, nil
	var worried []blush.Answer
	for _, key := range []string{"phq4_nervous", "phq4_worry", "phq4_interest", "phq4_down"} {
		worried = append(worried, blush.Answer{Key: key, Instrument: "phq4", Value: 3, At: now.at, Timezone: "Europe/Brussels"})
	}
	anxious := open(now).with(nil, worried)
	high := open(now).with([]blush.Reading{{Systolic: 184, Diastolic: 112, MeasuredAt: now.at, Timezone: "Europe/Brussels"}}, nil)
	away := silence(now)
	first := now.lived.Scans[0].CreatedAt.Add(time.Hour)

	add("no data", nobody.metric(health.MentalStress))
	add("locked", now.back(first).metric(health.SleepQuality))
	add("preliminary", open(now.back(first)).metric(health.MentalStress))
	at, taking := confirming(now)
	add("confirming", open(now.back(at)).metric(taking))
	for _, m := range health.Metrics {
		add("today", open(now).metric(m))
	}
	add("reconfirming", open(now.back(away)).metric(health.MentalStress))
	add("a positive screen", anxious.metric(health.MentalHealthRisk))
	add("a dangerous reading", high.metric(health.Hypertension))
	return append(out,
		card{Group: metrics, State: "loading", Element: "blush-metric"},
		card{Group: metrics, State: "error", Element: "blush-metric", Attributes: map[string]string{"server": brokenAPI}})
}

func graphCards(now example) []card {
	var out []card
	add := func(state string, v widget.Envelope[widget.Graph]) {
		out = append(out, card{Group: graphs, State: state, Element: "blush-graph", Data: v, Wide: true,
			html: func(id string) ([]byte, error) { return v.Data.HTML(v.Language, widget.Look{ID: id, NoStyles: true}) }})
	}
	open := now
	open.journey = health.OpenJourney()
	graph := func(e example, parameter string, days int) widget.Envelope[widget.Graph] {
		start, stop := e.days(days)
		return e.graph(parameter, "", start, stop)
	}
	add("a year", graph(open, "heart_rate", 365))
	add("a year", graph(open, "heart_rate_variability", 365))
	add("a year", graph(open, "mental_stress", 365))
	add("a year", graph(open, "general_fitness", 365))
	add("three months", graph(open, "heart_rate", 90))
	add("a month", graph(open, "respiratory_rate", 30))
	add("five years, by week", graph(open, "heart_rate", 5*365))
	add("reported from a cuff", graph(open, widget.BloodPressure, 365))
	add("no data", graph(open.back(silence(now)), "heart_rate", 14))
	add("locked", graph(now.back(now.lived.Scans[0].CreatedAt), "general_fitness", 90))
	return append(out,
		card{Group: graphs, State: "loading", Element: "blush-graph", Wide: true},
		card{Group: graphs, State: "error", Element: "blush-graph", Attributes: map[string]string{"server": brokenAPI}, Wide: true})
}

// listCards are the widgets that only the server draws.
func listCards(now example) []card {
	var out []card
	add := func(state string, html func(string) ([]byte, error)) {
		out = append(out, card{Group: lists, State: state, html: html})
	}
	open := now
	open.journey = health.OpenJourney()
	strained := open.back(lastDay.AddDate(0, 0, -105))
	for _, at := range []struct {
		state string
		e     example
	}{{"today", open}, {"a hard week", strained}, {"the first days", now.back(now.lived.Scans[0].CreatedAt)}} {
		add("main: "+at.state, func(id string) ([]byte, error) {
			m := at.e.main()
			return m.Data.HTML(m.Language, widget.Look{ID: id, NoStyles: true})
		})
		add("recommendations: "+at.state, func(id string) ([]byte, error) {
			r := at.e.recommendations()
			return r.Data.HTML(r.Language, widget.Look{ID: id, NoStyles: true})
		})
		add("todos: "+at.state, func(id string) ([]byte, error) {
			t := at.e.todos()
			return t.Data.HTML(t.Language, widget.Look{ID: id, NoStyles: true})
		})
	}
	return out
}

// silence is the end of the longest time without a scan.
func silence(e example) time.Time {
	var end time.Time
	var longest time.Duration
	for i, s := range e.lived.Scans[1:] {
		if gap := s.CreatedAt.Sub(e.lived.Scans[i].CreatedAt); gap > longest {
			longest, end = gap, s.CreatedAt.Add(-12*time.Hour)
		}
	}
	return end
}

// confirming finds a moment at which a metric was.
func confirming(e example) (time.Time, health.Metric) {
	for _, then := range e.scores {
		for _, i := range then.Metrics {
			if i.Status == health.Confirming {
				return then.At, i.Metric
			}
		}
	}
	return e.at, health.MentalStress
}

// point is a scan that gave one value.
func point(parameter string, value, half, confidence float64) *blush.ScanPoint {
	return &blush.ScanPoint{Estimates: map[string]blush.PointEstimate{parameter: {Value: &value, Low: value - half, High: value + half, Confidence: confidence}}}
}
