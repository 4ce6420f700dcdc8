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

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/server"
)

// A server does not start without the master secret of its database, nor with
// another, and makes none in its place; a replica neither.
func TestServerNeedsItsSecret(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
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
		// Nor on a database from before there were check values, which has signed tokens.
		changeDatabase(t, w.DatabaseURL, "DELETE FROM secret_check")
		refused(other, "not a master secret of this database")
		refused(missing, "missing")
	})
}

// While the database has another secret than the server, it is not ready.
func TestNotReadyWithAnotherSecret(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		w.Call("", "GET", "/readyz", nil).Want(http.StatusOK)
		changeDatabase(t, w.DatabaseURL, "UPDATE secret_check SET sealed = (SELECT hash FROM api_key LIMIT 1)")
		if a := w.Call("", "GET", "/readyz", nil).Want(http.StatusServiceUnavailable); !strings.Contains(string(a.Body), "secret") {
			t.Errorf("%s", a.Body)
		}
	})
}

// changeDatabase runs one statement beside the server.
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
