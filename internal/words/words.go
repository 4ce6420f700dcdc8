// Package words contains all text shown to users, in every language.
//
// Each language is one file. The file is named after the two-letter code, and "name"
// is the language's own name. A file has a section for each part of the product.
// The names and units of the biomarkers are in biomarkers.json, each in all
// languages, so that a new biomarker is named in one place. To add a language, add its
// file and its texts in biomarkers.json.
package words

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"sync"
)

//go:embed *.json
var files embed.FS

// English is the language used where no other one is known or supported.
const English = "en"

const biomarkersFile = "biomarkers.json"

// language is one file.
type language struct {
	Name string `json:"name"`
	// Phrases are what tests look for in the other texts: "again" is a regular expression, the others must be in the safety texts.
	Phrases    map[string]string `json:"phrases"`
	Hyphens    string            `json:"hyphens"`    // long words, with a hyphen where a line may end
	Pages      map[string]string `json:"pages"`      // the scan page and the other public ones
	Person     map[string]string `json:"person"`     // the dashboard and the results page
	Health     map[string]string `json:"health"`     // the texts of the model
	Widgets    map[string]string `json:"widgets"`    // the widgets' HTML and JSON
	Components map[string]string `json:"components"` // the web components' own
	Report     map[string]string `json:"report"`     // the report as a PDF
}

// biomarkers is biomarkers.json: key, language, text.
type biomarkers struct {
	Names   map[string]map[string]string `json:"names"`
	OnPages map[string]map[string]string `json:"on_pages"` // where the pages say more
	Units   map[string]map[string]string `json:"units"`
}

// all reads every file. The files are part of the program, so the first test finds
// a mistake in them: all panics.
var all = sync.OnceValue(func() map[string]*language {
	var shared biomarkers
	load(biomarkersFile, &shared)
	out := map[string]*language{}
	for _, code := range Languages {
		l := &language{}
		load(code+".json", l)
		for name, text := range shared.Names {
			l.Widgets["biomarker."+name] = text[code]
			l.Pages["biomarker."+name] = text[code]
		}
		for name, text := range shared.OnPages {
			l.Pages["biomarker."+name] = text[code]
		}
		for unit, text := range shared.Units {
			l.Widgets["unit."+unit] = text[code]
			l.Pages["unit."+unit] = text[code]
		}
		out[code] = l
	}
	return out
})

func load(name string, into any) {
	b, err := files.ReadFile(name)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		err = d.Decode(into)
	}
	if err != nil {
		panic(fmt.Sprintf("words: %s: %v", name, err))
	}
}

// Languages lists the codes of the languages, English first.
var Languages = func() []string {
	names, err := fs.Glob(files, "??.json")
	if err != nil {
		panic(err)
	}
	codes := []string{English}
	for _, name := range names {
		if code := name[:2]; code != English {
			codes = append(codes, code)
		}
	}
	return codes
}()

// Name is a language's own name, e.g. Svenska.
func Name(lang string) string { return of(lang).Name }

// Each of the functions below returns a section by key, in English if there is no such language.

// Phrases returns what tests look for in the other texts.
func Phrases(lang string) map[string]string { return of(lang).Phrases }

// Pages returns the words of the scan page and the other public pages.
func Pages(lang string) map[string]string { return of(lang).Pages }

// Person returns the words of the dashboard and the results page.
func Person(lang string) map[string]string { return of(lang).Person }

// Health returns the words of the model.
func Health(lang string) map[string]string { return of(lang).Health }

// Widgets returns the words of the widgets.
func Widgets(lang string) map[string]string { return of(lang).Widgets }

// componentWidgets maps the components' names of the words that they share with the widgets to the widgets' names.
var componentWidgets = map[string]string{
	"why": "how.title", "share": "how.weight", "effect": "how.points",
	"date": "table.date", "value": "table.value", "range": "table.interval", "certainty": "table.confidence",
	"systolic": "graph.key.systolic", "diastolic": "graph.key.diastolic", "each": "graph.key.value", "likely": "graph.key.interval",
	"day": "graph.day", "week": "graph.week", "last_day": "graph.day.metric", "last_week": "graph.week.metric",
}

// Components returns the words of the web components: their own, and those that they share with the widgets.
func Components(lang string) map[string]string {
	out := maps.Clone(of(lang).Components)
	for name, widget := range componentWidgets {
		out[name] = of(lang).Widgets[widget]
	}
	return out
}

// Report returns the words that only the report has.
func Report(lang string) map[string]string { return of(lang).Report }

func of(lang string) *language {
	if l := all()[lang]; l != nil {
		return l
	}
	return all()[English]
}
