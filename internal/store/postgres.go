package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
)

// leastConns is the size of the pool where the URL does not give one
// (pool_max_conns): the queue alone holds up to three connections.
const leastConns = 10

// unreadableURL says why a URL of PostgreSQL is none, without showing it: it may hold a password.
func unreadableURL(text string, err error) error {
	if _, bad := url.Parse(text); bad != nil {
		return errors.New("the URL cannot be read: in a user name or password, write each of / @ : # % ? and spaces as % and two hexadecimal digits")
	}
	text = err.Error()
	return errors.New("the URL cannot be used: " + strings.TrimPrefix(text[strings.LastIndex(text, "`: ")+1:], ": "))
}

// openPostgres opens one pool for everything and one connection on which River
// listens for new jobs.
func openPostgres(ctx context.Context, text string) (*Store, error) {
	config, err := pgxpool.ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("open postgres database: %w", unreadableURL(text, err))
	}
	listen := config.Copy()
	listen.MinConns, listen.MaxConns = 0, 1
	if !strings.Contains(text, "pool_max_conns") {
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
