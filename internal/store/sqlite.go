package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"

	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// openSQLite opens one connection that writes and a pool that reads. The
// pragmas stand in the DSN, because what one connection of a pool is told holds
// for that connection only. synchronous(FULL): what was acknowledged survives
// a power cut. secure_delete: what is erased is overwritten.
func openSQLite(path string) (*Store, error) {
	if path == "" {
		return nil, errors.New("open sqlite database: no path")
	}
	// Only the owner may read it; SQLite gives the files beside it the same mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	file := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=secure_delete(1)"
	write, err := sql.Open("sqlite", file+pragmas+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", file+pragmas+"&_pragma=query_only(1)")
	if err != nil {
		write.Close()
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	read.SetMaxOpenConns(max(4, 2*runtime.GOMAXPROCS(0)))
	return &Store{
		engine: engineSQLite, write: write, read: read, driver: riversqlite.New(write),
		close: func() error { return errors.Join(read.Close(), write.Close()) },
	}, nil
}

// forget takes erased rows out of SQLite's write-ahead log too. It waits only
// briefly for readers that hold it back, because writers wait meanwhile; then
// a later checkpoint does it.
func (s *Store) forget(ctx context.Context) {
	if s.engine != engineSQLite {
		return
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return
	}
	defer conn.Close()
	for _, pragma := range []string{"busy_timeout(200)", "wal_checkpoint(TRUNCATE)", "busy_timeout(10000)"} {
		conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA "+pragma)
	}
}
