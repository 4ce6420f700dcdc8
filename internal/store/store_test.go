package store_test

import (
	"bytes"
	"os"
	"testing"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/seal"
	"blush.example/blush/internal/store"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// onBoth runs a test on SQLite and on PostgreSQL: one conformance suite, two databases.
func onBoth(t *testing.T, test func(t *testing.T, st *store.Store)) {
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, sqlitetest.File(t))) })
	t.Run("postgres", func(t *testing.T) { test(t, open(t, pgtest.URL(t, "store", schema.Migrate))) })
}

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	st.SealWith(aMaster(t, 1))
	return st
}

// aMaster is a master secret, told apart by a number.
func aMaster(t *testing.T, n byte) seal.Cipher {
	t.Helper()
	m, err := seal.New(bytes.Repeat([]byte{n}, seal.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
