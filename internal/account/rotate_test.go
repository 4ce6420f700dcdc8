package account_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// onBoth runs a test on SQLite and on PostgreSQL. Each store that the test opens represents another process on the same database.
func onBoth(t *testing.T, test func(t *testing.T, open func() *store.Store)) {
	on := func(t *testing.T, url string) {
		open := func() *store.Store {
			st, err := store.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { st.Close() })
			return st
		}
		test(t, open)
	}
	t.Run("sqlite", func(t *testing.T) { on(t, sqlitetest.File(t)) })
	t.Run("postgres", func(t *testing.T) {
		on(t, pgtest.URL(t, "account", schema.Migrate))
	})
}

// atOnce runs n calls at the same time and returns what each of them returned.
func atOnce(n int, call func(i int) error) []error {
	errs, start := make([]error, n), make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// If several processes replace the master secret at the same time, one succeeds. The others are
// refused and make no file. The old and the new secret each open what the other seals.
func TestRotateSecretAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		const n = 4
		ctx, folder := t.Context(), t.TempDir()
		file := func(i int) string { return filepath.Join(folder, fmt.Sprint("secret", i)) }
		services := make([]*account.Service, n)
		for i := range services {
			services[i], _ = process(t, open(), oldMaster)
			if err := services[i].CheckSecret(ctx); err != nil {
				t.Fatal(err)
			}
		}
		winner := -1
		for i, err := range atOnce(n, func(i int) error {
			return services[i].RotateSecret(ctx, func() (*account.Secrets, error) { return account.LoadSecrets(file(i)) })
		}) {
			_, missing := os.Stat(file(i))
			switch {
			case err == nil && winner < 0 && missing == nil:
				winner = i
			case err == nil:
				t.Fatalf("%d and %d replaced it (file: %v)", winner, i, missing)
			default:
				wantKind(t, err, blush.Conflict)
				if missing == nil {
					t.Errorf("%d was refused, but its file exists", i)
				}
			}
		}
		if winner < 0 {
			t.Fatal("none replaced it")
		}
		st := open()
		next, err := account.OpenSecrets(ctx, st, file(winner))
		if err != nil {
			t.Fatal(err)
		}
		_, old := process(t, st, oldMaster)
		if err := account.New(st, old, time.Now).CheckSecret(ctx); err != nil {
			t.Fatal(err)
		}
		for from, to := range map[*account.Secrets]*account.Secrets{next: old, old: next} {
			if got, err := to.Open(from.Seal([]byte("x"), "test"), "test"); err != nil || string(got) != "x" {
				t.Errorf("what one seals, the other opens as %q, %v", got, err)
			}
		}
	})
}

// A server that many ask at once for what another one made with new keys finds all of it. It never calls a good key wrong, or data
// damaged, because another caller is just reading the new keys, or because they cannot be read now.
func TestNewKeysThatManyNeedAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		ctx := t.Context()
		first, _ := process(t, open(), oldMaster)
		if err := first.CheckSecret(ctx); err != nil {
			t.Fatal(err)
		}
		if _, _, err := first.CreateCustomer(ctx, "ACME"); err != nil {
			t.Fatal(err)
		}
		stale := func(st *store.Store) (*account.Service, *account.Secrets) {
			s, secrets := process(t, st, oldMaster)
			if err := s.CheckSecret(ctx); err != nil {
				t.Fatal(err)
			}
			return s, secrets
		}
		asked, _ := stale(open())
		_, opens := stale(open())
		away := open()
		_, closed := stale(away)
		_, next := process(t, open(), newMaster)
		if err := first.RotateSecret(ctx, given(next)); err != nil {
			t.Fatal(err)
		}
		replica, replicaSecrets := process(t, open(), newMaster)
		if err := replica.CheckSecret(ctx); err != nil {
			t.Fatal(err)
		}
		key, err := replica.CreateKey(ctx, "ACME", blush.Dev, "new", account.KeyLimits{})
		if err != nil {
			t.Fatal(err)
		}
		sealed := replicaSecrets.Seal([]byte("x"), "test")
		for _, err := range atOnce(40, func(int) error {
			_, err := asked.Authenticate(ctx, account.Credentials{APIKey: key.Text})
			return err
		}) {
			if err != nil {
				t.Fatal("a good key:", err)
			}
		}
		for _, err := range atOnce(40, func(int) error {
			_, err := opens.Open(sealed, "test")
			return err
		}) {
			if err != nil {
				t.Fatal("good data:", err)
			}
		}
		away.Close()
		if _, err := closed.Open(sealed, "test"); err == nil || errors.Is(err, account.ErrSealed) {
			t.Errorf("while the keys cannot be read: %v", err)
		}
	})
}

// If two processes end each other's master secret at the same time, one succeeds: one secret stays valid.
func TestRetireSecretsAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		ctx := t.Context()
		old, _ := process(t, open(), oldMaster)
		next, nextSecrets := process(t, open(), newMaster)
		if err := old.RotateSecret(ctx, given(nextSecrets)); err != nil {
			t.Fatal(err)
		}
		services := []*account.Service{old, next}
		errs := atOnce(len(services), func(i int) error {
			n, err := services[i].RetireSecrets(ctx, true)
			if err == nil && n != 1 {
				return fmt.Errorf("%d ended", n)
			}
			return err
		})
		for i, err := range errs {
			other := errs[1-i]
			if err == nil && !errors.Is(other, account.ErrOtherSecret) || err != nil && other != nil {
				t.Fatalf("with the old one: %v; with the new one: %v", errs[0], errs[1])
			}
			if got := services[i].CheckSecret(ctx); (err == nil) != (got == nil) {
				t.Errorf("it ended the other: %v; it is valid: %v", err, got)
			}
		}
		if rings, err := open().Keyrings(ctx); err != nil || len(rings) != 1 {
			t.Errorf("%d master secrets, %v", len(rings), err)
		}
	})
}

// The older secret does not end the newer one by mistake, even if the clock
// stops or goes back. With force it does, and all data can still be opened.
func TestRetireKeepsTheNewerSecret(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		ctx, st := t.Context(), open()
		now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
		service := func(master string) (*account.Service, *account.Secrets) {
			s, err := account.NewSecrets([]byte(master))
			if err != nil {
				t.Fatal(err)
			}
			return account.New(st, s, func() time.Time { return now }), s
		}
		master := func(i int) string { return fmt.Sprintf("master secret %d, of 32 bytes or more", i) }
		current, currentSecrets := service(master(0))
		sealed := [][]byte{}
		for i := 1; i < 5; i++ { // if two keyrings had the same time, their ids would decide which one is newer
			next, nextSecrets := service(master(i))
			if err := current.RotateSecret(ctx, given(nextSecrets)); err != nil {
				t.Fatal(err)
			}
			_, err := current.RetireSecrets(ctx, false)
			wantKind(t, err, blush.Conflict)
			if err := next.CheckSecret(ctx); err != nil {
				t.Fatalf("change %d: the newer one: %v", i, err)
			}
			sealed = append(sealed, currentSecrets.Seal([]byte("x"), "test"))
			if n, err := next.RetireSecrets(ctx, false); n != 1 || err != nil {
				t.Fatalf("change %d: %d ended, %v", i, n, err)
			}
			if n, err := next.RetireSecrets(ctx, false); n != 0 || err != nil {
				t.Errorf("change %d, once more: %d ended, %v", i, n, err)
			}
			current, currentSecrets = next, nextSecrets
			now = now.Add(-time.Hour)
		}
		lost, lostSecrets := service(lostMaster)
		if err := errors.Join(current.RotateSecret(ctx, given(lostSecrets)), lost.CheckSecret(ctx)); err != nil {
			t.Fatal(err)
		}
		sealed = append(sealed, lostSecrets.Seal([]byte("x"), "test"))
		if n, err := current.RetireSecrets(ctx, true); n != 1 || err != nil {
			t.Fatalf("%d ended, %v", n, err)
		}
		if err := lost.CheckSecret(ctx); !errors.Is(err, account.ErrOtherSecret) {
			t.Errorf("the lost one: %v", err)
		}
		for i, text := range sealed {
			if got, err := currentSecrets.Open(text, "test"); err != nil || string(got) != "x" {
				t.Errorf("what was sealed %d: %q, %v", i, got, err)
			}
		}
	})
}

// A change that another process made since the check is neither lost nor undone: its keys are kept.
func TestRotateSecretTakesWhatChangedSince(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		ctx := t.Context()
		first, _ := process(t, open(), oldMaster)
		late, lateSecrets := process(t, open(), oldMaster)
		if err := errors.Join(first.CheckSecret(ctx), late.CheckSecret(ctx)); err != nil {
			t.Fatal(err)
		}
		other, lost := process(t, open(), lostMaster)
		if err := errors.Join(first.RotateSecret(ctx, given(lost)), other.CheckSecret(ctx)); err != nil {
			t.Fatal(err)
		}
		if _, err := first.RetireSecrets(ctx, true); err != nil {
			t.Fatal(err)
		}
		sealed := lost.Seal([]byte("x"), "test")
		_, next := process(t, open(), newMaster)
		if err := late.RotateSecret(ctx, given(next)); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*account.Secrets{lateSecrets, next} {
			if got, err := s.Open(sealed, "test"); err != nil || string(got) != "x" {
				t.Errorf("%q, %v", got, err)
			}
		}
	})
}

// A rotation that cannot get its new secret changes nothing.
func TestRotateSecretWithoutANewOne(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		ctx, st := t.Context(), open()
		w, _ := process(t, st, oldMaster)
		want := errors.New("no disk")
		if err := w.RotateSecret(ctx, func() (*account.Secrets, error) { return nil, want }); !errors.Is(err, want) {
			t.Errorf("%v", err)
		}
		ctx, cancel := context.WithCancel(ctx)
		_, next := process(t, st, newMaster)
		if err := w.RotateSecret(ctx, func() (*account.Secrets, error) { cancel(); return next, nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
		if rings, err := st.Keyrings(t.Context()); err != nil || len(rings) != 0 {
			t.Errorf("%d keyrings, %v", len(rings), err)
		}
		if err := w.RotateSecret(t.Context(), given(next)); err != nil {
			t.Errorf("then: %v", err)
		}
	})
}
