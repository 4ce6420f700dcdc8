// Package pgtest provides PostgreSQL for tests: one server for each test process,
// made by initdb in a temporary directory and reachable only through a Unix socket,
// and one database for each test, copied from a template.
//
// The directory is in memory if there is a file system for that with enough room: every
// database consists of some 300 files, and making and removing so many is slow on a disk.
//
// PostgreSQL refuses to run as root; there it runs as the user "postgres".
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is the PostgreSQL of this test process.
type server struct {
	bin, dir string
	durable  bool // syncs to disk, as in production, for measurements
	attr     func() *syscall.SysProcAttr
	process  *exec.Cmd

	mu    sync.Mutex
	admin *pgx.Conn // makes and removes databases; opened when first used
}

var shared = struct {
	once   sync.Once
	server *server
	err    error

	mu        sync.Mutex
	templates map[string]string // the prepared URL of each template
	databases int               // made for tests so far
}{templates: map[string]string{}}

// errAbsent means that PostgreSQL is not installed.
var errAbsent = errors.New("PostgreSQL is not installed (Debian: apt-get install postgresql)")

// URL returns the URL of a fresh database for this test. prepare fills the
// database that is copied for every test: it is called once for each name.
// Without PostgreSQL on the machine the test is skipped.
func URL(t testing.TB, name string, prepare func(url string) error) string {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = start(false) })
	if errors.Is(shared.err, errAbsent) {
		t.Skip(shared.err)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	s := shared.server
	shared.mu.Lock()
	template := "template_" + name
	if _, ok := shared.templates[template]; !ok {
		err := s.exec("CREATE DATABASE " + template)
		if err == nil {
			err = prepare(s.url(template))
		}
		if err != nil {
			shared.mu.Unlock()
			t.Fatal(err)
		}
		shared.templates[template] = s.url(template)
	}
	shared.databases++
	db := fmt.Sprintf("test%d", shared.databases)
	shared.mu.Unlock()
	if err := s.exec("CREATE DATABASE " + db + " TEMPLATE " + template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE " + db + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s.url(db)
}

// exec runs a statement as the owner of the server.
func (s *server) exec(statement string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := context.Background()
	if s.admin == nil {
		var err error
		if s.admin, err = pgx.Connect(ctx, s.url("postgres")); err != nil {
			return err
		}
	}
	if _, err := s.admin.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Stop ends the server, if one was started. Call it at the end of TestMain; a
// test process that is killed takes its server with it.
func Stop() {
	s := shared.server
	if s == nil {
		return
	}
	s.halt()
	os.RemoveAll(s.dir)
}

// halt ends the server at once, like a crash.
func (s *server) halt() {
	s.process.Process.Signal(syscall.SIGQUIT)
	s.process.Wait()
}

// Cluster is a PostgreSQL for a single test, which may stop and start it.
type Cluster struct {
	t testing.TB
	*server
}

// Own starts a PostgreSQL only for this test. Without PostgreSQL on the machine the test is skipped.
func Own(t testing.TB) *Cluster {
	t.Helper()
	return own(t, false)
}

// OwnDurable is [Own] with the disk syncs of a production database.
func OwnDurable(t testing.TB) *Cluster {
	t.Helper()
	return own(t, true)
}

func own(t testing.TB, durable bool) *Cluster {
	t.Helper()
	s, err := start(durable)
	if errors.Is(err, errAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.halt()
		os.RemoveAll(s.dir)
	})
	return &Cluster{t, s}
}

// URL returns the URL of its only database.
func (c *Cluster) URL() string { return c.url("postgres") }

// Settle brings it to the state of a database that has run for some hours, for measurements: what filling it left
// behind is cleaned up, statistics are collected, and its log has files to write to again. Without those, all
// commits wait, for up to a tenth of a second every few seconds, while PostgreSQL makes the next file of 16 MiB.
func (c *Cluster) Settle() {
	c.t.Helper()
	if err := c.run("vacuumdb", "--analyze", "postgres"); err != nil {
		c.t.Fatal(err)
	}
	const files = 12 // a checkpoint keeps as many of those that are done as min_wal_size asks for: 5 by default
	for range files {
		for _, statement := range []string{"SELECT pg_logical_emit_message(false, '', '')", "SELECT pg_switch_wal()"} {
			if err := c.exec(statement); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	if err := c.exec("CHECKPOINT"); err != nil {
		c.t.Fatal(err)
	}
}

// Stop ends it at once, with every connection.
func (c *Cluster) Stop() { c.halt() }

// Start starts it again.
func (c *Cluster) Start() {
	c.t.Helper()
	if err := c.launch(); err != nil {
		c.t.Fatal(err)
	}
}

// Run runs a package's tests and then stops the server: os.Exit(pgtest.Run(m)).
func Run(m *testing.M) int {
	defer Stop()
	return m.Run()
}

// memory is where Linux usually has a file system in memory.
const memory = "/dev/shm"

func start(durable bool) (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	place := "/tmp" // not os.TempDir, because a socket's path has at most 107 bytes
	if !durable && inMemory(memory) {
		place = memory
	}
	dir, err := os.MkdirTemp(place, "pgtest")
	if err != nil {
		return nil, err
	}
	s := &server{bin: bin, dir: dir, durable: durable, attr: func() *syscall.SysProcAttr { return attributes(nil) }}
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres: %w", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		s.attr = func() *syscall.SysProcAttr {
			return attributes(&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)})
		}
	}
	if err := s.run("initdb", "-D", s.data(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"); err != nil {
		return nil, err
	}
	return s, s.launch()
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

// launch starts the server on its data.
func (s *server) launch() error {
	settings := []string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=200"}
	if !s.durable { // enough for a test: the operating system keeps what a killed process wrote
		settings = append(settings, "-c", "fsync=off", "-c", "shared_buffers=32MB", "-c", "max_wal_size=64MB")
	}
	s.process = s.command("postgres", settings...)
	log := &bytes.Buffer{}
	s.process.Stdout, s.process.Stderr = log, log
	if err := startAndOwn(s.process); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		conn, err := pgx.Connect(context.Background(), s.url("postgres"))
		if err == nil {
			return conn.Close(context.Background())
		}
		if time.Now().After(deadline) {
			s.process.Process.Kill()
			s.process.Wait()
			return fmt.Errorf("PostgreSQL did not get ready: %v\n%s", err, log)
		}
	}
}

// binaries finds the directory of the newest installed server.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian keeps them off the PATH
	if len(found) == 0 {
		path, err := exec.LookPath("initdb")
		if err != nil {
			return "", errAbsent
		}
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return "", err
		}
		return filepath.Dir(path), nil
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1]), nil
}

func version(initdb string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	return n
}

func (s *server) url(db string) string {
	// A busy machine may be slow to fork: the wait for a connection is long.
	return "postgres:///" + db + "?" + url.Values{"host": {s.dir}, "user": {"postgres"}, "connect_timeout": {"60"}}.Encode()
}

func (s *server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	c.Env = []string{"PGHOST=" + s.dir, "PGUSER=postgres", "LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	c.SysProcAttr = s.attr()
	return c
}

func (s *server) run(name string, args ...string) error {
	out, err := s.command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
