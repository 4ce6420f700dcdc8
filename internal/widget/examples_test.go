package widget

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
)

var brussels = time.FixedZone("+02:00", 2*3600)

// today is the moment of all examples.
var today = time.Date(2026, 6, 15, 9, 30, 0, 0, brussels)

// example is one widget in one state.
type example struct {
	name, state string
	variation   string
	json        any
	html        func(lang string, l Look) ([]byte, error)
}

func (e example) title() string { return e.name + "/" + e.variation + "/" + e.state }

type drawn interface {
	HTML(lang string, l Look) ([]byte, error)
}

func envelopes[T drawn](name, state string, variations []string, env Envelope[T]) []example {
	var out []example
	for _, v := range variations {
		out = append(out, example{name, state, v, env, env.Data.HTML})
	}
	return out
}

func scanAt(at time.Time, e biomarker.Estimate) *Scan {
	s := &Scan{ID: "0198c5a2-7b1e-7c3d-9e4f-0123456789ab", At: at, Status: blush.Done, Value: e.Value, Interval: e.Interval, Confidence: e.Confidence}
	if e.Reason != nil {
		s.Reason = string(*e.Reason)
	}
	return s
}

func heartRate(v, half, confidence float64) biomarker.Estimate {
	return biomarker.Accept(biomarker.HeartRate, v, v-half, v+half, confidence, "vote")
}

// journey returns a person's progress with the given number of the default steps done.
func journey(done int) health.Progress {
	p := health.Progress{}
	unlocked := map[string]bool{}
	for i, s := range health.DefaultJourney().Steps {
		need := max(1, s.Need.Scans+s.Need.Cuffs+len(s.Need.Answers)+len(s.Need.Fields))
		sp := health.StepProgress{ID: s.ID, Done: i < done, Need: need, Unlocks: s.Unlocks}
		if sp.Done {
			sp.Have = need
		}
		p.Steps = append(p.Steps, sp)
		for _, u := range s.Unlocks {
			unlocked[u] = sp.Done
			if !sp.Done {
				p.Locked = append(p.Locked, u)
			}
		}
	}
	return p
}

// person is a person whose metrics can be computed, with the given number of scans, the last one the given number of days ago.
func person(scans, lastDaysAgo int) health.History {
	h := health.History{BirthDate: "1988-03-02", Sex: "F", Language: "en"}
	r := rand.New(rand.NewPCG(7, uint64(scans)))
	for i := range scans {
		at := today.AddDate(0, 0, -lastDaysAgo-2*(scans-1-i))
		hr, sdnn, rmssd, si, balance := 62+6*r.Float64(), 44+10*r.Float64(), 34+10*r.Float64(), 90+30*r.Float64(), .3*r.NormFloat64()
		h.Scans = append(h.Scans, health.ScanPoint{At: at, AtRest: true, Confidence: .95, HeartRate: &hr, SDNN: &sdnn, RMSSD: &rmssd, StressIndex: &si, Balance: &balance})
	}
	if scans > 2 {
		for k, v := range map[string]float64{
			"average_sleep_hours": 3, "nightly_wake_ups": 2, "feeling_stressed_last_month": 4, "daily_activities": 3, "hours_sport_week": 2,
			"weight": 71, "height": 169, "smoking": 1, "parents_hypertension": 1, "hypertension_treated": 1, "diabetes": 1,
		} {
			h.Answers = append(h.Answers, health.Answer{Key: k, Value: v, At: today.AddDate(0, 0, -lastDaysAgo)})
		}
	}
	return h
}

// examples shows every widget in every variation and state, in one language.
func examples(lang string) []example {
	open := Place{Language: lang, Now: today, Journey: journey(7)}
	shut := Place{Language: lang, Now: today, Journey: health.Progress{Steps: journey(0).Steps,
		Locked: append([]string{"heart_rate", "blood_pressure"}, journey(0).Locked...)}}
	three := Variations(NameBiomarker)
	var out []example
	out = append(out, biomarkerExamples(open, shut, three)...)
	out = append(out, metricExamples(open, shut)...)
	out = append(out, graphExamples(open, shut)...)
	return append(out, listExamples(open, shut)...)
}

func biomarkerExamples(open, shut Place, three []string) []example {
	var out []example
	add := func(state string, env Envelope[Biomarker]) {
		out = append(out, envelopes(NameBiomarker, state, three, env)...)
	}
	now, before := today.Add(-20*time.Minute), today.AddDate(0, 0, -3)
	active := scanAt(now, heartRate(104, 1.4, .93))
	rest := false
	active.AtRest = &rest
	add("placeholder", NewBiomarker(open, "heart_rate", nil, nil))
	add("locked", NewBiomarker(shut, "heart_rate", nil, nil))
	add("processing", NewBiomarker(open, "heart_rate", &Scan{ID: "x", At: now, Status: blush.Processing}, nil))
	add("error", NewBiomarker(open, "heart_rate", &Scan{ID: "x", At: now, Status: blush.Failed}, nil))
	add("ready", NewBiomarker(open, "heart_rate", scanAt(now, heartRate(72.3, 1.4, .97)), scanAt(before, heartRate(67.1, 1.1, .98))))
	add("first", NewBiomarker(open, "heart_rate", scanAt(now, heartRate(96, 4.4, .81)), nil))
	add("outside", NewBiomarker(open, "heart_rate", scanAt(now, heartRate(131, 3, .9)), scanAt(before, heartRate(132, 3, .9))))
	add("active", NewBiomarker(open, "heart_rate", active, nil))
	for _, reason := range biomarker.Reasons {
		add("refused "+string(reason), NewBiomarker(open, "heart_rate", scanAt(now, biomarker.Refuse(biomarker.HeartRate, reason, .2, "vote")), nil))
	}
	add("breathing", NewBiomarker(open, "respiratory_rate", scanAt(now, biomarker.Accept(biomarker.RespiratoryRate, 14.4, 14, 14.9, .95, "fusion")), nil))
	add("variability", NewBiomarker(open, "heart_rate_variability", scanAt(now, biomarker.Accept(biomarker.HeartRateVariability, 28, 19, 37, .9, "sdnn")), nil))
	add("rmssd", NewBiomarker(open, "rmssd", scanAt(now, biomarker.Accept(biomarker.RMSSD, 41, 30, 55, .9, "rmssd")), nil))
	add("resonance", NewBiomarker(open, "resonant_breathing_score", scanAt(now, biomarker.Accept(biomarker.ResonantBreathingScore, 22, 14, 30, .9, "resonance")), nil))
	add("resonance 0", NewBiomarker(open, "resonant_breathing_score", scanAt(now, biomarker.Accept(biomarker.ResonantBreathingScore, .3, 0, 4, .9, "resonance")), nil))
	add("stress index", NewBiomarker(open, "stress_index", scanAt(now, biomarker.Accept(biomarker.StressIndex, 95, 60, 150, .9, "si")), nil))
	cuff := func(s, d float64, days int) *health.Cuff {
		return &health.Cuff{Systolic: s, Diastolic: d, At: today.AddDate(0, 0, -days)}
	}
	add("cuff", NewBloodPressure(open, cuff(118, 76, 1), cuff(124, 80, 9)))
	add("cuff stale", NewBloodPressure(open, cuff(134, 86, 44), nil))
	add("cuff urgent", NewBloodPressure(open, cuff(184, 112, 0), nil))
	add("cuff none", NewBloodPressure(open, nil, nil))
	add("cuff too old", NewBloodPressure(open, cuff(134, 86, 91), nil))
	add("cuff locked", NewBloodPressure(shut, cuff(134, 86, 1), nil))
	return out
}

func metricExamples(open, shut Place) []example {
	var out []example
	add := func(state string, env Envelope[Metric]) {
		out = append(out, envelopes(NameMetric, state, Variations(NameMetric), env)...)
	}
	of := func(scans, ago int, m health.Metric) health.Insight {
		return health.Compute(person(scans, ago), today).Of(m)
	}
	add("locked", NewMetric(shut, health.Insight{Metric: health.MentalStress, Locked: true}, nil))
	add("no_data fields", NewMetric(open, health.Compute(health.History{}, today).Of(health.MentalStress), nil))
	add("no_data", NewMetric(open, health.Compute(health.History{BirthDate: "1988-03-02", Sex: "F"}, today).Of(health.MentalStress), nil))
	add("preliminary", NewMetric(open, of(1, 0, health.MentalStress), nil))
	add("confirming", NewMetric(open, of(2, 0, health.MentalStress), nil))
	in := of(30, 0, health.MentalStress)
	add("validated", NewMetric(open, in, &Before{Score: *in.Score - 12, Interval: [2]float64{*in.Score - 16, *in.Score - 8}, At: today.AddDate(0, 0, -4)}))
	low := in
	low.Score, low.Interval, low.Zone = ptr(20.0), &[2]float64{8, 41}, ptr(health.Suboptimal)
	add("low", NewMetric(open, low, nil))
	add("refused", NewMetric(open, health.Compute(health.History{Cuffs: []health.Cuff{{Systolic: 184, Diastolic: 112, At: today}}}, today).Of(health.Hypertension), nil))
	add("reconfirming", NewMetric(open, of(30, 9, health.EnergyBalance), &Before{Score: 50, Interval: [2]float64{40, 60}, At: today.AddDate(0, 0, -12)}))
	for _, m := range health.Metrics {
		add("all "+string(m), NewMetric(open, of(12, 0, m), nil))
	}
	return out
}

// series puts samples into a series, and counts what was refused.
func series(s Series, samples []Sample) Series {
	s.Refused = map[string]int{}
	for _, one := range samples {
		one.Day = one.At.Format(time.DateOnly)
		if one.Count = 1; one.Value == nil {
			one.Count, one.Refused = 0, 1
			s.Refused[one.Reason]++
		}
		s.Samples = append(s.Samples, one)
	}
	return summed(s)
}

// summed sums up the samples of a series.
func summed(s Series) Series {
	var points []insight.HistoryPoint
	for _, one := range s.Samples {
		points = append(points, insight.HistoryPoint{At: one.At, Value: one.Value, Diastolic: one.Diastolic})
	}
	s.Summary = insight.Sum(points)
	return s
}

// weekly keeps every seventh sample as the sample of its week.
func weekly(s Series) Series {
	out := s
	out.Step, out.Samples = "week", nil
	for i, one := range s.Samples {
		if i%7 == 0 {
			out.Samples = append(out.Samples, one)
		}
	}
	return out
}

// year simulates the heart rate of a year of scans, some of them refused.
func year(days, every int) []Sample {
	r := rand.New(rand.NewPCG(3, 4))
	var out []Sample
	for d := days; d >= 0; d -= every {
		at := today.AddDate(0, 0, -d)
		if r.Float64() < .12 {
			reasons := []biomarker.Reason{biomarker.TooDark, biomarker.TooMuchMotion, biomarker.SignalTooWeak}
			out = append(out, Sample{At: at, Reason: string(reasons[r.IntN(3)])})
			continue
		}
		v := 66 + 5*math.Sin(float64(d)/40) + 3*r.NormFloat64()
		half := 1 + 2*r.Float64()
		out = append(out, Sample{At: at, Value: &v, Interval: &[2]float64{v - half, v + half}, Confidence: ptr(85 + 14*r.Float64())})
	}
	return out
}

// dayOf is the day that is the given number of days from today.
func dayOf(days int) time.Time {
	return time.Date(today.Year(), today.Month(), today.Day()+days, 0, 0, 0, 0, time.UTC)
}

func graphExamples(open, shut Place) []example {
	var out []example
	add := func(state string, env Envelope[Graph]) {
		out = append(out, envelopes(NameGraph, state, Variations(NameGraph), env)...)
	}
	last := dayOf(0)
	period := func(parameter string, days int, samples []Sample) Series {
		return series(Series{Parameter: parameter, Start: last.AddDate(0, 0, -days), Stop: last, Step: "none"}, samples)
	}
	add("locked", NewGraph(shut, period("mental_stress", 30, nil)))
	add("no_data", NewGraph(open, period("heart_rate", 30, nil)))
	add("one", NewGraph(open, period("heart_rate", 7, year(0, 1))))
	add("refused only", NewGraph(open, period("heart_rate", 7, []Sample{{At: today.AddDate(0, 0, -2), Reason: "too_dark"}})))
	add("week", NewGraph(open, period("heart_rate", 7, year(7, 1))))
	add("month", NewGraph(open, period("heart_rate", 30, year(30, 1))))
	add("quarter", NewGraph(open, period("heart_rate_variability", 90, scale(year(90, 2), .7))))
	add("year", NewGraph(open, weekly(period("heart_rate", 364, year(364, 1)))))
	add("five years", NewGraph(open, weekly(period("heart_rate", 5*365, year(5*365, 1)))))
	var score []Sample
	for d := 90; d >= 0; d -= 3 {
		width := 6 + float64(d)/4
		v := 52 + 14*math.Sin(float64(d)/25)
		score = append(score, Sample{At: today.AddDate(0, 0, -d), Value: &v, Interval: &[2]float64{max(0, v-width), min(100, v+width)}, Confidence: ptr(100 - width*2)})
	}
	add("metric", NewGraph(open, series(Series{Parameter: "hypertension_risk", Title: "My <b>own</b> title & more", Start: last.AddDate(0, 0, -90), Stop: last, Step: "none"}, score)))
	var cuffs []Sample
	for i, v := range [][2]float64{{128, 82}, {131, 84}, {122, 79}, {126, 78}, {119, 76}} {
		cuffs = append(cuffs, Sample{At: today.AddDate(0, 0, -30+6*i), Value: &v[0], Diastolic: &v[1]})
	}
	add("cuff", NewGraph(open, period("blood_pressure", 30, cuffs)))
	return out
}

func scale(in []Sample, by float64) []Sample {
	for i := range in {
		if in[i].Value != nil {
			in[i].Value = ptr(*in[i].Value * by)
			in[i].Interval = &[2]float64{in[i].Interval[0]*by - 4, in[i].Interval[1]*by + 4}
		}
	}
	return in
}

func listExamples(open, shut Place) []example {
	var out []example
	full := person(30, 0)
	in := health.Compute(full, today)
	half := in
	half.Profiles = append([]health.Profile(nil), in.Profiles...)
	half.Profiles[0].Score, half.Profiles[0].Assessment, half.Profiles[0].Confidence = nil, nil, 0
	half.Profiles[2] = health.Profile{Name: half.Profiles[2].Name, Members: half.Profiles[2].Members, Locked: true}
	var all health.Progress
	all.Locked = health.ProfileNames
	none := health.Compute(health.History{}, today)
	one := Variations(NameMain)
	out = append(out, envelopes(NameMain, "ready", one, NewMain(open, in))...)
	out = append(out, envelopes(NameMain, "first", one, NewMain(open, health.Compute(person(1, 0), today)))...)
	out = append(out, envelopes(NameMain, "mixed", one, NewMain(open, half))...)
	out = append(out, envelopes(NameMain, "locked", one, NewMain(shut, in.Lock(all)))...)
	out = append(out, envelopes(NameMain, "no_data", one, NewMain(open, none))...)
	out = append(out, envelopes(NameMain, "urgent", one, NewMain(open, health.Insights{Profiles: in.Profiles, Metrics: in.Metrics, Notices: []health.Notice{{Code: "cuff_urgent", Severity: health.Urgent}}}))...)
	out = append(out, envelopes(NameRecommendations, "ready", one, NewRecommendations(open, health.Recommendations(in, full), in.Notices))...)
	out = append(out, envelopes(NameRecommendations, "no_data", one, NewRecommendations(open, nil, nil))...)
	start := Place{Language: open.Language, Now: today, Journey: journey(2)}
	start.Journey.Steps[3].Have = 1
	late := health.Compute(person(30, 9), today)
	out = append(out, envelopes(NameTodos, "start", one, NewTodos(start, health.Todos(late, start.Journey, person(30, 9))))...)
	out = append(out, envelopes(NameTodos, "done", one, NewTodos(open, nil))...)
	return out
}

// text is an envelope as its JSON.
func (e example) text() string {
	b, err := json.Marshal(e.json)
	if err != nil {
		panic(fmt.Sprint(e.title(), err))
	}
	return string(b)
}
