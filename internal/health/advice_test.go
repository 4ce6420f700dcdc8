package health_test

import (
	"slices"
	"testing"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

func ids(advice []health.Advice) []string {
	var out []string
	for _, a := range advice {
		out = append(out, a.ID+" < "+a.Insight)
	}
	return out
}

func TestRecommendations(t *testing.T) {
	// The worked person: stress and well-being suboptimal, sleeps 6-7 hours, sports enough.
	h := workedPerson()
	got := ids(health.Recommendations(health.Compute(h, now), h))
	want := []string{"sleep_seven_hours < sleep_quality", "slow_breathing < mental_stress", "stress_guide < mental_stress", "talk_to_someone < mental_health_risk"}
	if !slices.Equal(got, want) {
		t.Errorf("recommendations %v, want %v", got, want)
	}
	// A smoker without sport.
	s := answered(answered(h, "smoking", 3), "hours_sport_week", 1)
	got = ids(health.Recommendations(health.Compute(s, now), s))
	if want := append(want, "move_more < general_fitness", "smoke_free < hypertension"); !slices.Equal(got, want) {
		t.Errorf("a smoker without sport: %v, want %v", got, want)
	}
	// After a positive screen, the advice is to see a professional, not a breathing exercise.
	p := answered(h, "phq4_down", 3)
	if got := ids(health.Recommendations(health.Compute(p, now), p)); !slices.Contains(got, "talk_to_professional < mental_health_risk") || slices.Contains(got, "talk_to_someone < mental_health_risk") {
		t.Errorf("after a positive screen: %v", got)
	}
	// Nothing known, nothing recommended.
	if got := health.Recommendations(health.Compute(health.History{}, now), health.History{}); len(got) != 0 || got == nil {
		t.Errorf("nobody is told %v", got)
	}
	// A locked insight gives no advice.
	locked := health.Compute(h, now).Lock(health.DefaultJourney().Progress(health.History{}, now))
	if got := health.Recommendations(locked, h); len(got) != 0 {
		t.Errorf("locked insights suggest %v", ids(got))
	}
	for _, a := range health.Recommendations(health.Compute(s, now), s) {
		if a.Source.Title == "" || health.Text("sv", a.TextKey) == "" {
			t.Errorf("no source or no words: %+v", a)
		}
	}
}

func TestTodos(t *testing.T) {
	j := health.DefaultJourney()
	todos := func(h health.History, days int) []string {
		at := now.AddDate(0, 0, days)
		return ids(health.Todos(health.Compute(h, at), j.Progress(h, at), h))
	}
	if got := todos(health.History{}, 0); !slices.Equal(got, []string{
		"first_scan < mental_stress", "daily_questions < sleep_quality", "about_you < general_fitness", "three_scans_week < physical",
		"heart_questions < hypertension", "wellbeing_check < ", "cuff_reading < ",
	}) {
		t.Errorf("at the beginning: %v", got)
	}
	h := workedPerson()
	h.Scans = append(h.Scans, scan(now, 0.9, 66, 31, 120, 0))
	if got := todos(h, 0); len(got) != 0 {
		t.Errorf("all done, and still %v", got)
	}
	if got := todos(h, 8); !slices.Equal(got, []string{"rescan < mental_stress"}) {
		t.Errorf("after a week: %v", got)
	}
	h.Cuffs = nil
	if got := todos(h, 0); !slices.Equal(got, []string{"cuff_reading < ", "measure_cuff < hypertension"}) {
		t.Errorf("without a cuff: %v", got)
	}
	if got := todos(workedPerson(), 150); !slices.Contains(got, "answer_again < mental_stress") {
		t.Errorf("after five months: %v", got)
	}
}

func TestCheckAnswer(t *testing.T) {
	for _, c := range []struct {
		key   string
		value float64
		loc   string // "" is accepted
	}{
		{"average_sleep_hours", 1, ""}, {"average_sleep_hours", 5, ""}, {"average_sleep_hours", 0, "value"}, {"average_sleep_hours", 6, "value"}, {"average_sleep_hours", 2.5, "value"},
		{"weight", 29.9, "value"}, {"weight", 30, ""}, {"weight", 72.4, ""}, {"height", 230.1, "value"}, {"parents_hypertension", 9, ""},
		{"parents_hypertension", 3, "value"}, {"phq4_down", 0, ""}, {"phq4_down", 4, "value"}, {"shoe_size", 42, "lookup_key"}, {"", 1, "lookup_key"},
	} {
		err := health.CheckAnswer(c.key, c.value)
		if c.loc == "" {
			if err != nil {
				t.Errorf("%s = %v: %v", c.key, c.value, err)
			}
			continue
		}
		e, ok := err.(*blush.Error)
		if !ok || e.Kind != blush.Unprocessed || e.Fields[0].Path[0] != c.loc {
			t.Errorf("%s = %v: %v, want 422 about %s", c.key, c.value, err, c.loc)
		}
	}
}

// The five keys that integrators use exist with the values 1-5, in every language.
func TestQuestions(t *testing.T) {
	for _, lang := range health.Languages {
		asked := map[string]health.Asked{}
		for _, q := range health.Questions(lang) {
			asked[q.Key] = q
			if q.Text == "" || len(q.Options) != len(q.Values) {
				t.Errorf("%s: %+v", lang, q)
			}
			for _, o := range q.Options {
				if o.Text == "" {
					t.Errorf("%s: %s has an answer without words", lang, q.Key)
				}
			}
		}
		for _, k := range []string{"average_sleep_hours", "feeling_stressed_last_month", "daily_activities", "hours_sport_week", "nightly_wake_ups"} {
			if !slices.Equal(asked[k].Values, []int{1, 2, 3, 4, 5}) {
				t.Errorf("%s: %s takes %v", lang, k, asked[k].Values)
			}
		}
		_, screened := asked["phq4_worry"]
		if want := lang == "en" || lang == "de"; screened != want || health.Available("phq4_worry", lang) != want {
			t.Errorf("%s: PHQ-4 asked: %v", lang, screened)
		}
	}
	worry := health.Questions("en")[13]
	if worry.Text != "Not being able to stop or control worrying" || worry.Options[3].Text != "Nearly every day" || worry.Source == "" || worry.Stem == "" {
		t.Errorf("%+v", worry)
	}
	if health.Available("shoe_size", "en") {
		t.Error("there is no question shoe_size")
	}
}
