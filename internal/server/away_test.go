package server_test

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/server"
	"blush.example/blush/simulate"
)

// A server that starts waits for an unreachable PostgreSQL. If PostgreSQL stops later, requests get
// an error that says so. When it is back, everything works again, including background work.
func TestPostgresAway(t *testing.T) {
	pg := pgtest.Own(t)
	pg.Stop()
	waited := &onMessage{do: pg.Start}
	w := blushtest.Start(t, func(c *server.Config) {
		c.DatabaseURL, c.DatabaseWait, c.Log = pg.URL(), time.Hour, slog.New(waited)
	})
	if !waited.done {
		t.Error("the server did not wait")
	}
	user := w.User().UserID
	page := "/scan?action_token=" + pageToken(t, w, "/v2/facescans/url?user_id="+user)
	read := "/v2/users?user_id=" + user
	w.Call(w.Dev, "GET", read, nil).Want(http.StatusOK)
	video := filepath.Join(t.TempDir(), "face.avi")
	blushtest.FaceVideo(t, video, simulate.NewScene(3, 2))

	pg.Stop()
	for _, a := range []blushtest.Answer{
		w.Call(w.Dev, "GET", read, nil),
		w.Call(w.Dev, "POST", "/v2/users", map[string]any{"external_user_id": "new"}, "Idempotency-Key", "again"),
		w.Call(w.Dev, "GET", "/v2/pages/settings", nil), // the key is looked up in the database
	} {
		a.Want(http.StatusServiceUnavailable)
		if a.Header.Get("Retry-After") == "" || !strings.Contains(string(a.Body), "database") {
			t.Errorf("%s, Retry-After %q", a.Body, a.Header.Get("Retry-After"))
		}
	}
	w.Call("", "GET", "/healthz", nil).Want(http.StatusOK)
	wantReady(t, w, http.StatusServiceUnavailable, "no database")
	// Without the list of who may embed the page, nobody may.
	if policy := w.Call("", "GET", page, nil).Want(http.StatusOK).Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
		t.Errorf("a page without a database: %s", policy)
	}

	pg.Start()
	wantReady(t, w, http.StatusOK, "ready")
	w.Call(w.Dev, "GET", read, nil).Want(http.StatusOK)
	w.Call(w.Dev, "POST", "/v2/users", map[string]any{"external_user_id": "new"}, "Idempotency-Key", "again").Want(http.StatusCreated)
	scan, err := w.Client(w.Dev).SubmitVideo(t.Context(), client.UserRef{ID: user}, video, client.VideoOptions{})
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if scan, err = w.Client(w.Dev).Wait(ctx, scan.FaceScanID); err != nil || scan.Status != string(blush.Done) {
		t.Errorf("a video after it: %+v, %v", scan.Status, err)
	}
}

// A server does not wait if the name or password of the database is wrong.
func TestNoWaitForAWrongName(t *testing.T) {
	pg := pgtest.Own(t)
	log := &onMessage{do: func() { t.Error("the server waits") }}
	_, err := server.New(t.Context(), server.Config{DataDir: t.TempDir(), Listen: "127.0.0.1:0", DatabaseURL: pg.URL() + "&user=nobody",
		DatabaseWait: time.Hour, Log: slog.New(log)})
	if err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("%v", err)
	}
}

// onMessage is a log handler that calls do when the server first waits for its database.
type onMessage struct {
	slog.Handler
	mu   sync.Mutex
	do   func()
	done bool
}

func (m *onMessage) Enabled(context.Context, slog.Level) bool { return true }

func (m *onMessage) WithAttrs([]slog.Attr) slog.Handler { return m }

func (m *onMessage) Handle(_ context.Context, r slog.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if strings.HasPrefix(r.Message, "waiting for the database") && !m.done {
		m.done = true
		m.do()
	}
	return nil
}

// wantReady waits until /readyz answers as wanted, because the server tests its database only from time to time.
func wantReady(t *testing.T, w *blushtest.World, status int, word string) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		a := w.Call("", "GET", "/readyz", nil)
		if a.Status == status && strings.Contains(string(a.Body), word) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("/readyz: %d %s, want %d %s", a.Status, a.Body, status, word)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
