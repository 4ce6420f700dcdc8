package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// Expiring is a kind of data that is kept for a limited time.
type Expiring string

// The kinds.
const (
	ExpiringTraces  Expiring = "traces"
	ExpiringResults Expiring = "results" // finished scans, with everything that belongs to them
	ExpiringMetrics Expiring = "metrics" // the days of the metrics and profiles
	ExpiringAudit   Expiring = "audit"
	// ExpiringRefused are the entries about unknown credentials, which belong to no customer.
	ExpiringRefused Expiring = "wrong_credentials"
)

// expiredBatch is how many rows one transaction deletes. On SQLite others wait for it.
const expiredBatch = 200

// lastDay returns a calendar day. Every earlier day of a person had ended before the given time, in any time zone.
func lastDay(before time.Time) string { return before.UTC().AddDate(0, 0, -1).Format(time.DateOnly) }

// CountExpired counts a customer's data of a kind from before a time. customerID is empty for ExpiringRefused.
func (s *Store) CountExpired(ctx context.Context, customerID string, kind Expiring, before time.Time) (int64, error) {
	q := s.q()
	switch kind {
	case ExpiringTraces:
		return q.CountTracesBefore(ctx, query.CountTracesBeforeParams{CustomerID: customerID, Before: millis(before)})
	case ExpiringResults:
		return q.CountScansBefore(ctx, query.CountScansBeforeParams{CustomerID: customerID, Before: millis(before)})
	case ExpiringMetrics:
		return q.CountScoreDaysBefore(ctx, query.CountScoreDaysBeforeParams{CustomerID: customerID, BeforeDay: lastDay(before)})
	default:
		return q.CountAuditBefore(ctx, query.CountAuditBeforeParams{CustomerID: customerID, Before: millis(before), Kept: string(blush.AuditPrune), Nobody: string(blush.ByUnknown)})
	}
}

// DropExpired deletes a part of a customer's data of a kind from before a time, and
// returns how much; 0 when there is no more. It writes an audit entry, made from a, for
// each user, or the one of [Store.PruneAudit]. What was computed from the deleted data stays.
func (s *Store) DropExpired(ctx context.Context, customerID string, kind Expiring, before time.Time, a blush.AuditEntry) (int, error) {
	a.ObjectID = string(kind)
	q := s.q()
	switch kind {
	case ExpiringTraces:
		rows, err := q.TracesBefore(ctx, query.TracesBeforeParams{CustomerID: customerID, Before: millis(before), Most: expiredBatch})
		return dropExpired(ctx, s, a, rows, err, func(q *query.Queries, r query.TracesBeforeRow) (userID string, err error) {
			return r.UserID, errors.Join(q.DropTrace(ctx, r.ID), q.ReleaseObjectsOfScan(ctx, &r.ID))
		})
	case ExpiringResults:
		rows, err := q.ScansBefore(ctx, query.ScansBeforeParams{CustomerID: customerID, Before: millis(before), Most: expiredBatch})
		if err == nil && len(rows) == 0 { // the values sent to webhooks are deleted too
			return 0, s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
				return q.ForgetValuesBefore(ctx, query.ForgetValuesBeforeParams{CustomerID: customerID, Before: millis(before)})
			})
		}
		return dropExpired(ctx, s, a, rows, err, func(q *query.Queries, r query.ScansBeforeRow) (userID string, err error) {
			_, err = q.DeleteScan(ctx, query.DeleteScanParams(r))
			return r.UserID, err
		})
	case ExpiringMetrics:
		rows, err := q.ScoreDaysBefore(ctx, query.ScoreDaysBeforeParams{CustomerID: customerID, BeforeDay: lastDay(before), Most: expiredBatch})
		return dropExpired(ctx, s, a, rows, err, func(q *query.Queries, r query.ScoreDaysBeforeRow) (userID string, err error) {
			return r.UserID, q.DeleteScores(ctx, query.DeleteScoresParams{UserID: r.UserID, FirstDay: r.Day, LastDay: r.Day})
		})
	default:
		return s.PruneAudit(ctx, customerID, before, a)
	}
}

// dropExpired deletes the rows that were found, in one transaction.
func dropExpired[Row any](ctx context.Context, s *Store, a blush.AuditEntry, rows []Row, err error, drop func(*query.Queries, Row) (userID string, err error)) (int, error) {
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		var users []string
		for _, r := range rows {
			userID, err := drop(q, r)
			if err != nil {
				return err
			}
			if !slices.Contains(users, userID) {
				users = append(users, userID)
			}
		}
		for _, a.UserID = range users {
			u, err := q.GetUserByID(ctx, a.UserID)
			if err != nil {
				return err
			}
			a.Environment = blush.Environment(u.User.Environment)
			if err := audit(ctx, q, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.forget(ctx)
	return len(rows), nil
}
