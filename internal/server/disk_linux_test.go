package server_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/server"
)

// diskBytes is the size of the small disk of a test: more than scans leave free.
const diskBytes = 72 << 20

// With a full disk, writes fail with an error that says so, and lose nothing. No personal
// data is read without an audit entry. Requests without personal data still work. When
// there is room again, everything works as before.
func TestFullDisk(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		dir := smallDisk(t)
		w := blushtest.Start(t, func(c *server.Config) { c.DataDir = dir })
		ballast := filepath.Join(dir, "ballast")
		fullDisk(t, w, func() { fillDisk(t, ballast) }, func() { must(t, os.Remove(ballast)) })
	})
	t.Run("postgres", func(t *testing.T) {
		url := blushtest.PostgresURL(t)
		w := blushtest.Start(t, func(c *server.Config) { c.DatabaseURL = url })
		changeDatabase(t, url, "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$")
		tables := []string{"audit", "users", "scan", "revoked_token", "api_key"}
		fullDisk(t, w, func() {
			for _, table := range tables {
				changeDatabase(t, url, "CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON "+table+" FOR EACH ROW EXECUTE FUNCTION no_room()")
			}
		}, func() {
			for _, table := range tables {
				changeDatabase(t, url, "DROP TRIGGER no_room ON "+table)
			}
		})
	})
}

func fullDisk(t *testing.T, w *blushtest.World, fill, free func()) {
	user := w.User().UserID
	submit := "/v2/facescans?user_id=" + user
	read := "/v2/users?user_id=" + user
	w.Call(w.Dev, "POST", submit, goodTrace(t)).Want(http.StatusCreated)
	before := accesses(t, w, user)
	fill()
	w.Call(w.Dev, "GET", "/v2/pages/settings", nil).Want(http.StatusOK)
	answered := 0
	for a := w.Call(w.Dev, "GET", read, nil); ; a = w.Call(w.Dev, "GET", read, nil) {
		if a.Status == http.StatusOK { // while there is room for an audit entry
			answered++
			continue
		}
		a.Want(http.StatusServiceUnavailable)
		if a.Header.Get("Retry-After") == "" || !strings.Contains(string(a.Body), "without that record") {
			t.Errorf("a read: %s, Retry-After %q", a.Body, a.Header.Get("Retry-After"))
		}
		break
	}
	for _, write := range []blushtest.Answer{
		w.Call(w.Dev, "POST", submit, goodTrace(t), "Idempotency-Key", "again"),
		w.Call(w.Dev, "POST", "/v2/users", map[string]any{"external_user_id": "new"}),
	} {
		write.Want(http.StatusInsufficientStorage)
		if write.Header.Get("Retry-After") == "" || !strings.Contains(string(write.Body), "full") {
			t.Errorf("a write: %s, Retry-After %q", write.Body, write.Header.Get("Retry-After"))
		}
	}
	for _, page := range []string{"/healthz", "/docs/instructions-for-use", "/openapi.json", "/v2/pages/settings"} {
		key := w.Dev
		if !strings.HasPrefix(page, "/v2") {
			key = ""
		}
		w.Call(key, "GET", page, nil).Want(http.StatusOK)
	}
	wantReady(t, w, http.StatusServiceUnavailable, "disk full")

	free()
	wantReady(t, w, http.StatusOK, "ready")
	w.Call(w.Dev, "GET", read, nil).Want(http.StatusOK)
	scan := w.Call(w.Dev, "POST", submit, goodTrace(t), "Idempotency-Key", "again").Want(http.StatusCreated)
	w.Call(w.Dev, "GET", scan.Header.Get("Location"), nil).Want(http.StatusOK)
	var list struct{ Data []struct{} }
	if w.Call(w.Dev, "GET", submit, nil).Want(http.StatusOK).JSON(&list); len(list.Data) != 2 {
		t.Errorf("%d scans are kept, want the 2 that were acknowledged", len(list.Data))
	}
	w.Call(w.Dev, "POST", "/v2/users", map[string]any{"external_user_id": "new"}).Want(http.StatusCreated)
	if got := accesses(t, w, user) - before; got < answered {
		t.Errorf("%d reads were answered while the disk filled, %d accesses are recorded", answered, got)
	}
}

// accesses counts the audit entries about reads of a user.
func accesses(t *testing.T, w *blushtest.World, user string) (n int) {
	t.Helper()
	var export struct{ Accesses []struct{ Action string } }
	w.Call(w.Dev, "GET", "/v2/users/export?user_id="+user, nil).Want(http.StatusOK).JSON(&export)
	for _, a := range export.Accesses {
		if a.Action == "user.read" {
			n++
		}
	}
	return n
}

// smallDisk mounts a small disk in memory.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", diskBytes)); err != nil {
		t.Skipf("a small disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// fillDisk writes a file until the disk is full.
func fillDisk(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	must(t, err)
	defer f.Close()
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	must(t, f.Sync())
}
