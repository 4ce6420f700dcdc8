package store_test

import (
	"os"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// A database in memory takes what a file does, shows it to every connection, and leaves no file.
// Frozen, it can be read and takes nothing, and reading it leaves no trail.
func TestMemory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("TMPDIR", dir)
	ctx := t.Context()
	st, err := store.OpenMemory(ctx)
	must(t, err)
	defer st.Close()
	must(t, st.Migrate(ctx))
	st.SealWith(aMaster(t, 1))
	c := blush.Customer{ID: blush.NewID(), Name: "made up", CreatedAt: time.Now()}
	must(t, st.CreateCustomer(ctx, c, nil))
	external := "one"
	u, _, err := st.CreateUser(ctx, blush.User{ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev, ExternalID: &external, CreatedAt: time.Now()}, blush.AuditEntry{CustomerID: c.ID, Action: "user.create"})
	must(t, err)
	other, err := store.OpenMemory(ctx)
	must(t, err)
	defer other.Close()
	must(t, other.Migrate(ctx))
	if all, err := other.Customers(ctx); err != nil || len(all) != 0 {
		t.Errorf("another database in memory holds %v, %v", all, err)
	}

	must(t, st.Freeze())
	trail, entries := blush.WithTrail(ctx)
	must(t, st.Audit(trail, blush.AuditEntry{CustomerID: c.ID, UserID: u.ID, Action: blush.ScanRead}))
	if n := len(entries.Entries()); n != 1 {
		t.Errorf("whoever reads is told of %d entries", n)
	}
	kept := 0
	for _, err := range st.AuditOf(ctx, u.ID) {
		must(t, err)
		kept++
	}
	if kept != 1 {
		t.Errorf("%d entries are kept, not that of the user's creation alone", kept)
	}
	if err := st.CreateCustomer(ctx, blush.Customer{ID: blush.NewID(), Name: "later", CreatedAt: time.Now()}, nil); store.Fault(err) == nil {
		t.Errorf("a frozen database: %v", err)
	}
	if _, err := st.Customer(ctx, "made up"); err != nil {
		t.Error(err)
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
		t.Errorf("made: %v, %v", made, err)
	}
	file := open(t, "some.db")
	if err := file.Freeze(); err == nil {
		t.Error("a file was frozen")
	}
}
