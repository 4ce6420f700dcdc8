package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
)

// markTable of a backup has one row: the digest of all other tables when it was written.
const markTable = "backup_mark"

// ErrMark says that a backup is not as it was written.
var ErrMark = errors.New("it was damaged or changed after it was written")

// Mark stores in an SQLite file, which nobody else uses, the digest of everything in it, for [Store.CheckMark].
func (s *Store) Mark(ctx context.Context) error {
	digest, err := s.fileDigest(ctx)
	if err != nil {
		return err
	}
	if _, err := s.write.ExecContext(ctx, "CREATE TABLE "+markTable+" (digest TEXT NOT NULL)"); err != nil {
		return err
	}
	_, err = s.write.ExecContext(ctx, "INSERT INTO "+markTable+" (digest) VALUES ($1)", digest)
	return err
}

// CheckMark compares what is in an SQLite file with its mark. The error is [ErrMark] if they differ. A file without a
// mark passes: a copy by hand, or a backup by an older version.
func (s *Store) CheckMark(ctx context.Context) error {
	var there int
	if err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1", markTable).Scan(&there); err != nil || there == 0 {
		return err
	}
	var marked string
	if err := s.read.QueryRowContext(ctx, "SELECT digest FROM "+markTable).Scan(&marked); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	digest, err := s.fileDigest(ctx)
	if err == nil && digest != marked {
		err = ErrMark
	}
	return err
}

// unmark removes the mark: the file becomes a database that changes.
func (s *Store) unmark(ctx context.Context) error {
	if s.engine != engineSQLite {
		return nil
	}
	_, err := s.write.ExecContext(ctx, "DROP TABLE IF EXISTS "+markTable)
	return err
}

// fileDigest is the digest of all rows of an SQLite file, of whatever schema.
func (s *Store) fileDigest(ctx context.Context) (string, error) {
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer tx.Rollback() // it only reads
	tables, err := tablesOf(ctx, tx)
	if err != nil {
		return "", err
	}
	all := sha256.New()
	for _, name := range tables {
		c, err := tableContents(ctx, tx, name)
		if err != nil {
			return "", fmt.Errorf("table %s: %w", name, err)
		}
		fmt.Fprintf(all, "%q %d %x\n", name, c.Rows, c.Digest)
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// tablesOf lists the tables of an SQLite file except the mark.
func tablesOf(ctx context.Context, tx *sql.Tx) (tables []string, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> $1 ORDER BY name", markTable)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		tables = append(tables, name)
	}
	return tables, rows.Err()
}

// tableContents reads a table of whatever columns.
func tableContents(ctx context.Context, tx *sql.Tx, name string) (c TableContents, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM "`+name+`"`) //nolint:gosec // the name of a table that is there
	if err != nil {
		return c, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return c, err
	}
	row, cells := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		cells[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			return c, err
		}
		c.add(row)
	}
	return c, rows.Err()
}
