package insight_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
)

// A server's cached data about a person is never older than the database. After each
// change, even by another server, it returns the same as a server with an empty cache.
func TestCacheIsNotStale(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx, u := t.Context(), w.person(t)
		ref := blush.UserRef{ID: u.ID}
		year := season(u, end.AddDate(0, -3, 0))
		w.learn(t, u, year)
		another := func() *insight.Service { return insight.New(w.store, w.accounts, func() time.Time { return w.now }) }
		var reading insight.KeptReading
		changes := []struct {
			name string
			do   func() error
		}{
			{"nothing", func() error { return nil }},
			{"an answer", func() error {
				_, err := another().Answer(ctx, w.dev, ref, []insight.NewAnswer{{Key: "average_sleep_hours", Value: 2}}, "")
				return err
			}},
			{"a reading", func() (err error) {
				reading, _, err = another().AddReading(ctx, w.dev, ref, insight.NewReading{Systolic: 171, Diastolic: 101, MeasuredAt: new(w.now.Add(-time.Minute))}, "")
				return err
			}},
			{"an erased reading", func() error { return another().DeleteReading(ctx, w.dev, ref, reading.ID) }},
			{"an erased scan", func() error {
				last := year.Scans[len(year.Scans)-1]
				return w.store.DeleteScan(ctx, last.ID, u.ID, blush.AuditEntry{At: w.now, Action: blush.ScanDelete, UserID: u.ID})
			}},
			{"an older birth date", func() error {
				birth := "1950-01-01"
				_, err := w.accounts.UpdateUser(ctx, w.dev, ref, account.UserChange{BirthDate: account.Change{Set: true, Value: &birth}})
				return err
			}},
			{"a journey that locks a metric", func() error {
				return another().SetJourney(ctx, "ACME", &health.Journey{Version: "long", Steps: []health.Step{
					{ID: "many", Need: health.Need{Scans: 3000}, Unlocks: []string{string(health.MentalStress)}, Title: map[string]string{"en": "Scan"}},
				}})
			}},
			{"time goes by", func() error { w.now = w.now.AddDate(0, 0, 20); return nil }},
		}
		middle := len(year.Scans) / 2
		scans := [][]blush.Scan{{year.Scans[middle]}, {year.Scans[len(year.Scans)-2]}, year.Scans[middle-1 : middle+2], {year.Scans[middle-1], year.Scans[middle+1]}}
		for _, c := range changes {
			must(t, c.do())
			fresh := another()
			want, err := fresh.Insights(ctx, w.dev, ref, "")
			must(t, err)
			for range 2 { // read, and held
				got, err := w.Insights(ctx, w.dev, ref, "")
				must(t, err)
				if diff := cmp.Diff(readable(t, want), readable(t, got)); diff != "" {
					t.Errorf("after %s (-fresh +held):\n%s", c.name, diff)
				}
			}
			for _, of := range scans {
				stood, err := fresh.ScanInsights(ctx, w.dev, of...)
				must(t, err)
				for range 2 {
					held, err := w.ScanInsights(ctx, w.dev, of...)
					must(t, err)
					if diff := cmp.Diff(readable(t, stood), readable(t, held)); diff != "" {
						t.Errorf("insights of %d scans, after %s (-fresh +held):\n%s", len(of), c.name, diff)
					}
				}
			}
		}
	})
}

// The data that was read before a scan was stored is used after it, together with the scan, but only if no other data was stored meanwhile.
func TestRefreshWith(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx, u := t.Context(), w.person(t)
		ref := blush.UserRef{ID: u.ID}
		season := season(u, end.AddDate(0, -2, 0))
		n := len(season.Scans) - 2
		scans := season.Scans[n:]
		season.Scans = season.Scans[:n]
		w.learn(t, u, season)
		for i, meanwhile := range []func() error{
			func() error { return nil },
			func() error {
				_, err := w.Answer(ctx, w.dev, ref, []insight.NewAnswer{{Key: "average_sleep_hours", Value: 1}}, "")
				return err
			},
		} {
			sc := scans[i]
			insights, err := w.NewScanInsights(ctx, w.dev, u, sc)
			must(t, err)
			must(t, meanwhile())
			_, created, err := w.store.CreateScan(ctx, sc, nil, blush.AuditEntry{At: w.now, Action: blush.ScanCreate, UserID: u.ID})
			if must(t, err); !created {
				t.Fatal("not created")
			}
			must(t, w.RefreshWith(ctx, u.ID, insights))
			got := w.days(t, u)
			if _, err := w.Recompute(ctx, func(string) {}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w.days(t, u), got); diff != "" {
				t.Errorf("scan %d (-again +after the scan):\n%s", i, diff)
			}
		}
	})
}

func readable(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	must(t, err)
	return string(b)
}
