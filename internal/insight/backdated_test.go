package insight_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
)

// Data that changes many days delays no request: the days stay unchanged until they are
// computed in the background, perhaps by a process that starts later. Few days are computed at once.
func TestManyDaysAreComputedInTheBackground(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, w *world, u blush.User){
		"a reading of long ago": func(t *testing.T, w *world, u blush.User) {
			_, _, err := w.AddReading(t.Context(), w.dev, blush.UserRef{ID: u.ID}, insight.NewReading{Systolic: 178, Diastolic: 104, MeasuredAt: new(end.AddDate(0, 0, -300))}, "")
			must(t, err)
		},
		"an erased scan": func(t *testing.T, w *world, u blush.User) {
			must(t, w.store.DeleteScan(t.Context(), season(u, end.AddDate(-1, 0, 0)).Scans[0].ID, u.ID, blush.AuditEntry{At: end, Action: "scan.delete", UserID: u.ID}))
			must(t, w.Refresh(t.Context(), u.ID))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sqlitetest.File(t))
			ctx, u := t.Context(), w.person(t)
			w.learn(t, u, season(u, end.AddDate(-1, 0, 0)))
			before := w.days(t, u)
			if len(before) < 200 {
				t.Fatalf("only %d days: this test would prove little", len(before))
			}
			change(t, w, u)
			st, err := w.store.InsightState(ctx, u.ID)
			must(t, err)
			if st.StaleFrom == nil {
				t.Fatal("every day was computed while the caller waited")
			}
			// The current values include the new fact.
			r, err := w.Insights(ctx, w.dev, blush.UserRef{ID: u.ID}, "")
			must(t, err)
			if r.Of(health.MentalStress).Score == nil {
				t.Error("nothing is said while the days are computed")
			}
			later := insight.New(w.store, w.accounts, func() time.Time { return w.now })
			caughtUp(t, w, later, u)
			after := w.days(t, u)
			if cmp.Equal(before, after) {
				t.Error("the days are as before")
			}
			_, err = w.Recompute(ctx, func(string) {})
			must(t, err)
			if diff := cmp.Diff(w.days(t, u), after); diff != "" {
				t.Errorf("(-all again +in the background):\n%s", diff)
			}
		})
	}
	t.Run("a reading of last week", func(t *testing.T) {
		w := newWorld(t, sqlitetest.File(t))
		u := w.person(t)
		w.learn(t, u, season(u, end.AddDate(-1, 0, 0)))
		_, _, err := w.AddReading(t.Context(), w.dev, blush.UserRef{ID: u.ID}, insight.NewReading{Systolic: 178, Diastolic: 104, MeasuredAt: new(end.AddDate(0, 0, -7))}, "")
		must(t, err)
		w.days(t, u) // fails where they are stale
	})
}

// If a user's insights are requested while the server runs, the days are computed soon, and once for many changes.
func TestAskingComputesTheDays(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	u := w.person(t)
	w.learn(t, u, season(u, end.AddDate(-1, 0, 0)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.CatchUp(ctx, slog.New(slog.DiscardHandler))
	}()
	defer func() { cancel(); <-done }()
	for i := range 20 {
		_, _, err := w.AddReading(t.Context(), w.dev, blush.UserRef{ID: u.ID},
			insight.NewReading{Systolic: 150 + float64(i), Diastolic: 90, MeasuredAt: new(end.AddDate(0, 0, -300))}, "")
		must(t, err)
	}
	untilFresh(t, w, u)
}

// caughtUp runs CatchUp until a user's days are current.
func caughtUp(t *testing.T, w *world, s *insight.Service, u blush.User) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.CatchUp(ctx, slog.New(slog.DiscardHandler))
	}()
	untilFresh(t, w, u)
	cancel()
	<-done
}

func untilFresh(t *testing.T, w *world, u blush.User) {
	t.Helper()
	for {
		st, err := w.store.InsightState(t.Context(), u.ID)
		must(t, err)
		if st.StaleFrom == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// A reading may be up to five years old. The error for an older one says so.
func TestOldestReading(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	ref := blush.UserRef{ID: w.person(t).ID}
	add := func(at time.Time) error {
		_, _, err := w.AddReading(t.Context(), w.dev, ref, insight.NewReading{Systolic: 120, Diastolic: 80, MeasuredAt: new(at)}, "")
		return err
	}
	must(t, add(w.now.AddDate(-5, 0, 0)))
	for _, at := range []time.Time{w.now.AddDate(-5, 0, -2), w.now.AddDate(-40, 0, 0), time.Unix(0, 0)} {
		err := add(at)
		if blush.KindOf(err) != blush.Unprocessed || !strings.Contains(err.Error(), "measured_at must not be more than 5 years ago") {
			t.Errorf("%s: %v", at, err)
		}
	}
}
