package store

import (
	"context"
	"fmt"
	"strings"
)

// Dump writes every row of every table as one line, for tests that search for data that must not be stored.
func (s *Store) Dump(ctx context.Context) (string, error) {
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if s.engine == enginePostgres {
		list = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
	}
	tables, err := s.rows(ctx, list)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, t := range tables {
		rows, err := s.rows(ctx, "SELECT * FROM "+t)
		if err != nil {
			return "", err
		}
		for _, r := range rows {
			fmt.Fprintf(&out, "%s %s\n", t, r)
		}
	}
	return out.String(), nil
}

// Exec runs a statement on the writing connection, for tests that damage something.
func (s *Store) Exec(ctx context.Context, q string) error {
	_, err := s.write.ExecContext(ctx, q)
	return err
}

// Reserve sets how many bytes scans must leave free on the disk.
func (s *Store) Reserve(bytes uint64) { s.reserve = bytes }

func (s *Store) rows(ctx context.Context, q string) ([]string, error) {
	rows, err := s.write.QueryContext(ctx, q)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		values := make([]any, len(cols))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		parts := make([]string, len(cols))
		for i, v := range values {
			switch v := (*v.(*any)).(type) {
			case []byte:
				parts[i] = string(v)
			default:
				parts[i] = fmt.Sprint(v)
			}
		}
		out = append(out, strings.Join(parts, "|"))
	}
	return out, rows.Err()
}

// LookDead makes other processes believe that this one has died.
func (s *Store) LookDead(ctx context.Context) error {
	if s.engine == engineSQLite {
		return s.lock.Unlock() // as the system does when a process ends; the next process to start believes that all others have died
	}
	_, err := s.worker.lock.ExecContext(ctx, "SELECT pg_advisory_unlock_all()")
	return err
}
