// Package manual renders the pages of /docs: the documents of the folder docs as
// HTML, with a table of contents and a search index, and the API reference from the
// OpenAPI document.
package manual

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"blush.example/blush/docs"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Root is the path of all pages.
const Root = "/docs"

// Chapter is a part of the contents with its pages, in reading order.
type Chapter struct {
	Title string
	Pages []Link
}

// Link leads to a page or to a place in one.
type Link struct {
	Title string
	Path  string // from the server's root, with #place
	About string // what the page is for, in one line
}

// document puts a file of the folder docs into the contents.
func document(name, title, about string) Link {
	return Link{Title: title, Path: Root + "/" + name, About: about}
}

// Contents lists every page, by chapter. The accuracy reports are linked only from the page on accuracy.
var Contents = []Chapter{
	{"Start", []Link{
		document("quickstart", "Quick start", "From a clone to a scan in your own page, in ten minutes."),
		document("concepts", "Concepts", "What a user, a token, a scan, an estimate and a metric are."),
		document("migrating", "From the vendor's API", "What is identical, what is better, what is not available."),
	}},
	{"Build", []Link{
		document("integrating", "Using the API", "Credentials, users, scans, results, health over time, errors."),
		{Title: "API reference", Path: Root + "/api", About: "Every call with its fields, a request in four languages and the answer."},
		document("embedding", "The pages in your app", "The scan page in an iframe or a web view, its messages and its size."),
		document("widgets", "Widgets and components", "A user's values in your own page."),
		document("events", "Events", "Webhooks: how your server learns what happens."),
		document("export", "Export", "Scans as NDJSON or CSV, waves as CSV or EDF+."),
		document("fhir", "FHIR R4", "Scans, readings and profiles as FHIR, with searches and the whole history."),
		document("certificates", "Certificates", "HTTPS with the development certificate in Node, Python, Java and browsers."),
		document("traces", "Trace format", "Colours over time, in JSON, CSV and the compact form."),
	}},
	{"What is measured", []Link{
		document("intended-use", "Intended use and limits", "Who may be measured, and what the numbers are not."),
		document("metrics", "Metrics", "Every formula with its sources, worked by hand."),
		document("accuracy", "Accuracy", "How often and by how much Blush is wrong."),
		document("measuring", "How accuracy is measured", "The suites, the calibration, and one command that repeats every figure."),
		document("capture", "Scans in the browser", "How the scan page makes a trace."),
	}},
	{"Run a server", []Link{
		document("operating", "Operating", "Settings, keys, backups, monitoring, upgrades."),
		document("privacy", "Privacy and security", "What leaves the device, what is kept, and what protects it."),
		document("security", "Threat model", "Each threat with its defence and the test that shows it."),
		document("performance", "Performance", "Speed and memory, measured."),
	}},
	{"Inside", []Link{
		document("architecture", "Architecture", "The packages and which may import which."),
		document("decisions", "Decisions", "Why some things are as they are."),
	}},
}

// served lists other addresses of the server. Where a document has one as code, it becomes a link.
var served = []string{Root, Root + "/api", Root + "/gallery", Root + "/gallery/dashboard", Root + "/instructions-for-use", "/openapi.json", "/openapi.yaml"}

// Page is one document as HTML.
type Page struct {
	Title    string
	Path     string
	Up       *Link // to the page above a report
	HTML     template.HTML
	Headings []Heading
	sections []Section
}

// Heading is a heading of a page, of level 2 or 3.
type Heading struct {
	Level int
	ID    string
	Title string
}

// Section is a search result: a heading with the text below it, or a route of the API.
type Section struct {
	Path    string `json:"path"`
	Page    string `json:"page"`
	Heading string `json:"heading"`
	Text    string `json:"text"`
	// About is the document's own title and what it is for, in its first section.
	About string `json:"about,omitempty"`
	Route bool   `json:"route,omitempty"`
}

// Pages renders every document, once for the process.
var Pages = sync.OnceValues(func() (map[string]*Page, error) { return render(docs.Files) })

// Index returns the search index as JSON: the sections of every document except the reports, and the operations of the API.
func Index(reference *Reference) ([]byte, error) {
	pages, err := Pages()
	if err != nil {
		return nil, err
	}
	var all []Section
	for _, c := range Contents {
		for _, l := range c.Pages {
			p := pages[l.Path]
			if p == nil {
				continue
			}
			for i, s := range p.sections {
				s.Page = l.Title
				if i == 0 {
					s.Heading, s.About = l.Title, p.Title+": "+l.About
				}
				all = append(all, s)
			}
		}
	}
	return json.Marshal(append(all, reference.Sections()...))
}

// render makes the pages of a folder of documents, by their paths on the server.
func render(files fs.FS) (map[string]*Page, error) {
	names, err := fs.Glob(files, "*.md")
	if err != nil {
		return nil, err
	}
	reports, err := fs.Glob(files, "accuracy/*.md")
	if err != nil {
		return nil, err
	}
	out := map[string]*Page{}
	for _, name := range append(names, reports...) {
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		p, err := page(name, source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[p.Path] = p
	}
	return out, nil
}

// markdown is GitHub's dialect without raw HTML. Cells are aligned by attribute: the pages' policy allows no style in a tag.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), extension.Strikethrough, extension.Linkify),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
)

var comment = regexp.MustCompile(`(?s)<!--.*?-->`)

// page renders one document. Comments are left out; other HTML is an error, since it would not be shown.
func page(name string, source []byte) (*Page, error) {
	root := markdown.Parser().Parse(text.NewReader(source))
	p := &Page{Path: Root + "/" + strings.TrimSuffix(name, ".md")}
	r := &pageReader{Page: p, name: name, source: source, section: Section{Path: p.Path}}
	if err := ast.Walk(root, r.visit); err != nil {
		return nil, err
	}
	for _, l := range r.outside {
		unlink(l)
	}
	for _, code := range r.addresses {
		l := ast.NewLink()
		l.Destination = []byte(plain(code, source))
		code.Parent().ReplaceChild(code.Parent(), code, l)
		l.AppendChild(l, code)
	}
	title := ""
	if p.Title == "" { // most reports have no heading of their own
		p.Title = "Report " + strings.TrimSuffix(path.Base(name), ".md")
		title = "<h1>" + template.HTMLEscapeString(p.Title) + "</h1>\n"
	}
	if strings.HasPrefix(name, "accuracy/") {
		p.Up = &Link{Title: "Accuracy", Path: Root + "/accuracy"}
	}
	p.sections = append(p.sections, r.section)
	for i := range p.sections {
		p.sections[i].Text = strings.Join(strings.Fields(p.sections[i].Text), " ")
	}
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, source, root); err != nil {
		return nil, err
	}
	html := strings.NewReplacer("<!-- raw HTML omitted -->", "", "<table>", `<div class="scroll" tabindex="0"><table>`, "</table>", "</table></div>").Replace(title + b.String())
	p.HTML = template.HTML(html) //nolint:gosec // from the program's own documents, without raw HTML
	return p, nil
}

// pageReader collects what a page needs from its document.
type pageReader struct {
	*Page
	name      string
	source    []byte
	section   Section         // the one being read
	outside   []*ast.Link     // to what the server does not serve
	addresses []*ast.CodeSpan // of pages that it serves
}

// visit reads one node, for [ast.Walk].
func (r *pageReader) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *ast.HTMLBlock:
		if left := comment.ReplaceAll(blockText(n, r.source), nil); len(bytes.TrimSpace(left)) > 0 {
			return ast.WalkStop, fmt.Errorf("HTML is not shown: %.60q; a line that starts with a comment is HTML to its end", left)
		}
	case *ast.RawHTML:
		if tag := n.Segments.Value(r.source); !comment.Match(tag) {
			return ast.WalkStop, fmt.Errorf("HTML is not shown: %.60q", tag)
		}
	case *ast.Link:
		to, here := place(r.name, string(n.Destination))
		n.Destination = []byte(to)
		if !here {
			r.outside = append(r.outside, n)
		}
	case *ast.CodeSpan:
		if n.Parent().Kind() != ast.KindLink && slices.Contains(served, plain(n, r.source)) {
			r.addresses = append(r.addresses, n)
		}
	case *ast.Heading:
		id, _ := n.AttributeString("id")
		at, _ := id.([]byte)
		title := plain(n, r.source)
		if n.Level == 1 {
			r.Title, r.section.Heading = title, title
			break
		}
		r.sections = append(r.sections, r.section)
		r.section = Section{Path: r.Path + "#" + string(at), Heading: title}
		if n.Level <= 3 {
			r.Headings = append(r.Headings, Heading{n.Level, string(at), title})
		}
	}
	switch n.Kind() {
	case ast.KindParagraph, ast.KindTextBlock, ast.KindFencedCodeBlock, ast.KindCodeBlock:
		r.section.Text += plain(n, r.source) + " "
	}
	if n.Kind().String() == "TableCell" {
		r.section.Text += plain(n, r.source) + " "
	}
	return ast.WalkContinue, nil
}

// place turns the target of a link in a document into an address on the server; here is false if the server has no such page.
func place(from, target string) (address string, here bool) {
	if target == "" || strings.HasPrefix(target, "#") || strings.HasPrefix(target, "/") || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return target, true
	}
	file, at, _ := strings.Cut(target, "#")
	file = path.Join(path.Dir(from), file)
	if strings.HasPrefix(file, "..") || path.Ext(file) != ".md" {
		return target, false
	}
	address = Root + "/" + strings.TrimSuffix(file, ".md")
	if at != "" {
		address += "#" + at
	}
	return address, true
}

// unlink replaces a link to a source file with its text.
func unlink(l *ast.Link) {
	parent := l.Parent()
	for c := l.FirstChild(); c != nil; c = l.FirstChild() {
		l.RemoveChild(l, c)
		parent.InsertBefore(parent, l, c)
	}
	parent.RemoveChild(parent, l)
}

// blockText is the source of a block.
func blockText(n ast.Node, source []byte) []byte {
	var b bytes.Buffer
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(source))
	}
	if h, ok := n.(*ast.HTMLBlock); ok && h.HasClosure() {
		b.Write(h.ClosureLine.Value(source))
	}
	return b.Bytes()
}

// plain returns the text of a node without its markup.
func plain(n ast.Node, source []byte) string {
	if n.Type() == ast.TypeBlock && n.FirstChild() == nil {
		return string(blockText(n, source))
	}
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := c.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(source))
			if t.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
