// Package browser drives Debian's chromium with a camera that plays a film, for
// stories about the pages: what a person sees, what a host is told, and what
// goes over the wire.
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Browser is one page in a chromium, with storage, cache and connections of its own.
type Browser struct {
	t        testing.TB
	ctx      context.Context
	chromium *chromium
	asked    *outside // by the page
	film     *reel    // that its camera plays; nil: none

	mu      sync.Mutex
	console []string
}

// Camera says what the browser sees.
type Camera struct {
	// File is the film it plays again and again: MJPEG at 30 frames/s, or y4m at
	// its own rate. Empty: no camera. The film's clock is its own: the page gets a
	// frame when it has dealt with the one before (camera.js). Its address must be a Wire's.
	File string
	// RealTime makes the browser itself play the file, by the clock on the wall. It
	// drops frames where the machine has no time for them.
	RealTime bool
	// Count of cameras that show a test picture instead.
	Count int
	// Ask leaves permission to the page's user, whom no test has: the browser waits.
	Ask bool
}

// patience bounds a wait in which nothing moves: as long as the camera's film goes on, a test waits, however slow the machine is.
const patience = 5 * time.Minute

// waiting bounds one wait.
type waiting struct {
	b     *Browser
	shown int64 // frames of the film
	since time.Time
}

// over says that nothing has moved for too long.
func (w *waiting) over() bool {
	if w.b.film != nil {
		if n := w.b.film.shown.Load(); n != w.shown {
			w.shown, w.since = n, time.Now()
		}
	}
	return time.Since(w.since) > patience
}

// Start opens a page until the test ends, and skips the test where there is no chromium. The chromium
// is shared with all tests of the process that want one with the same flags.
func Start(t testing.TB, cam Camera, more ...Flag) *Browser {
	t.Helper()
	path, err := exec.LookPath(cam.program())
	if err != nil {
		t.Skipf("no %s here: apt install %[1]s", cam.program())
	}
	flags := append(cam.flags(), more...)
	b := &Browser{t: t}
	if cam.RealTime { // whose flags no other test has
		b.chromium, err = launch(path, flags)
		if err == nil {
			t.Cleanup(b.chromium.stop)
		}
	} else {
		b.chromium, err = shared(path, flags)
	}
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	if b.asked, err = listenOutside(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.asked.stop)
	ctx, cancel := chromedp.NewContext(b.chromium.ctx, chromedp.WithNewBrowserContext(func(p *target.CreateBrowserContextParams) {
		p.ProxyServer, p.ProxyBypassList = b.asked.address, thisMachine
	}))
	t.Cleanup(cancel)
	b.ctx = ctx
	events := chromedp.Console(ctx)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("chromium: %v", err)
	}
	// Every page is in front, as in a chromium of its own.
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	b.keepConsole(events)
	b.Before(record)
	if cam.File != "" && !cam.RealTime {
		var script string
		b.film, script = cameraFor(t, cam.File)
		b.Before(script)
	}
	return b
}

// keepConsole keeps what pages write to the console, and logs it if the test fails.
func (b *Browser) keepConsole(lines iter.Seq2[chromedp.ConsoleMessage, error]) {
	go func() {
		for m, err := range lines {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.console = append(b.console, m.String())
			b.mu.Unlock()
		}
	}()
	b.t.Cleanup(func() {
		if b.t.Failed() {
			for _, line := range b.Console() {
				b.t.Log("console: " + line)
			}
		}
	})
}

// Outside lists the hosts beyond this machine that were asked for, by the page or by the chromium itself.
func (b *Browser) Outside() []string {
	return append(b.asked.hosts(), b.chromium.asked.hosts()...)
}

// Console lists what pages wrote to the console, errors of the browser included.
func (b *Browser) Console() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.console)
}

// Context is for calls of chromedp that this kit has no word for.
func (b *Browser) Context() context.Context { return b.ctx }

// Before runs a script in every document, frames included, before its own.
func (b *Browser) Before(script string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		b.t.Fatal(err)
	}
}

// record keeps the messages that a window is sent.
const record = `window.__messages = []; addEventListener("message", (e) => window.__messages.push({at: performance.now(), origin: e.origin, data: e.data}));`

// Message is one that a window was sent.
type Message struct {
	AtMS   float64         `json:"at"` // since its document began
	Origin string          `json:"origin"`
	Data   json.RawMessage `json:"data"`
}

// Stage is the message's stage, empty for one of another kind.
func (m Message) Stage() string {
	var d struct {
		Stage string `json:"stage"`
	}
	_ = json.Unmarshal(m.Data, &d)
	return d.Stage
}

// Messages lists what the top window was sent since its document began.
func (b *Browser) Messages() []Message {
	b.t.Helper()
	var out []Message
	b.Eval(`window.__messages.map((m) => ({...m, data: m.data ?? null}))`, &out)
	return out
}

// Stages lists the stages among Messages.
func (b *Browser) Stages() []string {
	var out []string
	for _, m := range b.Messages() {
		if s := m.Stage(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// RefuseCamera makes getUserMedia fail, from the next document on, with a
// DOMException of this name: NotAllowedError (denied), NotReadableError (in
// use), NotFoundError (none).
func (b *Browser) RefuseCamera(name string) {
	b.t.Helper()
	b.Before(fmt.Sprintf(`if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("refused by the test", %q); };`, name))
}

// Open goes to an address and waits until it is loaded.
func (b *Browser) Open(url string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Navigate(url)); err != nil {
		b.t.Fatalf("%s: %v", strings.SplitN(url, "?", 2)[0], err)
	}
}

// Eval runs an expression in the page, waits for it if it is a promise, and
// reads its value into out, a pointer or nil.
func (b *Browser) Eval(js string, out any) {
	b.t.Helper()
	raw, err := b.eval(js)
	if err == nil && out != nil {
		err = json.Unmarshal(raw, out)
	}
	if err != nil {
		b.t.Fatalf("%s: %v", js, err)
	}
}

func (b *Browser) eval(js string) (json.RawMessage, error) {
	res, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: js, AwaitPromise: new(true), ReturnByValue: new(true), UserGesture: new(true)})
	if err != nil {
		return nil, err
	}
	if res.ExceptionDetails != nil {
		return nil, fmt.Errorf("%s %s", res.ExceptionDetails.Text, res.ExceptionDetails.Exception.Description)
	}
	if len(res.Result.Value) == 0 {
		return json.RawMessage("null"), nil
	}
	return json.RawMessage(res.Result.Value), nil
}

// Until waits for what isn't in the page, as WaitFor does.
func (b *Browser) Until(what string, is func() bool) {
	b.t.Helper()
	for w := (waiting{b: b, since: time.Now()}); !is(); time.Sleep(100 * time.Millisecond) {
		if w.over() {
			b.t.Fatalf("nothing has moved for %v: %s", patience, what)
		}
	}
}

// WaitFor asks an expression until it is true, every 100 ms, until nothing has moved for five minutes.
func (b *Browser) WaitFor(js string) {
	b.t.Helper()
	for w := (waiting{b: b, since: time.Now()}); ; time.Sleep(100 * time.Millisecond) {
		raw, err := b.eval("!!(" + js + ")")
		if err == nil && string(raw) == "true" {
			return
		}
		if w.over() {
			b.t.Fatalf("nothing has moved for %v, and not true: %s (%v)\npage says: %s", patience, js, err, b.Text("body"))
		}
	}
}

// Text is what an element says to its reader, with plain spaces and without soft hyphens; empty when there is none.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	var out string
	b.Eval(fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector), &out)
	return strings.NewReplacer("\u00a0", " ", "\u00ad", "").Replace(out)
}

// Parted lists the numbers that the page shows, also in components, where a line may end before their unit or noun. A number after a no-break space may be a year.
func (b *Browser) Parted() (out []string) {
	b.t.Helper()
	b.Eval(`(() => {
		const texts = new Map(); // by block
		const read = (root) => { for (const n of root.childNodes) {
			if (n.nodeType === 3) {
				if (!n.parentElement || getComputedStyle(n.parentElement).whiteSpaceCollapse !== "collapse") continue;
				const one = n.parentElement.closest("code") || getComputedStyle(n.parentElement).textWrapMode === "nowrap";
				let block = n.parentElement;
				while (block.parentElement && getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
				texts.set(block, (texts.get(block) ?? "") + (one ? "•" : n.data));
			} else if (n.nodeType === 1 && !n.matches("option, script, style, noscript, svg")) {
				if (n.shadowRoot) read(n.shadowRoot);
				read(n);
			}
		} };
		read(document.body);
		return [...texts.values()].flatMap((text) => text.match(/.{0,20}((?<![\p{L}\d\u00a0.,])\d[\d.,]*(?<![.,])[ \n]+[\p{L}%°µ]|[ \n][:;?!»]).{0,20}/gu) ?? []);
	})()`, &out)
	return out
}

// Click clicks an element with the mouse.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(selector, chromedp.NodeVisible)); err != nil {
		b.t.Fatalf("click %s: %v", selector, err)
	}
}

// Download clicks an element with the mouse, and returns the file that the browser saves then.
func (b *Browser) Download(selector string) (name string, content []byte) {
	b.t.Helper()
	dir := b.t.TempDir()
	if _, err := chromedp.Call(b.ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: "allow", BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID, DownloadPath: dir,
	}); err != nil {
		b.t.Fatal(err)
	}
	b.Click(selector)
	b.Until("a file is saved", func() bool {
		files, err := os.ReadDir(dir)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(files) != 1 || strings.HasSuffix(files[0].Name(), ".crdownload") || strings.HasPrefix(files[0].Name(), ".") {
			return false // not begun, or not yet whole
		}
		name = files[0].Name()
		return true
	})
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return name, content
}

// Size makes the inside of the window width × height CSS pixels large.
func (b *Browser) Size(width, height int64) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1}); err != nil {
		b.t.Fatal(err)
	}
}

// Screenshot writes what the window shows as PNG.
func (b *Browser) Screenshot(file string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(file, png, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// ConsentVersion returns the version of the text that the scan page asks consent to; root is the path of the repository.
func ConsentVersion(t testing.TB, root string) string {
	t.Helper()
	steps, err := os.ReadFile(filepath.Join(root, "web/pages/scan/steps.ts"))
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`CONSENT = "([^"]+)"`).FindSubmatch(steps)
	if version == nil {
		t.Fatal("steps.ts names no version of the consent")
	}
	return string(version[1])
}
