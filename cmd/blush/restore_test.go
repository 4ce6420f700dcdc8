package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/store"
)

// A backup of an older schema is migrated while it is restored. The file does not change.
func TestRestoreOfAnOlderSchema(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "old.blush")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("../../internal/store/migrations"))
	if err == nil {
		_, err = steps.UpTo(t.Context(), 2)
	}
	if err == nil {
		_, err = db.Exec("INSERT INTO customer (id, name, frame_ancestors, created_at) VALUES ('c', 'ACME', '[]', 0)")
	}
	if err == nil {
		err = db.Close()
	}
	if err == nil {
		err = os.Chmod(file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := restoreCmd{storeFlags: storeFlags{DataDir: filepath.Join(dir, "new")}, File: file}
	if err := os.Mkdir(c.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := account.LoadSecrets(c.secretFile()); err != nil { // makes one
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Run(t.Context(), console{out: &out, err: &out}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "contains 1 customer, ") {
		t.Errorf("it says %q", out.String())
	}
	list := customerListCmd{storeFlags: c.storeFlags}
	if err := list.Run(t.Context(), console{out: &out, err: &out}); err != nil || !strings.Contains(out.String(), "ACME") {
		t.Errorf("customers: %v, %q", err, out.String())
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup was changed: %v", err)
	}
}

// The next restore and the server remove what a killed restore left in the data folder, but not what a running one uses.
func TestRestoreRemovesWhatAKilledOneLeft(t *testing.T) {
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "a[b]*")
	silence(t)
	for _, line := range [][]string{{"customer", "create", "ACME", "--data-dir", dir}, {"backup", filepath.Join(dir, "all.blush"), "--data-dir", dir}} {
		if code := run(line); code != exitDone {
			t.Fatalf("blush %v: exit code %d", line, code)
		}
	}
	dead := filepath.Join(data, ".restore-123")
	leave := func() {
		if err := os.MkdirAll(dead, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dead, "backup-wal"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	there := func(name string) bool {
		_, err := os.Stat(name)
		return err == nil
	}
	serve := func() { // it ends at once: there is no database
		if code := run([]string{"serve", "--plain-http", "--listen", "127.0.0.1:0", "--data-dir", data, "--database", "postgres://127.0.0.1:1/none", "--database-wait", "0s"}); code == exitDone {
			t.Fatal("a server ran")
		}
	}
	leave()
	used, drop, err := scratchFolder(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if there(dead) {
		t.Error("the next restore left it")
	}
	leave()
	other, dropOther, err := scratchFolder(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	serve()
	if !there(used) || !there(other) {
		t.Error("the folder of a running restore was removed")
	}
	dropOther()
	serve()
	if !there(used) || there(other) {
		t.Error("two restores at once are not apart")
	}
	drop()
	serve()
	if there(used) || there(dead) {
		t.Error("a server left it")
	}
	leave()
	secret, err := os.ReadFile(filepath.Join(dir, "secret"))
	if err == nil {
		err = os.WriteFile(filepath.Join(data, "secret"), secret, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	target := store.InFile(filepath.Join(dir, "restored.db"))
	if code := run([]string{"restore", filepath.Join(dir, "all.blush"), "--data-dir", data, "--database", target}); code != exitDone {
		t.Fatalf("restore: exit code %d", code)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(data), "*", ".restore-*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
