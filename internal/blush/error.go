package blush

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the machine-readable kind of an error.
type Kind string

// The kinds, each with its HTTP status.
const (
	Invalid      Kind = "invalid"       // 400
	Unauthorized Kind = "unauthorized"  // 401
	Forbidden    Kind = "forbidden"     // 403
	NotFound     Kind = "not_found"     // 404
	Conflict     Kind = "conflict"      // 409
	TooLarge     Kind = "too_large"     // 413
	Unprocessed  Kind = "unprocessable" // 422, with Fields
	TooMany      Kind = "too_many"      // 429
	Unavailable  Kind = "unavailable"   // 503
	NoRoom       Kind = "no_room"       // 507: the server's disk is full
)

// FieldError says which part of the input is wrong and why.
type FieldError struct {
	// Path leads to the field by names and indices, e.g. ["user_id"] or ["regions",0,"r",17];
	// empty means all of the input. Package httpapi adds where in the request the field is.
	Path []any
	Msg  string
	Type string // machine-readable, e.g. value_error
}

// Error has a kind for the machine, a message for the person and a cause for the log.
type Error struct {
	Kind    Kind
	Message string
	Fields  []FieldError
	Cause   error
	// RetryAfter is how long to wait, for TooMany, Unavailable and NoRoom.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Kind, e.Message, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Kind, e.Message)
}

func (e *Error) Unwrap() error { return e.Cause }

// E makes an error of a kind with a message that the caller of the API may read.
func E(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Field makes an Unprocessed error about one field.
func Field(msg, typ string, path ...any) *Error {
	return &Error{Kind: Unprocessed, Message: msg, Fields: []FieldError{{Path: path, Msg: msg, Type: typ}}}
}

// KindOf returns the kind of an [Error]; "" for nil and every other error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}
