package server_test

import (
	"net/http"
	"sync"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/store"
)

// Requests of every kind at the same time, about the same two people: each is answered, no user is created twice, and the audit
// trail is intact. scripts/race.sh runs it under the race detector.
func TestRequestsOfEveryKindAtOnce(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		ada, bob := w.User().UserID, w.User().UserID
		var scanned struct {
			ID string `json:"face_scan_id"`
		}
		w.Call(w.Dev, "POST", "/v2/facescans?user_id="+ada, `{"synthetic":{"heart_rate":64,"duration_s":10}}`).Want(http.StatusCreated).JSON(&scanned)
		var mu sync.Mutex
		made, answered := map[string]bool{}, int64(0)
		asks := []struct{ method, path, body string }{
			{"POST", "/v2/users", `{"external_user_id":"cleo"}`},
			{"POST", "/v2/facescans?user_id=" + bob, `{"synthetic":{"heart_rate":71,"duration_s":10}}`},
			{"POST", "/v2/readings?user_id=" + ada, `{"kind":"blood_pressure","systolic":121,"diastolic":79}`},
			{"POST", "/v2/widgets/main?user_id=" + ada, `{}`},
			{"GET", "/v2/facescans/" + scanned.ID, ""},
			{"GET", "/v2/facescans/url?user_id=" + bob, ""},
			{"GET", "/v2/audit?limit=3", ""},
		}
		for _, of := range []string{"users?", "facescans?limit=5&", "metrics?", "readings?", "consents?", "widgets/biomarker?parameter=heart_rate&", "widgets/graph?parameter=heart_rate&", "widgets/main?"} {
			asks = append(asks, struct{ method, path, body string }{"GET", "/v2/" + of + "user_id=" + ada, ""})
		}
		senders := 6
		if testing.Short() {
			senders = 4 // two of them ask the same at the same time
		}
		var all sync.WaitGroup
		for k := range senders {
			all.Go(func() {
				for n := range asks {
					a := asks[(n+k*5)%len(asks)]
					var body any
					if a.body != "" {
						body = a.body
					}
					got := w.Call(w.Dev, a.method, a.path, body)
					if got.Status != http.StatusOK && got.Status != http.StatusCreated && got.Header.Get("Retry-After") == "" {
						t.Errorf("%s %s: %d %s", a.method, a.path, got.Status, got.Body)
					}
					if got.Status >= 300 {
						continue
					}
					mu.Lock()
					answered++
					if a.path == "/v2/users" {
						var u struct {
							ID string `json:"user_id"`
						}
						got.JSON(&u)
						made[u.ID] = true
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if len(made) != 1 {
			t.Errorf("%d people under one external id", len(made))
		}
		w.Stop()
		st, err := store.Open(t.Context(), w.DatabaseURL)
		must(t, err)
		defer st.Close()
		r, err := st.VerifyAudit(t.Context())
		must(t, err)
		if r.Broken != 0 || r.Outside != 0 || r.Entries < answered {
			t.Errorf("the audit trail of %d answers: %+v", answered, r)
		}
	})
}
