package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"blush/internal/blush"
	"blush/internal/store/query"
)

// InsightState says how far the insights kept for a user hold; the zero state
// when nothing was ever learnt or computed.
func (s *Store) InsightState(ctx context.Context, userID string) (blush.InsightState, error) {
	r, err := s.q().GetInsightState(ctx, userID)
	if errors.Is(err, sql.ErrNoRows) {
		return blush.InsightState{}, nil
	}
	st := blush.InsightState{Revision: r.Revision, StaleFrom: fromMillisPtr(r.StaleFrom), ModelVersion: r.ModelVersion, Journey: r.Journey}
	if r.Progress != "" {
		st.Progress = json.RawMessage(r.Progress)
	}
	return st, err
}

// KeepInsights replaces a user's days from a time on. It does nothing and
// returns false when something was learnt since the state's revision.
func (s *Store) KeepInsights(ctx context.Context, userID string, st blush.InsightState, from time.Time, days []blush.InsightDay) (kept bool, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := q.KeepInsightState(ctx, query.KeepInsightStateParams{
			UserID: userID, Revision: st.Revision, ModelVersion: st.ModelVersion, Journey: st.Journey, Progress: string(st.Progress),
		})
		if isForeignKey(err) {
			return blush.E(blush.NotFound, "User not found.")
		}
		if kept = n > 0; err != nil || !kept {
			return err
		}
		if err := q.DeleteInsightDays(ctx, query.DeleteInsightDaysParams{UserID: userID, At: millis(from)}); err != nil {
			return err
		}
		for _, d := range days {
			err := q.PutInsightDay(ctx, query.PutInsightDayParams{
				UserID: userID, Day: d.Day, At: millis(d.At), Timezone: d.Timezone, Insights: string(d.Insights),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return kept, err
}

// InsightDays gives a user's days from one time up to another, the oldest first.
func (s *Store) InsightDays(ctx context.Context, userID string, from, to time.Time) ([]blush.InsightDay, error) {
	rows, err := s.q().InsightDays(ctx, query.InsightDaysParams{UserID: userID, FromAt: millis(from), ToAt: millis(to)})
	out := make([]blush.InsightDay, len(rows))
	for i, r := range rows {
		out[i] = insightDay(r)
	}
	return out, err
}

// InsightDayBefore gives the newest day before a time that is earlier than the
// calendar day YYYY-MM-DD; ok is false without any.
func (s *Store) InsightDayBefore(ctx context.Context, userID string, at time.Time, day string) (d blush.InsightDay, ok bool, err error) {
	r, err := s.q().InsightDayBefore(ctx, query.InsightDayBeforeParams{UserID: userID, ToAt: millis(at), BeforeDay: day})
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	return insightDay(query.InsightDaysRow(r)), err == nil, err
}

func insightDay(r query.InsightDaysRow) blush.InsightDay {
	return blush.InsightDay{Day: r.Day, At: fromMillis(r.At), Timezone: r.Timezone, Insights: json.RawMessage(r.Insights)}
}

// UserIDs lists the ids of all users of all customers in order, most at a time.
func (s *Store) UserIDs(ctx context.Context, after string, most int) ([]string, error) {
	return s.q().UserIDs(ctx, query.UserIDsParams{After: after, Most: int32(most)})
}

// JourneyOf gives the journey of a user's customer as JSON; nil for the default one.
func (s *Store) JourneyOf(ctx context.Context, userID string) (json.RawMessage, error) {
	j, err := s.q().JourneyOfUser(ctx, userID)
	if err != nil || j == nil {
		return nil, found(err, "User")
	}
	return json.RawMessage(*j), nil
}

// Journey gives a customer's own journey as JSON; nil for the default one.
func (s *Store) Journey(ctx context.Context, customerID string) (json.RawMessage, error) {
	j, err := s.q().GetJourney(ctx, customerID)
	if err != nil || j == nil {
		return nil, found(err, "Customer")
	}
	return json.RawMessage(*j), nil
}

// SetJourney gives a customer a journey of its own, or with nil the default one.
func (s *Store) SetJourney(ctx context.Context, customerID string, journey json.RawMessage) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := q.SetJourney(ctx, query.SetJourneyParams{Journey: text(journey), ID: customerID})
		return gone(n, err, "Customer")
	})
}
