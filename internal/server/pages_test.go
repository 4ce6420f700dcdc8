package server_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/brand"
)

// A customer's page settings apply to its own pages only, for a token and for a key.
func TestPageSettings(t *testing.T) {
	w := blushtest.Start(t)
	token, err := w.Client(w.Dev).CreateToken(t.Context(), client.UserRef{ID: w.User().UserID}, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, other, _ := w.NewCustomer("Other")

	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewGray(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}
	file, accent, questions, language, origins := logo.Bytes(), "#1D4F91", false, "sv", []string{"https://app.example.com"}
	traceDays, auditDays := 1, 730
	_, err = w.Server.Accounts.UpdateCustomer(t.Context(), w.Customer.Name, account.CustomerChange{
		Accent: &accent, Logo: &file, Questions: &questions, Language: &language, FrameAncestors: &origins, KeepTraces: &traceDays, KeepAudit: &auditDays,
	})
	if err != nil {
		t.Fatal(err)
	}
	type settings struct {
		Customer        string
		Test, Questions bool
		Language        *string
		Biomarkers      []string
		Instructions    string          `json:"instructions_for_use"`
		KeptFor         map[string]*int `json:"kept_for"`
		Brand           struct {
			Logo        string
			Light, Dark *brand.Look
		}
	}
	ask := func(key string, header ...string) (out settings) {
		t.Helper()
		w.Call(key, http.MethodGet, "/v2/pages/settings", nil, header...).Want(http.StatusOK).JSON(&out)
		return out
	}
	got := ask("", "authorization", "Token "+token.Token)
	if got.Customer != "Acme" || !got.Test || got.Questions || len(got.Biomarkers) != 3 || got.Language == nil || *got.Language != "sv" || got.Brand.Light == nil || got.Brand.Light.Accent != "#1d4f91" || got.Brand.Dark == nil {
		t.Errorf("settings: %+v", got)
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(got.Brand.Logo, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := png.Decode(bytes.NewReader(data)); err != nil || m.Bounds().Dx() != 40 {
		t.Errorf("logo: %v", err)
	}
	if live := ask(w.Live); live.Test || live.Brand.Logo == "" {
		t.Errorf("with a live key: %+v", live)
	}
	if plain := ask(other); plain.Brand.Logo != "" || plain.Brand.Light != nil || plain.Language != nil || !plain.Questions {
		t.Errorf("another customer: %+v", plain)
	}

	// Only its own instructions for use say how long its data is kept.
	if k := got.KeptFor; k["traces_days"] == nil || *k["traces_days"] != 1 || k["results_days"] != nil || k["audit_days"] == nil || *k["audit_days"] != 730 {
		t.Errorf("kept for %v", k)
	}
	instructions := func(path string, want int) string {
		t.Helper()
		return strings.Join(strings.Fields(string(w.Call("", http.MethodGet, path, nil).Want(want).Body)), " ")
	}
	text := instructions(got.Instructions, http.StatusOK)
	for _, sentence := range []string{"Acme keeps", "of each scan for 1 day;", "computed from them, until the user is deleted;", "or changed data for 730 days;"} {
		if !strings.Contains(text, sentence) {
			t.Errorf("the customer's instructions for use do not say %q", sentence)
		}
	}
	if text := instructions(ask(other).Instructions, http.StatusOK); !strings.Contains(text, "or changed data without a time limit;") {
		t.Error("the instructions for use of a customer without limits do not say that its audit trail has none")
	}
	if text := instructions("/docs/instructions-for-use", http.StatusOK); strings.Contains(text, "Acme") || !strings.Contains(text, "The company that offers you the scan may decide to keep data for a shorter time") {
		t.Error("everybody's instructions for use are a customer's, or say nothing of how long data is kept")
	}
	for _, nobody := range []string{"x", "Acme", w.User().UserID} {
		instructions("/docs/instructions-for-use?customer="+nobody, http.StatusNotFound)
	}

	page := w.Call("", http.MethodGet, "/scan?action_token="+token.Token, nil).Want(http.StatusOK)
	if csp := page.Header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "frame-ancestors 'self' https://app.example.com") {
		t.Errorf("policy: %s", csp)
	}
}

// The address of a page has the user's own language unless another is requested.
func TestPagesSpeakTheUsersLanguage(t *testing.T) {
	w := blushtest.Start(t)
	for _, c := range []struct{ own, asked, want string }{{"fr", "", "fr"}, {"fr", "de", "de"}, {"", "", ""}, {"", "da", "da"}} {
		n := client.User{}
		if c.own != "" {
			n.Language = &c.own
		}
		u, _, err := w.Client(w.Dev).CreateUser(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		of := "user_id=" + u.UserID
		scan := w.Call(w.Dev, "POST", "/v2/facescans?"+of, `{"synthetic":{"duration_s":10}}`).Want(201).Header.Get("Location")
		for _, path := range []string{"/v2/facescans/url?" + of, "/v2/dashboard/url?" + of, scan + "/results-url?"} {
			if c.asked != "" {
				path += "&language=" + c.asked
			}
			var page struct{ URL string }
			w.Call(w.Dev, "GET", path, nil).Want(http.StatusOK).JSON(&page)
			at, err := url.Parse(page.URL)
			if err != nil {
				t.Fatal(err)
			}
			if got := at.Query().Get("language"); got != c.want {
				t.Errorf("%s, a user of %q: language %q, want %q", path, c.own, got, c.want)
			}
		}
	}
}
