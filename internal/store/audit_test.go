package store_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// accesses returns n entries of a customer, one second apart.
func accesses(customer string, n int) []blush.AuditEntry {
	out := make([]blush.AuditEntry, n)
	for i := range out {
		out[i] = blush.AuditEntry{At: epoch.Add(time.Duration(i) * time.Second), CustomerID: customer, Environment: blush.Dev, Kind: blush.ByAPIKey,
			CredentialID: "k", Action: "user.read", UserID: fmt.Sprint("u", i%2), RequestID: "r", Network: "192.0.2.0/24"}
	}
	return out
}

func verified(t *testing.T, st *store.Store, known ...store.AuditHead) store.AuditReport {
	t.Helper()
	r, err := st.VerifyAudit(t.Context(), known...)
	must(t, err)
	return r
}

func wantWhole(t *testing.T, r store.AuditReport, entries, pruned int64) {
	t.Helper()
	if r.Broken != 0 || r.Entries != entries || r.Pruned != pruned || r.Outside != 0 || r.Head.Place != entries+pruned {
		t.Fatalf("%+v, want an intact chain of %d entries and %d pruned", r, entries, pruned)
	}
}

// Entries can be added in all ways at the same time. None is lost, and the chain stays intact.
func TestAuditIsAChain(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		wantWhole(t, verified(t, st), 0, 0)
		u := aUser(t, st, aCustomer(t, st, "ACME"), nil, epoch) // 1: a method that writes
		var writers sync.WaitGroup
		for i := range 8 {
			writers.Go(func() {
				for range 20 { // accesses alone, some of two entries
					if err := st.Audit(ctx, accesses("c", 1+i%2)...); err != nil {
						t.Error(err)
					}
				}
				for range 5 { // transactions of a write and two entries
					err := st.Together(ctx, func(ctx context.Context) error {
						return errors.Join(st.Audit(ctx, accesses("c", 1)...), st.LockUser(ctx, u), st.RevokeUserTokens(ctx, u.ID, anAccess("token.revoke_all")))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		wantWhole(t, verified(t, st), 1+8*20*3/2+8*5*2, 0)
		rows := collect(t, st.AuditAfter(ctx, 0))
		for i, r := range rows {
			if r.Place != int64(i+1) {
				t.Fatalf("entry %d is at place %d", i+1, r.Place)
			}
		}
	})
}

// A transaction that is rolled back leaves no entry. A refusal rolls back its transaction and leaves one entry.
func TestAuditOfRollbacks(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		u := aUser(t, st, aCustomer(t, st, "ACME"), nil, epoch)
		failed := errors.New("no")
		if err := st.Together(ctx, func(ctx context.Context) error {
			must(t, st.Audit(ctx, accesses("c", 3)...))
			return failed
		}); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		// A part that fails does not undo what the other parts wrote.
		must(t, st.Together(ctx, func(ctx context.Context) error {
			must(t, st.Audit(ctx, accesses("c", 1)...))
			wantKind(t, st.RevokeUserTokens(ctx, blush.NewID(), anAccess("token.revoke_all")), blush.NotFound)
			return nil
		}))
		within, tx := st.Begin(ctx)
		must(t, st.RevokeUserTokens(within, u.ID, anAccess("token.revoke_all")))
		refused := accesses("c", 1)[0]
		refused.Outcome = blush.Forbidden
		must(t, st.Refused(within, refused))
		if err := tx.Commit(); err == nil {
			t.Error("a transaction was committed after a refusal")
		}
		wantWhole(t, verified(t, st), 3, 0)
		rows := collect(t, st.AuditAfter(ctx, 1))
		if len(rows) != 2 || rows[0].Action != "user.read" || rows[0].Outcome != "" || rows[1].Outcome != blush.Forbidden {
			t.Errorf("%+v", rows)
		}
	})
}

// A change of the trail in the database is found, with the first place that is wrong.
func TestAuditTampering(t *testing.T) {
	zeros := hex.EncodeToString(make([]byte, 32))
	bytesOf := map[string]string{"sqlite": "x'" + zeros + "'", "postgres": "decode('" + zeros + "', 'hex')"}
	for name, c := range map[string]struct {
		sql   []string
		place int64
	}{
		"an entry is changed":        {[]string{"UPDATE audit SET user_id = 'u9' WHERE seq = 4"}, 4},
		"its outcome is changed":     {[]string{"UPDATE audit SET outcome = 'forbidden' WHERE seq = 5"}, 5},
		"its time is changed":        {[]string{"UPDATE audit SET at = at + 1 WHERE seq = 1"}, 1},
		"a field moves into another": {[]string{"UPDATE audit SET object_id = user_id, user_id = '' WHERE seq = 4"}, 4},
		"an entry is deleted":        {[]string{"DELETE FROM audit WHERE seq = 7"}, 7},
		"the first is deleted":       {[]string{"DELETE FROM audit WHERE seq = 1"}, 1},
		"the last is deleted":        {[]string{"DELETE FROM audit WHERE seq = 10"}, 10},
		"all are deleted":            {[]string{"DELETE FROM audit"}, 1},
		"the last and the end":       {[]string{"DELETE FROM audit WHERE seq = 10", "UPDATE audit_head SET seq = 9, hash = (SELECT hash FROM audit WHERE seq = 9)"}, 10},
		"the end is set back":        {[]string{"UPDATE audit_head SET seq = 9"}, 10},
		"two change places":          {[]string{"UPDATE audit SET seq = 99 WHERE seq = 3", "UPDATE audit SET seq = 3 WHERE seq = 4", "UPDATE audit SET seq = 4 WHERE seq = 99"}, 3},
		"a hash is replaced":         {[]string{"UPDATE audit SET hash = ZEROS WHERE seq = 6"}, 6},
		"a gap nobody pruned": {[]string{"INSERT INTO audit_gap (first_seq, last_seq, hash, pruned_by) SELECT 2, 3, hash, 10 FROM audit WHERE seq = 3",
			"DELETE FROM audit WHERE seq IN (2, 3)"}, 2},
		"an entry beside its gap": {[]string{"INSERT INTO audit_gap (first_seq, last_seq, hash, pruned_by) SELECT 2, 3, hash, 10 FROM audit WHERE seq = 3",
			"DELETE FROM audit WHERE seq = 2"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, st *store.Store) {
				must(t, st.Audit(t.Context(), accesses("c", 10)...))
				noted := verified(t, st).Head
				for _, q := range c.sql {
					must(t, st.Exec(t.Context(), strings.ReplaceAll(q, "ZEROS", bytesOf[st.Engine()])))
				}
				if r := verified(t, st, noted); r.Broken != c.place || r.Why == "" {
					t.Errorf("broken at %d (%s), want %d", r.Broken, r.Why, c.place)
				}
			})
		})
	}
}

// A chain that was rebuilt from some place on is found by its earlier end, if that was noted.
func TestAuditMadeAnew(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		must(t, st.Audit(t.Context(), accesses("c", 4)...))
		noted := verified(t, st).Head
		for _, q := range []string{"UPDATE audit SET user_id = 'u9', seq = NULL, hash = NULL WHERE seq = 4",
			"UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)"} {
			must(t, st.Exec(t.Context(), q))
		}
		must(t, st.Migrate(t.Context())) // adds the changed entry to the chain, as one of an older version
		wantWhole(t, verified(t, st), 4, 0)
		if r := verified(t, st, noted); r.Broken != 4 {
			t.Errorf("%+v, want broken at 4", r)
		}
	})
}

// Retention removes a customer's old entries, and the chain stays intact. Any other removal is found.
func TestAuditPrune(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		for i := range 6 { // in turn of two customers and of unknown credentials
			entries := accesses([]string{"a", "b", ""}[i%3], 2)
			if i%3 == 2 {
				entries[0].Kind, entries[1].Kind = blush.ByUnknown, blush.ByUnknown
			}
			must(t, st.Audit(ctx, entries...))
		}
		prune := func(customer string, before time.Time, want int) {
			t.Helper()
			n, err := st.PruneAudit(ctx, customer, before, blush.AuditEntry{At: epoch, CustomerID: customer, Kind: blush.ByOperator})
			must(t, err)
			if n != want {
				t.Fatalf("%d entries of %q are pruned, want %d", n, customer, want)
			}
		}
		prune("a", epoch, 0)
		wantWhole(t, verified(t, st), 12, 0)
		prune("a", epoch.Add(time.Second), 2) // the first of each two
		wantWhole(t, verified(t, st), 11, 2)
		prune("a", epoch.Add(time.Hour), 2)
		prune("b", epoch.Add(time.Hour), 4)
		prune("", epoch.Add(time.Hour), 4)
		wantWhole(t, verified(t, st), 4, 12)
		prune("a", epoch.Add(time.Hour), 0) // the entries that record the pruning stay
		command := accesses("", 1)
		command[0].Kind, command[0].Action = blush.ByOperator, blush.CommandRun
		must(t, st.Audit(ctx, command...))
		prune("", epoch.Add(time.Hour), 0) // an operator's command that is about no customer stays
		wantWhole(t, verified(t, st), 5, 12)
		must(t, st.Audit(ctx, accesses("a", 3)...))
		noted := verified(t, st).Head
		wantWhole(t, verified(t, st, noted), 8, 12)
		must(t, st.Exec(ctx, "UPDATE audit_gap SET last_seq = last_seq + 1 WHERE first_seq = 3"))
		if r := verified(t, st); r.Broken != 6 {
			t.Errorf("a gap that was made larger: %+v", r)
		}
		must(t, st.Exec(ctx, "UPDATE audit_gap SET last_seq = last_seq - 1 WHERE first_seq = 3"))
		must(t, st.Exec(ctx, "DELETE FROM audit_gap WHERE first_seq = 7"))
		if r := verified(t, st); r.Broken != 7 {
			t.Errorf("a gap that was deleted: %+v", r)
		}
	})
}

// A page has only entries of its customer and environment that match the filter.
func TestAuditPage(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		must(t, st.Audit(ctx, accesses("a", 6)...))
		must(t, st.Audit(ctx, accesses("b", 2)...))
		live := accesses("a", 1)
		live[0].Environment, live[0].Action = blush.Live, "scan.read"
		must(t, st.Audit(ctx, live...))
		read := func(f store.AuditFilter, limit int) (times []int) {
			t.Helper()
			after := store.Newest
			for {
				l, err := st.AuditPage(ctx, "a", blush.Dev, f, after, limit)
				must(t, err)
				for _, r := range l.Data {
					times = append(times, int(r.At.Sub(epoch).Seconds()))
					after = store.Cursor{At: r.At, ID: r.ID}
					if one, err := st.AuditEntry(ctx, "a", blush.Dev, r.ID); err != nil || !cmp.Equal(one, r) {
						t.Errorf("entry %s: %+v, %v", r.ID, one, err)
					}
					_, err := st.AuditEntry(ctx, "b", blush.Dev, r.ID)
					wantKind(t, err, blush.NotFound)
				}
				if !l.HasMore {
					return times
				}
			}
		}
		for _, c := range []struct {
			f    store.AuditFilter
			want []int
		}{
			{store.AuditFilter{}, []int{5, 4, 3, 2, 1, 0}},
			{store.AuditFilter{UserID: "u1"}, []int{5, 3, 1}},
			{store.AuditFilter{Action: "scan.read"}, nil},
			{store.AuditFilter{Action: "user.read", From: epoch.Add(2 * time.Second), To: epoch.Add(4 * time.Second)}, []int{3, 2}},
			{store.AuditFilter{UserID: "u0", To: epoch.Add(4 * time.Second)}, []int{2, 0}},
			{store.AuditFilter{UserID: "u9"}, nil},
		} {
			if got := read(c.f, 2); !slices.Equal(got, c.want) {
				t.Errorf("%+v: %v, want %v", c.f, got, c.want)
			}
		}
	})
}

// If the entry of a noted end was removed by retention, the report says so, because the end can then not be checked.
func TestAuditKnownEndThatIsGone(t *testing.T) {
	st := open(t, sqlitetest.File(t))
	ctx := t.Context()
	must(t, st.Audit(ctx, accesses("c", 10)...))
	if _, err := st.PruneAudit(ctx, "c", epoch.Add(5*time.Second), anAccess("x")); err != nil {
		t.Fatal(err)
	}
	all := verified(t, st)
	if all.Broken != 0 || len(all.Gone) != 0 || all.Pruned < 3 {
		t.Fatalf("%+v", all)
	}
	for _, k := range []store.AuditHead{{Place: 3, Hash: make([]byte, store.AuditHashBytes)}, {Place: 1, Hash: make([]byte, store.AuditHashBytes)}} {
		if r := verified(t, st, k); !slices.Equal(r.Gone, []int64{k.Place}) {
			t.Errorf("an end at place %d, which was removed: %+v", k.Place, r)
		}
	}
	if r := verified(t, st, store.AuditHead{Place: all.Pruned, Hash: make([]byte, store.AuditHashBytes)}); r.Broken != all.Pruned {
		t.Errorf("another hash at the last place of a gap: %+v", r)
	}
}
