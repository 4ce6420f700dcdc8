// Package browser drives Debian's chromium with a camera that plays a film, for
// stories about the pages: what a person sees, what a host is told, and what
// goes over the wire.
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Browser is one chromium with one page.
type Browser struct {
	t   testing.TB
	ctx context.Context

	mu      sync.Mutex
	console []string
	outside []string // hosts that were asked for besides this machine
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

const (
	nobody   = "http://127.0.0.1:1/"
	unwanted = "Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,CertificateTransparencyComponentUpdater,NetworkTimeServiceQuerying"
)

// patience bounds every wait: no test hangs on how fast a machine is.
const patience = 2 * time.Minute

// OneProcess keeps frames of other origins in the page's own process, so that
// Before reaches them too.
func OneProcess() []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{chromedp.Flag("disable-site-isolation-trials", true), chromedp.Flag("disable-features", "IsolateOrigins,site-per-process,"+unwanted)}
}

// Start runs chromium until the test ends, and skips the test where there is none.
func Start(t testing.TB, cam Camera, more ...chromedp.ExecAllocatorOption) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here: apt install chromium")
	}
	b := &Browser{t: t}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.IgnoreCertErrors, chromedp.WindowSize(1440, 900),
		chromedp.UserDataDir(t.TempDir()),
		// What the browser itself would ask for, whatever page is open, is switched off,
		// or sent to a port of this machine where nobody listens.
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-domain-reliability", true), chromedp.Flag("no-pings", true),
		chromedp.Flag("component-updater", "url-source="+nobody), chromedp.Flag("gaia-url", nobody),
		chromedp.Flag("disable-features", unwanted),
		// What isn't on this machine goes to a proxy that writes it down and refuses it.
		chromedp.ProxyServer(b.elsewhere()), chromedp.Flag("proxy-bypass-list", "127.0.0.1;localhost"),
	)
	if cam.File != "" {
		opts = append(opts, chromedp.Flag("use-fake-device-for-media-stream", true))
	}
	if cam.RealTime {
		opts = append(opts, chromedp.Flag("use-file-for-fake-video-capture", cam.File))
	}
	if cam.Count > 0 {
		opts = append(opts, chromedp.Flag("use-fake-device-for-media-stream", fmt.Sprintf("device-count=%d", cam.Count)))
	}
	if !cam.Ask {
		opts = append(opts, chromedp.Flag("use-fake-ui-for-media-stream", true))
	}
	alloc, end := chromedp.NewExecAllocator(context.Background(), append(opts, more...)...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { cancel(); end() })
	b.ctx = ctx
	events := chromedp.Console(ctx)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("chromium: %v", err)
	}
	go func() {
		for m, err := range events {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.console = append(b.console, m.String())
			b.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		if t.Failed() {
			for _, line := range b.Console() {
				t.Log("console: " + line)
			}
		}
	})
	b.Before(record)
	if cam.File != "" && !cam.RealTime {
		b.Before(cameraFor(t, cam.File))
	}
	return b
}

// elsewhere is a proxy that notes where the browser wants to go, and goes nowhere.
func (b *Browser) elsewhere() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.outside = append(b.outside, r.Host)
		b.mu.Unlock()
		w.WriteHeader(http.StatusForbidden)
	}), ReadHeaderTimeout: time.Second}
	go s.Serve(l)
	b.t.Cleanup(func() { s.Close() })
	return "http://" + l.Addr().String()
}

// Outside lists the hosts beyond this machine that were asked for.
func (b *Browser) Outside() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.outside)
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
	for end := time.Now().Add(patience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// WaitFor asks an expression until it is true, every 50 ms, for two minutes at most.
func (b *Browser) WaitFor(js string) {
	b.t.Helper()
	end := time.Now().Add(patience)
	for {
		raw, err := b.eval("!!(" + js + ")")
		if err == nil && string(raw) == "true" {
			return
		}
		if time.Now().After(end) {
			b.t.Fatalf("not true within %v: %s (%v)\npage says: %s", patience, js, err, b.Text("body"))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Text is what an element says to its reader; empty when there is none.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	var out string
	b.Eval(fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector), &out)
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
	if _, err := chromedp.Call(b.ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: "allow", DownloadPath: dir}); err != nil {
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

// Size makes the window's inside so many CSS pixels large.
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
