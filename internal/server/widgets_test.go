package server_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/server"
	"blush.example/blush/internal/widget"
)

// tokenFor makes an action token for a user of the DEV key.
func tokenFor(t *testing.T, w *blushtest.World, userID string) string {
	t.Helper()
	var out struct{ Token string }
	w.Call(w.Dev, "POST", "/v2/users/authenticate", map[string]string{"user_id": userID}).Want(http.StatusOK).JSON(&out)
	return out.Token
}

// render asks for a widget as the vendor's SDK does.
func render(w *blushtest.World, token, name string, body any) blushtest.Answer {
	return w.Call("", "POST", "/v2/widgets/"+name+"?version=2", body, "Authorization", "Token "+token)
}

type anyWidget struct {
	Locked   bool
	Widget   string
	Language string
	Data     map[string]any
}

// The widgets of a user with a year of data: as HTML and as JSON, for a token and
// for a key, and for every parameter.
func TestWidgetsOfAYear(t *testing.T) {
	w := blushtest.Start(t)
	u := w.Year(1, time.Now())
	token := tokenFor(t, w, u.UserID)
	data := func(path string) (a anyWidget) {
		w.Call("", "GET", "/v2/widgets/"+path, nil, "Authorization", "Token "+token).Want(http.StatusOK).JSON(&a)
		var b anyWidget
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		w.Call(w.Dev, "GET", "/v2/widgets/"+path+sep+"user_id="+u.UserID, nil).Want(http.StatusOK).JSON(&b)
		for _, part := range []string{"name", "state", "display", "text"} { // numbers change with time
			if fmt.Sprint(a.Data[part]) != fmt.Sprint(b.Data[part]) {
				t.Errorf("%s: of %s the key sees %v, the token %v", path, part, b.Data[part], a.Data[part])
			}
		}
		return a
	}
	for _, p := range widget.Biomarkers() {
		a := data("biomarker?parameter=" + p)
		if a.Widget != "biomarker" || a.Locked || a.Data["name"] == "" || a.Data["unit"] == "" {
			t.Errorf("%s: %+v", p, a)
		}
		for _, v := range widget.Variations("biomarker") {
			html := string(render(w, token, "biomarker", map[string]any{
				"appearance": map[string]any{"theme": map[string]any{}, "language": nil, "variation": v},
				"data":       map[string]any{"parameter": p, "face_scan_id": "latest"},
			}).Want(http.StatusOK).Body)
			if d, ok := a.Data["display"].(string); ok && !strings.Contains(html, "<b>"+d+"</b>") {
				t.Errorf("%s %s does not show %s", p, v, d)
			}
		}
	}
	for _, m := range health.Metrics {
		a := data("metric?parameter=" + string(m))
		if a.Data["parameter"] != string(m) || a.Data["status"] == nil {
			t.Errorf("%s: %+v", m, a)
		}
		html := string(render(w, token, "metric", map[string]any{"data": map[string]any{"parameter": m}}).Want(http.StatusOK).Body)
		if score, ok := a.Data["display"].(string); ok && !strings.Contains(html, "<b>"+score+"</b>") {
			t.Errorf("%s does not show %s", m, score)
		}
	}
	if a := data("metric?parameter=hypertension_risk"); a.Data["parameter"] != "hypertension" {
		t.Errorf("alias: %+v", a)
	}
	stop := time.Now().UTC()
	for i, p := range widget.Parameters() {
		spans := []int{7, 60, 364}
		if p != "heart_rate" {
			spans = spans[i%3 : i%3+1]
		}
		for _, days := range spans {
			path := fmt.Sprintf("graph?parameter=%s&title=My+graph&start=%s&stop=%s", p, stop.AddDate(0, 0, -days).Format(time.DateOnly), stop.Format(time.DateOnly))
			a := data(path)
			points, _ := a.Data["points"].([]any)
			if days == 364 && p == "heart_rate" && len(points) < 30 {
				t.Errorf("%s: %d points", path, len(points))
			}
			if a.Data["title"] != "My graph" {
				t.Errorf("%s: title %v", path, a.Data["title"])
			}
		}
		render(w, token, "graph", map[string]any{"data": map[string]any{"parameter": p}}).Want(http.StatusOK)
	}
	for _, name := range []string{"main", "recommendations", "todos"} {
		a := data(name + "?language=fr")
		if a.Language != "fr" || a.Widget != name {
			t.Errorf("%s: %+v", name, a)
		}
		html := render(w, token, name, `{"appearance":{"language":"fr"}}`).Want(http.StatusOK)
		if kind := html.Header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
			t.Errorf("%s is %s", name, kind)
		}
		if !strings.Contains(string(html.Body), `lang="fr"`) {
			t.Errorf("%s is not French", name)
		}
	}
}

// A user without data gets placeholders, locks and missing fields, never a number.
func TestWidgetsOfANewUser(t *testing.T) {
	w := blushtest.Start(t)
	id := "new <b>user</b>"
	u, _, err := w.Client(w.Dev).CreateUser(t.Context(), client.User{ExternalUserID: &id, Language: ptr("sv")})
	if err != nil {
		t.Fatal(err)
	}
	token := tokenFor(t, w, u.UserID)
	html := func(name, body string) string {
		return string(render(w, token, name, body).Want(http.StatusOK).Body)
	}
	if got := html("biomarker", `{"data":{"parameter":"heart_rate","face_scan_id":null}}`); !strings.Contains(got, `lang="sv"`) || !strings.Contains(got, "Ingen skanning än") {
		t.Errorf("the placeholder in the user's language: %s", got[strings.Index(got, "<div"):])
	}
	// If no parameter is needed, every part of the body is optional and may be null.
	for _, body := range []string{``, `{}`, `{"appearance":null,"data":null}`, `{"appearance":{"theme":null,"language":null,"variation":null},"data":{}}`, `{"appearance":{},"more":1,"data":{"more":2}}`} {
		for _, name := range []string{"main", "recommendations", "todos"} {
			html(name, body)
		}
	}
	for _, m := range health.Metrics {
		var a anyWidget
		w.Call(w.Dev, "GET", "/v2/widgets/metric?parameter="+string(m)+"&user_id="+u.UserID, nil).Want(http.StatusOK).JSON(&a)
		if a.Data["score"] != nil || a.Data["zone"] != nil {
			t.Errorf("%s of somebody unknown: %v", m, a.Data)
		}
		if a.Locked && (a.Data["status"] != nil || a.Data["state"] != "locked") {
			t.Errorf("%s is locked: %v", m, a.Data)
		}
	}
	var a anyWidget
	w.Call(w.Dev, "GET", "/v2/widgets/biomarker?parameter=blood_pressure&user_id="+u.UserID, nil).Want(http.StatusOK).JSON(&a)
	if a.Data["state"] != "no_data" || a.Data["value"] != nil {
		t.Errorf("blood pressure without a cuff: %v", a.Data)
	}
	w.Call(w.Dev, "GET", "/v2/widgets/graph?parameter=heart_rate&user_id="+u.UserID, nil).Want(http.StatusOK).JSON(&a)
	if a.Data["state"] != "no_data" {
		t.Errorf("an empty graph: %v", a.Data)
	}
}

// A page with several widgets: each has its own id, and the style sheet is there once.
func TestSeveralWidgetsOnAPage(t *testing.T) {
	w := blushtest.Start(t)
	token := tokenFor(t, w, w.User().UserID)
	first := string(render(w, token, "main", `{"appearance":{"id":"profile"}}`).Want(http.StatusOK).Body)
	second := string(render(w, token, "todos", `{"appearance":{"id":"next-steps","styles":false}}`).Want(http.StatusOK).Body)
	if page := first + second; strings.Count(page, "<style>") != 1 || strings.Count(page, " id=") != 2 || !strings.Contains(page, ` id="profile"`) || !strings.Contains(page, ` id="next-steps"`) {
		t.Errorf("the page is %s", page)
	}
}

// A scan of the user is shown with the change since the scan before it.
func TestBiomarkerWidgetOfAScan(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	token := tokenFor(t, w, u.UserID)
	var first, second struct {
		FaceScanID string `json:"face_scan_id"`
		Biomarkers struct {
			HeartRate int `json:"heart_rate"`
		}
		Estimates []struct{ Value float64 }
	}
	submit := func(rate int, into any) {
		w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, fmt.Sprintf(`{"synthetic":{"heart_rate":%d,"duration_s":30}}`, rate)).Want(http.StatusCreated).JSON(into)
	}
	submit(62, &first)
	submit(84, &second)
	tile := func(id string) (a anyWidget) {
		w.Call("", "GET", "/v2/widgets/biomarker?parameter=heart_rate&face_scan_id="+id, nil, "Authorization", "Token "+token).Want(http.StatusOK).JSON(&a)
		return a
	}
	newest, oldest := tile(second.FaceScanID), tile(strings.ReplaceAll(first.FaceScanID, "-", ""))
	// The value has no decimals, or one if it would otherwise be outside the interval.
	shown, err := strconv.ParseFloat(fmt.Sprint(newest.Data["display"]), 64)
	if err != nil || math.Abs(shown-second.Estimates[0].Value) > 0.5 {
		t.Errorf("the tile shows %v, the scan %v", newest.Data["display"], second.Estimates[0].Value)
	}
	change, _ := newest.Data["change"].(map[string]any)
	if change == nil || change["direction"] != "up" || change["by"] != float64(second.Biomarkers.HeartRate-first.Biomarkers.HeartRate) {
		t.Errorf("change since the scan before: %v", change)
	}
	if oldest.Data["change"] != nil || oldest.Data["face_scan_id"] != first.FaceScanID {
		t.Errorf("the first scan: %v", oldest.Data)
	}
	if latest := tile(""); latest.Data["face_scan_id"] != second.FaceScanID {
		t.Errorf("the newest: %v", latest.Data["face_scan_id"])
	}
	// Another user's scan does not exist; the vendor's SDK gets an error text.
	other := w.User()
	a := render(w, tokenFor(t, w, other.UserID), "biomarker", map[string]any{"data": map[string]any{"parameter": "heart_rate", "face_scan_id": first.FaceScanID}}).Want(http.StatusNotFound)
	var detail struct{ Detail string }
	if a.JSON(&detail); detail.Detail == "" {
		t.Errorf("404 without a text: %s", a.Body)
	}
}

// The only errors of the HTML routes are 401, 404, 422 and 500. The 422 has the fields that the vendor's SDK reads.
func TestWidgetErrors(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	token := tokenFor(t, w, u.UserID)
	for name, c := range map[string]struct {
		widget, body, place string
	}{
		"no parameter":        {"metric", `{"data":{}}`, `["body","data","parameter"]`},
		"no data":             {"graph", `{}`, `["body","data","parameter"]`},
		"unknown parameter":   {"biomarker", `{"data":{"parameter":"mood"}}`, `["body","data","parameter"]`},
		"a metric's":          {"biomarker", `{"data":{"parameter":"mental_stress"}}`, `["body","data","parameter"]`},
		"no UUID":             {"biomarker", `{"data":{"parameter":"heart_rate","face_scan_id":"42"}}`, `["body","data","face_scan_id"]`},
		"no day":              {"graph", `{"data":{"parameter":"heart_rate","start":"yesterday"}}`, `["body","data","start"]`},
		"backwards":           {"graph", `{"data":{"parameter":"heart_rate","start":"2026-02-01","stop":"2026-01-01"}}`, `["body","data","start"]`},
		"language":            {"main", `{"appearance":{"language":"t h"}}`, `["body","appearance","language"]`},
		"variation":           {"main", `{"appearance":{"variation":"arc"}}`, `["body","appearance","variation"]`},
		"id":                  {"main", `{"appearance":{"id":"a b"}}`, `["body","appearance","id"]`},
		"theme":               {"main", `{"appearance":{"theme":{"support-300":"url(x)"}}}`, `["body","appearance","theme","support-300"]`},
		"theme of other kind": {"main", `{"appearance":{"theme":[]}}`, `["body","appearance","theme"]`},
		"no JSON":             {"main", `{`, `["body"]`},
		"wrong type":          {"main", `{"appearance":5}`, `["body","appearance"]`},
	} {
		a := render(w, token, c.widget, c.body)
		if got := a.Places(); len(got) != 1 || got[0] != c.place {
			t.Errorf("%s: fault at %v, want %s", name, got, c.place)
		}
		var sdk map[string]json.RawMessage
		var zero struct {
			Msg string
			Loc []any
		}
		if a.JSON(&sdk); json.Unmarshal(sdk["0"], &zero) != nil || zero.Msg == "" || fmt.Sprint(zero.Loc) != fmt.Sprint(listOf(t, []byte(c.place))) {
			t.Errorf("%s: what the SDK reads: %s", name, a.Body)
		}
	}
	w.Call("", "POST", "/v2/widgets/main?version=x", `{}`, "Authorization", "Token "+token).Want(http.StatusUnprocessableEntity)
	w.Call("", "POST", "/v2/widgets/main", `{}`, "Authorization", "Token "+token).Want(http.StatusOK) // the version is optional
	w.Call("", "POST", "/v2/widgets/main", `{}`).Want(http.StatusUnauthorized)
	w.Call("", "POST", "/v2/widgets/main", `{}`, "Authorization", "Token x.y.z").Want(http.StatusUnauthorized)
	w.Call("", "POST", "/v2/widgets/no-such", `{}`, "Authorization", "Token "+token).Want(http.StatusNotFound)
	w.Call(w.Dev, "POST", "/v2/widgets/main", `{}`).Want(http.StatusUnprocessableEntity) // a key without a user
	w.Call(w.Dev, "POST", "/v2/widgets/main?user_id="+u.UserID, `{}`).Want(http.StatusOK)
	w.Call(w.Live, "POST", "/v2/widgets/main?user_id="+u.UserID, `{}`).Want(http.StatusNotFound)
	big := `{"appearance":{"theme":{"x":"` + strings.Repeat("y", 2<<20) + `"}}}`
	render(w, token, "main", big).Want(http.StatusUnprocessableEntity)
	// Errors of the JSON routes have the places of the query and the usual statuses.
	if got := w.Call(w.Dev, "GET", "/v2/widgets/graph?parameter=mood&user_id="+u.UserID, nil).Places(); len(got) != 1 || got[0] != `["query","parameter"]` {
		t.Errorf("GET: fault at %v", got)
	}
	if got := w.Call(w.Dev, "GET", "/v2/widgets/main?language=t+h&user_id="+u.UserID, nil).Places(); len(got) != 1 || got[0] != `["query","language"]` {
		t.Errorf("GET: fault at %v", got)
	}

	// A token of the scan page may not read insights: 403 from the API, 401 from this route.
	var page struct{ URL string }
	w.Call(w.Dev, "GET", "/v2/facescans/url?user_id="+u.UserID, nil).Want(http.StatusOK).JSON(&page)
	scanToken := between(page.URL, "action_token=", "&")
	render(w, scanToken, "main", `{}`).Want(http.StatusUnauthorized)
	w.Call("", "GET", "/v2/widgets/main", nil, "Authorization", "Token "+scanToken).Want(http.StatusForbidden)
}

// Too many requests give the SDK, which does not know 429, a 500 with Retry-After.
func TestWidgetsAtTheLimit(t *testing.T) {
	w := blushtest.Start(t, func(c *server.Config) { c.Limits = &httpapi.Limits{PerToken: 3, Window: time.Hour} })
	u := w.User()
	token := tokenFor(t, w, u.UserID)
	for range 3 {
		render(w, token, "main", `{}`).Want(http.StatusOK)
	}
	if a := render(w, token, "main", `{}`).Want(http.StatusInternalServerError); a.Header.Get("Retry-After") == "" || !strings.Contains(string(a.Body), "detail") {
		t.Errorf("%v: %s", a.Header, a.Body)
	}
	w.Call("", "GET", "/v2/widgets/main", nil, "Authorization", "Token "+token).Want(http.StatusTooManyRequests)
}

// listOf reads a list of JSON.
func listOf(t *testing.T, b []byte) (out []any) {
	t.Helper()
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func between(s, start, end string) string {
	_, s, _ = strings.Cut(s, start)
	s, _, _ = strings.Cut(s, end)
	return s
}
