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
	switch kind {
	case ExpiringTraces:
		find := query.TracesBeforeParams{CustomerID: customerID, Before: millis(before), Most: expiredBatch}
		return dropExpired(ctx, s, a, find, (*query.Queries).TracesBefore, func(q *query.Queries, r query.TracesBeforeRow) (string, int64, error) {
			n, err := q.DropTrace(ctx, r.ID)
			return r.UserID, n, errors.Join(err, q.ReleaseObjectsOfScan(ctx, &r.ID))
		})
	case ExpiringResults:
		find := query.ScansBeforeParams{CustomerID: customerID, Before: millis(before), Most: expiredBatch}
		n, err := dropExpired(ctx, s, a, find, (*query.Queries).ScansBefore, func(q *query.Queries, r query.ScansBeforeRow) (string, int64, error) {
			n, err := q.DeleteScan(ctx, query.DeleteScanParams(r))
			return r.UserID, n, err
		})
		if err != nil || n > 0 {
			return n, err
		}
		return 0, s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error { // the values sent to webhooks are deleted too
			return q.ForgetValuesBefore(ctx, query.ForgetValuesBeforeParams{CustomerID: customerID, Before: millis(before)})
		})
	case ExpiringMetrics:
		find := query.ScoreDaysBeforeParams{CustomerID: customerID, BeforeDay: lastDay(before), Most: expiredBatch}
		return dropExpired(ctx, s, a, find, (*query.Queries).ScoreDaysBefore, func(q *query.Queries, r query.ScoreDaysBeforeRow) (string, int64, error) {
			n, err := q.DeleteScores(ctx, query.DeleteScoresParams{UserID: r.UserID, FirstDay: r.Day, LastDay: r.Day})
			return r.UserID, min(n, 1), err
		})
	default:
		return s.PruneAudit(ctx, customerID, before, a)
	}
}

// dropExpired finds rows and deletes them in one transaction. Rows that somebody else deleted in between,
// such as those of a user who was erased, do not count: it goes on with others.
func dropExpired[Find, Row any](ctx context.Context, s *Store, a blush.AuditEntry, which Find, find func(*query.Queries, context.Context, Find) ([]Row, error),
	drop func(*query.Queries, Row) (userID string, deleted int64, err error)) (int, error) {
	for {
		rows, err := find(s.q(), ctx, which)
		if err != nil || len(rows) == 0 {
			return 0, err
		}
		var deleted int64
		err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
			var users []string
			for _, r := range rows {
				userID, n, err := drop(q, r)
				if err != nil {
					return err
				}
				deleted += n
				if n > 0 && !slices.Contains(users, userID) {
					users = append(users, userID)
				}
			}
			return auditUsers(ctx, q, a, users)
		})
		if err != nil {
			return 0, err
		}
		s.forget(ctx)
		if deleted > 0 {
			return int(deleted), nil
		}
	}
}

// auditUsers writes an audit entry, made from a, for each user.
func auditUsers(ctx context.Context, q *query.Queries, a blush.AuditEntry, users []string) error {
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
}
