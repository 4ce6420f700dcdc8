package server_test

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/server"
	"blush.example/blush/simulate"
)

// told is an event as a customer's server receives it.
type told struct {
	header http.Header
	raw    []byte
	Type   string
	Data   struct {
		UserID     string `json:"user_id"`
		FaceScanID string `json:"face_scan_id"`
		ReadingID  string `json:"reading_id"`
		Metrics    []string
		Version    string
		Values     map[string]json.RawMessage
	}
}

// listening starts a customer's server, and ours, configured to send to it.
func listening(t *testing.T, change func(*server.Config)) (w *blushtest.World, url string, events chan told) {
	t.Helper()
	events = make(chan told, 100)
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		e := told{header: r.Header, raw: body}
		if err != nil || json.Unmarshal(body, &e) != nil {
			t.Errorf("an event that cannot be read: %q, %v", body, err)
		}
		events <- e
	}))
	t.Cleanup(receiver.Close)
	roots := x509.NewCertPool()
	roots.AddCert(receiver.Certificate())
	w = blushtest.Start(t, func(c *server.Config) {
		c.Webhooks = blushtest.WebhooksHere(roots)
		change(c)
	})
	return w, receiver.URL, events
}

// Every event about a person is sent, with ids only or, to webhooks that want them, with
// values. An independent library and our client verify it. When the person is erased,
// nothing about them is left in the log.
func TestCustomersAreTold(t *testing.T) {
	story := func(t *testing.T, change func(*server.Config)) {
		ctx := t.Context()
		w, url, events := listening(t, change)
		acme := w.Client(w.Dev)
		hook, err := acme.CreateWebhook(ctx, client.NewWebhook{URL: url, Description: "ids"})
		if err != nil {
			t.Fatal(err)
		}
		verify, err := standardwebhooks.NewWebhook(hook.Secret)
		if err != nil {
			t.Fatal(err)
		}
		rich, err := acme.CreateWebhook(ctx, client.NewWebhook{URL: url + "/rich", Values: true, Events: []string{"scan.done", "scan.refused", "scan.failed", "metric.changed", "notice.raised"}})
		if err != nil {
			t.Fatal(err)
		}
		// next waits for an event of a type at each webhook that wants it; those of other types are kept for later.
		plain, full, counts := map[string][]told{}, map[string][]told{}, map[string]int{}
		next := func(typ string) (ids, values told) {
			t.Helper()
			for len(plain[typ]) == 0 || slices.Contains(rich.Events, typ) && len(full[typ]) == 0 {
				e := <-events
				if verify.Verify(e.raw, e.header) == nil {
					plain[e.Type] = append(plain[e.Type], e)
					counts[e.Type]++
					if e.Data.Values != nil {
						t.Errorf("values for who wants none: %s", e.raw)
					}
				} else if got, err := client.VerifyWebhook(e.raw, e.header, "whsec_AAAA", rich.Secret); err != nil || got.Type != e.Type || got.ID == "" {
					t.Errorf("signed by neither secret: %s, %v", e.raw, err)
				} else {
					full[e.Type] = append(full[e.Type], e)
				}
			}
			ids, plain[typ] = plain[typ][0], plain[typ][1:]
			if len(full[typ]) > 0 {
				values, full[typ] = full[typ][0], full[typ][1:]
			}
			return ids, values
		}
		u := w.User()
		w.Call(w.Dev, "PATCH", "/v2/users?user_id="+u.UserID, `{"birth_date":"1980-01-01","sex":"F"}`).Want(http.StatusOK) // without them there is no norm
		answer := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, `{"synthetic":{"duration_s":60,"seed":7}}`).Want(http.StatusCreated)
		scan := strings.TrimPrefix(answer.Header.Get("Location"), "/v2/facescans/")
		done, values := next("scan.done")
		if done.Data.UserID != u.UserID || done.Data.FaceScanID != scan || !strings.Contains(string(values.Data.Values["estimates"]), `"heart_rate"`) {
			t.Errorf("after a scan: %s, %s", done.raw, values.raw)
		}
		changed, values := next("metric.changed")
		if changed.Data.UserID != u.UserID || len(changed.Data.Metrics) == 0 || !strings.Contains(string(values.Data.Values["metrics"]), `"score"`) ||
			slices.Contains(changed.Data.Metrics, "hypertension") {
			t.Errorf("after a scan: %s, %s", changed.raw, values.raw)
		}

		w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, darkTrace()).Want(http.StatusCreated)
		refused, values := next("scan.refused")
		if refused.Data.UserID != u.UserID || values.Data.Values["estimates"] == nil {
			t.Errorf("after a scan without a heart rate: %s, %s", refused.raw, values.raw)
		}

		sound := filepath.Join(t.TempDir(), "sound.wav")
		must(t, os.WriteFile(sound, wav(8000), 0o600))
		silent, err := acme.SubmitVideo(ctx, client.UserRef{ID: u.UserID}, sound, client.VideoOptions{})
		must(t, err)
		failed, values := next("scan.failed")
		if failed.Data.UserID != u.UserID || failed.Data.FaceScanID != silent.FaceScanID || values.Data.FaceScanID != silent.FaceScanID ||
			values.Data.Values["failure"] == nil || values.Data.Values["estimates"] != nil {
			t.Errorf("after a video that cannot be read: %s, %s", failed.raw, values.raw)
		}

		w.Call(w.Dev, "POST", "/v2/readings?user_id="+u.UserID, `{"kind":"blood_pressure","systolic":191,"diastolic":124}`).Want(http.StatusCreated)
		notice, values := next("notice.raised")
		if notice.Data.ReadingID == "" || string(values.Data.Values["code"]) != `"cuff_urgent"` {
			t.Errorf("after a dangerous reading: %s, %s", notice.raw, values.raw)
		}
		// Answers raise the event once, when they become a positive screen.
		for i, key := range []string{"phq4_nervous", "phq4_worry", "phq4_interest"} {
			w.Call(w.Dev, "POST", "/v2/questions/answer?user_id="+u.UserID, fmt.Sprintf(`{"lookup_key":%q,"value":%d}`, key, 3-i)).Want(http.StatusCreated)
		}
		notice, values = next("notice.raised")
		if notice.Data.ReadingID != "" || string(values.Data.Values["code"]) != `"screen_positive"` {
			t.Errorf("after a positive screen: %s, %s", notice.raw, values.raw)
		}

		consent := `{"version":"v1","text_hash":"` + strings.Repeat("0", 64) + `","language":"en"}`
		w.Call(w.Dev, "POST", "/v2/consents?user_id="+u.UserID, consent).Want(http.StatusCreated)
		w.Call(w.Dev, "POST", "/v2/consents?user_id="+u.UserID, `{"version":"v1","withdrawn":true}`).Want(http.StatusCreated)
		if withdrawn, _ := next("consent.withdrawn"); withdrawn.Data.Version != "v1" {
			t.Errorf("after a consent was withdrawn: %s", withdrawn.raw)
		}

		if err := acme.DeleteUser(ctx, client.UserRef{ID: u.UserID}); err != nil {
			t.Fatal(err)
		}
		if erased, _ := next("user.erased"); erased.Data.UserID != u.UserID {
			t.Errorf("after the erasure: %s", erased.raw)
		}
		for _, h := range []string{hook.WebhookID, rich.WebhookID} {
			log, err := acme.Deliveries(ctx, h, "", client.Page{})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range log.Data {
				if d.Type != "user.erased" {
					t.Errorf("left in the log of an erased user: %+v", d)
				}
			}
		}
		test, err := acme.TestWebhook(ctx, hook.WebhookID)
		if err != nil || test.Type != "webhook.test" {
			t.Fatalf("%+v, %v", test, err)
		}
		next("webhook.test")
		for typ, n := range counts {
			if want := map[string]int{"notice.raised": 2}[typ]; typ != "metric.changed" && n != max(want, 1) {
				t.Errorf("told %d times of %s", n, typ)
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { story(t, func(*server.Config) {}) })
	t.Run("postgres", func(t *testing.T) {
		url := blushtest.PostgresURL(t)
		story(t, func(c *server.Config) { c.DatabaseURL = url })
	})
}

// darkTrace is a trace of a picture that is too dark.
func darkTrace() any {
	tr, _ := simulate.Scenario("typical", false, 1, 10).Trace()
	for _, r := range tr.Regions {
		for i := range r.R {
			r.R[i], r.G[i], r.B[i] = 2, 2, 2
		}
	}
	return tr
}
