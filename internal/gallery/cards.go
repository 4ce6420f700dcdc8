package gallery

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/catalogue"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/web"
)

// card is one widget of one simulated person, in one state.
type card struct {
	Group string `json:"group"`
	State string `json:"state"`
	// Element is our own component, empty if there is none.
	Element    string            `json:"element"`
	Attributes map[string]string `json:"attributes"`
	// Data is the API's answer; null if the component should request it.
	Data json.RawMessage `json:"data"`
	// Wide cards take a row of their own.
	Wide bool `json:"wide"`

	widget string // in the address of the API; empty if nothing is requested
	who    string
	asked  map[string]string // the parameters of the request
}

const (
	biomarkers = "Biomarker"
	metrics    = "Metric"
	graphs     = "Graph"
	lists      = "Main, recommendations, todos"
)

// variations are the looks of a biomarker.
var variations = catalogue.Set("variations")

// newest is the id of the newest scan that gave a biomarker, or refused it for a reason.
func newest(scans []blush.Scan, parameter, why string) string {
	id, at := "", time.Time{}
	for _, s := range scans {
		if e := s.Point.Estimates[parameter]; s.CreatedAt.After(at) && e.Reason == why {
			id, at = s.ID, s.CreatedAt
		}
	}
	return id
}

// cardsOf is every widget in every state. scans are those of the year.
func cardsOf(scans []blush.Scan) []card {
	return slices.Concat(biomarkerCards(scans), metricCards(), graphCards(), listCards())
}

// asking are the cards of an element that has no server yet, and of one whose token is rejected.
func asking(group, element string, wide bool) []card {
	return []card{
		{Group: group, State: "loading", Element: element, Wide: wide},
		{Group: group, State: "error", Element: element, Attributes: map[string]string{"server": web.ExampleAPI + "/stranger"}, Wide: wide},
	}
}

func biomarkerCards(scans []blush.Scan) (all []card) {
	tile := func(state, who, parameter, scan string, looks ...string) {
		for _, v := range looks {
			all = append(all, card{Group: biomarkers, State: state, Element: "blush-biomarker", Attributes: map[string]string{"variation": v},
				widget: "biomarker", who: who, asked: map[string]string{"parameter": parameter, "face_scan_id": scan}})
		}
	}
	const latest, normal = "latest", "default"
	tile("ready", "year", "heart_rate", newest(scans, "heart_rate", ""), variations...)
	tile("outside the usual range", "fast", "heart_rate", latest, variations...)
	tile("close to the usual range", "fast", "respiratory_rate", latest, "arc")
	tile("ready", "year", "heart_rate_variability", newest(scans, "heart_rate_variability", ""), normal)
	tile("ready", "year", "resonant_breathing_score", newest(scans, "resonant_breathing_score", ""), normal)
	tile("reported from a cuff", "year", blush.BloodPressure, latest, normal)
	tile("an older reading", "away", blush.BloodPressure, latest, normal)
	tile("no data", "nobody", blush.BloodPressure, latest, normal)
	for _, why := range []biomarker.Reason{biomarker.TooDark, biomarker.TooMuchMotion, biomarker.TooShort} {
		tile("refused: "+string(why), "year", "heart_rate", newest(scans, "heart_rate", string(why)), normal)
	}
	tile("refused", "year", "heart_rate", newest(scans, "heart_rate", string(biomarker.TooDark)), "arc", "small")
	tile("placeholder", "nobody", "heart_rate", latest, variations...)
	tile("locked", "locked", "heart_rate", latest, variations...)
	tile("processing", "waiting", "heart_rate", processingScan, normal)
	tile("failed", "failed", "heart_rate", failedScan, normal)
	return append(all, asking(biomarkers, "blush-biomarker", false)...)
}

func metricCards() (all []card) {
	metric := func(state, who string, m health.Metric) {
		all = append(all, card{Group: metrics, State: state, Element: "blush-metric", widget: "metric", who: who, asked: map[string]string{"parameter": string(m)}})
	}
	metric("no data", "nobody", health.MentalStress)
	metric("locked", "first", health.SleepQuality)
	metric("preliminary", "newcomer", health.MentalStress)
	metric("confirming", "confirming", health.MentalStress)
	for _, m := range health.Metrics {
		metric("today", "year", m)
	}
	metric("reconfirming", "returning", health.MentalStress)
	metric("a positive screen", "worried", health.MentalHealthRisk)
	metric("a dangerous reading", "worried", health.Hypertension)
	return append(all, asking(metrics, "blush-metric", false)...)
}

func graphCards() (all []card) {
	graph := func(state, who, parameter string, days int) {
		all = append(all, card{Group: graphs, State: state, Element: "blush-graph", Wide: true, widget: "graph", who: who, asked: map[string]string{
			"parameter": parameter, "start": today.AddDate(0, 0, 1-days).Format(time.DateOnly), "stop": today.Format(time.DateOnly),
		}})
	}
	graph("a year", "year", "heart_rate", 365)
	graph("a year", "year", "heart_rate_variability", 365)
	graph("a year", "year", "mental_stress", 365)
	graph("a year", "year", "general_fitness", 365)
	graph("nine months, by day", "year", "heart_rate", 275)
	graph("three months", "year", "heart_rate", 90)
	graph("a month", "year", "respiratory_rate", 30)
	graph("five years, by week", "year", "heart_rate", 5*365)
	graph("reported from a cuff", "year", blush.BloodPressure, 365)
	graph("no data", "returning", "heart_rate", 14)
	graph("locked", "first", "general_fitness", 90)
	graph("a positive screen", "worried", string(health.MentalHealthRisk), 1)
	return append(all, asking(graphs, "blush-graph", true)...)
}

func listCards() (all []card) {
	for _, at := range []struct{ state, who string }{{"today", "year"}, {"a hard week", "strained"}, {"the first days", "first"}} {
		for _, widget := range []string{"main", "recommendations", "todos"} {
			all = append(all, card{Group: lists, State: widget + ": " + at.state, widget: widget, who: at.who})
		}
	}
	return all
}

// filled returns every card with the API's answer.
func (p *people) filled(ctx context.Context, lang string) ([]card, error) {
	all := make([]card, len(p.cards))
	for i, c := range p.cards {
		if all[i] = c; c.widget == "" || c.Element == "" {
			continue
		}
		query := url.Values{"language": {lang}}
		for name, value := range c.asked {
			query.Set(name, value)
		}
		var err error
		if all[i].Data, err = p.ask(ctx, c.who, http.MethodGet, "/v2/widgets/"+c.widget+"?"+query.Encode(), nil); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", c.Group, c.State, err)
		}
	}
	return all, nil
}

// html is the n-th card as the server draws it. The first brings the style sheet of all.
func (p *people) html(ctx context.Context, c card, lang string, n int) ([]byte, error) {
	b, err := p.ask(ctx, c.who, http.MethodPost, "/v2/widgets/"+c.widget, map[string]any{
		"appearance": map[string]any{"language": lang, "variation": c.Attributes["variation"], "id": "w" + strconv.Itoa(n), "styles": n == 0},
		"data":       c.asked,
	})
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", c.Group, c.State, err)
	}
	return b, nil
}
