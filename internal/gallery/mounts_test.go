package gallery_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/blushtest/browser"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/widget"
)

//go:embed testdata/loader.js
var loader string

// cdn answers what the vendor's SDK loads from its own host, and the page that uses it.
func cdn(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	script := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, text)
		}
	}
	mux.HandleFunc("/third-party/v1/chartjs.js", script(`window.Chart = class { static version = "4.4.1" }`))
	mux.HandleFunc("/third-party/v1/d3.js", script(`window.d3 = { version: "7.9.0" }`))
	mux.HandleFunc("/loader.js", script(loader))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>Somebody's app</title><link rel="icon" href="data:,"><script src="/loader.js"></script><main></main></html>`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// want is a widget to mount.
type want struct {
	Name      string         `json:"name"`
	Data      map[string]any `json:"data"`
	Variation string         `json:"variation"`
	Theme     map[string]any `json:"theme"`
}

func everyWidget() []want {
	var out []want
	// Each biomarker and each variation, but not each biomarker in each variation.
	for i, p := range widget.Biomarkers() {
		v := widget.Variations(widget.NameBiomarker)
		out = append(out, want{widget.NameBiomarker, map[string]any{"parameter": p, "face_scan_id": "latest"}, v[i%len(v)], map[string]any{"brandSecondary": "teal"}})
	}
	out = append(out, want{widget.NameBiomarker, map[string]any{"parameter": "heart_rate", "face_scan_id": nil}, "default", nil})
	for _, m := range health.Metrics {
		out = append(out, want{widget.NameMetric, map[string]any{"parameter": m}, "default", map[string]any{"functional_tertiary_500": "#00ff00"}})
	}
	for _, p := range widget.Parameters() {
		stop := time.Now().UTC()
		out = append(out, want{widget.NameGraph, map[string]any{"parameter": p, "title": "A graph", "start": stop.AddDate(0, -6, 0).Format(time.DateOnly), "stop": stop.Format(time.DateOnly)}, "default", nil})
	}
	for _, name := range []string{widget.NameMain, widget.NameRecommendations, widget.NameTodos} {
		out = append(out, want{name, map[string]any{}, "default", map[string]any{}})
	}
	return out
}

// A loader that follows the rules of the vendor's SDK, in a page of another
// origin, mounts every widget, its styles reach it, and all change their language at once.
func TestEveryWidgetMounts(t *testing.T) {
	w := blushtest.Start(t)
	u := w.Year(1, time.Now())
	var token struct{ Token string }
	w.Call(w.Dev, "POST", "/v2/users/authenticate", map[string]string{"user_id": u.UserID}).Want(http.StatusOK).JSON(&token)
	b := browser.Start(t, browser.Camera{})
	app := cdn(t)
	b.Open(app)
	list := everyWidget()
	js, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var uids []string
	b.Eval(fmt.Sprintf(`(async () => {
		window.sdk = new Loader({ api: %q, cdn: location.origin, token: %q });
		return Promise.all(%s.map((w, i) => {
			const place = document.createElement("div");
			place.id = "place-" + i;
			document.querySelector("main").append(place);
			return sdk.mount("#place-" + i, w.name, w.data, w.variation, w.theme ?? {});
		}));
	})()`, w.URL, token.Token, js), &uids)

	type mounted struct {
		Class, ID, Lang, Radius, Left string
		Width, Height                 float64
		Wide                          bool
	}
	look := func() (out []mounted) {
		b.Eval(`[...document.querySelectorAll("[id^=place-]")].map((p) => {
			const e = p.firstElementChild, card = e.querySelector(".card"), box = e.getBoundingClientRect();
			return { Class: e.className, ID: e.id, Lang: e.lang, Width: box.width, Height: box.height, Radius: card ? getComputedStyle(card).borderRadius : "",
				Left: p.innerHTML.includes("intelli-widget-id") ? "literal id" : "", Wide: e.scrollWidth > e.clientWidth + 1 };
		})`, &out)
		return out
	}
	check := func(lang string) {
		t.Helper()
		got := look()
		if len(got) != len(list) {
			t.Fatalf("%d of %d widgets", len(got), len(list))
		}
		for i, g := range got {
			name := fmt.Sprintf("%s %v %s", list[i].Name, list[i].Data["parameter"], list[i].Variation)
			if !strings.Contains(g.Class, "intelli-widget") || g.ID != uids[i] || g.Left != "" {
				t.Errorf("%s: mounted as %+v, want the id %s", name, g, uids[i])
			}
			if g.Width < 200 || g.Height < 40 || !strings.HasSuffix(g.Radius, "px") || g.Radius == "0px" {
				t.Errorf("%s: its styles did not reach it: %+v", name, g)
			}
			if g.Lang != lang || g.Wide {
				t.Errorf("%s: %+v, want it in %s, within its place", name, g, lang)
			}
		}
	}
	check("en")
	var colour string
	b.Eval(`getComputedStyle(document.getElementById("place-0").firstElementChild).getPropertyValue("--bw-accent")`, &colour)
	if colour != "#008080" {
		t.Errorf("the theme's teal arrived as %q", colour)
	}

	b.Eval(`window.postMessage({ target: "intelli-widgets", kind: "language", data: "fr" })`, nil)
	b.WaitFor(`sdk.refetched`)
	b.Eval(`sdk.refetched`, nil)
	check("fr")

	// The four kinds of error that it understands.
	for body, want := range map[string]string{
		`"metric", {parameter: "mood"}`:                  "body,data,parameter",
		`"main", {}, "arc"`:                              "body,appearance,variation",
		`"main", {}, "default", {"support-300": "12px"}`: "body,appearance,theme,support-300",
		`"no-such-widget", {}`:                           "nothing at this path",
		`"biomarker", {parameter: "heart_rate", face_scan_id: "0198c5a2-7b1e-7c3d-9e4f-0123456789ab"}`: "not found",
	} {
		var said string
		b.Eval(`sdk.mount("#place-0", `+body+`).then(() => "mounted", (e) => String(e))`, &said)
		if !strings.Contains(said, want) {
			t.Errorf("%s: the loader says %q, want %q", body, said, want)
		}
	}
	var said string
	b.Eval(fmt.Sprintf(`new Loader({ api: %q, cdn: location.origin, token: "a.b.c" }).mount("#place-0", "main", {}).then(() => "mounted", (e) => String(e))`, w.URL), &said)
	if !strings.Contains(said, "token") {
		t.Errorf("a wrong token: %q", said)
	}

	var scripts int
	b.Eval(`document.body.querySelectorAll("script").length`, &scripts)
	if scripts != 0 {
		t.Errorf("%d scripts came with the widgets", scripts)
	}
	if out := b.Outside(); len(out) > 0 {
		t.Errorf("the widgets asked elsewhere: %v", out)
	}
}
