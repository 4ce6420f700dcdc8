package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/seal"
	"blush.example/blush/internal/store"
)

// A row or a customer key that does not open does not keep other rows from being sealed again. Damaged rows are
// listed, left unchanged, and sealed once they are repaired.
func TestDamagedRowsDoNotBlockOthers(t *testing.T) {
	onBothTwice(t, func(t *testing.T, a, b *store.Store) {
		ctx := t.Context()
		c, other, shut := aCustomer(t, a, "ACME"), aCustomer(t, a, "Other"), aCustomer(t, a, "Shut")
		noUser, noAnswer, noTrace := aPerson(t, a, c, "1"), aPerson(t, a, c, "2"), aPerson(t, a, c, "3")
		whole, elsewhere := aPerson(t, a, c, "4"), aPerson(t, a, other, "1")
		aPerson(t, a, shut, "1")
		for _, q := range []string{
			"UPDATE users SET sealed_birth_date = sealed_external_id WHERE id = '" + noUser.user.ID + "'",
			"UPDATE answer SET sealed_value = (SELECT sealed_value FROM answer WHERE id = '" + whole.answer.ID + "') WHERE id = '" + noAnswer.answer.ID + "'",
			"UPDATE scan_data SET data = (SELECT o.data FROM scan_data AS o WHERE o.scan_id = scan_data.scan_id AND o.kind <> scan_data.kind) WHERE kind = 'trace' AND scan_id = '" + noTrace.scan.ID + "'",
			fmt.Sprintf("UPDATE customer_key SET sealed = (SELECT o.sealed FROM customer_key AS o WHERE o.customer_id = '%s') WHERE customer_id = '%s'", other.ID, shut.ID),
		} {
			must(t, a.Exec(ctx, q))
		}
		rotate(t, a, c, epoch.Add(time.Hour))
		rotate(t, a, other, epoch.Add(time.Hour))
		again := func() error { // in a process that has no keys in memory
			for rows := 0; ; {
				n, err := b.Reseal(ctx)
				if n == 0 || err != nil {
					return err
				}
				if rows += n; rows > 100 {
					t.Fatal("the same rows are sealed over and over")
				}
			}
		}
		if err := again(); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("a customer key that does not open is not reported: %v", err)
		}
		want := []string{"user " + noUser.user.ID, "answer of user " + noAnswer.user.ID + " to weight", "trace of scan " + noTrace.scan.ID}
		names, err := b.Damaged(ctx)
		must(t, err)
		if !slices.Equal(names, want) {
			t.Errorf("damaged: %v, want %v", names, want)
		}
		later := epoch.Add(2*time.Hour + store.KeyOverlap)
		if left, err := b.DropReplacedKeys(ctx, later); left != 1 || err != nil {
			t.Errorf("%d keys left, %v: want the one of the damaged rows", left, err)
		}
		whole.check(t, b)
		elsewhere.check(t, b)
		wantKind(t, a.RotateCustomerKey(ctx, c.ID, later, noteArgs{c.ID}, anAccess("customer.rotate_key")), blush.Conflict)

		// Once they are repaired or erased, the rest is sealed and the old key is deleted.
		must(t, a.DeleteScan(ctx, noTrace.scan.ID, noTrace.user.ID, anAccess("scan.delete")))
		must(t, a.DeleteUser(ctx, c.ID, blush.Dev, noAnswer.user.ID, anAccess("user.delete")))
		must(t, a.Exec(ctx, "UPDATE users SET sealed_birth_date = NULL WHERE id = '"+noUser.user.ID+"'"))
		must(t, b.RetryDamaged(ctx))
		if err := again(); !errors.Is(err, seal.ErrSealed) {
			t.Error(err)
		}
		if names, err := b.Damaged(ctx); err != nil || len(names) != 0 {
			t.Errorf("%v, %v", names, err)
		}
		if left, err := b.DropReplacedKeys(ctx, later); left != 0 || err != nil {
			t.Errorf("%d keys left, %v", left, err)
		}
	})
}
