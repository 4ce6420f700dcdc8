// Package gallery shows every widget in every state, from a fixed simulated year
// of one person. It does not read the store: it needs no token and stores nothing
// that it receives. The year is served under /docs/gallery/api in the form of the
// API, so that the dashboard and the results page can be shown with it.
package gallery

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"sync"

	"blush.example/blush/internal/health"
	"blush.example/blush/internal/widget"
	"blush.example/blush/internal/words"

	"github.com/go-chi/chi/v5"
)

const (
	// API is where the example year answers as the API does.
	API = "/docs/gallery/api"
	// brokenAPI is where a component is told that its token has run out.
	brokenAPI = "/docs/gallery/broken"
)

//go:embed widgets.html
var widgetsPage string

var widgetsTemplate = template.Must(template.New("widgets").Parse(widgetsPage))

// Mount puts the gallery's data on r; the pages that show it are those of package web.
func Mount(r chi.Router) {
	r.Get("/docs/gallery/cards", inLanguage(func(lang string) ([]byte, string, error) {
		b, err := json.Marshal(cards(lang))
		return b, "application/json", err
	}))
	r.Get("/docs/gallery/widgets", inLanguage(func(lang string) ([]byte, string, error) {
		b, err := drawn(lang)
		return b, "text/html; charset=utf-8", err
	}))
	r.Get(brokenAPI+"/*", func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusUnauthorized, "This one has no token.")
	})
	r.Route(API+"/v2", mountExample)
}

// inLanguage serves what is worked out once for each language.
func inLanguage(make func(lang string) ([]byte, string, error)) http.HandlerFunc {
	type made struct {
		once sync.Once
		body []byte
		kind string
		err  error
	}
	all := map[string]*made{}
	for _, lang := range health.Languages {
		all[lang] = &made{}
	}
	return func(w http.ResponseWriter, r *http.Request) {
		lang := language(r.URL.Query().Get("language"))
		m := all[lang]
		m.once.Do(func() { m.body, m.kind, m.err = make(lang) })
		if m.err != nil {
			fail(w, http.StatusInternalServerError, "The gallery cannot be drawn.")
			return
		}
		head(w)
		w.Header().Set("Content-Type", m.kind)
		_, _ = w.Write(m.body)
	}
}

// language is the one that is asked for, or English.
func language(tag string) string { return words.FirstLanguage(tag) }

// head lets the server's own pages alone use what is shown; a widget's HTML carries its style within.
func head(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
}

// drawn is a page with every widget as the server draws it.
func drawn(lang string) ([]byte, error) {
	type shown struct {
		State string
		Wide  bool
		HTML  template.HTML
	}
	type group struct {
		Name  string
		Cards []shown
	}
	var groups []group
	for i, c := range cards(lang) {
		if c.html == nil {
			continue
		}
		b, err := c.html("w" + strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		if n := len(groups); n == 0 || groups[n-1].Name != c.Group {
			groups = append(groups, group{Name: c.Group})
		}
		g := &groups[len(groups)-1]
		g.Cards = append(g.Cards, shown{c.State + variationOf(c), c.Wide, template.HTML(b)}) //nolint:gosec // escaped where it was made
	}
	var out bytes.Buffer
	err := widgetsTemplate.Execute(&out, map[string]any{"Language": lang, "Groups": groups, "Styles": template.HTML(widget.Styles())}) //nolint:gosec // ours
	return out.Bytes(), err
}

func variationOf(c card) string {
	if v := c.Attributes["variation"]; v != "" && v != widget.Default {
		return ", " + v
	}
	return ""
}
