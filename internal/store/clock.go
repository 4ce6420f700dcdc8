package store

import (
	"context"
	"time"
)

// Clock returns the database's time, and the time of the newest entry of the
// audit trail, zero when there is none. SQLite's clock is this machine's own.
func (s *Store) Clock(ctx context.Context) (now, newest time.Time, err error) {
	clock := "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
	if s.engine == engineSQLite {
		clock = "SELECT CAST(unixepoch('subsec') * 1000 AS BIGINT)"
	}
	var ms int64
	if err := s.read.QueryRowContext(ctx, clock).Scan(&ms); err != nil {
		return now, newest, err
	}
	now = fromMillis(ms)
	var last *int64
	if err := s.read.QueryRowContext(ctx, "SELECT max(at) FROM audit").Scan(&last); err != nil || last == nil {
		return now, newest, err
	}
	return now, fromMillis(*last), nil
}

// Writable says whether the database takes a write now. It leaves nothing behind.
func (s *Store) Writable(ctx context.Context) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // always
	_, err = tx.ExecContext(ctx, "INSERT INTO revoked_token (id, expires_at) VALUES ('blush doctor', 0)")
	return err
}
