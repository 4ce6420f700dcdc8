// Package monitor keeps the Prometheus metrics of a server and serves them, and
// pprof, to operators. No label names a person, a customer or a key: each has a
// fixed, small set of values.
package monitor

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// Monitor holds the metrics of one server.
type Monitor struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	scans      *prometheus.CounterVec
	refused    *prometheus.CounterVec
	stages     *prometheus.HistogramVec
	attempts   *prometheus.CounterVec
	deliveries *prometheus.CounterVec
}

// Waiting counts what is waiting. It is called at each scrape.
type Waiting struct {
	// Jobs counts the unfinished jobs.
	Jobs func(context.Context) ([]store.Depth, error)
	// Traces counts the traces that wait in this process, by lane.
	Traces func() map[string]int
}

// New makes the metrics of a program of a version. Series whose labels are known
// exist from the start, at 0, so that a rate includes the first event.
func New(version string, waiting Waiting) *Monitor {
	m := &Monitor{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "blush_http_request_duration_seconds",
			Help: "Time from the request's headers to the end of the response, by route pattern (none: no route matched), method and status class (aborted: the server cut the response off; left: the client was gone before it was complete).",
			// A page takes milliseconds, a scan seconds, the upload of a video minutes.
			Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120},
		}, []string{"route", "method", "status"}),
		scans: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "blush_scans_total", Help: "Finished scans: done, with a heart rate; refused, without one; failed, because the video could not be read.",
		}, []string{"outcome"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "blush_scans_refused_total", Help: "Scans without a heart rate, by reason.",
		}, []string{"reason"}),
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "blush_scan_stage_duration_seconds",
			Help:    "Processing time of one scan: engine, from trace to result; video, from video to trace.",
			Buckets: []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300},
		}, []string{"stage"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "blush_webhook_attempts_total", Help: "Webhook delivery attempts: delivered, or the fault.",
		}, []string{"outcome"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "blush_webhook_deliveries_total", Help: "Finished webhook deliveries: delivered, or failed after the last attempt.",
		}, []string{"outcome"}),
	}
	for _, outcome := range outcomes {
		m.scans.WithLabelValues(outcome)
	}
	for _, why := range biomarker.Reasons {
		m.refused.WithLabelValues(string(why))
	}
	for _, fault := range append([]blush.DeliveryFault{""}, blush.AttemptFaults...) {
		m.attempts.WithLabelValues(attempt(fault))
	}
	for _, status := range blush.DeliveryEnds {
		m.deliveries.WithLabelValues(string(status))
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "blush_build_info", Help: "The versions of the program, the engine and its calibration. Always 1.",
		ConstLabels: prometheus.Labels{"version": version, "engine": engine.Version, "calibration": engine.DefaultCalibration().Version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.scans, m.refused, m.stages, m.attempts, m.deliveries, build, queues{waiting},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request counts one response. route is a pattern and method one of a fixed set. A
// status of 0 means that the server cut the response off, one below 0 that the client was
// gone before it was complete.
func (m *Monitor) Request(route, method string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	class := "aborted"
	switch {
	case status < 0:
		class = "left"
	case status > 0:
		class = strconv.Itoa(status/100) + "xx"
	}
	m.requests.WithLabelValues(route, method, class).Observe(took.Seconds())
}

// outcomes maps how a scan ended to its label.
var outcomes = map[blush.EventType]string{blush.ScanDone: "done", blush.ScanRefused: "refused", blush.ScanFailed: "failed"}

// Scan counts one finished scan, and the reason if it was refused.
func (m *Monitor) Scan(how blush.EventType, why biomarker.Reason) {
	m.scans.WithLabelValues(outcomes[how]).Inc()
	if how == blush.ScanRefused {
		m.refused.WithLabelValues(string(why)).Inc()
	}
}

// Stage records the processing time of one stage of a scan.
func (m *Monitor) Stage(stage string, took time.Duration) {
	m.stages.WithLabelValues(stage).Observe(took.Seconds())
}

// Delivery counts one attempt at a webhook, and the delivery if it has ended.
func (m *Monitor) Delivery(d blush.Delivery) {
	if d.LastFault != blush.FaultDisabled { // nothing was sent
		m.attempts.WithLabelValues(attempt(d.LastFault)).Inc()
	}
	if d.Status != blush.DeliveryPending {
		m.deliveries.WithLabelValues(string(d.Status)).Inc()
	}
}

func attempt(fault blush.DeliveryFault) string {
	if fault == "" {
		return "delivered"
	}
	return string(fault)
}

// Handler serves /metrics and /debug/pprof/ without authentication, for a listener
// that only operators can reach. It leaves out pprof's cmdline, because the command
// line may contain a password.
func (m *Monitor) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry: m.registry, MaxRequestsInFlight: 4,
		// A metric that fails, such as the queues while the database is unreachable, is left out; the others are served.
		ErrorHandling: promhttp.ContinueOnError, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}))
	mux.HandleFunc("GET /debug/pprof/", bounded(pprof.Index))
	mux.HandleFunc("GET /debug/pprof/profile", bounded(pprof.Profile))
	mux.HandleFunc("GET /debug/pprof/trace", bounded(pprof.Trace))
	return mux
}

// LongestProfile is the longest time that one profile may take: profiling slows the server down.
const LongestProfile = 60 * time.Second

// bounded refuses a profile of more than [LongestProfile]. net/http/pprof has no bound:
// it moves the deadline of the response as far as it is asked to.
func bounded(profile http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if text := r.FormValue("seconds"); text != "" {
			// A trace may take fractions of a second. pprof itself would replace an invalid number by its default.
			if n, err := strconv.ParseFloat(text, 64); err != nil || !(n > 0 && n <= LongestProfile.Seconds()) {
				http.Error(w, fmt.Sprintf("seconds must be a number above 0 and at most %.0f.", LongestProfile.Seconds()), http.StatusBadRequest)
				return
			}
		}
		profile(w, r)
	}
}

// queueTimeout limits the query for the queues.
const queueTimeout = 5 * time.Second

// queues collects what is waiting, at each scrape.
type queues struct{ waiting Waiting }

var (
	jobsDesc   = prometheus.NewDesc("blush_queue_jobs", "Unfinished jobs, of all servers on one database.", []string{"queue", "state"}, nil)
	tracesDesc = prometheus.NewDesc("blush_traces_waiting", "Traces that wait for a processor of this server, by lane: fast, or costly for long traces.", []string{"lane"}, nil)
)

// Describe is part of prometheus.Collector.
func (q queues) Describe(to chan<- *prometheus.Desc) { to <- jobsDesc; to <- tracesDesc }

// Collect is part of prometheus.Collector.
func (q queues) Collect(to chan<- prometheus.Metric) {
	for lane, n := range q.waiting.Traces() {
		to <- prometheus.MustNewConstMetric(tracesDesc, prometheus.GaugeValue, float64(n), lane)
	}
	ctx, cancel := context.WithTimeout(context.Background(), queueTimeout) //nolint:forbidigo // Prometheus gives none
	defer cancel()
	jobs, err := q.waiting.Jobs(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(jobsDesc, err)
		return
	}
	for _, d := range jobs {
		to <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(d.Jobs), d.Queue, d.State)
	}
}
