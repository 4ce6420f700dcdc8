package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/client"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/words"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// With -screenshots DIR every state is drawn into a folder at every size and in both themes: make screenshots.
var screenshots = flag.String("screenshots", "", "draw every state of the scan page into this `folder`")

// sizes in CSS pixels: the least that a host may give, a phone, a desktop, and the first and the last at a zoom of 200 %.
var sizes = [][2]int64{{330, 480}, {390, 844}, {1440, 900}, {720, 450}, {165, 240}}

// tall are the states that scroll in the frame that the documents recommend (docs/embedding.md).
var tall = []string{"welcome", "result", "result-partly"}

// gallery goes from state to state and looks at each.
type gallery struct {
	*visit
	n      int
	script string // of the page
}

func (g *gallery) theme(name string) {
	g.t.Helper()
	if _, err := chromedp.Call(g.Context(), emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}); err != nil {
		g.t.Fatal(err)
	}
}

// look holds a state against axe in both themes and against every size, and draws it. The dark theme changes
// colours alone (TestDarkChangesColoursAlone), so it is the light one that must fit.
func (g *gallery) look(name string) {
	g.t.Helper()
	g.n++
	g.theme("dark")
	g.shoot(name, "dark")
	g.axe(name, "dark", browser.ColourRules...)
	g.theme("light")
	g.shoot(name, "light")
	for _, size := range sizes {
		g.Size(size[0], size[1])
		var wide string
		g.Eval(`(() => {
			const w = document.documentElement.clientWidth;
			if (document.documentElement.scrollWidth <= w) return "";
			return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > w + 1 && !e.closest(".hidden")).map((e) => e.outerHTML.slice(0, 80)).join(" | ") || "something";
		})()`, &wide)
		if wide != "" {
			g.t.Errorf("%s at %d × %d: wider than the page: %s", name, size[0], size[1], wide)
		}
		var hole bool
		g.Eval(`[...document.querySelectorAll(".tiles")].some((t) => t.lastElementChild && t.getBoundingClientRect().right - t.lastElementChild.getBoundingClientRect().right > 2)`, &hole)
		if hole {
			g.t.Errorf("%s at %d × %d: tiles leave a hole", name, size[0], size[1])
		}
	}
	g.Size(390, 844)
	for _, text := range g.Parted() {
		g.t.Errorf("%s: a line may end within %q", name, text)
	}
	var lonely []string // centred lines are of about the same length
	g.Eval(`[...document.querySelectorAll(".notice > p, .words")].filter((p) => {
		const range = document.createRange();
		range.selectNodeContents(p);
		const lines = [...range.getClientRects()].map((r) => r.width);
		return Math.min(...lines) < Math.max(...lines) / 2;
	}).map((p) => p.textContent)`, &lonely)
	if len(lonely) > 0 {
		g.t.Errorf("%s: a line has only the end of %q", name, lonely)
	}
	g.axe(name, "light")
	g.Size(480, 800)
	var scrolls bool
	if g.Eval(`document.documentElement.scrollHeight > innerHeight`, &scrolls); scrolls && !slices.Contains(tall, name) {
		g.t.Errorf("%s scrolls in the frame that the documents recommend", name)
	}
	g.Size(390, 844)
	// The heading of a new step has the focus, and text twice as large still fits.
	var wide bool
	g.Eval(`(() => { const r = document.documentElement; r.style.fontSize = "200%"; const wide = r.scrollWidth > r.clientWidth; r.style.fontSize = ""; return wide; })()`, &wide)
	if wide {
		g.t.Errorf("%s: text of 200 %% does not fit", name)
	}
}

// axe holds a state against axe, by all its rules or by some.
func (g *gallery) axe(name, theme string, rules ...string) {
	g.t.Helper()
	for _, fault := range g.Axe("", rules...) {
		g.t.Errorf("%s, %s: %s", name, theme, fault)
	}
}

// shoot draws a state at every size where -screenshots asks for it.
func (g *gallery) shoot(name, theme string) {
	g.t.Helper()
	if *screenshots == "" {
		return
	}
	for _, size := range sizes {
		g.Size(size[0], size[1])
		g.Screenshot(filepath.Join(*screenshots, fmt.Sprintf("%02d-%s-%dx%d-%s.png", g.n, name, size[0], size[1], theme)))
	}
	g.Size(390, 844)
}

// draw shows a state with what the page's own script exports.
func (g *gallery) draw(name, call string) {
	g.t.Helper()
	g.Eval(fmt.Sprintf(`import(%q).then(async (m) => { %s; return 1; })`, g.script, call), nil)
	g.WaitFor(`[...document.querySelectorAll("blush-biomarker")].every((e) => e.state !== "loading") && [...document.querySelectorAll(".refusal")].every((e) => e.firstChild)`)
	g.look(name)
}

// Every state of the page: nothing serious for axe, in both themes; nothing
// wider than the page, at any size.
func TestStates(t *testing.T) {
	if *screenshots != "" {
		if err := os.MkdirAll(*screenshots, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	film, _ := written(t, calm(20))
	t.Parallel()
	g := &gallery{visit: arrive(t, browser.Camera{File: film})}
	g.user = g.person("")
	g.Size(390, 844)
	g.Open(g.url(0))
	g.at("welcome")
	g.Eval(`document.querySelector("script[type=module]").src`, &g.script)
	g.look("welcome")
	focus := func() {
		t.Helper()
		var tag string
		g.Eval("document.activeElement.tagName", &tag)
		if tag != "H1" {
			t.Errorf("%s: the focus is on %s", g.Text("h1"), tag)
		}
	}
	g.press("continue")
	g.at("consent")
	focus()
	g.look("consent")
	g.press("consent.yes")
	g.at("age")
	focus()
	g.press("continue")
	g.look("age")
	g.Eval(`document.querySelector("#birth").value = "1985-02-03"`, nil)
	g.press("continue")
	g.at("questions")
	focus()
	g.Eval(`document.querySelectorAll("input[type=radio]")[1].click()`, nil)
	g.look("question")
	g.press("questions.skip")
	g.at("ready")
	g.look("ready")
	g.HoldFilm(`document.querySelector(".rate b")`)
	g.press("ready.start")
	g.FilmHeld()
	g.look("recording")
	var moves string
	if g.Eval(`getComputedStyle(document.querySelector(".ring")).transitionDuration`, &moves); moves != "0s" {
		t.Errorf("the ring takes %s to move for who wants less motion", moves)
	}
	g.Eval(`document.dispatchEvent(new Event("appPaused"))`, nil)
	g.state("paused")
	g.look("paused")
	g.press("scan.stop")
	g.at("ready")
	g.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped")

	// The rest is drawn as the page draws it, with what the server says.
	stage := func(name, change string) {
		t.Helper()
		g.draw(name, `const v = m.stage(() => {}); v.video.srcObject = await navigator.mediaDevices.getUserMedia({video: true}); await v.video.play(); `+change)
		g.Eval(`document.querySelector("video").srcObject.getTracks()[0].stop()`, nil)
	}
	stage("looking", `v.progress.dataset.state = "looking"; v.words.textContent = m.words({code: 2});
		m.offer([{deviceId: "1", label: "Front camera"}, {deviceId: "2", label: "Back camera"}], v)`)
	stage("countdown", `v.progress.dataset.state = "counting"; v.words.textContent = m.words({code: 0}); v.count.textContent = "3"`)
	if *screenshots != "" {
		stage("longer", fmt.Sprintf(`v.progress.dataset.state = "recording"; v.words.textContent = %q; v.ring.style.strokeDasharray = "97 100"`, g.say["scan.longer"]))
		stage("ending", fmt.Sprintf(`v.progress.dataset.state = "ending"; v.words.textContent = %q; v.ring.style.strokeDasharray = "100 100"`, g.say["scan.ending"]))
	}
	g.Eval(fmt.Sprintf(`import(%q).then((m) => { m.lit(false); return 1; })`, g.script), nil)
	scan := g.w.Call(g.w.Dev, http.MethodPost, "/v2/facescans?user_id="+g.user.UserID, map[string]any{"synthetic": map[string]any{"heart_rate": 64, "seed": 3}}).Want(http.StatusCreated)
	wanted, _ := json.Marshal(account.ScanBiomarkers)
	g.draw("result", fmt.Sprintf(`m.result(%s, {wanted: %s, again() {}, done() {}})`, scan.Body, wanted))
	partly := g.w.Call(g.w.Dev, http.MethodPost, "/v2/facescans?user_id="+g.user.UserID, `{"synthetic":{"heart_rate":66,"duration_s":40}}`).Want(http.StatusCreated)
	g.draw("result-partly", fmt.Sprintf(`m.result(%s, {wanted: ["heart_rate", "rmssd", "pnn50"], older: true, again() {}, done() {}})`, partly.Body))
	notice := func(name, kind, title, buttons string, text ...string) {
		t.Helper()
		var said, made []string
		for _, k := range text {
			said = append(said, g.say[k])
		}
		for _, k := range strings.Fields(buttons) {
			kind := "primary"
			if key, quiet := strings.CutPrefix(k, "-"); quiet {
				kind, k = "quiet", key
			}
			made = append(made, fmt.Sprintf(`m.button(%q, %q, () => {})`, kind, g.say[k]))
		}
		list, _ := json.Marshal(said)
		g.draw(name, fmt.Sprintf(`m.notice(%q, %q, %q, %s, [%s])`, name, kind, g.say[title], list, strings.Join(made, ", ")))
	}
	const again = "try_again -close"
	notice("no-result", "calm", "result.none.title", again, "result.none", "reason.no_pulse", "reason.no_pulse.help")
	notice("denied", "calm", "camera.denied.title", again, "camera.denied", "camera.denied.chrome")
	notice("waiting", "wait", "send.offline.title", "-close", "send.offline")
	notice("trouble", "bad", "trouble.title", again, "trouble")
	notice("closed", "good", "closed.title", "", "closed")
	if *screenshots != "" { // the same in other words
		notice("consent-refused", "calm", "consent.refused.title", "back -close", "consent.refused")
		notice("minor", "calm", "age.minor.title", "close", "age.minor")
		notice("denied-frame", "calm", "camera.denied.title", again, "camera.denied.frame")
		notice("in-use", "calm", "camera.in_use.title", again, "camera.in_use")
		notice("no-camera", "calm", "camera.no_camera.title", again, "camera.no_camera")
		notice("camera-ended", "calm", "camera.ended.title", again, "camera.ended")
		notice("engine", "calm", "engine.title", again, "engine")
		notice("failed-check", "calm", "failed.title", again, "failed.check", "check.6.dark", "failed.kept")
		notice("failed-lost", "calm", "failed.title", again, "failed.lost")
		notice("waiting-token", "wait", "send.token.title", "-close", "send.token")
		notice("expired", "calm", "expired.title", "-close", "expired", "expired.kept")
		notice("forbidden", "calm", "forbidden.title", "-close", "expired")
		notice("offline", "bad", "offline.title", again, "offline")
		notice("timeout", "calm", "timeout.title", "", "timeout")
	}
	g.draw("sending", fmt.Sprintf(`m.notice("sending", "wait", %q, [m.el("p", {class: "spin"}, %q), m.el("p", {class: "meta"}, %q)], [])`, g.say["send.title"], g.say["send.busy"], g.say["send.none"]))
}

// In every language the longest words still fit the smallest page, at a zoom of 200 % too.
func TestLanguagesFit(t *testing.T) {
	t.Parallel()
	g := &gallery{visit: arrive(t, browser.Camera{}).agree()}
	// In a customer's own look, while we are at it.
	accent, logo := "#1d4f91", picture(t)
	g.set(account.CustomerChange{Accent: &accent, Logo: &logo})
	for _, language := range words.Languages[1:] {
		g.Open(strings.Replace(g.url(0), "language=en", "language="+language, 1))
		g.at("welcome")
		var lang string
		g.Eval("document.documentElement.lang", &lang)
		if lang != language {
			t.Errorf("the page says it speaks %s, want %s", lang, language)
		}
		var look struct {
			Button, Logo string
			Width        int
		}
		g.Eval(`(() => { const i = document.querySelector("#brand img"); return {button: getComputedStyle(document.querySelector(".button.primary")).backgroundColor, logo: i.alt, width: i.naturalWidth}; })()`, &look)
		if look.Button != "rgb(29, 79, 145)" || look.Logo != "Acme" || look.Width != 64 {
			t.Errorf("the look of the customer: %+v", look)
		}
		for _, step := range []string{"welcome", "ready"} {
			g.at(step)
			for _, size := range [][2]int64{{165, 240}, {330, 480}} {
				g.Size(size[0], size[1])
				var wide bool
				g.Eval(`document.documentElement.scrollWidth > document.documentElement.clientWidth`, &wide)
				if wide {
					t.Errorf("%s at %d × %d: %s is wider than the page", language, size[0], size[1], step)
				}
				if *screenshots != "" {
					g.Screenshot(filepath.Join(*screenshots, fmt.Sprintf("90-%s-%dx%d-%s.png", step, size[0], size[1], language)))
				}
			}
			if step == "welcome" {
				g.Eval(`document.querySelector(".button.primary").click()`, nil)
			}
		}
	}
}

// picture is a logo of 64 × 24 pixels.
func picture(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 64, 24))
	draw.Draw(m, m.Rect, image.NewUniform(color.RGBA{29, 79, 145, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The pages speak the language of the address, the user's own, the browser's,
// the customer's, or English, in that order.
func TestWhichLanguageAPageSpeaks(t *testing.T) {
	t.Parallel()
	v := arrive(t, browser.Camera{})
	var agent string
	v.Eval("navigator.userAgent", &agent)
	for i, c := range []struct{ address, user, browser, customer, want string }{
		{"de", "fr", "es", "sv", "de"},
		{"", "fr", "es", "sv", "fr"},
		{"", "", "pl,es", "sv", "es"},
		{"", "", "pl", "sv", "sv"},
		{"", "", "pl", "", "en"},
	} {
		v.set(account.CustomerChange{Language: &c.customer})
		if _, err := chromedp.Call(v.Context(), emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: c.browser}); err != nil {
			t.Fatal(err)
		}
		n := client.User{}
		if c.user != "" {
			n.Language = &c.user
		}
		u, _, err := v.w.Client(v.w.Dev).CreateUser(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		of := "user_id=" + u.UserID
		scan := v.w.Call(v.w.Dev, http.MethodPost, "/v2/facescans?"+of, `{"synthetic":{"duration_s":10}}`).Want(http.StatusCreated).Header.Get("Location")
		persons := []string{"/v2/dashboard/url?" + of, scan + "/results-url?"}[i%2] // these two ask in one place, web/pages/person/person.ts
		for _, path := range []string{"/v2/facescans/url?" + of, persons} {
			if c.address != "" {
				path += "&language=" + c.address
			}
			var page struct{ URL string }
			v.w.Call(v.w.Dev, http.MethodGet, path, nil).Want(http.StatusOK).JSON(&page)
			v.Open(v.line.At(page.URL))
			v.WaitFor(fmt.Sprintf(`document.documentElement.lang === %q && (document.body.dataset.step === "welcome" || document.querySelector("#language"))`, c.want))
		}
	}
}
