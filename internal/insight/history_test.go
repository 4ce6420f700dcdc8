package insight_test

import (
	"math"
	"testing"
	"time"

	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
)

// scanAt is a scan with one heart rate, or a reason why there is none.
func scanAt(u blush.User, at time.Time, bpm, confidence float64, reason string) blush.Scan {
	sc := blush.Scan{ID: blush.NewID(), UserID: u.ID, Status: blush.Done, CreatedAt: at, Timezone: at.Location().String(), Source: "api", InputHash: []byte{1}, Result: []byte(`{}`)}
	e := blush.PointEstimate{Confidence: confidence, Reason: reason}
	sc.Point = &blush.ScanPoint{ScanID: sc.ID, UserID: u.ID, At: at, Timezone: sc.Timezone, Confidence: confidence}
	if reason == "" {
		e.Value, e.Low, e.High = &bpm, bpm-2, bpm+2
		sc.Point.HeartRate = &bpm
	}
	sc.Point.Estimates = map[string]blush.PointEstimate{"heart_rate": e}
	return sc
}

// A day and a week are those of the place where the person was; a refused scan
// is a gap with its reason; a mean weighs its scans by their confidence.
func TestHistoryOfABiomarker(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx, u := t.Context(), w.person(t)
		tokyo, err := time.LoadLocation("Asia/Tokyo")
		must(t, err)
		// Sunday 1 November in Tokyo begins while it is still Saturday in Greenwich.
		sunday := time.Date(2026, 11, 1, 7, 0, 0, 0, tokyo)
		scans := []blush.Scan{
			scanAt(u, sunday, 60, 0.9, ""),
			scanAt(u, sunday.Add(2*time.Hour), 70, 0.3, ""),
			scanAt(u, sunday.AddDate(0, 0, 1), 0, 0.2, "too_dark"),
			scanAt(u, sunday.AddDate(0, 0, 1).Add(time.Hour), 0, 0.2, "too_much_motion"),
			scanAt(u, sunday.AddDate(0, 0, 1).Add(2*time.Hour), 0, 0.2, "too_dark"),
			scanAt(u, sunday.AddDate(0, 0, 2), 64, 0.9, ""),
		}
		must(t, w.Import(ctx, w.dev, blush.UserRef{ID: u.ID}, scans, nil, nil))
		get := func(r insight.HistoryRequest) insight.History {
			t.Helper()
			r.Parameter = "heart_rate"
			h, err := w.History(ctx, w.dev, blush.UserRef{ID: u.ID}, r)
			must(t, err)
			if h.Unit != "bpm" || h.Metric || h.Locked {
				t.Errorf("history: %+v", h)
			}
			return h
		}
		each := get(insight.HistoryRequest{})
		if each.Step != insight.EachScan || len(each.Points) != 6 || each.Points[2].Value != nil || each.Points[2].Reason != "too_dark" ||
			each.Points[0].ScanID != scans[0].ID || *each.Points[0].Low != 58 || *each.Points[0].High != 62 {
			t.Errorf("each scan: %+v", each)
		}
		daily := get(insight.HistoryRequest{Step: insight.Daily}).Points
		if len(daily) != 3 || daily[0].Day != "2026-11-01" || daily[1].Day != "2026-11-02" || daily[2].Day != "2026-11-03" {
			t.Fatalf("daily: %+v", daily)
		}
		if got := *daily[0].Value; math.Abs(got-62.5) > 1e-9 || daily[0].Count != 2 || math.Abs(*daily[0].Low-60.5) > 1e-9 || math.Abs(daily[0].Confidence-0.6) > 1e-9 {
			t.Errorf("Sunday: (0.9·60 + 0.3·70)/1.2 = 62.5, got %v: %+v", got, daily[0])
		}
		if d := daily[1]; d.Value != nil || d.Reason != "too_dark" || d.Refused != 3 || d.Count != 0 {
			t.Errorf("Monday, refused three times: %+v", d)
		}
		weekly := get(insight.HistoryRequest{Step: insight.Weekly}).Points
		if len(weekly) != 2 || weekly[0].Day != "2026-10-26" || weekly[1].Day != "2026-11-02" || *weekly[1].Value != 64 || weekly[1].Refused != 3 {
			t.Errorf("weekly: %+v", weekly)
		}
		if got := get(insight.HistoryRequest{Start: "2026-11-02", Stop: "2026-11-03"}).Points; len(got) != 4 || got[0].Day != "2026-11-02" {
			t.Errorf("two days: %+v", got)
		}
		if got := get(insight.HistoryRequest{Stop: "2026-11-01"}).Points; len(got) != 2 {
			t.Errorf("up to Sunday in Tokyo: %+v", got)
		}
		if got := get(insight.HistoryRequest{Start: "2027-01-01"}).Points; len(got) != 0 {
			t.Errorf("the future: %+v", got)
		}
	})
}

// A history without a last day ends today where the person is, and includes the scan they just made. One with a number of
// days begins that many days before.
func TestHistoryEndsTodayWhereThePersonIs(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		for zone, want := range map[string]string{"Pacific/Auckland": "2026-11-27", "America/Los_Angeles": "2026-11-25", "UTC": "2026-11-26"} {
			ctx, u := t.Context(), w.person(t)
			here, err := time.LoadLocation(zone)
			must(t, err)
			w.now = time.Date(2026, 11, 26, 18, 0, 0, 0, time.UTC)
			if zone == "America/Los_Angeles" {
				w.now = time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
			}
			before, now := w.now.AddDate(0, 0, -29).In(here), w.now.Add(-time.Minute).In(here)
			days := func(parameter string, scans ...blush.Scan) insight.History {
				t.Helper()
				must(t, w.Import(ctx, w.dev, blush.UserRef{ID: u.ID}, scans, nil, nil))
				h, err := w.History(ctx, w.dev, blush.UserRef{ID: u.ID}, insight.HistoryRequest{Parameter: parameter, Days: 30})
				must(t, err)
				return h
			}
			h := days("heart_rate", scanAt(u, before.AddDate(0, 0, -1), 60, .9, ""), scanAt(u, before, 61, .9, ""), scanAt(u, now, 62, .9, ""))
			if h.Stop != want || h.Start != before.Format(time.DateOnly) || len(h.Points) != 2 || h.Summary == nil || *h.Summary.Last.Value != 62 || h.Summary.Low != 61 || h.Summary.Mean != 61.5 {
				t.Errorf("%s: %s to %s with %d points, together %+v; want it to end on %s with two", zone, h.Start, h.Stop, len(h.Points), h.Summary, want)
			}
			if h := days("mental_stress"); h.Stop != want {
				t.Errorf("%s: a score's ends on %s, want %s", zone, h.Stop, want)
			}
			// The time zone of a refused scan also says where the person is.
			u = w.person(t)
			if h := days("heart_rate", scanAt(u, now, 0, .2, "too_dark")); h.Stop != want || h.Summary != nil || len(h.Points) != 1 {
				t.Errorf("%s: refused: %+v", zone, h)
			}
		}
		u := w.person(t)
		h, err := w.History(t.Context(), w.dev, blush.UserRef{ID: u.ID}, insight.HistoryRequest{Parameter: "heart_rate", Days: 30})
		must(t, err)
		if want := w.now.Format(time.DateOnly); h.Stop != want {
			t.Errorf("of somebody unknown it ends on %s, want %s", h.Stop, want)
		}
	})
}

func TestHistoryOfReadingsAndMetrics(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	ctx, u := t.Context(), w.person(t)
	ref := blush.UserRef{ID: u.ID}
	y := season(u, end.AddDate(0, 0, -60))
	w.learn(t, u, y)
	for parameter, want := range map[string]float64{"systolic_blood_pressure": y.Readings[0].Systolic, "diastolic_blood_pressure": y.Readings[0].Diastolic, "blood_pressure": y.Readings[0].Systolic} {
		h, err := w.History(ctx, w.dev, ref, insight.HistoryRequest{Parameter: parameter})
		must(t, err)
		if len(h.Points) != len(y.Readings) || *h.Points[0].Value != want || h.Unit != "mmHg" || (h.Points[0].Diastolic != nil) != (parameter == "blood_pressure") {
			t.Errorf("%s: %+v", parameter, h)
		}
	}
	// A metric's point of a day is its value at the end of the day. That of a week is its last day's.
	days, err := w.History(ctx, w.dev, ref, insight.HistoryRequest{Parameter: "hypertension_risk", Step: insight.Daily})
	must(t, err)
	weeks, err := w.History(ctx, w.dev, ref, insight.HistoryRequest{Parameter: "hypertension", Step: insight.Weekly})
	must(t, err)
	last, lastWeek := days.Points[len(days.Points)-1], weeks.Points[len(weeks.Points)-1]
	if !days.Metric || days.Parameter != "hypertension" || last.Value == nil || last.Low == nil || *last.Low >= *last.High || last.Confidence <= 0 || last.Confidence > 1 ||
		*lastWeek.Value != *last.Value || lastWeek.Day != "2026-11-23" {
		t.Errorf("the last day %+v and week %+v", last, lastWeek)
	}
	profile, err := w.History(ctx, w.dev, ref, insight.HistoryRequest{Parameter: "energy_sleep"})
	must(t, err)
	if n := len(profile.Points); n == 0 || *profile.Points[n-1].Value < 1 {
		t.Errorf("a profile: %+v", profile)
	}
	for _, bad := range []insight.HistoryRequest{
		{Parameter: "mood"}, {}, {Parameter: "heart_rate", Start: "yesterday"}, {Parameter: "heart_rate", Stop: "2026-02-30"},
		{Parameter: "heart_rate", Start: "2026-11-02", Stop: "2026-11-01"}, {Parameter: "heart_rate", Step: "minute"}, {Parameter: "heart_rate", Start: "0001-01-01"},
	} {
		if _, err := w.History(ctx, w.dev, ref, bad); blush.KindOf(err) != blush.Unprocessed {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// A gap of a score that a notice forbids has the notice's code, a gap without one no_data.
func TestHistorySaysWhichNoticeForbadeAScore(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	ctx, u := t.Context(), w.person(t)
	y := season(u, end.AddDate(0, 0, -60))
	high := y.Readings[len(y.Readings)-1]
	high.ID, high.Systolic, high.Diastolic, high.MeasuredAt = blush.NewID(), 190, 115, end.Add(-time.Hour)
	y.Readings = append(y.Readings, high)
	w.learn(t, u, y)
	for _, step := range []insight.Step{insight.EachScan, insight.Daily, insight.Weekly} {
		h, err := w.History(ctx, w.dev, blush.UserRef{ID: u.ID}, insight.HistoryRequest{Parameter: "hypertension", Step: step})
		must(t, err)
		last := h.Points[len(h.Points)-1]
		if last.Value != nil || last.Reason != "cuff_urgent" || h.Withheld == nil || h.Withheld.Code != "cuff_urgent" || h.Summary == nil {
			t.Errorf("by %s: the last point %+v, withheld %+v", step, last, h.Withheld)
		}
		before, err := w.History(ctx, w.dev, blush.UserRef{ID: u.ID}, insight.HistoryRequest{Parameter: "hypertension", Step: step, Stop: end.AddDate(0, 0, -8).Format(time.DateOnly)})
		must(t, err)
		if before.Withheld != nil {
			t.Errorf("by %s: before the reading %+v", step, before.Withheld)
		}
	}
	first, err := w.History(ctx, w.dev, blush.UserRef{ID: w.person(t).ID}, insight.HistoryRequest{Parameter: "mental_stress"})
	must(t, err)
	if first.Withheld != nil || len(first.Points) != 0 {
		t.Errorf("of somebody unknown: %+v", first)
	}
}

// A metric that the journey has not unlocked has no history either.
func TestLockedHistory(t *testing.T) {
	w := newWorld(t, sqlitetest.File(t))
	ctx, u := t.Context(), w.person(t)
	must(t, w.Import(ctx, w.dev, blush.UserRef{ID: u.ID}, []blush.Scan{scanAt(u, end, 60, 0.9, "")}, nil, nil))
	is := func(parameter string, locked bool) {
		t.Helper()
		h, err := w.History(ctx, w.dev, blush.UserRef{ID: u.ID}, insight.HistoryRequest{Parameter: parameter})
		must(t, err)
		if h.Locked != locked || locked && len(h.Points) > 0 {
			t.Errorf("%s: %+v", parameter, h)
		}
	}
	is("mental_stress", false)
	is("sleep_quality", true)
	is("physical", true)
	is("heart_rate", false)
	j, err := w.JourneyOf(ctx, "ACME")
	must(t, err)
	j.Steps[6].Unlocks = []string{"heart_rate"}
	must(t, w.SetJourney(ctx, "ACME", &j))
	is("heart_rate", true)
	j.Steps[0].Need.Scans = 2
	must(t, w.SetJourney(ctx, "ACME", &j))
	is("mental_stress", true)
	must(t, w.SetJourney(ctx, "ACME", nil))
	is("mental_stress", false)
}
