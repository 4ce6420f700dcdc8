package server_test

import (
	"crypto/tls"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"blush.example/blush/blushtest"
)

// An export that fails is cut off, so that no client takes it for complete.
func TestCutExportIsSeen(t *testing.T) {
	w := blushtest.Start(t)
	user := w.User().UserID
	w.Call(w.Dev, "POST", "/v2/facescans?user_id="+user, goodTrace(t)).Want(http.StatusCreated)
	ask := func(version string) (status, length int, err error) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", w.URL+"/v2/users/export?user_id="+user, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("x-api-key", w.Dev)
		of := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: version == "HTTP/2.0"} // the test's own server
		defer of.CloseIdleConnections()
		resp, err := of.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.Proto != version {
			t.Errorf("the protocol is %s, want %s", resp.Proto, version)
		}
		body, err := io.ReadAll(resp.Body)
		if err == nil && !json.Valid(body) {
			t.Error("the whole answer is no JSON")
		}
		return resp.StatusCode, len(body), err
	}
	versions := []string{"HTTP/1.1", "HTTP/2.0"}
	for _, v := range versions {
		if status, length, err := ask(v); status != http.StatusOK || length < 100_000 || err != nil {
			t.Errorf("%s: %d, %d bytes, %v", v, status, length, err)
		}
	}
	db, err := sql.Open("sqlite", "file:"+w.DatabaseURL+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// The answers, which come after the scans, cannot be read.
	if _, err := db.ExecContext(t.Context(), "ALTER TABLE answer RENAME TO elsewhere"); err != nil {
		t.Fatal(err)
	}
	for _, v := range versions {
		if status, length, err := ask(v); status != http.StatusOK || length == 0 || err == nil {
			t.Errorf("%s: cut short it is %d, %d bytes, %v", v, status, length, err)
		}
	}
}

// renewed counts how often the write deadline is extended.
type renewed struct {
	*httptest.ResponseRecorder
	times int
}

func (d *renewed) SetReadDeadline(time.Time) error { return nil }

func (d *renewed) SetWriteDeadline(at time.Time) error {
	if time.Until(at) > 30*time.Second {
		d.times++
	}
	return nil
}

// A long export is not limited by the time for one response. Only a client that stops reading is cut off.
func TestLongExportHasTime(t *testing.T) {
	w := blushtest.Start(t)
	user := w.User().UserID
	w.Call(w.Dev, "POST", "/v2/facescans?user_id="+user, goodTrace(t)).Want(http.StatusCreated)
	r := httptest.NewRequest("GET", "/v2/users/export?user_id="+user, nil)
	r.TLS = &tls.ConnectionState{}
	r.Header.Set("x-api-key", w.Dev)
	d := &renewed{ResponseRecorder: httptest.NewRecorder()}
	w.Server.Handler().ServeHTTP(d, r)
	if parts := d.Body.Len() / (1 << 16); d.Code != http.StatusOK || parts < 2 || d.times < parts {
		t.Errorf("%d: time was given %d times for %d bytes", d.Code, d.times, d.Body.Len())
	}
}
