package main

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"blush.example/blush/blushtest/freeport"
	"blush.example/blush/blushtest/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(withPostgres{m}, map[string]func(){"blush": main, "call": call, "demolines": demolines, "sql": runSQL, "awaits": awaits, "follow": follow})
}

// TestStories runs the stories in testdata/script: each drives the real program
// in a separate folder.
func TestStories(t *testing.T) { tell(t, "testdata/script", "") }

// TestStoriesOnPostgres runs those that need a PostgreSQL database.
func TestStoriesOnPostgres(t *testing.T) {
	tell(t, "testdata/postgres", pgtest.URL(t, "empty", func(string) error { return nil }))
}

// withPostgres stops the PostgreSQL server of the tests after them.
type withPostgres struct{ *testing.M }

func (m withPostgres) Run() int { return pgtest.Run(m.M) }

func tell(t *testing.T, dir, database string) {
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			port, err := freeport.On("localhost")
			env.Setenv("ADDRESS", "localhost:"+port)
			env.Setenv("DATABASE", database)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "broken.gz"), []byte("\x1f\x8b cut off"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "capture": capture},
	})
}

// exits runs a program and demands its exit code: exits CODE PROGRAM [ARG...].
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("exits: %v", err)
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		coded, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = coded.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// capture keeps part of what the last program said: capture NAME REGEXP, with one group.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("nothing matches %s", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// runSQL changes an SQLite database without the program: sql FILE STATEMENT.
func runSQL() {
	db, err := sql.Open("sqlite", os.Args[1])
	if err == nil {
		_, err = db.Exec(os.Args[2])
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sql:", err)
		os.Exit(1)
	}
}

// awaits waits up to a minute until a file contains a text: awaits FILE TEXT.
func awaits() {
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if b, err := os.ReadFile(os.Args[1]); err == nil && strings.Contains(string(b), os.Args[2]) {
			return
		}
	}
	fmt.Fprintln(os.Stderr, "awaits:", os.Args[1], "never contained", os.Args[2])
	os.Exit(1)
}

// follow runs a program that does not end by itself, and interrupts it after its
// first line: follow PROGRAM [ARG...]. The program must then exit with code 0.
func follow() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		lines := bufio.NewScanner(out)
		if lines.Scan() {
			fmt.Println(lines.Text())
		}
		err = errors.Join(lines.Err(), cmd.Process.Signal(os.Interrupt))
		for lines.Scan() {
			fmt.Println(lines.Text())
		}
		err = errors.Join(err, cmd.Wait())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "follow:", err)
		os.Exit(1)
	}
}
