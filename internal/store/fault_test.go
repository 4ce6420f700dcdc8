package store_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// A full disk is reported as such. Once there is room again, everything works.
func TestFull(t *testing.T) {
	fill := map[string]struct{ fill, free []string }{
		"sqlite": {[]string{"PRAGMA max_page_count = 1"}, []string{"PRAGMA max_page_count = 1073741823"}}, // 1: as many as there are
		"postgres": {
			[]string{"CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$",
				"CREATE TRIGGER no_room BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION no_room()"},
			[]string{"DROP TRIGGER no_room ON audit"},
		},
	}
	onBoth(t, func(t *testing.T, st *store.Store) {
		disk := fill[st.Engine()]
		for _, q := range disk.fill {
			must(t, st.Exec(t.Context(), q))
		}
		entries := make([]blush.AuditEntry, 500)
		for i := range entries {
			entries[i] = anAccess("user.read")
			entries[i].UserID = "u"
		}
		err := st.Audit(t.Context(), entries...)
		if f := store.Fault(err); f == nil || f.Kind != blush.NoRoom || f.RetryAfter <= 0 || store.Unreachable(err) {
			t.Fatalf("a full disk: %v, reported as %v", err, f)
		}
		// In a transaction of several parts, too.
		ctx, tx := st.Begin(t.Context())
		must(t, st.Audit(ctx, entries...))
		if f := store.Fault(tx.Commit()); f == nil || f.Kind != blush.NoRoom {
			t.Errorf("in a transaction: %v", f)
		}
		for _, q := range disk.free {
			must(t, st.Exec(t.Context(), q))
		}
		must(t, st.Writable(t.Context()))
		must(t, st.Audit(t.Context(), entries...))
		if n := len(collect(t, st.AuditOf(t.Context(), "u"))); n != len(entries) {
			t.Errorf("%d entries are kept, want %d", n, len(entries))
		}
	})
}

// When the disk is nearly full, scans are refused. Everything else still works, including erasure.
func TestScansLeaveRoom(t *testing.T) {
	st := open(t, sqlitetest.File(t))
	ctx := t.Context()
	u := aUser(t, st, aCustomer(t, st, "ACME"), nil, epoch)
	kept := aScan(u, epoch)
	_, _, err := st.CreateScan(ctx, kept, nil, anAccess("scan.create"))
	must(t, err)
	must(t, st.BeginUpload(ctx, store.Upload{ID: "up", UserID: u.ID, CreatedAt: epoch}))
	st.Reserve(1 << 62)
	_, _, err = st.CreateScan(ctx, aScan(u, epoch), nil, anAccess("scan.create"))
	wantKind(t, err, blush.NoRoom)
	wantKind(t, st.AddChunk(ctx, "up", 0, []byte{1}), blush.NoRoom)
	if _, created, err := st.CreateScan(ctx, kept, nil, anAccess("scan.create")); err != nil || created {
		t.Errorf("a stored scan that is sent again: %v, %v", created, err)
	}
	must(t, st.Audit(ctx, anAccess("scan.read")))
	must(t, st.DeleteScan(ctx, kept.ID, u.ID, anAccess("scan.delete")))
}

// A stopped PostgreSQL is reported as away, and used again when it is back.
func TestPostgresAway(t *testing.T) {
	pg := pgtest.Own(t)
	st := open(t, pg.URL())
	ctx := t.Context()
	u := aUser(t, st, aCustomer(t, st, "ACME"), nil, epoch)
	within, tx := st.Begin(ctx)
	must(t, st.LockUser(within, u))
	pg.Stop()
	for name, err := range map[string]error{
		"a transaction that had begun": st.LockUser(within, u),
		"its commit":                   tx.Commit(),
		"a write":                      st.Audit(ctx, anAccess("user.read")),
		"a read": func() error {
			_, err := st.UserByID(ctx, u.ID)
			return err
		}(),
	} {
		if f := store.Fault(err); f == nil || f.Kind != blush.Unavailable || f.RetryAfter <= 0 {
			t.Errorf("%s: %v, reported as %v", name, err, f)
		}
	}
	_, err := store.Open(ctx, pg.URL())
	if err == nil || !store.Unreachable(err) {
		t.Errorf("opened while it is away: %v", err)
	}
	pg.Start()
	if _, err := st.UserByID(ctx, u.ID); err != nil {
		t.Errorf("a read when it is back: %v", err)
	}
	must(t, st.Audit(ctx, anAccess("user.read")))
	_, err = store.Open(ctx, pg.URL()+"&user=nobody")
	if err == nil || store.Unreachable(err) || store.Fault(err) != nil {
		t.Errorf("a user that PostgreSQL does not know is not a fault that passes: %v", err)
	}
}

func TestFaultKinds(t *testing.T) {
	pg := func(code string) error { return fmt.Errorf("query: %w", &pgconn.PgError{Code: code}) }
	for _, c := range []struct {
		err  error
		want blush.Kind
	}{
		{nil, ""}, {errors.New("a mistake"), ""}, {pg("23505"), ""}, {pg("42601"), ""}, {pg("28P01"), ""}, {pg("3D000"), ""},
		{sql.ErrNoRows, ""}, {context.Canceled, ""},
		{io.ErrUnexpectedEOF, ""}, // a client's incomplete body gives the same error
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, ""},
		{blush.E(blush.TooMany, "wait"), ""},
		{pg("53100"), blush.NoRoom}, {fmt.Errorf("write a file: %w", syscall.ENOSPC), blush.NoRoom}, {syscall.EDQUOT, blush.NoRoom},
		{pg("57P01"), blush.Unavailable}, {pg("57P03"), blush.Unavailable}, {pg("08006"), blush.Unavailable}, {pg("53300"), blush.Unavailable},
		{pg("25006"), blush.Unavailable}, {pg("40001"), blush.Unavailable}, {pg("58030"), blush.Unavailable}, {driver.ErrBadConn, blush.Unavailable},
	} {
		f := store.Fault(c.err)
		if got := blush.KindOf(asError(f)); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
}

func asError(e *blush.Error) error {
	if e == nil {
		return nil
	}
	return e
}
