// Package catalogue collects the sets of names that the API, the pages, the
// components and the documents share. Each set is defined once, in the package
// that owns it. Code that lists a set takes it from here.
package catalogue

import (
	"fmt"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/widget"
)

var sets = map[string]func() []string{
	"languages": func() []string { return health.Languages },
	"biomarkers": func() []string {
		return list(biomarker.Catalogue, func(k biomarker.Kind) string { return string(k.Name) })
	},
	"scan_biomarkers":   func() []string { return account.ScanBiomarkers },
	"widget_biomarkers": widget.Biomarkers,
	"parameters":        widget.Parameters,
	"reasons":           func() []string { return names(biomarker.Reasons) },
	"qualities":         func() []string { return []string{"good", "fair", "poor"} },
	"metrics":           func() []string { return names(health.Metrics) },
	"profiles":          func() []string { return health.ProfileNames },
	"zones":             func() []string { return names(health.Zones) },
	"statuses":          func() []string { return names(health.Statuses) },
	"severities":        func() []string { return names(health.Severities) },
	"levels":            func() []string { return names(widget.Levels) },
	"states":            func() []string { return names(widget.States) },
	"aggregations":      func() []string { return widget.Aggregations },
	"scan_statuses":     func() []string { return names(blush.ScanStatuses) },
	"sources":           func() []string { return widget.Sources },
	"scopes":            func() []string { return names(blush.Scopes) },
}

// Set returns a set in the order in which its names are shown. It panics for one that there is not.
func Set(name string) []string {
	if sets[name] == nil {
		panic(fmt.Sprintf("catalogue: no set %q", name))
	}
	return sets[name]()
}

func names[T ~string](of []T) []string { return list(of, func(v T) string { return string(v) }) }

func list[T any](of []T, name func(T) string) []string {
	out := make([]string, len(of))
	for i, v := range of {
		out[i] = name(v)
	}
	return out
}
