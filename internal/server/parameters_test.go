package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"blush.example/blush/blushtest"
)

// On every GET route of the document, an error about a query names the parameter that is wrong, whatever is sent.
func TestErrorsNameTheirParameter(t *testing.T) {
	w := blushtest.Start(t)
	ada := newSubject(w)
	ada.webhook = aWebhook(w)
	user := ada.user
	bad := []string{"", "\x00", "a\x00b", "\x7f", "\xff", "\xed\xa0\x80", "http://else|1", "urn:ietf:rfc:3986|urn:uuid:1", strings.Repeat("x", 5000), "-1", "99999999999999999999"}
	asked := 0
	for _, o := range operations(t, w) {
		if o.method != http.MethodGet {
			continue
		}
		path := ada.path(o)
		query := map[string]bool{}
		for _, p := range o.Parameters {
			query[p.Name] = p.In == "query"
		}
		for _, p := range o.Parameters {
			if p.In != "query" {
				continue
			}
			others := url.Values{}
			switch {
			case p.Name == "user_id" || p.Name == "external_user_id" || strings.HasPrefix(p.Name, "patient") || p.Name == "subject":
			case query["user_id"]:
				others.Set("user_id", user)
			case query["patient"]:
				others.Set("patient", user)
			case query["_id"] && p.Name != "_id" && p.Name != "identifier":
				others.Set("_id", user)
			}
			if query["parameter"] && p.Name != "parameter" {
				others.Set("parameter", map[bool]string{true: "mental_stress", false: "heart_rate"}[strings.HasSuffix(path, "/metric")])
			}
			for _, value := range bad {
				sent := url.Values{p.Name: {value}}
				for k, v := range others {
					sent[k] = v
				}
				a := w.Call(w.Dev, "GET", path+"?"+sent.Encode(), nil)
				asked++
				if a.Status >= http.StatusInternalServerError {
					t.Errorf("%s, %s=%.20q: %d %s", path, p.Name, value, a.Status, a.Body)
				}
				if a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest && a.Status != http.StatusNotAcceptable {
					continue
				}
				var places []string
				want := fmt.Sprintf("[%q,%q]", "query", p.Name)
				var outcome struct {
					Issue []struct {
						Location []string
						Details  struct{ Text string }
					}
				}
				if strings.HasPrefix(path, "/v2/fhir") {
					want = "http." + p.Name
					if err := json.Unmarshal(a.Body, &outcome); err != nil {
						t.Fatal(err)
					}
					for _, i := range outcome.Issue {
						places = append(places, i.Location...)
						if strings.Contains(i.Details.Text, "user_id") {
							t.Errorf("%s, %s=%.20q: %s", path, p.Name, value, a.Body)
						}
					}
				} else {
					places = a.Places()
				}
				if len(places) != 1 || places[0] != want {
					t.Errorf("%s, %s=%.20q: %s", path, p.Name, value, a.Body)
				}
			}
		}
	}
	if asked < 500 {
		t.Errorf("only %d requests", asked)
	}
}

// A parameter for one value that is given twice is refused.
func TestRepeatedParameters(t *testing.T) {
	w := blushtest.Start(t)
	user := "user_id=" + w.User().UserID
	for path, name := range map[string]string{
		"/v2/facescans?limit=1&limit=2&" + user: "limit", "/v2/users?" + user + "&" + user: "user_id", "/v2/facescans/export?format=csv&format=ndjson&" + user: "format",
		"/v2/audit?from=2026-01-01T00:00:00Z&from=2020-01-01T00:00:00Z": "from", "/v2/widgets/graph?parameter=heart_rate&parameter=heart_rate&" + user: "parameter",
	} {
		if got := w.Call(w.Dev, "GET", path, nil).Places(); len(got) != 1 || got[0] != fmt.Sprintf("[%q,%q]", "query", name) {
			t.Errorf("%s: %v", path, got)
		}
	}
	patient := strings.Replace(user, "user_id", "patient", 1)
	if a := w.Call(w.Dev, "GET", "/v2/fhir/Observation?_count=1&_count=2&"+patient, nil).Want(http.StatusBadRequest); !strings.Contains(string(a.Body), `"http._count"`) {
		t.Errorf("%s", a.Body)
	}
	w.Call(w.Dev, "GET", "/v2/fhir/Observation?date=ge2020&date=le2030&"+patient, nil).Want(http.StatusOK)
}

// A name that appears twice in a body is refused with its place: readers of JSON take different values.
func TestRepeatedNames(t *testing.T) {
	w := blushtest.Start(t)
	user := "?user_id=" + w.User().UserID
	for _, c := range [][3]string{
		{"/v2/readings" + user, `{"kind":"blood_pressure","systolic":120,"diastolic":80,"systolic":90}`, `["body","systolic"]`},
		{"/v2/users", `{"external_user_id":"ada","external_user_id":"bob"}`, `["body","external_user_id"]`},
		{"/v2/questions/answer/many" + user, `[{"lookup_key":"weight","value":70,"value":90}]`, `["body",0,"value"]`},
		{"/v2/facescans" + user, `{"synthetic":{"seed":1,"seed":2}}`, `["body","synthetic","seed"]`},
	} {
		if got := w.Call(w.Dev, "POST", c[0], c[1]).Places(); len(got) != 1 || got[0] != c[2] {
			t.Errorf("%s %s: %v", c[0], c[1], got)
		}
	}
	if a := w.Call(w.Dev, "GET", "/v2/readings"+user, nil).Want(http.StatusOK); !strings.Contains(string(a.Body), `"data":[]`) {
		t.Errorf("%s", a.Body)
	}
}
