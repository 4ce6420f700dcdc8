package main

import (
	"os"
	"path/filepath"
	"testing"

	"blush.example/blush/internal/store"
)

// A database on which a server works is not copied, because what the server writes meanwhile would be lost. Other commands do not matter.
func TestMigrateDataBesideAServer(t *testing.T) {
	dir := t.TempDir()
	silence(t)
	if code := run([]string{"customer", "create", "ACME", "--data-dir", dir}); code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	served, err := store.Open(t.Context(), store.InFile(filepath.Join(dir, "blush.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	if err := served.Claim(); err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(dir, "moved.db")
	line := []string{"migrate-data", "--data-dir", dir, "--to", store.InFile(moved)}
	if code := run(line); code != exitFailed {
		t.Errorf("beside a server: exit code %d", code)
	}
	if _, err := os.Stat(moved); err == nil {
		t.Error("the new database was begun")
	}
	if err := served.Close(); err != nil {
		t.Fatal(err)
	}
	if code := run(line); code != exitDone {
		t.Errorf("without a server: exit code %d", code)
	}
	if code := run([]string{"customer", "show", "ACME", "--database", store.InFile(moved), "--secret-file", filepath.Join(dir, "secret")}); code != exitDone {
		t.Errorf("the copy: exit code %d", code)
	}
}
