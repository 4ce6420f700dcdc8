package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// An error names the address to listen on only if listening failed, not if the database cannot be reached.
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

// A network is stored once, however it is written, in the form that the addresses of clients have.
func TestNetworks(t *testing.T) {
	got, err := networks("--trusted-proxy", []string{"10.0.0.0/8", "10.1.2.3/8", "::ffff:10.0.0.0/104", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "2001:DB8:0::1/128", "fe80::1%eth0"})
	if want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::1/128"), netip.MustParsePrefix("fe80::1/128")}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "10.0.0.0/33", "10.0.0", "::ffff:0:0/95", "example.org", "10.0.0.1-10.0.0.9", " 10.0.0.1"} {
		if got, err := networks("--trusted-proxy", []string{bad}); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

// A suite that is named twice is measured once: its scans would count twice.
func TestSuitesOnce(t *testing.T) {
	sets, err := (&validateCmd{Suite: []string{"dead", "easy", "dead"}, Scans: 1, Seed: 1, Seconds: 10}).sets()
	if err != nil || len(sets) != 2 || sets[0].Name != "dead" || sets[1].Name != "easy" {
		t.Errorf("%d sets, %v", len(sets), err)
	}
}

// A log level keeps the messages of that level and above, in both formats.
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

// The error of a full disk says what to do, whichever part of the program meets it.
func TestFullDiskInWords(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "small.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.Exec("PRAGMA max_page_count = 2; CREATE TABLE a (b); INSERT INTO a VALUES (zeroblob(100000))")
	for _, full := range []error{fmt.Errorf("background work: job queue: %w", err), fmt.Errorf("backup: %w", &os.PathError{Op: "write", Path: "a", Err: syscall.ENOSPC})} {
		if said := fullDisk(full); !strings.Contains(said.Error(), "free space on the disk") || !errors.Is(said, full) {
			t.Errorf("%v becomes %v", full, said)
		}
	}
	if other := errors.New("no such file"); !errors.Is(fullDisk(other), other) || strings.Contains(fullDisk(other).Error(), "full") {
		t.Error(fullDisk(other))
	}
}
