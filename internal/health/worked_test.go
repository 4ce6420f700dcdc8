package health_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"

	"blush.example/blush/internal/health"
)

// TestWorkedExamples checks the numbers that docs/metrics.md computes by hand.
func TestWorkedExamples(t *testing.T) {
	noCuff := workedPerson()
	noCuff.Cuffs = nil
	want := []struct {
		name                         string
		in                           health.Insight
		score, low, high, confidence float64
	}{
		{"mental_stress", metric(workedPerson(), health.MentalStress), 29.83, 7.92, 63.77, 89.89},
		{"mental_stress, own normal", metric(regularPerson(), health.MentalStress), 70.51, 27.70, 95.25, 33.69},
		{"mental_health_risk", metric(workedPerson(), health.MentalHealthRisk), 28.69, 8.45, 59.91, 99.87},
		{"energy_balance", metric(workedPerson(), health.EnergyBalance), 56.86, 22.32, 86.58, 89.44},
		{"sleep_quality", metric(workedPerson(), health.SleepQuality), 49.33, 15.18, 84.02, 93.68},
		{"general_fitness", metric(workedPerson(), health.GeneralFitness), 43.94, 13.19, 79.18, 80.22},
		{"hypertension", metric(workedPerson(), health.Hypertension), 26.48, 7.43, 57.42, 92.69},
		{"hypertension, no cuff", metric(noCuff, health.Hypertension), 67.61, 28.73, 92.99, 50.00},
	}
	doc := documented(t)
	for _, w := range want {
		if w.in.Score == nil {
			t.Errorf("%s: no score: %+v", w.name, w.in)
			continue
		}
		// The average over blood pressures is a sum over whole mmHg here and an integral there.
		near(t, w.name+" score", *w.in.Score, w.score, 0.01)
		near(t, w.name+" low", w.in.Interval[0], w.low, 0.01)
		near(t, w.name+" high", w.in.Interval[1], w.high, 0.01)
		near(t, w.name+" confidence", w.in.Confidence, w.confidence, 0.01)
		if got, written := doc[w.name]; !written || got != [4]float64{w.score, w.low, w.high, w.confidence} {
			t.Errorf("docs/metrics.md says %v of %s, the test %v", got, w.name, w)
		}
	}
}

func metric(h health.History, m health.Metric) health.Insight { return health.Compute(h, now).Of(m) }

// regularPerson has five scans before this week and one today; each has RMSSD
// and stress index at their medians, so that A = zH/2.55.
func regularPerson() health.History {
	median := 67 * math.Exp(-0.0295*26.5)
	h := health.History{BirthDate: "1986-06-15", Sex: "F"}
	for days, hr := range map[int]float64{0: 53, 10: 74, 20: 74, 30: 63.5, 40: 84.5, 50: 74} {
		h.Scans = append(h.Scans, scan(now.AddDate(0, 0, -days), 1, hr, median, 100, 0))
	}
	return h
}

// documented reads the table of results in docs/metrics.md.
func documented(t *testing.T) map[string][4]float64 {
	t.Helper()
	b, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][4]float64{}
	row := regexp.MustCompile(`(?m)^\| ([a-z_]+(?:, [a-z ]+)?) \| ([0-9.]+) \| ([0-9.]+)–([0-9.]+) \| ([0-9.]+) \|$`)
	for _, m := range row.FindAllStringSubmatch(string(b), -1) {
		var v [4]float64
		for i := range v {
			if v[i], err = strconv.ParseFloat(m[2+i], 64); err != nil {
				t.Fatal(err)
			}
		}
		out[m[1]] = v
	}
	return out
}

// The points and weights of docs/metrics.md, "Why this score".
func TestInputsExplainTheScore(t *testing.T) {
	want := map[health.Metric]map[string][2]float64{ // weight, points
		health.MentalStress:   {"autonomic": {0.1545, 0.50}, "feeling_stressed_last_month": {0.7959, -19.09}, "average_sleep_hours": {0.0496, -1.46}},
		health.EnergyBalance:  {"balance": {0.1890, 1.41}, "daily_activities": {0.6189, 12.38}, "average_sleep_hours": {0.1295, -2.70}, "feeling_stressed_last_month": {0.0626, -4.09}},
		health.GeneralFitness: {"heart_rate": {0.2189, 1.94}, "body_mass_index": {0.6566, 0.44}, "hours_sport_week": {0.1245, 0}},
		health.Hypertension: {"blood_pressure": {0.7323, -41.13}, "body_mass_index": {0.0962, 0.17}, "smoking": {0.0481, 0},
			"parents_hypertension": {0.0734, -3.81}, "heart_rate": {0.0501, 1.19}},
	}
	for m, inputs := range want {
		got := metric(workedPerson(), m).Inputs
		if len(got) != len(inputs) {
			t.Errorf("%s has %d inputs, want %d", m, len(got), len(inputs))
		}
		for _, in := range got {
			near(t, string(m)+" weight of "+in.Name, in.Weight, inputs[in.Name][0], 0.0001)
			near(t, string(m)+" points of "+in.Name, in.Points, inputs[in.Name][1], 0.01)
		}
	}
	// Framingham was read in its paper and the cuff measured: verified. Everything
	// else goes through starting values or placeholders.
	noCuff := workedPerson()
	noCuff.Cuffs = nil
	all := metric(noCuff, health.Hypertension).Inputs
	for _, m := range []health.Metric{health.MentalStress, health.MentalHealthRisk, health.EnergyBalance, health.SleepQuality, health.GeneralFitness} {
		all = append(all, metric(workedPerson(), m).Inputs...)
	}
	for _, in := range all {
		if in.Verified {
			t.Errorf("%s counts as verified, but goes through a constant that is not", in.Name)
		}
	}
	for _, in := range metric(workedPerson(), health.Hypertension).Inputs {
		if !in.Verified {
			t.Errorf("%s of Framingham with a cuff counts as unverified", in.Name)
		}
	}
	// Shares of every metric sum to 1, and every input has a name to show.
	for _, m := range health.Compute(workedPerson(), now).Metrics {
		sum := 0.0
		for _, in := range m.Inputs {
			if health.Text("da", "input."+in.Name) == "" {
				t.Errorf("%s has no name in Danish", in.Name)
			}
			sum += in.Weight
		}
		near(t, string(m.Metric)+" sum of weights", sum, 1, 1e-12)
	}
}

func TestProfilesWorkedByHand(t *testing.T) {
	got := health.Compute(workedPerson(), now).Profiles
	want := []struct {
		name, label string
		score       float64
		zone        health.Zone
	}{
		{"physical", "YRY", 0.3854, health.Normal},
		{"mental", "RR", 0.2921, health.Suboptimal},
		{"energy-sleep", "YY", 0.5341, health.Normal},
	}
	for i, w := range want {
		p := got[i]
		if p.Name != w.name || p.StatusLabel != w.label || *p.Assessment != w.zone {
			t.Errorf("profile %+v, want %+v", p, w)
		}
		near(t, w.name, *p.Score, w.score, 0.0001)
	}
	empty := health.Compute(health.History{BirthDate: "1986-06-15", Sex: "F"}, now).Profiles
	if empty[0].Score != nil || empty[0].StatusLabel != "---" || empty[0].Confidence != 0 {
		t.Errorf("a profile without data: %+v", empty[0])
	}
}

// The VO2 of another person, from the published worked formula: a man of 24,
// BMI 23, resting heart rate 65, index 5: 92.05-7.848-21.459-10.855+1.285 = 53.173 mL/kg/min,
// against 54.4-0.35(24-25) = 54.75 with SD 8.4: y = -0.1877.
func TestFitnessOfAMan(t *testing.T) {
	h := health.History{BirthDate: "2002-01-01", Sex: "M", Answers: answers(now, map[string]float64{"weight": 23 * 1.8 * 1.8, "height": 180, "hours_sport_week": 4})}
	for range 2 {
		h.Scans = append(h.Scans, scan(now, 1, 65, 40, 100, 0))
	}
	in := metric(h, health.GeneralFitness)
	// n = 2: s² = 0.4375+0.25 = 0.6875, information 0.8182, v = 0.55, mean = 0.55·0.8182·(-0.1877)/0.75 = -0.1126.
	near(t, "score", *in.Score, 45.52, 0.01)
}

// Ages are completed years in the calendar: the day before the birthday still counts the old one.
func TestAge(t *testing.T) {
	h := workedPerson()
	h.BirthDate = "2008-11-25"
	in := health.Compute(h, now)
	if s := in.Of(health.SleepQuality); s.Score != nil || s.Notices[0].Code != "outside_age" || s.Withheld == nil {
		t.Errorf("seventeen, a day before eighteen: %+v", s)
	}
	for _, p := range in.Profiles {
		if p.Score != nil || p.Withheld == nil || p.Withheld.Code != "outside_age" {
			t.Errorf("the profile of seventeen years: %+v", p)
		}
	}
	h.BirthDate = "2008-11-24"
	if s := metric(h, health.SleepQuality); s.Score == nil {
		t.Errorf("eighteen today: %+v", s)
	}
}
