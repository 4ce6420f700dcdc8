package health_test

import (
	"math"
	"testing"
	"time"

	"blush.example/blush/internal/health"
)

// The person of docs/metrics.md: a woman of 40, two scans, every question
// answered at the moment of the second scan, two cuff readings.
var now = time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)

func ptr(v float64) *float64 { return &v }

func scan(at time.Time, confidence, hr, rmssd, si, balance float64) health.ScanPoint {
	return health.ScanPoint{At: at, AtRest: true, Confidence: confidence, HeartRate: &hr, SDNN: ptr(45), RMSSD: &rmssd, StressIndex: &si, Balance: &balance}
}

func answers(at time.Time, values map[string]float64) []health.Answer {
	var out []health.Answer
	for k, v := range values {
		out = append(out, health.Answer{Key: k, Value: v, At: at})
	}
	return out
}

var allAnswers = map[string]float64{
	"feeling_stressed_last_month": 4, "average_sleep_hours": 3, "nightly_wake_ups": 2, "daily_activities": 4, "hours_sport_week": 3,
	"weight": 70, "height": 168, "smoking": 1, "parents_hypertension": 1, "hypertension_treated": 1, "diabetes": 1, "pregnancy": 1,
	"phq4_nervous": 1, "phq4_worry": 1, "phq4_interest": 0, "phq4_down": 1,
}

func workedPerson() health.History {
	return health.History{
		BirthDate: "1986-06-15", Sex: "F",
		Scans: []health.ScanPoint{
			scan(now, 0.9, 66, 31, 120, 0.5),
			scan(now.Add(-72*time.Hour), 0.8, 70, 25, 160, -0.3),
		},
		Answers: answers(now, allAnswers),
		Cuffs: []health.Cuff{
			{Systolic: 124, Diastolic: 80, At: now.Add(-24 * time.Hour)},
			{Systolic: 128, Diastolic: 78, At: now.Add(-48 * time.Hour)},
		},
	}
}

// withoutKeys returns the history without the answers named.
func withoutKeys(h health.History, keys ...string) health.History {
	var kept []health.Answer
next:
	for _, a := range h.Answers {
		for _, k := range keys {
			if a.Key == k {
				continue next
			}
		}
		kept = append(kept, a)
	}
	h.Answers = kept
	return h
}

// answered returns the history with one more answer, the newest.
func answered(h health.History, key string, value float64) health.History {
	h = withoutKeys(h, key)
	h.Answers = append(h.Answers, health.Answer{Key: key, Value: value, At: now})
	return h
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.4f, want %.4f ± %g", what, got, want, tolerance)
	}
}

func codes(notices []health.Notice) []string {
	var out []string
	for _, n := range notices {
		out = append(out, n.Code)
	}
	return out
}
