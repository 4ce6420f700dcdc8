package store_test

import (
	"database/sql"
	"testing"
	"time"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// A user who is erased between the moments at which expired data is found and deleted does not stop the deletion of other users' data.
func TestDropExpiredOfAUserWhoIsErased(t *testing.T) {
	for _, kind := range []store.Expiring{store.ExpiringTraces, store.ExpiringResults, store.ExpiringMetrics} {
		t.Run(string(kind), func(t *testing.T) {
			ctx, url := t.Context(), pgtest.URL(t, "store", schema.Migrate)
			st, before := open(t, url), epoch.AddDate(0, 0, 10)
			c := aCustomer(t, st, "ACME")
			var users []blush.User
			for _, name := range []string{"anna", "bert"} {
				u := aUser(t, st, c, &name, epoch)
				_, _, err := st.CreateScan(ctx, pointed(u, epoch, 60), map[store.Data][]byte{store.TraceData: []byte("t")}, anAccess("scan.create"))
				must(t, err)
				settle(t, st, u, epoch, blush.InsightDay{Day: "2026-01-02", At: epoch, Scores: map[string]blush.Score{"mental": {Score: ptr(10.0)}}})
				users = append(users, u)
			}
			// The erasure is not committed until the deletion waits for it.
			db, err := sql.Open("pgx", url)
			must(t, err)
			defer db.Close()
			erasure, err := db.BeginTx(ctx, nil)
			must(t, err)
			defer erasure.Rollback()
			_, err = erasure.ExecContext(ctx, "DELETE FROM users WHERE id = $1", users[0].ID)
			must(t, err)
			type outcome struct {
				deleted int
				err     error
			}
			done := make(chan outcome, 1)
			go func() {
				n, err := st.DropExpired(ctx, c.ID, kind, before, anAccess(blush.RetentionDelete))
				done <- outcome{n, err}
			}()
			for waiting := 0; waiting == 0; time.Sleep(10 * time.Millisecond) {
				must(t, db.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting))
			}
			must(t, erasure.Commit())
			if got := <-done; got != (outcome{1, nil}) {
				t.Errorf("%d deleted, %v", got.deleted, got.err)
			}
			for i, want := range []int{0, 1} {
				n := 0
				for _, a := range collect(t, st.AuditOf(ctx, users[i].ID)) {
					if a.Action == blush.RetentionDelete {
						n++
					}
				}
				if n != want {
					t.Errorf("user %d: %d entries, want %d", i, n, want)
				}
			}
		})
	}
}
