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

// An error about a query names exactly the parameter that was sent wrong, on every GET route of the document, whatever is sent.
func TestErrorsNameTheirParameter(t *testing.T) {
	w := blushtest.Start(t)
	user := w.User().UserID
	none := "01900000-0000-7000-8000-000000000000"
	inPath := strings.NewReplacer("{face_scan_id}", aScan(w, user), "{patient_id}", user, "{observation_id}", none+".heart-rate", "{device_id}", "x",
		"{reading_id}", none, "{webhook_id}", none, "{profile}", "physical", "{name}", "biomarker")
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name, In string
				Required bool
			}
		}
	}
	w.Call("", "GET", "/openapi.json", nil).Want(http.StatusOK).JSON(&document)
	bad := []string{"", "\x00", "a\x00b", "\x7f", "\xff", "\xed\xa0\x80", "http://else|1", "urn:ietf:rfc:3986|urn:uuid:1", strings.Repeat("x", 5000), "-1", "99999999999999999999"}
	asked := 0
	for path, operations := range document.Paths {
		query := map[string]bool{}
		for _, p := range operations["get"].Parameters {
			query[p.Name] = p.In == "query"
		}
		for _, p := range operations["get"].Parameters {
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
			}
			if query["parameter"] && p.Name != "parameter" {
				others.Set("parameter", map[bool]string{true: "mental_stress", false: "heart_rate"}[strings.HasSuffix(path, "/metric")])
			}
			for _, value := range bad {
				sent := url.Values{p.Name: {value}}
				for k, v := range others {
					sent[k] = v
				}
				a := w.Call(w.Dev, "GET", inPath.Replace(path)+"?"+sent.Encode(), nil)
				asked++
				if a.Status >= http.StatusInternalServerError {
					t.Errorf("%s, %s=%.20q: %d %s", path, p.Name, value, a.Status, a.Body)
				}
				if a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest {
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
