package gallery_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/server"
	"blush.example/blush/internal/store"
)

// BenchmarkWidgets times whole requests, by handler, on SQLite with 100,000 scans:
// 98 users of a scan a day for 1,000 days, and one of five years of daily scans.
// p50-ms is the median, p95-ms the 95th percentile.
//
//	go test ./internal/gallery -run XXX -bench Widgets -benchtime 300x
func BenchmarkWidgets(b *testing.B) {
	widgetRequests(b, 98, 1000, 5*365, func(name string, ask func(tb testing.TB, i int)) {
		b.Run(name, func(b *testing.B) {
			times := make([]time.Duration, 0, b.N)
			for i := range b.N {
				began := time.Now()
				ask(b, i)
				times = append(times, time.Since(began))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
		})
	})
}

// The benchmark's command in the document is right, and each of its requests is answered: here with a few scans, once.
func TestRequestsOfTheBenchmark(t *testing.T) {
	document, err := os.ReadFile("../../docs/performance.md")
	if err != nil || !strings.Contains(string(document), "\ngo test ./internal/gallery -run XXX -bench Widgets -benchtime 300x\n") {
		t.Errorf("docs/performance.md has another command: %v", err)
	}
	widgetRequests(t, 1, 3, 30, func(_ string, ask func(tb testing.TB, i int)) { ask(t, 0) })
}

// widgetRequests fills a server's database with many users of a scan a day, and one of years, in days. It runs each request of the benchmark.
func widgetRequests(tb testing.TB, many, days, years int, run func(name string, ask func(tb testing.TB, i int))) {
	w := blushtest.Start(tb, func(c *server.Config) { c.Limits = &httpapi.Limits{} })
	st, err := store.Open(tb.Context(), w.DatabaseURL)
	if err == nil {
		_, err = account.OpenSecrets(tb.Context(), st, filepath.Join(w.DataDir, "secret")) // the store opens people's data with it
	}
	if err != nil {
		tb.Fatal(err)
	}
	end := time.Now()
	users := blushtest.FillStore(tb, st, w.Customer.ID, many, days, end)
	old := blushtest.FillStore(tb, st, w.Customer.ID, 1, years, end)[0]
	if err := st.Close(); err != nil {
		tb.Fatal(err)
	}
	handler := w.Server.Handler()
	ask := func(tb testing.TB, method, path, body string) {
		r := httptest.NewRequest(method, w.URL+path, strings.NewReader(body))
		r.Header.Set("x-api-key", w.Dev)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			tb.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
	}
	for _, u := range append([]string{old}, users...) { // the days of their insights are computed once
		ask(tb, "GET", "/v2/widgets/main?user_id="+u, "")
	}
	day := func(days int) string { return end.AddDate(0, 0, -days).Format(time.DateOnly) }
	for _, c := range []struct{ name, method, widget, query, body, user string }{
		{"json/biomarker", "GET", "biomarker", "&parameter=heart_rate", "", ""},
		{"json/metric", "GET", "metric", "&parameter=mental_stress", "", ""},
		{"json/graph month", "GET", "graph", "&parameter=heart_rate&start=" + day(30), "", ""},
		{"json/graph metric", "GET", "graph", "&parameter=mental_stress&start=" + day(90), "", ""},
		{"json/main", "GET", "main", "", "", ""},
		{"json/recommendations", "GET", "recommendations", "", "", ""},
		{"json/todos", "GET", "todos", "", "", ""},
		{"json/graph five years", "GET", "graph", "&parameter=heart_rate&start=" + day(5*365), "", old},
		{"json/graph metric five years", "GET", "graph", "&parameter=mental_stress&start=" + day(5*365), "", old},
		{"html/biomarker", "POST", "biomarker", "", `{"data":{"parameter":"heart_rate","face_scan_id":"latest"}}`, ""},
		{"html/metric", "POST", "metric", "", `{"data":{"parameter":"mental_stress"}}`, ""},
		{"html/graph month", "POST", "graph", "", `{"data":{"parameter":"heart_rate"}}`, ""},
		{"html/main", "POST", "main", "", `{}`, ""},
		{"html/recommendations", "POST", "recommendations", "", `{}`, ""},
		{"html/todos", "POST", "todos", "", `{}`, ""},
		{"html/graph five years", "POST", "graph", "", fmt.Sprintf(`{"data":{"parameter":"heart_rate","start":%q}}`, day(5*365)), old},
	} {
		run(c.name, func(tb testing.TB, i int) {
			user := c.user
			if user == "" {
				user = users[i%len(users)]
			}
			ask(tb, c.method, "/v2/widgets/"+c.widget+"?user_id="+user+c.query, c.body)
		})
	}
}
