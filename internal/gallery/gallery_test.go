package gallery

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"blush.example/blush/internal/catalogue"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/web"

	"github.com/go-chi/chi/v5"
)

func fresh() (*Gallery, *chi.Mux) {
	g := New(Config{BaseURL: "https://example.org", Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Stopping: context.Background()})
	r := chi.NewRouter()
	r.Use(httpapi.Observe(slog.New(slog.DiscardHandler), nil))
	g.Mount(r)
	return g, r
}

// shared is one gallery for all tests.
var shared = sync.OnceValues(fresh)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	return send(t, http.MethodGet, path)
}

func send(t *testing.T, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	_, r := shared()
	rec, req := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	r.ServeHTTP(rec, req)
	return rec
}

// observed is the context of a request behind [httpapi.Observe].
func observed(t *testing.T) (ctx context.Context) {
	t.Helper()
	httpapi.Observe(slog.New(slog.DiscardHandler), nil)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { ctx = r.Context() })).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	return ctx
}

func cardsIn(t *testing.T, lang string) []card {
	t.Helper()
	var all []card
	rec := get(t, "/docs/gallery/cards?language="+lang)
	if err := json.Unmarshal(rec.Body.Bytes(), &all); rec.Code != http.StatusOK || err != nil {
		t.Fatalf("%d, %v: %.300s", rec.Code, err, rec.Body)
	}
	return all
}

// operation is one of the API's, by its document.
type operation struct{ method, path string }

// operations are those of an API, with ids in place of the names in their paths.
func operations(t *testing.T, api http.Handler) (all []operation) {
	t.Helper()
	rec := httptest.NewRecorder()
	httpapi.Observe(slog.New(slog.DiscardHandler), nil)(api).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/openapi.json", nil))
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			all = append(all, operation{strings.ToUpper(method), regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, web.ExampleScan)})
		}
	}
	return all
}

// canonical is JSON in one spelling.
func canonical(b []byte) string {
	var v any
	if json.Unmarshal(b, &v) != nil {
		return string(b)
	}
	out, _ := json.Marshal(v) // what was read can be written
	return string(out)
}

// Nothing in the gallery is said but by the handlers of the server: every card, every figure and every answer
// is what they wrote.
func TestAllComesFromTheAPI(t *testing.T) {
	g, r := shared()
	p, err := g.built(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	api := p.api
	p.api = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		api.ServeHTTP(rec, r)
		said[canonical(rec.Body.Bytes())] = true
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
	defer func() { p.api = api }()
	g.pages = map[string][]byte{} // what was made is made again

	cards := cardsIn(t, "de")
	for _, c := range cards {
		if waits := c.State == "loading" || c.State == "error"; c.Element != "" && string(c.Data) == "null" != waits || string(c.Data) != "null" && !said[canonical(c.Data)] {
			t.Errorf("%s, %s: not from the API: %.200s", c.Group, c.State, c.Data)
		}
	}
	page := get(t, "/docs/gallery/widgets?language=de").Body.String()
	figures := regexp.MustCompile(`(?s)<figure[^>]*><figcaption>[^<]*</figcaption>(.*?)</figure>`).FindAllStringSubmatch(page, -1)
	for _, f := range figures {
		if !said[canonical([]byte(f[1]))] {
			t.Errorf("a figure is not from the API: %.200s", f[1])
		}
	}
	if len(cards) < 60 || len(figures) < 55 || len(said) < 80 {
		t.Errorf("%d cards, %d figures, the API said %d things", len(cards), len(figures), len(said))
	}

	all := operations(t, api)
	for _, op := range all {
		if op.method != http.MethodGet {
			continue
		}
		for visit := range visits {
			rec := get(t, web.ExampleAPI+"/"+visit+op.path)
			if !said[canonical(rec.Body.Bytes())] {
				t.Errorf("%s for %s is not answered by the API: %d %.200s", op.path, visit, rec.Code, rec.Body)
			}
		}
	}
	// Those handlers are the whole of the server's API, and there is no way beside them.
	server := chi.NewRouter()
	if _, err := httpapi.Mount(server, nil, nil, nil, nil, httpapi.Config{BaseURL: "https://example.org", Log: slog.New(slog.DiscardHandler), ClientAddress: httpapi.RemoteAddress, Stopping: context.Background()}); err != nil {
		t.Fatal(err)
	}
	if want := operations(t, server); len(all) != len(want) || len(all) < 40 {
		t.Errorf("%d operations, the server has %d", len(all), len(want))
	}
	var routes []string
	_ = chi.Walk(r, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !slices.Contains(routes, route) {
			routes = append(routes, route)
		}
		return nil
	})
	slices.Sort(routes)
	if got := strings.Join(routes, " "); got != "/docs/gallery/api/{visit}/v2/* /docs/gallery/cards /docs/gallery/widgets" {
		t.Errorf("routes %s", got)
	}
}

// Whoever comes reads, as one of two made-up people, whatever credential they bring; nothing can be written.
func TestNothingIsTakenIn(t *testing.T) {
	g, _ := shared()
	p, err := g.built(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	writes := 0
	for _, op := range operations(t, p.api) {
		if op.method == http.MethodGet || strings.HasPrefix(op.path, "/v2/widgets/") { // which are drawn by a POST
			continue
		}
		writes++
		for visit := range visits {
			rec := send(t, op.method, web.ExampleAPI+"/"+visit+op.path, "Content-Type", "application/json", "x-api-key", "blush_dev_1", "Authorization", "Token x")
			var problem struct{ Detail string }
			if err := json.Unmarshal(rec.Body.Bytes(), &problem); rec.Code != http.StatusForbidden || err != nil || problem.Detail == "" {
				t.Errorf("%s %s for %s: %d %.200s", op.method, op.path, visit, rec.Code, rec.Body)
			}
		}
	}
	if writes < 15 {
		t.Errorf("only %d operations that write", writes)
	}
	for path, want := range map[string]int{
		"/dashboard/v2/facescans?limit=2": 200, "/dashboard/v2/questions": 200, "/dashboard/v2/users": 200, "/results/v2/facescans/" + web.ExampleScan: 200,
		"/results/v2/facescans/" + web.ExampleScan + "/waveform": 200, "/results/v2/facescans": 403, "/dashboard/v2/facescans/" + processingScan: 404,
		"/stranger/v2/users": 401, "/year/v2/users": 401, "/dashboard/v2/no-such": 404, "/dashboard/v2/widgets/metric?parameter=heart_rate": 422,
		"/dashboard/v2/users?user_id=" + idOf("first"): 403,
	} {
		if rec := send(t, http.MethodGet, web.ExampleAPI+path, "Authorization", "Token "+p.tokens["waiting"]); rec.Code != want {
			t.Errorf("%s: %d, want %d: %.200s", path, rec.Code, want, rec.Body)
		}
	}
	if rec := send(t, http.MethodHead, web.ExampleAPI+"/dashboard/v2/users"); rec.Code != http.StatusOK {
		t.Errorf("HEAD: %d", rec.Code)
	}
	if rec := send(t, http.MethodPut, web.ExampleAPI+"/dashboard/v2/users"); rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", rec.Code)
	}
}

// Two servers show the same, so that a page may ask either, and neither lets in who has a token of the other.
// Nothing is written to a disk.
func TestTwoServers(t *testing.T) {
	g, _ := shared()
	p, err := g.built(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("TMPDIR", dir)
	other, r := fresh()
	defer other.Close()
	rec := httptest.NewRecorder()
	r.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/docs/gallery/cards", nil))
	if want := get(t, "/docs/gallery/cards").Body; !bytes.Equal(rec.Body.Bytes(), want.Bytes()) {
		t.Error("another server shows another gallery")
	}
	for name, token := range p.tokens {
		rec, req := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v2/users", nil)
		req.Header.Set("Authorization", "Token "+token)
		httpapi.Observe(slog.New(slog.DiscardHandler), nil)(other.people.api).ServeHTTP(rec, req)
		if rec.Code != http.StatusUnauthorized {
			t.Errorf("the token of %s is good elsewhere: %d", name, rec.Code)
		}
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
		t.Errorf("made: %v, %v", made, err)
	}
}

// On a page of many widgets no id is there twice, and their sheet is there once.
func TestOnePageOfManyWidgets(t *testing.T) {
	page := get(t, "/docs/gallery/widgets").Body.String()
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if seen[m[1]] {
			t.Errorf("the id %s is there twice", m[1])
		}
		seen[m[1]] = true
	}
	if n := strings.Count(page, "<style>"); n != 1 || len(seen) < 40 {
		t.Errorf("%d sheets and %d ids", n, len(seen))
	}
}

// The gallery has every widget in every state that it has.
func TestEveryStateIsShown(t *testing.T) {
	type key struct{ element, state string }
	seen := map[key]bool{}
	for _, c := range cardsIn(t, "en") {
		var v struct {
			Locked bool
			Data   struct {
				State  string
				Status *string
			}
		}
		if err := json.Unmarshal(c.Data, &v); err != nil {
			t.Fatal(err)
		}
		seen[key{c.Element, v.Data.State}] = true
		if v.Data.Status != nil {
			seen[key{c.Element, *v.Data.Status}] = true
		}
		if v.Locked != (v.Data.State == "locked") {
			t.Errorf("%s, %s: locked %v, state %s", c.Group, c.State, v.Locked, v.Data.State)
		}
	}
	for element, states := range map[string][]string{
		"blush-biomarker": catalogue.Set("states"),
		"blush-metric":    append(catalogue.Set("insight_states"), catalogue.Set("statuses")...),
		"blush-graph":     catalogue.Set("graph_states"),
	} {
		for _, s := range states {
			if !seen[key{element, s}] {
				t.Errorf("%s is not shown as %s", element, s)
			}
		}
	}
}

// The cards that are named after a state are in it.
func TestCardsAreWhatTheySay(t *testing.T) {
	said := map[string]string{
		"ready": `"state":"ready"`, "preliminary": `"status":"preliminary"`, "confirming": `"status":"confirming"`, "reconfirming": `"status":"reconfirming"`,
		"locked": `"locked":true`, "no data": `"state":"no_data"`, "placeholder": `"state":"placeholder"`, "processing": `"state":"processing"`, "failed": `"state":"error"`,
		"refused": `"state":"refused"`, "refused: too_dark": `"reason":"too_dark"`, "refused: too_much_motion": `"reason":"too_much_motion"`, "refused: too_short": `"reason":"too_short"`,
		"a positive screen": `"reason":"screen_positive"`, "a dangerous reading": `"reason":"cuff_urgent"`, "reported from a cuff": `"state":"ready"`, "an older reading": `"stale":true`,
		"outside the usual range": `"zone":"bad"`, "close to the usual range": `"zone":"neutral"`, "today": `"state":"ready"`,
		"five years, by week": `"aggregation":"week"`, "a year": `"aggregation":"week"`, "nine months, by day": `"aggregation":"day"`,
		"three months": `"aggregation":"none"`, "a month": `"aggregation":"none"`, "loading": "null", "error": "null",
	}
	for _, c := range cardsIn(t, "en") {
		if want, known := said[c.State]; c.Element != "" && (!known || !strings.Contains(string(c.Data), want)) {
			t.Errorf("%s, %s: no %s in %.300s", c.Group, c.State, want, c.Data)
		}
	}
}

func TestServerDrawsEveryLanguage(t *testing.T) {
	seen := map[string]bool{}
	for _, lang := range health.Languages {
		rec := get(t, "/docs/gallery/widgets?language="+lang)
		body := rec.Body.String()
		if rec.Code != http.StatusOK || !strings.Contains(body, `<html lang="`+lang+`">`) {
			t.Fatalf("%s: %d", lang, rec.Code)
		}
		if n := strings.Count(body, `class="intelli-widget`); n < 50 {
			t.Errorf("%s: only %d widgets", lang, n)
		}
		if regexp.MustCompile(`<script|\son[a-z]+=|javascript:`).MatchString(body) {
			t.Errorf("%s holds a script", lang)
		}
		if csp := rec.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src") {
			t.Errorf("policy %q", csp)
		}
		if seen[body] {
			t.Errorf("%s looks like another language", lang)
		}
		seen[body] = true
	}
}

// An unsupported or missing language falls back to English.
func TestAnyLanguageIsAnswered(t *testing.T) {
	for _, path := range []string{"/docs/gallery/cards", "/docs/gallery/widgets"} {
		want := get(t, path+"?language=en").Body.String()
		for _, tag := range []string{"", "xx", "../../nl", "%00"} {
			if rec := get(t, path+"?language="+tag); rec.Code != http.StatusOK || rec.Body.String() != want {
				t.Errorf("%s in %q: %d, %.100s", path, tag, rec.Code, rec.Body)
			}
		}
	}
}
