package widget

import (
	"slices"
	"strconv"
	"strings"

	"blush.example/blush/internal/health"
)

// NewMain fills the figure of the three profiles from insights to which the journey's locks are already applied.
func NewMain(p Place, in health.Insights) Envelope[Main] {
	w := p.words()
	m := Main{State: NoData, Profiles: []Profile{}, Notices: w.urgent(in.Notices), Footnote: w.say("footnote.metric")}
	count := map[State]int{}
	var text []string
	for _, hp := range in.Profiles {
		pr := w.profile(hp, in)
		m.Profiles = append(m.Profiles, pr)
		switch pr.State {
		case Ready:
			m.State = Ready
			text = append(text, w.say("main.item", "name", pr.Name, "zone", w.lower(*pr.ZoneName), "value", *pr.Display))
		default:
			count[pr.State]++
			text = append(text, w.say("main.none", "name", pr.Name, "state", w.lower(*pr.Title)))
		}
	}
	m.Text = strings.Join(text, " ")
	switch all := len(in.Profiles); {
	case all == 0 || m.State == Ready:
	case count[Locked] == all:
		m.State, m.Text = Locked, p.lockText(in.Profiles[0].Name)
	case count[Locked]+count[Refused] == all:
		i := slices.IndexFunc(in.Profiles, func(hp health.Profile) bool { return hp.Withheld != nil })
		m.State, m.Text = Refused, w.notice(*in.Profiles[i].Withheld).Text
	default:
		m.Text = w.say("no_data.main")
	}
	return envelope(p, NameMain, m.State == Locked, m)
}

func (w words) profile(hp health.Profile, in health.Insights) Profile {
	pr := Profile{Profile: hp.Name, Name: w.health("profile." + hp.Name), State: NoData, Locked: hp.Locked, Members: []Member{}}
	for _, name := range hp.Members {
		metric, ok := health.ParseMetric(name)
		if !ok {
			continue // the resting heart rate is not a metric
		}
		i := in.Of(metric)
		mem := Member{Parameter: name, Name: w.health("metric." + name), Locked: i.Locked}
		if !i.Locked {
			mem.Score, mem.Status = i.Score, ptr(string(i.Status))
			if i.Zone != nil {
				mem.Zone, mem.ZoneName = ptr(string(*i.Zone)), ptr(w.health("zone."+string(*i.Zone)))
			}
		}
		pr.Members = append(pr.Members, mem)
	}
	switch {
	case hp.Locked:
		pr.State = Locked
	case hp.Withheld != nil:
		pr.State = Refused
	case hp.Score != nil:
		score := 100 * *hp.Score
		pr.State, pr.Score, pr.Display, pr.Confidence = Ready, &score, ptr(w.whole(score)), &hp.Confidence
		pr.ConfidenceText = ptr(w.known(hp.Confidence))
		pr.Zone, pr.ZoneName = ptr(string(*hp.Assessment)), ptr(w.health("zone."+string(*hp.Assessment)))
	}
	if pr.State != Ready {
		pr.Title = ptr(w.titleOf(pr.State))
	}
	return pr
}

// urgent returns the notices that must be shown with all insights.
func (w words) urgent(in []health.Notice) []Notice {
	out := []Notice{}
	for _, n := range w.notices(in) {
		if n.Severity != string(health.Info) {
			out = append(out, n)
		}
	}
	return out
}

// NewRecommendations fills the list of what the insights suggest.
func NewRecommendations(p Place, advice []health.Advice, notices []health.Notice) Envelope[Recommendations] {
	w := p.words()
	r := Recommendations{State: Ready, Title: w.say("recommendations.title"), Items: []Recommendation{}, Notices: w.urgent(notices), Footnote: w.say("footnote.metric")}
	var text []string
	for _, a := range advice {
		r.Items = append(r.Items, Recommendation{ID: a.ID, Text: w.health(a.TextKey), Insight: a.Insight, InsightName: w.insight(a.Insight), Source: a.Source.Title})
		text = append(text, w.health(a.TextKey))
	}
	if r.Text = strings.Join(text, " "); len(r.Items) == 0 {
		r.State, r.Text = NoData, w.say("recommendations.none")
	}
	return envelope(p, NameRecommendations, false, r)
}

// NewTodos fills the list of what to do next: the steps of the journey, including
// those that are done, then what the insights suggest.
func NewTodos(p Place, advice []health.Advice) Envelope[Todos] {
	w := p.words()
	t := Todos{State: Ready, Title: w.say("todos.title"), Items: []Todo{}, Steps: len(p.Journey.Steps), Footnote: w.say("footnote.metric")}
	steps := map[string]bool{}
	for _, s := range p.Journey.Steps {
		steps[s.ID] = true
		todo := Todo{ID: s.ID, Kind: "step", Text: w.step(s.ID), Done: s.Done, Have: min(s.Have, s.Need), Need: s.Need, Unlocks: []string{}}
		if s.Done {
			t.Done++
		}
		for _, u := range s.Unlocks {
			todo.Unlocks = append(todo.Unlocks, w.insight(u))
		}
		t.Items = append(t.Items, todo)
	}
	open := t.Done < t.Steps
	for _, a := range advice {
		if !steps[a.ID] {
			open = true
			t.Items = append(t.Items, Todo{ID: a.ID, Kind: "insight", Text: w.health(a.TextKey), Unlocks: []string{}, Because: w.insight(a.Insight), Source: a.Source.Title})
		}
	}
	t.Text = w.say("todos.progress", "done", strconv.Itoa(t.Done), "steps", strconv.Itoa(t.Steps))
	if !open {
		t.Text = w.say("todos.none")
	}
	return envelope(p, NameTodos, false, t)
}

// step names a step of the journey; a customer's own step has its id for a name.
func (w words) step(id string) string {
	if t := w.health("step." + id); t != "" {
		return t
	}
	return strings.ReplaceAll(id, "_", " ")
}

// insight names a metric, a profile or a biomarker.
func (w words) insight(name string) string {
	for _, t := range []string{w.health("metric." + name), w.health("profile." + name), w.say("biomarker." + name)} {
		if t != "" {
			return t
		}
	}
	return strings.ReplaceAll(name, "_", " ")
}
