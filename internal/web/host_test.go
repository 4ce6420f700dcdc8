package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/internal/account"
	"blush.example/blush/simulate"
)

// sameID makes the scans of several pages have one id.
const sameID = `crypto.randomUUID = () => "0198c5a2-7b1e-4c3d-9e4f-0123456789ab"`

// inElement is a story of an integrator's page of another origin that holds the web component: a scan in it
// is told as events, the last of which takes the frame away. It is the scan that the page alone
// takes of the same film, to the last bit of its trace, however fast or slow the machine is.
func inElement(t *testing.T, film string, truth simulate.Truth, alone []byte) {
	v := arrive(t, browser.Camera{File: film}, browser.OneProcess()...).agree()
	v.Before(sameID)
	address := v.url(scanSeconds)
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' "+v.line.URL+"; frame-src "+v.line.URL)
		if r.URL.Path == "/app.js" {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprintf(w, `window.heard = [];
				const scan = document.createElement("blush-scan");
				for (const name of ["start-new-measurement", "camera", "recording-started", "recording-stopped", "face-scan-successful", "dismiss", "error", "user-finished"]) scan.addEventListener("blush-" + name, (e) => heard.push({name, detail: e.detail}));
				scan.src = %q;
				document.body.append(scan);`, address)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>host</title><body><script type="module" src="%s/assets/components.js"></script><script type="module" src="/app.js"></script>`, v.line.URL)
	}))
	defer host.Close()
	// The person in the frame.
	v.Before(`if (window.parent !== window) addEventListener("load", () => setInterval(() => {
		if (["welcome", "ready", "result"].includes(document.body.dataset.step)) document.querySelector(".button.primary").click();
	}, 200));`)
	v.Open(strings.Replace(host.URL, "127.0.0.1", "localhost", 1))
	v.WaitFor(`window.heard?.some((h) => h.name === "dismiss")`)
	var heard []struct {
		Name   string
		Detail struct {
			Stage string
			UUID  *string
			Data  struct {
				FaceScanID string `json:"face_scan_id"`
				HasResults bool
			}
		}
	}
	v.Eval("heard", &heard)
	var names []string
	for _, h := range heard {
		names = append(names, h.Name)
	}
	if want := strings.Fields("start-new-measurement camera recording-started recording-stopped face-scan-successful dismiss"); !slices.Equal(names, want) {
		t.Fatalf("the page heard %v, want %v", names, want)
	}
	scan := v.rightRate(truth)
	if m := heard[4].Detail; m.Stage != "faceScanSuccessful" || m.UUID == nil || *m.UUID != scan.FaceScanID || m.Data.FaceScanID != scan.FaceScanID || !m.Data.HasResults {
		t.Errorf("the event of the result: %+v, the scan is %s", m, scan.FaceScanID)
	}
	v.WaitFor(`!document.querySelector("blush-scan").shadowRoot.querySelector("iframe")`)
	if trace := v.line.Uploads()[0].Body; !bytes.Equal(alone, trace) {
		t.Errorf("the trace is another than that of the page alone: %d bytes, %d", len(trace), len(alone))
	}
}

// In a frame of another origin: the host hears every stage, and may close the page.
func TestStoryFrame(t *testing.T) {
	film, _ := written(t, calm(20))
	// One process for both origins, so that a script may be put into the frame too.
	t.Parallel()
	v := arrive(t, browser.Camera{File: film}, browser.OneProcess()...).agree()
	var address string
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allow := `allow="camera"`
		if r.URL.Path == "/forbidden" {
			allow = ""
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><iframe id="scan" %s src="%s" width="390" height="700"></iframe>`, allow, strings.ReplaceAll(address, "&", "&amp;"))
	}))
	defer host.Close()
	at := strings.Replace(host.URL, "127.0.0.1", "localhost", 1)

	address = v.url(scanSeconds)
	v.Before(`if (window.parent !== window && globalThis.film) film.until = () => ` + in("recording"))
	v.Before(`if (window.parent !== window) addEventListener("load", () => {
		const go = setInterval(() => {
			const step = document.body.dataset.step;
			if (step === "welcome" || step === "ready") document.querySelector(".button.primary").click();
			if (step === "camera" || step === "closed") { clearInterval(go); parent.postMessage({page: document.querySelector("main").innerText}, "*"); }
		}, 200);
	});`)
	v.Open(at)
	v.WaitFor(`window.__messages.some((m) => m.data.stage === "recordingStarted")`)
	v.Eval(`document.getElementById("scan").contentWindow.postMessage({target: "blush-scan", kind: "close"}, "*")`, nil)
	v.WaitFor(`window.__messages.some((m) => m.data.stage === "dismiss")`)
	v.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped", "userFinished", "dismiss")
	for _, m := range v.Messages() {
		if m.Origin != v.line.URL {
			t.Errorf("a message from %s", m.Origin)
		}
	}
	if s := v.scans(); len(s) != 0 {
		t.Errorf("the server has %+v", s)
	}

	// A frame without allow="camera" is the host's mistake, and the page says so.
	address = v.url(scanSeconds)
	v.Open(at + "/forbidden")
	v.WaitFor(`window.__messages.some((m) => m.data.page)`)
	var page string
	v.Eval(`window.__messages.find((m) => m.data.page).data.page`, &page)
	if !strings.Contains(page, v.say["camera.denied.frame"]) {
		t.Errorf("the page says %q", page)
	}

	// A customer that names who may embed its pages keeps the rest out.
	only := []string{"https://app.example.com"}
	v.set(account.CustomerChange{FrameAncestors: &only})
	address = v.url(scanSeconds)
	v.Open("about:blank")
	before := len(v.line.Requests())
	v.Open(at)
	v.Until("the browser refuses the frame", func() bool {
		return slices.ContainsFunc(v.Console(), func(line string) bool { return strings.Contains(line, "frame-ancestors") })
	})
	for _, r := range v.line.Requests()[before:] {
		if strings.HasPrefix(r.Path, "/v2/") { // what else it needs may be kept by the browser
			t.Errorf("the page came to life in a frame that is not allowed: %s", r.Path)
		}
	}
}
