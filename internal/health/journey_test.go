package health_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"blush.example/blush/internal/health"
)

func done(p health.Progress) []string {
	var out []string
	for _, s := range p.Steps {
		if s.Done {
			out = append(out, s.ID)
		}
	}
	return out
}

// A person takes the steps of the journey, and each finished step unlocks its insights.
func TestJourneyStory(t *testing.T) {
	j := health.DefaultJourney()
	h := health.History{Language: "en"}
	at := func(days int) time.Time { return now.AddDate(0, 0, days) }
	is := func(when time.Time, steps, locked string) {
		t.Helper()
		p := j.Progress(h, when)
		if got := strings.Join(done(p), " "); got != steps {
			t.Errorf("done: %q, want %q", got, steps)
		}
		if got := strings.Join(p.Locked, " "); got != locked {
			t.Errorf("locked: %q, want %q", got, locked)
		}
	}
	is(at(0), "", "mental_stress energy_balance sleep_quality mental_health_risk general_fitness physical mental energy-sleep hypertension")
	h.Scans = append(h.Scans, scan(at(0), 0.9, 66, 31, 120, 0))
	is(at(0), "first_scan", "sleep_quality mental_health_risk general_fitness physical mental energy-sleep hypertension")
	h.Scans = append(h.Scans, scan(at(5), 0.9, 66, 31, 120, 0), scan(at(8), 0.9, 66, 31, 120, 0))
	is(at(8), "first_scan", "sleep_quality mental_health_risk general_fitness physical mental energy-sleep hypertension")
	h.Scans = append(h.Scans, scan(at(12), 0.9, 66, 31, 120, 0))
	is(at(8), "first_scan", "sleep_quality mental_health_risk general_fitness physical mental energy-sleep hypertension")
	is(at(12), "first_scan three_scans_week", "sleep_quality mental_health_risk general_fitness hypertension")
	h.Answers = answers(at(13), allAnswers)
	is(at(13), "first_scan daily_questions three_scans_week heart_questions wellbeing_check", "general_fitness")
	h.BirthDate, h.Sex = "1986-06-15", "F"
	is(at(13), "first_scan daily_questions about_you three_scans_week heart_questions wellbeing_check", "")
	h.Cuffs = []health.Cuff{{Systolic: 120, Diastolic: 80, At: at(14)}}
	is(at(14), "first_scan daily_questions about_you three_scans_week heart_questions wellbeing_check cuff_reading", "")
	if p := j.Progress(h, at(14)); p.Done() != 1 {
		t.Errorf("done %v of the journey", p.Done())
	}
	if p := j.Progress(h, at(13)); p.Done() != 6.0/7 {
		t.Errorf("done %v of the journey, want 6/7", p.Done())
	}
}

// Locked: the values are null, the fields stay, safety texts too.
func TestLock(t *testing.T) {
	h := workedPerson()
	h.Cuffs = []health.Cuff{{Systolic: 190, Diastolic: 100, At: now}}
	open := health.Compute(h, now)
	in := open.Lock(health.DefaultJourney().Progress(health.History{}, now))
	for _, m := range in.Metrics {
		if !m.Locked || m.Score != nil || m.Zone != nil || m.Interval != nil || m.UpdatedAt != nil || len(m.Inputs) != 0 || m.Confidence != 0 {
			t.Errorf("locked, and still says %+v", m)
		}
	}
	for _, p := range in.Profiles {
		if !p.Locked || p.Score != nil || p.StatusLabel != "" {
			t.Errorf("locked, and still says %+v", p)
		}
	}
	if !slices.Contains(codes(in.Notices), "cuff_urgent") {
		t.Errorf("a dangerous reading got locked away: %v", codes(in.Notices))
	}
	if open.Of(health.SleepQuality).Score == nil || open.Of(health.SleepQuality).Locked {
		t.Error("Lock changed the insights it was given")
	}
	b, err := json.Marshal(in.Of(health.SleepQuality))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"locked":true`, `"score":null`, `"zone":null`, `"interval":null`, `"updated_at":null`, `"inputs":[]`, `"notices":[]`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is not in %s", want, b)
		}
	}
	// With the open journey nothing is ever locked.
	free := open.Lock(health.OpenJourney().Progress(health.History{}, now))
	if d := sameInsights(open, free); d != "" {
		t.Error(d)
	}
	if steps := health.OpenJourney().Progress(h, now).Steps; len(steps) != len(health.DefaultJourney().Steps) {
		t.Errorf("the open journey has %d steps", len(steps))
	}
}

// In languages without PHQ-4 it is not asked, and no step requires it.
func TestJourneyWithoutInstrument(t *testing.T) {
	j, err := health.ParseJourney([]byte(`{"version":"x","steps":[{"id":"wellbeing_check","need":{"answers":["phq4_down"]},"unlocks":["mental_health_risk"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if p := j.Progress(health.History{Language: "fr"}, now); len(p.Steps) != 0 || p.IsLocked("mental_health_risk") || p.Done() != 1 {
		t.Errorf("in French: %+v", p)
	}
	if p := j.Progress(health.History{Language: "de"}, now); len(p.Steps) != 1 || !p.IsLocked("mental_health_risk") {
		t.Errorf("in German: %+v", p)
	}
}

// A caller who changes a journey, or the progress on it, changes only its own copy.
func TestDefaultJourneyIsACopy(t *testing.T) {
	want, err := json.Marshal(health.DefaultJourney())
	if err != nil {
		t.Fatal(err)
	}
	overwrite := func(texts []string) {
		for i := range texts {
			texts[i] = "another"
		}
	}
	for _, j := range []health.Journey{health.DefaultJourney(), health.OpenJourney()} {
		for _, s := range j.Progress(health.History{}, now).Steps {
			overwrite(s.Unlocks)
		}
		for _, s := range j.Steps {
			overwrite(s.Need.Answers)
			overwrite(s.Need.Fields)
			overwrite(s.Unlocks)
		}
	}
	if got, err := json.Marshal(health.DefaultJourney()); err != nil || string(got) != string(want) {
		t.Errorf("the default journey is now %s, %v", got, err)
	}
}

func TestParseJourney(t *testing.T) {
	for body, wrong := range map[string]string{
		`{"steps":[{"id":"a","need":{"scans":1},"unlocks":["heart_rate"],"title":{"en":"A scan","nl":"Een scan"}}]}`: "",
		`{"steps":[{"id":"first_scan","need":{"scans":2},"unlocks":["mental","hypertension"]}]}`:                     "",
		`{"steps":[{"id":"a","need":{"scans":1},"unlocks":[]}]}`:                                                     "no text",
		`{"steps":[{"id":"a","need":{"scans":1},"title":{"nl":"Een scan"}}]}`:                                        "no text",
		`{"steps":[{"id":"a","need":{"scans":1},"title":{"en":"A scan","xx":"?"}}]}`:                                 "title",
		`{"steps":[{"id":"a","need":{"scans":1},"unlocks":["shoe_size"],"title":{"en":"A scan"}}]}`:                  "shoe_size",
		`{"steps":[]}`: "",
		`{"steps":[{"id":"a","need":{},"unlocks":[]}]}`:                                             "asks for nothing",
		`{"steps":[{"id":"","need":{"scans":1},"unlocks":[]}]}`:                                     "id",
		`{"steps":[{"id":"first_scan","need":{"scans":1}},{"id":"first_scan","need":{"scans":2}}]}`: "twice",
		`{"steps":[{"id":"a","need":{"scans":-1}}]}`:                                                "outside",
		`{"steps":[{"id":"a","need":{"cuffs":1,"within_days":7}}]}`:                                 "within_days",
		`{"steps":[{"id":"a","need":{"answers":["shoe_size"]}}]}`:                                   "shoe_size",
		`{"steps":[{"id":"a","need":{"fields":["email"]}}]}`:                                        "email",
		`{"steps":[{"id":"a","need":{"steps":1}}]}`:                                                 "unknown field",
		`{"steps":[{"id":"a","need":{"scans":1,"within_days":200000}}]}`:                            "outside",
		`{"steps":[]} {"steps":[]}`:                                                                 "after",
		`[]`:                                                                                        "journey",
	} {
		_, err := health.ParseJourney([]byte(body))
		if (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v, want %q", body, err, wrong)
		}
	}
	own, err := os.ReadFile("data/journey.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := health.ParseJourney(own); err != nil {
		t.Errorf("the default journey: %v", err)
	}
}

// What is done stays done, and the order of scans does not matter.
func TestJourneyNeverGoesBack(t *testing.T) {
	j := health.DefaultJourney()
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		before := j.Progress(h, now)
		h.Scans = append([]health.ScanPoint{drawScan(t, 120)}, h.Scans...)
		after := j.Progress(h, now.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "hours later"))*time.Hour))
		for i, s := range before.Steps {
			if s.Done && !after.Steps[i].Done {
				t.Fatalf("%s was done and is not", s.ID)
			}
			if s.Have > after.Steps[i].Have {
				t.Fatalf("%s had %d and has %d", s.ID, s.Have, after.Steps[i].Have)
			}
		}
	})
}

// A customer's journey is untrusted input: every accepted journey can be completed.
func FuzzParseJourney(f *testing.F) {
	f.Add([]byte(`{"version":"x","steps":[{"id":"a","need":{"scans":3,"within_days":7},"unlocks":["physical"]}]}`))
	f.Add([]byte(`{"steps":[{"id":"b","need":{"answers":["weight"],"fields":["sex"],"cuffs":1}}]}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"steps":[{"id":"c","need":{"scans":9000000000000000000,"cuffs":9000000000000000000,"within_days":200000}}]}`))
	h := workedPerson()
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := health.ParseJourney(b)
		if err != nil {
			return
		}
		p := j.Progress(h, now)
		if d := p.Done(); d < 0 || d > 1 {
			t.Fatalf("done %v", d)
		}
		for _, s := range p.Steps {
			if s.Need < 1 || s.Have < 0 || s.Have > s.Need || s.Done != (s.Have == s.Need) {
				t.Fatalf("%+v", s)
			}
		}
	})
}
