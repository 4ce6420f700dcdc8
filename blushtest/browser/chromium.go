package browser

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

// chromium is one process, in which each test has a browser context of its own: what a page keeps, asks for and
// is allowed stays apart, and the start, which takes longer than most tests, is paid once.
type chromium struct {
	ctx   context.Context
	stop  func()
	asked *outside // by the process itself
}

// Flag is one of chromium's command line.
type Flag struct {
	Name  string
	Value any // true, or a text
}

const (
	nobody = "http://127.0.0.1:1/"
	// unwanted are what asks for other hosts, and the pages that each window opens for its address bar.
	unwanted = "Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,CertificateTransparencyComponentUpdater,NetworkTimeServiceQuerying," +
		"WebUIOmniboxPopup,WebUIOmniboxAimPopup,PreconnectToSearch"
	// thisMachine is what chromium asks for without a proxy.
	thisMachine = "127.0.0.1;localhost"
)

// OneProcess keeps frames of other origins in the page's own process, so that
// Before reaches them too.
func OneProcess() []Flag {
	return []Flag{{"disable-site-isolation-trials", true}, {"disable-features", "IsolateOrigins,site-per-process," + unwanted}}
}

// program is what shows the page: the same Chromium without windows, whose start and pages take a third of the work, unless the
// camera is Chromium's own. Without windows, a camera has another id on each page.
func (cam Camera) program() string {
	if cam.RealTime || cam.Count > 0 {
		return "chromium"
	}
	return "chromium-headless-shell"
}

// flags are those that give the browser the camera.
func (cam Camera) flags() []Flag {
	var out []Flag
	if cam.File != "" {
		out = append(out, Flag{"use-fake-device-for-media-stream", true})
	}
	if cam.RealTime {
		out = append(out, Flag{"use-file-for-fake-video-capture", cam.File})
	}
	if cam.Count > 0 {
		out = append(out, Flag{"use-fake-device-for-media-stream", fmt.Sprintf("device-count=%d", cam.Count)})
	}
	if !cam.Ask {
		out = append(out, Flag{"use-fake-ui-for-media-stream", true})
	}
	if !cam.RealTime {
		// A film is so short that most of the engine would be compiled a second time, for speed, and then hardly run.
		out = append(out, Flag{"js-flags", "--wasm-tiering-budget=1000000000"})
	}
	return out
}

// chromiums are those that tests share, by their program and flags.
var chromiums struct {
	sync.Mutex
	by map[string]*chromium // nil: Main does not run, and nobody would end them
}

// shared is the process with these flags, which ends with [Main]. One that died is started again.
func shared(path string, flags []Flag) (*chromium, error) {
	chromiums.Lock()
	defer chromiums.Unlock()
	if chromiums.by == nil {
		return nil, errors.New("the package's TestMain does not call browser.Main")
	}
	key := fmt.Sprint(path, flags)
	if c := chromiums.by[key]; c != nil {
		select {
		case <-chromedp.FromContext(c.ctx).Browser.LostConnection:
			c.stop()
		default:
			return c, nil
		}
	}
	c, err := launch(path, flags)
	if err == nil {
		chromiums.by[key] = c
	}
	return c, err
}

// endShared ends every process that tests shared.
func endShared() {
	chromiums.Lock()
	defer chromiums.Unlock()
	for _, c := range chromiums.by {
		c.stop()
	}
}

// launchTries is how often a process is started: now and then a chromium crashes while it starts.
const launchTries = 3

// launch starts a process, and once more where it ended before it had a page.
func launch(path string, flags []Flag) (c *chromium, err error) {
	for range launchTries {
		if c, err = launchOnce(path, flags); err == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("it was started %d times: %w", launchTries, err)
}

func launchOnce(path string, flags []Flag) (*chromium, error) {
	asked, err := listenOutside()
	if err != nil {
		return nil, err
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.DisableGPU, chromedp.NoSandbox, chromedp.IgnoreCertErrors, chromedp.WindowSize(1440, 900),
		// What the browser itself would ask for, whatever page is open, is switched off,
		// or sent to a port of this machine where nobody listens.
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-domain-reliability", true), chromedp.Flag("no-pings", true),
		chromedp.Flag("component-updater", "url-source="+nobody),
		chromedp.Flag("gaia-url", nobody), chromedp.Flag("google-base-url", nobody), chromedp.Flag("gcm-checkin-url", nobody),
		chromedp.Flag("disable-features", unwanted),
		// Nothing moves that no test looks at: every picture is painted by the processor.
		chromedp.Flag("force-prefers-reduced-motion", true),
		// One process fewer to start, and to copy pictures to.
		chromedp.Flag("in-process-gpu", true),
		chromedp.ProxyServer(asked.address), chromedp.Flag("proxy-bypass-list", thisMachine),
	)
	for _, f := range flags {
		opts = append(opts, chromedp.Flag(f.Name, f.Value))
	}
	alloc, end := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	c := &chromium{ctx: ctx, asked: asked, stop: func() { cancel(); end(); asked.stop() }}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// outside is a proxy for what isn't on this machine: it notes where a browser wants to go, and goes nowhere.
type outside struct {
	address string
	stop    func()

	mu    sync.Mutex
	asked []string
}

func listenOutside() (*outside, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o := &outside{address: "http://" + l.Addr().String()}
	s := &http.Server{Handler: o, ReadHeaderTimeout: 5 * time.Minute}
	o.stop = func() { s.Close() }
	go s.Serve(l)
	return o, nil
}

// portalCheck is where Chromium itself asks whether it is online when a page takes long. No flag switches that off.
const portalCheck = "connectivitycheck.gstatic.com"

func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if host, _, _ := strings.Cut(r.Host, ":"); host != portalCheck {
		o.mu.Lock()
		o.asked = append(o.asked, r.Host)
		o.mu.Unlock()
	}
	w.WriteHeader(http.StatusForbidden)
}

func (o *outside) hosts() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.asked)
}
