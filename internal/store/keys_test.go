package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/seal"
	"blush.example/blush/internal/store"
)

// onBothTwice is onBoth with two processes on one database.
func onBothTwice(t *testing.T, test func(t *testing.T, a, b *store.Store)) {
	twice := func(t *testing.T, url string) { test(t, open(t, url), open(t, url)) }
	t.Run("sqlite", func(t *testing.T) { twice(t, filepath.Join(t.TempDir(), "blush.db")) })
	t.Run("postgres", func(t *testing.T) { twice(t, pgtest.URL(t, "store", schema.Migrate)) })
}

// person is a user with something of everything that is sealed.
type person struct {
	user   blush.User
	scan   blush.Scan
	answer blush.Answer
}

const traceText = "trace of 0.123456789"

func aPerson(t *testing.T, st *store.Store, c blush.Customer, externalID string) person {
	t.Helper()
	ctx := t.Context()
	u, created, err := st.CreateUser(ctx, blush.User{
		ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev, ExternalID: &externalID, BirthDate: ptr("1985-05-05"), CreatedAt: epoch,
	}, anAccess("user.create"))
	must(t, err)
	if !created {
		t.Fatalf("%s was there", externalID)
	}
	p := person{u, aScan(u, epoch), blush.Answer{ID: blush.NewID(), UserID: u.ID, Key: "weight", Value: 61.2345678, At: epoch, Timezone: "UTC"}}
	_, _, err = st.CreateScan(ctx, p.scan, map[store.Data][]byte{store.TraceData: []byte(traceText), store.WaveformData: []byte("[]")}, anAccess("scan.create"))
	must(t, err)
	must(t, st.AddAnswers(ctx, u.ID, []blush.Answer{p.answer}, 0, anAccess("question.answer")))
	return p
}

// check reads all that is sealed of a person.
func (p person) check(t *testing.T, st *store.Store) {
	t.Helper()
	ctx := t.Context()
	for _, ref := range []blush.UserRef{{ID: p.user.ID}, {ExternalID: *p.user.ExternalID}} {
		got, err := st.User(ctx, p.user.CustomerID, blush.Dev, ref)
		must(t, err)
		if diff := cmp.Diff(p.user, got); diff != "" {
			t.Errorf("user by %v (-stored +read):\n%s", ref, diff)
		}
	}
	again, created, err := st.CreateUser(ctx, blush.User{ID: blush.NewID(), CustomerID: p.user.CustomerID, Environment: blush.Dev,
		ExternalID: p.user.ExternalID, CreatedAt: epoch}, anAccess("user.create"))
	if err != nil || created || again.ID != p.user.ID {
		t.Errorf("created again: %v, %+v, %v", created, again, err)
	}
	answers, err := st.Answers(ctx, p.user.ID)
	must(t, err)
	if diff := cmp.Diff([]blush.Answer{p.answer}, answers); diff != "" {
		t.Errorf("answers (-stored +read):\n%s", diff)
	}
	trace, err := st.ScanData(ctx, p.scan.ID, store.TraceData)
	if err != nil || string(trace) != traceText {
		t.Errorf("trace %q, %v", trace, err)
	}
}

// reseal seals everything again, and returns how many rows that were.
func reseal(t *testing.T, st *store.Store) (rows int) {
	t.Helper()
	for {
		n, err := st.Reseal(t.Context())
		must(t, err)
		if n == 0 {
			return rows
		}
		rows += n
	}
}

func rotate(t *testing.T, st *store.Store, c blush.Customer, at time.Time) {
	t.Helper()
	must(t, st.RotateCustomerKey(t.Context(), c.ID, at, noteArgs{c.ID}, anAccess("customer.rotate_key")))
}

// A value that is moved to another row or column does not open: nobody is given what belongs to another.
func TestSealedValuesStayInTheirPlace(t *testing.T) {
	// The table before is read from a copy: SQLite would see the rows that the statement has changed already.
	swaps := []struct{ table, change string }{
		{"users", "sealed_birth_date = (SELECT was.sealed_birth_date FROM was WHERE was.id <> users.id)"},
		{"users", "sealed_birth_date = sealed_external_id"},
		{"answer", "sealed_value = (SELECT was.sealed_value FROM was WHERE was.id <> answer.id)"},
		{"answer", "lookup_key = 'height'"},
		{"scan_data", "data = (SELECT was.data FROM was WHERE was.scan_id <> scan_data.scan_id AND was.kind = scan_data.kind)"},
		{"scan_data", "data = (SELECT was.data FROM was WHERE was.scan_id = scan_data.scan_id AND was.kind <> scan_data.kind)"},
	}
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		for i, swap := range swaps {
			c := aCustomer(t, st, string(rune('A'+i)))
			a := aPerson(t, st, c, "anna")
			aPerson(t, st, c, "ben")
			a.check(t, st)
			for _, statement := range []string{"CREATE TABLE was AS SELECT * FROM " + swap.table, "UPDATE " + swap.table + " SET " + swap.change, "DROP TABLE was"} {
				must(t, st.Exec(ctx, statement))
			}
			var err error
			switch swap.table {
			case "users":
				_, err = st.User(ctx, c.ID, blush.Dev, blush.UserRef{ID: a.user.ID})
			case "answer":
				_, err = st.Answers(ctx, a.user.ID)
			default:
				_, err = st.ScanData(ctx, a.scan.ID, store.TraceData)
			}
			if !errors.Is(err, seal.ErrSealed) {
				t.Errorf("%s, %s: %v", swap.table, swap.change, err)
			}
			must(t, st.Exec(ctx, "DELETE FROM users"))
		}
	})
}

// Nothing can be read, or written, without the master secret or with another.
func TestSealedNeedsTheMasterSecret(t *testing.T) {
	url := filepath.Join(t.TempDir(), "blush.db")
	st := open(t, url)
	c := aCustomer(t, st, "ACME")
	p := aPerson(t, st, c, "anna")
	for name, m := range map[string]store.Sealer{"none": nil, "another": aMaster(t, 2)} {
		stranger, err := store.Open(t.Context(), url)
		must(t, err)
		t.Cleanup(func() { stranger.Close() })
		if m != nil {
			stranger.SealWith(m)
		}
		_, err = stranger.User(t.Context(), c.ID, blush.Dev, blush.UserRef{ID: p.user.ID})
		_, byName := stranger.User(t.Context(), c.ID, blush.Dev, blush.UserRef{ExternalID: "anna"})
		_, _, creating := stranger.CreateUser(t.Context(), blush.User{ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev, ExternalID: ptr("anna")}, anAccess("user.create"))
		for _, err := range []error{err, byName, creating} {
			if err == nil || blush.KindOf(err) == blush.NotFound {
				t.Errorf("with %s: %v", name, err)
			}
		}
	}
	p.check(t, st)
}

// While a customer's key is replaced, processes that know the new one and those that don't yet find
// the same people, and make nobody twice. The old key stays while one of them may seal with it.
func TestRotateCustomerKey(t *testing.T) {
	onBothTwice(t, func(t *testing.T, a, b *store.Store) {
		ctx := t.Context()
		c, other := aCustomer(t, a, "ACME"), aCustomer(t, a, "Other")
		before, elsewhere := aPerson(t, a, c, "before"), aPerson(t, a, other, "before")
		before.check(t, b) // which holds the old key now
		rotate(t, a, c, epoch.Add(time.Hour))
		wantKind(t, a.RotateCustomerKey(ctx, c.ID, epoch.Add(2*time.Hour), noteArgs{c.ID}, anAccess("customer.rotate_key")), blush.Conflict)
		after, late := aPerson(t, a, c, "after"), aPerson(t, b, c, "late")
		for _, st := range []*store.Store{a, b} {
			for _, p := range []person{before, after, late, elsewhere} {
				p.check(t, st)
			}
		}
		if left, err := a.DropReplacedKeys(ctx, epoch.Add(48*time.Hour)); left != 1 || err != nil {
			t.Errorf("%d keys left, %v: one that still seals something", left, err)
		}
		if n := reseal(t, a); n == 0 {
			t.Error("nothing was sealed again")
		}
		later := aPerson(t, b, c, "later")
		if left, err := a.DropReplacedKeys(ctx, epoch.Add(time.Hour+store.KeyOverlap-time.Second)); left != 1 || err != nil {
			t.Errorf("%d keys left, %v", left, err)
		}
		reseal(t, a)
		if left, err := a.DropReplacedKeys(ctx, epoch.Add(time.Hour+store.KeyOverlap)); left != 0 || err != nil {
			t.Errorf("%d keys left, %v", left, err)
		}
		for _, st := range []*store.Store{a, b} {
			for _, p := range []person{before, after, late, later, elsewhere} {
				p.check(t, st)
			}
		}
		if n := reseal(t, b); n != 0 {
			t.Errorf("%d rows sealed again once more", n)
		}
		rotate(t, b, c, epoch) // a clock that is behind: it is the newest nevertheless
		if reseal(t, b) == 0 {
			t.Error("nothing was sealed again")
		}
		before.check(t, a)
	})
}

// Whoever is registered by many at once, while the key changes, is registered once.
func TestUserIsCreatedOnceWhileTheKeyChanges(t *testing.T) {
	onBothTwice(t, func(t *testing.T, a, b *store.Store) {
		c := aCustomer(t, a, "ACME")
		aPerson(t, a, c, "warm").check(t, b)
		var mu sync.Mutex
		ids := map[string]map[string]bool{}
		var all sync.WaitGroup
		for i, st := range []*store.Store{a, b, a, b} {
			all.Go(func() {
				for _, name := range []string{"p0", "p1", "p2", "p3", "p4", "p5"} {
					if i == 0 && name == "p3" {
						if err := a.RotateCustomerKey(t.Context(), c.ID, epoch.Add(time.Hour), noteArgs{c.ID}, anAccess("customer.rotate_key")); err != nil {
							t.Error(err)
						}
					}
					u, _, err := st.CreateUser(t.Context(), blush.User{ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev, ExternalID: &name}, anAccess("user.create"))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if ids[name] == nil {
						ids[name] = map[string]bool{}
					}
					ids[name][u.ID] = true
					mu.Unlock()
					if _, err := st.Reseal(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		for name, of := range ids {
			if len(of) != 1 {
				t.Errorf("%s is %d users", name, len(of))
			}
		}
	})
}

// The keys are sealed again with the newest of the master secret's, and stay what they are.
func TestRewrapKeys(t *testing.T) {
	url := filepath.Join(t.TempDir(), "blush.db")
	st := open(t, url)
	p := aPerson(t, st, aCustomer(t, st, "ACME"), "anna")
	must(t, st.RewrapKeys(t.Context(), changing{aMaster(t, 1), aMaster(t, 2)}))
	next, err := store.Open(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { next.Close() })
	next.SealWith(aMaster(t, 2))
	p.check(t, next)
}

// changing opens with one secret and seals with another.
type changing struct{ old, next seal.Cipher }

func (c changing) Open(sealed []byte, purpose string) ([]byte, error) {
	return c.old.Open(sealed, purpose)
}
func (c changing) Seal(data []byte, purpose string) []byte { return c.next.Seal(data, purpose) }

// A customer's key goes with the customer: what was sealed opens no more, wherever a copy of a row is.
func TestDeleteCustomerTakesItsKeys(t *testing.T) {
	onBothTwice(t, func(t *testing.T, a, b *store.Store) {
		ctx := t.Context()
		c, other := aCustomer(t, a, "ACME"), aCustomer(t, a, "Other")
		aPerson(t, a, c, "anna")
		kept := aPerson(t, a, other, "anna")
		rotate(t, a, c, epoch.Add(time.Hour)) // both of its keys go
		must(t, a.DeleteCustomer(ctx, c.ID, true, anAccess("customer.delete")))
		dump, err := a.Dump(ctx)
		must(t, err)
		for line := range strings.Lines(dump) {
			if strings.HasPrefix(line, "customer_key ") && strings.Contains(line, c.ID) {
				t.Errorf("a key is left: %s", line)
			}
		}
		if strings.Count(dump, "customer_key ") != 1 {
			t.Errorf("keys:\n%s", dump)
		}
		kept.check(t, b)
		_, err = a.User(ctx, c.ID, blush.Dev, blush.UserRef{ExternalID: "anna"})
		wantKind(t, err, blush.NotFound)
		_, _, err = b.CreateUser(ctx, blush.User{ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev}, anAccess("user.create"))
		wantKind(t, err, blush.NotFound)
	})
}

// Customers of before there were keys are given one each, also by several processes at once.
func TestMakeKeys(t *testing.T) {
	onBothTwice(t, func(t *testing.T, a, b *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, a, "ACME")
		must(t, a.Exec(ctx, "DELETE FROM customer_key"))
		var all sync.WaitGroup
		for _, st := range []*store.Store{a, b, a, b} {
			all.Go(func() {
				if err := st.MakeKeys(context.WithoutCancel(ctx), epoch); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		dump, err := a.Dump(ctx)
		must(t, err)
		if strings.Count(dump, "customer_key ") != 1 {
			t.Errorf("keys:\n%s", dump)
		}
		aPerson(t, a, c, "anna").check(t, b)
	})
}
