package widget

import (
	"math"
	"slices"
	"sync"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// kind describes a biomarker for the widgets: its entry in the catalogue, or for
// blush.BloodPressure the entries of its two values.
type kind struct {
	biomarker.Kind
	Name      string // that of the widgets
	Diastolic []biomarker.Part
}

var kinds = sync.OnceValue(func() []kind {
	var out []kind
	for _, k := range biomarker.Catalogue {
		if k.FromScan {
			out = append(out, kind{k, string(k.Name), nil})
		}
	}
	systolic, _ := biomarker.Find(biomarker.SystolicBloodPressure)
	diastolic, _ := biomarker.Find(biomarker.DiastolicBloodPressure)
	return append(out, kind{systolic, blush.BloodPressure, diastolic.Parts})
})

// Biomarkers lists the parameters of the biomarker widget.
func Biomarkers() []string {
	var out []string
	for _, k := range kinds() {
		out = append(out, k.Name)
	}
	return out
}

// Parameters lists those of the graph: the biomarkers, then the metrics.
func Parameters() []string {
	out := Biomarkers()
	for _, m := range health.Metrics {
		out = append(out, string(m))
	}
	return out
}

func kindOf(parameter string) (kind, bool) {
	for _, k := range kinds() {
		if k.Name == parameter {
			return k, true
		}
	}
	return kind{}, false
}

// zoneIn returns the zone that contains a value.
func zoneIn(parts []biomarker.Part, v float64) *Level {
	var z *Level
	for i := range parts {
		if math.Round(v) >= parts[i].From {
			z = &parts[i].Level
		}
	}
	return z
}

// worse returns the level that is further from the usual range.
func worse(a, b *Level) *Level {
	order := map[Level]int{Good: 0, Neutral: 1, Bad: 2}
	switch {
	case a == nil:
		return b
	case b == nil || order[*a] >= order[*b]:
		return a
	}
	return b
}

// ranges returns the parts of the scale with their names; the first and the last end at the scale's ends.
func (k kind) ranges(w words) []Range {
	out := []Range{}
	usual := false
	for i, p := range k.Parts {
		to := k.Scale[1]
		if i+1 < len(k.Parts) {
			to = k.Parts[i+1].From
		}
		var name string
		switch {
		case p.Level == Good:
			name, usual = "range.usual", true
		case usual && p.Level == Neutral:
			name = "range.high.little"
		case usual:
			name = "range.high"
		case p.Level == Neutral:
			name = "range.low.little"
		default:
			name = "range.low"
		}
		out = append(out, Range{From: max(p.From, k.Scale[0]), To: to, Zone: string(p.Level), Name: w.say(name)})
	}
	return out
}

// usualPressures are the usual ranges of diastolic and systolic pressure, on one scale: the zones of one of them
// would be wrong for the other.
func (k kind) usualPressures(w words) []Range {
	out := []Range{}
	add := func(parts []biomarker.Part, name string) {
		for i, p := range parts[:len(parts)-1] {
			if p.Level == Good {
				out = append(out, Range{From: p.From, To: parts[i+1].From, Zone: string(Good), Name: w.say("range.usual") + ", " + w.say(name)})
			}
		}
	}
	add(k.Diastolic, "graph.key.diastolic")
	add(k.Parts, "graph.key.systolic")
	return out
}

// scoreRanges are the zones of every score.
func scoreRanges(w words) []Range {
	out := make([]Range, len(health.Zones))
	to := 100.0
	for i, z := range slices.Backward(health.Zones) {
		out[i] = Range{z.From(), to, string(z), w.health("zone." + string(z))}
		to = z.From()
	}
	return out
}
