package widget

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	said "blush.example/blush/internal/words"
)

//go:embed templates/*.html style/*.css
var renderFiles embed.FS

// Look says how a widget looks.
type Look struct {
	Theme     Theme
	Variation string
	// ID is the id of the widget's element; empty for the placeholder that the vendor's loader replaces with its own id.
	ID string
	// NoStyles leaves out the style sheet, for a page that already has it.
	NoStyles bool
}

// placeholderID is what the vendor's loader replaces.
const placeholderID = "intelli-widget-id"

var idPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// IsID says whether a text can be the id of a widget: letters, digits, - and _, a letter first.
func IsID(s string) bool { return idPattern.MatchString(s) }

// The variations.
const (
	Default = "default"
	Arc     = "arc"
	Small   = "small"
)

// Variations lists the variations of a widget, nil for an unknown name.
func Variations(name string) []string {
	switch name {
	case NameBiomarker:
		return []string{Default, Arc, Small}
	case NameMetric, NameGraph, NameMain, NameRecommendations, NameTodos:
		return []string{Default}
	}
	return nil
}

var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(renderFiles, "templates/*.html"))
})

// styleParts are the files of the sheet, in the order in which their rules overrule each other.
var styleParts = []string{"base", "biomarker", "metric", "graph", "main", "lists"}

// styles is the one sheet of all widgets. Every answer carries the whole of it:
// styles apply to the whole page, so with different sheets the last widget would
// override the styles of the others. It is one line, because the vendor's loader
// passes it through innerText, which loses line breaks.
var styles = sync.OnceValue(func() string {
	var all strings.Builder
	for _, part := range styleParts {
		b, err := renderFiles.ReadFile("style/" + part + ".css")
		if err != nil {
			panic(err)
		}
		all.Write(b)
	}
	css := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(all.String(), "")
	css = regexp.MustCompile(`\s+`).ReplaceAllString(css, " ")
	css = regexp.MustCompile(` ?([{};,>]) ?|(: )`).ReplaceAllStringFunc(css, strings.TrimSpace)
	return "<style>" + strings.TrimSpace(css) + "</style>"
})

// Styles returns the sheet that every widget starts with, as a <style> element,
// for a page of several widgets that includes it once.
func Styles() string { return styles() }

// sheet is the data of every widget's template.
type sheet struct {
	ID        string
	styles    string
	W         words
	Label     string
	Theme     template.CSS
	Variation string
	Say       saying
}

// saying is an icon with a title and a text, shown instead of a drawing.
type saying struct{ Icon, Title, Text string }

type cell struct{ Name, Value string }

type tag struct{ Zone, Name string }

// render writes a widget: its styles, then the one element that holds it.
func render(name string, v interface{ sheetText() string }) ([]byte, error) {
	var out bytes.Buffer
	if err := templates().ExecuteTemplate(&out, name, v); err != nil {
		return nil, fmt.Errorf("widget %s: %w", name, err)
	}
	return append([]byte(v.sheetText()), said.TypesetHTML(out.Bytes())...), nil
}

// Glyph is the picture that one of the templates for marks and icons draws for a name, for scripts that draw the same.
func Glyph(template, name string) ([]byte, error) {
	var out bytes.Buffer
	err := templates().ExecuteTemplate(&out, template, name)
	return out.Bytes(), err
}

func (s sheet) sheetText() string { return s.styles }

func (l Look) sheet(lang, label string) sheet {
	css := styles()
	if l.NoStyles {
		css = ""
	}
	// The theme contains only our names and colours as #rrggbbaa.
	return sheet{ID: cmp.Or(l.ID, placeholderID), styles: css, W: wordsOf(lang), Label: label, Theme: template.CSS(l.Theme.style()), Variation: l.Variation}
}

// saying describes a state without a value.
func (w words) saying(s State, text string) saying { return saying{string(s), w.titleOf(s), text} }

// titleOf is the heading of a state without a value.
func (w words) titleOf(s State) string {
	title := map[State]string{Placeholder: "placeholder.title", Locked: "locked.title", Processing: "processing.title", Refused: "refused.title", Failed: "error.title"}[s]
	if title == "" {
		title = "no_data.title"
	}
	return w.say(title)
}

// percent is the position of v on a scale, 0..100, limited to its ends.
func percent(v float64, scale [2]float64) float64 {
	return 100 * max(0, min(1, (v-scale[0])/(scale[1]-scale[0])))
}

// short writes a coordinate with at most two decimals.
func short(v float64) string {
	return strconv.FormatFloat(math.Round(100*v)/100, 'f', -1, 64)
}

// arc is a path along a circle, from one angle to another, clockwise, in degrees
// from the top.
func arc(cx, cy, r, from, to float64) string {
	x1, y1 := polar(cx, cy, r, from)
	x2, y2 := polar(cx, cy, r, to)
	large := 0
	if to-from > 180 {
		large = 1
	}
	return fmt.Sprintf("M%s %sA%s %s 0 %d 1 %s %s", short(x1), short(y1), short(r), short(r), large, short(x2), short(y2))
}

func polar(cx, cy, r, degrees float64) (x, y float64) {
	rad := (degrees - 90) * math.Pi / 180
	return cx + r*math.Cos(rad), cy + r*math.Sin(rad)
}
