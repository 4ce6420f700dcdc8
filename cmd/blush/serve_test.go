package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// An address to listen on is blamed only for what listening met, and not for a database that cannot be reached.
func TestServeError(t *testing.T) {
	for _, cause := range []error{
		&net.DNSError{Err: "no such host", Name: "db.example", IsNotFound: true},
		os.NewSyscallError("connect", syscall.EACCES), os.NewSyscallError("connect", syscall.EADDRNOTAVAIL),
	} {
		for op, blamed := range map[string]bool{"listen": true, "dial": false} {
			err := serveError("--listen", "x.example:1", fmt.Errorf("database: %w", &net.OpError{Op: op, Net: "tcp", Err: cause}))
			if got := strings.Contains(err.Error(), "--listen"); got != blamed {
				t.Errorf("%s: %v", op, err)
			}
		}
		if err := serveError("--listen", "x.example:1", cause); !errors.Is(err, cause) {
			t.Error(err)
		}
	}
}

// A level of the log keeps what is as bad or worse, in either form.
func TestLogLevel(t *testing.T) {
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	for at, name := range []string{"debug", "info", "warn", "error"} {
		for _, format := range []string{"text", "json"} {
			var out bytes.Buffer
			log, err := (&serveCmd{LogFormat: format, LogLevel: name}).logger(console{err: &out})
			if err != nil {
				t.Fatal(err)
			}
			for i, level := range levels {
				out.Reset()
				log.Log(t.Context(), level, "said")
				if said := strings.Contains(out.String(), "said"); said != (i >= at) {
					t.Errorf("--log-level %s --log-format %s: a line of level %v is logged: %v", name, format, level, said)
				}
			}
		}
	}
}
