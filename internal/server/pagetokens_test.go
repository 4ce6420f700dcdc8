package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/simulate"
)

// pageToken is the token in a page's address.
func pageToken(t *testing.T, w *blushtest.World, path string) string {
	t.Helper()
	var page struct{ URL string }
	w.Call(w.Dev, "GET", path, nil).Want(http.StatusOK).JSON(&page)
	return tokenIn(t, page.URL)
}

// The token of each page reads only what that page shows. For a user with much data, it
// reads no earlier scans, metrics, answers, cuff readings, other consents or personal fields.
func TestPagesReadWhatTheyShow(t *testing.T) {
	w := blushtest.Start(t)
	w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"ada@example.org","birth_date":"1980-02-03","sex":"F","language":"nl"}`).Want(201)
	const of = "?external_user_id=ada%40example.org"
	key := func(method, path string, body any) blushtest.Answer {
		return w.Call(w.Dev, method, path+of, body).Want(201)
	}
	earlier := key("POST", "/v2/facescans", `{"synthetic":{"duration_s":12}}`).Header.Get("Location")
	changeDatabase(t, w.DatabaseURL, "UPDATE scan SET created_at = created_at - 86400000")
	key("POST", "/v2/readings", `{"kind":"blood_pressure","systolic":151,"diastolic":92}`)
	key("POST", "/v2/questions/answer/many", `[{"lookup_key":"phq4_down","value":3},{"lookup_key":"phq4_interest","value":3},{"lookup_key":"weight","value":61},{"lookup_key":"average_sleep_hours","value":2}]`)
	for _, version := range []string{"1.0", "of-the-app"} {
		key("POST", "/v2/consents", `{"version":"`+version+`","text_hash":"`+strings.Repeat("0f", 32)+`","language":"nl"}`)
	}

	t.Run("scan", func(t *testing.T) {
		token := pageToken(t, w, "/v2/facescans/url"+of)
		call := func(method, path string, body any, header ...string) blushtest.Answer {
			return w.Call("", method, path, body, append(header, "Authorization", "Token "+token)...)
		}
		call("GET", "/v2/facescans", nil).Want(http.StatusForbidden)
		call("GET", earlier, nil).Want(http.StatusNotFound)
		call("GET", earlier+"/waveform", nil).Want(http.StatusNotFound)
		mine := call("POST", "/v2/facescans", goodTrace(t)).Want(http.StatusCreated)
		again := call("GET", mine.Header.Get("Location"), nil).Want(http.StatusOK)
		call("GET", mine.Header.Get("Location")+"/waveform", nil).Want(http.StatusOK)
		for _, a := range []blushtest.Answer{mine, again} {
			var shown object
			a.JSON(&shown)
			if shown["metrics"] != nil || shown["blood_pressure"] != nil || shown["metrics_last_update_at"] != nil || at(shown, "biomarkers", "systolic_blood_pressure") != nil {
				t.Errorf("a scan shows what is not of it: %s", a.Body)
			}
			if at(shown, "biomarkers", "heart_rate") == nil {
				t.Errorf("the scan shows no rate: %s", a.Body)
			}
		}

		var asked struct {
			Data []struct {
				Key    string `json:"lookup_key"`
				Answer any
				Stale  bool
			}
		}
		call("GET", "/v2/questions", nil).Want(http.StatusOK).JSON(&asked)
		var keys []string
		for _, q := range asked.Data {
			keys = append(keys, q.Key)
			if q.Answer != nil {
				t.Errorf("%s comes with its answer %v", q.Key, q.Answer)
			}
		}
		if want := []string{"feeling_stressed_last_month", "daily_activities", "nightly_wake_ups", "hours_sport_week"}; !slices.Equal(keys, want) {
			t.Errorf("asked are %v, want %v", keys, want)
		}
		// The response to a screening answer could have a notice, which would reveal the other answers.
		call("POST", "/v2/questions/answer", `{"lookup_key":"phq4_worry","value":0}`).Want(http.StatusForbidden)
		call("POST", "/v2/questions/answer/many", `[{"lookup_key":"daily_activities","value":3},{"lookup_key":"weight","value":70}]`).Want(http.StatusForbidden)
		call("POST", "/v2/questions/answer", `{"lookup_key":"daily_activities","value":3}`).Want(http.StatusCreated)
		// A question with an answer is not asked again: not with this token, not with another, and not twice in one call.
		call("POST", "/v2/questions/answer", `{"lookup_key":"daily_activities","value":3}`).Want(http.StatusCreated) // the same call, sent again
		other := "Token " + pageToken(t, w, "/v2/facescans/url"+of)
		for _, again := range []blushtest.Answer{
			call("POST", "/v2/questions/answer", `{"lookup_key":"daily_activities","value":1}`),
			call("POST", "/v2/questions/answer", `{"lookup_key":"average_sleep_hours","value":5}`), // answered elsewhere
			call("POST", "/v2/questions/answer/many", `[{"lookup_key":"hours_sport_week","value":2},{"lookup_key":"hours_sport_week","value":3}]`),
			call("POST", "/v2/questions/answer/many", `[{"lookup_key":"hours_sport_week","value":2},{"lookup_key":"daily_activities","value":1}]`),
			w.Call("", "POST", "/v2/questions/answer", `{"lookup_key":"daily_activities","value":1}`, "Authorization", other),
		} {
			if again.Want(http.StatusForbidden); !strings.Contains(string(again.Body), "already been answered") {
				t.Errorf("%s", again.Body)
			}
		}
		call("POST", "/v2/questions/answer/many", `[{"lookup_key":"hours_sport_week","value":2},{"lookup_key":"nightly_wake_ups","value":2}]`).Want(http.StatusCreated)

		if places := call("GET", "/v2/consents", nil).Places(); !slices.Equal(places, []string{`["query","version"]`}) {
			t.Errorf("consents of every version: fault at %v", places)
		}
		consent := `{"version":"1.0","text_hash":"` + strings.Repeat("0a", 32) + `","language":"nl"}`
		for _, a := range []blushtest.Answer{call("GET", "/v2/consents?version=1.0", nil).Want(200), call("POST", "/v2/consents", consent).Want(201)} {
			if strings.Contains(string(a.Body), "of-the-app") || !strings.Contains(string(a.Body), "1.0") {
				t.Errorf("consents: %s", a.Body)
			}
		}

		// Of the user it reads only whether they are an adult, and the language.
		for _, a := range []blushtest.Answer{call("GET", "/v2/users", nil).Want(200), call("PATCH", "/v2/users", `{}`).Want(200)} {
			var me object
			a.JSON(&me)
			if me["adult"] != true || me["language"] != "nl" || me["birth_date"] != nil || me["sex"] != nil || me["external_user_id"] != nil {
				t.Errorf("the user: %s", a.Body)
			}
		}

		// Nor does it get the response that an app got to the same request under the same key.
		app := tokenFor(t, w, at(userOf(w, of), "user_id").(string))
		trace, err := json.Marshal(goodTraceOf(t, 7))
		must(t, err)
		first := w.Call("", "POST", "/v2/facescans", trace, "Authorization", "Token "+app, "Idempotency-Key", "k").Want(http.StatusCreated)
		replayed := call("POST", "/v2/facescans", trace, "Idempotency-Key", "k")
		if !strings.Contains(string(first.Body), `"metrics":{`) || strings.Contains(string(replayed.Body), `"metrics":{`) {
			t.Errorf("%d %s", replayed.Status, replayed.Body)
		}
	})

	t.Run("dashboard", func(t *testing.T) {
		token := "Token " + pageToken(t, w, "/v2/dashboard/url"+of)
		var me object
		w.Call("", "GET", "/v2/users", nil, "Authorization", token).Want(200).JSON(&me)
		if me["language"] != "nl" || me["birth_date"] != nil || me["sex"] != nil || me["external_user_id"] != nil {
			t.Errorf("the user: %v", me)
		}
		w.Call("", "GET", earlier, nil, "Authorization", token).Want(http.StatusOK)
		for _, path := range []string{earlier + "/waveform", "/v2/consents", "/v2/users/export"} {
			w.Call("", "GET", path, nil, "Authorization", token).Want(http.StatusForbidden)
		}
	})
}

// A scan page may set an unknown birth date, and cannot read it.
func TestScanPageAsksForTheAge(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User().UserID
	token := "Token " + pageToken(t, w, "/v2/facescans/url?user_id="+u)
	var me object
	if w.Call("", "GET", "/v2/users", nil, "Authorization", token).Want(200).JSON(&me); me["adult"] != nil {
		t.Errorf("of age: %v", me["adult"])
	}
	if w.Call("", "PATCH", "/v2/users", `{"birth_date":"1990-01-01"}`, "Authorization", token).Want(200).JSON(&me); me["adult"] != true {
		t.Errorf("of age: %v", me["adult"])
	}
}

func userOf(w *blushtest.World, of string) object {
	var u object
	w.Call(w.Dev, "GET", "/v2/users"+of, nil).Want(http.StatusOK).JSON(&u)
	return u
}

// goodTraceOf is like goodTrace, of another person.
func goodTraceOf(t *testing.T, seed uint64) any {
	t.Helper()
	tr, _ := simulate.Scenario("typical", false, seed, 10).Trace()
	return tr
}
