package monitor_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The dashboard uses only metrics and labels that exist, and shows every metric of ours.
func TestDashboard(t *testing.T) {
	b, err := os.ReadFile("../../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Type, Title string
			Targets     []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(b, &board); err != nil {
		t.Fatal(err)
	}
	text := get(used(nil), "/metrics").Body.String()
	labels := []string{"instance"} // which Prometheus adds
	for _, m := range regexp.MustCompile(`[{,](\w+)="`).FindAllStringSubmatch(text, -1) {
		labels = append(labels, m[1])
	}
	asked := map[string]bool{}
	metric := regexp.MustCompile(`\b(?:blush|go|process)_\w+`)
	by := regexp.MustCompile(`by \(([^)]*)\)`)
	chosen := regexp.MustCompile(`[{,](\w+)=~?"`)
	legend := regexp.MustCompile(`\{\{(\w+)\}\}`)
	for _, p := range board.Panels {
		if (len(p.Targets) == 0) != (p.Type == "row") {
			t.Errorf("%s: %d queries", p.Title, len(p.Targets))
		}
		for _, target := range p.Targets {
			names := metric.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%s queries no metric: %s", p.Title, target.Expr)
			}
			for _, name := range names {
				if !strings.Contains(text, "\n"+name+"{") && !strings.Contains(text, "\n"+name+" ") {
					t.Errorf("%s: there is no metric %s", p.Title, name)
				}
				asked[name] = true
			}
			var used []string
			for _, m := range by.FindAllStringSubmatch(target.Expr, -1) {
				used = append(used, strings.Split(m[1], ", ")...)
			}
			for _, m := range slices.Concat(chosen.FindAllStringSubmatch(target.Expr, -1), legend.FindAllStringSubmatch(target.LegendFormat, -1)) {
				used = append(used, m[1])
			}
			for _, label := range used {
				if !slices.Contains(labels, label) {
					t.Errorf("%s: no metric has the label %s", p.Title, label)
				}
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (blush_\w+) (\w+)$`).FindAllStringSubmatch(text, -1) {
		name := m[1]
		if m[2] == "histogram" {
			name += "_bucket"
		}
		if !asked[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}
