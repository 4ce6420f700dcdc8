package clients_test

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/blushtest"
	"blush.example/blush/blushtest/browser"
	"blush.example/blush/blushtest/freeport"
	"blush.example/blush/client"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/server"
)

// example is a program of examples/ that runs, with what it prints.
type example struct {
	t     *testing.T
	url   string
	lines chan string
}

// begin starts an example and waits until it prints where it listens.
func begin(t *testing.T, dir string, env []string, name string, args ...string) *example {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(append(os.Environ(), "PORT=0"), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.Stderr, cmd.WaitDelay = &said, 10*time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // npm starts a shell, which starts the example
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e := &example{t: t, lines: make(chan string, 100)}
	go func() {
		for in := bufio.NewScanner(out); in.Scan(); {
			e.lines <- in.Text()
		}
		close(e.lines)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, said.String())
		}
	})
	e.url = strings.TrimSpace(e.says("://localhost:"))
	return e
}

// says waits for a line that contains a text.
func (e *example) says(text string) string {
	e.t.Helper()
	var lines []string
	for line := range e.lines {
		if strings.Contains(line, text) {
			return line
		}
		lines = append(lines, line)
	}
	e.t.Fatalf("ended without %q: %q", text, lines)
	return ""
}

// plain is a proxy that serves the server over plain HTTP and can change its answers.
func plain(t *testing.T, w *blushtest.World, change func(r *http.Request, body string) string) string {
	t.Helper()
	target, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Accept-Encoding")
		},
		Transport: w.HTTP.Transport,
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			text := change(r.Request, string(body))
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
			r.Header.Set("Content-Length", strconv.Itoa(len(text)))
			return nil
		},
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	return front.URL
}

func same(_ *http.Request, body string) string { return body }

// embedded is a server for a page that embeds the scan page. Scans of user anna, who has consented, take 11 s. It returns the
// address of its API, a key, and a browser with a camera and a script that presses the buttons in the frame, and with which a test says
// what the frame tells its page (tells72).
func embedded(t *testing.T) (api, key string, b *browser.Browser) {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a browser")
	}
	film := browser.FaceFilm(72, 12)
	film.Scene.Rhythm.RSA, film.Scene.Rhythm.LF, film.Scene.PulseGain = 0.01, 0.004, 1.5*film.Scene.PulseGain // clear enough for a scan of 11 s
	film.Video.Width, film.Video.Height = 320, 240
	file, _ := film.WriteY4M(t, 20)
	w := blushtest.Start(t)
	line := browser.NewWire(t, w.URL)
	anna, heart, off := "anna", []string{"heart_rate"}, false
	if _, err := w.Server.Accounts.UpdateCustomer(t.Context(), w.Customer.ID, account.CustomerChange{Biomarkers: &heart, Questions: &off}); err != nil {
		t.Fatal(err)
	}
	birth := "1990-05-17"
	if _, _, err := w.Client(w.Dev).CreateUser(t.Context(), client.User{ExternalUserID: &anna, BirthDate: &birth}); err != nil {
		t.Fatal(err)
	}
	consent := client.NewConsent{Version: browser.ConsentVersion(t, ".."), TextHash: strings.Repeat("0", 64), Language: "en"}
	if _, err := w.Client(w.Dev).GiveConsent(t.Context(), client.UserRef{ExternalID: anna}, consent); err != nil {
		t.Fatal(err)
	}
	// The scan page is loaded through the Wire with the camera.
	api = plain(t, w, func(r *http.Request, body string) string {
		if r.URL.Path != "/v2/facescans/url" {
			return body
		}
		return regexp.MustCompile(`"url":\s*"([^"]+)"`).ReplaceAllString(line.At(body), `"url":"$1&seconds=11"`)
	})
	b = browser.Start(t, browser.Camera{File: file}, browser.OneProcess()...)
	b.Before(`if (window.parent !== window) {
		addEventListener("load", () => setInterval(() => {
			if (["welcome", "ready"].includes(document.body.dataset.step)) document.querySelector(".button.primary").click();
		}, 200));
		addEventListener("message", (e) => { if (e.data.tell) parent.postMessage(e.data.tell, "*"); });
	}`)
	return api, w.Dev, b
}

// successful is what the scan page tells its host at the end of a scan: TestExampleInReact compares them.
func successful(id string) string {
	return fmt.Sprintf(`{"stage":"faceScanSuccessful","uuid":%q,"data":{"face_scan_id":%[1]q,"hasResults":true}}`, id)
}

// tells72 waits until the frame uses the camera. Then the frame tells its page of a scan of 72 bpm, which the test made by the API: a whole
// scan in a frame is in exampleInReact.
func tells72(t *testing.T, b *browser.Browser, api, key string) (id string) {
	t.Helper()
	b.WaitFor(`window.__messages.some((m) => m.data.stage === "camera")`)
	var camera string
	b.Eval(`window.__messages.find((m) => m.data.stage === "camera").data.data.status`, &camera)
	if camera != "granted" {
		t.Fatalf("the camera is %s in the frame", camera)
	}
	c := &client.Client{BaseURL: api, APIKey: key}
	scan, err := c.SubmitSynthetic(t.Context(), client.UserRef{ExternalID: "anna"}, client.Synthetic{HeartRate: 72})
	if err != nil {
		t.Fatal(err)
	}
	b.Eval(fmt.Sprintf(`document.querySelector("iframe").contentWindow.postMessage({tell: %s}, "*")`, successful(scan.FaceScanID)), nil)
	return scan.FaceScanID
}

// Each page of an integrator embeds the scan page, one after the other in one browser.
func TestPagesWithAFrame(t *testing.T) {
	api, key, b := embedded(t)
	exampleInReact(t, api, key, b) // counts the user's scans, so it is first
	exampleInGo(t, api, key, b)
	quickStartPage(t, api, key, b)
	frameOfTheDocuments(t, api, key, b)
}

// The integrator's page embeds the scan page. After a scan it shows the heart rate that its backend fetched.
func exampleInGo(t *testing.T, api, key string, b *browser.Browser) {
	program := filepath.Join(t.TempDir(), "example")
	command(t, root, nil, "go", "build", "-ldflags=-w", "-o", program, "./examples/go")
	e := begin(t, root, []string{"BLUSH_URL=" + api, "BLUSH_KEY=" + key}, program)

	b.Open(e.url)
	b.Eval(`document.getElementById("scan").click()`, nil)
	tells72(t, b, api, key)
	shows72(t, b, "#result li", "heart_rate: %f bpm, between")
}

// The page of the quick start embeds a scan that can use the camera, and shows its values.
func quickStartPage(t *testing.T, api, key string, b *browser.Browser) {
	_, text, found := strings.Cut(read(t, filepath.Join(root, "docs", "quickstart.md")), "<!-- file: host/main.go -->\n```go\n")
	source, _, closed := strings.Cut(text, "```\n")
	if !found || !closed {
		t.Fatal("the quick start has no host/main.go")
	}
	// The test replaces its addresses, because those may be in use.
	port, err := freeport.On("localhost")
	if err != nil {
		t.Fatal(err)
	}
	at := "localhost:" + port
	for from, to := range map[string]string{"http://localhost:8443": api, "localhost:3000": at} {
		if !strings.Contains(source, from) {
			t.Fatalf("the quick start's program lacks %s", from)
		}
		source = strings.ReplaceAll(source, from, to)
	}
	program := filepath.Join(t.TempDir(), "host")
	if err := os.WriteFile(program+".go", []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, root, nil, "go", "build", "-ldflags=-w", "-o", program, program+".go")
	host := exec.CommandContext(t.Context(), program)
	said, err := os.Create(program + ".log")
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	host.Env, host.Stderr = append(os.Environ(), "BLUSH_KEY="+key), said
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- host.Wait() }()
	t.Cleanup(func() { _ = host.Process.Kill() })
	for open := false; !open; {
		if c, err := net.Dial("tcp", at); err == nil {
			c.Close()
			open = true
		}
		select {
		case err := <-ended:
			t.Fatalf("the host ended: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	if log := read(t, said.Name()); !strings.Contains(log, "http://"+at) {
		t.Errorf("the host says %q, not where it is", log)
	}

	b.Open("http://" + at)
	tells72(t, b, api, key)
	shows72(t, b, "#result", "Heart rate: %f bpm, between")
	var schemes string
	b.Eval(`getComputedStyle(document.documentElement).colorScheme`, &schemes)
	if schemes != "light dark" {
		t.Errorf("the frame may be dark, but its page is %s", schemes)
	}
}

// shows72 waits for a heart rate, which must be that of the scan, and where its reader sees it without scrolling.
func shows72(t *testing.T, b *browser.Browser, at, format string) {
	t.Helper()
	b.WaitFor(fmt.Sprintf(`document.querySelector(%q)?.textContent`, at))
	var seen struct {
		Text   string
		Inside bool
	}
	b.Eval(fmt.Sprintf(`(() => {
		const of = document.querySelector(%q), { top, bottom } = of.getBoundingClientRect();
		return {text: of.textContent, inside: top >= 0 && bottom <= innerHeight};
	})()`, at), &seen)
	var value float64
	if _, err := fmt.Sscanf(seen.Text, format, &value); err != nil || value < 69 || value > 75 {
		t.Errorf("the page shows %q of 72 bpm", seen.Text)
	}
	if !seen.Inside {
		t.Errorf("%q is out of sight", seen.Text)
	}
}

// A React page reads the user's scans, and shows one that its backend requested. It embeds the scan page: a scan there joins
// the list, and the frame goes when the user closes it.
func exampleInReact(t *testing.T, api, key string, b *browser.Browser) {
	archive, err := typescriptPackage()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples", "react"), os.DirFS(filepath.Join(root, "examples", "react"))); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "dist"), os.DirFS(filepath.Dir(archive))); err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(dir, "examples", "react")
	command(t, here, nil, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund")
	e := begin(t, here, []string{"BLUSH_URL=" + api, "BLUSH_KEY=" + key}, "npm", "start")

	b.Open(e.url)
	b.WaitFor(`document.getElementById("simulate")`)
	// shows says that the newest of n scans is first in the list, with a heart rate near bpm.
	shows := func(n int, bpm float64) (id string) {
		t.Helper()
		b.WaitFor(fmt.Sprintf(`document.querySelectorAll("li").length === %d`, n))
		var text string
		b.Eval(`document.querySelector("li").textContent`, &text)
		c := &client.Client{BaseURL: api, APIKey: key}
		scans, err := c.Scans(t.Context(), client.UserRef{ExternalID: "anna"}, client.Page{})
		if err != nil || len(scans.Data) != n {
			t.Fatalf("%d scans (%v), want %d", len(scans.Data), err, n)
		}
		rate, _ := scans.Data[0].Estimate(biomarker.HeartRate)
		if rate.Value == nil || math.Abs(*rate.Value-bpm) > 3 {
			t.Fatalf("the heart rate is not %.0f bpm: %+v", bpm, rate)
		}
		if want := fmt.Sprintf(": %.1f bpm, between %.1f and %.1f", *rate.Value, rate.Interval[0], rate.Interval[1]); !strings.HasSuffix(text, want) {
			t.Errorf("the page shows %q, want %q", text, want)
		}
		return scans.Data[0].FaceScanID
	}
	b.Eval(`document.getElementById("simulate").click()`, nil)
	shows(1, 64)
	b.Eval(`[...document.querySelectorAll("button")].find((b) => b.textContent === "Scan my face").click()`, nil)
	b.WaitFor(`document.querySelector("iframe")`)
	var above bool
	if b.Eval(`document.querySelector("iframe").getBoundingClientRect().bottom <= document.querySelector("ul").getBoundingClientRect().top`, &above); !above {
		t.Error("the scan begins below the list, which may be longer than the window")
	}
	told := successful(shows(2, 72))
	value := func(text string) (v any) {
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if !slices.ContainsFunc(b.Messages(), func(m browser.Message) bool { return reflect.DeepEqual(value(string(m.Data)), value(told)) }) {
		t.Errorf("the scan page does not tell %s: %q", told, b.Stages())
	}
	b.Eval(`document.querySelector("iframe").contentWindow.postMessage({target: "blush-scan", kind: "close"}, "*")`, nil)
	b.WaitFor(`!document.querySelector("iframe")`)
}

// A page of plain HTML shows the values of a user with the components.
func TestExampleInHTML(t *testing.T) {
	if testing.Short() {
		t.Skip("drives a browser")
	}
	w := blushtest.Start(t)
	c, anna := w.Client(w.Dev), "anna"
	if _, _, err := c.CreateUser(t.Context(), client.User{ExternalUserID: &anna}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SubmitSynthetic(t.Context(), client.UserRef{ExternalID: anna}, client.Synthetic{HeartRate: 64}); err != nil {
		t.Fatal(err)
	}
	e := begin(t, root, []string{"BLUSH_URL=" + plain(t, w, same), "BLUSH_KEY=" + w.Dev}, "python3", "examples/html/serve.py")

	b := browser.Start(t, browser.Camera{})
	b.Open(e.url)
	b.WaitFor(`[...document.querySelectorAll("blush-biomarker, blush-metric, blush-graph")].every((e) => e.state && e.state !== "loading")`)
	var state, text string
	b.Eval(`document.querySelector("blush-biomarker").state`, &state)
	b.Eval(`document.querySelector("blush-biomarker").shadowRoot.textContent`, &text)
	shown, err := c.BiomarkerWidget(t.Context(), client.UserRef{ExternalID: anna}, "heart_rate", "latest")
	if err != nil {
		t.Fatal(err)
	}
	if state != "ready" || !strings.Contains(text, *shown.Data.Display) {
		t.Errorf("the page is %s and shows %q, want %s", state, text, *shown.Data.Display)
	}
}

// packages are those of Debian that a part of a command needs.
var packages = map[string]string{"npm ": "npm", "go run ./clients/pack": "npm python3-hatchling", "python3 ": "python3", "-m venv": "python3-venv"}

// Each command of the table works in a fresh clone: what it takes from dist it has packed before, its programs exist, and its row names
// the packages that it needs, of which each Python package brings python3.
func TestExamplesAreOneCommand(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| \\[\\w+\\]\\(\\w+\\).*? \\| `([^`]+)` \\| ([^|]*)\\|").FindAllStringSubmatch(read(t, "../examples/README.md"), -1)
	if len(rows) != 5 {
		t.Fatalf("%d examples", len(rows))
	}
	for _, row := range rows {
		before, _, taken := strings.Cut(row[1], "dist/")
		packs := strings.Contains(before, "go run ./clients/pack && ")
		if folder := regexp.MustCompile(`cd (\S+)`).FindStringSubmatch(row[1]); folder != nil {
			taken = taken || strings.Contains(read(t, filepath.Join("..", folder[1], "package.json")), "/dist/")
		}
		if taken && !packs {
			t.Errorf("%s takes from dist what it has not packed", row[1])
		}
		for _, name := range regexp.MustCompile(`(?:\./)?examples/[\w./]+`).FindAllString(row[1], -1) {
			if _, err := os.Stat(filepath.Join("..", name)); err != nil {
				t.Error(err)
			}
		}
		for part, needed := range packages {
			for name := range strings.FieldsSeq(needed) {
				if strings.Contains(row[1], part) && !strings.Contains(row[2], name) {
					t.Errorf("%s needs the package %s, and its row names only %s", row[1], name, row[2])
				}
			}
		}
	}
}

// A receiver of webhooks processes each event of the server once, and rejects requests from others.
func TestExampleOfWebhooks(t *testing.T) {
	python := installed(t)
	// The receiver has the certificate of a server of the standard library.
	standard := httptest.NewTLSServer(nil)
	own := standard.TLS.Certificates[0]
	standard.Close()
	port, err := freeport.On("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert := filepath.Join(t.TempDir(), "hook.pem")
	write(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))+string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]})))
	roots := x509.NewCertPool()
	roots.AddCert(standard.Certificate())
	address := "https://127.0.0.1:" + port
	w := blushtest.Start(t, func(c *server.Config) {
		c.Webhooks = blushtest.WebhooksHere(roots)
	})
	c := w.Client(w.Dev)
	hook, err := c.CreateWebhook(t.Context(), client.NewWebhook{URL: address + "/blush"})
	if err != nil {
		t.Fatal(err)
	}
	e := begin(t, root, []string{"BLUSH_SECRET=" + hook.Secret, "CERT=" + cert, "PORT=" + port}, python, "examples/webhook/receiver.py")
	if want := "https://localhost:" + port; e.url != want {
		t.Fatalf("it listens at %s, want %s", e.url, want)
	}

	if _, err := c.TestWebhook(t.Context(), hook.WebhookID); err != nil {
		t.Fatal(err)
	}
	e.says("webhook.test")
	u := w.User()
	scan, err := c.SubmitSynthetic(t.Context(), client.UserRef{ID: u.UserID}, client.Synthetic{HeartRate: 64})
	if err != nil {
		t.Fatal(err)
	}
	if told := e.says("scan.done"); !strings.Contains(told, scan.FaceScanID) {
		t.Errorf("told of %s", told)
	}

	for name, at := range map[string]time.Time{"no signature matches one of the secrets": time.Now(), "more than five minutes": time.Now().Add(-time.Hour)} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(`{"type":"scan.done","timestamp":"2026-01-02T03:04:05Z","data":{}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("webhook-id", "msg_1")
		req.Header.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
		req.Header.Set("webhook-signature", "v1,AAAA")
		resp, err := standard.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: answered %d", name, resp.StatusCode)
		}
		e.says(name)
	}
}

// An export as FHIR is a file with the whole history. An incomplete export leaves the old file unchanged.
func TestExampleOfFHIR(t *testing.T) {
	w := blushtest.Start(t)
	c, anna := w.Client(w.Dev), "anna"
	u, _, err := c.CreateUser(t.Context(), client.User{ExternalUserID: &anna})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.MakeHistory(t.Context(), client.UserRef{ID: u.UserID}, client.History{Days: 10}); err != nil {
		t.Fatal(err)
	}
	var cut bool
	api := plain(t, w, func(r *http.Request, body string) string {
		if cut && strings.HasSuffix(r.URL.Path, "$everything") {
			return body[:len(body)/2]
		}
		return body
	})
	file := filepath.Join(t.TempDir(), "history.json")
	export := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), "python3", "examples/fhir/export.py", file)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "BLUSH_URL="+api, "BLUSH_KEY="+w.Dev)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	said, err := export()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var bundle struct {
		Type  string
		Entry []struct{ Resource struct{ ResourceType string } }
	}
	whole := read(t, file)
	if err := json.Unmarshal([]byte(whole), &bundle); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range bundle.Entry {
		if e.Resource.ResourceType == "Observation" {
			n++
		}
	}
	if want := fmt.Sprintf("%s: %d Observations\n", file, n); n < 50 || said != want {
		t.Errorf("the example says %q, want %q", said, want)
	}
	cut = true
	if said, err := export(); err == nil || !strings.Contains(said, "not whole") {
		t.Errorf("of a history that breaks off the example says %q (%v)", said, err)
	}
	api = "http://127.0.0.1:1" // where nobody listens
	if said, err := export(); err == nil || !strings.Contains(said, api+" cannot be reached") {
		t.Errorf("of a server that is not there the example says %q (%v)", said, err)
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 || read(t, file) != whole {
		t.Errorf("a history that broke off leaves %v (%v)", left, err)
	}
}
