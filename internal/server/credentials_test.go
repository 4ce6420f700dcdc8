package server_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/server"
)

// Who may use the API, and what the errors reveal.
func TestCredentials(t *testing.T) {
	w := blushtest.Start(t)
	ada := w.User()
	name := "?external_user_id=" + *ada.ExternalUserID

	// Without a valid credential, the answer is 401, before the request is checked.
	for _, header := range [][]string{{}, {"x-api-key", "wrong"}, {"Authorization", "Token nonsense"}, {"Authorization", "Basic " + w.Dev}, {"Authorization", "Token " + w.Dev}} {
		for _, call := range [][2]string{{"GET", "/v2/users?user_id=not-a-uuid"}, {"POST", "/v2/facescans"}, {"GET", "/v2/facescans/nothing"}, {"POST", "/v2/users"}} {
			a := w.Call("", call[0], call[1], nil, header...).Want(http.StatusUnauthorized)
			if !strings.HasPrefix(string(a.Body), `{"detail":"`) {
				t.Errorf("%s", a.Body)
			}
		}
	}
	// Even with a body over the limit, the answer is 401.
	w.Call("wrong", "POST", "/v2/users", strings.Repeat(" ", 2<<20)).Want(http.StatusUnauthorized)

	// A user is named by exactly one parameter.
	both := w.Call(w.Dev, "GET", "/v2/users"+name+"&user_id="+ada.UserID, nil).Places()
	if !slices.Contains(both, `["query","user_id"]`) || !slices.Contains(both, `["query","external_user_id"]`) {
		t.Errorf("both: %v", both)
	}
	for _, path := range []string{"/v2/facescans", "/v2/facescans/url", "/v2/dashboard/url", "/v2/users/export"} {
		if got := w.Call(w.Dev, "GET", path, nil).Places(); !slices.Contains(got, `["query","external_user_id"]`) {
			t.Errorf("%s without a name: %v", path, got)
		}
	}
	w.Call(w.Dev, "DELETE", "/v2/users", nil).Places()
	for query, place := range map[string]string{
		"user_id=":                             `["query","user_id"]`,
		"external_user_id=":                    `["query","external_user_id"]`,
		"external_user_id=a&external_user_id=": `["query","external_user_id"]`,
		"user_id=12":                           `["query","user_id"]`,
		"limit=0":                              `["query","limit"]`,
		"limit=many":                           `["query","limit"]`,
		"limit=101":                            `["query","limit"]`,
	} {
		if got := w.Call(w.Dev, "GET", "/v2/users?"+query, nil).Places(); !slices.Equal(got, []string{place}) {
			t.Errorf("%s: %v", query, got)
		}
	}
	w.Call(w.Dev, "GET", "/v2/users?external_user_id=nobody", nil).Want(http.StatusNotFound)

	// Another customer's user, and the other environment's, do not exist.
	_, dev2, _ := w.NewCustomer("Other")
	for _, key := range []string{dev2, w.Live} {
		w.Call(key, "GET", "/v2/users?user_id="+ada.UserID, nil).Want(http.StatusNotFound)
		w.Call(key, "GET", "/v2/users"+name, nil).Want(http.StatusNotFound)
		w.Call(key, "DELETE", "/v2/users?user_id="+ada.UserID, nil).Want(http.StatusNotFound)
		w.Call(key, "GET", "/v2/facescans/url?user_id="+ada.UserID, nil).Want(http.StatusNotFound)
	}
	live, created, err := w.Client(w.Live).CreateUser(t.Context(), client.User{ExternalUserID: ada.ExternalUserID})
	if err != nil || !created || live.UserID == ada.UserID {
		t.Errorf("the same external id in live: %+v, %v, %v", live, created, err)
	}

	// Routes for the customer's server refuse tokens before validation.
	token, err := w.Client(w.Dev).CreateToken(t.Context(), client.UserRef{ID: ada.UserID}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range [][2]string{{"POST", "/v2/users"}, {"POST", "/v2/users/authenticate"}, {"GET", "/v2/facescans/url?user_id=1"}, {"GET", "/v2/dashboard/url"}} {
		w.Call("", call[0], call[1], nil, "Authorization", "Token "+token.Token).Want(http.StatusForbidden)
	}
	w.Call("", "GET", "/v2/users", nil, "Authorization", "Bearer "+token.Token).Want(http.StatusOK)
	w.Call("", "GET", "/v2/users?user_id="+live.UserID, nil, "Authorization", "Token "+token.Token).Want(http.StatusForbidden)

	// The error names what is wrong in a body.
	for body, place := range map[string]string{
		`{"sex":"X"}`:                    `["body","sex"]`,
		`{"language":"no locale"}`:       `["body","language"]`,
		`{"birth_date":"10/12/1990"}`:    `["body","birth_date"]`,
		`{"birth_date":7}`:               `["body","birth_date"]`,
		`{"external_user_id":` + `"x`:    `["body"]`,
		`[]`:                             `["body"]`,
		`{"birth_date":"2990-01-01"}`:    `["body","birth_date"]`,
		`{"external_user_id":"a\u0000"}`: `["body","external_user_id"]`,
	} {
		if got := w.Call(w.Dev, "POST", "/v2/users", body).Places(); !slices.Contains(got, place) {
			t.Errorf("%s: %v", body, got)
		}
	}
	if got := w.Call(w.Dev, "POST", "/v2/users/authenticate", `{}`).Places(); !slices.Contains(got, `["body","external_user_id"]`) {
		t.Errorf("authenticate: %v", got)
	}
	w.Call(w.Dev, "POST", "/v2/users/authenticate", `{"user_id":"`+ada.UserID+`","expires_in":43201}`).Places()
	w.Call(w.Dev, "POST", "/v2/users", strings.Repeat(" ", 2<<20)).Want(http.StatusRequestEntityTooLarge)

	// Errors of unknown paths and wrong methods have the same form.
	w.Call(w.Dev, "GET", "/v2/no-such", nil).Want(http.StatusNotFound)
	if a := w.Call(w.Dev, "PUT", "/v2/users", nil).Want(http.StatusMethodNotAllowed); !strings.Contains(strings.Join(a.Header.Values("Allow"), ","), "PATCH") {
		t.Errorf("Allow: %v", a.Header)
	}
}

// One token, or all tokens of a user, can be revoked. Those of other users stay valid.
func TestTokensEnd(t *testing.T) {
	w := blushtest.Start(t)
	ada, bob := w.User(), w.User()
	acme := w.Client(w.Dev)
	issue := func(u client.User) string {
		tok, err := acme.CreateToken(t.Context(), client.UserRef{ID: u.UserID}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return tok.Token
	}
	good := func(token string, status int) {
		t.Helper()
		w.Call("", "GET", "/v2/users", nil, "Authorization", "Token "+token).Want(status)
	}
	lost, kept, other := issue(ada), issue(ada), issue(bob)
	revoke := func(key string, body any) blushtest.Answer { return w.Call(key, "POST", "/v2/users/revoke", body) }
	revoke(w.Live, map[string]any{"token": lost}).Want(http.StatusNotFound)
	w.Call("", "POST", "/v2/users/revoke", map[string]any{"token": lost}, "Authorization", "Token "+lost).Want(http.StatusForbidden)
	good(lost, 200)
	for range 2 { // safe to repeat
		revoke(w.Dev, map[string]any{"token": lost}).Want(http.StatusNoContent)
	}
	good(lost, 401)
	good(kept, 200)
	if err := acme.RevokeTokens(t.Context(), client.UserRef{ID: ada.UserID}); err != nil {
		t.Fatal(err)
	}
	good(kept, 401)
	good(other, 200)
	good(issue(ada), 200)

	for body, place := range map[string]string{
		`{}`: `["body","user_id"]`, `{"token":"` + other + `","user_id":"` + bob.UserID + `"}`: `["body","token"]`,
		`{"token":"nonsense"}`: `["body","token"]`, `{"user_id":"x"}`: `["body","user_id"]`, `{"all":true}`: `["body","all"]`,
	} {
		if got := revoke(w.Dev, body).Places(); !slices.Contains(got, place) {
			t.Errorf("%s: %v, want %s", body, got, place)
		}
	}
	revoke(w.Dev, map[string]any{"external_user_id": "nobody"}).Want(http.StatusNotFound)
	good(other, 200)
}

// People known to be under 18 are not measured.
func TestUnder18(t *testing.T) {
	w := blushtest.Start(t)
	born := time.Now().AddDate(-17, -11, 0).Format(time.DateOnly)
	w.Call(w.Dev, "POST", "/v2/users", map[string]any{"external_user_id": "tim", "birth_date": born}).Want(201)
	for _, a := range []blushtest.Answer{
		w.Call(w.Dev, "GET", "/v2/facescans/url?external_user_id=tim", nil),
		w.Call(w.Dev, "POST", "/v2/facescans?external_user_id=tim", `{"synthetic":{}}`),
	} {
		if a.Want(http.StatusForbidden); !strings.Contains(string(a.Body), "not_eligible") {
			t.Errorf("%s", a.Body)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		post := func(key, id, body string) blushtest.Answer {
			return w.Call(key, "POST", "/v2/users", body, "Idempotency-Key", id)
		}
		first := post(w.Dev, "k1", `{"sex":"F"}`).Want(201)
		again := post(w.Dev, "k1", `{"sex":"F"}`).Want(201)
		if string(again.Body) != string(first.Body) || again.Header.Get("Idempotent-Replayed") != "true" || first.Header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s, then %s", first.Body, again.Body)
		}
		if got := post(w.Dev, "k1", `{"sex":"M"}`).Places(); !slices.Equal(got, []string{`["header","Idempotency-Key"]`}) {
			t.Errorf("another body: %v", got)
		}
		// Another environment has its own keys.
		if other := post(w.Live, "k1", `{"sex":"F"}`).Want(201); string(other.Body) == string(first.Body) {
			t.Error("live was given dev's answer")
		}
		// The response to a refused request is not stored.
		post(w.Dev, "k2", `{"sex":"X"}`).Want(422)
		post(w.Dev, "k2", `{"sex":"F"}`).Want(201)
		post(w.Dev, strings.Repeat("k", 256), `{}`).Places()
		// It is UTF-8, because PostgreSQL stores no other text.
		if got := post(w.Dev, "key\xff\xfe", `{}`).Places(); !slices.Equal(got, []string{`["header","Idempotency-Key"]`}) {
			t.Error(got)
		}
		post(w.Dev, "clé", `{}`).Want(201)
		// A stored response is erased with its user.
		var u struct {
			UserID string `json:"user_id"`
		}
		first.JSON(&u)
		w.Call(w.Dev, "DELETE", "/v2/users?user_id="+u.UserID, nil).Want(204)
		if strings.Contains(dumpDatabase(t, w.DatabaseURL), "k1|") && post(w.Dev, "k1", `{"sex":"F"}`).Header.Get("Idempotent-Replayed") == "true" {
			t.Error("the answer about a deleted user is still given")
		}
	})
}

func TestPages(t *testing.T) {
	w := blushtest.Start(t)
	for range 5 {
		w.User()
	}
	seen := map[string]bool{}
	page := client.Page{Limit: 2}
	for pages := 1; ; pages++ {
		list, err := w.Client(w.Dev).Users(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range list.Data {
			seen[u.UserID] = true
			page.StartingAfter = u.UserID
		}
		if !list.HasMore {
			if pages != 3 || len(seen) != 5 {
				t.Errorf("%d users on %d pages", len(seen), pages)
			}
			return
		}
	}
}

func TestAnyOriginMayCallWithAToken(t *testing.T) {
	w := blushtest.Start(t)
	a := w.Call("", "OPTIONS", "/v2/facescans", nil, "Origin", "https://app.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
	if a.Status > 299 || a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Headers") == "" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: %d %v", a.Status, a.Header)
	}
	a = w.Call("", "OPTIONS", "/v2/facescans", nil, "Origin", "https://app.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-api-key")
	if a.Header.Get("Access-Control-Allow-Headers") != "" {
		t.Errorf("a page may send an API key: %v", a.Header)
	}
	a = w.Call("", "GET", "/v2/users", nil, "Origin", "https://app.example").Want(401)
	for _, name := range []string{"Request-Id", "Retry-After", "Location", "RateLimit-Remaining"} {
		if !strings.Contains(a.Header.Get("Access-Control-Expose-Headers"), http.CanonicalHeaderKey(name)) {
			t.Errorf("%s is not exposed: %v", name, a.Header)
		}
	}
	if a.Header.Get("Set-Cookie") != "" {
		t.Error("a cookie")
	}
}

func TestLimits(t *testing.T) {
	w := blushtest.Start(t, func(c *server.Config) {
		c.Limits = &httpapi.Limits{PerKey: 3, FailuresPerAddress: 2, Window: time.Hour}
	})
	for range 3 {
		w.Call(w.Dev, "GET", "/v2/users", nil).Want(200)
	}
	if a := w.Call(w.Dev, "GET", "/v2/users", nil).Want(429); a.Header.Get("Retry-After") != "3600" {
		t.Errorf("Retry-After: %v", a.Header)
	}
	w.Call(w.Live, "GET", "/v2/users", nil).Want(200)
	for range 2 {
		w.Call("wrong", "GET", "/v2/users", nil).Want(401)
	}
	w.Call("wrong", "GET", "/v2/users", nil).Want(429)
	w.Call(w.Live, "GET", "/v2/users", nil).Want(200)
}

// Requests with a valid API key are limited by key, all others by address. Wrong keys
// count too. Responses say how many requests are left.
func TestLimitOfKeysAndAddresses(t *testing.T) {
	w := blushtest.Start(t, func(c *server.Config) {
		c.Limits = &httpapi.Limits{PerAddress: 4, PerKey: 9, PerToken: 2, Window: time.Hour}
	})
	number := func(a blushtest.Answer, name string) int {
		t.Helper()
		n, err := strconv.Atoi(a.Header.Get(name))
		if err != nil {
			t.Errorf("%s: %v", name, a.Header)
		}
		return n
	}
	token, other := "", ""
	for i := range 9 {
		a := w.Call(w.Dev, "POST", "/v2/users/authenticate", map[string]string{"external_user_id": "eve"})
		if i == 0 {
			a.Want(404)
			w.Call(w.Live, "POST", "/v2/users?external_user_id=eve", nil).Want(201)
			var t struct{ Token string }
			w.Call(w.Live, "POST", "/v2/users/authenticate", map[string]string{"external_user_id": "eve"}).Want(200).JSON(&t)
			token = t.Token
			w.Call(w.Live, "POST", "/v2/users/authenticate", map[string]string{"external_user_id": "eve"}).Want(200).JSON(&t)
			other = t.Token
		}
		if limit, left, reset := number(a, "RateLimit-Limit"), number(a, "RateLimit-Remaining"), number(a, "RateLimit-Reset"); limit != 9 || left != 8-i || reset < 0 || reset > 3600 {
			t.Errorf("call %d: %d of %d, %d s", i, left, limit, reset)
		}
	}
	a := w.Call(w.Dev, "GET", "/v2/users", nil).Want(429)
	if number(a, "RateLimit-Remaining") != 0 || number(a, "RateLimit-Reset") != number(a, "Retry-After") {
		t.Errorf("%v", a.Header)
	}
	// A request with a token counts for the token and for its address.
	for range 2 {
		w.Call("", "GET", "/v2/users", nil, "Authorization", "Token "+token).Want(200)
	}
	w.Call("", "GET", "/v2/users", nil, "Authorization", "Token "+token).Want(429)
	// So does a request with a token and a key.
	w.Call("made-up", "GET", "/v2/users", nil, "Authorization", "Token "+other).Want(200)
	w.Call("", "GET", "/v2/users", nil).Want(429)
	// A key is accepted even if its address is over the limit, unless that address has sent many wrong keys.
	w.Call(w.Live, "GET", "/v2/users", nil).Want(200)
	for range 4 {
		w.Call("blush_dev_wrong", "GET", "/v2/users", nil).Want(401)
	}
	w.Call("blush_dev_wrong", "GET", "/v2/users", nil).Want(429)
	w.Call(w.Live, "GET", "/v2/users", nil).Want(429)
}
