package server_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/server"
)

// operation is a route as the OpenAPI document describes it.
type operation struct {
	method, path string
	ID           string                `json:"operationId"`
	Security     []map[string][]string `json:"security"`
	Audit        []string              `json:"x-audit-actions"`
	Parameters   []struct{ Name, In string }
	Example      struct {
		Path string
		Body json.RawMessage
	} `json:"x-example"`
}

// scopes lists the action tokens that may use the route.
func (o operation) scopes() []string {
	var out []string
	for _, alternative := range o.Security {
		out = append(out, alternative["actionToken"]...)
	}
	return out
}

// needs is the scope that a key must have for the route.
func (o operation) needs() blush.KeyScope { return blush.KeyScope(o.Security[0]["apiKey"][0]) }

// html says whether the route answers with a widget's HTML, where a 403 is a 401.
func (o operation) html() bool { return strings.HasPrefix(o.ID, "render-") }

func operations(t *testing.T, w *blushtest.World) []operation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]operation
	}
	w.Call("", "GET", "/openapi.json", nil).Want(http.StatusOK).JSON(&doc)
	var out []operation
	for path, methods := range doc.Paths {
		for method, o := range methods {
			o.method, o.path = strings.ToUpper(method), path
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
	if len(out) < 30 {
		t.Fatalf("%d routes in the document", len(out))
	}
	return out
}

// subject is a person with a scan and a cuff reading.
type subject struct{ user, scan, reading, webhook string }

func newSubject(w *blushtest.World) subject {
	s := subject{user: w.User().UserID}
	s.scan = aScan(w, s.user)
	var reading struct {
		ID string `json:"reading_id"`
	}
	w.Call(w.Dev, "POST", "/v2/readings?user_id="+s.user, `{"kind":"blood_pressure","systolic":121,"diastolic":82}`).Want(http.StatusCreated).JSON(&reading)
	s.reading = reading.ID
	return s
}

func aWebhook(w *blushtest.World) string {
	var hook struct {
		ID string `json:"webhook_id"`
	}
	w.Call(w.Dev, "POST", "/v2/webhooks", `{"url":"https://hook.invalid","events":["user.erased"]}`).Want(http.StatusCreated).JSON(&hook)
	return hook.ID
}

func aScan(w *blushtest.World, user string) string {
	a := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+user, `{"synthetic":{"duration_s":10}}`).Want(http.StatusCreated)
	return strings.TrimPrefix(a.Header.Get("Location"), "/v2/facescans/")
}

// tokens has a token of the subject for each scope.
func (s subject) tokens(t *testing.T, w *blushtest.World) map[string]string {
	t.Helper()
	out := map[string]string{"api": tokenFor(t, w, s.user)}
	for scope, path := range map[string]string{"scan": "/v2/facescans/url?user_id=" + s.user, "dashboard": "/v2/dashboard/url?user_id=" + s.user,
		"results": "/v2/facescans/" + s.scan + "/results-url"} {
		var page struct{ URL string }
		w.Call(w.Dev, "GET", path, nil).Want(http.StatusOK).JSON(&page)
		out[scope] = tokenIn(t, page.URL)
	}
	return out
}

// about puts a subject into an example of the document (docs/examples_test.go).
func (s subject) about(example string) string {
	return strings.NewReplacer("5a3c7f0e-1b2d-4c59-9f0a-2d6b8e1c7a01", s.scan, "5a3c7f0e-1b2d-4c59-9f0a-2d6b8e1c7a02", s.reading,
		"5a3c7f0e-1b2d-4c59-9f0a-2d6b8e1c7a03", s.webhook, "5a3c7f0e-1b2d-4c59-9f0a-2d6b8e1c7a04", s.user,
		`"external_user_id": "anna"`, `"user_id":"`+s.user+`"`, `"latest"`, `"`+s.scan+`"`).Replace(example)
}

// path is the path of a route, without a query, about a subject.
func (s subject) path(o operation) string {
	path, _, _ := strings.Cut(s.about(o.Example.Path), "?")
	return path
}

// request is the example of a route, about a subject.
func (s subject) request(o operation, trace any) (path string, body any) {
	path, sent, _ := strings.Cut(s.about(o.Example.Path), "?")
	query, _ := url.ParseQuery(sent)
	for _, name := range []string{"external_user_id", "patient.identifier", "identifier"} {
		query.Del(name) // the subject has another name
	}
	for _, p := range o.Parameters {
		switch {
		case p.In != "query":
		case p.Name == "user_id", p.Name == "_id" && o.ID == "search-patients":
			query.Set(p.Name, s.user)
		case p.Name == "patient":
			query.Set(p.Name, "Patient/"+s.user)
		case p.Name == "face_scan_id":
			query.Set(p.Name, s.scan)
		case p.Name == "version":
			query.Set(p.Name, "1")
		}
	}
	switch o.ID { // the example is for a key, or for a new user
	case "submit-face-scan":
		body = trace
	case "update-user":
		body = `{}`
	case "make-history":
		body = `{"days":2,"end":"2026-01-31T08:00:00Z"}`
	default:
		if len(o.Example.Body) > 0 {
			body = s.about(string(o.Example.Body))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, body
}

// is says whether a text contains something about the subject.
func (s subject) is(text string) bool {
	return strings.Contains(text, s.user) || strings.Contains(text, s.scan) || strings.Contains(text, s.reading) || strings.Contains(text, s.webhook)
}

// Every route of the OpenAPI document is called with every wrong and every right credential.
// A wrong one gets a refusal that reveals nothing, and leaves an entry about the refusal. A
// right one leaves the entries that the route declares. A new route is tested automatically.
func TestEveryRouteRejectsWrongCredentials(t *testing.T) {
	w := blushtest.Start(t, func(c *server.Config) { c.Limits = &httpapi.Limits{} })
	db, err := sql.Open("sqlite", "file:"+w.DatabaseURL+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	trail := func(a blushtest.Answer) []string {
		return rows(t, db, "SELECT action, user_id FROM audit WHERE outcome = '' AND request_id = '"+a.Header.Get("Request-Id")+"'")
	}
	refusals := func(a blushtest.Answer) []string {
		return rows(t, db, "SELECT action, outcome, network FROM audit WHERE outcome <> '' AND request_id = '"+a.Header.Get("Request-Id")+"'")
	}
	ada, bob := newSubject(w), newSubject(w)
	w.Call(w.Dev, "POST", "/v2/questions/answer?user_id="+ada.user, `{"lookup_key":"average_sleep_hours","value":2}`).Want(http.StatusCreated)
	others := map[string][]string{"token of a live user": {"Authorization", "Token " + liveToken(t, w)}}
	bobs := bob.tokens(t, w)
	for scope, token := range bobs {
		others["other user's token of "+scope] = []string{"Authorization", "Token " + token}
	}
	ada.webhook = aWebhook(w)
	own := ada.tokens(t, w)
	strangers := notEvenKnown(t, w, db, ada)
	_, otherKey, _ := w.NewCustomer("Other")
	trace := goodTrace(t)
	others["other customer"], others["live"] = []string{"x-api-key", otherKey}, []string{"x-api-key", w.Live}
	with, without := scopedKeys(t, w)
	var unaudited []string
	others["other scan's results"] = []string{"Authorization", "Token " + subject{user: ada.user, scan: aScan(w, ada.user)}.tokens(t, w)["results"]}

	for _, o := range operations(t, w) {
		if len(o.Audit) == 0 {
			unaudited = append(unaudited, o.ID)
		}
		t.Run(o.ID, func(t *testing.T) {
			path, body := ada.request(o, trace)
			names := ada.is(fmt.Sprint(path, body))
			refused := func(who string, a blushtest.Answer, statuses ...int) {
				t.Helper()
				if !slices.Contains(statuses, a.Status) || ada.is(string(a.Body)) {
					t.Errorf("%s: %d, want one of %v: %s", who, a.Status, statuses, a.Body)
				}
				if left := trail(a); len(left) > 0 {
					t.Errorf("%s left in the audit trail %q", who, left)
				}
				left := refusals(a)
				if len(o.Audit) == 0 && len(left) > 0 || len(o.Audit) > 0 && len(left) != 1 {
					t.Errorf("%s, refused, left in the audit trail %q, declared is %q", who, left, o.Audit)
				}
				why := map[int][]string{401: {"unauthorized"}, 403: {"forbidden"}, 404: {"not_found"}}[a.Status]
				if o.html() && a.Status == http.StatusUnauthorized {
					why = []string{"unauthorized", "forbidden"}
				}
				for _, entry := range left {
					fields := strings.Split(entry, "|")
					if !slices.Contains(o.Audit, fields[0]) || !slices.Contains(why, fields[1]) || fields[2] != "127.0.0.0/24" {
						t.Errorf("%s, answered %d, left in the audit trail %q, declared is %q", who, a.Status, entry, o.Audit)
					}
				}
			}
			forbidden := http.StatusForbidden
			if o.html() {
				forbidden = http.StatusUnauthorized
			}
			for who, header := range strangers {
				refused(who, w.Call("", o.method, path, body, header...), http.StatusUnauthorized)
			}
			// For other credentials, Ada's data does not exist. If the request names no user, they get their own data.
			for who, header := range others {
				a := w.Call("", o.method, path, body, header...)
				switch {
				case o.ID == "search-patients" && a.Status == http.StatusOK: // a search finds nobody, and says so
					if left := trail(a); !strings.Contains(string(a.Body), `"total":0`) || len(left) != 1 || !strings.HasPrefix(left[0], "user.list|") {
						t.Errorf("%s left %q in the audit trail and is told %s", who, left, a.Body)
					}
				case names:
					refused(who, a, http.StatusNotFound, forbidden)
				case ada.is(string(a.Body)):
					t.Errorf("%s is told of Ada: %s", who, a.Body)
				}
			}
			for scope, token := range own {
				if !slices.Contains(o.scopes(), scope) {
					refused("token of "+scope, w.Call("", o.method, path, body, "Authorization", "Token "+token), forbidden)
				}
			}
			if len(o.Audit) == 0 {
				bobsPath, bobsBody := bob.request(o, trace)
				sameForAll(t, "key", w.Call(w.Dev, o.method, path, body), w.Call(w.Dev, o.method, bobsPath, bobsBody))
				for _, scope := range o.scopes() {
					sameForAll(t, "token of "+scope, w.Call("", o.method, path, body, "Authorization", "Token "+own[scope]),
						w.Call("", o.method, bobsPath, bobsBody, "Authorization", "Token "+bobs[scope]))
				}
			}
			// A key without the scope, or a token that it made, gets an error that names the scope.
			lacking := without[o.needs()]
			refused("key without the scope", w.Call("", o.method, path, body, "x-api-key", lacking), forbidden)
			if a := w.Call("", o.method, path, body, "x-api-key", lacking); !strings.Contains(string(a.Body), "scope "+string(o.needs())) {
				t.Errorf("a key without the scope %s is told %s", o.needs(), a.Body)
			}
			if o.needs() != blush.KeyRead && slices.Contains(o.scopes(), "api") {
				refused("token of a key without the scope", w.Call("", o.method, path, body, "Authorization", "Token "+tokenBy(t, w, lacking, ada.user)), forbidden)
			}
			// Valid credentials, each with its own subject if the route erases or revokes something.
			for _, who := range append([]string{"key", "key of this scope alone"}, o.scopes()...) {
				s, header := ada, []string{"x-api-key", w.Dev}
				if o.method == http.MethodDelete || strings.HasPrefix(o.ID, "revoke-") {
					s = newSubject(w)
					s.webhook = ada.webhook
					if strings.Contains(o.path, "{webhook_id}") {
						s.webhook = aWebhook(w)
					}
				}
				switch who {
				case "key":
				case "key of this scope alone":
					header = []string{"x-api-key", with[o.needs()]}
				default:
					token := own[who]
					if s != ada {
						token = s.tokens(t, w)[who]
					}
					header = []string{"Authorization", "Token " + token}
				}
				path, body := s.request(o, trace)
				a := w.Call("", o.method, path, body, header...)
				if a.Status > 299 {
					t.Errorf("%s: %d, want an answer; see request: %s", who, a.Status, a.Body)
					continue
				}
				left := trail(a)
				if (len(left) == 0) != (len(o.Audit) == 0) {
					t.Errorf("%s left in the audit trail %q, declared is %q", who, left, o.Audit)
				}
				for _, entry := range left {
					action, user, _ := strings.Cut(entry, "|")
					about := s.user
					if strings.HasPrefix(action, "webhook.") { // not about a person
						about = ""
					}
					if !slices.Contains(o.Audit, action) || names && user != about || (user == "") != (about == "") {
						t.Errorf("%s left in the audit trail %q, declared is %q of %s", who, entry, o.Audit, s.user)
					}
				}
			}
		})
	}
	if want := []string{"get-page-settings", "read-device"}; !slices.Equal(unaudited, want) {
		t.Errorf("the routes %q leave nothing in the audit trail; only %q may", unaudited, want)
	}
}

// A route that leaves no entry answers the same about everybody.
func sameForAll(t *testing.T, who string, a, b blushtest.Answer) {
	t.Helper()
	if a.Status != b.Status || !bytes.Equal(a.Body, b.Body) {
		t.Errorf("%s: a route that leaves nothing in the audit trail answers, about two people,\n%s\n%s", who, a.Body, b.Body)
	}
}

// liveToken makes an action token for a live user of the customer.
func liveToken(t *testing.T, w *blushtest.World) string {
	t.Helper()
	var user struct {
		ID string `json:"user_id"`
	}
	w.Call(w.Live, "POST", "/v2/users", `{}`).Want(http.StatusCreated).JSON(&user)
	return tokenBy(t, w, w.Live, user.ID)
}

// scopedKeys makes, for each scope, a key with that scope alone and one with all others.
func scopedKeys(t *testing.T, w *blushtest.World) (with, without map[blush.KeyScope]string) {
	t.Helper()
	with, without = map[blush.KeyScope]string{}, map[blush.KeyScope]string{}
	make := func(scopes ...blush.KeyScope) string {
		k, err := w.Server.Accounts.CreateKey(t.Context(), w.Customer.ID, blush.Dev, "scoped", account.KeyLimits{Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		return k.Text
	}
	for i, scope := range blush.KeyScopes {
		with[scope] = make(scope)
		without[scope] = make(slices.Delete(slices.Clone(blush.KeyScopes), i, i+1)...)
	}
	return with, without
}

// tokenBy makes an action token for a user with a key.
func tokenBy(t *testing.T, w *blushtest.World, key, user string) string {
	t.Helper()
	var out struct{ Token string }
	w.Call(key, "POST", "/v2/users/authenticate", map[string]string{"user_id": user}).Want(http.StatusOK).JSON(&out)
	return out.Token
}

// notEvenKnown lists, as headers, credentials that are not or no longer valid.
func notEvenKnown(t *testing.T, w *blushtest.World, db *sql.DB, ada subject) map[string][]string {
	t.Helper()
	token := func(s string) []string { return []string{"Authorization", "Token " + s} }
	issue := func(user, key string, seconds int) (token string, ends time.Time) {
		var out struct {
			Token     string
			ExpiresAt time.Time `json:"expires_at"`
		}
		w.Call(key, "POST", "/v2/users/authenticate", fmt.Sprintf(`{"user_id":%q,"expires_in":%d}`, user, seconds)).Want(http.StatusOK).JSON(&out)
		return out.Token, out.ExpiresAt
	}
	expired, ends := issue(ada.user, w.Dev, 1)
	good, _ := issue(ada.user, w.Dev, 3600)
	revoked, _ := issue(ada.user, w.Dev, 3600)
	w.Call(w.Dev, "POST", "/v2/users/revoke", map[string]string{"token": revoked}).Want(http.StatusNoContent)
	gone := w.User().UserID
	erased, _ := issue(gone, w.Dev, 3600)
	w.Call(w.Dev, "DELETE", "/v2/users?user_id="+gone, nil).Want(http.StatusNoContent)
	key, err := w.Server.Accounts.CreateKey(t.Context(), w.Customer.ID, blush.Dev, "gone", account.KeyLimits{})
	if err != nil {
		t.Fatal(err)
	}
	ofKey, _ := issue(ada.user, key.Text, 3600)
	later := time.Now().Add(time.Hour)
	ending, err := w.Server.Accounts.CreateKey(t.Context(), w.Customer.ID, blush.Dev, "ending", account.KeyLimits{ExpiresAt: &later})
	if err != nil {
		t.Fatal(err)
	}
	ofEnding := tokenBy(t, w, ending.Text, ada.user)
	if _, err := db.Exec("UPDATE api_key SET expires_at = created_at + 1 WHERE id = $1", ending.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Server.Accounts.RevokeKey(t.Context(), key.ID, account.KeyEnd{}); err != nil {
		t.Fatal(err)
	}
	other := blushtest.Start(t) // signs with its own key
	foreign := tokenFor(t, other, other.User().UserID)
	parts := strings.Split(good, ".")
	wrong := w.Dev[:len(w.Dev)-1] + "0"
	if wrong == w.Dev {
		wrong = w.Dev[:len(w.Dev)-1] + "1"
	}
	time.Sleep(time.Until(ends.Add(time.Second))) // by the same clock as the server
	return map[string][]string{
		"nobody":               {},
		"malformed key":        {"x-api-key", "not a key"},
		"wrong key":            {"x-api-key", wrong},
		"key as token":         token(w.Dev),
		"token as key":         {"x-api-key", good},
		"malformed token":      token("a.b.c"),
		"unsigned token":       token(parts[0] + "." + parts[1] + "."),
		"other scheme":         {"Authorization", "Basic " + good},
		"a key, a bad token":   {"x-api-key", w.Dev, "Authorization", "Token x" + good},
		"other server's token": token(foreign),
		"expired token":        token(expired),
		"revoked token":        token(revoked),
		"erased user's token":  token(erased),
		"revoked key":          {"x-api-key", key.Text},
		"revoked key's token":  token(ofKey),
		"expired key":          {"x-api-key", ending.Text},
		"expired key's token":  token(ofEnding),
	}
}
