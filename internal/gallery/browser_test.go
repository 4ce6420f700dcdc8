package gallery_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/internal/catalogue"
	"blush.example/blush/internal/words"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// With -screenshots DIR the picture of the README is drawn into a folder: make screenshots.
var screenshots = flag.String("screenshots", "", "draw the dashboard into this `folder`")

// scheme makes pages light or dark, as the system would.
func scheme(t *testing.T, b *browser.Browser, name string) {
	t.Helper()
	_, err := chromedp.Call(b.Context(), emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// quiet fails when a page broke its own policy, or anything threw.
func quiet(t *testing.T, b *browser.Browser) {
	t.Helper()
	for _, line := range b.Console() {
		// The gallery's cards of errors are answered 401 and 404.
		if !strings.Contains(line, "status of 401") && !strings.Contains(line, "status of 404") {
			t.Errorf("console: %s", line)
		}
	}
	for _, host := range b.Outside() {
		t.Errorf("asked %s", host)
	}
}

// clean fails where axe finds something serious, by all its rules or by some.
func clean(t *testing.T, b *browser.Browser, what, selector string, rules ...string) {
	t.Helper()
	for _, v := range b.Axe(selector, rules...) {
		t.Errorf("%s: %s", what, v)
	}
}

// narrow fails when a page is wider than a small phone.
func narrow(t *testing.T, b *browser.Browser, what string) {
	t.Helper()
	var width int
	b.Eval(`document.documentElement.scrollWidth`, &width)
	if width > 330 {
		t.Errorf("%s: %d px wide on a phone of 330", what, width)
	}
}

const drawn = `document.querySelectorAll("blush-metric").length > 5 && [...document.querySelectorAll("#gallery *")].every((e) => !e.shadowRoot || (e.state !== "loading") === (e.data !== undefined || e.hasAttribute("server")))`

// fit finds what of a component lies outside of its card or on other text, in narrow columns.
const fit = `(async (widths) => {
  const faults = [], sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [sheet];
  for (const width of widths) {
    sheet.replaceSync(".cards > * { width: " + width + "px; min-width: 0; justify-self: start; }");
    await new Promise((r) => setTimeout(r, 0));
    for (let i = 0; i < 3; i++) await new Promise((r) => requestAnimationFrame(r)); // a graph follows its size
    for (const e of [...document.querySelectorAll("#gallery *")].filter((e) => e.shadowRoot)) {
      const card = e.shadowRoot.querySelector(".card").getBoundingClientRect(), lines = [];
      const say = (what, t) => faults.push([width + " px", e.tagName, e.state, e.getAttribute("variation") ?? "", what, t.slice(0, 60)].join(" "));
      if (Math.abs(card.width - width) > 1) say("is another width", String(card.width));
      const walk = document.createTreeWalker(e.shadowRoot.querySelector(".card"), NodeFilter.SHOW_TEXT);
      for (let n = walk.nextNode(); n; n = walk.nextNode()) {
        if (!n.data.trim() || n.parentElement.closest(".hush, [hidden], .scroll, details:not([open]) > :not(summary)")) continue;
        const range = document.createRange();
        range.selectNodeContents(n);
        const all = [...range.getClientRects()].map((r) => r.toJSON()); // plain numbers, for they are compared often
        for (const r of all) if (r.width > 1) lines.push({ n, r, text: n.data.trim() });
        if (all.length < 2) continue; // no line ends in it
        for (const m of n.data.matchAll(/[\p{L}\d]+([.,]\d+)*/gu)) {
          const top = (at) => (range.setStart(n, at), range.setEnd(n, at + 1), [...range.getClientRects()].at(-1)?.top); // of a letter after a soft hyphen that one is the first
          if (Math.abs(top(m.index) - top(m.index + m[0].length - 1)) > 5) say("ends a line within a word", m[0]);
        }
      }
      for (const { r, text } of lines) if (r.left < card.left || r.right > card.right || r.top < card.top || r.bottom > card.bottom) say("has text outside of its card", text);
      for (let i = 0; i < lines.length; i++) for (let j = i + 1; j < lines.length; j++) {
        const a = lines[i].r, b = lines[j].r;
        if (lines[i].n !== lines[j].n && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5) say("has text on text", lines[i].text + " | " + lines[j].text);
      }
    }
  }
  document.adoptedStyleSheets = [];
  return faults;
})(%s)`

// leaves finds what of a component leaves its card in columns of a width, and the numbers that break or are left out.
const leaves = `(async () => {
	document.querySelectorAll(".cards").forEach((c) => { c.style.gridTemplateColumns = "%[1]dpx"; });
	await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(r)))); // graphs follow their size
	const faults = [];
	for (const e of document.querySelectorAll("#gallery *")) {
		if (!e.shadowRoot) continue;
		const card = e.shadowRoot.querySelector(".card").getBoundingClientRect(), say = (what, x) => faults.push(e.tagName + " " + (e.parameter ?? "") + " " + (e.variation ?? "") + " " + what + ": " + x.textContent.slice(0, 40));
		for (const x of e.shadowRoot.querySelectorAll("p, span, text, h3, td, li, b, div, svg, summary")) {
			const r = x.getBoundingClientRect();
			if (r.width > 1 && !x.closest(".hush, .tip, details:not([open]) > :not(summary)") && (r.right > card.right + 1 || r.left < card.left - 1)) say("leaves its card", x);
		}
		for (const x of e.shadowRoot.querySelectorAll(".number")) {
			const text = document.createRange();
			text.selectNode(x.firstChild);
			if (text.getClientRects().length > 1) say("breaks its number", x);
		}
		// The numbers of an arc and the names of a bar are apart; from 300 px on all numbers are shown.
		for (const s of e.shadowRoot.querySelectorAll(".marks, .score")) {
			const all = [...s.querySelectorAll("text")], shown = all.filter((x) => x.getClientRects().length > 0);
			if (s.matches(".marks") && %[1]d >= 300 && shown.length < all.length) say("leaves out a number", s);
			shown.forEach((x, i) => shown.slice(i + 1).forEach((y) => {
				const a = x.getBoundingClientRect(), b = y.getBoundingClientRect();
				if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5) say("has text on text", s);
			}));
		}
	}
	return faults;
})()`

// The gallery draws every component in every state under the pages' strict
// policy, in both themes, and axe finds nothing serious.
func TestGallery(t *testing.T) {
	b := browser.Start(t, browser.Camera{})
	url := site(t) + "/docs/gallery"

	var states []string
	scheme(t, b, "light")
	b.Open(url)
	b.WaitFor(drawn)
	clean(t, b, "light", "")
	b.Size(1280, 900)
	var aligned bool
	if b.Eval(`(() => { const left = (e) => e.getBoundingClientRect().left + parseFloat(getComputedStyle(e).paddingLeft); return left(document.querySelector(".foot p")) === left(document.querySelector(".page")); })()`, &aligned); !aligned {
		t.Error("what is at the foot begins elsewhere than the page")
	}
	scheme(t, b, "dark")
	clean(t, b, "dark", "", browser.ColourRules...)
	b.Eval(`[...new Set([...document.querySelectorAll("#gallery *")].filter((e) => e.shadowRoot).map((e) => e.state))]`, &states)
	for _, want := range catalogue.Set("element_states") {
		if !strings.Contains(" "+strings.Join(states, " ")+" ", " "+want+" ") {
			t.Errorf("no component is %s, only %v", want, states)
		}
	}

	// The page's colours are those of the components too, also where the page hands them on.
	var paint []string
	b.Eval(`(() => { const m = document.querySelector("blush-graph"); m.style.setProperty("--blush-accent", "rgb(1, 2, 3)"); const l = getComputedStyle(m.shadowRoot.querySelector(".line")).stroke; m.style.removeProperty("--blush-accent");
  const probe = document.body.appendChild(document.createElement("p")); probe.style.color = "var(--accent)"; const page = getComputedStyle(probe).color; probe.remove();
  return [l, String(getComputedStyle(m.shadowRoot.querySelector(".line")).stroke === page)]; })()`, &paint)
	if strings.Join(paint, " ") != "rgb(1, 2, 3) true" {
		t.Errorf("a line is painted %v", paint)
	}

	// The keys of a graph move from point to point, and say each.
	b.Eval(`window.plot = document.querySelector("blush-graph").shadowRoot.querySelector("[role=slider]"); plot.focus(); plot.dispatchEvent(new KeyboardEvent("keydown", {key: "Home"}))`, nil)
	var first, second, tip string
	b.Eval(`plot.getAttribute("aria-valuetext")`, &first)
	b.Eval(`plot.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"})), plot.getAttribute("aria-valuetext")`, &second)
	b.Eval(`plot.querySelector(".tip").innerText`, &tip)
	if first == second || first == "" || !strings.Contains(tip, "2025") {
		t.Errorf("keys say %q, then %q; the tip says %q", first, second, tip)
	}
	var rows int
	b.Eval(`(async () => { const d = document.querySelector("blush-graph").shadowRoot.querySelector("details"); await new Promise((r) => { d.addEventListener("toggle", r); d.open = true; }); return d.querySelectorAll("tbody tr").length })()`, &rows)
	if rows < 45 || rows > 55 {
		t.Errorf("the table of a year has %d rows, not one a week", rows)
	}
	warnedIsNotWithoutData(t, b)
	hostileWords(t, b)

	b.Size(330, 700)
	b.Open(url + "/widgets?language=de") // the longest words
	narrow(t, b, "drawn by the server")
	b.Eval(`document.querySelectorAll(".blush-w").forEach((w) => w.remove())`, nil) // which axe sees in internal/widget, TestAccessible
	clean(t, b, "drawn by the server", "")
	quiet(t, b)
}

// In every language the gallery fits a small phone and each component says something of its own. From 165 px on nothing
// of a component leaves its card, and no number breaks.
func TestGalleryInEveryLanguage(t *testing.T) {
	b := browser.Start(t, browser.Camera{})
	url := site(t) + "/docs/gallery"
	names := map[string]bool{}
	for _, language := range words.Languages {
		b.Size(330, 700)
		b.Open(url + "?theme=light&language=" + language)
		b.WaitFor(drawn)
		narrow(t, b, language)
		var said string
		b.Eval(`[...document.querySelectorAll("#gallery *")].filter((e) => e.shadowRoot).map((e) => e.shadowRoot.textContent).join(" ")`, &said)
		if names[said] || strings.Contains(said, "undefined") || strings.Contains(said, "NaN") || strings.Contains(said, "null") {
			t.Errorf("%s: %.200s", language, said)
		}
		names[said] = true
		if apart := b.Parted(); len(apart) > 0 {
			t.Errorf("%s: a line may end within %q", language, apart)
		}
		widths, wide := "[165]", []int{300} // the narrowest, and where all numbers are shown
		if language == "de" {               // which has the longest words
			widths, wide = "[165, 220]", []int{165, 220, 300}
		}
		var faults []string
		b.Eval(fmt.Sprintf(fit, widths), &faults)
		for _, f := range faults {
			t.Errorf("%s: %s", language, f)
		}
		b.Size(900, 900)
		for _, width := range wide {
			b.Eval(fmt.Sprintf(leaves, width), &faults)
			for _, f := range faults {
				t.Errorf("%s at %d px: %s", language, width, f)
			}
		}
	}
	quiet(t, b)
}

// What people wrote is shown as they wrote it.
func hostileWords(t *testing.T, b *browser.Browser) {
	t.Helper()
	b.Eval(`(async () => {
  const nasty = '<img src=x onerror="pwned=1"><script>pwned=2</script>"\'javascript:alert(1) intelli-widget-id';
  const spoil = (v) => typeof v === "string" && !/^\d{4}-\d\d-\d\d/.test(v) ? nasty : Array.isArray(v) ? v.map(spoil) : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, k === "drawing" ? x : spoil(x)])) : v;
  for (const e of document.querySelectorAll("#gallery *")) if (e.shadowRoot && e.data) e.data = spoil(e.data);
  await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))); // what was given is drawn
})()`, nil)
	var found struct {
		Pwned  any
		Marked int
		Shown  int
	}
	b.Eval(`(() => { const roots = [...document.querySelectorAll("#gallery *")].filter((e) => e.shadowRoot && e.data).map((e) => e.shadowRoot);
  return {pwned: window.pwned ?? null, marked: roots.reduce((n, r) => n + r.querySelectorAll("img, script, [onerror], [style*=url]").length, 0), shown: roots.filter((r) => r.textContent.includes("<img src=x")).length}; })()`, &found)
	if found.Pwned != nil || found.Marked > 0 || found.Shown < 40 {
		t.Errorf("%+v", found)
	}
}

// The example's dashboard and result hold in every language on a small phone and on a wide screen.
func TestPersonsPages(t *testing.T) {
	server, b := site(t), browser.Start(t, browser.Camera{})
	ready := `document.querySelectorAll(".later .spin, .spin").length === 0 && document.querySelectorAll("blush-biomarker, .refusal h2").length > 0 && [...document.querySelectorAll("blush-metric, blush-graph, blush-biomarker")].every((e) => e.state !== "loading" && e.state !== "error")`
	for i, page := range []string{"dashboard", "results"} {
		scheme(t, b, []string{"light", "dark"}[i])
		b.Size(1440, 900)
		b.Open(server + "/docs/gallery/" + page)
		b.WaitFor(ready)
		if page == "dashboard" {
			var handed bool // the accent of the page, which may be a customer's
			b.Eval(`(() => { document.documentElement.style.setProperty("--accent", "rgb(4, 5, 6)"); const got = getComputedStyle(document.querySelector("blush-graph").shadowRoot.querySelector(".line")).stroke; document.documentElement.style.removeProperty("--accent"); return got === "rgb(4, 5, 6)"; })()`, &handed)
			if !handed {
				t.Error("the page's accent does not reach its components")
			}
			b.WaitFor(`document.querySelectorAll(".rings li").length === 3 && document.querySelector("#next .card") && document.querySelectorAll(".part").length === 3 && document.querySelectorAll("#what option").length === 12`)
			b.Eval(`document.querySelectorAll("details").forEach((d) => (d.open = true))`, nil)
			var edges int // the values of the list of scans are under each other
			b.Eval(`new Set([...document.querySelectorAll(".scans .rate")].map((r) => Math.round(r.getBoundingClientRect().right))).size`, &edges)
			if edges != 1 {
				t.Errorf("the values of the list of scans end at %d places", edges)
			}
		}
		clean(t, b, page, "")
		for _, width := range []int{421, 430, 481, 600, 900, 1100} {
			b.Size(int64(width), 800)
			var shown int
			if b.Eval(`document.documentElement.scrollWidth`, &shown); shown > width {
				t.Errorf("%s: %d px wide in a window of %d", page, shown, width)
			}
		}
		b.Size(330, 700)
		titles := map[string]bool{}
		for _, language := range words.Languages {
			b.Eval(fmt.Sprintf(`(() => { const s = document.getElementById("language"); s.value = %q; s.dispatchEvent(new Event("change")); })()`, language), nil)
			b.WaitFor(fmt.Sprintf(`document.documentElement.lang === %q && %s`, language, ready))
			narrow(t, b, page+" "+language)
			var stretched int
			b.Eval(`[...document.querySelectorAll(".scans .badge")].filter((e) => { const r = document.createRange(); r.selectNodeContents(e); return e.clientWidth > r.getBoundingClientRect().width + 50; }).length`, &stretched)
			if stretched > 0 {
				t.Errorf("%s %s: %d badges are stretched", page, language, stretched)
			}
			var parted []string // a count of answers is on one line
			b.Eval(`[...document.querySelectorAll(".part > summary .meta")].filter((e) => { const r = document.createRange(); r.selectNodeContents(e); return new Set([...r.getClientRects()].map((l) => Math.round(l.top))).size > 1; }).map((e) => e.textContent)`, &parted)
			if len(parted) > 0 {
				t.Errorf("%s %s: on two lines: %q", page, language, parted)
			}
			b.Eval(`[...document.querySelectorAll(".rings .meta span")].filter((e) => e.getClientRects().length > 1).map((e) => e.parentElement.textContent)`, &parted)
			if len(parted) > 0 {
				t.Errorf("%s %s: how complete the data is begins within a line and ends on the next: %q", page, language, parted)
			}
			titles[b.Text("h1")] = true
		}
		if len(titles) < len(words.Languages)-1 { // the Danish and the Swedish word for a result are one
			t.Errorf("%s has titles %v", page, titles)
		}
	}
	b.Open(server + "/docs/gallery/dashboard")
	b.WaitFor(ready)
	b.Click(`input[value="year"]`)
	b.WaitFor(`document.querySelector("blush-graph").data.data.aggregation === "week" && document.querySelector("blush-graph").data.data.points.length > 45`)
	var certain []string // no value is certain, even if its data is complete
	b.Eval(`(() => { const said = (root) => [...root.querySelectorAll("*")].flatMap((e) => [...(e.children.length === 0 && e.tagName !== "STYLE" ? [e.textContent] : []), ...(e.shadowRoot ? said(e.shadowRoot) : [])]); return said(document.body).filter((s) => /confidence:? 100\s?%/.test(s)); })()`, &certain)
	if len(certain) > 0 {
		t.Errorf("the dashboard says %q", certain)
	}
	if *screenshots != "" {
		scheme(t, b, "light")
		b.Size(1000, 1620)
		b.Eval(`document.activeElement.blur(), scrollTo(0, 0)`, nil)
		b.Screenshot(filepath.Join(*screenshots, "dashboard.png"))
	}
	quiet(t, b)
}

// host is a site of somebody else with the strictest policy that lets Blush in.
func host(t *testing.T, server, api, body, script string) string {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' "+server+"; connect-src "+api+"; frame-src "+api)
		if r.URL.Path == "/app.js" {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, script)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="nl"><title>host</title><script type="module" src="%s/assets/components.js"></script><script type="module" src="/app.js"></script><body>%s`, server, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// On a page of another origin a token that has run out is renewed once for all
// elements; without a way to renew it they say so, and tell the page.
func TestTokenIsRenewed(t *testing.T) {
	server, b := site(t), browser.Start(t, browser.Camera{})
	var old, fresh atomic.Int32
	api := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Access-Control-Allow-Origin", "*")
		rw.Header().Set("Access-Control-Allow-Headers", "authorization")
		switch {
		case r.Method == http.MethodOptions:
		case r.Header.Get("Authorization") != "Token fresh":
			old.Add(1)
			rw.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(rw, `{"detail":"expired"}`)
		default:
			fresh.Add(1)
			http.Redirect(rw, r, server, http.StatusTeapot) // never followed: the body below is the answer
		}
	}))
	t.Cleanup(api.Close)
	page := host(t, server, api.URL, `<blush-metric id="m" parameter="mental_stress"></blush-metric><blush-graph id="g" parameter="heart_rate"></blush-graph><blush-biomarker id="x" parameter="heart_rate" server="`+api.URL+`" token="old"></blush-biomarker>`, fmt.Sprintf(`
import { configure } from "%s/assets/components.js";
window.asked = 0; window.errors = [];
addEventListener("blush-error", (e) => errors.push(e.target.id + e.detail.status));
configure({ server: "%s", token: "old" });
document.getElementById("m").tokenProvider = document.getElementById("g").tokenProvider = async () => { asked++; return "fresh"; };
`, server, api.URL))
	b.Open(page)
	b.WaitFor(`window.errors && errors.includes("x401") && errors.includes("m418") && errors.includes("g418")`)
	var asked int
	b.Eval(`asked`, &asked)
	if asked != 1 || fresh.Load() != 2 || old.Load() < 1 {
		t.Errorf("the provider was asked %d times; %d requests with an old token, %d with the new one", asked, old.Load(), fresh.Load())
	}
	var said string
	b.Eval(`document.getElementById("x").shadowRoot.textContent`, &said)
	if !strings.Contains(said, "Deze sessie is afgelopen") || !strings.Contains(said, "Opnieuw proberen") {
		t.Errorf("the expired one says %q", said)
	}
	for _, line := range b.Console() {
		if strings.Contains(line, "Content Security Policy") {
			t.Error(line)
		}
	}
}

// The scan's frame may use the camera; its stages become events, those of others
// do not, and it ends when the host says so.
func TestScanElement(t *testing.T) {
	server, b := site(t), browser.Start(t, browser.Camera{})
	scan := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(rw, `<!doctype html><title>scan</title><script>
addEventListener("message", (e) => { if (e.data.target === "blush-scan" && e.data.kind === "close") parent.postMessage({stage: "dismiss", uuid: "u", data: {hasResults: true}}, "*"); });
setTimeout(() => { parent.postMessage({stage: "camera", data: {status: document.featurePolicy.allowsFeature("camera") ? "granted" : "denied", language: %q}}, "*");
  parent.postMessage(JSON.stringify({stage: "faceScanSuccessful", uuid: "u", data: {face_scan_id: "u", hasResults: true}}), "*");
  parent.postMessage({stage: "<b>"}, "*"); parent.postMessage("no JSON", "*"); }, 50);
</script>`, r.URL.Query().Get("language"))
	}))
	t.Cleanup(scan.Close)
	page := host(t, server, scan.URL, fmt.Sprintf(`<blush-scan id="s" language="fr" src="%s/scan?action_token=secret"></blush-scan>`, scan.URL), `
window.heard = [];
for (const n of ["camera", "face-scan-successful", "dismiss", "b", "stage"]) addEventListener("blush-" + n, (e) => heard.push([n, e.detail.stage, e.detail.data?.status ?? e.detail.data?.face_scan_id ?? "", e.detail.data?.language ?? ""].join(" ").trim()));
postMessage({stage: "timeOut"}, "*");
`)
	b.Open(page)
	b.WaitFor(`window.heard?.length >= 4`)
	b.Eval(`document.getElementById("s").close()`, nil)
	b.WaitFor(`!document.getElementById("s").shadowRoot.querySelector("iframe")`)
	var heard []string
	b.Eval(`heard`, &heard)
	want := "stage camera granted fr|camera camera granted fr|stage faceScanSuccessful u|face-scan-successful faceScanSuccessful u|stage dismiss|dismiss dismiss"
	if got := strings.Join(heard, "|"); got != want {
		t.Errorf("heard\n%s\nwant\n%s", got, want)
	}
	b.Eval(`document.getElementById("s").src = "javascript:alert(1)"`, nil)
	var frames int
	b.Eval(`document.getElementById("s").shadowRoot.querySelectorAll("iframe").length`, &frames)
	if frames != 0 {
		t.Error("an address that is no web address was opened")
	}
	quiet(t, b)
}

// Whoever draws a widget, a biomarker and a score say the same in the same order, notices have one look, what would make a score more
// certain has one wording, lines end at the same places, and a long word in a narrow tile is set smaller before it breaks. The style
// has each rule once.
func TestComponentsAreAsTheServerDraws(t *testing.T) {
	b := browser.Start(t, browser.Camera{})
	url := site(t) + "/docs/gallery"
	// What the eye reads, by the name of the state; details stay closed.
	read := `(places) => Object.fromEntries(places.map(([f, e]) => {
		f.style.width = "400px"; // of the same size, for narrow cards leave some names out
		const seen = [], walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
		for (let n; (n = walk.nextNode()); ) {
			const p = n.parentElement, closed = p.closest("details:not([open])");
			if (n.data.trim() && p.checkVisibility() && !p.closest(".vh, .hush, style") && !(closed && !p.closest("summary"))) seen.push(n.data.replaceAll("\u00a0", " ").trim());
		}
		return [[...f.parentElement.querySelectorAll("figure")].indexOf(f) + " " + f.closest("section").querySelector("h2").textContent + ": " + f.querySelector("figcaption").textContent, seen];
	}))`
	look := `Object.fromEntries(all.map((e) => { const s = getComputedStyle(e), m = e.querySelector("svg :first-child"); return [e.className.replace("notice", "warn"), [s.backgroundColor, s.borderRadius, s.borderLeftWidth, s.fontWeight, m && (m.getAttribute("d") || m.getAttribute("width"))].join(" ")]; }))`
	sentences := `[...new Set(all.map((e) => e.textContent.replaceAll("\u00a0", " ")))].sort()`
	lines := `[...new Set(all.map((e) => getComputedStyle(e).textWrapStyle))]`
	small := `[400, 165].map((w) => { const host = n.getRootNode().host ?? n.closest(".blush-w"); host.style.width = w + "px"; return parseFloat(getComputedStyle(n).fontSize); })`
	var notices, warnings map[string]string
	var sizes, serverSizes []float64
	var texts, said, wraps, wrapped, twice []string
	var components, server map[string][]string
	b.Open(url + "?by=components&language=de")
	b.WaitFor(drawn)
	b.Eval(`(`+read+`)([...document.querySelectorAll("blush-biomarker, blush-metric")].map((e) => [e.closest("figure"), e.shadowRoot.querySelector(".card")]))`, &components)
	b.Eval(`(() => { const all = [...document.querySelectorAll("#gallery *")].flatMap((e) => e.shadowRoot ? [...e.shadowRoot.querySelectorAll(".notice")] : []); return `+look+`; })()`, &notices)
	b.Eval(`(() => { const all = [...document.querySelectorAll("blush-metric")].flatMap((e) => [...e.shadowRoot.querySelectorAll("p")]).filter((e) => e.textContent.startsWith("Sicherer")); return `+sentences+`; })()`, &texts)
	b.Eval(`(() => { const all = [...document.querySelectorAll("blush-biomarker, blush-metric, blush-graph")].flatMap((e) => [...e.shadowRoot.querySelectorAll("p")]); return `+lines+`; })()`, &wraps)
	b.Eval(`[...document.querySelector("blush-biomarker").shadowRoot.adoptedStyleSheets].flatMap((s) => [...s.cssRules]).map((r) => r.cssText).filter((r, i, all) => all.indexOf(r) < i)`, &twice)
	b.Eval(`(() => { const n = document.querySelector("blush-biomarker").shadowRoot.querySelector("h3"); return `+small+`; })()`, &sizes)
	b.Open(url + "/widgets?language=de")
	b.Eval(`(`+read+`)([...document.querySelectorAll(".blush-w")].map((e) => [e.closest("figure"), e]))`, &server)
	b.Eval(`(() => { const all = [...document.querySelectorAll(".blush-w p")]; return `+lines+`; })()`, &wrapped)
	b.Eval(`(() => { const all = [...document.querySelectorAll(".warn")]; return `+look+`; })()`, &warnings)
	b.Eval(`(() => { const all = [...document.querySelectorAll(".blush-w p")].filter((e) => e.textContent.startsWith("Sicherer")); return `+sentences+`; })()`, &said)
	b.Eval(`(() => { const n = document.querySelector(".blush-w .name"); return `+small+`; })()`, &serverSizes)
	compared := 0
	for card, said := range components {
		if want, ok := server[card]; ok {
			compared++
			if !slices.Equal(said, want) {
				t.Errorf("%s: the component says\n%q, the server\n%q", card, said, want)
			}
		}
	}
	if compared < 25 {
		t.Errorf("only %d cards compared", compared)
	}
	if len(notices) < 3 || !maps.Equal(notices, warnings) {
		t.Errorf("components show notices as\n%q, the server as\n%q", notices, warnings)
	}
	if len(texts) == 0 || !slices.Equal(texts, said) {
		t.Errorf("components say\n%q, the server\n%q", texts, said)
	}
	if len(wraps) != 1 || !slices.Equal(wraps, wrapped) {
		t.Errorf("components end lines as %q, the server as %q", wraps, wrapped)
	}
	if len(twice) > 0 {
		t.Errorf("these rules are twice in the style of components: %q", twice)
	}
	for _, s := range [][]float64{sizes, serverSizes} {
		if len(s) != 2 || s[1] >= s[0] {
			t.Errorf("names are %v px high in a wide and in a narrow tile", s)
		}
	}
}
