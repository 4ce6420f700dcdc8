package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
)

// openPostgres opens one pool for everything and one connection on which River
// listens for new jobs.
func openPostgres(ctx context.Context, url string) (*Store, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open postgres database: %w", err)
	}
	listen, err := pgxpool.ParseConfig(url)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open postgres database: %w", err)
	}
	listen.MinConns, listen.MaxConns = 0, 1
	listener, err := pgxpool.NewWithConfig(ctx, listen)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open postgres database: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	return &Store{
		engine: enginePostgres, write: db, read: db, driver: riverdatabasesql.NewWithPgxListener(db, listener),
		close: func() error {
			err := errors.Join(db.Close())
			listener.Close()
			pool.Close()
			return err
		},
	}, nil
}
