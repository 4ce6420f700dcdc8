package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
)

// Contents describes the rows of each table.
type Contents map[string]TableContents

// TableContents has the number of rows of a table, and a digest of them that does
// not depend on their order. Two tables with the same digest have the same rows.
type TableContents struct {
	Rows   int64
	Digest [4]uint64 // the sum of the rows' SHA-256
}

// add adds one row.
func (c *TableContents) add(row []any) {
	h := sha256.New()
	for _, v := range row {
		b := []byte{'n'}
		switch v := v.(type) {
		case string:
			b = append([]byte{'t'}, v...)
		case []byte:
			b = append([]byte{'b'}, v...)
		case int64:
			b = binary.BigEndian.AppendUint64([]byte{'i'}, uint64(v))
		case float64:
			b = binary.BigEndian.AppendUint64([]byte{'f'}, math.Float64bits(v))
		case time.Time: // only in River's tables
			b = v.UTC().AppendFormat([]byte{'z'}, time.RFC3339Nano)
		case bool:
			b = []byte{'o', 0}
			if v {
				b[1] = 1
			}
		}
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	sum := h.Sum(nil)
	for i := range c.Digest {
		c.Digest[i] += binary.BigEndian.Uint64(sum[8*i:])
	}
	c.Rows++
}

// Contents reads all rows in one snapshot.
func (s *Store) Contents(ctx context.Context) (Contents, error) {
	out := Contents{}
	err := s.eachRow(ctx, func(t table, row []any) error {
		c := out[t.name]
		c.add(row)
		out[t.name] = c
		return nil
	}, nil)
	return out, err
}

// CopyTo copies a snapshot of this database, with its unfinished jobs, into an empty
// database of either kind: everything or nothing. Both must have this program's
// schema. Servers may run meanwhile. The error is a Conflict if to is not empty.
func (s *Store) CopyTo(ctx context.Context, to *Store) (Contents, error) {
	out := Contents{}
	tx, err := to.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() // nothing to undo after a commit
	tables, err := schemaTables(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		var n int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+t.name).Scan(&n); err != nil {
			return nil, err
		}
		if n > 0 {
			return nil, blush.E(blush.Conflict, "It is not empty: its table %s has %d rows.", t.name, n)
		}
	}
	waiting := rowBatch{to: writer{tx, to.written}}
	err = s.eachRow(ctx, func(t table, row []any) error {
		if err := waiting.add(ctx, t.name, row); err != nil {
			return err
		}
		c := out[t.name]
		c.add(row)
		out[t.name] = c
		return nil
	}, func(job rawJob) error {
		_, err := to.insert.InsertTx(ctx, tx, job, nil)
		return err
	})
	if err == nil {
		err = waiting.flush(ctx)
	}
	if err != nil {
		return nil, err
	}
	return out, tx.Commit()
}

// rowBatch collects rows of one table and inserts them together.
type rowBatch struct {
	to    writer
	table string
	rows  [][]any
	bytes int
}

// The limits of a batch.
const batchRows, batchBytes = 500, 4 << 20

func (b *rowBatch) add(ctx context.Context, name string, row []any) error {
	if name != b.table || len(b.rows) >= batchRows || b.bytes >= batchBytes {
		if err := b.flush(ctx); err != nil {
			return err
		}
		b.table = name
	}
	b.rows = append(b.rows, row)
	for _, v := range row {
		switch v := v.(type) {
		case string:
			b.bytes += len(v)
		case []byte:
			b.bytes += len(v)
		}
	}
	return nil
}

func (b *rowBatch) flush(ctx context.Context) error {
	err := insertRows(ctx, b.to, b.table, b.rows)
	if err != nil {
		err = fmt.Errorf("table %s: %w", b.table, err)
	}
	b.rows, b.bytes = nil, 0
	return err
}

// rawJob is a job that is copied unchanged.
type rawJob struct {
	kind, queue string
	priority    int
	scheduledAt time.Time
	args        json.RawMessage
}

func (j rawJob) Kind() string { return j.kind }
func (j rawJob) InsertOpts() river.InsertOpts {
	opt := river.InsertOpts{Queue: j.queue, Priority: j.priority}
	if j.scheduledAt.After(time.Now()) { // a job that is due runs at once
		opt.ScheduledAt = j.scheduledAt
	}
	return opt
}
func (j rawJob) MarshalJSON() ([]byte, error) { return j.args, nil }

// eachRow calls row with every row of every table, in an order in which rows follow those
// that they refer to. Then, unless job is nil, it calls job with every unfinished job. All
// are of one snapshot. A row contains string, []byte, int64, float64, bool or nil.
func (s *Store) eachRow(ctx context.Context, row func(table, []any) error, job func(rawJob) error) error {
	tables, err := schemaTables(ctx)
	if err != nil {
		return err
	}
	snapshot := &sql.TxOptions{} // SQLite's transactions read a snapshot of their beginning
	if s.engine == enginePostgres {
		snapshot = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := s.read.BeginTx(ctx, snapshot)
	if err != nil {
		return err
	}
	defer tx.Rollback() // it only reads
	for _, t := range tables {
		err := eachResult(ctx, tx, t.query(), t.types, func(values []any) error { return row(t, values) })
		if err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	if job == nil {
		return nil
	}
	text, ms := "args::text", "CAST(extract(epoch FROM scheduled_at) * 1000 AS BIGINT)"
	if s.engine == engineSQLite {
		text, ms = "json(args)", "CAST(unixepoch(scheduled_at, 'subsec') * 1000 AS INTEGER)"
	}
	unfinished := "SELECT kind, queue, " + text + ", priority, " + ms + " FROM river_job WHERE finalized_at IS NULL ORDER BY id"
	return eachResult(ctx, tx, unfinished, []string{"TEXT", "TEXT", "TEXT", "BIGINT", "BIGINT"}, func(values []any) error {
		return job(rawJob{kind: values[0].(string), queue: values[1].(string), args: json.RawMessage(values[2].(string)),
			priority: int(values[3].(int64)), scheduledAt: fromMillis(values[4].(int64))})
	})
}

// eachResult calls row with every row of a query, whose columns have the given types of the schema. The query selects, after each
// BYTEA, whether it is null, because SQLite's driver also returns nil for empty bytes.
func eachResult(ctx context.Context, tx *sql.Tx, query string, types []string, row func([]any) error) error {
	if _, err := cellsOf(types); err != nil { // also of a table without rows
		return err
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		cells, err := cellsOf(types)
		if err != nil {
			return err
		}
		if err := rows.Scan(cells...); err != nil {
			return err
		}
		values := make([]any, 0, len(types))
		for i, c := range cells {
			switch c := c.(type) {
			case *[]byte:
				var v any
				if null := *cells[i+1].(*bool); !null {
					v = append([]byte{}, *c...)
				}
				values = append(values, v)
			case driver.Valuer:
				v, err := c.Value()
				if err != nil {
					return err
				}
				values = append(values, v)
			}
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// cellsOf returns what one row with these types is scanned into.
func cellsOf(types []string) ([]any, error) {
	var cells []any
	for _, kind := range types {
		switch kind {
		case "TEXT":
			cells = append(cells, new(sql.Null[string]))
		case "BYTEA":
			cells = append(cells, new([]byte), new(bool))
		case "BIGINT":
			cells = append(cells, new(sql.Null[int64]))
		case "DOUBLE PRECISION":
			cells = append(cells, new(sql.Null[float64]))
		case "BOOLEAN":
			cells = append(cells, new(sql.Null[bool]))
		default:
			return nil, fmt.Errorf("a column of type %s cannot be copied", kind)
		}
	}
	return cells, nil
}

// table is one table of the schema.
type table struct {
	name           string
	columns, types []string
	refers         []string // the other tables that it refers to
}

func (t table) query() string {
	columns := slices.Clone(t.columns)
	for i, kind := range t.types {
		if kind == "BYTEA" {
			columns[i] += ", " + columns[i] + " IS NULL"
		}
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + t.name
}

// schemaTables lists the tables of this program's schema, each after those that
// it refers to. It reads them from an empty database, so that no copy can
// forget a table that a migration adds.
func schemaTables(ctx context.Context) ([]table, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection would have its own database
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `SELECT t.name, c.name, c.type,
  coalesce((SELECT group_concat(f."table") FROM pragma_foreign_key_list(t.name) AS f WHERE f."table" <> t.name), '')
FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> $1 ORDER BY t.name, c.cid`, goose.DefaultTablename)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tables []table
	for rows.Next() {
		var name, column, kind, refers string
		if err := rows.Scan(&name, &column, &kind, &refers); err != nil {
			return nil, err
		}
		if len(tables) == 0 || tables[len(tables)-1].name != name {
			tables = append(tables, table{name: name, refers: strings.FieldsFunc(refers, func(r rune) bool { return r == ',' })})
		}
		t := &tables[len(tables)-1]
		t.columns, t.types = append(t.columns, column), append(t.types, kind)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return referredFirst(tables)
}

// referredFirst puts every table after those that it refers to.
func referredFirst(tables []table) ([]table, error) {
	var out []table
	for len(tables) > 0 {
		i := slices.IndexFunc(tables, func(t table) bool {
			return !slices.ContainsFunc(tables, func(other table) bool { return slices.Contains(t.refers, other.name) })
		})
		if i < 0 {
			return nil, errors.New("tables refer to each other in a circle")
		}
		out = append(out, tables[i])
		tables = slices.Delete(tables, i, i+1)
	}
	return out, nil
}

// CheckIntegrity checks the database's file, and looks for references to missing
// rows. PostgreSQL takes care of both itself.
func (s *Store) CheckIntegrity(ctx context.Context) error {
	if s.engine != engineSQLite {
		return nil
	}
	var verdict string
	if err := s.read.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("the file is damaged: %s", verdict)
	}
	var lost int64
	if err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&lost); err != nil {
		return err
	}
	if lost > 0 {
		return fmt.Errorf("%d rows refer to missing rows", lost)
	}
	return nil
}
