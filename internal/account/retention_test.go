package account_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// Exactly the expired data is counted and then deleted: none of a customer without limits, and none too
// early because a clock is ahead.
func TestRetention(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	if got, err := w.Expired(ctx); err != nil || len(got) != 0 {
		t.Errorf("without limits: %+v, %v", got, err)
	}
	for _, days := range []int{-1, account.MaxKeepDays + 1} {
		_, err := w.UpdateCustomer(ctx, "ACME", account.CustomerChange{KeepTraces: &days})
		wantKind(t, err, blush.Invalid)
	}
	c, err := w.UpdateCustomer(ctx, "ACME", account.CustomerChange{KeepTraces: ptr(30), KeepResults: ptr(365)})
	if err != nil || c.Keep != (blush.Retention{Traces: 30, Results: 365}) {
		t.Fatalf("%+v, %v", c.Keep, err)
	}
	if c, err = w.UpdateCustomer(ctx, "ACME", account.CustomerChange{KeepAudit: ptr(730)}); err != nil || c.Keep != (blush.Retention{Traces: 30, Results: 365, Audit: 730}) {
		t.Fatalf("%+v, %v", c.Keep, err)
	}
	now := time.Now()
	w.now = now.Add(time.Hour)
	u := w.user(t, "anna")
	for _, days := range []int{10, 31, 364, 366} {
		sc := blush.Scan{ID: blush.NewID(), UserID: u.ID, Status: blush.Done, CreatedAt: now.AddDate(0, 0, -days), Timezone: "UTC", InputHash: []byte("h"), Source: "api"}
		if _, _, err := w.store.CreateScan(ctx, sc, map[store.Data][]byte{store.TraceData: []byte("t")}, w.Audit(w.dev, blush.ScanCreate, u.ID, sc.ID)); err != nil {
			t.Fatal(err)
		}
	}
	type row struct {
		Kind store.Expiring
		Days int
		Rows int64
	}
	want := func(what string, look func(context.Context) ([]account.Expired, error), want ...row) {
		t.Helper()
		kinds, err := look(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var got []row
		for _, k := range kinds {
			got = append(got, row{k.Kind, k.Days, k.Rows})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	w.now = now.AddDate(0, 0, -20) // a clock that is behind
	want("20 days ago", w.Expired, row{"traces", 30, 2}, row{"results", 365, 0}, row{"metrics", 365, 0}, row{"audit", 730, 0})
	w.now = now.AddDate(100, 0, 0) // one that is far ahead: the database's clock counts
	for range 2 {
		want("now", w.Expired, row{"traces", 30, 3}, row{"results", 365, 1}, row{"metrics", 365, 0}, row{"audit", 730, 0})
	}
	want("deleted", w.DropExpired, row{"traces", 30, 3}, row{"results", 365, 1}, row{"metrics", 365, 0}, row{"audit", 730, 0})
	want("then", w.Expired, row{"traces", 30, 0}, row{"results", 365, 0}, row{"metrics", 365, 0}, row{"audit", 730, 0})
	l, err := w.store.Scans(ctx, u.ID, store.Newest, 10)
	if err != nil || len(l.Data) != 3 {
		t.Errorf("%d scans are left, %v", len(l.Data), err)
	}
	w.now = now
	export, err := w.ExportUser(ctx, w.dev, blush.UserRef{ID: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	defer export.Close()
	var doc bytes.Buffer
	if err := export.Write(ctx, &doc); err != nil || !bytes.Contains(doc.Bytes(), []byte(`"kept_for":{"traces_days":30,"results_days":365,"audit_days":730}`)) {
		t.Errorf("the export does not state for how long data is kept: %.400s, %v", doc.Bytes(), err)
	}
}

// A customer's audit trail lists what retention deleted about its users, in the users' environment.
func TestRetentionIsListed(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	if _, err := w.UpdateCustomer(ctx, "ACME", account.CustomerChange{KeepTraces: ptr(30)}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	w.now = now
	u := w.user(t, "anna")
	sc := blush.Scan{ID: blush.NewID(), UserID: u.ID, Status: blush.Done, CreatedAt: now.AddDate(0, 0, -40), Timezone: "UTC", InputHash: []byte("h"), Source: "api"}
	if _, _, err := w.store.CreateScan(ctx, sc, map[store.Data][]byte{store.TraceData: []byte("t")}, w.Audit(w.dev, blush.ScanCreate, u.ID, sc.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DropExpired(ctx); err != nil {
		t.Fatal(err)
	}
	for c, want := range map[*blush.Caller]int{&w.dev: 1, &w.live: 0} {
		l, err := w.AuditTrail(ctx, *c, account.AuditQuery{Action: string(blush.RetentionDelete)}, blush.Page{})
		if err != nil || len(l.Data) != want || want == 1 && l.Data[0].UserID != u.ID {
			t.Errorf("%s: %+v, %v", c.Environment, l.Data, err)
		}
	}
}

// Entries about unknown credentials belong to no customer, and are deleted after their own time. Entries about operators' commands, which
// also belong to no customer, stay, and the chain is still intact.
func TestWrongCredentialsAreForgotten(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	now := time.Now()
	for _, age := range []int{100, 91, 89} {
		w.now = now.AddDate(0, 0, -age)
		if err := w.Refused(ctx, blush.Caller{Network: "192.0.2.0/24"}, blush.UserRead, "", blush.Unauthorized); err != nil {
			t.Fatal(err)
		}
		if err := account.CommandRun(ctx, w.store, "customer list", "", w.now); err != nil {
			t.Fatal(err)
		}
	}
	w.now = now
	if kinds, err := w.DropExpired(ctx); err != nil || len(kinds) != 0 {
		t.Errorf("kept for ever: %+v, %v", kinds, err)
	}
	w.KeepRefused = 90
	for _, look := range []func(context.Context) ([]account.Expired, error){w.Expired, w.DropExpired} {
		kinds, err := look(ctx)
		if err != nil || len(kinds) != 1 || kinds[0].Kind != store.ExpiringRefused || kinds[0].Rows != 2 {
			t.Errorf("%+v, %v", kinds, err)
		}
	}
	left := map[blush.CallerKind]int{}
	for r, err := range w.store.AuditAfter(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if r.CustomerID == "" {
			left[r.Kind]++
		}
	}
	// Three commands, and the entry that says that entries were deleted.
	if diff := cmp.Diff(map[blush.CallerKind]int{blush.ByUnknown: 1, blush.ByOperator: 4}, left); diff != "" {
		t.Errorf("entries of no customer (-want +got):\n%s", diff)
	}
	if r, err := w.store.VerifyAudit(ctx); err != nil || r.Broken != 0 || r.Pruned != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}
