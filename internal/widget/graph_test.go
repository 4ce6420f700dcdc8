package widget

import (
	"html"
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
		h := insight.History{Parameter: "heart_rate", Start: "2026-01-01", Stop: "2026-11-30", Step: c.step, Points: points, Summary: insight.Sum(points), Language: "en", Now: monday}
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

// A graph of a score that a notice forbids says so with the notice, as the tile does; a cross of a score is no scan.
func TestGraphSaysWhichNoticeForbidsTheScore(t *testing.T) {
	value, at := 64.0, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	gap := insight.HistoryPoint{At: at, Day: "2026-11-23", Reason: "cuff_urgent", Refused: 1}
	given := insight.HistoryPoint{At: at.AddDate(0, 0, -1), Day: "2026-11-22", Value: &value, Confidence: .9, Count: 1}
	for _, lang := range health.Languages {
		notice := health.Text(lang, "notice.cuff_urgent")
		for state, points := range map[State][]insight.HistoryPoint{Refused: {gap}, Ready: {given, gap}} {
			h := insight.History{Parameter: "hypertension", Metric: true, Start: "2026-11-01", Stop: "2026-11-30", Step: insight.EachScan, Points: points,
				Summary: insight.Sum(points), Withheld: &health.Notice{Code: "cuff_urgent", Severity: health.Urgent}, Language: lang, Now: at}
			g, err := FromHistory(h, "")
			if err != nil {
				t.Fatal(err)
			}
			d := g.Data
			last := d.Points[len(d.Points)-1]
			if d.State != state || d.Reason == nil || *d.Reason != "cuff_urgent" || len(d.Notices) != 1 || d.Notices[0].Text != notice ||
				*last.Reason != "cuff_urgent" || *last.ReasonText != wordsOf(lang).titleOf(Refused) || (state == Refused) != (d.Text == notice) {
				t.Errorf("%s, %s: %+v", lang, state, d)
			}
			page, err := d.HTML(lang, Look{})
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(page), `small">`+html.EscapeString(said.Typeset(notice))); n != 1 {
				t.Errorf("%s, %s: the notice is said %d times: %s", lang, state, n, page)
			}
			if none := wordsOf(lang).say("graph.refused.other", "n", "0"); strings.Contains(string(page), said.Typeset(none)) {
				t.Errorf("%s, %s: a score's cross is called %q", lang, state, none)
			}
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
				t.Errorf("%s: %q is again in %q", lang, name, said.Widgets(lang)[key])
			}
		}
	}
}
