package insight_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/sample"
	"blush.example/blush/internal/store"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

var end = time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is the service over a store, with a clock that the test moves.
type world struct {
	*insight.Service
	store    *store.Store
	accounts *account.Service
	now      time.Time
	dev      blush.Caller
}

func newWorld(t testing.TB, url string) *world {
	t.Helper()
	st, err := store.Open(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { st.Close() })
	must(t, st.Migrate(t.Context()))
	secrets, err := account.NewSecrets([]byte("a master secret of 32 bytes, not more"))
	must(t, err)
	w := &world{store: st, now: end.Add(time.Hour)}
	clock := func() time.Time { return w.now }
	w.accounts = account.New(st, secrets, clock)
	w.Service = insight.New(st, w.accounts, clock)
	c, _, err := w.accounts.CreateCustomer(t.Context(), "ACME")
	must(t, err)
	w.dev = blush.Caller{Kind: blush.ByAPIKey, CustomerID: c.ID, Customer: c.Name, Environment: blush.Dev, CredentialID: "test"}
	return w
}

func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newWorld(t, sqlitetest.File(t))) })
	t.Run("postgres", func(t *testing.T) {
		test(t, newWorld(t, pgtest.URL(t, "insight", schema.Migrate)))
	})
}

// person registers a user with an age and a sex.
func (w *world) person(t testing.TB) blush.User {
	t.Helper()
	birth, sex := sample.Person(end)
	u, _, err := w.accounts.CreateUser(t.Context(), w.dev, account.NewUser{BirthDate: &birth, Sex: &sex, Language: ptr("en")})
	must(t, err)
	return u
}

func (w *world) learn(t testing.TB, u blush.User, h sample.History) {
	t.Helper()
	must(t, w.Import(t.Context(), w.dev, blush.UserRef{ID: u.ID}, h.Scans, h.Answers, h.Readings))
}

// days returns the stored days of a user as text, without ids.
func (w *world) days(t testing.TB, u blush.User) []string {
	t.Helper()
	days, err := w.store.InsightDays(t.Context(), u.ID)
	must(t, err)
	st, err := w.store.InsightState(t.Context(), u.ID)
	must(t, err)
	out := []string{string(st.Progress)}
	if st.StaleFrom != nil {
		t.Errorf("days are stale from %v", st.StaleFrom)
	}
	for _, d := range days {
		scores, err := json.Marshal(d.Scores)
		must(t, err)
		out = append(out, fmt.Sprintf("%s %d %s %s", d.Day, d.At.UnixMilli(), d.Timezone, scores))
	}
	return out
}

// season is a part of a made-up year, with ids of the user.
func season(u blush.User, from time.Time) sample.History {
	y := sample.Year(u.ID, 3, end)
	y.Scans = slices.DeleteFunc(y.Scans, func(s blush.Scan) bool { return s.CreatedAt.Before(from) })
	y.Answers = slices.DeleteFunc(y.Answers, func(a blush.Answer) bool { return a.At.Before(from) })
	y.Readings = slices.DeleteFunc(y.Readings, func(r blush.Reading) bool { return r.MeasuredAt.Before(from) })
	return y
}

// The stored days of a person depend on the data, but not on the order in which it
// arrived, nor on how often the days were computed meanwhile.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		whole := w.person(t)
		w.learn(t, whole, season(whole, end.AddDate(0, 0, -70)))
		want := w.days(t, whole)
		if len(want) < 40 {
			t.Fatalf("only %d days: this test would prove little", len(want))
		}
		u := w.person(t)
		h := season(u, end.AddDate(0, 0, -70))
		pieces := make([]sample.History, 0, 300)
		for _, s := range h.Scans {
			pieces = append(pieces, sample.History{Scans: []blush.Scan{s}})
		}
		for _, a := range h.Answers {
			pieces = append(pieces, sample.History{Answers: []blush.Answer{a}})
		}
		for _, r := range h.Readings {
			pieces = append(pieces, sample.History{Readings: []blush.Reading{r}})
		}
		r := rand.New(rand.NewPCG(1, 2))
		r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		for i := 0; i < len(pieces); {
			n := min(1+r.IntN(12), len(pieces)-i)
			var some sample.History
			for _, p := range pieces[i : i+n] {
				some.Scans, some.Answers, some.Readings = append(some.Scans, p.Scans...), append(some.Answers, p.Answers...), append(some.Readings, p.Readings...)
			}
			w.learn(t, u, some)
			i += n
		}
		if diff := cmp.Diff(want, w.days(t, u)); diff != "" {
			t.Errorf("in another order (-at once +piece by piece):\n%s", diff)
		}
		// Computed again: the same, byte for byte.
		n, err := w.Recompute(t.Context(), func(string) {})
		must(t, err)
		if diff := cmp.Diff(want, w.days(t, u)); n != 2 || diff != "" {
			t.Errorf("%d users recomputed; days:\n%s", n, diff)
		}
	})
}

// After data is erased, the days are as if it had never been stored.
func TestErasedIsForgotten(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	from := end.AddDate(0, 0, -40)
	u, other := w.person(t), w.person(t)
	w.learn(t, u, season(u, from))
	without := season(other, from)
	gone := season(u, from).Scans
	for i := len(gone) - 1; i >= 0; i -= 4 {
		must(t, w.store.DeleteScan(t.Context(), gone[i].ID, u.ID, blush.AuditEntry{At: end, Action: "scan.delete", UserID: u.ID}))
		without.Scans = slices.Delete(without.Scans, i, i+1)
	}
	must(t, w.Refresh(t.Context(), u.ID))
	w.learn(t, other, without)
	if diff := cmp.Diff(w.days(t, other), w.days(t, u)); diff != "" {
		t.Errorf("(-never there +erased):\n%s", diff)
	}
}

// Days of another version of the model stay until they are computed again, for which no
// request waits. The current values are never compared with them.
func TestDaysOfAnotherModelAreComputedAgain(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	u, ref := w.person(t), blush.UserRef{}
	ref.ID = u.ID
	w.learn(t, u, season(u, end.AddDate(0, 0, -20)))
	want := w.days(t, u)
	st, err := w.store.InsightState(ctx, u.ID)
	must(t, err)
	st.ModelVersion = "of long ago"
	old := []blush.InsightDay{{Day: "2020-01-01", At: end.AddDate(-6, 0, 0), Timezone: "UTC",
		Scores: map[string]blush.Score{"mental_stress": {Score: ptr(1.0), Interval: &[2]float64{0, 2}}}}}
	kept, err := w.store.KeepInsights(ctx, u.ID, st, time.UnixMilli(0), old)
	must(t, err)
	if !kept {
		t.Fatal("not kept")
	}
	r, err := w.Insights(ctx, w.dev, ref, "")
	must(t, err)
	if len(r.Previous) != 0 || r.Of(health.MentalStress).Score == nil {
		t.Errorf("while the days are of another model: previous %v, now %+v", r.Previous, r.Of(health.MentalStress))
	}
	h, err := w.History(ctx, w.dev, ref, insight.HistoryRequest{Parameter: "mental_stress"})
	must(t, err)
	if len(h.Points) != 1 || *h.Points[0].Value != 1 {
		t.Errorf("what stood before: %+v", h.Points)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.CatchUp(ctx, slog.New(slog.DiscardHandler))
	}()
	for st.ModelVersion != health.ModelVersion() {
		time.Sleep(5 * time.Millisecond)
		st, err = w.store.InsightState(ctx, u.ID)
		must(t, err)
	}
	cancel()
	<-done
	if diff := cmp.Diff(want, w.days(t, u)); diff != "" {
		t.Errorf("days after catching up (-before +after):\n%s", diff)
	}
}

// Another birth date changes the norms, and so every day is computed again.
func TestAnotherBirthDateChangesEveryDay(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	ctx, u := t.Context(), w.person(t)
	ref := blush.UserRef{ID: u.ID}
	w.learn(t, u, season(u, end.AddDate(0, 0, -20)))
	h, err := w.History(ctx, w.dev, ref, insight.HistoryRequest{Parameter: "mental_stress"})
	must(t, err)
	_, err = w.accounts.UpdateUser(ctx, w.dev, ref, account.UserChange{BirthDate: account.Change{Set: true, Value: ptr("1966-07-01")}})
	must(t, err)
	older, err := w.History(ctx, w.dev, ref, insight.HistoryRequest{Parameter: "mental_stress"})
	must(t, err)
	if len(older.Points) != len(h.Points) || *older.Points[0].Value <= *h.Points[0].Value {
		t.Errorf("the same heart at 60: %v, at 40: %v", *older.Points[0].Value, *h.Points[0].Value)
	}
}

// If many goroutines store data at the same time, in the end all of it counts.
func TestDataFromMany(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		u, alone := w.person(t), w.person(t)
		h := season(u, end.AddDate(0, 0, -9))
		var wg sync.WaitGroup
		for _, s := range h.Scans {
			wg.Go(func() {
				err := w.Import(context.Background(), w.dev, blush.UserRef{ID: u.ID}, []blush.Scan{s}, nil, nil)
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		must(t, w.Refresh(t.Context(), u.ID))
		w.learn(t, alone, sample.History{Scans: season(alone, end.AddDate(0, 0, -9)).Scans})
		if diff := cmp.Diff(w.days(t, alone), w.days(t, u)); diff != "" {
			t.Errorf("(-one by one +at once):\n%s", diff)
		}
	})
}

// For a person with a year of data, the report has what the model computes from the
// history, and what changed since the day before.
func TestReport(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	ctx, u := t.Context(), w.person(t)
	y := sample.Year(u.ID, 1, end)
	w.learn(t, u, y)
	r, err := w.Insights(ctx, w.dev, blush.UserRef{ID: u.ID}, "fr")
	must(t, err)
	var points []blush.ScanPoint
	for _, s := range y.Scans {
		points = append(points, *s.Point)
	}
	want := health.Compute(insight.Model(u, points, y.Answers, y.Readings), w.now)
	for _, m := range health.Metrics {
		a, b := want.Of(m), r.Of(m)
		if b.Score == nil || *a.Score != *b.Score || a.Confidence != b.Confidence || a.Status != b.Status {
			t.Errorf("%s: the report says %+v, the model of the whole history %+v", m, b, a)
		}
		if p, ok := r.Previous[string(m)]; !ok || p.Score == nil {
			t.Errorf("%s has no day before", m)
		}
	}
	if r.Language != "fr" || r.Cuff == nil || r.UpdatedAt == nil || r.PreviousAt == nil || !r.PreviousAt.Before(*r.UpdatedAt) || len(r.Progress.Locked) != 0 {
		t.Errorf("report: %s %v %v %v %v", r.Language, r.Cuff, r.UpdatedAt, r.PreviousAt, r.Progress.Locked)
	}
	for _, a := range append(slices.Clone(r.Recommendations), r.Todos...) {
		if a.Insight == "" && a.Source.Title != "Health journey" || a.Source.Title == "" {
			t.Errorf("advice from nowhere: %+v", a)
		}
	}
	// After a week without data nothing was computed, but the report still notices the week.
	w.now = end.AddDate(0, 0, 9)
	r, err = w.Insights(ctx, w.dev, blush.UserRef{ID: u.ID}, "")
	must(t, err)
	if got := r.Of(health.MentalStress).Status; got != health.Reconfirming {
		t.Errorf("after nine days without a scan: %s", got)
	}
}

// Scans that were stored by a version without insights count once they are found.
func TestScansOfAnEarlierVersion(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	ctx, u, twin := t.Context(), w.person(t), w.person(t)
	h := sample.Daily(u.ID, 5, 10, end)
	for _, s := range h.Scans {
		s.Point = nil
		_, _, err := w.store.CreateScan(ctx, s, nil, blush.AuditEntry{At: end, Action: "scan.create", UserID: u.ID})
		must(t, err)
	}
	must(t, w.Refresh(ctx, u.ID))
	w.learn(t, twin, sample.Daily(twin.ID, 5, 10, end))
	if diff := cmp.Diff(w.days(t, twin), w.days(t, u)); diff != "" {
		t.Errorf("(-with points +found later):\n%s", diff)
	}
}

// full is a user with a scan on each of the given number of days.
func full(b *testing.B, days int) (*world, blush.User, sample.History) {
	w := newWorld(b, sqlitetest.File(b))
	u := w.person(b)
	h := sample.Daily(u.ID, 1, days, end)
	y := sample.Year(u.ID, 1, end)
	h.Answers, h.Readings = y.Answers, y.Readings
	w.learn(b, u, h)
	b.ReportAllocs()
	return w, u, h
}

// The metrics of a user with 2,000 scans, read from the store and computed after one more.
func BenchmarkRecomputeAfterScan2000(b *testing.B) {
	w, u, h := full(b, 2000)
	last := []blush.ScanPoint{*h.Scans[len(h.Scans)-1].Point}
	for b.Loop() {
		must(b, w.store.PutScanPoints(b.Context(), last))
		must(b, w.Refresh(b.Context(), u.ID))
	}
}

// Every day of 2,000, as after a change of the model.
func BenchmarkRecomputeEveryDay2000(b *testing.B) {
	w, _, _ := full(b, 2000)
	for b.Loop() {
		_, err := w.Recompute(b.Context(), func(string) {})
		must(b, err)
	}
}

// With -short there are 30 scans, to see that it runs.
func BenchmarkInsights2000(b *testing.B) {
	days := 2000
	if testing.Short() {
		days = 30
	}
	w, u, _ := full(b, days)
	for b.Loop() {
		_, err := w.Insights(b.Context(), w.dev, blush.UserRef{ID: u.ID}, "")
		must(b, err)
	}
}

// Five years of daily scans, by week.
func BenchmarkHistoryFiveYears(b *testing.B) {
	w, u, _ := full(b, 5*365)
	for _, parameter := range []string{"heart_rate", "mental_stress"} {
		b.Run(parameter, func(b *testing.B) {
			for b.Loop() {
				h, err := w.History(b.Context(), w.dev, blush.UserRef{ID: u.ID}, insight.HistoryRequest{Parameter: parameter, Step: insight.Weekly})
				must(b, err)
				if len(h.Points) < 260 {
					b.Fatalf("%d weeks", len(h.Points))
				}
			}
		})
	}
}

// A reading of three years ago, for a user with 1,000 days since.
func BenchmarkBackdatedReading1000(b *testing.B) {
	w, u, _ := full(b, 1000)
	at := end.AddDate(-3, 0, 0)
	for b.Loop() {
		at = at.Add(time.Second)
		_, _, err := w.AddReading(b.Context(), w.dev, blush.UserRef{ID: u.ID}, insight.NewReading{Systolic: 121, Diastolic: 80, MeasuredAt: new(at)}, "")
		must(b, err)
	}
}
