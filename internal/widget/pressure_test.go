package widget

import (
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	said "blush.example/blush/internal/words"
)

// A graph of blood pressure has the usual range of each of its two values, but no zones, which would be wrong for one
// of them; it says which value its summary is about.
func TestGraphOfBloodPressure(t *testing.T) {
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for _, c := range [][2]float64{{118, 76}, {124, 58}, {184, 112}, {88, 61}} {
		point := insight.HistoryPoint{At: at, Day: "2026-11-26", Value: &c[0], Diastolic: &c[1], Count: 1}
		points := []insight.HistoryPoint{point}
		for _, lang := range health.Languages {
			systolic := said.Widgets(lang)["graph.key.systolic"]
			g, err := FromHistory(insight.History{Parameter: blush.BloodPressure, Start: "2026-11-01", Stop: "2026-11-30", Step: insight.EachScan, Points: points, Summary: insight.Sum(points), Language: lang, Now: at}, "")
			if err != nil {
				t.Fatal(err)
			}
			d := g.Data
			if len(d.Ranges) != 2 || d.Ranges[0].From != 60 || d.Ranges[0].To != 85 || d.Ranges[1].From != 90 || d.Ranges[1].To != 130 {
				t.Fatalf("%v: ranges %+v", c, d.Ranges)
			}
			for _, r := range d.Ranges {
				if r.Zone != string(Good) {
					t.Errorf("%v: %q is %s", c, r.Name, r.Zone)
				}
			}
			if !strings.Contains(d.Ranges[1].Name, systolic) || strings.Contains(d.Ranges[0].Name, systolic) || !strings.Contains(d.Text, "("+systolic+")") {
				t.Errorf("%s: %q, %q, %q", lang, d.Ranges[0].Name, d.Ranges[1].Name, d.Text)
			}
			html, err := d.HTML(lang, Look{})
			if err != nil {
				t.Fatal(err)
			}
			_, legend, _ := strings.Cut(string(html), `class="legend"`)
			legend, _, _ = strings.Cut(legend, "</div>")
			if !strings.Contains(legend, ">"+systolic) || strings.Count(legend, `class="point diastolic"`) != 1 {
				t.Errorf("%s: the legend is %s", lang, legend)
			}
		}
	}
}
