// Package catalogue collects the sets of names that the API, the pages, the
// components and the documents share. Each set is defined once, in the package
// that owns it. Code that lists a set takes it from here.
package catalogue

import (
	"fmt"
	"maps"
	"slices"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/sandbox"
	"blush.example/blush/internal/widget"
)

var sets = map[string]func() []string{
	"languages": func() []string { return health.Languages },
	"biomarkers": func() []string {
		return list(biomarker.Catalogue, func(k biomarker.Kind) string { return string(k.Name) })
	},
	"scan_biomarkers":   func() []string { return account.ScanBiomarkers },
	"page_biomarkers":   pageBiomarkers,
	"widget_biomarkers": widget.Biomarkers,
	"parameters":        widget.Parameters,
	"reasons":           func() []string { return names(biomarker.Reasons) },
	"gap_reasons": func() []string {
		return append(append(names(biomarker.Reasons), string(health.NoData)), health.Withholding...)
	},
	"sandbox_reasons":   func() []string { return names(sandbox.Reasons) },
	"personas":          sandbox.PersonaNames,
	"qualities":         func() []string { return blush.Qualities },
	"metrics":           func() []string { return names(health.Metrics) },
	"lockable":          health.Lockable,
	"profiles":          func() []string { return health.ProfileNames },
	"zones":             func() []string { return names(health.Zones) },
	"statuses":          func() []string { return names(health.Statuses) },
	"severities":        func() []string { return names(health.Severities) },
	"levels":            func() []string { return names(widget.Levels) },
	"states":            func() []string { return names(widget.States) },
	"insight_states":    func() []string { return names(widget.InsightStates) },
	"graph_states":      func() []string { return names(widget.GraphStates) },
	"advice_states":     func() []string { return names(widget.AdviceStates) },
	"todo_list_states":  func() []string { return names(widget.TodoListStates) },
	"element_states":    elementStates,
	"range_zones":       func() []string { return append(names(widget.Levels), names(health.Zones)...) },
	"zone_letters":      zoneLetters,
	"variations":        func() []string { return widget.Variations(widget.NameBiomarker) },
	"aggregations":      func() []string { return widget.Aggregations },
	"scan_statuses":     func() []string { return names(blush.ScanStatuses) },
	"sources":           func() []string { return widget.Sources },
	"scopes":            func() []string { return names(blush.Scopes) },
	"stages":            func() []string { return list(Stages, func(s Stage) string { return s.Name }) },
	"camera_statuses":   func() []string { return cameraStatuses },
	"checks":            checks,
	"scan_errors":       scanErrors,
	"other_errors":      func() []string { return otherErrors },
	"event_types":       func() []string { return names(blush.EventTypes) },
	"sent_event_types":  func() []string { return append(names(blush.EventTypes), string(blush.WebhookTest)) },
	"delivery_statuses": func() []string { return names(blush.DeliveryStatuses) },
	"delivery_faults":   func() []string { return names(blush.DeliveryFaults) },
	"attempt_faults":    func() []string { return names(blush.AttemptFaults) },
	"replay_statuses":   func() []string { return append(names(blush.DeliveryEnds), blush.ReplayAny) },
	"disabled_reasons":  func() []string { return names(blush.DisabledReasons) },
	"actions":           func() []string { return names(blush.Actions) },
	"audit_outcomes":    func() []string { return append([]string{blush.Allowed}, names(blush.Refusals)...) },
	"credential_kinds":  func() []string { return names(blush.CallerKinds) },
	"sexes":             func() []string { return blush.Sexes },
}

// Set returns a set in the order in which its names are shown. It panics if there is no such set.
func Set(name string) []string {
	if sets[name] == nil {
		panic(fmt.Sprintf("catalogue: no set %q", name))
	}
	return sets[name]()
}

// Names lists the sets.
func Names() []string { return slices.Sorted(maps.Keys(sets)) }

// pageBiomarkers are the values that people know from elsewhere, which every page of a scan shows.
func pageBiomarkers() []string {
	return append(slices.Clone(account.ScanBiomarkers), string(biomarker.RMSSD), string(biomarker.ResonantBreathingScore))
}

// elementStates are the states of a web component: its own, and those of its data.
func elementStates() []string {
	out := append([]string{"loading"}, names(widget.States)...)
	for _, status := range names(health.Statuses) {
		if !slices.Contains(out, status) {
			out = append(out, status)
		}
	}
	return out
}

// zoneLetters says what the letters of a profile's label mean.
func zoneLetters() []string {
	out := list(health.Zones, func(z health.Zone) string { return z.Letter() + " " + string(z) })
	slices.Reverse(out) // the best first
	return append(out, "- none")
}

func names[T ~string](of []T) []string { return list(of, func(v T) string { return string(v) }) }

func list[T any](of []T, name func(T) string) []string {
	out := make([]string, len(of))
	for i, v := range of {
		out[i] = name(v)
	}
	return out
}
