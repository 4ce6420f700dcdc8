package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/client"
)

// The caller gets the complete body of a response that is not the API's, such as a proxy's page or an error of a later version.
func TestKeepsAnUnknownAnswer(t *testing.T) {
	page := "<html>" + strings.Repeat("The gateway knows nothing of this. ", 100) + "</html>"
	for name, c := range map[string]struct {
		status     int
		body, says string
	}{
		"page":            {403, page, "403 Forbidden: <html>The gateway"},
		"other JSON":      {409, `{"resourceType":"OperationOutcome","issue":[{"code":"conflict"}]}`, `409 Conflict: {"resourceType":"OperationOutcome"`},
		"other detail":    {400, `{"detail":{"code":"odd","hint":"later"}}`, `"hint":"later"`},
		"more than asked": {422, `{"detail":[{"loc":["body"],"msg":"odd","type":"new"}],"hint":"later"}`, "422 Unprocessable Entity: body: odd"},
		"unknown status":  {499, "", "499 "},
		"not UTF-8":       {418, "\xff tea", "\uFFFD tea"},
		"no JSON at all":  {200, page, "this is not an answer of the API"},
		"another shape":   {200, `[1,2]`, "this is not an answer of the API"},
		"nothing":         {200, "", "this is not an answer of the API: it is empty"},
	} {
		a := &answers{t: t, next: []func(*http.Request) (*http.Response, error){say(c.status, c.body, "Request-Id", "r1", "Via", "a proxy")}}
		_, err := (&client.Client{BaseURL: "https://blush.example", HTTP: &http.Client{Transport: a}}).Scan(t.Context(), "x")
		var e *client.Error
		if !errors.As(err, &e) || e.Status != c.status || string(e.Body) != c.body || e.Header.Get("Via") != "a proxy" || e.RequestID != "r1" {
			t.Errorf("%s: %+v", name, err)
			continue
		}
		if text := err.Error(); !strings.Contains(text, c.says) || len(text) > 900 {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// A redirect does not take the key to another server.
func TestKeyStaysWithItsServer(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("was sent %v", r.Header) }))
	defer other.Close()
	ours := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer ours.Close()
	_, err := (&client.Client{BaseURL: ours.URL, APIKey: "secret"}).User(t.Context(), client.UserRef{ID: "u"})
	if client.Status(err) != http.StatusTemporaryRedirect {
		t.Error(err)
	}
}

// A list is read page by page until it ends or fails, each page once.
func TestGoesThroughPages(t *testing.T) {
	var asked []string
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after := r.FormValue("starting_after")
		asked = append(asked, after)
		switch after {
		case "":
			fmt.Fprint(w, `{"data":[{"face_scan_id":"a"},{"face_scan_id":"b"}],"has_more":true}`)
		case "b":
			fmt.Fprint(w, `{"data":[{"face_scan_id":"c"}],"has_more":true}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer ts.Close()
	var got []string
	var last error
	for s, err := range (&client.Client{BaseURL: ts.URL}).AllScans(t.Context(), client.UserRef{ID: "u"}) {
		if last = err; err == nil {
			got = append(got, s.FaceScanID)
		}
	}
	if !slices.Equal(got, []string{"a", "b", "c"}) || client.Status(last) != http.StatusNotFound || !slices.Equal(asked, []string{"", "b", "c"}) {
		t.Errorf("got %v, then %v; asked after %v", got, last, asked)
	}
}

// The request has the caller's own key.
func TestTakesAKey(t *testing.T) {
	a := &answers{t: t, next: []func(*http.Request) (*http.Response, error){say(201, `{"user_id":"u1"}`)}}
	c := &client.Client{BaseURL: "https://blush.example", HTTP: &http.Client{Transport: a}}
	if _, _, err := c.CreateUser(client.WithIdempotencyKey(t.Context(), "order-7"), client.User{}); err != nil || a.keys[0] != "order-7" {
		t.Error(err, a.keys)
	}
}
