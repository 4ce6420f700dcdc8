package store

import (
	"context"
	"database/sql"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// Clock returns the database's time, how far it is from this machine's, and the time of the newest entry of the
// audit trail, zero if there is none. SQLite uses this machine's clock. How long the database takes to answer is no difference of clocks.
func (s *Store) Clock(ctx context.Context) (now time.Time, off time.Duration, newest time.Time, err error) {
	clock := "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
	if s.engine == engineSQLite {
		clock = "SELECT CAST(unixepoch('subsec') * 1000 AS BIGINT)"
	}
	var ms int64
	before := time.Now()
	if err := s.read.QueryRowContext(ctx, clock).Scan(&ms); err != nil {
		return now, 0, newest, err
	}
	now = fromMillis(ms)
	off = max(0, time.Until(now)) + min(0, now.Sub(before)) // 0 between before and now
	var last *int64
	if err := s.read.QueryRowContext(ctx, "SELECT max(at) FROM audit").Scan(&last); err != nil || last == nil {
		return now, off, newest, err
	}
	return now, off, fromMillis(*last), nil
}

// Writable checks that the database accepts a write now. It commits a write that leaves no row behind.
func (s *Store) Writable(ctx context.Context) error {
	return s.tx(ctx, func(_ *query.Queries, tx *sql.Tx) error {
		id := "probe " + blush.NewID()
		if _, err := tx.ExecContext(ctx, "INSERT INTO revoked_token (id, expires_at) VALUES ($1, 0)", id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM revoked_token WHERE id = $1", id)
		return err
	})
}
