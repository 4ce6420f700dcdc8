package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/account"
)

// A user can be sent back as the API returned it. The routes that the vendor's clients call ignore unknown fields; our own
// refuse them.
func TestUnknownFields(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	of := "?user_id=" + u.UserID
	got := w.Call(w.Dev, "GET", "/v2/users"+of, nil).Want(http.StatusOK).Body
	var whole map[string]any
	if err := json.Unmarshal(got, &whole); err != nil {
		t.Fatal(err)
	}
	whole["max_measurement_count"], whole["group"] = 3, nil
	same := w.Call(w.Dev, "PATCH", "/v2/users"+of, whole).Want(http.StatusOK).Body
	if string(same) != string(got) {
		t.Errorf("sent back it is %s, was %s", same, got)
	}
	// The read-only fields have no effect.
	whole["user_id"], whole["customer"], whole["external_user_id"] = "00000000-0000-4000-8000-000000000000", "Somebody else", "another"
	var other struct {
		UserID   string `json:"user_id"`
		Customer string
	}
	w.Call(w.Dev, "POST", "/v2/users", whole).Want(http.StatusCreated).JSON(&other)
	if other.UserID == whole["user_id"] || other.UserID == u.UserID || other.Customer != "Acme" {
		t.Errorf("a user sent as a new one became %+v", other)
	}
	w.Call(w.Dev, "POST", "/v2/users/authenticate", map[string]any{"user_id": u.UserID, "email": nil, "expires_in": 60}).Want(http.StatusOK)
	answer := map[string]any{"lookup_key": "average_sleep_hours", "value": 3, "timezone": "UTC", "source": "app"}
	w.Call(w.Dev, "POST", "/v2/questions/answer"+of, answer).Want(http.StatusCreated)
	w.Call(w.Dev, "POST", "/v2/questions/answer/many"+of, []any{answer}).Want(http.StatusCreated)

	for path, body := range map[string]string{
		"/v2/users/revoke":         `{"user_id":"` + u.UserID + `","email":null}`,
		"/v2/consents" + of:        `{"version":"1","text_hash":"` + strings.Repeat("0", 64) + `","language":"en","email":null}`,
		"/v2/readings" + of:        `{"kind":"blood_pressure","systolic":120,"diastolic":80,"email":null}`,
		"/v2/facescans" + of:       `{"synthetic":{"duration_s":10},"email":null}`,
		"/v2/facescans" + of + "&": `{"synthetic":{"duration_s":10,"email":null}}`,
	} {
		if a := w.Call(w.Dev, "POST", path, body); a.Status != http.StatusUnprocessableEntity || !strings.Contains(string(a.Body), "email") {
			t.Errorf("%s with an unknown field: %d %s", path, a.Status, a.Body)
		}
	}
}

// If a request has a key and a token, only the token counts. An invalid token is refused even with a valid key.
func TestTokenBesideAKey(t *testing.T) {
	w := blushtest.Start(t)
	mine, other := w.User(), w.User()
	token := "Token " + tokenFor(t, w, mine.UserID)
	var got struct {
		UserID string `json:"user_id"`
	}
	w.Call(w.Dev, "GET", "/v2/users", nil, "Authorization", token).Want(http.StatusOK).JSON(&got)
	if got.UserID != mine.UserID {
		t.Errorf("with both: %+v, want the token's user", got)
	}
	w.Call("nonsense", "GET", "/v2/users", nil, "Authorization", token).Want(http.StatusOK)
	w.Call(w.Live, "GET", "/v2/users", nil, "Authorization", token).Want(http.StatusOK)
	w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"x"}`, "Authorization", token).Want(http.StatusForbidden)
	if a := w.Call(w.Dev, "GET", "/v2/users?user_id="+other.UserID, nil, "Authorization", token); a.Status < 400 {
		t.Errorf("the token's request reads another user: %s", a.Body)
	}
	for _, bad := range []string{"Token x.y.z", "Token ", "Token undefined", "Basic YTpi"} {
		w.Call(w.Dev, "GET", "/v2/users", nil, "Authorization", bad).Want(http.StatusUnauthorized)
	}
}

// Of a locale, the language counts. If it is not supported, the user's, the customer's or English is used, in this order.
func TestLocales(t *testing.T) {
	w := blushtest.Start(t)
	customer := func(language string) {
		t.Helper()
		if _, err := w.Server.Accounts.UpdateCustomer(t.Context(), w.Customer.Name, account.CustomerChange{Language: &language}); err != nil {
			t.Fatal(err)
		}
	}
	user := func(language any) string {
		t.Helper()
		var u struct {
			UserID   string `json:"user_id"`
			Language *string
		}
		w.Call(w.Dev, "POST", "/v2/users", map[string]any{"language": language}).Want(http.StatusCreated).JSON(&u)
		return u.UserID
	}
	french, foreign := user("fr-BE"), user("zz-BR")
	for _, c := range []struct{ user, customer, asked, want string }{
		{french, "", "en-GB", "en"}, {french, "", "EN_us", "en"}, {french, "", "zz", "fr"}, {french, "sv", "zz-BR", "fr"}, {french, "", "", "fr"},
		{foreign, "", "zz", "en"}, {foreign, "", "", "en"}, {foreign, "sv-SE", "zz", "sv"}, {foreign, "sv", "", "sv"}, {foreign, "sv", "de-CH-1996", "de"},
		{foreign, "", "est", "en"}, {foreign, "", "filipino", "en"},
	} {
		customer(c.customer)
		of := "user_id=" + c.user + "&language=" + url.QueryEscape(c.asked)
		for _, path := range []string{"/v2/metrics", "/v2/journey", "/v2/questions", "/v2/userprofiles/mental", "/v2/widgets/main", "/v2/widgets/todos", "/v2/widgets/graph?parameter=heart_rate", "/v2/widgets/biomarker?parameter=heart_rate"} {
			var got struct{ Language string }
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			w.Call(w.Dev, "GET", path+sep+of, nil).Want(http.StatusOK).JSON(&got)
			if got.Language != c.want {
				t.Errorf("%s asked for %q of a customer of %q: %s, want %s", path, c.asked, c.customer, got.Language, c.want)
			}
		}
		html := w.Call(w.Dev, "POST", "/v2/widgets/main?user_id="+c.user, map[string]any{"appearance": map[string]any{"language": c.asked}}).Want(http.StatusOK)
		if !strings.Contains(string(html.Body), `lang="`+c.want+`"`) {
			t.Errorf("the widget asked for in %q is not in %s", c.asked, c.want)
		}
		w.Call(w.Dev, "GET", "/v2/facescans/url?"+of, nil).Want(http.StatusOK)
		w.Call(w.Dev, "POST", "/v2/readings?"+of, `{"kind":"blood_pressure","systolic":120,"diastolic":80}`).Want(http.StatusCreated)
	}
	// The text of a consent may be in any language; its region is not stored.
	for sent, want := range map[string]string{"en-GB": "en", "NL_be": "nl", "pt-BR": "pt", "sv": "sv"} {
		var got struct{ Data []struct{ Language string } }
		w.Call(w.Dev, "POST", "/v2/consents?user_id="+french, map[string]any{"version": "1", "text_hash": strings.Repeat("0", 64), "language": sent}).Want(http.StatusCreated).JSON(&got)
		if got.Data[0].Language != want {
			t.Errorf("a consent in %s is stored as one in %s", sent, got.Data[0].Language)
		}
	}
	// A change to an unsupported language has no effect; null clears the language.
	for _, c := range []struct{ sent, want string }{{`"zz"`, `"fr"`}, {`"nl-BE"`, `"nl"`}, {`null`, `null`}} {
		var got struct{ Language json.RawMessage }
		w.Call(w.Dev, "PATCH", "/v2/users?user_id="+french, `{"language":`+c.sent+`}`).Want(http.StatusOK).JSON(&got)
		if string(got.Language) != c.want {
			t.Errorf("changed to %s it is %s, want %s", c.sent, got.Language, c.want)
		}
	}
	// Text that is not a locale is a 422.
	for _, bad := range []string{"1", "en GB", "<b>", "e", strings.Repeat("a", 99)} {
		if got := w.Call(w.Dev, "GET", "/v2/metrics?user_id="+french+"&language="+url.QueryEscape(bad), nil).Places(); len(got) != 1 || got[0] != `["query","language"]` {
			t.Errorf("%q: fault at %v", bad, got)
		}
		if got := w.Call(w.Dev, "POST", "/v2/consents?user_id="+french, map[string]any{"version": "1", "text_hash": strings.Repeat("0", 64), "language": bad}).Places(); len(got) != 1 || got[0] != `["body","language"]` {
			t.Errorf("a consent's %q: fault at %v", bad, got)
		}
		if got := w.Call(w.Dev, "PATCH", "/v2/users?user_id="+french, map[string]any{"language": bad}).Places(); len(got) != 1 || got[0] != `["body","language"]` {
			t.Errorf("a user's %q: fault at %v", bad, got)
		}
	}
}

// A time that cannot be read says how to write one, wherever it is sent.
func TestTimes(t *testing.T) {
	w := blushtest.Start(t)
	of := "?user_id=" + w.User().UserID
	for _, a := range []blushtest.Answer{
		w.Call(w.Dev, "GET", "/v2/facescans/export?from=2026-01-31", nil),
		w.Call(w.Dev, "GET", "/v2/audit?to=yesterday", nil),
		w.Call(w.Dev, "POST", "/v2/readings"+of, `{"kind":"blood_pressure","systolic":120,"diastolic":80,"measured_at":"2026-01-31"}`),
	} {
		if a.Status != http.StatusUnprocessableEntity || !strings.Contains(string(a.Body), "e.g. 2026-01-31T08:00:00Z") || !strings.Contains(string(a.Body), "date_parsing") {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	w.Call(w.Dev, "GET", "/v2/audit?from=2026-10-01T00:00:00+02:00&to=2026-10-02T00:00:00.5%2B02:00", nil).Want(http.StatusOK) // a bare + is a space
	for what, a := range map[string]blushtest.Answer{
		"yyyy-MM-dd":                         w.Call(w.Dev, "PATCH", "/v2/users"+of, `{"birth_date":"1990-02-30"}`),
		"from 1900 to 2200":                  w.Call(w.Dev, "GET", "/v2/users/report"+of+"&stop=9999-12-31", nil),
		"the number 1e400 is out of range\"": w.Call(w.Dev, "POST", "/v2/facescans"+of, `{"synthetic":{"heart_rate":1e400}}`),
	} {
		if a.Status != http.StatusUnprocessableEntity || !strings.Contains(string(a.Body), what) {
			t.Errorf("want %q: %d %s", what, a.Status, a.Body)
		}
	}
}

// A path with a slash at its end is the same path, for every method and for repeated requests.
func TestSlashAtTheEnd(t *testing.T) {
	w := blushtest.Start(t)
	key := []string{"Idempotency-Key", "once"}
	first := w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"ada"}`, key...).Want(http.StatusCreated)
	again := w.Call(w.Dev, "POST", "/v2/users/", `{"external_user_id":"ada"}`, key...).Want(http.StatusCreated)
	if string(first.Body) != string(again.Body) || again.Header.Get("Idempotent-Replayed") == "" {
		t.Errorf("sent again with a slash: %s", again.Body)
	}
	w.Call(w.Dev, "GET", "/v2/users/?external_user_id=ada", nil).Want(http.StatusOK)
	w.Call(w.Dev, "PATCH", "/v2/users//?external_user_id=ada", `{"sex":"F"}`).Want(http.StatusOK)
	token := tokenFor(t, w, w.User().UserID)
	w.Call("", "POST", "/v2/widgets/main/?version=2", `{}`, "Authorization", "Token "+token).Want(http.StatusOK)
	w.Call("", "POST", "/v2/widgets/main/", `{`, "Authorization", "Token "+token).Want(http.StatusUnprocessableEntity)
	for _, page := range []string{"/", "/scan/", "/dashboard/", "/docs/instructions-for-use/", "/docs/gallery/", "/docs/api/", "/healthz/", "/openapi.json/"} {
		w.Call("", "GET", page, nil).Want(http.StatusOK)
	}
	w.Call(w.Dev, "GET", "/v2/nothing/", nil).Want(http.StatusNotFound)
}

// A page's script can read the 404 of a wrong path: the preflight and the response allow any origin.
func TestWrongPathsAcrossOrigins(t *testing.T) {
	w := blushtest.Start(t)
	for _, path := range []string{"/v2/widgets/no-such", "/v2/v2/users", "/v2", "/v1/users", "/api/v2/widgets/main", "/widgets/main", "/v3/widgets/main", "/scan", "/"} {
		pre := w.Call("", http.MethodOptions, path, nil, "Origin", "https://app.example.com", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type")
		if pre.Status > 299 || pre.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(strings.ToLower(pre.Header.Get("Access-Control-Allow-Headers")), "authorization") {
			t.Errorf("preflight of %s: %d %v", path, pre.Status, pre.Header)
		}
		a := w.Call("", http.MethodPost, path, `{}`, "Origin", "https://app.example.com", "Authorization", "Token x")
		if a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed || a.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", path, a.Status, a.Header)
		}
	}
	// A method that no route has, and a header of FHIR, pass too.
	for method, header := range map[string]string{http.MethodPut: "content-type", http.MethodGet: "authorization,prefer"} {
		pre := w.Call("", http.MethodOptions, "/v2/fhir/Observation", nil, "Origin", "https://app.example.com", "Access-Control-Request-Method", method, "Access-Control-Request-Headers", header)
		if pre.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("preflight of %s with %s: %d %v", method, header, pre.Status, pre.Header)
		}
	}
	// The scripts of other origins cannot read pages.
	if a := w.Call("", http.MethodGet, "/scan?action_token=x", nil, "Origin", "https://app.example.com"); a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("the scan page may be read by %s", a.Header.Get("Access-Control-Allow-Origin"))
	}
}

// An address of the vendor's form opens the scan page.
func TestTokenAtTheRoot(t *testing.T) {
	w := blushtest.Start(t)
	home, scan := w.Call("", "GET", "/", nil).Want(http.StatusOK).Body, w.Call("", "GET", "/scan", nil).Want(http.StatusOK).Body
	for path, want := range map[string][]byte{"/?action_token=a.b.c&patient=ada": scan, "/?patient=ada": home, "/?action_token=": home} {
		a := w.Call("", "GET", path, nil).Want(http.StatusOK)
		if string(a.Body) != string(want) {
			t.Errorf("%s opens another page", path)
		}
		if framed := !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'"); framed != (string(want) == string(scan)) {
			t.Errorf("%s: %s", path, a.Header.Get("Content-Security-Policy"))
		}
	}
}
