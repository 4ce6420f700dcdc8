package store

import (
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"blush.example/blush/internal/blush"
)

// How long to wait before trying again.
const (
	retryFull        = 30 * time.Second
	retryUnreachable = 2 * time.Second
)

// Fault turns an error of the database that may pass into one for the client: NoRoom
// if its disk is full, Unavailable if it cannot be reached or accepts no writes at the
// moment. It is nil for every other error.
func Fault(err error) *blush.Error {
	var known *blush.Error
	if err == nil || errors.As(err, &known) {
		return nil
	}
	switch {
	case full(err):
		return &blush.Error{Kind: blush.NoRoom, Message: "The server's disk is full.", Cause: err, RetryAfter: retryFull}
	case unreachable(err):
		return &blush.Error{Kind: blush.Unavailable, Message: "The server's database cannot be reached at the moment.", Cause: err, RetryAfter: retryUnreachable}
	case noWrite(err):
		return &blush.Error{Kind: blush.Unavailable, Message: "The server's database accepts no writes at the moment.", Cause: err, RetryAfter: retryUnreachable}
	}
	return nil
}

// Unreachable says whether an error means that the database cannot be reached, which may pass.
func Unreachable(err error) bool { return unreachable(err) }

// full says whether a disk, or a user's quota on it, is full.
func full(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	if code, ok := postgresCode(err); ok {
		return code == "53100" // disk_full
	}
	code, ok := sqliteCode(err)
	return ok && (code&0xff == sqlite3.SQLITE_FULL || code == sqlite3.SQLITE_IOERR_SHMSIZE)
}

// unreachable says whether the database cannot be reached, or ended the connection.
func unreachable(err error) bool {
	if code, ok := postgresCode(err); ok {
		switch code {
		case "25P03", // it ended a connection that was idle in a transaction
			"57P01", "57P02", "57P03", // it is stopping, it crashed, it is starting
			"53300", "53200": // too many connections, out of memory
			return true
		}
		return strings.HasPrefix(code, "08") // connection exceptions
	}
	if untrusted(err) {
		return false
	}
	var connect *pgconn.ConnectError
	var lost *lostError
	return errors.As(err, &connect) || errors.As(err, &lost) || pgconn.SafeToRetry(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

// noWrite says whether the database can be read but not written at the moment.
func noWrite(err error) bool {
	if code, ok := postgresCode(err); ok {
		switch code {
		case "25006", // a standby
			"40001", "40P01", "55P03": // a conflict with another transaction
			return true
		}
		return strings.HasPrefix(code, "58") // errors of its disk
	}
	code, ok := sqliteCode(err)
	if !ok {
		return false
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}

func postgresCode(err error) (string, bool) {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code, true
	}
	return "", false
}

func sqliteCode(err error) (int, bool) {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code(), true
	}
	return 0, false
}

// untrusted says whether a server was reached whose certificate is not valid. That does not pass.
func untrusted(err error) bool {
	var e *tls.CertificateVerificationError
	return errors.As(err, &e)
}
