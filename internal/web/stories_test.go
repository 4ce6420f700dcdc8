package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/client"
	"blush.example/blush/rppg"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// heard keeps what the page announces, and makes each wait of the page a long one at once.
const heard = `
	window.heard = [];
	addEventListener("DOMContentLoaded", () => {
		const say = document.getElementById("say"), set = Object.getOwnPropertyDescriptor(Node.prototype, "textContent").set;
		Object.defineProperty(say, "textContent", {set(text) { window.heard.push(text); set.call(say, text); }});
	});
	const later = setTimeout;
	window.setTimeout = (f, ms, ...more) => ms === 10_000 ? queueMicrotask(() => f(...more)) : later(f, ms, ...more);
`

// From the welcome to the result, as a new user takes it, as long as for real.
func TestStoryWholeWay(t *testing.T) {
	film, truth := written(t, fullFilm(75))
	t.Parallel()
	v := arrive(t, browser.Camera{File: film})
	v.moves() // as for most people
	v.user = v.person("")
	v.Before(heard)
	v.Open(v.url(0))
	v.at("welcome")
	v.reads("welcome.title", "welcome.private", "welcome.not.age", "welcome.not.skin", "welcome.not.heart")
	var address string
	v.Eval("location.href", &address)
	if strings.Contains(address, "token") {
		t.Errorf("the token is still in the address: %s", address)
	}

	v.press("continue")
	v.at("consent")
	shown := v.say["consent.title"]
	for _, k := range []string{"consent.1", "consent.2", "consent.3", "consent.4"} {
		shown += "\n" + strings.ReplaceAll(v.say[k], "{customer}", "Acme")
	}
	if got := v.Text("main"); !strings.Contains(got, strings.Split(shown, "\n")[2]) {
		t.Errorf("the consent reads %q", got)
	}
	v.press("consent.yes")

	v.at("age")
	v.press("continue")
	v.reads("age.wrong")
	v.Eval(`document.querySelector("#birth").value = "1985-02-03"`, nil)
	v.press("continue")

	v.at("questions")
	v.reads("questions.skip.one") // where no answer is chosen
	v.Eval(`document.querySelectorAll("input[type=radio]")[1].click()`, nil)
	v.press("continue")
	v.WaitFor(fmt.Sprintf(`document.querySelector("main").innerText.includes(%q)`, "Question 2\u00a0of 5"))
	v.press("questions.skip")

	v.at("ready")
	v.Eval(`document.querySelector("#rest").click()`, nil)
	v.HoldFilm(in("recording"))
	// An impatient double click is one scan.
	v.Eval(`(() => { const b = document.querySelector(".button.primary"); b.click(); b.click(); b.dispatchEvent(new MouseEvent("dblclick")); })()`, nil)
	v.FilmHeld()
	if rate := v.Text(".rate"); rate != v.say["scan.finding"] && !strings.Contains(rate, "bpm") {
		t.Errorf("live: %q", rate)
	}
	scan := v.endFull(truth)
	v.reads("result.title", "biomarker.heart_rate", "done", "scan_again")
	// Until there is a result each wait has a word, and another when it is long; then nothing of it is left to be read.
	var said []string
	v.Eval("window.heard", &said)
	want := []string{v.say["scan.recording"], v.say["scan.ending"], v.say["scan.ending.late"], "", v.say["send.busy"], v.say["send.late"], ""}
	if n := slices.Index(said, want[0]); n < 0 || !slices.Equal(said[n:], want) {
		t.Errorf("a screen reader says %q, want the end %q", said, want)
	}
	if shown := v.said(".latest"); !strings.Contains(shown, fmt.Sprint(*scan.Biomarkers["heart_rate"])) {
		t.Errorf("the page shows %q, the server says %d", shown, *scan.Biomarkers["heart_rate"])
	}
	v.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped", "faceScanSuccessful")
	if m := v.message("camera"); m.Data.Status != "granted" {
		t.Errorf("camera: %+v", m)
	}
	if m := v.message("faceScanSuccessful"); m.UUID == nil || *m.UUID != scan.FaceScanID || m.Data.FaceScanID != scan.FaceScanID || !*m.Data.HasResults {
		t.Errorf("faceScanSuccessful: %+v, the scan is %s", m, scan.FaceScanID)
	}
	v.press("done")
	v.at("closed")
	v.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped", "faceScanSuccessful", "dismiss")
	if m := v.message("dismiss"); m.UUID == nil || *m.UUID != scan.FaceScanID || !*m.Data.HasResults {
		t.Errorf("dismiss: %+v", m)
	}

	// What was said on the way is kept: the consent to the very text, the birth date, one answer, the rest before the scan.
	var consents struct {
		Data []struct {
			Version, Language string
			TextHash          string `json:"text_hash"`
		}
	}
	of := "?user_id=" + v.user.UserID
	v.w.Call(v.w.Dev, http.MethodGet, "/v2/consents"+of, nil).Want(http.StatusOK).JSON(&consents)
	sum := sha256.Sum256([]byte(shown))
	if len(consents.Data) != 1 || consents.Data[0].Language != "en" || consents.Data[0].TextHash != hex.EncodeToString(sum[:]) {
		t.Errorf("consents: %+v, the text's hash is %x", consents, sum)
	}
	if u, err := v.w.Client(v.w.Dev).User(t.Context(), client.UserRef{ID: v.user.UserID}); err != nil || u.BirthDate == nil || *u.BirthDate != "1985-02-03" {
		t.Errorf("user: %+v, %v", u, err)
	}
	var questions struct {
		Data []struct {
			LookupKey string `json:"lookup_key"`
			Answer    *struct{ Value float64 }
		}
	}
	v.w.Call(v.w.Dev, http.MethodGet, "/v2/questions"+of, nil).Want(http.StatusOK).JSON(&questions)
	answered := 0
	for _, q := range questions.Data {
		if q.Answer != nil {
			answered++
		}
	}
	if answered != 1 {
		t.Errorf("%d answers, want 1", answered)
	}
	if tr, err := rppg.ParseTraceCompact(bytes.NewReader(v.line.Uploads()[0].Body)); err != nil || tr.AtRest == nil || !*tr.AtRest {
		t.Errorf("at_rest: %+v, %v", tr, err)
	}
}

// What prevents a scan is said, and after a while the page gives
// up without a number.
func TestStoryPictureIsNotRight(t *testing.T) {
	film := func(f browser.Film) string { file, _ := written(t, small(f)); return file }
	slow, _ := calm(4).WriteY4M(t, 10)
	stories := []struct {
		name, film string
		keys       []string // of what the page says, one after the other
		code       string
	}{
		{"two faces, then an empty room, then darkness", joined(t, film(browser.TwoPeopleFilm(1)), film(browser.RoomFilm(1.5)), film(browser.DarkFilm(3))),
			[]string{"check.two_faces", "check.face_lost", "check.6.dark"}, "check_6"},
		{"10 fps camera", slow, []string{"check.low_frame_rate"}, "low_frame_rate"},
	}
	t.Parallel()
	for _, c := range stories {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := arrive(t, browser.Camera{File: c.film}).agree()
			v.scanUntil(5, v.words(c.keys[0]))
			for _, key := range c.keys[1:] {
				v.PlayFilm(v.words(key))
			}
			v.PlayFilm("")
			v.at("failed")
			last := c.keys[len(c.keys)-1]
			v.reads("failed.title", last, "failed.kept", "try_again")
			v.told("startNewMeasurement", "camera", "error")
			if m := v.message("error"); m.Data.Reason != c.code || !strings.Contains(m.Data.Message, v.say[last]) {
				t.Errorf("error: %+v", m)
			}
			if s := v.scans(); len(s) != 0 {
				t.Errorf("the server has %+v", s)
			}
			v.Eval(`document.getElementById("leave").click()`, nil)
			v.told("startNewMeasurement", "camera", "error", "userFinished", "dismiss")
			if m := v.message("dismiss"); *m.Data.HasResults || m.UUID != nil {
				t.Errorf("dismiss: %+v", m)
			}
		})
	}
}

// joined is the file of uncompressed films of one size and rate that follow one another.
func joined(t *testing.T, files ...string) string {
	t.Helper()
	var all []byte
	for _, file := range files {
		film, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, frames, _ := bytes.Cut(film, []byte("\n"))
		if all == nil {
			all = append(head, '\n')
		}
		all = append(all, frames...)
	}
	out := filepath.Join(t.TempDir(), "joined.y4m")
	if err := os.WriteFile(out, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// A photograph has no pulse, and gets no number, also not after the little while
// that a doubtful scan goes on.
func TestStoryPhoto(t *testing.T) {
	film, _ := written(t, small(browser.PhotoFilm(12)))
	t.Parallel()
	v := arrive(t, browser.Camera{File: film}).agree()
	v.scanUntil(hopelessSeconds, v.longer())
	v.PlayFilm("")
	v.at("failed")
	v.reads("result.none.title", "result.none", "try_again")
	v.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped", "error")
	scans := v.scans()
	if len(scans) != 1 || scans[0].Biomarkers["heart_rate"] != nil {
		t.Fatalf("the server has %+v", scans)
	}
	if d := scans[0].Capture.DurationS; d < 1.5*hopelessSeconds-0.5 {
		t.Errorf("given up after %.1f s", d)
	}
	if m := v.message("error"); m.Data.Reason == "" || v.say["reason."+m.Data.Reason] == "" {
		t.Errorf("error: %+v", m)
	}
}

// Who has two cameras may choose, before the scan and in front of the picture;
// the page opens the one that was chosen, also the next time.
func TestStoryTwoCameras(t *testing.T) {
	t.Parallel()
	v := arrive(t, browser.Camera{Count: 2}).agree()
	// A camera has no name until one was allowed, which this browser does by itself.
	v.Before(`window.asked = []; {
		const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media), list = media.enumerateDevices.bind(media);
		media.getUserMedia = (c) => { localStorage.setItem("allowed", "1"); asked.push(c.video.deviceId?.exact ?? c.video.facingMode); return ask(c); };
		media.enumerateDevices = async () => (await list()).map((d) => localStorage.getItem("allowed") ? d : {kind: d.kind, deviceId: "", label: ""});
	}`)
	asked := func(want ...string) {
		t.Helper()
		v.WaitFor(fmt.Sprintf("asked.length === %d", len(want)))
		var got []string
		v.Eval("asked", &got)
		if !slices.Equal(got, want) {
			t.Errorf("the browser was asked for %v, want %v", got, want)
		}
		if last := want[len(want)-1]; last != "user" {
			v.WaitFor(fmt.Sprintf(`document.querySelector("video")?.srcObject?.getVideoTracks()[0].getSettings().deviceId === %q`, last))
		}
	}
	v.Open(v.url(0)) // looks for a face as long as it can: these cameras play by the clock on the wall
	v.start()
	v.WaitFor(`document.querySelector(".stage select:not([hidden])")?.length === 2`)
	asked("user")
	var cameras []struct{ Value, Text string }
	v.Eval(`[...document.querySelector(".stage select")].map((o) => ({value: o.value, text: o.text}))`, &cameras)
	if cameras[0].Value == cameras[1].Value || cameras[0].Text == cameras[1].Text || cameras[0].Text == "" {
		t.Fatalf("the choice is between %+v", cameras)
	}
	second := cameras[1].Value
	v.Eval(fmt.Sprintf(`(() => { const s = document.querySelector(".stage select"); s.value = %q; s.dispatchEvent(new Event("change")); })()`, second), nil)
	asked("user", second)
	v.press("scan.stop")
	v.at("ready")
	chosen := func(want string) {
		t.Helper()
		var got string
		v.Eval(`document.querySelector("select#camera").value`, &got)
		if got != want {
			t.Errorf("chosen is %s, want %s", got, want)
		}
	}
	chosen(second)
	v.press("ready.start")
	asked("user", second, second)

	// Another day, another link.
	v.Open(v.url(0))
	v.at("welcome")
	v.press("continue")
	v.at("ready")
	chosen(second)
	v.Eval(fmt.Sprintf(`document.querySelector("select#camera").value = %q`, cameras[0].Value), nil)
	v.press("ready.start")
	asked(cameras[0].Value)
	v.WaitFor(`window.__messages.some((m) => m.data.stage === "camera")`)
	v.told("startNewMeasurement", "camera")
}

// words is true while the scan instructs with the words of a key.
func (v *visit) words(key string) string {
	return fmt.Sprintf(`document.querySelector(".words")?.textContent === %q`, v.say[key])
}

// longer is true while a scan goes on beyond its nominal end.
func (v *visit) longer() string { return in("recording") + " && " + v.words("scan.longer") }

// A camera that does not come: each case with its words, and a way on.
func TestStoryNoCamera(t *testing.T) {
	t.Parallel()
	v := arrive(t, browser.Camera{}).agree()
	// A native wrapper puts its bridge in the place of postMessage after the page has loaded.
	v.Before(`window.bridged = []; addEventListener("load", () => { window.postMessage = (m) => window.bridged.push(m); });`)
	for name, status := range map[string]string{"NotAllowedError": "denied", "NotReadableError": "in_use", "NotFoundError": "no_camera"} {
		v.RefuseCamera(name)
		v.toScan(scanSeconds)
		v.at("camera")
		v.reads("camera."+status+".title", "camera."+status, "try_again")
		if status == "denied" {
			v.reads("camera.denied.chrome")
		}
		v.press("try_again")
		v.at("ready")
		v.Eval(`document.getElementById("leave").click()`, nil)
		v.at("closed")
		stages := v.stages("window.bridged")
		if want := []string{"startNewMeasurement", "camera" + status, "userFinished", "dismiss"}; !slices.Equal(stages, want) {
			t.Errorf("%s: the bridge heard %v, want %v", name, stages, want)
		}
		v.told() // nothing went past the bridge
	}
}

// The vendor's wrapper for Android puts its bridge in place only a while after the page has loaded: what is said before is not
// lost. Without a bridge it is said nevertheless.
func TestStoryLateBridge(t *testing.T) {
	t.Parallel()
	const said = `JSON.stringify(window.bridged.map((m) => m.stage))`
	for name, late := range map[string]string{
		"late":  `addEventListener("load", () => setTimeout(() => { window.postMessage = (m) => window.bridged.push(m); }, 150));`,
		"never": ``,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := arrive(t, browser.Camera{})
			v.Before(`window.bridged = []; window.IntelliPostMessage = { postMessage() {} }; ` + late)
			v.Open(v.line.URL + "/scan") // without a token: an error in the first moments
			v.at("expired")
			v.Eval(`document.getElementById("leave").click()`, nil)
			v.at("closed")
			want := []string{"error", "userFinished", "dismiss"}
			if name == "never" {
				v.WaitFor(`window.__messages.length === 3`)
				v.told(want...)
				return
			}
			v.WaitFor(`window.bridged.length === 3`)
			var got string
			if v.Eval(said, &got); got != `["`+strings.Join(want, `","`)+`"]` {
				t.Errorf("the bridge heard %s, want %v", got, want)
			}
			v.told() // nothing went past the bridge
		})
	}
}

// Addresses of the vendor's form open the scan, and a reload opens it again.
func TestStoryTokenAtTheRoot(t *testing.T) {
	t.Parallel()
	v := arrive(t, browser.Camera{})
	at := strings.Replace(v.url(scanSeconds), "/scan?", "/?", 1)
	v.Open(at)
	v.at("welcome")
	var where string
	if v.Eval("location.href", &where); where != v.line.URL+"/scan" {
		t.Errorf("the address is %s", where)
	}
	v.Eval("window.before = true; setTimeout(() => location.reload())", nil)
	v.WaitFor(`!window.before && document.body?.dataset.step === "welcome"`)
}

// Who reads the instructions for use from a page gets back to it, also where the app around it has no button for that.
func TestStoryInstructionsAndBack(t *testing.T) {
	t.Parallel()
	v := arrive(t, browser.Camera{})
	v.Open(v.url(scanSeconds))
	v.at("welcome")
	v.Eval(`location.assign("/docs/instructions-for-use")`, nil)
	v.WaitFor(`location.pathname === "/docs/instructions-for-use" && document.getElementById("back")?.checkVisibility()`)
	v.Click("#back")
	v.WaitFor(`location.pathname === "/scan" && document.body?.dataset.step === "welcome"`)
}

// A face that leaves half way pauses the scan, which goes on when it is back. What is missing makes the scan longer than it
// should be, and it ends as soon as it is good enough.
func TestStoryFaceLeaves(t *testing.T) {
	const seconds = 14
	film := calm(28)
	// Some 7 s into a scan that begins some 5 s after the camera, for so long that more than a tenth of 14 s is missing, and less than a tenth of 21 s.
	film.Video.LostAt, film.Video.BackAt = 12, 13.3
	file, truth := written(t, film)
	t.Parallel()
	v := arrive(t, browser.Camera{File: file}).agree()
	v.scanUntil(seconds, in("paused"))
	var said []string
	v.Eval(`[".words", "[aria-live]"].map((s) => document.querySelector(s).textContent)`, &said)
	if words := v.say["scan.paused.face"]; said[0] != words || said[1] != words {
		t.Errorf("the pause says %q, to the eye and aloud, want %q", said, words)
	}
	v.PlayFilm(in("recording"))
	v.PlayFilm("")
	v.at("result")
	v.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped", "faceScanSuccessful")
	if d := v.rightRate(truth).Capture.DurationS; d < seconds+0.5 || d > 1.5*seconds-0.5 {
		t.Errorf("the scan took %.1f s: want more than %d s, and less than the longest", d, seconds)
	}
	v.press("scan_again")
	v.at("ready")
}

// The whole way to the camera without a mouse: what has the focus shows it.
func TestStoryByKeyboard(t *testing.T) {
	t.Parallel()
	v := arrive(t, browser.Camera{})
	v.user = v.person("")
	keys := func(text string) {
		t.Helper()
		if err := chromedp.Do(v.Context(), chromedp.KeyEvent(text)); err != nil {
			t.Fatal(err)
		}
	}
	// to goes on with the tabulator until an element has the focus.
	to := func(is string) {
		t.Helper()
		for range 12 {
			keys(kb.Tab)
			var on, shown bool
			v.Eval(fmt.Sprintf(`(() => { const e = document.activeElement; return %s; })()`, is), &on)
			if !on {
				continue
			}
			v.Eval(`(() => { const e = document.activeElement; return [e, e.parentElement].some((n) => getComputedStyle(n).outlineStyle !== "none"); })()`, &shown)
			if !shown {
				t.Errorf("the focus on %s cannot be seen", is)
			}
			return
		}
		t.Fatalf("the tabulator does not get to %s", is)
	}
	press := func(key string) {
		t.Helper()
		to(fmt.Sprintf("e.textContent === %q", v.say[key]))
		keys(kb.Enter)
	}
	v.Open(v.url(scanSeconds))
	v.at("welcome")
	press("continue")
	v.at("consent")
	press("consent.yes")
	v.at("age")
	to(`e.id === "birth"`)
	keys("02031985" + kb.Enter)
	v.at("questions")
	to(`e.type === "radio"`)
	keys(" ")
	press("continue")
	v.WaitFor(fmt.Sprintf(`document.querySelector("main").innerText.includes(%q)`, "Question 2\u00a0of 5"))
	press("questions.skip")
	v.at("ready")
	to(`e.id === "rest"`)
	keys(" ")
	v.WaitFor(`document.querySelector("#rest").checked`)
	press("ready.start")
	v.at("camera")
	press("try_again")
	v.at("ready")
	to(`e.id === "leave"`)
	keys(kb.Enter)
	v.at("closed")
	v.told("startNewMeasurement", "camera", "userFinished", "dismiss")
}

// Who may not scan, and who does not want to.
func TestStoryNotScanned(t *testing.T) {
	t.Parallel()
	v := arrive(t, browser.Camera{})
	v.user = v.person("")
	v.Open(v.url(scanSeconds))
	v.at("welcome")
	for _, key := range []string{"welcome.what", "welcome.not.still"} { // of one time: that of this scan
		if want := strings.ReplaceAll(v.say[key], "{s}", fmt.Sprint(scanSeconds)); !strings.Contains(v.Text("main"), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	v.press("continue")
	v.at("consent")
	v.press("consent.no")
	v.at("refused")
	v.reads("consent.refused")
	v.press("back")
	v.at("welcome")
	v.press("continue")
	v.at("consent")
	v.press("consent.yes")
	v.at("age")
	v.Eval(fmt.Sprintf(`document.querySelector("#birth").value = "%d-06-01"`, time.Now().Year()-15), nil)
	v.press("continue")
	v.at("minor")
	v.reads("age.minor.title", "age.minor")
	v.press("close")
	v.at("closed")
	v.told("userFinished", "dismiss")

	// Nobody there: after five minutes, by a clock that the test alone moves, the page closes itself.
	v.user = v.person("1980-05-17")
	v.Before("{ const begun = performance.now(); window.later = 0; performance.now = () => begun + window.later; }")
	v.Open(v.url(scanSeconds))
	v.at("welcome")
	v.Eval("later = 290e3", nil)
	v.Eval(`new Promise((done) => setTimeout(done, 1000))`, nil) // in which the page has looked at its clock
	v.told()
	v.Eval("later = 301e3", nil)
	v.at("closed")
	v.reads("timeout.title", "timeout")
	v.told("timeOut", "userFinished", "dismiss")

	v.Open(v.line.URL + "/scan?action_token=expired.token.here&language=de")
	v.at("expired")
	v.told("error")
	var lang string
	v.Eval("document.documentElement.lang", &lang)
	if lang != "de" {
		t.Errorf("the page speaks %s", lang)
	}
}
