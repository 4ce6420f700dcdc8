package widget_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/widget"
	"blush.example/blush/internal/words"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// pageOf is a page of widgets. Their sheet is in it once: each of them starts with the same (TestOneSheetForAll), and a browser is
// slow with a sheet for each.
func pageOf(widgets map[string]string, style string) string {
	var page strings.Builder
	fmt.Fprintf(&page, `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Widgets</title><link rel="icon" href="data:,"><style>%s</style>%s<main>`, style, widget.Styles())
	for _, title := range slices.Sorted(maps.Keys(widgets)) {
		fmt.Fprintf(&page, "<div data-title=%q>%s</div>\n", title, strings.TrimPrefix(widgets[title], widget.Styles()))
	}
	page.WriteString("</main></html>")
	return page.String()
}

// Every widget in every variation and state, light and dark, narrow and wide:
// axe finds nothing serious, and nothing is out of its place.
func TestAccessible(t *testing.T) {
	page := pageOf(widget.Pages("de"), `:root{color-scheme:light dark}body{margin:8px;display:grid;gap:8px;background:light-dark(#fff,#000)}`) // the longest words
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page)
	}))
	defer s.Close()
	b := browser.Start(t, browser.Camera{})
	b.Size(390, 800)
	b.Open(s.URL)
	for _, look := range []struct {
		scheme string
		rules  []string // none: all
	}{{"light", nil}, {"dark", browser.ColourRules}} {
		feature := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}
		if _, err := chromedp.Call(b.Context(), emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: feature}); err != nil {
			t.Fatal(err)
		}
		for _, line := range b.Axe("main", look.rules...) {
			t.Errorf("%s: %s", look.scheme, line)
		}
	}
	for _, width := range []int64{330, 390, 1440} {
		b.Size(width, 800)
		var wide []string
		b.Eval(`[...document.querySelectorAll("[data-title]")].flatMap((p) => {
			const place = p.getBoundingClientRect(), out = [];
			for (const e of p.querySelectorAll(".card, .card p, .card span:not(.vh), .card li, .card text, .card td, .card th")) {
				if (e.closest(".vh")) continue;
				const box = e.getBoundingClientRect();
				if (box.width && (box.right > place.right + 1 || box.left < place.left - 1)) out.push(p.dataset.title + ": <" + e.tagName + "> " + e.textContent.slice(0, 40));
			}
			return out;
		})`, &wide)
		for _, w := range wide {
			t.Errorf("at %d px: %s", width, w)
		}
	}
}

// A widget looks the same alone and among all others, whichever came before it and after.
func TestSameAloneAndAmongOthers(t *testing.T) {
	pages := widget.Pages("de")
	all, err := json.Marshal(pages)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/all" {
			_, _ = w.Write(all)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>Widgets</title><link rel="icon" href="data:,"><style>body{margin:8px;width:340px}</style><main></main></html>`)
	}))
	defer s.Close()
	b := browser.Start(t, browser.Camera{})
	b.Size(390, 800)
	b.Open(s.URL)
	var differ []string
	b.Eval(`(async () => {
		const all = Object.entries(await (await fetch("/all")).json()), main = document.querySelector("main");
		const place = ([title, html]) => Object.assign(document.createElement("div"), { innerHTML: html, title });
		const look = (at) => {
			const from = at.getBoundingClientRect();
			return [...at.querySelectorAll(".blush-w, .blush-w *")].filter((e) => e.getClientRects().length > 0).map((e) => {
				const b = e.getBoundingClientRect(), c = getComputedStyle(e);
				return { box: [b.x - from.x, b.y - from.y, b.width, b.height], style: [e.tagName, c.color, c.backgroundColor, c.fill, c.stroke, c.fontSize, c.fontWeight, c.textAlign, c.display].join(" ") };
			});
		};
		// Half a pixel is what the browser rounds.
		const same = (a, b) => a.style === b?.style && a.box.every((v, i) => Math.abs(v - b.box[i]) < .5);
		const alone = {}, differ = [];
		for (const one of all) {
			main.replaceChildren(place(one));
			alone[one[0]] = look(main.firstElementChild);
		}
		for (const order of [all, [...all].reverse()]) {
			main.replaceChildren(...order.map(place));
			for (const at of main.children) {
				const now = look(at), then = alone[at.title], i = now.findIndex((e, i) => !same(e, then[i]));
				if (i >= 0) differ.push(at.title + ": " + JSON.stringify(now[i]) + ", alone " + JSON.stringify(then[i]));
			}
		}
		return differ;
	})()`, &differ)
	for _, what := range differ {
		t.Errorf("looks otherwise among others: %s", what)
	}
	if len(pages) < 50 {
		t.Errorf("only %d widgets were looked at", len(pages))
	}
}

// From 165 px on nothing of a widget leaves its card or, but for the dates below a graph, is on its margin, no text is on another, what is in an arc stays within it,
// and no line ends between a number and its unit or its month, in every language. One language is drawn in all widths.
func TestNarrow(t *testing.T) {
	b := browser.Start(t, browser.Camera{})
	var page string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page)
	}))
	defer s.Close()
	for _, lang := range health.Languages {
		units, err := json.Marshal(afterNumbers(lang))
		if err != nil {
			t.Fatal(err)
		}
		page = pageOf(widget.Pages(lang), `body{margin:8px}main{display:grid;gap:8px}`)
		b.Size(800, 900)
		b.Open(s.URL)
		widths := []int{165, 300} // the narrowest, and where all numbers of an arc are shown
		if lang == "de" {         // which has the longest words
			widths = []int{165, 200, 240, 300, 348, 365}
		}
		for _, width := range widths {
			var faults []string
			b.Eval(fmt.Sprintf(`(() => {
				document.querySelector("main").style.gridTemplateColumns = "%[1]dpx";
				const faults = [], measure = new RegExp("\\d\\.?\\s(" + %[2]s.map((u) => u.replace(/[.\\s]/g, (c) => (c === "." ? "\\." : "\\s"))).join("|") + ")(?![\\p{L}\\d])", "gu");
				for (const place of document.querySelectorAll("[data-title]")) {
					const card = place.querySelector(".card").getBoundingClientRect(), inset = place.dataset.title.startsWith("graph") ? 0 : parseFloat(getComputedStyle(place.querySelector(".card")).paddingLeft) - 2, say = (what, t) => faults.push(place.dataset.title + " " + what + ": " + t.slice(0, 50));
					const lines = [];
					const walk = document.createTreeWalker(place.querySelector(".card"), NodeFilter.SHOW_TEXT);
					for (let n = walk.nextNode(); n; n = walk.nextNode()) {
						const e = n.parentElement;
						if (!n.data.trim() || e.closest(".vh, title, details:not([open]) > :not(summary), style")) continue;
						const range = document.createRange();
						range.selectNodeContents(n);
						const all = [...range.getClientRects()].map((r) => r.toJSON()); // plain numbers, for they are compared often
						for (const r of all) if (r.width > 1) lines.push({ n, r, text: n.data.trim(), beside: e.closest(".score svg") ? -3 : 1 }); // names of zones are apart
						if (all.length < 2) continue; // no line ends in it
						for (const m of n.data.matchAll(measure)) {
							range.setStart(n, m.index);
							range.setEnd(n, m.index + m[0].length);
							const tops = [...range.getClientRects()].map((r) => r.top);
							if (Math.max(...tops) > Math.min(...tops) + 5) say("ends a line within what is read as one", m[0]);
						}
						for (const m of n.data.matchAll(/[\p{L}\d]+([.,]\d+)*/gu)) {
							range.setStart(n, m.index);
							range.setEnd(n, m.index + m[0].length);
							if (range.getClientRects().length < 2) continue;
							const top = (at) => (range.setStart(n, at), range.setEnd(n, at + 1), [...range.getClientRects()].at(-1)?.top); // of a letter after a soft hyphen that one is the first
							if (Math.abs(top(m.index) - top(m.index + m[0].length - 1)) > 5) say("ends a line within a word", m[0]);
						}
					}
					for (const { r, text } of lines) if (r.left < card.left + inset || r.right > card.right - inset || r.top < card.top || r.bottom > card.bottom) say("leaves its card", text);
					for (let i = 0; i < lines.length; i++) for (let j = i + 1; j < lines.length; j++) {
						const a = lines[i].r, b = lines[j].r;
						if (lines[i].n !== lines[j].n && Math.min(a.right, b.right) - Math.max(a.left, b.left) > lines[i].beside && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5) say("has text on text", lines[i].text + " | " + lines[j].text);
					}
					for (const x of place.querySelectorAll(".gauge .marks text")) if (%[1]d >= 300 && x.getClientRects().length === 0) say("leaves out a number of its arc", x.textContent);
					for (const c of place.querySelectorAll(".count")) if (c.getClientRects().length > 1) say("ends a line within what is read as one", c.textContent);
					const gauge = place.querySelector(".gauge");
					if (!gauge) continue;
					// The innermost line of the arc, of its broad part: 84 less half of 14, about the arc's centre.
					const g = gauge.getBoundingClientRect(), unit = g.width / 232, cx = g.left + 116 * unit, cy = g.top + 112 * unit;
					for (const { n, r, text } of lines.filter(({ n }) => n.parentElement.closest(".gauge .figure"))) {
						const high = r.height * 0.14; // digits do not fill their line
						for (const [x, y] of [[r.left, r.top + high], [r.right, r.top + high]]) {
							if (Math.hypot(x - cx, y - cy) > 77 * unit) say("does not fit into its arc", text);
						}
					}
				}
				return faults;
			})()`, width, units), &faults)
			for _, f := range faults {
				t.Errorf("%s at %d px: %s", lang, width, f)
			}
		}
	}
}

// afterNumbers are the units and the months of a language.
func afterNumbers(lang string) []string {
	of := words.Widgets(lang)
	out := append(strings.Fields(of["months"]), "%")
	for key, unit := range of {
		if strings.HasPrefix(key, "unit.") {
			out = append(out, unit)
		}
	}
	return out
}
