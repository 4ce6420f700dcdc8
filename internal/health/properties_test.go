package health_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"blush.example/blush/internal/health"
)

// sameInsights compares what a caller can see.
func sameInsights(a, b health.Insights) string {
	return cmp.Diff(a, b, cmpopts.IgnoreUnexported(health.Insight{}))
}

var zones = []*time.Location{time.UTC, time.FixedZone("west", -8*3600), time.FixedZone("east", 9*3600)}

func drawScan(t *rapid.T, oldestDays int) health.ScanPoint {
	age := time.Duration(rapid.IntRange(0, oldestDays*24*60).Draw(t, "minutes ago")) * time.Minute
	s := health.ScanPoint{
		At:         now.Add(-age).In(rapid.SampledFrom(zones).Draw(t, "zone")),
		AtRest:     rapid.IntRange(0, 9).Draw(t, "rest") > 0,
		Confidence: rapid.Float64Range(0, 1).Draw(t, "confidence"),
	}
	value := func(name string, low, high float64) *float64 {
		if rapid.IntRange(0, 5).Draw(t, name+" refused") == 0 {
			return nil
		}
		v := rapid.Float64Range(low, high).Draw(t, name)
		return &v
	}
	s.HeartRate = value("heart rate", 40, 130)
	s.SDNN = value("sdnn", 5, 200)
	s.RMSSD = value("rmssd", 5, 200)
	s.StressIndex = value("stress index", 10, 1500)
	s.Balance = value("balance", -6, 6)
	return s
}

// better lists, for each question, its values from the worst to the best.
var better = map[string][]float64{
	"average_sleep_hours": {1, 2, 3, 4}, "nightly_wake_ups": {5, 4, 3, 2, 1}, "feeling_stressed_last_month": {5, 4, 3, 2, 1},
	"daily_activities": {1, 2, 3, 4, 5}, "hours_sport_week": {1, 2, 3, 4, 5},
	"weight": {160, 120, 95, 80, 70, 60, 45, 35}, "smoking": {3, 1}, "parents_hypertension": {2, 1, 0},
	"phq4_nervous": {3, 2, 1, 0}, "phq4_worry": {3, 2, 1, 0}, "phq4_interest": {3, 2, 1, 0}, "phq4_down": {3, 2, 1, 0},
}

func drawHistory(t *rapid.T) health.History {
	h := health.History{
		BirthDate: now.AddDate(-rapid.IntRange(18, 95).Draw(t, "age"), 0, -1).Format(time.DateOnly),
		Sex:       rapid.SampledFrom([]string{"F", "M"}).Draw(t, "sex"),
	}
	for range rapid.IntRange(0, 25).Draw(t, "scans") {
		h.Scans = append(h.Scans, drawScan(t, 120))
	}
	answer := func(key string, value float64) {
		at := now.Add(-time.Duration(rapid.IntRange(0, 100*24).Draw(t, key+" hours ago")) * time.Hour)
		h.Answers = append(h.Answers, health.Answer{Key: key, Value: value, At: at})
	}
	for _, q := range health.Questions("en") {
		if q.Instrument != "" || rapid.IntRange(0, 4).Draw(t, q.Key+" answered") == 0 {
			continue
		}
		switch values := better[q.Key]; {
		case values != nil:
			answer(q.Key, rapid.SampledFrom(values).Draw(t, q.Key))
		case q.Key == "height":
			answer(q.Key, rapid.Float64Range(150, 200).Draw(t, q.Key))
		default: // the exclusions: mostly "no"
			answer(q.Key, float64(rapid.SampledFrom([]int{1, 1, 1, 1, 1, 2}).Draw(t, q.Key)))
		}
	}
	if rapid.Bool().Draw(t, "screened") {
		at := now.Add(-time.Duration(rapid.IntRange(0, 40*24).Draw(t, "screen hours ago")) * time.Hour)
		for _, k := range []string{"phq4_nervous", "phq4_worry", "phq4_interest", "phq4_down"} {
			h.Answers = append(h.Answers, health.Answer{Key: k, Value: float64(rapid.SampledFrom([]int{0, 0, 1, 1, 2, 3}).Draw(t, k)), At: at})
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "cuffs") {
		h.Cuffs = append(h.Cuffs, health.Cuff{
			Systolic: rapid.Float64Range(95, 150).Draw(t, "systolic"), Diastolic: rapid.Float64Range(55, 95).Draw(t, "diastolic"),
			At: now.Add(-time.Duration(rapid.IntRange(0, 100*24).Draw(t, "cuff hours ago")) * time.Hour),
		})
	}
	return h
}

const tiny = 1e-9

func TestAnotherScanNeverLowersConfidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		before := health.Compute(h, now)
		h.Scans = append(slices.Clone(h.Scans), drawScan(t, 120))
		after := health.Compute(h, now)
		for i, m := range before.Metrics {
			if after.Metrics[i].Confidence < m.Confidence-tiny {
				t.Fatalf("%s: confidence fell from %v to %v", m.Metric, m.Confidence, after.Metrics[i].Confidence)
			}
		}
		for i, p := range before.Profiles {
			if after.Profiles[i].Confidence < p.Confidence-tiny {
				t.Fatalf("profile %s: confidence fell from %v to %v", p.Name, p.Confidence, after.Profiles[i].Confidence)
			}
		}
	})
}

func TestBetterInputNeverLowersScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.Scans = append(h.Scans, drawScan(t, 6)) // one of this week, to improve
		before := health.Compute(h, now)
		what := "scan"
		g := h
		switch choice := rapid.IntRange(0, 2).Draw(t, "what"); {
		case choice == 0 && len(h.Answers) > 0:
			g.Answers = slices.Clone(h.Answers)
			a := &g.Answers[rapid.IntRange(0, len(g.Answers)-1).Draw(t, "which answer")]
			what = a.Key
			if values := better[a.Key]; values != nil {
				a.Value = values[rapid.IntRange(slices.Index(values, a.Value), len(values)-1).Draw(t, "better")]
			}
		case choice == 1 && len(h.Cuffs) > 0:
			g.Cuffs = slices.Clone(h.Cuffs)
			c := &g.Cuffs[rapid.IntRange(0, len(g.Cuffs)-1).Draw(t, "which cuff")]
			what = "cuff"
			c.Systolic -= rapid.Float64Range(0, 20).Draw(t, "systolic less")
			c.Diastolic -= rapid.Float64Range(0, 10).Draw(t, "diastolic less")
		default:
			g.Scans = slices.Clone(h.Scans)
			s := &g.Scans[len(g.Scans)-1]
			move := func(v **float64, factor float64) {
				if *v != nil {
					moved := **v * factor
					*v = &moved
				}
			}
			k := rapid.Float64Range(0, 1).Draw(t, "how much")
			move(&s.HeartRate, 1-0.12*k)
			move(&s.RMSSD, 1+k)
			if s.RMSSD == nil {
				move(&s.SDNN, 1+k)
			}
			move(&s.StressIndex, 1-0.8*k)
			if s.Balance != nil {
				b := *s.Balance + k
				s.Balance = &b
			}
		}
		after := health.Compute(g, now)
		for i, m := range before.Metrics {
			n := after.Metrics[i]
			switch {
			case m.Score == nil:
			case n.Score == nil:
				t.Fatalf("%s: the score vanished with a better %s", m.Metric, what)
			case *n.Score < *m.Score-tiny:
				t.Fatalf("%s: a better %s lowered the score from %v to %v", m.Metric, what, *m.Score, *n.Score)
			}
		}
	})
}

func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		g := h
		g.Scans = rapid.Permutation(h.Scans).Draw(t, "scans in another order")
		g.Answers = rapid.Permutation(h.Answers).Draw(t, "answers in another order")
		g.Cuffs = rapid.Permutation(h.Cuffs).Draw(t, "cuffs in another order")
		if d := sameInsights(health.Compute(h, now), health.Compute(g, now)); d != "" {
			t.Fatal(d)
		}
	})
}

// Sums of floats depend on their order. So the order of scans of one instant must
// not be that of their arrival, nor may it decide which of two answers counts.
func TestOrderOfSimultaneousInputs(t *testing.T) {
	h := workedPerson()
	for i := range 12 {
		v := float64(i)
		h.Scans = append(h.Scans, scan(now.Add(-time.Hour), 0.13+v/17, 60+v/3, 20+v/7, 90+v/11, v/13))
	}
	h.Answers = append(h.Answers, health.Answer{Key: "weight", Value: 90, At: now})
	want := health.Compute(h, now)
	for range h.Scans {
		h.Scans = append(h.Scans[1:], h.Scans[0])
		h.Answers = append(h.Answers[1:], h.Answers[0])
		if d := sameInsights(want, health.Compute(h, now)); d != "" {
			t.Fatal(d)
		}
	}
}

// Of two readings of one instant the higher values count.
func TestSimultaneousCuffs(t *testing.T) {
	h := health.History{Cuffs: []health.Cuff{{Systolic: 139, Diastolic: 92, At: now}, {Systolic: 118, Diastolic: 70, At: now}}}
	for range 2 {
		if got := codes(health.Compute(h, now).Notices); !slices.Contains(got, "cuff_high") {
			t.Errorf("%v: %v", h.Cuffs, got)
		}
		slices.Reverse(h.Cuffs)
	}
}

func TestWhatIsLaterDoesNotCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		before := health.Compute(h, now)
		later := drawScan(t, 1)
		later.At = now.Add(time.Minute)
		h.Scans = append(slices.Clone(h.Scans), later)
		h.Answers = append(slices.Clone(h.Answers), health.Answer{Key: "hypertension_treated", Value: 2, At: now.Add(time.Second)})
		h.Cuffs = append(slices.Clone(h.Cuffs), health.Cuff{Systolic: 200, Diastolic: 130, At: now.Add(time.Second)})
		if d := sameInsights(before, health.Compute(h, now)); d != "" {
			t.Fatal(d)
		}
	})
}

// Every score is inside its interval and its scale, for any data.
func TestScoresAreAlwaysScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		wild := rapid.Float64()
		for range rapid.IntRange(0, 5).Draw(t, "wild scans") {
			s := drawScan(t, 5)
			for _, v := range []**float64{&s.HeartRate, &s.SDNN, &s.RMSSD, &s.StressIndex, &s.Balance} {
				x := wild.Draw(t, "wild")
				if rapid.Bool().Draw(t, "not a number") {
					x = math.NaN()
				}
				*v = &x
			}
			h.Scans = append(h.Scans, s)
		}
		h.Scans = append(h.Scans, health.ScanPoint{At: now, AtRest: true, Confidence: math.NaN(), HeartRate: ptr(60)})
		h.Answers = append(h.Answers, health.Answer{Key: "weight", Value: wild.Draw(t, "weight"), At: now}, health.Answer{Key: "weight", Value: math.NaN(), At: now})
		h.Cuffs = append(h.Cuffs, health.Cuff{Systolic: wild.Draw(t, "systolic"), Diastolic: math.Inf(1), At: now})
		for _, m := range health.Compute(h, now).Metrics {
			if (m.Score == nil) != (m.Status == health.NoData) || (m.Score == nil) != (m.Interval == nil) || (m.Score == nil) != (m.Zone == nil) {
				t.Fatalf("half a score: %+v", m)
			}
			if !(m.Confidence >= 0 && m.Confidence <= 100) {
				t.Fatalf("%s: confidence %v", m.Metric, m.Confidence)
			}
			if m.Score == nil {
				continue
			}
			low, high := m.Interval[0], m.Interval[1]
			if !(0 <= low && low <= *m.Score && *m.Score <= high && high <= 100) {
				t.Fatalf("%s: score %v, interval %v", m.Metric, *m.Score, *m.Interval)
			}
		}
	})
}

// With an unknown age or sex there is no score, and the field is listed as missing.
func TestNoDefaultPerson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		field := rapid.SampledFrom([]string{"birth_date", "sex"}).Draw(t, "unknown")
		if field == "sex" {
			h.Sex = rapid.SampledFrom([]string{"", "X"}).Draw(t, "sex")
		} else {
			h.BirthDate = rapid.SampledFrom([]string{"", "yesterday", "2999-01-01"}).Draw(t, "birth date")
		}
		in := health.Compute(h, now)
		for _, m := range in.Metrics {
			if m.Status != health.NoData || m.Score != nil || m.Confidence != 0 {
				t.Fatalf("a score without %s: %+v", field, m)
			}
			if !slices.Contains(m.Missing, health.Missing{Field: field, Required: true}) {
				t.Fatalf("%s does not name %s: %+v", m.Metric, field, m.Missing)
			}
		}
		for _, p := range in.Profiles {
			if p.Score != nil {
				t.Fatalf("a profile without %s: %+v", field, p)
			}
		}
	})
}

// The answers that still count give the same insights as all of them.
func TestStandingIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := []string{"phq4_nervous", "phq4_worry", "phq4_interest", "phq4_down", "average_sleep_hours", "weight", "smoking"}
		var all []health.Answer
		for range rapid.IntRange(0, 30).Draw(t, "answers") {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			value := float64(rapid.IntRange(0, 3).Draw(t, "value"))
			if key == "weight" {
				value += 60
			}
			hours := rapid.IntRange(0, 200).Draw(t, "hours ago")
			all = append(all, health.Answer{Key: key, Value: value, At: now.Add(-time.Duration(hours) * time.Hour)})
		}
		slices.SortStableFunc(all, func(a, b health.Answer) int { return a.At.Compare(b.At) })
		var current health.CurrentAnswers
		for _, a := range all {
			current.Add(a)
		}
		h := health.History{BirthDate: "1986-06-15", Sex: "F", Scans: workedPerson().Scans, Answers: all}
		few := h
		few.Answers = current.Answers()
		if diff := sameInsights(health.Compute(h, now), health.Compute(few, now)); diff != "" {
			t.Fatalf("(-all +current):\n%s", diff)
		}
	})
}
