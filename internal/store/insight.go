package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"reflect"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// InsightState says how far the insights stored for a user are current. If there was never
// any data or computation, it has only the user and the journey.
func (s *Store) InsightState(ctx context.Context, userID string) (blush.InsightState, error) {
	q := s.q()
	r, err := q.GetInsightState(ctx, userID)
	if err != nil {
		return blush.InsightState{}, found(err, "User")
	}
	u, err := s.user(ctx, q, r.User, r.Customer)
	if err != nil {
		return blush.InsightState{}, err
	}
	st := blush.InsightState{User: u, StaleFrom: fromMillisPtr(r.StaleFrom), OwnJourney: raw(r.OwnJourney)}
	if r.Revision != nil { // one state or none
		st.Revision, st.ModelVersion, st.Journey = *r.Revision, *r.ModelVersion, *r.Journey
		if *r.Progress != "" {
			st.Progress = json.RawMessage(*r.Progress)
		}
	}
	return st, nil
}

// KeepInsights replaces a user's days from a time on. Unchanged days are not written
// again, so that a fact from long ago costs only the days that it changes. If there is
// new data since the state's revision, it does nothing and returns false.
func (s *Store) KeepInsights(ctx context.Context, userID string, st blush.InsightState, from time.Time, days []blush.InsightDay) (kept bool, err error) {
	err = s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		n, err := q.KeepInsightState(ctx, query.KeepInsightStateParams{
			UserID: userID, Revision: st.Revision, ModelVersion: st.ModelVersion, Journey: st.Journey, Progress: string(st.Progress),
		})
		if isForeignKey(err) {
			return blush.E(blush.NotFound, "User not found.")
		}
		if kept = n > 0; err != nil || !kept {
			return err
		}
		day := from.UTC().AddDate(0, 0, -1).Format(time.DateOnly) // in the earliest time zone
		held, err := insightDays(ctx, q, userID, day, "9999-12-31")
		if err != nil {
			return err
		}
		stale := map[string]blush.InsightDay{}
		for _, d := range held {
			if millis(d.At) >= millis(from) {
				stale[d.Day] = d
			}
		}
		var rows [][]any
		for _, d := range days {
			if old, ok := stale[d.Day]; ok && millis(old.At) == millis(d.At) && old.Timezone == d.Timezone && reflect.DeepEqual(old.Scores, d.Scores) {
				delete(stale, d.Day)
				continue
			}
			for name, sc := range d.Scores {
				var low, high *float64
				if sc.Interval != nil {
					low, high = &sc.Interval[0], &sc.Interval[1]
				}
				rows = append(rows, []any{userID, d.Day, name, millis(d.At), d.Timezone, sc.Score, low, high, sc.Confidence, sc.Status})
			}
		}
		for d := range stale {
			if _, err := q.DeleteScores(ctx, query.DeleteScoresParams{UserID: userID, FirstDay: d, LastDay: d}); err != nil {
				return err
			}
		}
		return insertRows(ctx, writer{tx, s.written}, "insight_score", rows)
	})
	return kept, err
}

// ScoresOf returns a metric or profile of a user's days from one time up to but not including another, the oldest first.
func (s *Store) ScoresOf(ctx context.Context, userID, name string, from, to time.Time) ([]blush.ScoreAt, error) {
	rows, err := s.q().ScoresOf(ctx, query.ScoresOfParams{UserID: userID, Name: name, FromAt: millis(from), ToAt: millis(to)})
	out := make([]blush.ScoreAt, len(rows))
	for i, r := range rows {
		out[i] = blush.ScoreAt{Day: r.Day, At: fromMillis(r.At), Timezone: r.Timezone, Score: score(r.Score, r.Low, r.High, r.Confidence, r.Status)}
	}
	return out, err
}

// InsightDays returns all days of a user, the oldest first.
func (s *Store) InsightDays(ctx context.Context, userID string) ([]blush.InsightDay, error) {
	return insightDays(ctx, s.q(), userID, "0000-01-01", "9999-12-31")
}

// InsightDayBefore returns the newest day that is before a time and before the calendar
// day YYYY-MM-DD. name is a metric or profile that every day has. ok is false if there is none.
func (s *Store) InsightDayBefore(ctx context.Context, userID, name string, at time.Time, day string) (d blush.InsightDay, ok bool, err error) {
	found, err := s.q().DayBefore(ctx, query.DayBeforeParams{UserID: userID, Name: name, ToAt: millis(at), BeforeDay: day})
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, err
	}
	days, err := insightDays(ctx, s.q(), userID, found, found)
	if err != nil || len(days) == 0 {
		return d, false, err
	}
	return days[0], true, nil
}

// NewestScores returns the metrics and profiles of a user's newest day, empty if there is
// none. name is a metric or profile that every day has.
func (s *Store) NewestScores(ctx context.Context, userID, name string) (map[string]blush.Score, error) {
	d, _, err := s.InsightDayBefore(ctx, userID, name, Newest.At, "9999-12-31")
	return d.Scores, err
}

func insightDays(ctx context.Context, q *query.Queries, userID, first, last string) ([]blush.InsightDay, error) {
	rows, err := q.ScoresOfDays(ctx, query.ScoresOfDaysParams{UserID: userID, FirstDay: first, LastDay: last})
	days := []blush.InsightDay{}
	for _, r := range rows {
		if len(days) == 0 || days[len(days)-1].Day != r.Day {
			days = append(days, blush.InsightDay{Day: r.Day, At: fromMillis(r.At), Timezone: r.Timezone, Scores: map[string]blush.Score{}})
		}
		days[len(days)-1].Scores[r.Name] = score(r.Score, r.Low, r.High, r.Confidence, r.Status)
	}
	return days, err
}

func score(value, low, high *float64, confidence float64, status string) blush.Score {
	sc := blush.Score{Score: value, Confidence: confidence, Status: status}
	if low != nil && high != nil {
		sc.Interval = &[2]float64{*low, *high}
	}
	return sc
}

// UsersBehind lists the ids of users of all customers, in order, whose insights are
// missing, not current, or of another version of the model; at most most of them.
func (s *Store) UsersBehind(ctx context.Context, modelVersion, after string, most int) ([]string, error) {
	return s.q().UsersBehind(ctx, query.UsersBehindParams{ModelVersion: modelVersion, After: after, Most: int32(most)})
}

// UserIDs lists the ids of the users of all customers, in order; at most most of them.
func (s *Store) UserIDs(ctx context.Context, after string, most int) ([]string, error) {
	return s.q().UserIDs(ctx, query.UserIDsParams{After: after, Most: int32(most)})
}

// Journey returns a customer's own journey as JSON; nil for the default one.
func (s *Store) Journey(ctx context.Context, customerID string) (json.RawMessage, error) {
	j, err := s.q().GetJourney(ctx, customerID)
	return raw(j), found(err, "Customer")
}

// SetJourney gives a customer its own journey; nil means the default one.
func (s *Store) SetJourney(ctx context.Context, customerID string, journey json.RawMessage) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := q.SetJourney(ctx, query.SetJourneyParams{Journey: text(journey), ID: customerID})
		return gone(n, err, "Customer")
	})
}
