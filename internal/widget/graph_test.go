package widget

import (
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	said "blush.example/blush/internal/words"
)

// The curve joins no points that lie far apart: between them nobody knows.
func TestCurveBreaksWhereNoScanWasMade(t *testing.T) {
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	value := 64.0
	for _, c := range []struct {
		step insight.Step
		days []int // before the newest
		want int   // pieces
	}{
		{insight.EachScan, []int{20, 19, 6, 0}, 2},
		{insight.EachScan, []int{6, 0}, 1},
		{insight.Daily, []int{9, 8, 1, 0}, 2},
		{insight.Weekly, []int{63, 56, 14, 0}, 2},
		{insight.Weekly, []int{14, 0}, 1},
	} {
		var points []insight.HistoryPoint
		for _, d := range c.days {
			at := monday.AddDate(0, 0, -d)
			points = append(points, insight.HistoryPoint{At: at, Day: at.Format(time.DateOnly), Value: &value, Confidence: .9, Count: 1})
		}
		h := insight.History{Parameter: "heart_rate", Start: "2026-01-01", Stop: "2026-11-30", Step: c.step, Points: points, Whole: insight.Sum(points), Language: "en", Now: monday}
		g, err := FromHistory(h, "")
		if err != nil {
			t.Fatal(err)
		}
		html, err := g.Data.HTML("en", Look{})
		if err != nil {
			t.Fatal(err)
		}
		_, curve, _ := strings.Cut(string(html), `class="curve" d="`)
		curve, _, _ = strings.Cut(curve, `"`)
		if got := strings.Count(curve, "M"); got != c.want {
			t.Errorf("%s, %v days ago: %d pieces, not %d: %s", c.step, c.days, got, c.want, curve)
		}
	}
}

// Two zones of a biomarker have two names, and what a status means for a person does not repeat its name.
func TestNamesAreUsedOnce(t *testing.T) {
	for _, lang := range health.Languages {
		for _, k := range kinds() {
			var names []string
			for _, r := range k.ranges(wordsOf(lang)) {
				if slices.Contains(names, r.Name) {
					t.Errorf("%s, %s: two zones are called %q", lang, k.Name, r.Name)
				}
				names = append(names, r.Name)
			}
		}
		for key, name := range said.Health(lang) {
			if strings.HasPrefix(key, "status.") && strings.Contains(said.Widgets(lang)[key], name) {
				t.Errorf("%s: %q stands again in %q", lang, name, said.Widgets(lang)[key])
			}
		}
	}
}
