// Package web contains the pages that users see: the scan page, a user's
// dashboard and results, and the instructions for use. They are served from the
// binary alone, with no third-party asset, no inline script and no cookie.
//
// A page that is opened with an action token in its address removes the token from
// the address at once (web/pages/session.ts). It then calls the API like any other
// client. The server renders nothing personal into it.
package web

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/manual"
	"blush.example/blush/internal/words"

	"github.com/go-chi/chi/v5"
)

//go:embed pages assets scripts
var files embed.FS

// InstructionsVersion numbers the instructions for use; it changes whenever
// what they say about people, conditions or limits changes.
const (
	InstructionsVersion = "1.5"
	InstructionsDate    = "2026-11-30"
)

// Config is what the pages need to know about the server.
type Config struct {
	// FrameAncestors lists the origins that may embed a page opened with this token; nil: those of [Embedders].
	// After an error, no origin may.
	FrameAncestors func(ctx context.Context, token string) ([]string, error)
	// Document makes the API's OpenAPI document as JSON, for the reference; nil: there is no reference.
	Document func() ([]byte, error)
	// Try is the path where anybody may start a scan, in the demo; empty: nowhere.
	Try string
	// Keeps returns the customer of this id, with its name and retention periods; nil if there is no such customer.
	Keeps func(ctx context.Context, customerID string) (*blush.Customer, error)
}

// Pages serves the pages and their assets.
type Pages struct {
	cfg   Config
	pages map[string]func() ([]byte, error) // each is rendered when it is asked for first
	bundle
}

// view is the data of a page's template.
type view struct {
	Title               string
	Assets              string // the path of this build's assets
	API                 string // the path before /v2; empty for the API itself
	Catalogue           []biomarker.Kind
	Languages           []language
	InstructionsVersion string
	InstructionsDate    string
	Customer            *blush.Customer // whose instructions these are; nil for everybody's
	Accuracy            []manual.Site   // how often an interval contained the true value, by site
	Try                 string          // where a scan starts without a key; empty: nowhere
}

// Name is what the pages call a biomarker, in English.
func (view) Name(k biomarker.Kind) string {
	return words.Pages(words.English)["biomarker."+string(k.Name)]
}

// language is one that a page offers.
type language struct{ Code, Name string }

func languages() []language {
	out := make([]language, len(words.Languages))
	for i, l := range words.Languages {
		out[i] = language{l, words.Name(l)}
	}
	return out
}

// titles names every page; its file is pages/NAME.html.
var titles = map[string]string{
	"home": "Blush", "scan": "Your scan", "dashboard": "Your scans", "results": "Your result",
	"instructions": "Instructions for use", "missing": "Nothing here", "gallery": "Widget gallery", "docs": "Documents · Blush",
}

const (
	// ExampleAPI is the path of the API for the gallery's simulated people. Each example page uses its own name below it.
	ExampleAPI = "/docs/gallery/api"
	// ExampleScan is the scan that the example of a results page shows.
	ExampleScan = "5a3c7f0e-0000-8000-8000-000000000002"
)

// examples are pages that show a simulated person instead of the token's user.
var examples = map[string]string{"/docs/gallery/dashboard": "dashboard", "/docs/gallery/results": "results"}

// New renders the pages.
func New(cfg Config) (*Pages, error) {
	all, err := loaded()
	if err != nil {
		return nil, err
	}
	p := &Pages{cfg: cfg, pages: map[string]func() ([]byte, error){}, bundle: all}
	for name := range titles {
		p.pages[name] = sync.OnceValues(func() ([]byte, error) { return p.render(name, "", nil) })
	}
	for path, name := range examples {
		p.pages[path] = sync.OnceValues(func() ([]byte, error) { return p.render(name, ExampleAPI+"/"+name, nil) })
	}
	return p, nil
}

// render renders a page that calls the API below a path.
func (p *Pages) render(name, api string, of *blush.Customer) ([]byte, error) {
	t, err := template.ParseFS(files, "pages/frame.html", "pages/"+name+".html")
	if err != nil {
		return nil, err
	}
	v := p.view(name, api, of)
	if name == "instructions" {
		accuracy, err := manual.MeasuredAccuracy()
		if err != nil {
			return nil, err
		}
		v.Accuracy = accuracy.Sites()
	}
	var b bytes.Buffer
	err = t.ExecuteTemplate(&b, "frame", v)
	return words.TypesetHTML(b.Bytes()), err
}

func (p *Pages) view(name, api string, of *blush.Customer) view {
	return view{Title: titles[name], Assets: "/assets/" + p.hash, API: api, Catalogue: biomarker.Catalogue, Languages: languages(),
		InstructionsVersion: InstructionsVersion, InstructionsDate: InstructionsDate, Customer: of, Try: p.cfg.Try}
}

// Mount puts the pages on r.
func (p *Pages) Mount(r chi.Router) {
	home, scan := p.static("home"), p.opened("scan")
	r.Get("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("action_token") != "" { // the form of the vendor's addresses
			scan(w, r)
			return
		}
		home(w, r)
	})
	r.Get("/docs/instructions-for-use", p.instructions)
	r.Get("/docs/gallery", p.static("gallery"))
	p.documents(r)
	for path := range examples {
		r.Get(path, p.example(path))
	}
	for _, name := range []string{"scan", "dashboard", "results"} {
		r.Get("/"+name, p.opened(name))
	}
	r.Get("/assets/*", p.assets)
}

// NotFound answers an unknown path.
func (p *Pages) NotFound(w http.ResponseWriter, _ *http.Request) {
	p.write(w, "missing", http.StatusNotFound, "'none'")
}

func (p *Pages) static(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { p.write(w, name, http.StatusOK, "'none'") }
}

// example serves a page of the gallery. The address of a results page names the scan, like a real one.
func (p *Pages) example(path string) http.HandlerFunc {
	page := p.static(path)
	return func(w http.ResponseWriter, r *http.Request) {
		if query := r.URL.Query(); examples[path] == "results" && !query.Has("face_scan_id") {
			query.Set("face_scan_id", ExampleScan)
			http.Redirect(w, r, path+"?"+query.Encode(), http.StatusFound) //nolint:gosec // the path is one of ours
			return
		}
		page(w, r)
	}
}

// instructions serves the instructions for use: the general ones, or those of a customer, which say how long its data is kept.
func (p *Pages) instructions(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("customer")
	if id == "" {
		p.write(w, "instructions", http.StatusOK, "'none'")
		return
	}
	c, err := p.cfg.Keeps(r.Context(), id)
	if err == nil && c == nil {
		p.NotFound(w, r)
		return
	}
	var page []byte
	if err == nil {
		page, err = p.render("instructions", "", c)
	}
	if err != nil { // the general instructions can be shown anyway
		p.write(w, "instructions", http.StatusOK, "'none'")
		return
	}
	p.send(w, page, http.StatusOK, "'none'")
}

// opened serves a page that is opened with an action token and may be in a frame.
func (p *Pages) opened(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ancestors := anyEmbedder()
		if token := r.URL.Query().Get("action_token"); token != "" {
			switch origins, err := p.cfg.FrameAncestors(r.Context(), token); {
			case err != nil: // the customer may allow only some origins, and they cannot be read now
				ancestors = "'none'"
			case len(origins) > 0:
				ancestors = "'self' " + strings.Join(origins, " ")
			}
		}
		p.write(w, name, http.StatusOK, ancestors)
	}
}

func (p *Pages) write(w http.ResponseWriter, name string, status int, ancestors string) {
	page, err := p.pages[name]()
	if err != nil {
		unmade(w)
		return
	}
	p.send(w, page, status, ancestors)
}

func (p *Pages) send(w http.ResponseWriter, page []byte, status int, ancestors string) {
	headers(w, ancestors)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(page)
}

// headers restrict a page to this server's resources, and keep its address private.
func headers(w http.ResponseWriter, ancestors string) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "+
		"font-src 'self'; media-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "+ancestors)
	h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}
