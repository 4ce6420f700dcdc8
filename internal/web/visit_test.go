package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/blushtest/browser"
	"blush.example/blush/client"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/words"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestMain(m *testing.M) { browser.Main(m) }

// scanSeconds is how long the stories scan: a heart rate needs 10 s.
const scanSeconds = 11

// hopelessSeconds is how long the stories scan, in s, where there is nothing to find. Such a scan goes on for half as long again, when
// there might be a heart rate.
const hopelessSeconds = 7

// calm is a film of a person whose pulse keeps its rate, so that any stretch of
// it is as good as another. It is longer than a scan, because a film that starts again is a replay.
func calm(seconds float64) browser.Film {
	return small(browser.FaceFilm(72, seconds))
}

func small(f browser.Film) browser.Film {
	f.Scene.Rhythm.RSA, f.Scene.Rhythm.LF = 0.01, 0.004
	f.Video.Width, f.Video.Height = 320, 240
	return f
}

// written is the file of a story's film, and what it holds: 15 frames/s, about the fewest that a scan accepts, and
// uncompressed, which is the least work for a page that finds nothing wrong with the picture. TestRealTime and make
// browser-long play what a webcam sends.
func written(t *testing.T, f browser.Film) (file string, truth simulate.Truth) {
	t.Helper()
	return f.WriteY4M(t, 15)
}

// visit is one person before one camera, with the page open.
type visit struct {
	*browser.Browser
	t    *testing.T
	w    *blushtest.World
	line *browser.Wire
	user client.User
	say  map[string]string // the page's words
}

// arrive starts a server, whose scans go on for a heart rate alone, and a
// browser, and registers an adult.
func arrive(t *testing.T, cam browser.Camera, more ...browser.Flag) *visit {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a browser")
	}
	w := blushtest.Start(t)
	line := browser.NewWire(t, w.URL)
	v := &visit{Browser: browser.Start(t, cam, more...), t: t, w: w, line: line, say: words.Pages("en")}
	heart := []string{"heart_rate"}
	v.set(account.CustomerChange{Biomarkers: &heart})
	v.user = v.person("1980-05-17")
	t.Cleanup(v.nothingLeaks)
	return v
}

func (v *visit) person(birth string) client.User {
	v.t.Helper()
	n := client.User{}
	if birth != "" {
		n.BirthDate = &birth
	}
	u, _, err := v.w.Client(v.w.Dev).CreateUser(context.Background(), n)
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}

// url is a fresh address of the scan page, for scans of the given number of seconds.
func (v *visit) url(seconds int) string {
	v.t.Helper()
	u, err := v.w.Client(v.w.Dev).ScanURL(context.Background(), client.UserRef{ID: v.user.UserID})
	if err != nil {
		v.t.Fatal(err)
	}
	return v.line.At(u.URL) + fmt.Sprintf("&language=en&seconds=%d", seconds)
}

// set changes the customer's settings.
func (v *visit) set(ch account.CustomerChange) {
	v.t.Helper()
	if _, err := v.w.Server.Accounts.UpdateCustomer(context.Background(), v.w.Customer.ID, ch); err != nil {
		v.t.Fatal(err)
	}
}

// moves lets the page move, which other stories do without.
func (v *visit) moves() {
	v.t.Helper()
	if _, err := chromedp.Call(v.Context(), emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "no-preference"}},
	}); err != nil {
		v.t.Fatal(err)
	}
	var still bool
	if v.Eval(`matchMedia("(prefers-reduced-motion: reduce)").matches`, &still); still {
		v.t.Error("the page does not move")
	}
}

// agree consents for the user, so that a story may begin with the scan.
func (v *visit) agree() *visit {
	v.t.Helper()
	off := false
	v.set(account.CustomerChange{Questions: &off})
	v.w.Call(v.w.Dev, http.MethodPost, "/v2/consents?user_id="+v.user.UserID,
		map[string]any{"version": browser.ConsentVersion(v.t, "../.."), "text_hash": strings.Repeat("0", 64), "language": "en"}).Want(http.StatusCreated)
	return v
}

// at waits for a step of the page, and for what it asks the server.
func (v *visit) at(step string) {
	v.t.Helper()
	v.WaitFor(fmt.Sprintf(`document.body.dataset.step === %q && [...document.querySelectorAll("blush-biomarker")].every((e) => e.state !== "loading")`, step))
}

// said is all text of an element, also within components.
func (v *visit) said(selector string) (text string) {
	v.t.Helper()
	v.Eval(fmt.Sprintf(`(() => { const said = (root) => [...root.childNodes].map((n) => n.nodeType === 3 ? n.data : (n.shadowRoot ? said(n.shadowRoot) : "") + said(n)).join(" "); return said(document.querySelector(%q)); })()`, selector), &text)
	return strings.ReplaceAll(text, "\u00a0", " ")
}

// press clicks the button that says the words of a key.
func (v *visit) press(key string) {
	v.t.Helper()
	v.Eval(fmt.Sprintf(`(() => {
		const b = [...document.querySelectorAll("button")].find((b) => b.textContent === %q);
		if (!b) throw new Error("no such button");
		b.click();
	})()`, v.say[key]), nil)
}

// reads fails unless the page shows the words of every key.
func (v *visit) reads(keys ...string) {
	v.t.Helper()
	text := v.said("main")
	for _, k := range keys {
		if v.say[k] == "" || !strings.Contains(text, v.say[k]) {
			v.t.Errorf("the page does not say %s (%q):\n%s", k, v.say[k], text)
		}
	}
}

// toScan opens the page and goes to the picture of the camera.
func (v *visit) toScan(seconds int) {
	v.t.Helper()
	v.Open(v.url(seconds))
	v.start()
}

func (v *visit) start() {
	v.t.Helper()
	v.at("welcome")
	v.press("continue")
	v.at("ready")
	v.press("ready.start")
}

// scanUntil opens the page and goes on with the scan until an expression is
// true, when the camera's film is held.
func (v *visit) scanUntil(seconds int, js string) {
	v.t.Helper()
	v.Open(v.url(seconds))
	v.startUntil(js)
}

func (v *visit) startUntil(js string) {
	v.t.Helper()
	v.HoldFilm(js)
	v.start()
	v.FilmHeld()
}

// in is true while the scan is looking, counting, recording or paused.
func in(state string) string { return fmt.Sprintf(`document.querySelector("[data-state=%s]")`, state) }

// state waits until the scan is looking, counting, recording or paused.
func (v *visit) state(name string) {
	v.t.Helper()
	v.WaitFor(in(name))
}

// told fails unless the host was told exactly these stages.
func (v *visit) told(want ...string) {
	v.t.Helper()
	got := v.Stages()
	for end := time.Now().Add(5 * time.Minute); len(got) < len(want) && time.Now().Before(end); got = v.Stages() { // messages arrive later than what the page shows
		time.Sleep(50 * time.Millisecond)
	}
	if !slices.Equal(got, want) {
		v.t.Errorf("the host was told\n%v, want\n%v", got, want)
	}
}

// message is the last message of a stage.
func (v *visit) message(stage string) (out struct {
	UUID *string
	Data struct {
		Status, Reason, Message string
		FaceScanID              string `json:"face_scan_id"`
		HasResults              *bool
	}
}) {
	v.t.Helper()
	for _, m := range v.Messages() {
		if m.Stage() == stage {
			if err := json.Unmarshal(m.Data, &out); err != nil {
				v.t.Fatalf("%s: %v", m.Data, err)
			}
		}
	}
	return out
}

// stages lists the messages in an array of the page: the stage of each, with its status.
func (v *visit) stages(array string) (out []string) {
	var all []struct {
		Stage string
		Data  struct{ Status string }
	}
	v.Eval(array, &all)
	for _, m := range all {
		out = append(out, m.Stage+m.Data.Status)
	}
	return out
}

// rightRate fails unless the user has one scan, whose heart rate is that of the
// film.
func (v *visit) rightRate(truth simulate.Truth) client.Scan {
	v.t.Helper()
	scans := v.scans()
	if len(scans) != 1 || scans[0].Biomarkers["heart_rate"] == nil {
		v.t.Fatalf("the server has %+v", scans)
	}
	if got := float64(*scans[0].Biomarkers["heart_rate"]); math.Abs(got-truth.HeartRate) > 2 {
		v.t.Errorf("heart rate %v, truth %.1f", got, truth.HeartRate)
	}
	return scans[0]
}

// rateFrom is the heart rate of a film from one of its times in s to another.
func rateFrom(truth simulate.Truth, from, to float64) float64 {
	beats := slices.DeleteFunc(slices.Clone(truth.Beats), func(at float64) bool { return at < from || at > to })
	n := len(beats) - 1
	return 60 * float64(n) / (beats[n] - beats[0])
}

// scans lists what the server has of the user.
func (v *visit) scans() []client.Scan {
	v.t.Helper()
	list, err := v.w.Client(v.w.Dev).Scans(context.Background(), client.UserRef{ID: v.user.UserID}, client.Page{})
	if err != nil {
		v.t.Fatal(err)
	}
	return list.Data
}

// nothingLeaks holds everything that went over the wire against the promise:
// no other host, no cookie, no token in an address after the first, and no image in a body.
func (v *visit) nothingLeaks() {
	for _, host := range v.Outside() {
		v.t.Errorf("asked for another host: %s", host)
	}
	for _, r := range v.line.Requests() {
		if r.Header.Get("Cookie") != "" {
			v.t.Errorf("%s %s carries a cookie", r.Method, r.Path)
		}
		if strings.Contains(r.Header.Get("Referer"), "action_token") {
			v.t.Errorf("%s %s names a token as its referrer", r.Method, r.Path)
		}
		body := r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			body = unpacked(v.t, body)
		}
		if rppg.IsCompact(body) {
			body = asJSON(v.t, body)
		}
		if what := pictureIn(body); what != "" {
			v.t.Errorf("%s %s sends %s", r.Method, r.Path, what)
		}
		if r.Method == http.MethodPost && r.Path == "/v2/facescans" && !json.Valid(body) {
			v.t.Errorf("a scan that is not JSON: %.80q", body)
		}
	}
	for _, line := range v.Console() {
		if strings.Contains(line, "Content Security Policy") && !strings.Contains(line, "frame-ancestors") || strings.Contains(line, "Uncaught") {
			v.t.Errorf("console: %s", line)
		}
	}
}

func unpacked(t *testing.T, body []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Errorf("not gzip: %v", err)
		return nil
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Errorf("damaged gzip: %v", err)
	}
	return out
}

// asJSON is all that a trace in the compact form holds.
func asJSON(t *testing.T, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	tr, err := rppg.ParseTraceCompact(bytes.NewReader(body))
	if err == nil {
		err = rppg.WriteTraceJSON(&out, tr)
	}
	if err != nil {
		t.Errorf("a scan that is no trace: %v", err)
	}
	return out.Bytes()
}

// longText is a string in JSON that is too long for anything but pixels in disguise.
var longText = regexp.MustCompile(`"[A-Za-z0-9+/=_-]{300,}"`)

// pictureIn names the picture that a body holds, if any.
func pictureIn(body []byte) string {
	for sign, name := range map[string]string{"\xff\xd8\xff": "a JPEG", "\x89PNG": "a PNG", "WEBPVP8": "a WebP", "ftyp": "a film", "data:image": "a data URI", "\x1aE\xdf\xa3": "a WebM"} {
		if bytes.Contains(body, []byte(sign)) {
			return name
		}
	}
	if longText.Match(body) {
		return "a long text"
	}
	return ""
}

// caller speaks for the customer's server.
func (v *visit) caller() blush.Caller {
	v.t.Helper()
	c, err := v.w.Server.Accounts.Authenticate(context.Background(), account.Credentials{APIKey: v.w.Dev})
	if err != nil {
		v.t.Fatal(err)
	}
	return c
}

func ref(v *visit) blush.UserRef { return blush.UserRef{ID: v.user.UserID} }
