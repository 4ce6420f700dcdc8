package browser

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Whatever a page asks of other hosts is noticed, by whatever way; the browser
// by itself asks for nothing.
func TestOutsideIsNoticed(t *testing.T) {
	b := Start(t, Camera{})     // an empty page, which no policy keeps from asking
	time.Sleep(5 * time.Second) // whatever it does by itself, it does when it has started
	if got := b.Outside(); len(got) > 0 {
		t.Errorf("the browser itself asked for %v", got)
	}
	b.Eval(`Promise.allSettled([
		fetch("https://a.example/"), fetch("http://b.example/", {mode: "no-cors"}),
		new Promise((done) => { const w = new WebSocket("wss://c.example/"); w.onerror = done; }),
		new Promise((done) => { const i = new Image(); i.onerror = done; i.src = "https://d.example/x.png"; }),
		navigator.sendBeacon("https://e.example/", "x"),
	])`, nil)
	for _, host := range []string{"a", "b", "c", "d", "e"} {
		name := host + ".example"
		b.Until("a word about "+name, func() bool {
			return slices.ContainsFunc(b.Outside(), func(s string) bool { n, _, _ := strings.Cut(s, ":"); return n == name })
		})
	}
}
