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
)

// A backup of an older schema is brought up to date on its way, and stays as it is.
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
	if !strings.Contains(out.String(), "contains 1 customers, ") {
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
