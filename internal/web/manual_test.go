package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/blushtest/browser"
)

// Somebody who reads the documents finds what they look for, on a phone and on a wide screen; nothing leaves the page's sides.
func TestStoryDocuments(t *testing.T) {
	w, b := blushtest.Start(t), browser.Start(t, browser.Camera{})
	const fits = `document.documentElement.scrollWidth <= innerWidth`
	// The last row of cards is as long as the first, and a button to copy code is beside the code and adds no row.
	const whole = `[...document.querySelectorAll(".grid")].every((g) => { const last = [...g.children].at(-1).getBoundingClientRect(); return g.getBoundingClientRect().right - last.right < 2; })`
	// No line of code in a sentence ends at the hyphen of an option or a short name.
	const hyphens = `[...document.querySelectorAll(":not(pre) > code")].flatMap((code) => {
		const range = document.createRange(), out = [], texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
		for (let n; (n = texts.nextNode()); ) for (const word of n.data.matchAll(/[^\s\/]*-[^\s\/]*/g)) {
			range.setStart(n, word.index);
			range.setEnd(n, word.index + word[0].length);
			if (word[0].length <= 30 && new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size > 1) out.push(word[0]);
		}
		return out;
	})`
	const beside = `[...document.querySelectorAll("pre")].filter((p) => p.checkVisibility()).every((p) => { const [code, button] = p.children; return button && button.offsetLeft >= code.offsetLeft + code.offsetWidth && p.clientHeight - code.offsetHeight < 3; })`
	var ok bool
	var broken []string
	for _, size := range [][2]int64{{390, 844}, {1440, 900}} {
		b.Size(size[0], size[1])
		for _, path := range []string{"/", "/docs", "/docs/metrics", "/docs/operating", "/docs/security", "/docs/accuracy", "/docs/accuracy/dead-30", "/docs/certificates", "/docs/concepts", "/docs/decisions", "/docs/api", "/docs/api/face-scans", "/docs/api/widgets", "/docs/instructions-for-use"} {
			b.Open(w.URL + path)
			if b.Eval(fits, &ok); !ok {
				t.Errorf("%s is wider than %d px", path, size[0])
			}
			if b.Eval(whole, &ok); !ok {
				t.Errorf("%s at %d px: cards leave a hole", path, size[0])
			}
			var top int
			if b.Eval(`scrollY`, &top); top != 0 {
				t.Errorf("%s at %d px opens %d px below its top", path, size[0], top)
			}
			if b.Eval(`[...document.querySelectorAll("#chapters[open] [aria-current]")].slice(0, 1).every((e) => e.getBoundingClientRect().bottom <= innerHeight)`, &ok); !ok {
				t.Errorf("%s at %d px: its name in the list of pages is out of sight", path, size[0])
			}
			if b.Eval(hyphens, &broken); len(broken) > 0 {
				t.Errorf("%s at %d px: a line ends within %q", path, size[0], broken)
			}
			if b.Eval(beside, &ok); !ok {
				t.Errorf("%s at %d px: a button is on code, or above it", path, size[0])
			}
			if parted := b.Parted(); len(parted) > 0 {
				t.Errorf("%s: a line may end within %q", path, parted)
			}
		}
	}

	// The search needs no other server, finds documents and operations, and says when there is nothing.
	b.Open(w.URL + "/docs")
	look := func(words string) {
		b.Eval(`(() => { const q = document.getElementById("query"); q.focus(); q.value = `+quote(words)+`; q.dispatchEvent(new Event("input", {bubbles: true})); })()`, nil)
	}
	for words, path := range map[string]string{"webhook signature": "/docs/events", "ca certs node": "/docs/certificates#node", "POST readings": "/docs/api/health#add-reading"} {
		look(words)
		b.WaitFor(`[...document.querySelectorAll("#found a")].some((a) => a.getAttribute("href").startsWith(` + quote(path) + `))`)
	}
	// On a phone, no line of a path ends within a word.
	b.Size(390, 844)
	look("webhook")
	b.WaitFor(`document.querySelectorAll("#found wbr").length > 4`)
	b.Eval(`[...document.querySelectorAll("#found strong")].flatMap((title) => [...title.childNodes]).filter((n) => {
		const lines = document.createRange();
		lines.selectNodeContents(n);
		return lines.getClientRects().length > 1 && !/\s/.test(n.data);
	}).map((n) => n.data)`, &broken)
	if len(broken) > 0 {
		t.Errorf("a line of a path ends within %q", broken)
	}
	// A word that much is about shows documents and routes first, and all when they are asked for.
	look("scan")
	b.WaitFor(`document.querySelector("#found button") && document.querySelectorAll("#found a").length < 16`)
	if b.Eval(`["/docs/api/", "/docs/capture"].every((path) => document.querySelector("#found a[href^='" + path + "']"))`, &ok); !ok {
		t.Errorf("a search for scan shows %s", b.Text("#found"))
	}
	b.Click("#found button")
	if b.Eval(`document.querySelectorAll("#found a").length > 30 && document.activeElement === document.querySelector("#found a")`, &ok); !ok {
		t.Errorf("all that is about scans is %s", b.Text("#found"))
	}
	// On the smallest phone no word of the links to the pages before and after is broken.
	b.Size(320, 800)
	for _, path := range []string{"embedding", "fhir", "security", "architecture"} {
		b.Open(w.URL + "/docs/" + path)
		b.Eval(`[...document.querySelectorAll(".next a")].map((a) => a.lastChild).flatMap((title) => [...title.data.matchAll(/\p{L}+/gu)].filter((word) => {
			const range = document.createRange();
			range.setStart(title, word.index);
			range.setEnd(title, word.index + word[0].length);
			return range.getClientRects().length > 1;
		}).map((word) => word[0]))`, &broken)
		if len(broken) > 0 {
			t.Errorf("/docs/%s: a line ends within %q", path, broken)
		}
	}
	// In a page that becomes narrower, as when a phone is turned, the same tables fit as in one that opens so.
	const wide = `[...document.querySelectorAll(".doc .scroll")].filter((t) => t.scrollWidth > t.clientWidth).map((t) => t.querySelector("th").innerText)`
	for _, path := range []string{"embedding", "widgets", "operating"} {
		var opened []string
		b.Size(390, 844)
		b.Open(w.URL + "/docs/" + path)
		b.Eval(wide, &opened)
		want, _ := json.Marshal(opened)
		b.Size(844, 390)
		b.Open(w.URL + "/docs/" + path)
		b.Size(390, 844)
		b.WaitFor(`innerWidth === 390 && JSON.stringify(` + wide + `) === ` + quote(string(want))) // the page fits its tables some frames after it is turned
		if b.Eval(fits, &ok); !ok {
			t.Errorf("/docs/%s leaves the sides of a phone that was turned", path)
		}
	}
	// On a phone a wide table shows more than the names of its rows.
	for _, path := range []string{"performance", "accuracy", "metrics", "accuracy/easy-30"} {
		b.Open(w.URL + "/docs/" + path)
		b.Eval(`[...document.querySelectorAll(".doc .scroll")].filter((t) => t.querySelector("th:nth-child(2)").getBoundingClientRect().left > t.getBoundingClientRect().right - 40).map((t) => t.querySelector("tbody tr").innerText)`, &broken)
		if len(broken) > 0 {
			t.Errorf("/docs/%s: tables show one column: %q", path, broken)
		}
	}
	// On a phone a table of two columns fits, and on a desktop every table.
	narrow := []string{"quickstart", "embedding", "capture", "certificates", "fhir", "integrating", "operating", "widgets"}
	fit := func(tables string, paths []string) {
		t.Helper()
		for _, path := range paths {
			b.Open(w.URL + "/docs/" + path)
			b.Eval(`[...document.querySelectorAll(".doc .scroll`+tables+`")].filter((t) => t.scrollWidth > t.clientWidth).map((t) => t.querySelector("tr").innerText)`, &broken)
			if len(broken) > 0 {
				t.Errorf("/docs/%s: tables scroll: %q", path, broken)
			}
		}
	}
	fit(":not(:has(th:nth-child(3)))", narrow)
	for _, path := range []string{"metrics", "embedding", "security", "operating", "accuracy/stills"} {
		b.Open(w.URL + "/docs/" + path)
		b.Eval(`[...document.querySelectorAll(".doc :is(th, td)")].filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.innerText)`, &broken)
		if len(broken) > 0 {
			t.Errorf("/docs/%s: words are in the next column: %q", path, broken)
		}
	}
	b.Size(1280, 900)
	fit("", []string{"accuracy/engines", "accuracy/stills", "accuracy/easy-30", "embedding", "integrating", "metrics", "security"})
	// A range of numbers in a cell is on one line.
	b.Open(w.URL + "/docs/accuracy/easy-30")
	b.Eval(`[...document.querySelectorAll(".doc td")].filter((td) => /^\d+-\d+\s/.test(td.innerText) && td.clientHeight > 45).map((td) => td.innerText)`, &broken)
	if len(broken) > 0 {
		t.Errorf("lines end within the ranges %q", broken)
	}
	b.Open(w.URL + "/docs")
	look("xylophone quark")
	b.WaitFor(`document.getElementById("found").innerText.includes("Nothing found")`)

	// The reference shows one language, remembers which, and the code can be copied.
	b.Open(w.URL + "/docs/api/users")
	b.Click(`.tongues button[data-of="python"]`)
	b.Open(w.URL + "/docs/api/webhooks")
	const shown = `[...document.querySelectorAll("[data-language]")].filter((e) => e.checkVisibility()).every((e) => e.dataset.language === "python")`
	if b.Eval(shown, &ok); !ok {
		t.Error("another language than the one that was chosen is shown")
	}
	if len(b.Outside()) > 0 {
		t.Errorf("the documents asked for %v", b.Outside())
	}
}

func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// The start page starts a scan with a key for tests, and refuses another key before it is sent.
func TestStoryTryAScan(t *testing.T) {
	w, b := blushtest.Start(t), browser.Start(t, browser.Camera{})
	try := func(key string) {
		b.Eval(`(() => { document.getElementById("key").value = `+quote(key)+`; document.getElementById("start").requestSubmit(); })()`, nil)
	}
	b.Open(w.URL + "/")
	try(w.Live)
	b.WaitFor(`document.getElementById("said").innerText.includes("no key for tests")`)
	try("blush_dev_wrong")
	b.WaitFor(`/key/i.test(document.getElementById("said").innerText) && !document.getElementById("said").innerText.includes("no key for tests")`)
	try(w.Dev)
	b.WaitFor(`location.pathname === "/scan" && document.querySelector("main")?.innerText.length > 20`)
}
