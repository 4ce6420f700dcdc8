package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"

	"blush.example/blush/internal/blush"
)

// openSQLite opens a file. The pragmas are in the DSN, because a pragma applies to
// one connection of a pool only. With synchronous(FULL), acknowledged writes survive a
// power cut. With secure_delete, erased data is overwritten.
func openSQLite(ctx context.Context, path string) (*Store, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		path, err = filepath.EvalSymlinks(path) // the files beside it, and its locks, are those of the file itself
	}
	if err == nil {
		err = oneName(path)
	}
	// Only the owner may read it. SQLite gives its -wal and -shm files the same mode.
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if err == nil {
			err = ownerOnly(file)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	s, err := sqlitePools((&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String(), "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, err
	}
	s.folder, s.reserve = filepath.Dir(path), scanReserve
	s.lock = flock.New(path+".lock", flock.SetPermissions(0o600))
	s.migration = flock.New(path+".migrate", flock.SetPermissions(0o600))
	if err := s.begin(ctx, path); err != nil {
		_ = s.close()
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	return s, nil
}

// begin makes the first connection to an empty file. It changes the journal's mode, which fails at once
// while another process does the same: SQLite does not wait there.
func (s *Store) begin(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() > 0 {
		return err
	}
	return s.alone(ctx, s.write.PingContext)
}

// sqlitePools opens a database by its URI and further DSN parameters: one connection that writes, and a pool that reads.
func sqlitePools(uri, also string) (*Store, error) {
	dsn := uri + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)" + also
	write, err := sql.Open("sqlite", dsn+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn+"&_pragma=query_only(1)")
	if err != nil {
		write.Close()
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers) // opening one takes longer than most queries
	return &Store{
		engine: engineSQLite, write: write, read: read, prepared: &prepared{db: read}, written: &prepared{db: write}, driver: newAnnouncer(write),
		close: func() error { return errors.Join(read.Close(), write.Close()) },
	}, nil
}

// oneName refuses a file with hard links: under each name SQLite keeps another log, so that two programs would destroy the data.
func oneName(path string) error {
	info, err := os.Stat(path)
	if err == nil && linked(info) {
		err = fmt.Errorf("%s has a second name (a hard link): remove one of the two names, or copy the file", path)
	}
	return err
}

// ownerOnly refuses a file that others than its owner may read or write. It accepts a missing file.
func ownerOnly(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || runtime.GOOS == "windows" { // which has no such mode bits
		return nil
	}
	if err == nil && !info.IsDir() && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("%s may be read by others (mode %04o): chmod 600 it", path, info.Mode().Perm())
	}
	return err
}

// scanReserve is how many bytes scans leave free on the disk of a SQLite file. They suffice for the
// audit entries of some hundred thousand accesses, without which stored data could not be read or erased.
const scanReserve = 64 << 20

// room returns a NoRoom error if the disk is too full for another scan.
func (s *Store) room() error {
	if s.folder == "" {
		return nil
	}
	if free, known := FreeSpace(s.folder); known && free < s.reserve {
		return &blush.Error{Kind: blush.NoRoom, Message: "The server's disk is nearly full, so it accepts no more scans.", RetryAfter: retryFull,
			Cause: fmt.Errorf("%d bytes are free on the disk of the database, %d are reserved for other data than scans", free, s.reserve)}
	}
	return nil
}

// Claim makes this process the only server on a SQLite file, until Close or its
// end. A second server is refused. Commands may use the file meanwhile. A
// PostgreSQL database can have any number of servers.
func (s *Store) Claim() error {
	if s.lock == nil || s.lock.Locked() {
		return nil
	}
	switch got, err := s.lock.TryLock(); {
	case err != nil:
		return fmt.Errorf("lock the sqlite database: %w", err)
	case !got:
		return fmt.Errorf("another server already works on this SQLite database (it holds the lock %s); several servers need PostgreSQL", s.lock.Path())
	}
	return nil
}

// ErrServed means that a server works on the database.
var ErrServed = errors.New("a server works on the database")

// ClaimAlone keeps servers away from the database until Close or the end of this process. The error is [ErrServed] if one works on it.
func (s *Store) ClaimAlone(ctx context.Context) error {
	if s.lock != nil {
		if got, err := s.lock.TryLock(); err != nil || !got {
			return cmp.Or(err, ErrServed)
		}
		return nil
	}
	if s.engine != enginePostgres {
		return nil // a database in memory belongs to one process
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	var got bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", serverLock).Scan(&got); err != nil || !got {
		return errors.Join(cmp.Or(err, ErrServed), conn.Close())
	}
	s.claimed = conn
	return nil
}

// forget removes erased data from the bucket, and erased rows from SQLite's write-ahead log. It waits only
// briefly for readers that block it, because writers wait meanwhile. If that is not enough, a later
// checkpoint removes them. Inside a transaction it runs after the commit.
func (s *Store) forget(ctx context.Context) {
	s.sweepSoon(ctx)
	if s.engine == engineSQLite {
		_ = s.After(ctx, s.checkpoint) // it never fails
	}
}

func (s *Store) checkpoint(ctx context.Context) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil
	}
	defer conn.Close()
	for _, pragma := range []string{"busy_timeout(200)", "wal_checkpoint(TRUNCATE)", "busy_timeout(10000)"} {
		conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA "+pragma)
	}
	return nil
}
