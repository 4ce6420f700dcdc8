package health_test

import (
	"encoding/json"
	"strings"
	"testing"

	"blush.example/blush/internal/health"
)

// Each metric's value is under its name, in the order of Metrics.
func TestByMetricHasEveryMetric(t *testing.T) {
	got, err := json.Marshal(health.ForEach(func(m health.Metric) health.Metric { return m }))
	var want []string
	for _, m := range health.Metrics {
		want = append(want, `"`+string(m)+`":"`+string(m)+`"`)
	}
	if want := "{" + strings.Join(want, ",") + "}"; err != nil || string(got) != want {
		t.Errorf("%s, want %s (%v)", got, want, err)
	}
}

// A zone begins at its first score, and ends where the next one begins.
func TestZonesBeginAtTheirFirstScore(t *testing.T) {
	letters := ""
	for i, z := range health.Zones {
		if got := health.ZoneOf(z.From()); got != z {
			t.Errorf("the first score of %s is in %s", z, got)
		}
		if i > 0 && health.ZoneOf(z.From()-1e-9) != health.Zones[i-1] {
			t.Errorf("below %s is not %s", z, health.Zones[i-1])
		}
		letters += z.Letter()
	}
	if letters != "RYG" || health.ZoneOf(-1) != health.Suboptimal {
		t.Errorf("letters %s", letters)
	}
}
