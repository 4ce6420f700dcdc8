package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/store"
)

// A scan with an Idempotency-Key computes no insights while its transaction blocks other writers: the model reads its
// clock only while the database is free. The response nevertheless includes the scan.
func TestInsightsAreComputedBeforeTheWrite(t *testing.T) {
	ctx, file := t.Context(), filepath.Join(t.TempDir(), "blush.db")
	st, err := store.Open(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	beside, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	watching, asked := false, 0
	clock := func() time.Time {
		if watching {
			asked++
			tx, err := beside.BeginTx(ctx, nil)
			if err != nil {
				t.Errorf("computed while others wait to write: %v", err)
			} else if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
		}
		return time.Now()
	}
	secrets, err := account.NewSecrets([]byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	accounts := account.New(st, secrets, time.Now)
	insights := insight.New(st, accounts, clock)
	scans := scan.New(st, accounts, insights, secrets, scan.Config{TempDir: t.TempDir()})
	r := chi.NewRouter()
	r.Use(httpapi.Observe(slog.New(slog.DiscardHandler), nil))
	_, err = httpapi.Mount(r, accounts, scans, insights, deliver.New(st, accounts, secrets, deliver.Config{}), httpapi.Config{
		BaseURL: "https://example.org", Log: slog.New(slog.DiscardHandler), Stopping: context.Background(), ClientAddress: httpapi.RemoteAddress, DatabaseFault: store.Fault})
	if err != nil {
		t.Fatal(err)
	}
	_, keys, err := accounts.CreateCustomer(ctx, "ACME")
	if err != nil {
		t.Fatal(err)
	}
	birth, sex := "1980-02-03", "F"
	u, _, err := accounts.CreateUser(ctx, blush.Caller{Kind: blush.ByAPIKey, CustomerID: keys[0].CustomerID, Environment: blush.Dev}, account.NewUser{BirthDate: &birth, Sex: &sex})
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path, body, idempotencyKey string, want int) []byte {
		t.Helper()
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("x-api-key", keys[0].Text)
		req.Header.Set("Content-Type", "application/json")
		if idempotencyKey != "" {
			req.Header.Set("Idempotency-Key", idempotencyKey)
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if w.Code != want {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		return w.Body.Bytes()
	}
	of := "?user_id=" + u.ID
	call("POST", "/v2/questions/answer/many"+of, `[{"lookup_key":"average_sleep_hours","value":3},{"lookup_key":"weight","value":70},{"lookup_key":"height","value":170}]`, "", http.StatusCreated)
	call("POST", "/v2/readings"+of, `{"kind":"blood_pressure","systolic":121,"diastolic":81}`, "", http.StatusCreated)
	for _, key := range []string{"", "one", "two"} { // without a key, the response is not part of a transaction
		watching, asked = key != "", 0
		answer := call("POST", "/v2/facescans"+of, `{"synthetic":{"heart_rate":70}}`, key, http.StatusCreated)
		watching = false
		if key != "" && asked == 0 {
			t.Error("the model never asked for the time: this test proves nothing")
		}
		var sc struct {
			ID      string `json:"face_scan_id"`
			Metrics any    `json:"metrics"`
		}
		if err := json.Unmarshal(answer, &sc); err != nil || sc.Metrics == nil {
			t.Fatalf("%v: %s", err, answer)
		}
		if later := call("GET", "/v2/facescans/"+sc.ID, "", "", http.StatusOK); !bytes.Equal(answer, later) {
			t.Errorf("answered\n%s\nand later\n%s", answer, later)
		}
	}
}
