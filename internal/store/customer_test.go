package store_test

import (
	"path/filepath"
	"testing"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

func TestRenameCustomer(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		aCustomer(t, st, "Zenith")
		got, err := st.RenameCustomer(ctx, "ACME", "Apex")
		must(t, err)
		if got.ID != c.ID || got.Name != "Apex" {
			t.Errorf("renamed to %+v", got)
		}
		_, err = st.RenameCustomer(ctx, c.ID, "Zenith")
		wantKind(t, err, blush.Conflict)
		_, err = st.RenameCustomer(ctx, c.ID, "Apex") // its own name is no conflict
		must(t, err)
		_, err = st.Customer(ctx, "ACME")
		wantKind(t, err, blush.NotFound)
		_, err = st.RenameCustomer(ctx, "ACME", "Other")
		wantKind(t, err, blush.NotFound)
	})
}

// A customer is erased with its keys, users and scans, and no other customer's are.
func TestDeleteCustomer(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c, other := aCustomer(t, st, "ACME"), aCustomer(t, st, "Zenith")
		u, kept := aUser(t, st, c, nil, epoch), aUser(t, st, other, nil, epoch)
		s, keptScan := aScan(u, epoch), aScan(kept, epoch)
		for _, s := range []blush.Scan{s, keptScan} {
			_, _, err := st.CreateScan(ctx, s, nil, anAccess("scan.create"))
			must(t, err)
		}

		wantKind(t, st.DeleteCustomer(ctx, c.ID, false, anAccess("customer.delete")), blush.Conflict)
		if n, err := st.CountUsers(ctx, c.ID, blush.Dev); n != 1 || err != nil {
			t.Fatalf("%d users after a refused deletion, %v", n, err)
		}
		a := anAccess("customer.delete")
		a.UserID = "trace of the deletion"
		must(t, st.DeleteCustomer(ctx, c.ID, true, a))
		_, err := st.Customer(ctx, c.ID)
		wantKind(t, err, blush.NotFound)
		if keys, err := st.Keys(ctx, c.ID); len(keys) != 0 || err != nil {
			t.Errorf("keys %v, %v", keys, err)
		}
		_, err = st.Scan(ctx, s.ID)
		wantKind(t, err, blush.NotFound)
		if _, err := st.Scan(ctx, keptScan.ID); err != nil {
			t.Errorf("the other customer's scan: %v", err)
		}
		if log := collect(t, st.AuditOf(ctx, a.UserID)); len(log) != 1 {
			t.Errorf("audit %v, %v", log, err)
		}
		wantKind(t, st.DeleteCustomer(ctx, c.ID, true, anAccess("customer.delete")), blush.NotFound)
	})
}

// Reading the schema version of an empty database leaves it empty.
func TestSchemaVersionMakesNothing(t *testing.T) {
	ask := func(t *testing.T, url string) {
		st, err := store.Open(t.Context(), url)
		must(t, err)
		defer st.Close()
		for range 2 {
			if current, newest, err := st.SchemaVersion(t.Context()); current != 0 || newest == 0 || err != nil {
				t.Errorf("schema %d of %d, %v", current, newest, err)
			}
		}
		must(t, st.Migrate(t.Context()))
		if current, newest, err := st.SchemaVersion(t.Context()); current != newest || err != nil {
			t.Errorf("schema %d of %d, %v", current, newest, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { ask(t, filepath.Join(t.TempDir(), "blush.db")) })
	t.Run("postgres", func(t *testing.T) { ask(t, pgtest.URL(t, "empty", func(string) error { return nil })) })
}
