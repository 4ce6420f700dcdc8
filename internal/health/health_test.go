package health_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"blush.example/blush/internal/health"
)

// The statuses of a metric: no data, one scan, several, enough, a week without scans, all scans too old.
func TestStatuses(t *testing.T) {
	h := health.History{BirthDate: "1986-06-15", Sex: "F"}
	status := func(at time.Time) health.Status { return health.Compute(h, at).Of(health.MentalStress).Status }
	is := func(at time.Time, want health.Status) {
		t.Helper()
		if got := status(at); got != want {
			t.Errorf("status = %s, want %s", got, want)
		}
	}
	is(now, health.NoData)
	h.Scans = append(h.Scans, scan(now, 0.9, 66, 31, 120, 0))
	is(now, health.Preliminary)
	h.Scans = append(h.Scans, scan(now, 0.9, 66, 31, 120, 0))
	is(now, health.Confirming)
	h.Answers = answers(now, map[string]float64{"feeling_stressed_last_month": 2, "average_sleep_hours": 4})
	is(now, health.Validated)
	is(now.Add(7*24*time.Hour-time.Second), health.Validated)
	is(now.Add(7*24*time.Hour), health.Reconfirming)
	is(now.AddDate(1, 0, 0), health.NoData)
}

// Scans made in motion, refused scans and those without confidence do not count.
func TestScansThatDoNotCount(t *testing.T) {
	h := health.History{BirthDate: "1986-06-15", Sex: "F"}
	moving, refused, worthless := scan(now, 0.9, 66, 31, 120, 0), scan(now, 0.9, 66, 31, 120, 0), scan(now, 0, 66, 31, 120, 0)
	moving.AtRest = false
	refused.HeartRate = nil
	h.Scans = []health.ScanPoint{moving, refused, worthless}
	if in := health.Compute(h, now).Of(health.MentalStress); in.Status != health.NoData || in.Inputs == nil || len(in.Inputs) != 0 {
		t.Errorf("scans that don't count gave %+v", in)
	}
}

// If RMSSD was refused, SDNN at its median of 50 ms gives the same as RMSSD at its own median.
func TestSDNNStandsInForRMSSD(t *testing.T) {
	h := health.History{BirthDate: "1986-06-15", Sex: "F", Scans: []health.ScanPoint{scan(now, 1, 66, 30.6595, 120, 0)}}
	with := *metric(h, health.MentalStress).Score
	h.Scans[0].RMSSD, h.Scans[0].SDNN = nil, ptr(50)
	near(t, "score from SDNN", *metric(h, health.MentalStress).Score, with, 0.0001)
	h.Scans[0].SDNN = nil
	if in := metric(h, health.MentalStress); in.Score != nil {
		t.Errorf("a score without any variability: %+v", in)
	}
}

// Scans of the last seven days are compared with earlier ones. No confidence counts more than 1.
func TestOwnNormalWindows(t *testing.T) {
	with := func(days int, confidence float64) health.Insight {
		h := health.History{BirthDate: "1986-06-15", Sex: "F", Scans: []health.ScanPoint{scan(now.AddDate(0, 0, -days), confidence, 60, 31, 120, 0)}}
		for i := range 5 {
			h.Scans = append(h.Scans, scan(now.AddDate(0, 0, -10-i), 1, 66, 31, 120, 0))
		}
		return metric(h, health.MentalStress)
	}
	for days, want := range map[int]int{0: 2, 5: 2, 7: 2, 8: 1} {
		if got := len(with(days, 1).Inputs); got != want {
			t.Errorf("newest scan %d days old: %d inputs, want %d", days, got, want)
		}
	}
	if *with(0, 1).Score != *with(0, 1.7).Score {
		t.Error("a confidence of 1.7 counts more than 1")
	}
	four := health.History{BirthDate: "1986-06-15", Sex: "F", Scans: []health.ScanPoint{scan(now, 1, 60, 31, 120, 0)}}
	for i := range 4 {
		four.Scans = append(four.Scans, scan(now.AddDate(0, 0, -10-i), 1, 66, 31, 120, 0))
	}
	if got := len(metric(four, health.MentalStress).Inputs); got != 1 {
		t.Errorf("four earlier scans made an own normal: %d inputs", got)
	}
}

// "Morning" is the morning where the scan was made: 08:00 in Tokyo is 23:00 in
// Greenwich, and only the Tokyo scans are morning scans.
func TestMorningIsLocal(t *testing.T) {
	tokyo := time.FixedZone("Tokyo", 9*3600)
	series := func(hour int, zone *time.Location) health.History {
		h := health.History{BirthDate: "1986-06-15", Sex: "F"}
		for _, days := range []int{1, 2, 10, 15, 20, 25, 30} {
			at := time.Date(2026, 11, 24, hour, 0, 0, 0, tokyo).AddDate(0, 0, -days)
			h.Scans = append(h.Scans, scan(at.In(zone), 1, 66, 31, 120, 0))
		}
		return h
	}
	names := func(h health.History) []string {
		var out []string
		for _, in := range metric(h, health.SleepQuality).Inputs {
			out = append(out, in.Name)
		}
		return out
	}
	if got := names(series(8, tokyo)); !slices.Equal(got, []string{"morning_normal"}) {
		t.Errorf("inputs of scans at 08:00 in Tokyo: %v", got)
	}
	if got := names(series(8, time.UTC)); got != nil {
		t.Errorf("inputs of scans at 23:00 in Greenwich: %v", got)
	}
	for hour, want := range map[int]int{3: 0, 4: 1, 9: 1, 10: 0} {
		if got := len(names(series(hour, tokyo))); got != want {
			t.Errorf("scans at %d:00 give %d inputs, want %d", hour, got, want)
		}
	}
}

// A positive screen: no score, the help text, even in a language without PHQ-4,
// without age and sex, and locked; until the questions are answered again.
func TestPositiveScreen(t *testing.T) {
	for _, c := range []struct {
		nervous, worry, interest, down float64
		positive                       bool
	}{
		{0, 0, 0, 0, false}, {1, 1, 1, 1, false}, {1, 1, 2, 0, false}, {2, 0, 2, 0, false},
		{2, 1, 0, 0, true}, {3, 0, 0, 0, true}, {0, 0, 1, 2, true}, {0, 0, 0, 3, true}, {3, 3, 3, 3, true},
	} {
		h := workedPerson()
		for k, v := range map[string]float64{"phq4_nervous": c.nervous, "phq4_worry": c.worry, "phq4_interest": c.interest, "phq4_down": c.down} {
			h = answered(h, k, v)
		}
		in := health.Compute(h, now)
		m := in.Of(health.MentalHealthRisk)
		if (m.Score == nil) != c.positive || slices.Contains(codes(m.Notices), "screen_positive") != c.positive || (m.Withheld != nil) != c.positive {
			t.Errorf("%+v: score %v, notices %v", c, m.Score, codes(m.Notices))
		}
		if slices.Contains(codes(in.Notices), "screen_positive") != c.positive {
			t.Errorf("%+v: notices for all: %v", c, codes(in.Notices))
		}
	}

	h := workedPerson()
	h = answered(answered(h, "phq4_nervous", 3), "phq4_worry", 3)
	h.BirthDate, h.Sex = "", ""
	in := health.Compute(h, now.AddDate(0, 6, 0)).Lock(health.DefaultJourney().Progress(health.History{}, now))
	if !slices.Contains(codes(in.Notices), "screen_positive") {
		t.Errorf("the help text got lost: %v", codes(in.Notices))
	}
	again := now.AddDate(0, 6, 0)
	h.Answers = append(h.Answers, answers(again, map[string]float64{"phq4_nervous": 0, "phq4_worry": 0, "phq4_interest": 0, "phq4_down": 0})...)
	if got := codes(health.Compute(h, again).Notices); slices.Contains(got, "screen_positive") {
		t.Errorf("answered again, and still %v", got)
	}
}

// Four answers of different days are not a questionnaire.
func TestScreenMustBeAnsweredTogether(t *testing.T) {
	h := withoutKeys(workedPerson(), "phq4_down")
	h.Answers = append(h.Answers, health.Answer{Key: "phq4_down", Value: 2, At: now.Add(-25 * time.Hour)})
	m := metric(h, health.MentalHealthRisk)
	if slices.ContainsFunc(m.Inputs, func(in health.Input) bool { return in.Name == "phq4" }) {
		t.Errorf("answers 25 hours apart made a questionnaire: %+v", m.Inputs)
	}
	if !slices.Contains(m.Missing, health.Missing{Field: "phq4_down"}) {
		t.Errorf("missing: %+v", m.Missing)
	}
}

// The answers to an unfinished form can raise a notice, but give no score.
func TestUnfinishedScreen(t *testing.T) {
	type form map[string]float64
	of := func(forms ...health.Answer) health.History {
		return health.History{BirthDate: "1986-06-15", Sex: "F", Answers: forms}
	}
	for _, c := range []struct {
		given    form
		positive bool
	}{
		{form{"phq4_down": 3}, true}, {form{"phq4_down": 2}, false}, {form{"phq4_down": 2, "phq4_interest": 1}, true},
		{form{"phq4_down": 2, "phq4_nervous": 2}, false}, {form{"phq4_down": 1, "phq4_nervous": 2, "phq4_worry": 1}, true},
		{form{"phq4_worry": 3, "phq4_interest": 0, "phq4_down": 0}, true}, {form{"phq4_worry": 2, "phq4_interest": 2, "phq4_down": 0}, false},
	} {
		h := of(answers(now, c.given)...)
		in := health.Compute(h, now)
		m := in.Of(health.MentalHealthRisk)
		if m.Score != nil || slices.Contains(codes(m.Notices), "screen_positive") != c.positive || slices.Contains(codes(in.Notices), "screen_positive") != c.positive {
			t.Errorf("%v: score %v, notices %v", c.given, m.Score, codes(m.Notices))
		}
		if n := health.ScreenNotice(h.Answers, now); (n != nil) != c.positive || n != nil && (n.Code != "screen_positive" || n.Severity != health.Warning) {
			t.Errorf("%v: notice %v", c.given, n)
		}
	}
	positive := func(h health.History, at time.Time) bool { return health.ScreenNotice(h.Answers, at) != nil }
	later := func(d time.Duration, key string, v float64) health.Answer {
		return health.Answer{Key: key, Value: v, At: now.Add(d)}
	}
	two, one := later(0, "phq4_down", 2), later(24*time.Hour, "phq4_interest", 1)
	if !positive(of(two, one), one.At) || positive(of(two, one), one.At.Add(-time.Second)) {
		t.Error("two answers of a day do not count together, or count too early")
	}
	one.At = one.At.Add(time.Second)
	if positive(of(two, one), one.At) {
		t.Error("answers more than a day apart count together")
	}
	// The answers of one call count together, whatever their order: here down goes up as interest goes down.
	swap := of(later(-time.Hour, "phq4_interest", 2), later(0, "phq4_down", 1), later(0, "phq4_interest", 0))
	if positive(swap, now) {
		t.Error("half of a call made a positive screen")
	}
	// After a finished form without concern, the beginning of one with concern raises the notice. A finished form ends it.
	h := of(answers(now.AddDate(0, 0, -7), form{"phq4_nervous": 0, "phq4_worry": 0, "phq4_interest": 0, "phq4_down": 0})...)
	if metric(h, health.MentalHealthRisk).Score == nil {
		t.Error("no score of a finished form")
	}
	h.Answers = append(h.Answers, later(0, "phq4_down", 3))
	if m := metric(h, health.MentalHealthRisk); m.Score != nil || !slices.Equal(codes(m.Notices), []string{"screen_positive"}) {
		t.Errorf("a new form begun: %v %v", m.Score, codes(m.Notices))
	}
	again := now.AddDate(0, 0, 3)
	h.Answers = append(h.Answers, answers(again, form{"phq4_nervous": 1, "phq4_worry": 0, "phq4_interest": 0, "phq4_down": 1})...)
	if positive(h, again) || !positive(h, again.Add(-time.Second)) {
		t.Error("the four answered again do not end it, or something else did")
	}
}

// Without answers, the camera gives almost no information about mental health.
func TestMentalHealthWithoutAnswers(t *testing.T) {
	h := health.History{BirthDate: "1986-06-15", Sex: "F"}
	for i := range 100 {
		h.Scans = append(h.Scans, scan(now.Add(-time.Duration(i)*time.Hour), 1, 55, 80, 40, 2))
	}
	m := metric(h, health.MentalHealthRisk)
	if m.Confidence >= 15 {
		t.Errorf("confidence %v from scans alone", m.Confidence)
	}
	if got := codes(m.Notices); !slices.Equal(got, []string{"screen_unanswered", "never_no_risk"}) {
		t.Errorf("notices %v", got)
	}
	if got := codes(metric(workedPerson(), health.MentalHealthRisk).Notices); !slices.Equal(got, []string{"never_no_risk"}) {
		t.Errorf("notices with answers: %v", got)
	}
}

// The cases in which no risk of high blood pressure is computed, and the notice that is shown instead.
func TestHypertensionWithheld(t *testing.T) {
	cuff := func(s, d float64) func(*health.History) {
		return func(h *health.History) { h.Cuffs = []health.Cuff{{Systolic: s, Diastolic: d, At: now}} }
	}
	say := func(key string, v float64) func(*health.History) {
		return func(h *health.History) { *h = answered(*h, key, v) }
	}
	for name, c := range map[string]struct {
		change func(*health.History)
		code   string // "" means a score
	}{
		"139/89":      {cuff(139, 89), ""},
		"140/80":      {cuff(140, 80), "cuff_high"},
		"120/90":      {cuff(120, 90), "cuff_high"},
		"179/119":     {cuff(179, 119), "cuff_high"},
		"180/80":      {cuff(180, 80), "cuff_urgent"},
		"120/120":     {cuff(120, 119.9), "cuff_high"},
		"150/120":     {cuff(150, 120), "cuff_urgent"},
		"high before": {func(h *health.History) { h.Cuffs[1].Systolic = 158 }, "cuff_high"}, // mean (124+158)/2 = 141
		"high long ago": {func(h *health.History) {
			h.Cuffs[1] = health.Cuff{Systolic: 190, Diastolic: 120, At: now.AddDate(0, 0, -91)}
		}, ""},
		"treated":          {say("hypertension_treated", 2), "hypertension_known"},
		"diabetes":         {say("diabetes", 2), "diabetes"},
		"pregnant":         {say("pregnancy", 2), "outlook_pregnancy"},
		"a pregnant man":   {func(h *health.History) { *h = answered(*h, "pregnancy", 2); h.Sex = "M" }, ""},
		"19 years":         {func(h *health.History) { h.BirthDate = "2006-11-25" }, "outlook_age"},
		"20 years":         {func(h *health.History) { h.BirthDate = "2006-11-24" }, ""},
		"70 years":         {func(h *health.History) { h.BirthDate = "1956-11-24" }, "outlook_age"},
		"no scan":          {func(h *health.History) { h.Scans = nil }, ""},
		"stopped smoking":  {say("smoking", 2), ""},
		"without pregnant": {func(h *health.History) { *h = withoutKeys(*h, "pregnancy"); h.Sex = "M" }, ""},
	} {
		h := workedPerson()
		c.change(&h)
		m := metric(h, health.Hypertension)
		switch {
		case c.code == "" && (m.Score == nil || m.Withheld != nil):
			t.Errorf("%s: no score: %+v", name, m)
		case c.code != "" && !slices.Contains(health.Withholding, c.code):
			t.Errorf("Withholding lacks %s", c.code)
		case c.code != "" && (m.Score != nil || !slices.Contains(codes(m.Notices), c.code) || m.Withheld == nil || m.Withheld.Code != c.code):
			t.Errorf("%s: score %v, notices %v, want only %s", name, m.Score, codes(m.Notices), c.code)
		}
	}
}

// The notice about the newest cuff reading is shown whatever else is known.
func TestCuffNotices(t *testing.T) {
	for want, c := range map[string]health.Cuff{
		"cuff_urgent": {Systolic: 185, Diastolic: 95, At: now}, "cuff_high": {Systolic: 145, Diastolic: 85, At: now},
	} {
		h := health.History{Cuffs: []health.Cuff{{Systolic: 120, Diastolic: 80, At: now.Add(-time.Hour)}, c}}
		if got := codes(health.Compute(h, now).Notices); !slices.Equal(got, []string{want, "wellness_only"}) {
			t.Errorf("%v: notices %v", c, got)
		}
	}
}

// There is no fitness score during a pregnancy. An answer about pregnancy that is too old, or a man's, does not count.
func TestFitnessInPregnancy(t *testing.T) {
	h := answered(workedPerson(), "pregnancy", 2)
	if m := metric(h, health.GeneralFitness); m.Score != nil || !slices.Equal(codes(m.Notices), []string{"pregnancy"}) || len(m.Missing) != 0 {
		t.Errorf("pregnant: score %v, notices %v, missing %v", m.Score, codes(m.Notices), m.Missing)
	}
	h.Sex = "M"
	if metric(h, health.GeneralFitness).Score == nil {
		t.Error("no fitness of a man")
	}
	h = withoutKeys(workedPerson(), "pregnancy")
	h.Answers = append(h.Answers, health.Answer{Key: "pregnancy", Value: 2, At: now.AddDate(-2, 0, 0)})
	if metric(h, health.GeneralFitness).Score == nil {
		t.Error("no fitness two years after a pregnancy")
	}
}

// Four questions that cannot be asked in a language are not listed as missing in it. If they are answered, they count.
func TestScreenInLanguage(t *testing.T) {
	for _, lang := range health.Languages {
		h := health.History{BirthDate: "1986-06-15", Sex: "F", Language: lang, Scans: workedPerson().Scans}
		m := metric(h, health.MentalHealthRisk)
		missing := slices.ContainsFunc(m.Missing, func(x health.Missing) bool { return x.Field == "phq4_down" })
		want := lang == "en" || lang == "de"
		if slices.Contains(codes(m.Notices), "screen_unanswered") != want || missing != want || m.Score == nil {
			t.Errorf("%s: score %v, notices %v, missing %v", lang, m.Score, codes(m.Notices), m.Missing)
		}
		h = workedPerson()
		score := *metric(h, health.MentalHealthRisk).Score
		h.Language = lang
		if m := metric(h, health.MentalHealthRisk); *m.Score != score {
			t.Errorf("%s: %v instead of %v", lang, *m.Score, score)
		}
	}
}

// A low reading raises a notice for the outlook and for everything else. The outlook is still given.
func TestLowReading(t *testing.T) {
	for systolic, low := range map[float64]bool{89: true, 89.9: true, 90: false, 91: false} {
		h := workedPerson()
		h.Cuffs = []health.Cuff{{Systolic: systolic, Diastolic: 60, At: now}}
		in := health.Compute(h, now)
		m := in.Of(health.Hypertension)
		want := health.Notice{Code: "cuff_low", Severity: health.Warning}
		if m.Score == nil || slices.Contains(m.Notices, want) != low || slices.Contains(in.Notices, want) != low {
			t.Errorf("%v mmHg: score %v, notices %v and %v", systolic, m.Score, m.Notices, in.Notices)
		}
	}
	if n := health.CuffNotice(health.Cuff{Systolic: 85, Diastolic: 125, At: now}, now); n == nil || n.Code != "cuff_urgent" {
		t.Errorf("a reading too high and too low: %v", n)
	}
}

// For a day, the notice about a very high reading says to call for help. Later it says to show the reading to a doctor.
func TestUrgentForADay(t *testing.T) {
	for age, want := range map[time.Duration]health.Notice{
		0: {Code: "cuff_urgent", Severity: health.Urgent}, 24 * time.Hour: {Code: "cuff_urgent", Severity: health.Urgent},
		24*time.Hour + time.Second: {Code: "cuff_high", Severity: health.Warning}, 89 * 24 * time.Hour: {Code: "cuff_high", Severity: health.Warning},
	} {
		c := health.Cuff{Systolic: 185, Diastolic: 95, At: now.Add(-age)}
		h := workedPerson()
		h.Cuffs = []health.Cuff{c}
		in := health.Compute(h, now)
		if in.Notices[0] != want || !slices.Equal(in.Of(health.Hypertension).Notices, []health.Notice{want}) || *health.CuffNotice(c, now) != want {
			t.Errorf("a reading %v old: %v, %v, %v", age, in.Notices, in.Of(health.Hypertension).Notices, *health.CuffNotice(c, now))
		}
	}
}

// Missing inputs of a formula are listed. "I don't know" is not an answer.
func TestMissingFields(t *testing.T) {
	missing := func(h health.History, m health.Metric) []string {
		var out []string
		for _, x := range metric(h, m).Missing {
			out = append(out, fmt.Sprintf("%s %v %v", x.Field, x.Required, x.Stale))
		}
		return out
	}
	empty := health.History{BirthDate: "1986-06-15", Sex: "F"}
	for m, want := range map[health.Metric][]string{
		health.MentalStress:   {"scans false false", "feeling_stressed_last_month false false", "average_sleep_hours false false"},
		health.SleepQuality:   {"average_sleep_hours false false", "nightly_wake_ups false false"},
		health.GeneralFitness: {"weight true false", "height true false", "hours_sport_week true false", "scans true false"},
		health.Hypertension: {"weight true false", "height true false", "smoking true false", "parents_hypertension true false",
			"hypertension_treated true false", "diabetes true false", "pregnancy true false", "blood_pressure false false"},
	} {
		if got := missing(empty, m); !slices.Equal(got, want) {
			t.Errorf("%s misses %v, want %v", m, got, want)
		}
	}
	if got := missing(answered(workedPerson(), "parents_hypertension", 9), health.Hypertension); !slices.Equal(got, []string{"parents_hypertension true false"}) {
		t.Errorf("I don't know: %v", got)
	}
	old := withoutKeys(workedPerson(), "weight")
	old.Answers = append(old.Answers, health.Answer{Key: "weight", Value: 70, At: now.AddDate(0, 0, -366)})
	if got := missing(old, health.GeneralFitness); !slices.Equal(got, []string{"weight true true"}) {
		t.Errorf("a weight of last year: %v", got)
	}
	// A scan of today that gave no variability is not too long ago; one of last spring is.
	fresh, past := empty, empty
	fresh.Scans = []health.ScanPoint{scan(now, 0.9, 66, 31, 120, 0)}
	past.Scans = []health.ScanPoint{scan(now.AddDate(0, -7, 0), 0.9, 66, 31, 120, 0)}
	fresh.Scans[0].RMSSD, fresh.Scans[0].SDNN, fresh.Scans[0].StressIndex, fresh.Scans[0].Balance = nil, nil, nil, nil
	for want, h := range map[string]health.History{"scans false false": fresh, "scans false true": past} {
		if got := missing(h, health.MentalStress); len(got) == 0 || got[0] != want {
			t.Errorf("of a scan: %v, want %s", got, want)
		}
	}
	one := workedPerson()
	one.Scans = one.Scans[:1]
	if got := missing(one, health.GeneralFitness); !slices.Equal(got, []string{"scans true false"}) {
		t.Errorf("one scan: %v", got)
	}
}

// No score rewards underweight: below 18.5 kg/m² nothing changes.
func TestUnderweightIsNotRewarded(t *testing.T) {
	for _, m := range []health.Metric{health.GeneralFitness, health.Hypertension} {
		at := func(kg float64) float64 { return *metric(answered(workedPerson(), "weight", kg), m).Score }
		if thin, floor := at(45), at(52); thin != floor { // 15.9 and 18.4 kg/m²
			t.Errorf("%s: %v at 45 kg, %v at 52 kg", m, thin, floor)
		}
		if at(52) <= at(70) {
			t.Errorf("%s does not see the weight at all", m)
		}
	}
}

func TestZones(t *testing.T) {
	for score, want := range map[float64]health.Zone{0: health.Suboptimal, 33.3: health.Suboptimal, 33.4: health.Normal, 66.6: health.Normal, 67: health.Optimal, 100: health.Optimal} {
		if got := health.ZoneOf(score); got != want {
			t.Errorf("zone of %v = %s, want %s", score, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for s, want := range map[string]health.Metric{"hypertension_risk": health.Hypertension, "general_fitness_level": health.GeneralFitness, "mental_health": health.MentalHealthRisk, "sleep_quality": health.SleepQuality} {
		if got, ok := health.ParseMetric(s); !ok || got != want {
			t.Errorf("ParseMetric(%q) = %q, %v", s, got, ok)
		}
	}
	for s, want := range map[string]string{"sleep_energy": "energy-sleep", "energy_sleep": "energy-sleep", "energy-sleep": "energy-sleep", "physical": "physical", "mental": "mental"} {
		if got, ok := health.ParseProfile(s); !ok || got != want {
			t.Errorf("ParseProfile(%q) = %q, %v", s, got, ok)
		}
	}
	if _, ok := health.ParseMetric("mood"); ok {
		t.Error("mood is no metric")
	}
	if _, ok := health.ParseProfile("all"); ok {
		t.Error("all is no profile")
	}
}

// Without a cuff the risk is averaged over blood pressures.
func BenchmarkComputeWithoutCuff(b *testing.B) {
	h := workedPerson()
	h.Cuffs = nil
	b.ReportAllocs()
	for b.Loop() {
		health.Compute(h, now)
	}
}

func BenchmarkCompute2000Scans(b *testing.B) {
	h := workedPerson()
	for i := range 2000 {
		h.Scans = append(h.Scans, scan(now.Add(-time.Duration(i)*13*time.Hour), 0.9, 60+float64(i%20), 25+float64(i%30), 80+float64(i%90), 0.1))
	}
	b.ReportAllocs()
	for b.Loop() {
		health.Compute(h, now)
	}
}
