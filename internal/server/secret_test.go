package server_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/server"
	"blush.example/blush/internal/store"
)

// A server, also a replica, does not start without the master secret of its database or with
// another one, and does not create one.
func TestServerNeedsItsSecret(t *testing.T) {
	w := blushtest.Start(t)
	w.Call(w.Dev, "POST", "/v2/users/authenticate", map[string]string{"user_id": w.User().UserID}).Want(200)
	w.Stop()
	refused := func(file, word string) {
		t.Helper()
		s, err := server.New(t.Context(), server.Config{DataDir: w.DataDir, DatabaseURL: w.DatabaseURL, SecretFile: file, Listen: "127.0.0.1:0"})
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", word, err)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing")
	refused(missing, "missing")
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a secret was made in its place: %v", err)
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(other, "not a master secret of this database")
	// The same on a database of an earlier version without a check value, which has signing keys.
	changeDatabase(t, w.DatabaseURL, "DELETE FROM secret_check")
	refused(other, "not a master secret of this database")
	refused(missing, "missing")
}

// A server that was started without a bucket is not ready once another server has stored something in one, and no server is while the
// database has another secret than the server.
func TestNotReady(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		w.Call("", "GET", "/readyz", nil).Want(http.StatusOK)
		changeDatabase(t, w.DatabaseURL, "INSERT INTO object (name, claimed, created_at) VALUES ('trace/1', TRUE, 0)")
		if a := w.Call("", "GET", "/readyz", nil).Want(http.StatusServiceUnavailable); !strings.Contains(string(a.Body), "no bucket") {
			t.Errorf("%s", a.Body)
		}
		changeDatabase(t, w.DatabaseURL, "DELETE FROM object")
		w.Call("", "GET", "/readyz", nil).Want(http.StatusOK)
		changeDatabase(t, w.DatabaseURL, "UPDATE secret_check SET sealed = (SELECT hash FROM api_key LIMIT 1)")
		if a := w.Call("", "GET", "/readyz", nil).Want(http.StatusServiceUnavailable); !strings.Contains(string(a.Body), "secret") {
			t.Errorf("%s", a.Body)
		}
	})
}

// A server whose master secret another process retires refuses API requests within seconds,
// and says why. Servers with the new secret, and pages without data, still answer.
func TestRetiredSecretEndsAServer(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		ctx := t.Context()
		u := w.User()
		token := tokenFor(t, w, u.UserID)
		read := "/v2/users?user_id=" + u.UserID
		st, err := store.Open(ctx, w.DatabaseURL)
		must(t, err)
		t.Cleanup(func() { must(t, st.Close()) })
		old, err := account.OpenSecrets(ctx, st, filepath.Join(w.DataDir, "secret"))
		must(t, err)
		file := filepath.Join(t.TempDir(), "next")
		must(t, account.New(st, old, time.Now).RotateSecret(ctx, func() (*account.Secrets, error) { return account.LoadSecrets(file) }))
		w.Call(w.Dev, "GET", read, nil).Want(http.StatusOK) // both secrets are valid
		next, err := account.OpenSecrets(ctx, st, file)
		must(t, err)
		replica := account.New(st, next, time.Now)
		_, err = replica.RetireSecrets(ctx, false)
		must(t, err)

		wantReady(t, w, http.StatusServiceUnavailable, "another secret")
		end := time.Now().Add(5 * time.Minute)
		for a := w.Call(w.Dev, "GET", read, nil); a.Status != http.StatusServiceUnavailable; a = w.Call(w.Dev, "GET", read, nil) {
			if time.Now().After(end) {
				t.Fatalf("a server with a retired secret answers %d", a.Status)
			}
			time.Sleep(50 * time.Millisecond)
		}
		for _, a := range []blushtest.Answer{
			w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"late"}`),
			w.Call("", "GET", "/v2/users", nil, "Authorization", "Token "+token),
			w.Call("blush_dev_wrong", "GET", read, nil),
		} {
			a.Want(http.StatusServiceUnavailable)
			if a.Header.Get("Retry-After") == "" || !strings.Contains(string(a.Body), "master secret") {
				t.Errorf("%s, Retry-After %q", a.Body, a.Header.Get("Retry-After"))
			}
		}
		w.Call("", "GET", "/healthz", nil).Want(http.StatusOK)
		w.Call("", "GET", "/docs/instructions-for-use", nil).Want(http.StatusOK)
		for _, cr := range []account.Credentials{{APIKey: w.Dev}, {Authorization: "Token " + token}} {
			if _, err := replica.Authenticate(ctx, cr); err != nil {
				t.Errorf("with the new secret: %v", err)
			}
		}
	})
}

// changeDatabase runs one statement on the database of a running server.
func changeDatabase(t *testing.T, address, statement string) {
	t.Helper()
	driver := "sqlite"
	if strings.HasPrefix(address, "postgres") {
		driver = "pgx"
	} else {
		address = "file:" + address + "?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}
