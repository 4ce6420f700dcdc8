package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/catalogue"
	"blush.example/blush/internal/health"
)

// object is a JSON object of a response.
type object = map[string]any

// at returns the value at a path: at(o, "metrics", "mental_stress", "score").
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			o, _ := v.(object)
			v = o[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func read(a blushtest.Answer) object {
	var o object
	a.Want(http.StatusOK).JSON(&o)
	return o
}

// fiveAnswers answers the five questions that integrators know.
var fiveAnswers = `[{"lookup_key":"average_sleep_hours","value":4,"timezone":"Europe/Brussels"},{"lookup_key":"feeling_stressed_last_month","value":2},
	{"lookup_key":"daily_activities","value":4},{"lookup_key":"hours_sport_week","value":3},{"lookup_key":"nightly_wake_ups","value":2}]`

// The insights of one user: without data, locked, unlocked, validated, with notices, and erased.
func TestHealthStory(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		key := w.Dev
		w.Call(key, "POST", "/v2/users", `{"external_user_id":"eva"}`).Want(201)
		get := func(path string) object {
			t.Helper()
			return read(w.Call(key, "GET", path+"?external_user_id=eva", nil))
		}

		// Without data, everything is locked by the journey, with null values.
		m := get("/v2/metrics")
		for _, name := range catalogue.Set("metrics") {
			one := at(m, "metrics", name)
			if at(one, "locked") != true || at(one, "score") != nil || at(one, "confidence") != nil || at(one, "zone") != nil || at(one, "interval") != nil ||
				at(one, "updated_at") != nil || at(one, "status") != "no_data" || at(one, "missing", 0, "field") != "birth_date" {
				t.Errorf("%s of a stranger: %v", name, one)
			}
		}
		if at(m, "updated_at") != nil || at(m, "notices", 0, "code") != "wellness_only" {
			t.Errorf("metrics of a stranger: %v", m)
		}
		for _, p := range append([]string{"energy_sleep", "sleep_energy"}, health.ProfileNames...) {
			if got := get("/v2/userprofiles/" + p); at(got, "locked") != true || at(got, "score") != nil || at(got, "status_label") != nil {
				t.Errorf("profile %s of a stranger: %v", p, got)
			}
		}
		if got := w.Call(key, "GET", "/v2/userprofiles/all?external_user_id=eva", nil).Places(); !slices.Equal(got, []string{`["path","profile"]`}) {
			t.Errorf("no such profile: %v", got)
		}

		// A first scan unlocks two metrics. Without age and sex there is no norm, so there is no score.
		scan := func() string {
			t.Helper()
			var sc object
			w.Call(key, "POST", "/v2/facescans?external_user_id=eva", `{"timezone":"Europe/Brussels","synthetic":{"heart_rate":62,"seed":5}}`).Want(201).JSON(&sc)
			return sc["face_scan_id"].(string)
		}
		first := scan()
		stress := at(get("/v2/metrics"), "metrics", "mental_stress")
		if at(stress, "locked") != false || at(stress, "status") != "no_data" || at(stress, "score") != nil || at(stress, "missing", 1, "field") != "sex" ||
			at(stress, "missing", 1, "required") != true {
			t.Errorf("stress without age and sex: %v", stress)
		}
		w.Call(key, "PATCH", "/v2/users?external_user_id=eva", `{"birth_date":"1986-06-15","sex":"F"}`).Want(200)
		stress = at(get("/v2/metrics"), "metrics", "mental_stress")
		if at(stress, "score") == nil || at(stress, "status") != "preliminary" || at(stress, "inputs", 0, "name") != "autonomic" {
			t.Fatalf("stress after one scan: %v", stress)
		}
		alone := at(stress, "confidence").(float64)

		// Answers count at once. The response to one answer has the form that clients know.
		var kept []object
		w.Call(key, "POST", "/v2/questions/answer/many?external_user_id=eva", fiveAnswers).Want(201).JSON(&kept)
		if len(kept) != 5 || len(kept[0]) != 3 || kept[0]["lookup_key"] != "average_sleep_hours" || kept[0]["value"] != 4.0 || kept[0]["user_id"] != m["user_id"] {
			t.Errorf("kept answers: %v", kept)
		}
		w.Call(key, "POST", "/v2/questions/answer?external_user_id=eva", `{"lookup_key":"weight","value":68.5,"timezone":"Europe/Brussels"}`).Want(201).JSON(&kept)
		if len(kept) != 1 || kept[0]["value"] != 68.5 {
			t.Errorf("kept answer: %v", kept)
		}
		// A question that cannot be asked in a language is not listed as missing in it.
		for lang, want := range map[string]bool{"en": true, "de": true, "fr": false} {
			of := read(w.Call(key, "GET", "/v2/metrics?external_user_id=eva&language="+lang, nil))
			if got := strings.Contains(fmt.Sprint(at(of, "metrics", "mental_health_risk", "missing")), "phq4_down"); got != want {
				t.Errorf("%s: the screening is missing: %v, want %v", lang, got, want)
			}
		}
		metrics := get("/v2/metrics")
		stress = at(metrics, "metrics", "mental_stress")
		if at(stress, "confidence").(float64) <= alone || at(metrics, "metrics", "sleep_quality", "score") == nil {
			t.Errorf("answers made nothing surer: %v", stress)
		}
		weights := 0.0
		for _, in := range at(stress, "inputs").([]any) {
			weights += at(in, "weight").(float64)
			if at(in, "title") == "" || at(in, "verified") != false {
				t.Errorf("input %v", in)
			}
		}
		if weights < 0.999 || weights > 1.001 {
			t.Errorf("weights sum to %v", weights)
		}

		// Three scans in a week: the profiles, in 0..1.
		second := scan()
		scan()
		mental := get("/v2/userprofiles/mental")
		score, ok := at(mental, "score").(float64)
		if !ok || score <= 0 || score >= 1 || at(mental, "assessment") == nil || at(mental, "metrics", 0, "name") != "mental_stress" {
			t.Errorf("mental profile: %v", mental)
		}
		j := get("/v2/journey")
		if at(j, "steps", 0, "done") != true || at(j, "steps", 3, "id") != "three_scans_week" || at(j, "steps", 3, "done") != true ||
			at(j, "steps", 6, "done") != false || at(j, "todos", 0, "text") == "" {
			t.Errorf("journey: %v", j)
		}

		// The result of a scan has the metrics at that scan, which do not change later.
		result := read(w.Call(key, "GET", "/v2/facescans/"+first, nil))
		sc := at(result, "metrics", "mental_stress")
		if at(sc, "score") == nil || at(sc, "confidence") == nil || at(result, "metrics", "wellbeing", "mental", "assessment") == nil ||
			len(at(result, "metrics", "wellbeing", "status_label").(string)) != 3 || at(result, "metrics_last_update_at") == nil {
			t.Errorf("metrics of a scan: %v", at(result, "metrics"))
		}
		if at(sc, "score") == at(read(w.Call(key, "GET", "/v2/facescans/"+second, nil)), "metrics", "mental_stress", "confidence") {
			t.Error("two scans, one confidence")
		}
		w.Call(key, "GET", "/v2/facescans/"+first, nil, "If-None-Match", w.Call(key, "GET", "/v2/facescans/"+first, nil).Header.Get("ETag")).Want(304)
		list := read(w.Call(key, "GET", "/v2/facescans?external_user_id=eva", nil))
		for i := range 3 {
			one := at(list, "data", i)
			alone := read(w.Call(key, "GET", "/v2/facescans/"+at(one, "face_scan_id").(string), nil))
			if fmt.Sprint(one) != fmt.Sprint(alone) {
				t.Errorf("in the list:\n%v\nalone:\n%v", one, alone)
			}
		}

		// A cuff reading is listed with the biomarkers, marked as such. There is no other source.
		reading := func(body string) blushtest.Answer {
			return w.Call(key, "POST", "/v2/readings?external_user_id=eva", body)
		}
		yesterday := time.Now().Add(-26 * time.Hour).UTC().Format(time.RFC3339)
		var r object
		body := `{"kind":"blood_pressure","systolic":124,"diastolic":79,"pulse":61,"measured_at":"` + yesterday + `","timezone":"Europe/Brussels","source":"cuff"}`
		reading(body).Want(201).JSON(&r)
		if r["notice"] != nil || r["age_days"] != 1.0 || !strings.Contains(r["measured_at"].(string), "+0") {
			t.Errorf("reading: %v", r)
		}
		reading(body).Want(200)
		result = read(w.Call(key, "GET", "/v2/facescans/"+at(list, "data", 0, "face_scan_id").(string), nil))
		if at(result, "biomarkers", "systolic_blood_pressure") != 124.0 || at(result, "blood_pressure", "source") != "cuff" || at(result, "blood_pressure", "age_days") != 1.0 {
			t.Errorf("blood pressure of a scan: %v %v", at(result, "biomarkers"), at(result, "blood_pressure"))
		}
		for _, e := range at(result, "estimates").([]any) {
			if strings.Contains(at(e, "biomarker").(string), "blood_pressure") && (at(e, "value") != nil || at(e, "reason") != "not_measured") {
				t.Errorf("the camera measured blood pressure: %v", e)
			}
		}
		for body, want := range map[string]string{
			`{"kind":"blood_pressure","systolic":400,"diastolic":80}`:                                               `["body","systolic"]`,
			`{"kind":"blood_pressure","systolic":120,"diastolic":10}`:                                               `["body","diastolic"]`,
			`{"kind":"blood_pressure","systolic":80,"diastolic":120}`:                                               `["body","diastolic"]`,
			`{"kind":"blood_pressure","systolic":120,"diastolic":80,"pulse":3}`:                                     `["body","pulse"]`,
			`{"kind":"blood_pressure","systolic":120,"diastolic":80,"source":"camera"}`:                             `["body","source"]`,
			`{"kind":"blood_pressure","systolic":120,"diastolic":80,"timezone":"Mars/Olympus"}`:                     `["body","timezone"]`,
			`{"kind":"blood_pressure","systolic":120,"diastolic":80,"measured_at":"2999-01-01T00:00:00Z"}`:          `["body","measured_at"]`,
			`{"kind":"blood_pressure","systolic":120,"diastolic":80,"measured_at":"1900-01-01T00:00:00Z"}`:          `["body","measured_at"]`,
			`{"kind":"blood_pressure","systolic":120,"diastolic":80,"measured_at":"0001-01-01T00:00:00Z"}`:          `["body","measured_at"]`, // how some languages write no time
			`{"kind":"blood_pressure","systolic":120,"diastolic":80,"measured_at":"yesterday"}`:                     `["body","measured_at"]`,
			`{"kind":"weight","systolic":120,"diastolic":80}`:                                                       `["body","kind"]`,
			`{"kind":"blood_pressure","systolic":"high","diastolic":80}`:                                            `["body","systolic"]`,
			`{"kind":"blood_pressure","diastolic":80}`:                                                              `["body","systolic"]`,
			`{"kind":"blood_pressure","systolic":120,"diastolic":80,"measured_at":"0000-01-01T00:00:00Z"}`:          `["body","measured_at"]`,
			`{"kind":"blood_pressure","systolic":120,"diastolic":80,"measured_at":"9999-12-31T23:59:59.999+00:00"}`: `["body","measured_at"]`,
		} {
			if got := reading(body).Places(); !slices.Equal(got, []string{want}) {
				t.Errorf("%s: fault at %v", body, got)
			}
		}

		// A dangerous reading raises a notice at once, in every response, even if insights are locked.
		reading(`{"kind":"blood_pressure","systolic":186,"diastolic":104}`).Want(201).JSON(&r)
		if at(r, "notice", "code") != "cuff_urgent" || at(r, "notice", "severity") != "urgent" || at(r, "notice", "text") == "" {
			t.Errorf("a dangerous reading: %v", r)
		}
		if got := get("/v2/metrics"); at(got, "notices", 0, "code") != "cuff_urgent" {
			t.Errorf("metrics after it: %v", at(got, "notices"))
		}
		var past object
		long := time.Now().AddDate(0, -4, 0).UTC().Format(time.RFC3339)
		reading(`{"kind":"blood_pressure","systolic":186,"diastolic":104,"measured_at":"` + long + `"}`).Want(201).JSON(&past)
		if past["notice"] != nil {
			t.Errorf("a reading of long ago alarms: %v", past)
		}
		w.Call(key, "DELETE", "/v2/readings/"+past["reading_id"].(string)+"?external_user_id=eva", nil).Want(204)
		readings := get("/v2/readings")
		if at(readings, "data", 0, "notice", "code") != "cuff_urgent" || at(readings, "data", 1, "systolic") != 124.0 || at(readings, "has_more") != false {
			t.Errorf("readings: %v", readings)
		}
		id := r["reading_id"].(string)
		w.Call(key, "DELETE", "/v2/readings?external_user_id=eva&reading_id="+strings.ReplaceAll(id, "-", ""), nil).Want(204)
		w.Call(key, "DELETE", "/v2/readings/"+id+"?external_user_id=eva", nil).Want(404)
		if got := get("/v2/metrics"); at(got, "notices", 0, "code") == "cuff_urgent" {
			t.Error("the erased reading still warns")
		}

		// After a positive screening there is a help text instead of a score. It comes with the answers, even
		// of an unfinished form, in the requested language.
		w.Call(key, "POST", "/v2/questions/answer?external_user_id=eva", `{"lookup_key":"phq4_down","value":1}`).Want(201).JSON(&kept)
		if _, said := kept[0]["notice"]; said {
			t.Errorf("an answer of no concern: %v", kept)
		}
		w.Call(key, "POST", "/v2/questions/answer/many?external_user_id=eva&language=fr", `[{"lookup_key":"phq4_nervous","value":2},{"lookup_key":"phq4_worry","value":2},
			{"lookup_key":"phq4_interest","value":0},{"lookup_key":"weight","value":68.5}]`).Want(201).JSON(&kept)
		if at(kept[1], "notice", "code") != "screen_positive" || at(kept[1], "notice", "severity") != "warning" ||
			!strings.Contains(at(kept[1], "notice", "text").(string), "ne restez pas seul") || kept[3]["notice"] != nil {
			t.Errorf("a positive screening: %v", kept)
		}
		risk := at(get("/v2/metrics"), "metrics", "mental_health_risk")
		if at(risk, "score") != nil || at(risk, "notices", 0, "code") != "screen_positive" || !strings.Contains(at(risk, "notices", 0, "text").(string), "crisis line") {
			t.Errorf("after a positive screening: %v", risk)
		}

		// Everything is in the export, and nothing is left after the erasure.
		consent := fmt.Sprintf(`{"version":"2026-1","text_hash":"%s","language":"nl"}`, strings.Repeat("ab", 32))
		w.Call(key, "POST", "/v2/consents?external_user_id=eva", consent).Want(201)
		export := get("/v2/users/export")
		if n := len(at(export, "answers").([]any)); n != 10 {
			t.Errorf("%d answers exported", n)
		}
		if at(export, "readings", 0, "systolic") != 124.0 || at(export, "consents", 0, "version") != "2026-1" || at(export, "insights", 1, "insights", "mental_stress", "score") == nil {
			t.Errorf("export: %v %v %v", export["readings"], export["consents"], export["insights"])
		}
		actions := map[string]bool{}
		for _, a := range at(export, "accesses").([]any) {
			actions[at(a, "action").(string)] = true
		}
		for _, want := range []string{"insight.read", "journey.read", "question.answer", "reading.create", "reading.list", "reading.delete", "consent.give", "scan.read", "user.export"} {
			if !actions[want] {
				t.Errorf("no trace of %s in %v", want, actions)
			}
		}
		w.Call(key, "DELETE", "/v2/users?external_user_id=eva", nil).Want(204)
		for _, path := range []string{"/v2/metrics", "/v2/journey", "/v2/questions", "/v2/readings", "/v2/consents", "/v2/userprofiles/mental"} {
			w.Call(key, "GET", path+"?external_user_id=eva", nil).Want(404)
		}
	})
}

// The catalogue of questions, and answers that are refused.
func TestQuestions(t *testing.T) {
	w := blushtest.Start(t)
	w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"eva","sex":"M","language":"nl"}`).Want(201)
	keys := func(lang string) (keys []string, list object) {
		list = read(w.Call(w.Dev, "GET", "/v2/questions?external_user_id=eva"+lang, nil))
		for _, q := range list["data"].([]any) {
			keys = append(keys, at(q, "lookup_key").(string))
		}
		return keys, list
	}
	dutch, list := keys("")
	if list["language"] != "nl" || at(list, "data", 0, "answer") != nil || len(at(list, "data", 0, "options").([]any)) != 5 {
		t.Errorf("catalogue: %v", list)
	}
	if slices.Contains(dutch, "phq4_worry") || slices.Contains(dutch, "pregnancy") {
		t.Errorf("a man is asked in Dutch: %v", dutch)
	}
	english, list := keys("&language=en")
	if !slices.Contains(english, "phq4_worry") {
		t.Errorf("in English: %v", english)
	}
	for _, q := range list["data"].([]any) {
		if at(q, "instrument") == "phq4" && (at(q, "source") == nil || at(q, "stem") == nil) {
			t.Errorf("a validated question without its source: %v", q)
		}
	}
	one := func(body string) blushtest.Answer {
		return w.Call(w.Dev, "POST", "/v2/questions/answer?external_user_id=eva", body)
	}
	many := func(body string) blushtest.Answer {
		return w.Call(w.Dev, "POST", "/v2/questions/answer/many?external_user_id=eva", body)
	}
	for body, want := range map[string]string{
		`{"lookup_key":"mood","value":1}`:                               `["body","lookup_key"]`,
		`{"lookup_key":"average_sleep_hours","value":6}`:                `["body","value"]`,
		`{"lookup_key":"average_sleep_hours","value":0}`:                `["body","value"]`,
		`{"lookup_key":"average_sleep_hours","value":2.5}`:              `["body","value"]`,
		`{"lookup_key":"average_sleep_hours","value":"3"}`:              `["body","value"]`,
		`{"lookup_key":"average_sleep_hours","value":null}`:             `["body","value"]`,
		`{"lookup_key":"average_sleep_hours"}`:                          `["body","value"]`,
		`{"lookup_key":"weight","value":1e300}`:                         `["body","value"]`,
		`{"lookup_key":"average_sleep_hours","value":3,"timezone":"x"}`: `["body","timezone"]`,
		`{"lookup_key":"<img src=x onerror=alert(1)>","value":3}`:       `["body","lookup_key"]`,
		`{"lookup_key":"average_sleep_hours\u0000","value":3}`:          `["body","lookup_key"]`,
	} {
		if got := one(body).Places(); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: fault at %v", body, got)
		}
	}
	got := many(`[{"lookup_key":"average_sleep_hours","value":3},{"lookup_key":"mood","value":1},{"lookup_key":"daily_activities","value":9}]`).Places()
	if !slices.Equal(got, []string{`["body",1,"lookup_key"]`, `["body",2,"value"]`}) {
		t.Errorf("two wrong of three: fault at %v", got)
	}
	many(`[]`).Want(422)
	many(`{"lookup_key":"average_sleep_hours","value":3}`).Want(422)
	many("[" + strings.Repeat(`{"lookup_key":"average_sleep_hours","value":3},`, 100) + `{"lookup_key":"average_sleep_hours","value":3}]`).Want(422)
	if _, list := keys(""); at(list, "data", 0, "answer") != nil {
		t.Error("a refused call kept an answer")
	}
	// An answer that is sent again is stored once, with or without an Idempotency-Key. Another value is a new answer.
	for range 2 {
		one(`{"lookup_key":"average_sleep_hours","value":3}`).Want(201)
	}
	w.Call(w.Dev, "POST", "/v2/questions/answer?external_user_id=eva", `{"lookup_key":"average_sleep_hours","value":5}`, "Idempotency-Key", "k").Want(201)
	if got := w.Call(w.Dev, "POST", "/v2/questions/answer?external_user_id=eva", `{"lookup_key":"average_sleep_hours","value":5}`, "Idempotency-Key", "k").Want(201); got.Header.Get("Idempotent-Replayed") != "true" {
		t.Error("not replayed")
	}
	_, list = keys("")
	if at(list, "data", 0, "answer", "value") != 5.0 || at(list, "data", 0, "stale") != false {
		t.Errorf("last answer: %v", at(list, "data", 0))
	}
	export := read(w.Call(w.Dev, "GET", "/v2/users/export?external_user_id=eva", nil))
	if n := len(export["answers"].([]any)); n != 2 {
		t.Errorf("%d answers kept of one, its retry, another and its replay", n)
	}

	// With the Go client.
	c, eva := w.Client(w.Dev), client.UserRef{ExternalID: "eva"}
	if _, err := c.Answer(t.Context(), eva, client.Answer{LookupKey: "daily_activities", Value: 4, Timezone: "Asia/Tokyo"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Answer(t.Context(), eva, client.Answer{LookupKey: "daily_activities", Value: 40}); err == nil {
		t.Error("an answer that is none was kept")
	}
	now, err := c.Metrics(t.Context(), eva)
	metrics := now.Metrics
	if err != nil || len(metrics) != 6 || !metrics["mental_stress"].Locked || metrics["mental_stress"].Score != nil || metrics["mental_stress"].Name == "" {
		t.Errorf("metrics: %+v, %v", metrics, err)
	}
}

// What each kind of token may do, and for whom.
func TestScopesOfHealth(t *testing.T) {
	w := blushtest.Start(t)
	w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"eva"}`).Want(201)
	var user object
	w.Call(w.Dev, "GET", "/v2/users?external_user_id=eva", nil).Want(200).JSON(&user)
	token := func(path string) string {
		var page client.PageURL
		w.Call(w.Dev, "GET", path+"?external_user_id=eva", nil).Want(200).JSON(&page)
		_, rest, _ := strings.Cut(page.URL, "action_token=")
		text, _, _ := strings.Cut(rest, "&")
		return text
	}
	var sc object
	w.Call(w.Dev, "POST", "/v2/facescans?external_user_id=eva", `{"synthetic":{"duration_s":12}}`).Want(201).JSON(&sc)
	var app client.Token
	w.Call(w.Dev, "POST", "/v2/users/authenticate", `{"external_user_id":"eva"}`).Want(200).JSON(&app)
	sum := sha256.Sum256([]byte("text"))
	bodies := map[string]string{
		"/v2/questions/answer":      `{"lookup_key":"daily_activities","value":3}`,
		"/v2/questions/answer/many": `[{"lookup_key":"daily_activities","value":3}]`,
		"/v2/readings":              `{"kind":"blood_pressure","systolic":120,"diastolic":80}`,
		"/v2/consents":              `{"version":"1","language":"en","text_hash":"` + hex.EncodeToString(sum[:]) + `"}`,
	}
	tokens := map[string]string{"app": app.Token, "scan": token("/v2/facescans/url"), "dashboard": token("/v2/dashboard/url"),
		"results": token("/v2/facescans/" + sc["face_scan_id"].(string) + "/results-url")}
	for call, allowed := range map[string]string{
		"GET /v2/metrics": "app dashboard", "GET /v2/userprofiles/mental": "app dashboard", "GET /v2/journey": "app dashboard",
		"GET /v2/questions": "app scan dashboard", "POST /v2/questions/answer": "app scan dashboard", "POST /v2/questions/answer/many": "app scan dashboard",
		"GET /v2/readings": "app dashboard", "POST /v2/readings": "app dashboard", "GET /v2/consents": "app scan", "POST /v2/consents": "app scan",
		"DELETE /v2/readings/0198c5a2-7b1e-7c3d-9e4f-0123456789ab": "app",
	} {
		method, path, _ := strings.Cut(call, " ")
		for name, text := range tokens {
			var body any
			if b, ok := bodies[path]; ok && method == "POST" {
				body = b
			}
			got := w.Call("", method, path, body, "Authorization", "Token "+text).Status
			if may := slices.Contains(strings.Fields(allowed), name); may == (got == 403) || got >= 500 {
				t.Errorf("%s with a %s token: %d", call, name, got)
			}
		}
		// Another customer's key, the other environment, and no credential at all.
		_, strangers, _ := w.NewCustomer("Stranger " + call)
		for _, key := range []string{strangers, w.Live} {
			var body any
			if b, ok := bodies[path]; ok && method == "POST" {
				body = b
			}
			w.Call(key, method, path+"?user_id="+user["user_id"].(string), body).Want(404)
		}
		w.Call("", method, path, nil).Want(401)
		// A user must be named, once.
		if method == "GET" {
			w.Call(w.Dev, method, path, nil).Want(422)
			w.Call(w.Dev, method, path+"?external_user_id=eva&user_id="+user["user_id"].(string), nil).Want(422)
		}
	}
}

func TestConsents(t *testing.T) {
	w := blushtest.Start(t)
	w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"eva"}`).Want(201)
	post := func(body string) blushtest.Answer {
		return w.Call(w.Dev, "POST", "/v2/consents?external_user_id=eva", body)
	}
	hash := strings.Repeat("0f", 32)
	post(`{"version":"v1","text_hash":"` + hash + `","language":"da"}`).Want(201)
	for body, want := range map[string][]string{
		`{"version":"v1"}`: {`["body","text_hash"]`, `["body","language"]`},
		`{"version":"<b>","text_hash":"` + hash + `","language":"da"}`: {`["body","version"]`},
		`{"text_hash":"` + hash + `","language":"da"}`:                 {`["body","version"]`},
	} {
		if got := post(body).Places(); !slices.Equal(got, want) {
			t.Errorf("%s: fault at %v", body, got)
		}
	}
	post(`{"version":"v2","withdrawn":true}`).Want(404)
	var list object
	post(`{"version":"v1","withdrawn":true}`).Want(201).JSON(&list)
	if at(list, "data", 0, "withdrawn_at") == nil || at(list, "data", 0, "text_hash") != hash {
		t.Errorf("withdrawn: %v", list)
	}
	if got := read(w.Call(w.Dev, "GET", "/v2/consents?external_user_id=eva", nil)); len(got["data"].([]any)) != 1 {
		t.Errorf("consents: %v", got)
	}
	// Each response lists all consents, so their number is limited.
	for i := range 199 {
		post(fmt.Sprintf(`{"version":"v%d","text_hash":"%s","language":"da"}`, i, hash)).Want(201)
	}
	if got := post(`{"version":"w","text_hash":"` + hash + `","language":"da"}`).Places(); !slices.Equal(got, []string{`["body"]`}) {
		t.Errorf("one too many: fault at %v", got)
	}
	post(`{"version":"v2","withdrawn":true}`).Want(201)
}
