package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
)

// leastConns is the least size of the pool if the URL does not set one
// (pool_max_conns). The queue alone uses up to three connections.
const leastConns = 10

// connectTimeout is the longest time to connect if the URL does not set one (connect_timeout).
const connectTimeout = 5 * time.Second

// silence is how long a server may send nothing at all, not even an acknowledgement of
// what it received, before its connection is closed. A machine that is gone sends nothing.
const silence = 15 * time.Second

// dial connects to PostgreSQL, so that a lost server is noticed.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence / 3, Interval: silence / 3, Count: 2}, Control: limitUnanswered}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return conn{c}, nil
}

// conn is a connection whose errors can be recognised: see [Fault].
type conn struct{ net.Conn }

func (c conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, lost(err)
}

func (c conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, lost(err)
}

// lostError is an error of a connection to the database.
type lostError struct{ error }

func (e *lostError) Unwrap() error { return e.error }

func lost(err error) error {
	if err == nil {
		return nil
	}
	return &lostError{err}
}

// unreadableURL says why a PostgreSQL URL cannot be used, without showing it, because it may contain a password.
func unreadableURL(text string, err error) error {
	if _, bad := url.Parse(text); bad != nil {
		return errors.New("the URL cannot be read: in a user name or password, write each of / @ : # % ? and spaces as % and two hexadecimal digits")
	}
	text = err.Error()
	return errors.New("the URL cannot be used: " + strings.TrimPrefix(text[strings.LastIndex(text, "`: ")+1:], ": "))
}

// silentClient has the settings with which PostgreSQL ends the connection of a Blush server that fell silent, e.g. after a power failure. That
// frees what the server had locked, e.g. the end of the audit trail. By default it would stay locked for hours.
var silentClient = map[string]string{
	"idle_in_transaction_session_timeout": "60000", // ms
	"tcp_keepalives_idle":                 "5",     // s
	"tcp_keepalives_interval":             "5",     // s
	"tcp_keepalives_count":                "2",
}

// closeWait is how long closing waits for connections that are still in use.
const closeWait = 15 * time.Second

// closePools closes pools. It does not wait for ever for a connection that nobody gives back.
func closePools(pools ...*pgxpool.Pool) error {
	closed := make(chan struct{})
	go func() {
		for _, p := range pools {
			p.Close()
		}
		close(closed)
	}()
	select {
	case <-closed:
		return nil
	case <-time.After(closeWait):
	}
	var used int32
	for _, p := range pools {
		used += p.Stat().AcquiredConns()
	}
	return fmt.Errorf("close the database: %d connections are still in use after %s", used, closeWait)
}

// openPostgres opens one pool for all queries, and one connection on which River
// listens for new jobs.
func openPostgres(ctx context.Context, text string) (*Store, error) {
	config, err := pgxpool.ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("open postgres database: %w", unreadableURL(text, err))
	}
	if !strings.Contains(text, "connect_timeout") {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	config.ConnConfig.DialFunc = dial
	for name, value := range silentClient {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
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
			return errors.Join(err, closePools(listener, pool))
		},
	}, nil
}
