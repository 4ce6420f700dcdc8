package gallery

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"blush.example/blush/internal/health"

	"github.com/go-chi/chi/v5"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := chi.NewRouter()
	Mount(r)
	rec := httptest.NewRecorder()
	r.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec
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

// Every widget stands in the gallery in every state that it has.
func TestEveryStateIsShown(t *testing.T) {
	type key struct{ element, state string }
	seen := map[key]bool{}
	for _, c := range cards("en") {
		b, err := json.Marshal(c.Data)
		if err != nil {
			t.Fatal(err)
		}
		var v struct {
			Locked bool
			Data   struct {
				State  string
				Status *string
			}
		}
		if err := json.Unmarshal(b, &v); err != nil {
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
	for element, states := range map[string]string{
		"blush-biomarker": "ready placeholder locked no_data processing refused error",
		"blush-metric":    "ready locked no_data preliminary confirming validated reconfirming",
		"blush-graph":     "ready locked no_data",
	} {
		for s := range strings.FieldsSeq(states) {
			if !seen[key{element, s}] {
				t.Errorf("%s is not shown as %s", element, s)
			}
		}
	}
}

// The cards that are named after a state are in it.
func TestCardsAreWhatTheySay(t *testing.T) {
	for _, c := range cards("en") {
		b, _ := json.Marshal(c.Data)
		for name, want := range map[string]string{
			"preliminary": `"status":"preliminary"`, "confirming": `"status":"confirming"`, "reconfirming": `"status":"reconfirming"`,
			"locked": `"locked":true`, "no data": `"state":"no_data"`, "placeholder": `"state":"placeholder"`, "a positive screen": `"code":"screen_positive"`,
			"a dangerous reading": `"code":"cuff_urgent"`, "an older reading": `"stale":true`, "outside the usual range": `"zone":"bad"`,
			"close to the usual range": `"zone":"neutral"`, "five years, by week": `"aggregation":"week"`, "a year": `"aggregation":"day"`, "three months": `"aggregation":"none"`,
		} {
			if c.State == name && !strings.Contains(string(b), want) {
				t.Errorf("%s, %s: no %s in %.300s", c.Group, c.State, want, b)
			}
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

// The example answers as the API does, and takes nothing in.
func TestExampleAPI(t *testing.T) {
	var page struct {
		Data []struct {
			ID     string `json:"face_scan_id"`
			Status string
		}
		HasMore bool `json:"has_more"`
	}
	read := func(path string, v any) {
		t.Helper()
		rec := get(t, API+path)
		if rec.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
		if err := json.Unmarshal(rec.Body.Bytes(), v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	count, after := 0, ""
	for {
		read("/v2/facescans?limit=20"+after, &page)
		count += len(page.Data)
		if !page.HasMore {
			break
		}
		after = "&starting_after=" + page.Data[len(page.Data)-1].ID
	}
	if want := len(year().lived.Scans); count != want || want < 200 {
		t.Errorf("%d scans listed of %d", count, want)
	}
	for _, path := range []string{
		"/v2/facescans/latest", "/v2/facescans/latest/waveform", "/v2/questions?language=nl", "/v2/users", "/v2/widgets/main", "/v2/widgets/todos",
		"/v2/widgets/recommendations", "/v2/widgets/biomarker?parameter=blood_pressure", "/v2/widgets/metric?parameter=hypertension",
		"/v2/widgets/graph?parameter=mental_stress&start=2026-01-01&stop=2026-02-01",
	} {
		var v map[string]any
		read(path, &v)
	}
	for path, want := range map[string]int{
		"/v2/facescans/unknown": 404, "/v2/widgets/metric?parameter=heart_rate": 422, "/v2/widgets/" + strings.Repeat("%3Cb%3E", 9): 422,
		"/v2/facescans?starting_after=unknown": 200,
	} {
		if rec := get(t, API+path); rec.Code != want {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
	}
}

// A language that there is none of, or none at all, is English.
func TestAnyLanguageIsAnswered(t *testing.T) {
	for _, path := range []string{"/docs/gallery/cards", "/docs/gallery/widgets", API + "/v2/widgets/main"} {
		want := get(t, path+"?language=en").Body.String()
		for _, tag := range []string{"", "xx", "../../nl", "%00"} {
			if rec := get(t, path+"?language="+tag); rec.Code != http.StatusOK || rec.Body.String() != want {
				t.Errorf("%s in %q: %d, %.100s", path, tag, rec.Code, rec.Body)
			}
		}
	}
}
