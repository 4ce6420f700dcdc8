package insight

import (
	"testing"
	"time"

	"blush.example/blush/internal/blush"
)

// An answer counts from its time on.
func TestLatestAnswers(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	given := []blush.Answer{{Key: "weight", Value: 70, At: at.AddDate(0, 0, -9)}, {Key: "weight", Value: 71, At: at}}
	for to, want := range map[time.Time][]float64{at.AddDate(0, 0, -10): nil, at.Add(-time.Hour): {70}, at: {71}, farAway: {71}} {
		got := latestAnswers(given, to)
		if len(got) != len(want) || len(got) > 0 && got[0].Value != want[0] {
			t.Errorf("up to %v: %v, want %v", to, got, want)
		}
	}
}
