package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/internal/store"
)

// What is no form of a database's name makes no file of that name, and no message shows the password in it.
func TestUnknownDatabases(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, url := range []string{
		"", "sqlite:", ":memory:", "sqlite::memory:", "file:hunter2.db", "sqlite://hunter2.db", "blush.db?key=hunter2", "sqlite:blush.db?mode=hunter2",
		"host=localhost password=hunter2", "mysql://u:hunter2@host/db", "POSTGRES:/u:hunter2@h/db", "u:hunter2@host/db", "jdbc:postgresql://h/d?password=hunter2",
		"postgres://u:hunter2%zz@h/db", "postgres://u:hun/ter2@h/db", "postgres://u:hunter2@h:port/db", "postgres://u@h/db?password=hunter2&sslmode=hunter",
		"postgres://u@h/db?password=hunter2&pool_max_conns=x", "PostgreSQL://u:hunter2@127.0.0.1:1/db?connect_timeout=2", "postgres://u:hunter2@[::1/db",
	} {
		st, err := store.Open(context.Background(), url)
		if err == nil {
			st.Close()
			t.Errorf("Open(%q) succeeded", url)
		} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "ter2") {
			t.Errorf("Open(%q): %v", url, err)
		}
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
		t.Errorf("made: %v, %v", made, err)
	}
	for _, url := range []string{"plain.db", "sqlite:with=sign.db", "./a b.db", filepath.Join(dir, "whole.db"), "sqlite:" + filepath.Join(dir, "marked.db")} {
		open(t, url)
	}
}

// A database file that others may read is refused, and so are the files beside it that hold what it will hold.
func TestFileOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no such bits")
	}
	for _, file := range []string{"blush.db", "blush.db-wal"} {
		path := filepath.Join(t.TempDir(), "blush.db")
		must(t, open(t, path).Close())
		loose := filepath.Join(filepath.Dir(path), file)
		must(t, os.WriteFile(loose, nil, 0o600))
		must(t, os.Chmod(loose, 0o640))
		if st, err := store.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "chmod 600") || !strings.Contains(err.Error(), loose) {
			t.Errorf("%s: %v", file, err)
			if err == nil {
				st.Close()
			}
		}
		must(t, os.Chmod(loose, 0o600))
		open(t, path)
	}
}

// A link to a database file is that file: it has one lock, and what is beside the file counts.
func TestLinkedFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "disk", "blush.db"), filepath.Join(dir, "blush.db")
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	first, second := open(t, link), open(t, path) // the first makes the file
	must(t, first.Claim())
	if err := second.Claim(); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("a second server: %v", err)
	}
	must(t, first.Close())
	must(t, second.Close())
	must(t, os.WriteFile(path+"-wal", nil, 0o600))
	must(t, os.Chmod(path+"-wal", 0o640))
	if _, err := store.Open(t.Context(), link); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Error(err)
	}
}

// A file with two names is refused under each: SQLite would keep a log beside both.
func TestHardLinkedFile(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("links are not counted on " + runtime.GOOS)
	}
	dir := t.TempDir()
	path, link := filepath.Join(dir, "blush.db"), filepath.Join(dir, "other.db")
	must(t, open(t, path).Close())
	if err := os.Link(path, link); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{path, link} {
		if _, err := store.Open(t.Context(), name); err == nil || !strings.Contains(err.Error(), "hard link") {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, os.Remove(link))
	must(t, open(t, path).Close())
}

// One server works on a SQLite file, any number on PostgreSQL.
func TestClaim(t *testing.T) {
	path := filepath.Join(t.TempDir(), "blush.db")
	first, second := open(t, path), open(t, path)
	must(t, first.Claim())
	must(t, first.Claim())
	if err := second.Claim(); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("a second server: %v", err)
	}
	if _, err := second.Customers(t.Context()); err != nil {
		t.Errorf("a command beside the server: %v", err)
	}
	must(t, first.Close())
	must(t, second.Claim())

	url := pgtest.URL(t, "store", schema.Migrate)
	must(t, open(t, url).Claim())
	must(t, open(t, url).Claim())
}

// A program does not work on the tables of a newer one.
func TestNewerSchema(t *testing.T) {
	newer := func(t *testing.T, driver, name, url string) {
		open(t, url)
		db, err := sql.Open(driver, name)
		must(t, err)
		defer db.Close()
		_, err = db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999999, true)")
		must(t, err)
		st, err := store.Open(t.Context(), url)
		must(t, err)
		defer st.Close()
		if err := st.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "999999") {
			t.Errorf("migrate: %v", err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "blush.db")
		newer(t, "sqlite", path, path)
	})
	t.Run("postgres", func(t *testing.T) {
		url := pgtest.URL(t, "store", schema.Migrate)
		newer(t, "pgx", url, url)
	})
}
