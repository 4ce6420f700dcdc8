// Package store keeps all data in one database: SQLite, one file next to the
// program, or PostgreSQL, for several servers.
//
// One method is one transaction, or part of the transaction in its context. Both
// databases use the same SQL text. The schema is in migrations, and the queries
// are in query/*.sql, from which sqlc generates package query. Times are
// milliseconds UTC. Background jobs use River. A job is enqueued in the
// transaction that writes the row it works on, so that neither exists without the
// other. The store contains no rules: the packages above it decide who may do
// what.
package store

//go:generate go tool -modfile=../../tools.mod sqlc generate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// Store is an open database.
type Store struct {
	engine          engine
	write           *sql.DB
	read            *sql.DB
	driver          riverdriver.Driver[*sql.Tx]
	insert          *river.Client[*sql.Tx] // only enqueues jobs
	close           func() error
	group           *auditGroup
	keyLookups      *shared[query.GetKeyByHashRow]
	customerLookups *shared[query.Customer]

	prepared *prepared // statements used for reads of a SQLite file; pgx keeps its own
	written  *prepared // statements used for writes

	folder  string // of a SQLite file
	memory  bool   // a SQLite database in memory
	frozen  bool   // see [Store.Freeze]
	reserve uint64 // the bytes on its disk that scans leave free

	keys openKeys // of customers

	objects Objects // nil: all is in the database

	lock      *flock.Flock // of a SQLite file, for the one process that works on its jobs
	claimed   *sql.Conn    // to PostgreSQL, with the lock of ClaimAlone
	migration *flock.Flock // of a SQLite file, for the one process that begins it or changes its schema
	worker    *worker      // nil until StartJobs
	migrating sync.Mutex
}

// engine is the database behind the store.
type engine string

const (
	engineSQLite   engine = "sqlite"
	enginePostgres engine = "postgres"
)

// uriScheme matches the beginning of a URI, but not a drive letter.
var uriScheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]+:`)

// FileOf returns the SQLite file that a database URL names: sqlite:PATH, or only
// PATH if it cannot mean anything else. It is empty for PostgreSQL, postgres://….
// Every other form is an error, which does not show the URL, because that may
// contain a password.
func FileOf(url string) (path string, err error) {
	scheme, _, _ := strings.Cut(url, "://")
	if s := strings.ToLower(scheme); s != url && (s == "postgres" || s == "postgresql") {
		return "", nil
	}
	path, marked := strings.CutPrefix(url, InFile(""))
	if path == "" || strings.HasPrefix(path, ":") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "?\x00") ||
		!marked && (uriScheme.MatchString(path) || strings.ContainsAny(path, "=@")) {
		return "", errors.New("a database is named by postgres://USER@HOST/NAME, by sqlite:PATH or by the path of a file; this is none of these")
	}
	return path, nil
}

// InFile returns the database URL of a SQLite file.
func InFile(path string) string { return "sqlite:" + path }

// Open opens the database at url, in a form that [FileOf] accepts. It creates a missing
// SQLite file. It does not change the schema: see [Store.Migrate].
func Open(ctx context.Context, url string) (*Store, error) {
	path, err := FileOf(url)
	if err != nil {
		return nil, err
	}
	var s *Store
	if path == "" {
		s, err = openPostgres(ctx, url)
	} else {
		s, err = openSQLite(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	return s.opened(ctx)
}

// opened checks that the database answers, and prepares the job queue.
func (s *Store) opened(ctx context.Context) (*Store, error) {
	s.group = &auditGroup{commit: s.commitEntries}
	s.keyLookups = &shared[query.GetKeyByHashRow]{ask: s.keyByHash, alone: s.InTransaction}
	s.customerLookups = &shared[query.Customer]{ask: s.customerRow, alone: s.InTransaction}
	err := s.write.PingContext(ctx)
	if err != nil {
		_ = s.close()
		return nil, fmt.Errorf("open %s database: %w", s.engine, err)
	}
	if s.insert, err = river.NewClient(s.driver, &river.Config{}); err != nil {
		_ = s.close()
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return s, nil
}

// Engine names the database: sqlite or postgres.
func (s *Store) Engine() string { return string(s.engine) }

// Close ends all connections and releases the locks of [Store.Claim] and [Store.ClaimAlone]. Stop the jobs first.
func (s *Store) Close() error {
	s.group.work.Wait()
	s.keyLookups.work.Wait()
	s.customerLookups.work.Wait()
	if s.claimed != nil {
		closeUnlocked(s.claimed)
	}
	err := s.close()
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// q returns the queries that only read.
func (s *Store) q() *query.Queries { return query.New(reader{s.read, s.prepared}) }

// tx runs f in a writing transaction, and commits it unless f fails. If ctx has a
// [Transaction], f runs as a part of that.
func (s *Store) tx(ctx context.Context, f func(q *query.Queries, tx *sql.Tx) error) error {
	if t := open(ctx); t != nil {
		return t.part(ctx, f)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer s.written.prepareWanted()
	defer tx.Rollback() // nothing to undo after a commit
	if err := f(query.New(writer{tx, s.written}), tx); err != nil {
		return err
	}
	return tx.Commit()
}

// databaseTime is the time of the database's clock, which for SQLite is this machine's.
func (s *Store) databaseTime(ctx context.Context, tx *sql.Tx) (time.Time, error) {
	now := "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
	if s.engine == engineSQLite {
		now = "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)"
	}
	var ms int64
	err := tx.QueryRowContext(ctx, now).Scan(&ms)
	return fromMillis(ms), err
}

// insertBatch is how many rows one statement inserts: few enough for SQLite to
// prepare it quickly, and enough to save PostgreSQL most round trips.
const insertBatch = 5

// insertRows adds rows to a table, each with all of its columns in their order.
func insertRows(ctx context.Context, w writer, table string, rows [][]any) error {
	for len(rows) > 0 {
		n := min(insertBatch, len(rows))
		full := len(rows) / n * n
		if err := insertBatches(ctx, w, insertText(table, n, len(rows[0])), rows[:full], n); err != nil {
			return err
		}
		rows = rows[full:]
	}
	return nil
}

// insertBatches runs a statement for each n rows.
func insertBatches(ctx context.Context, w writer, text string, rows [][]any, n int) error {
	exec := func(args ...any) (sql.Result, error) { return w.ExecContext(ctx, text, args...) }
	if len(rows) > n && w.kept != nil && w.stmt(ctx, text) == nil {
		stmt, err := w.tx.PrepareContext(ctx, text) //nolint:sqlclosecheck // it is closed below
		if err != nil {
			return err
		}
		defer stmt.Close()
		exec = func(args ...any) (sql.Result, error) { return stmt.ExecContext(ctx, args...) }
	}
	for ; len(rows) > 0; rows = rows[n:] {
		if _, err := exec(slices.Concat(rows[:n]...)...); err != nil {
			return err
		}
	}
	return nil
}

// insertText is INSERT INTO table VALUES ($1,$2),($3,$4) for two rows of two columns.
func insertText(table string, rows, columns int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " VALUES ")
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%columns == 0:
			b.WriteString("),(")
		default:
			b.WriteString(",")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	return b.String() + ")"
}

// found turns the absence of a row into a NotFound error about what.
func found(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return blush.E(blush.NotFound, "%s not found.", what)
	}
	return err
}

// gone returns a NotFound error about what if no row was changed.
func gone(n int64, err error, what string) error {
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	return found(err, what)
}

// isUnique says whether an error is a violation of a UNIQUE constraint.
func isUnique(err error) bool {
	return violates(err, "23505", sqlite3.SQLITE_CONSTRAINT_UNIQUE)
}

// isForeignKey says whether an error is a reference to a row that does not exist.
func isForeignKey(err error) bool {
	return violates(err, "23503", sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY)
}

func violates(err error, postgres string, lite int) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code == postgres
	}
	var le *sqlite.Error
	return errors.As(err, &le) && le.Code() == lite
}

func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func fromMillisPtr(ms *int64) *time.Time {
	if ms == nil {
		return nil
	}
	t := fromMillis(*ms)
	return &t
}

// Cursor is the position after which a page starts, in a list by time and id.
type Cursor struct {
	At time.Time
	ID string
}

// The cursors of the first page: Newest in a list with the newest first, Oldest in one with the oldest first.
var (
	Newest = Cursor{At: time.UnixMilli(1 << 52), ID: ""}
	Oldest = Cursor{At: time.UnixMilli(-1 << 52), ID: ""}
)

// pageRows is how many rows are in memory at a time while a list is read to its end.
const pageRows = 500

// pages reads a list to its end, a page at a time. next returns the page after the last row that made has seen.
func pages[Row, T any](next func() ([]Row, error), made func(Row) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			rows, err := next()
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, r := range rows {
				if !yield(made(r), nil) {
					return
				}
			}
			if len(rows) < pageRows {
				return
			}
		}
	}
}

// page removes the extra row that shows whether there are more.
func page[T any](rows []T, limit int) blush.List[T] {
	l := blush.List[T]{Data: rows, HasMore: len(rows) > limit}
	if l.HasMore {
		l.Data = rows[:limit]
	}
	if l.Data == nil {
		l.Data = []T{}
	}
	return l
}
