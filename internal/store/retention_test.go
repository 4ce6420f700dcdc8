package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// What is past its time goes, in parts, and leaves an entry in the trail of whom it was about. All else stays as it
// is: what is newer, what waits, what is of another kind or customer, and the metrics of later days.
func TestDropExpired(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		const day = 24 * time.Hour
		before := epoch.Add(10 * day)
		c, other := aCustomer(t, st, "ACME"), aCustomer(t, st, "Other")
		type kept struct {
			user     blush.User
			old, new blush.Scan
			waits    blush.Scan
		}
		fill := func(c blush.Customer) kept {
			k := kept{user: aUser(t, st, c, ptr("anna"), epoch)}
			k.old, k.new = pointed(k.user, epoch, 60), pointed(k.user, before, 70)
			for _, sc := range []blush.Scan{k.old, k.new} {
				_, _, err := st.CreateScan(ctx, sc, map[store.Data][]byte{store.TraceData: []byte("t"), store.WaveformData: []byte("w")}, anAccess("scan.create"))
				must(t, err)
			}
			k.waits = aScan(k.user, epoch)
			k.waits.Status, k.waits.Result = blush.Processing, nil
			must(t, st.BeginUpload(ctx, store.Upload{ID: k.waits.ID, UserID: k.user.ID, CreatedAt: epoch}))
			_, _, err := st.CreateVideoScan(ctx, k.waits, k.waits.ID, noteArgs{k.waits.ID}, anAccess("scan.create"))
			must(t, err)
			settle(t, st, k.user, epoch,
				blush.InsightDay{Day: "2026-01-02", At: epoch, Scores: map[string]blush.Score{"mental": {Score: ptr(10.0)}, "physical": {}}},
				blush.InsightDay{Day: "2026-01-12", At: before, Scores: map[string]blush.Score{"mental": {Score: ptr(20.0)}}})
			hook := aWebhook(t, st, c, func(w *blush.Webhook) { w.Values = true })
			must(t, st.Raise(ctx, c.ID, blush.Dev, anEvent(k.user, blush.ScanDone)))
			late := anEvent(k.user, blush.MetricChanged)
			late.At = before
			must(t, st.Raise(ctx, c.ID, blush.Dev, late))
			if n := len(deliveriesOf(t, st, hook)); n != 2 {
				t.Fatalf("%d deliveries", n)
			}
			return k
		}
		ours, theirs := fill(c), fill(other)
		drop := func(kind store.Expiring, want int) {
			t.Helper()
			n, err := st.CountExpired(ctx, c.ID, kind, before)
			must(t, err)
			if n != int64(want) {
				t.Errorf("%s: %d counted, want %d", kind, n, want)
			}
			a := anAccess(blush.RetentionDelete)
			a.At = before
			got := 0
			for {
				n, err := st.DropExpired(ctx, c.ID, kind, before, a)
				must(t, err)
				if n == 0 {
					break
				}
				got += n
			}
			if got != want {
				t.Errorf("%s: %d deleted, want %d", kind, got, want)
			}
		}
		hasData := func(sc blush.Scan, kind store.Data, want bool) {
			t.Helper()
			_, err := st.ScanData(ctx, sc.ID, kind)
			if (err == nil) != want || err != nil && blush.KindOf(err) != blush.NotFound {
				t.Errorf("%s of %s: %v", kind, sc.CreatedAt, err)
			}
		}
		drop(store.ExpiringTraces, 1)
		hasData(ours.old, store.TraceData, false)
		hasData(ours.old, store.WaveformData, true)
		hasData(ours.new, store.TraceData, true)
		hasData(theirs.old, store.TraceData, true)

		drop(store.ExpiringMetrics, 1)
		drop(store.ExpiringResults, 1)
		_, err := st.Scan(ctx, ours.old.ID)
		wantKind(t, err, blush.NotFound)
		for _, sc := range []blush.Scan{ours.new, ours.waits, theirs.old, theirs.new} {
			if _, err := st.Scan(ctx, sc.ID); err != nil {
				t.Errorf("a scan that stays: %v", err)
			}
		}
		for u, want := range map[string][]string{ours.user.ID: {"2026-01-12"}, theirs.user.ID: {"2026-01-02", "2026-01-12"}} {
			days, err := st.InsightDays(ctx, u)
			must(t, err)
			var got []string
			for _, d := range days {
				got = append(got, d.Day)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("days (-want +got):\n%s", diff)
			}
		}
		if at := staleFrom(t, st, ours.user); at != -1 {
			t.Errorf("the metrics are computed again from minute %d on: they would change without what was deleted", at)
		}
		for c, want := range map[string]int{c.ID: 1, other.ID: 2} {
			hooks, err := st.Webhooks(ctx, c, blush.Dev)
			must(t, err)
			n := 0
			for _, d := range deliveriesOf(t, st, hooks[0]) {
				if d.Sealed != nil {
					n++
				}
			}
			if n != want {
				t.Errorf("values in %d deliveries, want %d", n, want)
			}
		}
		objects := map[string]int{}
		for _, a := range collect(t, st.AuditOf(ctx, ours.user.ID)) {
			if a.Action == blush.RetentionDelete {
				objects[a.ObjectID]++
			}
		}
		if diff := cmp.Diff(map[string]int{"traces": 1, "results": 1, "metrics": 1}, objects); diff != "" {
			t.Errorf("entries (-want +got):\n%s", diff)
		}

		// The audit trail.
		for _, of := range []string{c.ID, other.ID} {
			for i := range 450 {
				a := anAccess("user.read")
				a.CustomerID, a.UserID = of, "somebody"
				if i >= 400 {
					a.At = before
				}
				must(t, st.Audit(ctx, a))
			}
		}
		for more := true; more; {
			n, err := st.DropExpired(ctx, c.ID, store.ExpiringAudit, before, anAccess(blush.RetentionDelete))
			must(t, err)
			more = n > 0
		}
		left := map[string]int{}
		for _, a := range collect(t, st.AuditOf(ctx, "somebody")) {
			left[a.CustomerID]++
		}
		if diff := cmp.Diff(map[string]int{c.ID: 50, other.ID: 450}, left); diff != "" {
			t.Errorf("entries left (-want +got):\n%s", diff)
		}
	})
}
