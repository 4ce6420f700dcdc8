// Package gallery shows every widget in every state, and serves a simulated person
// to the example pages. Only the people are simulated: their data is in a database
// in memory, behind the same services and HTTP handlers as on the server. The
// gallery is read-only, needs no token, and is built on first use.
package gallery

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"sync"

	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/web"
	"blush.example/blush/internal/words"

	"github.com/go-chi/chi/v5"
)

//go:embed widgets.html
var widgetsPage string

var widgetsTemplate = template.Must(template.New("widgets").Parse(widgetsPage))

// Config is what the gallery needs to know about the server.
type Config struct {
	BaseURL  string // how clients reach this server
	Version  string
	Log      *slog.Logger
	Stopping context.Context // ends when the server wants to stop
}

// Gallery serves the requests for the simulated people.
type Gallery struct {
	cfg    Config
	mu     sync.Mutex
	people *people           // nil until the first request
	pages  map[string][]byte // rendered pages, by language
}

// New makes a gallery. Close it.
func New(cfg Config) *Gallery { return &Gallery{cfg: cfg, pages: map[string][]byte{}} }

// Close closes the database of the simulated people.
func (g *Gallery) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.people == nil {
		return nil
	}
	return g.people.close()
}

// built returns the simulated people, and creates them on first use.
func (g *Gallery) built(ctx context.Context) (*people, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.people != nil {
		return g.people, nil
	}
	var err error
	g.people, err = newPeople(context.WithoutCancel(ctx), g.cfg) // others wait for them too
	return g.people, err
}

// Mount puts the gallery's data on r, behind [httpapi.Observe]; the pages that show it are those of package web.
func (g *Gallery) Mount(r chi.Router) {
	r.Get("/docs/gallery/cards", g.page("application/json", func(of *people, ctx context.Context, lang string) ([]byte, error) {
		all, err := of.filled(ctx, lang)
		if err != nil {
			return nil, err
		}
		return json.Marshal(all)
	}))
	r.Get("/docs/gallery/widgets", g.page("text/html; charset=utf-8", (*people).drawn))
	r.Handle(web.ExampleAPI+"/{visit}/v2/*", http.HandlerFunc(g.api))
}

// api answers like the server's own API, for the person that the address names.
func (g *Gallery) api(w http.ResponseWriter, r *http.Request) {
	p, err := g.built(r.Context())
	if err != nil {
		g.failed(w, r, err)
		return
	}
	visit := chi.URLParam(r, "visit")
	http.StripPrefix(web.ExampleAPI+"/"+visit, p.as(visits[visit])).ServeHTTP(w, r)
}

// page serves what is made once in each language.
func (g *Gallery) page(kind string, make func(of *people, ctx context.Context, lang string) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		lang := words.FirstLanguage(r.URL.Query().Get("language"))
		p, err := g.built(r.Context())
		if err != nil {
			g.failed(w, r, err)
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		body := g.pages[kind+lang]
		if body == nil {
			if body, err = make(p, context.WithoutCancel(r.Context()), lang); err != nil {
				g.failed(w, r, err)
				return
			}
			g.pages[kind+lang] = body
		}
		h := w.Header()
		// The server's own pages alone use it; a widget's HTML carries its style within.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Type", kind)
		_, _ = w.Write(body)
	}
}

func (g *Gallery) failed(w http.ResponseWriter, r *http.Request, err error) {
	g.cfg.Log.ErrorContext(r.Context(), "the gallery cannot be shown", "error", err)
	httpapi.SetNonPageHeaders(w)
	http.Error(w, "The gallery cannot be shown.", http.StatusInternalServerError)
}

// drawn is a page with every widget as the server draws it.
func (p *people) drawn(ctx context.Context, lang string) ([]byte, error) {
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
	for i, c := range p.cards {
		if c.widget == "" {
			continue
		}
		b, err := p.html(ctx, c, lang, i)
		if err != nil {
			return nil, err
		}
		if n := len(groups); n == 0 || groups[n-1].Name != c.Group {
			groups = append(groups, group{Name: c.Group})
		}
		state := c.State
		if v := c.Attributes["variation"]; v != "" && v != "default" {
			state += ", " + v
		}
		g := &groups[len(groups)-1]
		g.Cards = append(g.Cards, shown{state, c.Wide, template.HTML(b)}) //nolint:gosec // escaped where it was made
	}
	var out bytes.Buffer
	err := widgetsTemplate.Execute(&out, map[string]any{"Language": lang, "Groups": groups})
	return out.Bytes(), err
}
