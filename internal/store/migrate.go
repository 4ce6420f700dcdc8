package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the PostgreSQL advisory lock under which one process
// migrates while others wait: "blush" in ASCII.
const migrationLock = 0x626c757368

// Migrate brings the schema up to date, River's tables included. Several
// processes may do it at once.
func (s *Store) Migrate(ctx context.Context) error {
	s.migrating.Lock()
	defer s.migrating.Unlock()
	if s.engine == engineSQLite {
		return s.migrateFile(ctx)
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationLock)
	return s.migrate(ctx)
}

// migrateFile migrates a SQLite file under a lock of its own. Goose reads the version and
// writes the next one in two transactions, so two processes could begin the same step.
func (s *Store) migrateFile(ctx context.Context) error {
	if s.migration == nil { // a database in memory belongs to one process
		return s.migrate(ctx)
	}
	return s.alone(ctx, s.migrate)
}

// alone does something to a SQLite file that only one process at a time may do.
func (s *Store) alone(ctx context.Context, do func(context.Context) error) error {
	if _, err := s.migration.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("lock %s: %w", s.migration.Path(), err)
	}
	defer s.migration.Close()
	return do(ctx)
}

func (s *Store) migrate(ctx context.Context) error {
	ours, err := s.goose()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	switch current, newest, err := s.SchemaVersion(ctx); {
	case err != nil:
		return fmt.Errorf("migrate: %w", err)
	case current > newest:
		return fmt.Errorf("the database's schema has version %d, from a newer Blush; this one knows %d and would damage it: run the newer one", current, newest)
	}
	if _, err := ours.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := s.chainOutside(ctx); err != nil {
		return fmt.Errorf("add older entries to the chain of the audit trail: %w", err)
	}
	jobs, err := rivermigrate.New(s.driver, nil)
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	if _, err := jobs.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	if err := s.unmark(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// SchemaVersion returns the version of the schema in the database, 0 if the database
// is empty, and the newest version that this program knows. It changes nothing.
func (s *Store) SchemaVersion(ctx context.Context) (current, newest int64, err error) {
	p, err := s.goose()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range p.ListSources() {
		newest = max(newest, m.Version)
	}
	there := "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
	if s.engine == engineSQLite {
		there = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
	}
	const table = goose.DefaultTablename
	var tables int
	if err := s.read.QueryRowContext(ctx, there, table).Scan(&tables); err != nil || tables == 0 {
		return 0, newest, err
	}
	err = s.read.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+table+" WHERE is_applied").Scan(&current)
	return current, newest, err
}

func (s *Store) goose() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectPostgres
	if s.engine == engineSQLite {
		dialect = goose.DialectSQLite3
	}
	return goose.NewProvider(dialect, s.write, files)
}
