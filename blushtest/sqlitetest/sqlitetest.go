// Package sqlitetest provides SQLite databases for tests: each test has a file of its
// own, copied from one that was migrated once for the process.
package sqlitetest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"blush.example/blush/blushtest/schema"
)

// File returns the path of a migrated database without data, in a temporary directory of the test.
func File(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "blush.db")
	Write(t, file)
	return file
}

// Write writes a migrated database without data to a new file.
func Write(t testing.TB, file string) {
	t.Helper()
	b, err := migrated()
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// migrated is the content of such a file.
var migrated = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "sqlitetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "blush.db")
	if err := schema.Migrate(file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})
