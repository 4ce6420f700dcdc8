package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

func TestIdempotency(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, ptr("a"), epoch)
		k := store.IdempotencyKey{CustomerID: c.ID, Environment: blush.Dev, Key: "retry-1"}
		keep := func(ctx context.Context, answer string, at time.Time) bool {
			t.Helper()
			kept, err := st.KeepAnswer(ctx, k, store.KeptAnswer{RequestHash: []byte("h"), Answer: []byte(answer)}, u.ID, at, at.Add(-24*time.Hour))
			must(t, err)
			return kept
		}
		kept := func(at time.Time) string {
			t.Helper()
			a, ok, err := st.KeptAnswer(ctx, k, at.Add(-24*time.Hour))
			must(t, err)
			if ok != (a.Answer != nil) || ok && string(a.RequestHash) != "h" {
				t.Errorf("%+v, %v", a, ok)
			}
			return string(a.Answer)
		}
		if got := kept(epoch); got != "" {
			t.Fatalf("an answer before the request: %s", got)
		}
		if !keep(ctx, "first", epoch) || keep(ctx, "second", epoch) {
			t.Error("of two answers the first is not the one kept")
		}
		if got := kept(epoch.Add(23 * time.Hour)); got != "first" {
			t.Errorf("after 23 h: %q", got)
		}
		if got := kept(epoch.Add(25 * time.Hour)); got != "" {
			t.Errorf("after 25 h: %q", got)
		}
		if !keep(ctx, "next day", epoch.Add(25*time.Hour)) {
			t.Error("an answer of yesterday is in the way")
		}
		must(t, st.DeleteUser(ctx, c.ID, blush.Dev, u.ID, anAccess("user.delete")))
		_, err := st.KeepAnswer(ctx, k, store.KeptAnswer{RequestHash: []byte("h"), Answer: []byte("late")}, u.ID, epoch, epoch)
		wantKind(t, err, blush.NotFound)
	})
}

// What is written under one transaction is there together or not at all, is
// seen within it, and holds nobody up before its first write.
func TestTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, ptr("a"), epoch)
		held := func(ctx context.Context) int {
			t.Helper()
			l, err := st.Consents(ctx, u.ID)
			must(t, err)
			return len(l)
		}
		give := func(ctx context.Context, id string) error {
			return st.GiveConsent(ctx, blush.Consent{ID: id, UserID: u.ID, GivenAt: epoch}, anAccess("consent.give"))
		}
		for _, commit := range []bool{false, true} {
			within, tx := st.Begin(ctx)
			must(t, give(ctx, fmt.Sprintf("beside %v", commit))) // the transaction that has not written keeps nobody waiting
			before := held(ctx)
			var after []int
			must(t, st.After(within, func(ctx context.Context) error { after = append(after, held(ctx)); return nil }))
			must(t, give(within, fmt.Sprintf("one %v", commit)))
			if err := give(within, fmt.Sprintf("one %v", commit)); err == nil {
				t.Error("the same id twice")
			}
			must(t, give(within, fmt.Sprintf("two %v", commit))) // what failed alone is undone alone
			if !st.InTransaction(within) || st.InTransaction(ctx) {
				t.Error("which context is in a transaction?")
			}
			if got := held(within); got != before+2 {
				t.Errorf("within: %d consents, want %d", got, before+2)
			}
			if got := held(ctx); got != before {
				t.Errorf("others see %d consents before the commit, want %d", got, before)
			}
			want := before
			if commit {
				must(t, tx.Commit())
				want += 2
			}
			tx.Rollback()
			if got := held(ctx); got != want {
				t.Errorf("commit %v: %d consents, want %d", commit, got, want)
			}
			if len(after) != 0 {
				t.Error("what was left for after the commit ran before")
			}
			must(t, tx.RunAfter(within))
			if commit != slices.Equal(after, []int{want}) {
				t.Errorf("commit %v: after it there were %v", commit, after)
			}
			must(t, give(within, fmt.Sprintf("late %v", commit))) // a transaction that has ended is none
		}
		// A request that is broken off leaves nothing.
		cut, cancel := context.WithCancel(ctx)
		within, tx := st.Begin(cut)
		before := held(ctx)
		must(t, give(within, "cut off"))
		cancel()
		if err := tx.Commit(); err == nil {
			t.Error("committed what was broken off")
		}
		if got := held(ctx); got != before {
			t.Errorf("a request that was broken off left %d consents", got-before)
		}
	})
}
