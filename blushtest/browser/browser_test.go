package browser

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
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

// Pages of two tests share a process and nothing else; each is in front, and as large as the window.
func TestPagesStandApart(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { // without a policy that keeps its pages from asking
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>x</title>"))
	}))
	defer site.Close()
	one, other := Start(t, Camera{}), Start(t, Camera{})
	if one.chromium != other.chromium {
		t.Error("a chromium for each page")
	}
	type page struct {
		Kept          string
		Width, Height int
		Focus         bool
		Shown         string
	}
	look := func(b *Browser, name string) (p page) {
		b.Open(site.URL)
		b.Eval(`({kept: localStorage.getItem("mark") ?? "", width: innerWidth, height: innerHeight, focus: document.hasFocus(), shown: document.visibilityState})`, &p)
		b.Eval(`localStorage.setItem("mark", `+strconv.Quote(name)+`), fetch("https://`+name+`.example/").catch(() => {})`, nil)
		return p
	}
	first, second, again := look(one, "one"), look(other, "other"), look(one, "one")
	want := first
	if want.Kept != "" || want.Width != 1440 || want.Height < 700 || !want.Focus || want.Shown != "visible" {
		t.Errorf("a page is %+v", want)
	}
	if second != want {
		t.Errorf("another page is %+v", second)
	}
	if want.Kept = "one"; again != want {
		t.Errorf("the first page is %+v in the end", again)
	}
	for b, host := range map[*Browser]string{one: "one.example", other: "other.example"} {
		if got := b.Outside(); len(got) == 0 || slices.ContainsFunc(got, func(s string) bool { return !strings.HasPrefix(s, host) }) {
			t.Errorf("the page asked for %v, want %s", got, host)
		}
	}
}
