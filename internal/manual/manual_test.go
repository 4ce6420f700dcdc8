package manual

import (
	"html"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"blush.example/blush/docs"
)

// The contents list every document, and nothing else.
func TestContentsAreComplete(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{Root + "/api": true}
	for _, c := range Contents {
		for _, l := range c.Pages {
			if pages[l.Path] == nil && !listed[l.Path] {
				t.Errorf("the contents name %s, and there is no such document", l.Path)
			}
			if l.Title == "" || l.About == "" {
				t.Errorf("%s has no title or no line about it", l.Path)
			}
			listed[l.Path] = true
		}
	}
	for path := range pages {
		if !listed[path] && !strings.HasPrefix(path, Root+"/accuracy/") {
			t.Errorf("the contents do not name %s", path)
		}
	}
}

// Every page has one title at its top, and a report leads back to the page on accuracy, which the contents list.
func TestPagesHaveATitle(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if !strings.HasPrefix(string(p.HTML), "<h1") || strings.Count(string(p.HTML), "<h1") != 1 {
			t.Errorf("%s begins with %.80s", p.Path, p.HTML)
		}
		if report := strings.HasPrefix(p.Path, Root+"/accuracy/"); report != (p.Up != nil) || report && pages[p.Up.Path] == nil {
			t.Errorf("above %s is %+v", p.Path, p.Up)
		}
	}
}

// Every link leads to an existing page and place, and no page has inline styles or scripts.
func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`<a href="([^"]*)"`)
	for _, p := range pages {
		body := string(p.HTML)
		if regexp.MustCompile(`<script|<style|\sstyle=|\son[a-z]+="`).MatchString(body) {
			t.Errorf("%s holds a style or a script", p.Path)
		}
		for _, m := range link.FindAllStringSubmatch(body, -1) {
			target := html.UnescapeString(m[1])
			path, at, _ := strings.Cut(target, "#")
			if path == "" {
				path = p.Path
			}
			to := pages[path]
			switch {
			case strings.Contains(target, "://"), slices.Contains(served, path):
			case to == nil:
				t.Errorf("%s links to %s, which is not there", p.Path, target)
			case at != "" && !strings.Contains(string(to.HTML), `id="`+at+`"`):
				t.Errorf("%s links to %s: %s has no such place", p.Path, target, path)
			}
		}
	}
}

func TestMarkdownBecomesAPage(t *testing.T) {
	p, err := page("a.md", []byte("# Title\n\nSee [there](b.md#x), [code](../cmd/x.go), [report](accuracy/r.md) and <!-- made: x -->`y`<!-- / --> at `/docs/api`.\n\n## Part *one*\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```sh\nls <x>\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<a href="/docs/b#x">there</a>`, "code,", `<a href="/docs/accuracy/r">report</a>`, `and <code>y</code> at <a href="/docs/api"><code>/docs/api</code></a>.`, `<h2 id="part-one">`, `<div class="scroll" tabindex="0"><table>`, `<td align="right">2</td>`, "ls &lt;x&gt;"} {
		if !strings.Contains(string(p.HTML), want) {
			t.Errorf("no %s in %s", want, p.HTML)
		}
	}
	if strings.Contains(string(p.HTML), "cmd/x.go") || strings.Contains(string(p.HTML), "made:") {
		t.Errorf("%s", p.HTML)
	}
	if p.Title != "Title" || len(p.Headings) != 1 || p.Headings[0] != (Heading{2, "part-one", "Part one"}) {
		t.Errorf("%q %v", p.Title, p.Headings)
	}
	if len(p.sections) != 2 || p.sections[1].Path != "/docs/a#part-one" || p.sections[1].Text != "a b 1 2 ls <x>" {
		t.Errorf("%+v", p.sections)
	}
}

// Markup that the server would not show is an error.
func TestHiddenHTMLIsAnError(t *testing.T) {
	for _, source := range []string{"# T\n\nOne of\n<!-- made: x -->`y`<!-- / --> and more.\n", "# T\n\n<div>text</div>\n", "# T\n\na <b>text</b>\n"} {
		if _, err := render(fstest.MapFS{"a.md": {Data: []byte(source)}}); err == nil {
			t.Errorf("%q was rendered", source)
		}
	}
}

func TestIndexFindsEveryDocument(t *testing.T) {
	index, err := Index(&Reference{})
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(docs.Files, "*.md")
	if err != nil || len(names) < 10 {
		t.Fatalf("%v %v", names, err)
	}
	for _, name := range names {
		if !strings.Contains(string(index), `"path":"/docs/`+strings.TrimSuffix(name, ".md")) {
			t.Errorf("the index has nothing of %s", name)
		}
	}
	for _, c := range Contents {
		for _, l := range c.Pages {
			if l.Path != ReferencePath && strings.Count(string(index), `: `+l.About+`"`) != 1 {
				t.Errorf("the index does not say once what %s is about", l.Path)
			}
		}
	}
}
