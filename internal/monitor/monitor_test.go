package monitor_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/monitor"
	"blush.example/blush/internal/store"
)

// used is a monitor that has counted one event of each kind.
func used(jobs error) *monitor.Monitor {
	m := monitor.New("v1.2.3", monitor.Waiting{
		Jobs: func(context.Context) ([]store.Depth, error) {
			return []store.Depth{{Queue: "videos", State: "waiting", Jobs: 7}}, jobs
		},
		Traces: func() map[string]int { return map[string]int{"fast": 3, "costly": 1} },
	})
	m.Request("/v2/users", "GET", 200, 20*time.Millisecond)
	m.Request("", "other", 404, time.Millisecond)
	m.Request("/v2/users/export", "GET", 0, time.Second)
	m.Request("/v2/users/export", "GET", -1, time.Second)
	m.Scan(blush.ScanDone, "")
	m.Scan(blush.ScanRefused, biomarker.TooDark)
	m.Scan(blush.ScanFailed, "")
	m.Stage("engine", 90*time.Millisecond)
	m.Delivery(blush.Delivery{Status: blush.DeliveryPending, LastFault: blush.FaultTimeout})
	m.Delivery(blush.Delivery{Status: blush.Delivered})
	m.Delivery(blush.Delivery{Status: blush.DeliveryFailed, LastFault: blush.FaultDisabled})
	return m
}

func get(m *monitor.Monitor, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func TestMetrics(t *testing.T) {
	text := get(used(nil), "/metrics").Body.String()
	for _, line := range []string{
		`blush_http_request_duration_seconds_count{method="GET",route="/v2/users",status="2xx"} 1`,
		`blush_http_request_duration_seconds_bucket{method="GET",route="/v2/users",status="2xx",le="0.01"} 0`,
		`blush_http_request_duration_seconds_bucket{method="GET",route="/v2/users",status="2xx",le="0.025"} 1`,
		`blush_http_request_duration_seconds_count{method="other",route="none",status="4xx"} 1`,
		`blush_http_request_duration_seconds_count{method="GET",route="/v2/users/export",status="aborted"} 1`,
		`blush_http_request_duration_seconds_count{method="GET",route="/v2/users/export",status="left"} 1`,
		`blush_scans_total{outcome="done"} 1`,
		`blush_scans_total{outcome="refused"} 1`,
		`blush_scans_total{outcome="failed"} 1`,
		`blush_scans_refused_total{reason="too_dark"} 1`,
		`blush_scans_refused_total{reason="no_face"} 0`, // known from the start
		`blush_scan_stage_duration_seconds_sum{stage="engine"} 0.09`,
		`blush_webhook_attempts_total{outcome="timeout"} 1`,
		`blush_webhook_attempts_total{outcome="delivered"} 1`,
		`blush_webhook_deliveries_total{outcome="delivered"} 1`,
		`blush_webhook_deliveries_total{outcome="failed"} 1`,
		`blush_queue_jobs{queue="videos",state="waiting"} 7`,
		`blush_traces_waiting{lane="fast"} 3`,
		`blush_traces_waiting{lane="costly"} 1`,
		`blush_build_info{calibration="` + engine.DefaultCalibration().Version + `",engine="` + engine.Version + `",version="v1.2.3"} 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(text, `outcome="disabled"`) {
		t.Error("a delivery that ended without an attempt is counted as an attempt")
	}
	for _, name := range []string{"go_goroutines", "process_resident_memory_bytes"} {
		if !strings.Contains(text, "\n"+name+" ") {
			t.Errorf("no %s", name)
		}
	}
	// Prometheus's own check of names, units and help.
	problems, err := promlint.New(bytes.NewReader([]byte(text))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "blush_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// While the database is unreachable, the other metrics are still served.
func TestWithoutDatabase(t *testing.T) {
	m := used(errors.New("the database is unreachable"))
	get(m, "/metrics") // a scrape counts its own errors at its end
	answer := get(m, "/metrics")
	text := answer.Body.String()
	if answer.Code != http.StatusOK || strings.Contains(text, "blush_queue_jobs") || !strings.Contains(text, "\nblush_traces_waiting{lane=\"fast\"} 3\n") ||
		!strings.Contains(text, "\npromhttp_metric_handler_errors_total{cause=\"gathering\"} 1\n") {
		t.Errorf("%d: %s", answer.Code, text)
	}
}

func TestProfiles(t *testing.T) {
	m := used(nil)
	if answer := get(m, "/debug/pprof/goroutine?debug=1"); answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "TestProfiles") {
		t.Errorf("goroutines: %d", answer.Code)
	}
	if answer := get(m, "/debug/pprof/"); answer.Code != http.StatusOK {
		t.Errorf("the list: %d", answer.Code)
	}
	for _, kind := range []string{"profile", "trace", "heap", "goroutine", "block"} {
		for _, seconds := range []string{"61", "86400", "1e9", "-1", "0", "NaN", "Inf", "x"} {
			if answer := get(m, "/debug/pprof/"+kind+"?seconds="+seconds); answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "at most 60") {
				t.Errorf("%s of %s seconds: %d %.80s", kind, seconds, answer.Code, answer.Body.String())
			}
		}
	}
	if answer := get(m, "/debug/pprof/trace?seconds=0.01"); answer.Code != http.StatusOK {
		t.Errorf("a short trace: %d %s", answer.Code, answer.Body.String())
	}
	for _, path := range []string{"/debug/pprof/cmdline", "/debug/vars", "/", "/v2/users"} {
		if answer := get(m, path); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}
