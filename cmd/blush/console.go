package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// console is where a command writes: results to out, everything else to err.
type console struct {
	out io.Writer
	err io.Writer
}

// interactive reports whether err is a terminal.
func (c console) interactive() bool {
	f, ok := c.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// inputError says that what the user gave cannot be used: exit code 2.
type inputError struct{ cause error }

func (e *inputError) Error() string { return e.cause.Error() }
func (e *inputError) Unwrap() error { return e.cause }

// badInput makes an [inputError].
func badInput(format string, args ...any) error {
	return &inputError{fmt.Errorf(format, args...)}
}

// count is a number of things with their name: 1 scan, 2 scans.
func count[N int | int64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// printJSON writes a value as indented JSON.
func printJSON(con console, v any) error {
	e := json.NewEncoder(con.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
