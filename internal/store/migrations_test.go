package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/internal/store"
)

// openedByMany opens a database eight times at once, as eight processes would, and does something with each.
func openedByMany(t *testing.T, url string, do func(st *store.Store)) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			st, err := store.Open(t.Context(), url)
			if err != nil {
				t.Error(err)
				return
			}
			do(st)
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Several processes may start at once on an empty database.
func TestConcurrentMigrations(t *testing.T) {
	many := func(t *testing.T, url string) {
		openedByMany(t, url, func(st *store.Store) {
			if err := st.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
			if current, newest, err := st.SchemaVersion(t.Context()); err != nil || current != newest || newest == 0 {
				t.Errorf("schema %d of %d, %v", current, newest, err)
			}
		})
	}
	t.Run("sqlite", func(t *testing.T) { many(t, filepath.Join(t.TempDir(), "blush.db")) })
	t.Run("postgres", func(t *testing.T) { many(t, pgtest.URL(t, "empty", func(string) error { return nil })) })
}

// Several processes may open a new SQLite file at once. SQLite does not wait for the one that changes the mode of its journal.
func TestNewFileIsOpenedByMany(t *testing.T) {
	for i := range 40 {
		openedByMany(t, filepath.Join(t.TempDir(), fmt.Sprint(i)), func(*store.Store) {})
	}
}

func TestOpenRefusesNonsense(t *testing.T) {
	for _, url := range []string{"", "postgres://nobody@127.0.0.1:1/none?connect_timeout=300", t.TempDir(), "/nonexistent/dir/blush.db"} {
		st, err := store.Open(context.Background(), url)
		if err == nil {
			st.Close()
			t.Errorf("Open(%q) succeeded", url)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Open(%q): %v", url, err)
		}
	}
}
