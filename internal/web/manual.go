package web

import (
	"bytes"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"blush.example/blush/internal/manual"
	"blush.example/blush/internal/words"

	"github.com/go-chi/chi/v5"
)

// manualView is the data of a document's template, besides that of every page.
type manualView struct {
	view
	Contents []manual.Chapter
	Path     string
	Page     *manual.Page
	// Reference and Group are of the reference of the API, Group nil on its first page.
	Reference *manual.Reference
	Group     *manual.Group
	// Before and After are the pages next to this one in the order of reading.
	Before, After *manual.Link
}

// documents mounts the pages of /docs. They are rendered on first use and cached.
func (p *Pages) documents(r chi.Router) {
	reference := sync.OnceValues(func() (*manual.Reference, error) {
		if p.cfg.Document == nil {
			return &manual.Reference{}, nil
		}
		document, err := p.cfg.Document()
		if err != nil {
			return nil, err
		}
		return manual.NewReference(document)
	})
	index := sync.OnceValues(func() (asset, error) {
		ref, err := reference()
		if err != nil {
			return asset{}, err
		}
		b, err := manual.Index(ref)
		return newAsset("index.json", b), err
	})
	r.Get("/docs/index.json", func(w http.ResponseWriter, r *http.Request) { p.made(w, r, index) })
	var kept sync.Map // path to func() (asset, error)
	page := func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if pages, err := manual.Pages(); err != nil || path != manual.Root && pages[path] == nil {
			p.NotFound(w, r)
			return
		}
		made, _ := kept.LoadOrStore(path, sync.OnceValues(func() (asset, error) { return p.document(path) }))
		p.made(w, r, made.(func() (asset, error)))
	}
	api := func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		ref, err := reference()
		if err != nil || path != manual.ReferencePath && ref.Group(path) == nil {
			p.NotFound(w, r)
			return
		}
		made, _ := kept.LoadOrStore(path, sync.OnceValues(func() (asset, error) {
			v := manualView{view: p.view("docs", "", nil), Contents: manual.Contents, Path: path, Reference: ref, Group: ref.Group(path)}
			v.Title = "API reference · Blush"
			return p.renderManual("reference", v)
		}))
		p.made(w, r, made.(func() (asset, error)))
	}
	if p.cfg.Document != nil {
		r.Get(manual.ReferencePath, api)
		r.Get(manual.ReferencePath+"/{group}", api)
	}
	r.Get(manual.Root, page)
	r.Get(manual.Root+"/{page}", page)
	r.Get(manual.Root+"/accuracy/{page}", page)
}

// document renders one page of /docs.
func (p *Pages) document(path string) (asset, error) {
	pages, err := manual.Pages()
	if err != nil {
		return asset{}, err
	}
	v := manualView{view: p.view("docs", "", nil), Contents: manual.Contents, Path: path, Page: pages[path]}
	if v.Page != nil {
		v.Title = v.Page.Title + " · Blush"
	}
	v.Before, v.After = neighbours(path)
	return p.renderManual("docs", v)
}

func (p *Pages) renderManual(name string, data any) (asset, error) {
	t, err := template.ParseFS(files, "pages/frame.html", "pages/manual.html", "pages/"+name+".html")
	if err != nil {
		return asset{}, err
	}
	var b bytes.Buffer
	err = t.ExecuteTemplate(&b, "frame", data)
	return newAsset("page.html", words.TypesetHTML(b.Bytes())), err
}

// neighbours are the pages before and after one in the contents.
func neighbours(path string) (before, after *manual.Link) {
	var all []manual.Link
	for _, c := range manual.Contents {
		all = append(all, c.Pages...)
	}
	for i, l := range all {
		if l.Path != path {
			continue
		}
		if i > 0 {
			before = &all[i-1]
		}
		if i+1 < len(all) {
			after = &all[i+1]
		}
	}
	return before, after
}

// unmade says that what was asked for cannot be made, which is a fault of the server.
func unmade(w http.ResponseWriter) {
	http.Error(w, "This page cannot be made.", http.StatusInternalServerError)
}

// made serves an asset that is made once.
func (p *Pages) made(w http.ResponseWriter, r *http.Request, make func() (asset, error)) {
	a, err := make()
	if err != nil {
		unmade(w)
		return
	}
	headers(w, "'none'")
	a.serve(w, r, "no-cache")
}

// Here says whether a link of the contents is the page itself.
func (v manualView) Here(l manual.Link) bool {
	return l.Path == v.Path || l.Path == manual.Root+"/api" && strings.HasPrefix(v.Path, l.Path+"/") || l.Path == manual.Root+"/accuracy" && strings.HasPrefix(v.Path, l.Path+"/")
}
