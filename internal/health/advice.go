package health

import (
	"slices"
	"time"
)

// Source is where a piece of advice comes from.
type Source struct {
	Title string `json:"title"`
	// Verified is false until the wording has been checked against the source.
	Verified bool `json:"verified"`
}

// rulebook is data/rules.json.
type rulebook struct {
	Version string `json:"version"`
	Rules   []rule `json:"rules"`
}

// rule gives a piece of advice if everything in When is true for its insight. Without
// an Insight it is for the first metric for which that is so.
type rule struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"` // todo or recommendation
	Insight Metric    `json:"insight"`
	When    condition `json:"when"`
	Source  Source    `json:"source"`
}

// condition is true if each part that is set is true.
type condition struct {
	Zones       []Zone   `json:"zones"`
	Statuses    []Status `json:"statuses"`
	Notice      string   `json:"notice"`
	StaleAnswer bool     `json:"stale_answer"`
	Answer      *struct {
		Key string    `json:"key"`
		In  []float64 `json:"in"`
	} `json:"answer"`
}

// Advice is one recommendation or one to-do. Its words are [Text] of TextKey.
type Advice struct {
	ID      string `json:"id"`
	TextKey string `json:"text_key"`
	// Insight is the insight that it comes from, or, for a step of the journey, the first one that it unlocks.
	Insight string `json:"insight"`
	Source  Source `json:"source"`
}

// Recommendations returns the recommendations that the rules in data/rules.json give for the insights. Locked insights give none.
func Recommendations(in Insights, h History) []Advice { return advise("recommendation", in, h) }

// Todos returns what to do next: the first steps of the journey that are not
// done, then what the insights ask for.
func Todos(in Insights, p Progress, h History) []Advice {
	out := []Advice{}
	for _, s := range p.Steps {
		if s.Done {
			continue
		}
		a := Advice{ID: s.ID, TextKey: "step." + s.ID, Source: Source{Title: "Health journey", Verified: true}}
		if len(s.Unlocks) > 0 {
			a.Insight = s.Unlocks[0]
		}
		out = append(out, a)
	}
	return append(out, advise("todo", in, h)...)
}

func advise(kind string, in Insights, h History) []Advice {
	out := []Advice{}
	newest := newestAnswers(h, in.At)
	for _, r := range data().rules.Rules {
		if r.Kind != kind {
			continue
		}
		for _, m := range in.Metrics {
			if (r.Insight == "" || r.Insight == m.Metric) && !m.Locked && r.When.holds(m, newest) {
				out = append(out, Advice{ID: r.ID, TextKey: "rule." + r.ID, Insight: string(m.Metric), Source: r.Source})
				break
			}
		}
	}
	return out
}

func newestAnswers(h History, at time.Time) map[string]Answer {
	p := person{at: at, answers: map[string]Answer{}}
	p.readAnswers(h.Answers)
	return p.answers
}

func (c condition) holds(m Insight, answers map[string]Answer) bool {
	if len(c.Zones) > 0 && (m.Zone == nil || !slices.Contains(c.Zones, *m.Zone)) {
		return false
	}
	if len(c.Statuses) > 0 && !slices.Contains(c.Statuses, m.Status) {
		return false
	}
	if c.Notice != "" && !slices.ContainsFunc(m.Notices, func(n Notice) bool { return n.Code == c.Notice }) {
		return false
	}
	if c.StaleAnswer && !slices.ContainsFunc(m.Missing, func(x Missing) bool { return x.Stale && x.Field != "scans" }) {
		return false
	}
	if c.Answer != nil {
		a, ok := answers[c.Answer.Key]
		if !ok || !slices.Contains(c.Answer.In, a.Value) {
			return false
		}
	}
	return true
}
