package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
)

// leastConns is the size of the pool where the URL does not give one
// (pool_max_conns): the queue alone holds up to three connections.
const leastConns = 10

// openPostgres opens one pool for everything and one connection on which River
// listens for new jobs.
func openPostgres(ctx context.Context, url string) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open postgres database: %w", err)
	}
	listen := config.Copy()
	listen.MinConns, listen.MaxConns = 0, 1
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = max(config.MaxConns, leastConns)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open postgres database: %w", err)
	}
	listener, err := pgxpool.NewWithConfig(ctx, listen)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open postgres database: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	return &Store{
		engine: enginePostgres, write: db, read: db, driver: riverdatabasesql.NewWithPgxListener(db, listener),
		close: func() error {
			err := db.Close()
			listener.Close()
			pool.Close()
			return err
		},
	}, nil
}
