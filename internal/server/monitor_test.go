package server_test

import (
	"crypto/rand"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/server"
	"blush.example/blush/simulate"
)

func monitored(c *server.Config) { c.Monitor = "127.0.0.1:0" }

// scrape reads the metrics: the text, and the values by name and labels.
func scrape(t *testing.T, w *blushtest.World) (text string, values map[string]float64) {
	t.Helper()
	resp, err := http.Get("http://" + w.Server.MonitorAddress() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v: %s", resp.StatusCode, err, b)
	}
	values = map[string]float64{}
	for line := range strings.Lines(string(b)) {
		at := strings.LastIndexByte(line, ' ')
		if strings.HasPrefix(line, "#") || at < 0 {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		values[line[:at]] = v
	}
	return string(b), values
}

// Requests, scans, refusals with their reason, jobs and webhooks are counted, and
// no label contains a name or an id.
func TestMetricsCount(t *testing.T) {
	begun, finish := make(chan bool), make(chan bool)
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		begun <- true
		<-finish
	}))
	defer receiver.Close()
	roots := x509.NewCertPool()
	roots.AddCert(receiver.Certificate())
	w := blushtest.Start(t, monitored, func(c *server.Config) {
		c.Webhooks = blushtest.WebhooksHere(roots)
	})
	_, before := scrape(t, w)
	for _, queue := range []string{"videos", "webhooks"} {
		for _, state := range []string{"waiting", "later", "running"} {
			if n, ok := before[`blush_queue_jobs{queue="`+queue+`",state="`+state+`"}`]; !ok || n != 0 {
				t.Errorf("%s, %s: %v, %v", queue, state, n, ok)
			}
		}
	}
	if before[`blush_build_info{calibration="`+engine.DefaultCalibration().Version+`",engine="`+engine.Version+`",version="test"}`] != 1 {
		t.Error("the versions are not told")
	}
	// rises waits for a value: a client may have its response before it is counted.
	rises := func(by float64, name string) {
		t.Helper()
		give := time.Now().Add(5 * time.Minute)
		for {
			_, now := scrape(t, w)
			switch risen := now[name] - before[name]; {
			case risen == by:
				return
			case risen > by || time.Now().After(give):
				t.Fatalf("%s rose by %v, want %v", name, risen, by)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	const requests = "blush_http_request_duration_seconds_count"
	u := w.User()
	rises(1, requests+`{method="POST",route="/v2/users",status="2xx"}`)
	for range 3 {
		w.Call(w.Dev, "GET", "/v2/users?user_id="+u.UserID, nil).Want(http.StatusOK)
	}
	rises(3, requests+`{method="GET",route="/v2/users",status="2xx"}`)
	w.Call("wrong", "GET", "/v2/users", nil).Want(http.StatusUnauthorized)
	rises(1, requests+`{method="GET",route="/v2/users",status="4xx"}`)

	answer := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, goodTrace(t)).Want(http.StatusCreated)
	scan := strings.TrimPrefix(answer.Header.Get("Location"), "/v2/facescans/")
	rises(1, `blush_scans_total{outcome="done"}`)
	rises(1, `blush_scan_stage_duration_seconds_count{stage="engine"}`)

	// A retry does not count as a second scan.
	dark := darkTrace()
	again := []string{"Idempotency-Key", "a retry"}
	refused := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, dark, again...).Want(http.StatusCreated)
	w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, dark, again...).Want(http.StatusCreated)
	var told struct{ Estimates []biomarker.Estimate }
	refused.JSON(&told)
	at := slices.IndexFunc(told.Estimates, func(e biomarker.Estimate) bool { return e.Biomarker == biomarker.HeartRate })
	if at < 0 || told.Estimates[at].Reason == nil {
		t.Fatalf("no reason: %s", refused.Body)
	}
	why := string(*told.Estimates[at].Reason)
	rises(1, `blush_scans_total{outcome="refused"}`)
	rises(1, `blush_scans_refused_total{reason="`+why+`"}`)
	rises(1, `blush_scans_total{outcome="done"}`)

	film := filepath.Join(t.TempDir(), "face.avi")
	blushtest.FaceVideo(t, film, simulate.NewScene(3, 2))
	if _, err := w.Client(w.Dev).SubmitVideo(t.Context(), client.UserRef{ID: u.UserID}, film, client.VideoOptions{}); err != nil {
		t.Fatal(err)
	}
	rises(1, `blush_scan_stage_duration_seconds_count{stage="video"}`)
	rises(3, `blush_scan_stage_duration_seconds_count{stage="engine"}`)
	damaged, kind := form(t, "video", "x")
	w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, damaged, "Content-Type", kind).Want(http.StatusAccepted)
	rises(1, `blush_scans_total{outcome="failed"}`)

	hook, err := w.Client(w.Dev).CreateWebhook(t.Context(), client.NewWebhook{URL: receiver.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Client(w.Dev).TestWebhook(t.Context(), hook.WebhookID); err != nil {
		t.Fatal(err)
	}
	<-begun
	rises(1, `blush_queue_jobs{queue="webhooks",state="running"}`)
	rises(0, `blush_webhook_attempts_total{outcome="delivered"}`)
	finish <- true
	rises(1, `blush_webhook_attempts_total{outcome="delivered"}`)
	rises(1, `blush_webhook_deliveries_total{outcome="delivered"}`)

	text, _ := scrape(t, w)
	prefix, _, _ := strings.Cut(w.Dev, ".")
	for _, secret := range []string{u.UserID, *u.ExternalUserID, scan, w.Customer.ID, w.Customer.Name, w.Dev, prefix, hook.WebhookID, receiver.URL} {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics contain %q", secret)
		}
	}
	for _, why := range biomarker.Reasons {
		if !strings.Contains(text, `{reason="`+string(why)+`"}`) {
			t.Errorf("no series for the reason %s", why)
		}
	}
}

// The public listener serves neither metrics nor profiles. Without the setting there is no other listener.
func TestPublicListenerHasNoMetrics(t *testing.T) {
	for name, changes := range map[string][]func(*server.Config){"with": {monitored}, "without": nil} {
		t.Run(name, func(t *testing.T) {
			w := blushtest.Start(t, changes...)
			if address := w.Server.MonitorAddress(); (address != "") != (changes != nil) {
				t.Fatalf("operators are served at %q", address)
			}
			for _, path := range []string{"/metrics", "/metrics/", "/v2/metrics/prometheus", "/debug", "/debug/pprof", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile", "/debug/vars"} {
				for _, key := range []string{"", w.Dev} {
					if a := w.Call(key, "GET", path, nil); a.Status != http.StatusNotFound || strings.Contains(string(a.Body), "blush_") {
						t.Errorf("%s: %d %s", path, a.Status, a.Body)
					}
				}
			}
			if address := w.Server.MonitorAddress(); address != "" {
				w.Stop()
				if c, err := net.Dial("tcp", address); err == nil {
					c.Close()
					t.Error("operators are served by a server that has stopped")
				}
			}
		})
	}
}

// No request can add a series.
func TestHostileRequestsAddNoSeries(t *testing.T) {
	w := blushtest.Start(t, monitored)
	series := func() []string {
		text, _ := scrape(t, w)
		var names []string
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "blush_") {
				names = append(names, line[:strings.LastIndexByte(line, ' ')])
			}
		}
		slices.Sort(names)
		return names
	}
	counted := func() (n float64) {
		_, values := scrape(t, w)
		for name, v := range values {
			if strings.HasPrefix(name, "blush_http_request_duration_seconds_count{") && !strings.Contains(name, "openapi.json") { // which only the first server of a process is asked for
				n += v
			}
		}
		return n
	}
	sent := 1
	hostile := func() {
		x := rand.Text()
		for _, path := range []string{
			"/" + x, "/v2/" + x, "/v2/users/" + x, "/v2/facescans/" + x, "/v2/facescans/" + blush.NewID(), "/v2/facescans/" + x + "/waveform",
			"/v2/widgets/" + x, "/v2/webhooks/" + x, "/assets/" + x, "/assets/" + x + "/../" + x, "/%2e%2e/" + x, "//" + x, "/v2//users/" + x, "/docs/" + x,
			"/v2/users?" + x + "=" + x, "/v2/users%00" + x, "/v2/users%22%7D%20" + x, "/%ff%fe" + x, "/" + strings.Repeat(x, 100), "/s/" + x, "/metrics/" + x,
		} {
			for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "OPTIONS", "TRACE", "X" + x} {
				for _, key := range []string{x, w.Dev} {
					w.Call(key, method, path, nil, "User-Agent", x, "X-Forwarded-Proto", x, "Content-Type", "text/"+x)
					sent++
				}
			}
		}
		for give := time.Now().Add(5 * time.Minute); counted() < float64(sent); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(give) {
				t.Fatalf("%v of %d requests are counted", counted(), sent)
			}
		}
	}
	w.Call(w.Dev, "GET", "/v2/users", nil).Want(http.StatusOK)
	hostile()
	first := series()
	if !slices.ContainsFunc(first, func(s string) bool { return strings.Contains(s, `method="other"`) }) ||
		!slices.ContainsFunc(first, func(s string) bool { return strings.Contains(s, `route="none"`) }) {
		t.Errorf("the requests are not counted: %v", first)
	}
	hostile()
	if second := series(); !slices.Equal(first, second) {
		t.Errorf("more requests of the same kinds made %d series %d; the new ones: %v", len(first), len(second),
			slices.DeleteFunc(second, func(s string) bool { return slices.Contains(first, s) }))
	}
}
