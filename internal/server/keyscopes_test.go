package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
)

// No detour around a key's scopes: the response to a write shows nothing that needs the scope read, a page's token may do
// no more than the key that made it, and no webhook sends what the key may not read.
func TestKeysDoNoMoreThanTheirScopes(t *testing.T) {
	w := blushtest.Start(t)
	key := func(scopes ...blush.KeyScope) string {
		k, err := w.Server.Accounts.CreateKey(t.Context(), w.Customer.ID, blush.Dev, "scoped", account.KeyLimits{Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		return k.Text
	}
	w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"ada","birth_date":"1980-02-03","sex":"F","language":"nl"}`).Want(201)
	const of = "?external_user_id=ada"
	w.Call(w.Dev, "POST", "/v2/readings"+of, `{"kind":"blood_pressure","systolic":151,"diastolic":92}`).Want(201)
	consent := func(version string) string {
		return `{"version":"` + version + `","text_hash":"` + strings.Repeat("0f", 32) + `","language":"nl"}`
	}
	w.Call(w.Dev, "POST", "/v2/consents"+of, consent("first")).Want(201)

	writes := key(blush.KeyWrite)
	for _, a := range []blushtest.Answer{
		w.Call(writes, "POST", "/v2/users", `{"external_user_id":"ada"}`).Want(http.StatusOK),
		w.Call(writes, "PATCH", "/v2/users"+of, `{}`).Want(http.StatusOK),
		w.Call(writes, "POST", "/v2/facescans"+of, `{"synthetic":{"duration_s":12}}`).Want(http.StatusCreated),
		w.Call(writes, "POST", "/v2/consents"+of, consent("second")).Want(http.StatusCreated),
	} {
		for _, secret := range []string{"1980-02-03", `"F"`, `pressure":151`, "151/92", `"metrics":{`, "first"} {
			if strings.Contains(string(a.Body), secret) {
				t.Errorf("a key that may only write is told %s: %s", secret, a.Body)
			}
		}
	}

	reads := key(blush.KeyRead)
	var page struct {
		URL string `json:"url"`
	}
	w.Call(reads, "GET", "/v2/dashboard/url"+of, nil).Want(http.StatusOK).JSON(&page)
	u, err := url.Parse(page.URL)
	if err != nil {
		t.Fatal(err)
	}
	token := "Token " + u.Query().Get("action_token")
	w.Call("", "GET", "/v2/metrics", nil, "Authorization", token).Want(http.StatusOK)
	w.Call("", "POST", "/v2/readings", `{"kind":"blood_pressure","systolic":120,"diastolic":80}`, "Authorization", token).Want(http.StatusForbidden)
	w.Call("", "POST", "/v2/questions/answer", `{"lookup_key":"average_sleep_hours","value":4}`, "Authorization", token).Want(http.StatusForbidden)

	hooks := key(blush.KeyWebhooks)
	w.Call(hooks, "POST", "/v2/webhooks", `{"url":"https://hooks.example.org/a","values":true}`).Want(http.StatusForbidden)
	var hook struct {
		WebhookID string `json:"webhook_id"`
	}
	w.Call(hooks, "POST", "/v2/webhooks", `{"url":"https://hooks.example.org/a"}`).Want(http.StatusCreated).JSON(&hook)
	w.Call(hooks, "PATCH", "/v2/webhooks/"+hook.WebhookID, `{"values":true}`).Want(http.StatusForbidden)
	w.Call(w.Dev, "PATCH", "/v2/webhooks/"+hook.WebhookID, `{"values":true}`).Want(http.StatusOK)
	w.Call(hooks, "PATCH", "/v2/webhooks/"+hook.WebhookID, `{"url":"https://hooks.example.org/elsewhere"}`).Want(http.StatusForbidden)
	w.Call(hooks, "PATCH", "/v2/webhooks/"+hook.WebhookID, `{"values":false}`).Want(http.StatusOK)
}

// A scan page's token cannot guess a known birth date: the right one is refused like any other.
func TestTheScanPageGuessesNoBirthDate(t *testing.T) {
	w := blushtest.Start(t)
	w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"ada","birth_date":"1980-02-03"}`).Want(201)
	token := "Token " + pageToken(t, w, "/v2/facescans/url?external_user_id=ada")
	for _, day := range []string{"1980-02-02", "1980-02-03", "1980-02-04"} {
		w.Call("", "PATCH", "/v2/users", `{"birth_date":"`+day+`"}`, "Authorization", token).Want(http.StatusForbidden)
	}
}
