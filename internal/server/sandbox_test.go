package server_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/blushtest"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/sandbox"
	"blush.example/blush/internal/widget"
)

// tried has the states that were reached, e.g. "biomarker: refused".
type tried map[string]bool

func (seen tried) add(kind string, what *string) {
	if what != nil {
		seen[kind+": "+*what] = true
	}
}

// visitor requests the widgets of one user.
type visitor struct {
	t    *testing.T
	w    *blushtest.World
	user string
	seen tried
}

func (v visitor) get(name, query string, into any) {
	v.t.Helper()
	v.w.Call(v.w.Dev, "GET", "/v2/widgets/"+name+"?user_id="+v.user+query, nil).Want(200).JSON(into)
}

func (v visitor) biomarker(parameter, scanID string) widget.Biomarker {
	v.t.Helper()
	var got widget.Envelope[widget.Biomarker]
	query := "&parameter=" + parameter
	if scanID != "" {
		query += "&face_scan_id=" + scanID
	}
	v.get("biomarker", query, &got)
	b := got.Data
	state := string(b.State)
	v.seen.add("biomarker", &state)
	v.seen.add("level", (*string)(b.Zone))
	v.seen.add("reason", b.Reason)
	v.seen.add("source", b.Source)
	if b.Change != nil {
		v.seen.add("change", &b.Change.Direction)
	}
	if b.Stale {
		v.seen["biomarker: stale"] = true
	}
	for _, n := range b.Notices {
		v.seen.add("severity", &n.Severity)
	}
	return b
}

// rest requests all widgets that need no scan: metrics, graphs, profiles, recommendations and to-do lists.
func (v visitor) rest() {
	v.t.Helper()
	for _, m := range health.Metrics {
		var got widget.Envelope[widget.Metric]
		v.get("metric", "&parameter="+string(m), &got)
		state := string(got.Data.State)
		v.seen.add("metric", &state)
		v.seen.add("zone", got.Data.Zone)
		v.seen.add("status", got.Data.Status)
		for _, n := range got.Data.Notices {
			v.seen.add("severity", &n.Severity)
		}
		var graph widget.Envelope[widget.Graph]
		v.get("graph", "&parameter="+string(m), &graph)
		state = string(graph.Data.State)
		v.seen.add("graph", &state)
	}
	for _, start := range []string{"", "&start=" + time.Now().AddDate(-1, 0, 0).Format(time.DateOnly)} {
		var graph widget.Envelope[widget.Graph]
		v.get("graph", "&parameter=heart_rate"+start, &graph)
		state := string(graph.Data.State)
		v.seen.add("graph", &state)
		v.seen.add("aggregation", &graph.Data.Aggregation)
	}
	var main widget.Envelope[widget.Main]
	v.get("main", "", &main)
	state := string(main.Data.State)
	v.seen.add("main", &state)
	for _, n := range main.Data.Notices {
		v.seen.add("severity", &n.Severity)
	}
	var tips widget.Envelope[widget.Recommendations]
	v.get("recommendations", "", &tips)
	state = string(tips.Data.State)
	v.seen.add("recommendations", &state)
	var todos widget.Envelope[widget.Todos]
	v.get("todos", "", &todos)
	state = string(todos.Data.State)
	v.seen.add("todos", &state)
}

// states lists each widget with its possible states, from the code that defines them.
func states() []string {
	var out []string
	add := func(kind string, all ...string) {
		for _, s := range all {
			out = append(out, kind+": "+s)
		}
	}
	names := func(states []widget.State) (out []string) {
		for _, s := range states {
			out = append(out, string(s))
		}
		return out
	}
	add("biomarker", names(widget.States)...)
	add("biomarker", "stale")
	add("metric", names(widget.InsightStates)...)
	add("main", names(widget.InsightStates)...)
	add("graph", names(widget.GraphStates)...)
	add("recommendations", names(widget.AdviceStates)...)
	add("todos", names(widget.TodoListStates)...)
	add("source", widget.Sources...)
	add("change", "up", "down", "same")
	for _, s := range health.Severities {
		add("severity", string(s))
	}
	for _, r := range biomarker.Reasons {
		if r != biomarker.NotMeasured { // no tile shows a biomarker that scans do not measure
			add("reason", string(r))
		}
	}
	for _, l := range widget.Levels {
		add("level", string(l))
	}
	for _, z := range health.Zones {
		add("zone", string(z))
	}
	for _, s := range health.Statuses {
		add("status", string(s))
	}
	return out
}

// With only a DEV key, every state of every widget can be reached through the API: each reason as the engine gives it, each level, zone
// and status.
func TestEveryStateOfEveryWidget(t *testing.T) {
	w := blushtest.Start(t)
	seen := tried{}
	someone := func() visitor { return visitor{t, w, w.User().UserID, seen} }
	scan := func(v visitor, status int, body string) string {
		t.Helper()
		var sc struct {
			ID string `json:"face_scan_id"`
		}
		w.Call(w.Dev, "POST", "/v2/facescans?user_id="+v.user, body).Want(status).JSON(&sc)
		return sc.ID
	}
	history := func(body string) visitor {
		t.Helper()
		v := someone()
		w.Call(w.Dev, "POST", "/v2/sandbox/history?user_id="+v.user, body).Want(201)
		v.biomarker("heart_rate", "")
		v.biomarker(blush.BloodPressure, "")
		v.rest()
		return v
	}
	ago := func(days int) string { return time.Now().AddDate(0, 0, -days).UTC().Format(time.RFC3339) }

	v := someone()
	v.biomarker("heart_rate", "")
	v.biomarker(blush.BloodPressure, "")
	v.rest()
	// Every reason, given by the engine itself.
	for _, why := range sandbox.Reasons {
		length := `,"duration_s":30`
		if why == biomarker.TooShort {
			length = ""
		}
		id := scan(v, 201, fmt.Sprintf(`{"synthetic":{"seed":1,"reason":%q%s}}`, why, length))
		if b := v.biomarker("heart_rate", id); b.State != widget.Refused || b.Reason == nil || *b.Reason != string(why) {
			t.Errorf("ordered %s, got %s, %v", why, b.State, b.Reason)
		}
	}
	for _, quality := range blush.Qualities {
		var sc struct {
			Quality string `json:"quality_status"`
		}
		if w.Call(w.Dev, "POST", "/v2/facescans?user_id="+v.user, fmt.Sprintf(`{"synthetic":{"seed":1,"duration_s":30,"quality":%q}}`, quality)).Want(201).JSON(&sc); sc.Quality != quality {
			t.Errorf("ordered %s, got %s", quality, sc.Quality)
		}
	}
	v.rest()
	for _, bpm := range []int{70, 100, 112, 70, 70} {
		v.biomarker("heart_rate", scan(v, 201, fmt.Sprintf(`{"at_rest":true,"synthetic":{"seed":4,"duration_s":20,"heart_rate":%d}}`, bpm)))
	}
	// A video that cannot be decoded, and one that is not analysed yet.
	failed := scan(v, 202, `{"synthetic":{"failure":true}}`)
	var sc struct{ Status string }
	for sc.Status != "failed" {
		if w.Call(w.Dev, "GET", "/v2/facescans/"+failed+"?wait=60", nil).Want(200).JSON(&sc); sc.Status == "done" {
			t.Fatal("a video that cannot be decoded gave a result")
		}
	}
	v.biomarker("heart_rate", failed)
	v.biomarker("heart_rate", scan(v, 202, `{"synthetic":{"failure":true,"after_s":3600}}`))

	// Every persona, and histories that are old.
	for _, p := range sandbox.PersonaNames() {
		history(fmt.Sprintf(`{"persona":%q,"days":30,"seed":1}`, p))
	}
	history(`{"persona":"steady","days":2}`)
	history(`{"persona":"newcomer","days":1}`)
	history(`{"persona":"steady","days":20,"end":"` + ago(10) + `"}`)
	history(`{"persona":"steady","days":30,"end":"` + ago(45) + `"}`)
	history(`{"persona":"strained","days":60,"end":"` + ago(700) + `"}`)

	// Nobody under 18 has a score.
	minor := history(`{"persona":"steady","days":30}`)
	w.Call(w.Dev, "PATCH", "/v2/users?user_id="+minor.user, `{"birth_date":"`+time.Now().AddDate(-15, 0, 0).Format(time.DateOnly)+`","sex":"F"}`).Want(200)
	minor.rest()

	lock := someone()
	w.Call(w.Dev, "POST", "/v2/sandbox/locked?user_id="+lock.user, `{"locked":["heart_rate","blood_pressure"]}`).Want(204)
	for _, parameter := range []string{"heart_rate", blush.BloodPressure} {
		if b := lock.biomarker(parameter, ""); b.State != widget.Locked {
			t.Errorf("%s that the sandbox locked is %s", parameter, b.State)
		}
	}

	for _, s := range states() {
		if !seen[s] {
			t.Errorf("not reached: %s", s)
		}
	}
}

// The same request for the same user gives the same history. A second, different one is a conflict. A live key is refused, and each error names its field.
func TestHistory(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	path := "/v2/sandbox/history?external_user_id=" + url.QueryEscape(*u.ExternalUserID)
	body := `{"persona":"athlete","days":20,"seed":5,"timezone":"Pacific/Auckland","end":"2026-03-01T20:00:00Z"}`
	type made struct {
		UserID, Persona, Start, Stop string
		Scans, Answers, Readings     int
	}
	var one, two made
	w.Call(w.Dev, "POST", path, body).Want(201).JSON(&one)
	w.Call(w.Dev, "POST", path, body).Want(201).JSON(&two)
	if one != two || one.Start != "2026-02-11" || one.Stop != "2026-03-02" || one.Scans != 20 || one.Answers == 0 || one.Readings == 0 {
		t.Errorf("made %+v, then %+v", one, two)
	}
	var list struct {
		Data []struct {
			Source    string
			CreatedAt string `json:"created_at"`
		}
		HasMore bool `json:"has_more"`
	}
	if w.Call(w.Dev, "GET", "/v2/facescans?limit=100&user_id="+u.UserID, nil).Want(200).JSON(&list); len(list.Data) != 20 || list.Data[0].CreatedAt != "2026-03-02T08:40:00+13:00" {
		t.Errorf("scans %+v", list)
	}
	var user struct {
		BirthDate string `json:"birth_date"`
		Sex       string
	}
	if w.Call(w.Dev, "GET", "/v2/users?user_id="+u.UserID, nil).Want(200).JSON(&user); user.BirthDate != "1997-03-02" || user.Sex != "M" {
		t.Errorf("the user is %+v, not of the persona", user)
	}
	// A request that differs in anything is refused, and not mixed with the first one.
	for _, other := range []string{
		`{"seed":6,"end":"2026-03-01T20:00:00Z"}`,
		`{"persona":"strained","days":20,"seed":5,"timezone":"Pacific/Auckland","end":"2026-03-01T20:00:00Z"}`,
		`{"persona":"athlete","days":25,"seed":5,"timezone":"Pacific/Auckland","end":"2026-03-01T20:00:00Z"}`,
		`{"persona":"athlete","days":20,"seed":5,"timezone":"Pacific/Fiji","end":"2026-03-01T20:00:00Z"}`,
		`{"persona":"athlete","days":20,"seed":5,"timezone":"Pacific/Auckland","end":"2026-02-20T20:00:00Z"}`,
		`{"persona":"athlete","days":20,"seed":5,"timezone":"Pacific/Auckland","end":"2026-03-01T20:00:01Z"}`,
	} {
		w.Call(w.Dev, "POST", path, other).Want(409)
	}
	// A history that ends before the first scan of the other is added.
	w.Call(w.Dev, "POST", path, `{"persona":"athlete","days":20,"seed":5,"timezone":"Pacific/Auckland","end":"2025-03-01T20:00:00Z"}`).Want(201)
	if w.Call(w.Dev, "GET", "/v2/facescans?limit=100&user_id="+u.UserID, nil).Want(200).JSON(&list); len(list.Data) != 40 {
		t.Errorf("%d scans after a history of 20 days and an earlier one of 20", len(list.Data))
	}
	w.Call(w.Live, "POST", path, body).Want(403)

	for body, place := range map[string]string{
		`{"persona":"nobody"}`:           `["body","persona"]`,
		`{"days":367}`:                   `["body","days"]`,
		`{"timezone":"Mars"}`:            `["body","timezone"]`,
		`{"end":"2199-01-01T00:00:00Z"}`: `["body","end"]`,
		`{"end":"1999-01-01T00:00:00Z"}`: `["body","end"]`,
		`{"seed":-1}`:                    `["body","seed"]`,
		`{"day":3}`:                      `["body","day"]`,
	} {
		if got := w.Call(w.Dev, "POST", path, body).Places(); !slices.Equal(got, []string{place}) {
			t.Errorf("%s: %v", body, got)
		}
	}
	scans := "/v2/facescans?user_id=" + u.UserID
	for body, place := range map[string]string{
		`{"reason":"tired"}`:                        `["body","synthetic","reason"]`,
		`{"reason":"not_measured"}`:                 `["body","synthetic","reason"]`,
		`{"reason":"frozen","quality":"good"}`:      `["body","synthetic","quality"]`,
		`{"quality":"best"}`:                        `["body","synthetic","quality"]`,
		`{"persona":"nobody"}`:                      `["body","synthetic","persona"]`,
		`{"reason":"too_short","duration_s":20}`:    `["body","synthetic","duration_s"]`,
		`{"reason":"out_of_range","heart_rate":60}`: `["body","synthetic","heart_rate"]`,
		`{"failure":true,"heart_rate":60}`:          `["body","synthetic","failure"]`,
		`{"after_s":5}`:                             `["body","synthetic","after_s"]`,
		`{"failure":true,"after_s":-1}`:             `["body","synthetic","after_s"]`,
	} {
		if got := w.Call(w.Dev, "POST", scans, `{"synthetic":`+body+`}`).Places(); !slices.Equal(got, []string{place}) {
			t.Errorf("%s: %v", body, got)
		}
	}
	w.Call(w.Live, "POST", "/v2/facescans?user_id="+u.UserID, `{"synthetic":{"reason":"frozen"}}`).Want(403)
}

// What a DEV key locks is locked in metrics, profiles, journey and export, whatever the journey unlocked, until the list is replaced.
func TestLocked(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	user := "?user_id=" + u.UserID
	w.Call(w.Dev, "POST", "/v2/sandbox/history"+user, `{"days":9}`).Want(201)
	locked := func(path string) bool {
		t.Helper()
		var got struct{ Locked bool }
		w.Call(w.Dev, "GET", path, nil).Want(200).JSON(&got)
		return got.Locked
	}
	for _, want := range [][]string{{"mental_stress", "physical", "heart_rate"}, {"heart_rate"}, {}} {
		w.Call(w.Dev, "POST", "/v2/sandbox/locked"+user, map[string]any{"locked": want}).Want(204)
		var journey struct{ Locked []string }
		w.Call(w.Dev, "GET", "/v2/journey"+user, nil).Want(200).JSON(&journey)
		var export struct{ User struct{ Locked []string } }
		if w.Call(w.Dev, "GET", "/v2/users/export"+user, nil).Want(200).JSON(&export); !slices.Equal(export.User.Locked, want) {
			t.Errorf("the export says %v, locked is %v", export.User.Locked, want)
		}
		for name, path := range map[string]string{
			"mental_stress": "/v2/widgets/metric" + user + "&parameter=mental_stress", "physical": "/v2/userprofiles/physical" + user,
			"heart_rate": "/v2/widgets/graph" + user + "&parameter=heart_rate",
		} {
			if is := slices.Contains(want, name); locked(path) != is || slices.Contains(journey.Locked, name) != is {
				t.Errorf("with %v locked, %s is not as it says, or the journey says %v", want, name, journey.Locked)
			}
		}
	}
	w.Call(w.Live, "POST", "/v2/sandbox/locked"+user, `{"locked":[]}`).Want(403)
	for body, place := range map[string]string{
		`{"locked":["pulse"]}`: `["body","locked",0]`,
		`{"locked":null}`:      `["body","locked"]`,
		`{}`:                   `["body","locked"]`,
	} {
		if got := w.Call(w.Dev, "POST", "/v2/sandbox/locked"+user, body).Want(422).Places(); !slices.Equal(got, []string{place}) {
			t.Errorf("%s: %v", body, got)
		}
	}
}

// If several histories of one user are requested at once, one is made.
func TestHistoriesAtOnce(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	statuses := make(chan int, 4)
	for seed := range cap(statuses) {
		go func() {
			statuses <- w.Call(w.Dev, "POST", "/v2/sandbox/history?user_id="+u.UserID, fmt.Sprintf(`{"days":5,"seed":%d}`, seed+1)).Status
		}()
	}
	made := 0
	for range cap(statuses) {
		switch status := <-statuses; status {
		case 201:
			made++
		case 409:
		default:
			t.Errorf("status %d", status)
		}
	}
	var list struct{ Data []struct{} }
	if w.Call(w.Dev, "GET", "/v2/facescans?limit=100&user_id="+u.UserID, nil).Want(200).JSON(&list); made != 1 || len(list.Data) != 5 {
		t.Errorf("%d histories of 5 days were made, with %d scans", made, len(list.Data))
	}
}

// A request sent again with the same id or Idempotency-Key is one scan. Other content under the same key is refused.
func TestOrdersAreKeptOnce(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	path := "/v2/facescans?user_id=" + u.UserID
	for _, body := range []string{`{"synthetic":{"reason":"too_dark","duration_s":20}}`, `{"synthetic":{"failure":true}}`} {
		key := "key of " + body
		first := w.Call(w.Dev, "POST", path, body, "Idempotency-Key", key)
		again := w.Call(w.Dev, "POST", path, body, "Idempotency-Key", key)
		if first.Status > 202 || first.Header.Get("Location") != again.Header.Get("Location") {
			t.Errorf("%s: %d %s, then %d %s", body, first.Status, first.Header.Get("Location"), again.Status, again.Header.Get("Location"))
		}
	}
	const id = "0198c5a2-7b1e-7c3d-9e4f-0123456789ab"
	w.Call(w.Dev, "POST", path, `{"face_scan_id":"`+id+`","synthetic":{"persona":"athlete","duration_s":20}}`).Want(201)
	w.Call(w.Dev, "POST", path, `{"face_scan_id":"`+id+`","synthetic":{"persona":"athlete","duration_s":20}}`).Want(200)
	w.Call(w.Dev, "POST", path, `{"face_scan_id":"`+id+`","synthetic":{"persona":"strained","duration_s":20}}`).Want(422)

	// A history is made once, too: the answer to its key is the first one.
	made := w.User()
	path = "/v2/sandbox/history?user_id=" + made.UserID
	first := w.Call(w.Dev, "POST", path, `{"days":2}`, "Idempotency-Key", "history").Want(201)
	again := w.Call(w.Dev, "POST", path, `{"days":2}`, "Idempotency-Key", "history").Want(201)
	if string(first.Body) != string(again.Body) {
		t.Errorf("a history sent again is answered %s, first %s", again.Body, first.Body)
	}
	w.Call(w.Dev, "POST", path, `{"days":3}`, "Idempotency-Key", "history").Want(422)
	w.Call(w.Dev, "POST", path, `{"days":2,"seed":9}`, "Idempotency-Key", "another").Want(409)
	var list struct{ Data []struct{} }
	if w.Call(w.Dev, "GET", "/v2/facescans?user_id="+made.UserID, nil).Want(200).JSON(&list); len(list.Data) != 2 {
		t.Errorf("%d scans of a history of two days", len(list.Data))
	}
}
