package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

func at(minutes int) time.Time { return epoch.Add(time.Duration(minutes) * time.Minute) }

// pointed is a finished scan with its point of the history.
func pointed(u blush.User, when time.Time, bpm float64) blush.Scan {
	sc := aScan(u, when)
	sc.Point = &blush.ScanPoint{
		ScanID: sc.ID, UserID: u.ID, At: when, Timezone: sc.Timezone, AtRest: sc.AtRest, Confidence: 0.9, HeartRate: ptr(bpm), SDNN: ptr(45.5),
		Estimates: map[string]blush.PointEstimate{
			"heart_rate": {Value: ptr(bpm), Low: bpm - 1, High: bpm + 1, Confidence: 0.9}, "rmssd": {Confidence: 0.1, Reason: "too_short"},
		},
	}
	return sc
}

// staleFrom is the time from which a user's days are not current, in minutes after epoch; -1 if all are current.
func staleFrom(t *testing.T, st *store.Store, u blush.User) int {
	t.Helper()
	s, err := st.InsightState(t.Context(), u.ID)
	must(t, err)
	if s.StaleFrom == nil {
		return -1
	}
	return int(s.StaleFrom.Sub(epoch) / time.Minute)
}

// settle stores days, as a computation from all data so far would.
func settle(t *testing.T, st *store.Store, u blush.User, from time.Time, days ...blush.InsightDay) {
	t.Helper()
	s, err := st.InsightState(t.Context(), u.ID)
	must(t, err)
	s.ModelVersion, s.Journey, s.Progress = "m1", "j1", json.RawMessage(`{"steps": []}`)
	kept, err := st.KeepInsights(t.Context(), u.ID, s, from, days)
	must(t, err)
	if !kept {
		t.Fatal("not stored, although there was no new data")
	}
}

func TestScanAddsToHistory(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		u := aUser(t, st, aCustomer(t, st, "ACME"), nil, epoch)
		first, second := pointed(u, at(10), 60), pointed(u, at(20), 70)
		for _, sc := range []blush.Scan{second, first} {
			_, _, err := st.CreateScan(ctx, sc, nil, anAccess("scan.create"))
			must(t, err)
		}
		if got := staleFrom(t, st, u); got != 10 {
			t.Errorf("stale from %d, want the older of the two scans", got)
		}
		values, err := st.ScanValues(ctx, u.ID, at(0), at(20))
		must(t, err)
		want := *first.Point
		want.ScanID, want.Estimates = "", nil
		if len(values) != 2 {
			t.Fatalf("%d points", len(values))
		}
		if diff := cmp.Diff(want, values[0]); diff != "" {
			t.Errorf("values (-stored +read):\n%s", diff)
		}
		// One biomarker, from 0 up to 20: accepted and refused estimates are read as they were stored.
		for biomarker, want := range first.Point.Estimates {
			got, err := st.EstimatesOf(ctx, u.ID, biomarker, at(0), at(20))
			must(t, err)
			line := []blush.EstimateAt{{ScanID: first.ID, At: at(10), Timezone: first.Timezone, PointEstimate: want}}
			if diff := cmp.Diff(line, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", biomarker, diff)
			}
		}
		newest, err := st.NewestScanPoints(ctx, u.ID, at(20), 5)
		must(t, err)
		if len(newest) != 2 || newest[0].ScanID != second.ID || newest[1].ScanID != first.ID {
			t.Errorf("newest: %+v", newest)
		}
		if diff := cmp.Diff(second.Point.Estimates, newest[0].Estimates); diff != "" {
			t.Errorf("estimates (-stored +read):\n%s", diff)
		}
		if when, ok, err := st.NextScanAt(ctx, u.ID, at(10)); !ok || err != nil || !when.Equal(at(20)) {
			t.Errorf("next scan after the first: %v %v %v", when, ok, err)
		}
		if _, ok, err := st.NextScanAt(ctx, u.ID, at(20)); ok || err != nil {
			t.Errorf("a scan after the last: %v %v", ok, err)
		}
		// A scan that was stored before there were points is found once.
		old := aScan(u, at(5))
		_, _, err = st.CreateScan(ctx, old, nil, anAccess("scan.create"))
		must(t, err)
		without, err := st.ScansWithoutPoint(ctx, u.ID)
		must(t, err)
		if len(without) != 1 || without[0].ID != old.ID {
			t.Fatalf("scans without a point: %+v", without)
		}
		p := *pointed(u, at(5), 65).Point
		p.ScanID = old.ID
		must(t, st.PutScanPoints(ctx, []blush.ScanPoint{p}))
		without, err = st.ScansWithoutPoint(ctx, u.ID)
		must(t, err)
		if len(without) != 0 || staleFrom(t, st, u) != 5 {
			t.Errorf("%d scans without a point, stale from %d", len(without), staleFrom(t, st, u))
		}
		// An erased scan is removed from the history, which is stale from its time on.
		settle(t, st, u, at(0))
		must(t, st.DeleteScan(ctx, second.ID, u.ID, anAccess("scan.delete")))
		newest, err = st.NewestScanPoints(ctx, u.ID, at(60), 1)
		must(t, err)
		if newest[0].ScanID != first.ID || staleFrom(t, st, u) != 20 {
			t.Errorf("after the deletion: %+v, stale from %d", newest, staleFrom(t, st, u))
		}
		if rest, err := st.EstimatesOf(ctx, u.ID, "heart_rate", at(0), at(60)); err != nil || len(rest) != 2 || rest[1].ScanID != first.ID {
			t.Errorf("estimates after the deletion: %+v %v", rest, err)
		}
	})
}

func TestAnswers(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		u := aUser(t, st, aCustomer(t, st, "ACME"), nil, epoch)
		add := func(minute int, key, instrument string, value float64) {
			t.Helper()
			must(t, st.AddAnswers(ctx, u.ID, []blush.Answer{{
				ID: blush.NewID(), UserID: u.ID, Key: key, Instrument: instrument, Value: value, At: at(minute), Timezone: "Asia/Tokyo",
			}}, 5*time.Minute, anAccess("question.answer")))
		}
		add(0, "sleep", "", 3)
		add(1, "sleep", "", 3) // a retry
		add(2, "sleep", "", 4) // another opinion
		add(3, "sleep", "", 3) // and back: no retry
		add(9, "sleep", "", 3) // answered again
		add(4, "mood", "test", 0)
		add(10, "mood", "test", 1)
		all, err := st.Answers(ctx, u.ID)
		must(t, err)
		var got []float64
		for _, a := range all {
			got = append(got, a.Value)
		}
		if diff := cmp.Diff([]float64{3, 4, 3, 0, 3, 1}, got); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
		for minute, want := range map[int][]float64{20: {0, 3, 1}, 5: {3, 0}, 2: {4}, -1: nil} {
			latest, err := st.LatestAnswers(ctx, u.ID, at(minute))
			must(t, err)
			var got []float64
			for _, a := range latest {
				got = append(got, a.Value)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the answers that counted after %d minutes (-want +got):\n%s", minute, diff)
			}
		}
		if all[0].Timezone != "Asia/Tokyo" || staleFrom(t, st, u) != 0 {
			t.Errorf("first answer %+v, stale from %d", all[0], staleFrom(t, st, u))
		}
		nobody := blush.NewID()
		err = st.AddAnswers(ctx, nobody, []blush.Answer{{ID: blush.NewID(), UserID: nobody, Key: "sleep", At: epoch}}, time.Minute, anAccess("question.answer"))
		wantKind(t, err, blush.NotFound)
	})
}

func TestReadings(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u, stranger := aUser(t, st, c, nil, epoch), aUser(t, st, c, nil, epoch)
		take := func(minute int, systolic float64) (blush.Reading, bool) {
			t.Helper()
			r, created, err := st.AddReading(ctx, blush.Reading{
				ID: blush.NewID(), UserID: u.ID, Systolic: systolic, Diastolic: 80, Pulse: ptr(61.0), MeasuredAt: at(minute), Timezone: "UTC",
				Source: "cuff", CreatedAt: at(100),
			}, anAccess("reading.create"))
			must(t, err)
			return r, created
		}
		late, created := take(30, 130)
		if !created || *late.Pulse != 61 || !late.CreatedAt.Equal(at(100)) {
			t.Errorf("created %v: %+v", created, late)
		}
		early, _ := take(10, 120)
		again, created := take(30, 130)
		if diff := cmp.Diff(late, again); created || diff != "" {
			t.Errorf("the same reading twice, created %v: %s", created, diff)
		}
		if got := staleFrom(t, st, u); got != 10 {
			t.Errorf("stale from %d, want the time of the older reading", got)
		}
		l, err := st.Readings(ctx, u.ID, store.Newest, 1)
		must(t, err)
		if !l.HasMore || l.Data[0].ID != late.ID {
			t.Errorf("first page: %+v", l)
		}
		l, err = st.Readings(ctx, u.ID, store.Cursor{At: late.MeasuredAt, ID: late.ID}, 1)
		must(t, err)
		if l.HasMore || l.Data[0].ID != early.ID {
			t.Errorf("second page: %+v", l)
		}
		l, err = st.OldestReadings(ctx, u.ID, store.Oldest, 1)
		must(t, err)
		if !l.HasMore || l.Data[0].ID != early.ID {
			t.Errorf("first page of the oldest: %+v", l)
		}
		l, err = st.OldestReadings(ctx, u.ID, store.Cursor{At: early.MeasuredAt, ID: early.ID}, 1)
		must(t, err)
		if l.HasMore || l.Data[0].ID != late.ID {
			t.Errorf("second page of the oldest: %+v", l)
		}
		between, err := st.ReadingsBetween(ctx, u.ID, at(10), at(29))
		must(t, err)
		if len(between) != 1 || between[0].ID != early.ID {
			t.Errorf("between: %+v", between)
		}
		wantKind(t, st.DeleteReading(ctx, stranger.ID, early.ID, anAccess("reading.delete")), blush.NotFound)
		settle(t, st, u, at(0))
		must(t, st.DeleteReading(ctx, u.ID, early.ID, anAccess("reading.delete")))
		_, err = st.Reading(ctx, u.ID, early.ID)
		wantKind(t, err, blush.NotFound)
		if got := staleFrom(t, st, u); got != 10 {
			t.Errorf("stale from %d after the deletion", got)
		}
	})
}

func TestConsents(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		u := aUser(t, st, aCustomer(t, st, "ACME"), nil, epoch)
		give := func(minute int, version string) {
			t.Helper()
			must(t, st.GiveConsent(ctx, blush.Consent{ID: blush.NewID(), UserID: u.ID, Version: version, TextHash: "h", Language: "nl", GivenAt: at(minute)}, anAccess("consent.give")))
		}
		give(0, "1")
		give(1, "2")
		wantKind(t, st.WithdrawConsent(ctx, u.ID, "3", at(2), anAccess("consent.withdraw")), blush.NotFound)
		must(t, st.WithdrawConsent(ctx, u.ID, "1", at(2), anAccess("consent.withdraw")))
		wantKind(t, st.WithdrawConsent(ctx, u.ID, "1", at(3), anAccess("consent.withdraw")), blush.NotFound)
		give(4, "1")
		all, err := st.Consents(ctx, u.ID)
		must(t, err)
		if len(all) != 3 || all[0].WithdrawnAt != nil || all[1].Version != "2" || !all[2].WithdrawnAt.Equal(at(2)) || all[0].Language != "nl" {
			t.Errorf("consents: %+v", all)
		}
	})
}

// Days are stored only if they were computed from all data.
func TestInsightsAreKeptForARevision(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		u := aUser(t, st, aCustomer(t, st, "ACME"), nil, epoch)
		day := func(name string, minute int, score float64) blush.InsightDay {
			return blush.InsightDay{Day: name, At: at(minute), Timezone: "Asia/Tokyo", Scores: map[string]blush.Score{
				"metric":  {Score: &score, Interval: &[2]float64{0, score + 1}, Confidence: 50, Status: "confirming"},
				"profile": {Score: &score, Confidence: 40}, "unknown": {Status: "no_data"},
			}}
		}
		first, third := day("2026-01-01", 0, 1), day("2026-01-03", 20, 3)
		settle(t, st, u, at(0), first, day("2026-01-02", 10, 2))
		before, err := st.InsightState(ctx, u.ID)
		must(t, err)
		if before.ModelVersion != "m1" || before.Journey != "j1" || before.StaleFrom != nil {
			t.Errorf("state: %+v", before)
		}
		_, _, err = st.CreateScan(ctx, pointed(u, at(20), 60), nil, anAccess("scan.create"))
		must(t, err)
		kept, err := st.KeepInsights(ctx, u.ID, before, at(0), nil)
		must(t, err)
		if kept || staleFrom(t, st, u) != 20 {
			t.Errorf("stored %v despite new data; stale from %d", kept, staleFrom(t, st, u))
		}
		settle(t, st, u, at(5), third)
		days, err := st.InsightDays(ctx, u.ID)
		must(t, err)
		if diff := cmp.Diff([]blush.InsightDay{first, third}, days); diff != "" {
			t.Errorf("days (-want +got):\n%s", diff)
		}
		for name := range first.Scores {
			line, err := st.ScoresOf(ctx, u.ID, name, at(0), at(20))
			must(t, err)
			want := []blush.ScoreAt{{Day: first.Day, At: first.At, Timezone: first.Timezone, Score: first.Scores[name]}}
			if diff := cmp.Diff(want, line); diff != "" {
				t.Errorf("%s from 0 up to 20 (-want +got):\n%s", name, diff)
			}
		}
		d, ok, err := st.InsightDayBefore(ctx, u.ID, "metric", at(20), "2026-01-03")
		must(t, err)
		if diff := cmp.Diff(first, d); !ok || diff != "" {
			t.Errorf("the day before: %v (-want +got):\n%s", ok, diff)
		}
		if _, ok, err := st.InsightDayBefore(ctx, u.ID, "metric", at(0), "2026-01-01"); ok || err != nil {
			t.Errorf("a day before the first: %v %v", ok, err)
		}
		// Some days stay, one changes, one is deleted and one is added.
		changed, fourth := day("2026-01-01", 1, 9), day("2026-01-04", 30, 4)
		settle(t, st, u, at(0), first, third, day("2026-01-05", 40, 5))
		settle(t, st, u, at(0), changed, third, fourth)
		days, err = st.InsightDays(ctx, u.ID)
		must(t, err)
		if diff := cmp.Diff([]blush.InsightDay{changed, third, fourth}, days); diff != "" {
			t.Errorf("days computed again (-want +got):\n%s", diff)
		}
		settle(t, st, u, at(0), first, third)
		// A change of a personal fact makes all days stale. A change of the external id makes none stale.
		_, err = st.UpdateUser(ctx, u.CustomerID, blush.Dev, u.ID, func(u *blush.User) error { u.ExternalID = ptr("x"); return nil }, anAccess("user.update"))
		must(t, err)
		if got := staleFrom(t, st, u); got != -1 {
			t.Errorf("an external id made days stale from %d", got)
		}
		_, err = st.UpdateUser(ctx, u.CustomerID, blush.Dev, u.ID, func(u *blush.User) error { u.Sex = ptr("F"); return nil }, anAccess("user.update"))
		must(t, err)
		if s, err := st.InsightState(ctx, u.ID); err != nil || s.StaleFrom == nil || s.StaleFrom.Unix() != 0 {
			t.Errorf("after the sex was set: %+v %v", s, err)
		}
		ids, err := st.UserIDs(ctx, "", 10)
		must(t, err)
		if diff := cmp.Diff([]string{u.ID}, ids); diff != "" {
			t.Error(diff)
		}
		behind := func(version string, want int) {
			t.Helper()
			if ids, err := st.UsersBehind(ctx, version, "", 10); err != nil || len(ids) != want {
				t.Errorf("users whose insights are not of %s: %v %v", version, ids, err)
			}
		}
		behind("m1", 1) // of that model, but no longer current
		settle(t, st, u, at(0), first, third)
		behind("m1", 0)
		behind("m2", 1)
		if ids, err = st.UserIDs(ctx, u.ID, 10); err != nil || len(ids) != 0 {
			t.Errorf("users after the last: %v %v", ids, err)
		}
		if kept, err := st.KeepInsights(ctx, blush.NewID(), before, at(0), nil); kept || blush.KindOf(err) != blush.NotFound {
			t.Errorf("insights of an unknown user: %v %v", kept, err)
		}
	})
}

func TestJourneyOfACustomer(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, nil, epoch)
		is := func(want string) {
			t.Helper()
			s, err := st.InsightState(ctx, u.ID)
			must(t, err)
			if string(s.OwnJourney) != want {
				t.Errorf("journey %q, want %q", s.OwnJourney, want)
			}
		}
		is("")
		must(t, st.SetJourney(ctx, c.ID, json.RawMessage(`{"steps": []}`)))
		is(`{"steps": []}`)
		must(t, st.SetJourney(ctx, c.ID, nil))
		is("")
		wantKind(t, st.SetJourney(ctx, blush.NewID(), nil), blush.NotFound)
		_, err := st.InsightState(ctx, blush.NewID())
		wantKind(t, err, blush.NotFound)
	})
}
