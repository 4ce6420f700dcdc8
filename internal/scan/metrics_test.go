package scan_test

import (
	"encoding/json"
	"testing"

	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/scan"
)

// Each metric and each profile of a scan is the person's own, under its name, in the order that readers of status_label know.
func TestInsightsOfAScan(t *testing.T) {
	var a insight.ScanInsights
	for i, m := range health.Metrics {
		score := float64(10 * (i + 1))
		zone := health.ZoneOf(score)
		a.Metrics = append(a.Metrics, health.Insight{Metric: m, Score: &score, Zone: &zone, Status: health.Validated})
	}
	scores := map[string]float64{health.Physical: 0.9, health.Mental: 0.1, health.EnergySleep: 0.5}
	for _, name := range health.ProfileNames {
		score := scores[name]
		zone := health.ZoneOf(100 * score)
		a.Profiles = append(a.Profiles, health.Profile{Name: name, Score: &score, Assessment: &zone})
	}
	var v scan.View
	v.AddInsights(a)
	got, err := json.Marshal(v.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	metric := func(name, score, zone string) string {
		return `"` + name + `":{"score":` + score + `,"confidence":0,"zone":"` + zone + `","status":"validated","locked":false}`
	}
	want := "{" + metric("mental_stress", "10", "suboptimal") + "," + metric("mental_health_risk", "20", "suboptimal") + "," + metric("energy_balance", "30", "suboptimal") + "," +
		metric("sleep_quality", "40", "normal") + "," + metric("general_fitness", "50", "normal") + "," + metric("hypertension", "60", "normal") +
		`,"wellbeing":{"mental":{"score":10,"assessment":"suboptimal","locked":false},"physical":{"score":90,"assessment":"optimal","locked":false},` +
		`"energy_sleep":{"score":50,"assessment":"normal","locked":false},"status_label":"RGY"}}`
	if string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}
