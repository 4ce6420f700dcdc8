package web_test

import (
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/blushtest/browser"
)

// The instructions offer a way back where there is one, and their table is whole on a phone.
func TestInstructionsBackAndTable(t *testing.T) {
	w, b := blushtest.Start(t), browser.Start(t, browser.Camera{})
	const shown = `document.getElementById("back").checkVisibility()`
	for _, c := range []struct {
		name, frame string
		want        bool
	}{
		{"opened first", `Object.defineProperty(window, "opener", {value: null})`, false},
		{"opened by another page", `Object.defineProperty(window, "opener", {value: window})`, true},
	} {
		var got bool
		b.Open(w.URL + "/docs/instructions-for-use")
		b.Eval(`(async () => {
			Object.defineProperty(history, "length", {value: 1});
			`+c.frame+`;
			await import(document.querySelector("script[src$='back.js']").src + "?again");
		})()`, nil)
		if b.Eval(shown, &got); got != c.want {
			t.Errorf("%s: the way back is shown: %v", c.name, got)
		}
	}
	var whole, opened bool
	b.Size(390, 800)
	b.Eval(`(() => { const s = document.querySelector(".scroll"); return s.scrollWidth <= s.clientWidth && [...s.querySelectorAll("td")].every((d) => { const r = document.createRange(); r.selectNodeContents(d); return new Set([...r.getClientRects()].map((x) => Math.round(x.top))).size <= 1; }); })()`, &whole)
	if !whole {
		t.Error("at 390 px the table is cut off, or a value is in two lines")
	}
	// Our own pages open the instructions in a window that can be closed from within.
	b.Open(w.URL + "/scan")
	if b.Eval(`document.querySelector('a[href="/docs/instructions-for-use"]').rel === "opener"`, &opened); !opened {
		t.Error("the scan page's link leaves the instructions without a way back")
	}
}
