// Package blushtest is the test kit: a running server on a temporary database,
// a customer with keys, users, and an HTTP client that checks every answer
// against the server's own OpenAPI document. It starts the same server as the
// program does; nothing is mocked.
package blushtest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/client"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/server"
)

// World is a running server with what a test needs.
type World struct {
	t           testing.TB
	Server      *server.Server
	URL         string
	DataDir     string
	DatabaseURL string
	// HTTP trusts the server's certificate and checks every answer against its OpenAPI document.
	HTTP *http.Client
	// Customer has one key for test data and one for real data.
	Customer blush.Customer
	Dev      string
	Live     string

	stop func()
}

// OnBothDatabases runs a test twice: on SQLite and on PostgreSQL.
func OnBothDatabases(t *testing.T, story func(t *testing.T, w *World)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { story(t, Start(t)) })
	t.Run("postgres", func(t *testing.T) {
		url := PostgresURL(t)
		story(t, Start(t, func(c *server.Config) { c.DatabaseURL = url }))
	})
}

// PostgresURL returns a fresh, migrated PostgreSQL database, or skips the test if PostgreSQL is not installed.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return pgtest.URL(t, "blush", schema.Migrate)
}

// seeds gives the first scan the seed 1, the next one 2, and so on. A scan that is sent again under the same id keeps its seed.
func seeds() func(id string) uint64 {
	var mu sync.Mutex
	of := map[string]uint64{}
	return func(id string) uint64 {
		mu.Lock()
		defer mu.Unlock()
		if of[id] == 0 {
			of[id] = uint64(len(of) + 1)
		}
		return of[id]
	}
}

// Start runs a server until the test ends. Without changes it is the same as `blush
// serve`: HTTPS with a development certificate, SQLite in a directory of its own.
// Synthetic scans without a seed have the seeds 1, 2, 3 and so on, so that every run sees the same scans.
func Start(t testing.TB, changes ...func(*server.Config)) *World {
	t.Helper()
	dir := t.TempDir()
	cfg := server.Config{DataDir: dir, Listen: "127.0.0.1:0", Drain: time.Minute, Version: "test", Log: logger(t)}
	cfg.Scan.Seed = seeds()
	for _, change := range changes {
		change(&cfg)
	}
	if cfg.DatabaseURL == "" && cfg.DataDir == dir { // migrated already
		sqlitetest.Write(t, filepath.Join(dir, "blush.db"))
	}
	s, err := server.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := &World{t: t, Server: s, URL: s.URL(), DataDir: cfg.DataDir, DatabaseURL: cfg.DatabaseURL}
	if w.DatabaseURL == "" {
		w.DatabaseURL = filepath.Join(cfg.DataDir, "blush.db")
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stopped := false
	w.stop = func() {
		if stopped {
			return
		}
		stopped = true
		w.HTTP.CloseIdleConnections()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("server: %v", err)
		}
	}
	w.HTTP = &http.Client{Transport: &checker{t: t, next: &http.Transport{TLSClientConfig: trust(t, s.CAFile()), ForceAttemptHTTP2: true}, contract: contractOf(cfg.Version, s)}}
	t.Cleanup(w.stop)
	w.Customer, w.Dev, w.Live = w.NewCustomer("Acme")
	return w
}

// Stop ends the server as SIGTERM would, before the test's end.
func (w *World) Stop() { w.stop() }

// NewCustomer makes a customer and returns its keys.
func (w *World) NewCustomer(name string) (c blush.Customer, dev, live string) {
	w.t.Helper()
	c, keys, err := w.Server.Accounts.CreateCustomer(context.Background(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, k := range keys {
		if k.Environment == blush.Dev {
			dev = k.Text
		} else {
			live = k.Text
		}
	}
	return c, dev, live
}

// Client calls the server with an API key.
func (w *World) Client(key string) *client.Client {
	return &client.Client{BaseURL: w.URL, APIKey: key, HTTP: w.HTTP}
}

// TokenClient calls the server with an action token.
func (w *World) TokenClient(token string) *client.Client {
	return &client.Client{BaseURL: w.URL, Token: token, HTTP: w.HTTP}
}

// User registers a user of the DEV key with an external id of its own.
func (w *World) User() client.User {
	w.t.Helper()
	external := "user-" + rand.Text()
	u, _, err := w.Client(w.Dev).CreateUser(context.Background(), client.User{ExternalUserID: &external})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func trust(t testing.TB, caFile string) *tls.Config {
	t.Helper()
	if caFile == "" {
		return nil
	}
	ca, err := os.ReadFile(caFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &tls.Config{RootCAs: pool}
}

// logger shows the server's log with the test that it belongs to, when it fails or with -v.
func logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewJSONHandler(&testWriter{t: t}, nil))
}

type testWriter struct{ t testing.TB }

func (w *testWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", b[:max(0, len(b)-1)])
	return len(b), nil
}
