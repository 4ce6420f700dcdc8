package widget

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/internal/health"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parse reads a widget like the vendor's SDK: as the content of a detached div.
func parse(t testing.TB, text []byte) []*html.Node {
	t.Helper()
	nodes, err := html.ParseFragment(bytes.NewReader(text), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatal(err)
	}
	return nodes
}

func walk(nodes []*html.Node, visit func(*html.Node)) {
	for _, n := range nodes {
		for d := range n.Descendants() {
			if d.Type == html.ElementNode {
				visit(d)
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// allowed are the elements of a widget. None of them loads, runs, submits or links.
var allowed = []string{
	"div", "p", "b", "i", "span", "ul", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary",
	"svg", "path", "rect", "circle", "line", "text", "title",
}

var allowedAttributes = []string{
	"class", "lang", "role", "aria-label", "aria-hidden", "scope", "style", "title",
	"d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "dx", "dy", "width", "height", "viewbox", "preserveaspectratio",
	"fill", "stroke-width", "stroke-linecap", "stroke-dasharray", "text-anchor", "overflow",
}

// The rules of the vendor's loader, and ours: one sheet and one element, no
// script, nothing that loads, no id but the one that is replaced.
func TestMarkup(t *testing.T) {
	for _, e := range examples("en") {
		text, err := e.html("en", Look{Variation: e.variation, Theme: Theme{"--bw-good": "#00ff00"}})
		if err != nil {
			t.Fatal(err)
		}
		nodes := parse(t, text)
		if len(nodes) != 2 || nodes[0].Data != "style" || nodes[1].Data != "div" {
			t.Fatalf("%s: %d elements", e.title(), len(nodes))
		}
		root := nodes[1]
		if !slices.Contains(strings.Fields(attr(root, "class")), "intelli-widget") || attr(root, "id") != "intelli-widget-id" {
			t.Errorf("%s: root %v", e.title(), root.Attr)
		}
		if attr(root, "style") != "--bw-good:#00ff00" || attr(root, "aria-label") == "" {
			t.Errorf("%s: root %v", e.title(), root.Attr)
		}
		pictures, tables := 0, 0
		walk(nodes[1:], func(n *html.Node) {
			if !slices.Contains(allowed, n.Data) {
				t.Errorf("%s: <%s>", e.title(), n.Data)
			}
			for _, a := range n.Attr {
				if !slices.Contains(allowedAttributes, strings.ToLower(a.Key)) || strings.Contains(a.Val, "url(") {
					t.Errorf("%s: <%s %s=%q>", e.title(), n.Data, a.Key, a.Val)
				}
			}
			if n.Data == "table" {
				tables++
			}
			if n.Data == "svg" && (n.Parent == nil || n.Parent.Namespace != "svg") {
				pictures++
				if attr(n, "aria-hidden") != "true" && (attr(n, "role") != "img" || attr(n, "aria-label") == "") && !hidden(n) {
					t.Errorf("%s: a picture is neither hidden nor named", e.title())
				}
			}
		})
		if ready := strings.Contains(e.text(), `"state":"ready"`); ready && tables == 0 && !slices.Contains([]string{NameRecommendations, NameTodos}, e.name) {
			t.Errorf("%s: no table behind the picture", e.title())
		}
	}
}

func hidden(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if attr(p, "aria-hidden") == "true" || attr(p, "role") == "img" {
			return true
		}
	}
	return false
}

// Styles are global once a widget is mounted, so every rule is limited to our own
// class. They are one line, since the vendor's loader loses line breaks.
func TestStylesAreScoped(t *testing.T) {
	css := strings.TrimSuffix(strings.TrimPrefix(styles(), "<style>"), "</style>")
	if strings.ContainsAny(css, "\n\r<") || strings.Contains(css, "url(") || strings.Contains(css, "@import") || strings.Contains(css, "intelli-widget") {
		t.Error("the sheet has a line end, a tag, something to load or the vendor's own class")
	}
	if n := strings.Count(css, "{") - strings.Count(css, "}"); n != 0 {
		t.Errorf("%d braces are open", n)
	}
	inner := regexp.MustCompile(`@[a-z]+[^{]*\{`).ReplaceAllString(css, "")
	rules := 0
	for _, m := range regexp.MustCompile(`([^{}]+)\{[^{}]*\}`).FindAllStringSubmatch(inner, -1) {
		for _, selector := range strings.Split(m[1], ",") {
			rules++
			if !regexp.MustCompile(`^\.blush-w( |$)`).MatchString(selector) {
				t.Errorf("selector %q is not under .blush-w", selector)
			}
		}
	}
	if rules < 100 {
		t.Errorf("only %d selectors were looked at", rules)
	}
}

// Every widget has the same sheet, so that none overrides another and their order
// on a page does not matter.
func TestOneSheetForAll(t *testing.T) {
	files, err := renderFiles.ReadDir("style")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(styleParts, strings.TrimSuffix(f.Name(), ".css")) {
			t.Errorf("style/%s is in no sheet", f.Name())
		}
	}
	for _, e := range examples("en") {
		text, err := e.html("en", Look{Variation: e.variation})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), Styles()+"<div") {
			t.Errorf("%s starts with another sheet", e.title())
		}
		bare, err := e.html("en", Look{Variation: e.variation, ID: "one", NoStyles: true})
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.ReplaceAll(strings.TrimPrefix(string(text), Styles()), placeholderID, "one"); string(bare) != want {
			t.Errorf("%s without its sheet and with an id of its own is another", e.title())
		}
	}
}

// The colours are those of the pages' tokens; marks of zones are graphics, and have shades of their own.
func TestColoursAreThoseOfThePages(t *testing.T) {
	b, err := os.ReadFile("../web/assets/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	token := func(text, name string) string {
		m := regexp.MustCompile(`--` + name + `: (#[0-9a-f]{6});`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no token %s", name)
		}
		return m[1]
	}
	light, dark, ok := strings.Cut(string(b), `:root[data-theme="dark"]`)
	if !ok {
		t.Fatal("the tokens have no dark theme")
	}
	css := styles()
	for own, page := range map[string]string{
		"surface": "surface", "sunken": "sunken", "line": "line", "mark": "line-strong", "ink": "ink", "soft": "ink-soft", "accent": "accent",
		"good-soft": "good-soft", "normal-soft": "normal-soft", "neutral-soft": "neutral-soft", "bad-soft": "bad-soft", "focus": "focus",
	} {
		want := "--bw-" + own + ":light-dark(" + token(light, page) + "," + token(dark, page) + ")"
		if !strings.Contains(css, want) || !strings.Contains(css, "--bw-"+own+":"+token(light, page)+";") {
			t.Errorf("want %s", want)
		}
	}
}

// shape is the tree of a widget without its texts: elements, and attributes with
// their values except those that contain text.
func shape(nodes []*html.Node) string {
	var b strings.Builder
	walk(nodes, func(n *html.Node) {
		b.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
			if a.Key != "aria-label" && a.Key != "title" {
				b.WriteString("=" + a.Val)
			}
		}
		b.WriteString(">")
	})
	return b.String()
}

// hostile fills every text that others may write.
func hostile(t testing.TB, s string) (out [][]byte) {
	place := Place{Language: "en", Now: today, Journey: journey(7)}
	add := func(html []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, html)
	}
	g := NewGraph(place, series(Series{Parameter: "heart_rate", Title: "x" + s, Start: dayOf(-6), Stop: dayOf(0), Step: "none"}, year(6, 1))).Data
	g.Name, g.Text, g.UnitName = s, s, s
	for i := range g.Points {
		g.Points[i].Reason, g.Points[i].ReasonText = &s, &s
	}
	add(g.HTML("en", Look{}))
	own := place
	own.Journey.Steps = append(slices.Clone(own.Journey.Steps), health.StepProgress{ID: "x" + s, Need: 2, Unlocks: []string{s}})
	td := NewTodos(own, []health.Advice{{ID: "x", TextKey: s, Insight: s, Source: health.Source{Title: s}}}).Data
	add(td.HTML("en", Look{}))
	add(NewRecommendations(place, []health.Advice{{ID: s, TextKey: s, Insight: s, Source: health.Source{Title: s}}}, nil).Data.HTML("en", Look{}))
	locked := own
	locked.Journey.Locked = []string{s, "heart_rate"}
	b := NewBiomarker(locked, "heart_rate", nil, nil).Data
	b.Text, b.Name, b.UnitName, b.Footnote = s, s, s, s
	for _, v := range Variations(NameBiomarker) {
		add(b.HTML("en", Look{Variation: v}))
	}
	return out
}

// A title, a name, an answer or a customer's own step always stays text: the
// elements and attributes of a widget are the same as with a harmless word.
func FuzzHostileText(f *testing.F) {
	for _, s := range []string{
		"</style><script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</title></svg><script>1</script>", "' onload='x", "{{.}}", "<!--", "]]>",
		"javascript:alert(1)", "\x00\u2028\u202e", "</table></div>", "`${1}`", "<svg><style>*{}</style>", "&lt;script&gt;", "intelli-widget-id",
	} {
		f.Add(s)
	}
	var want []string
	for _, text := range hostile(f, "word") {
		want = append(want, shape(parse(f, text)))
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" {
			return // an empty text has no element
		}
		for i, text := range hostile(t, s) {
			if got := shape(parse(t, text)); got != want[i] {
				t.Fatalf("with %q the tree is\n%s\nwith a word\n%s", s, got, want[i])
			}
		}
	})
}

// A theme reaches the page only as colours.
func FuzzTheme(f *testing.F) {
	f.Add("support-300", "#fff")
	f.Add("support-300", "red;background:url(//evil)")
	f.Add("brandSecondary", `"><script>`)
	f.Fuzz(func(t *testing.T, name, value string) {
		theme, err := ParseTheme(map[string]any{name: value})
		if err != nil {
			return
		}
		text, err := NewMain(Place{Language: "en", Now: today}, health.Compute(health.History{}, today)).Data.HTML("en", Look{Theme: theme})
		if err != nil {
			t.Fatal(err)
		}
		got := attr(parse(t, text)[1], "style")
		if !regexp.MustCompile(`^(--bw-[a-z]+(-soft)?:#[0-9a-f]{6}([0-9a-f]{2})?;?)*$`).MatchString(got) {
			t.Fatalf("%q: %q becomes style %q", name, value, got)
		}
	})
}

// A profile has an icon of its own, and a name without one has none: it doesn't get another profile's.
func TestEachProfileHasItsIcon(t *testing.T) {
	of := map[string]string{}
	for _, name := range append(slices.Clone(health.ProfileNames), "new") {
		icon, err := Glyph("profile-icon", name)
		if err != nil {
			t.Fatal(err)
		}
		if (len(icon) > 0) != (name != "new") {
			t.Errorf("the icon of %s is %q", name, icon)
		}
		if other, ok := of[string(icon)]; ok {
			t.Errorf("%s and %s have one icon", name, other)
		}
		of[string(icon)] = name
	}
}
