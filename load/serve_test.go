package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/client"
)

// binary builds the program once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "blush-load")
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "blush")
	cmd := exec.Command("go", "run", "-ldflags=-w", "-exec", "cp", "./cmd/blush", out) // unlike go build, it links once for all that ask
	cmd.Dir = ".."
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, text)
	}
	return out, nil
})

// world is a database with people, and the servers on it.
type world struct {
	t        *testing.T
	dir      string
	database string // as --database, empty for SQLite
	key      string
	users    []string
	scans    []string
	servers  []*server
}

// server is one process.
type server struct {
	url     string
	monitor string
	cmd     *exec.Cmd
}

// newWorld fills a database: people with a year of scans, answers and readings each.
func newWorld(t *testing.T, postgres bool, people int) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	var cluster *pgtest.Cluster
	if postgres {
		cluster = pgtest.OwnDurable(t)
		w.database = cluster.URL()
	}
	for line := range strings.Lines(w.blush("customer", "create", "Load")) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "dev" {
			w.key = f[2]
		}
	}
	for i := range people {
		w.blush("simulate", "year", "Load", "--external-user-id", fmt.Sprint("person-", i), "--seed", strconv.Itoa(i+1))
	}
	if postgres {
		cluster.Settle()
	}
	w.start(1)
	api := &client.Client{BaseURL: w.servers[0].url, APIKey: w.key}
	users, err := api.Users(t.Context(), client.Page{Limit: 100})
	must(t, err)
	for _, u := range users.Data {
		scans, err := api.Scans(t.Context(), client.UserRef{ID: u.UserID}, client.Page{Limit: 20})
		must(t, err)
		w.users = append(w.users, u.UserID)
		for _, s := range scans.Data {
			w.scans = append(w.scans, s.FaceScanID)
		}
	}
	if len(w.users) != people || len(w.scans) < people {
		t.Fatalf("%d people with %d scans", len(w.users), len(w.scans))
	}
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// blush runs a command to its end.
func (w *world) blush(args ...string) string {
	w.t.Helper()
	path, err := binary()
	must(w.t, err)
	cmd := exec.CommandContext(w.t.Context(), path, append(args, w.flags()...)...)
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("blush %s: %v %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (w *world) flags() []string {
	flags := []string{"--data-dir", w.dir}
	if w.database != "" {
		flags = append(flags, "--database", w.database)
	}
	return flags
}

// start runs n servers in the place of those that run.
func (w *world) start(n int) {
	w.t.Helper()
	w.stop()
	path, err := binary()
	must(w.t, err)
	for range n {
		s := &server{url: "http://" + freeAddress(w.t), monitor: freeAddress(w.t)}
		args := append([]string{"serve", "--plain-http", "--listen", strings.TrimPrefix(s.url, "http://"), "--monitor-listen", s.monitor,
			"--limit-key", "0", "--user-scans", "0", "--user-mib", "0", "--log-level", "warn"}, w.flags()...)
		s.cmd = exec.Command(path, args...)
		s.cmd.Stderr = os.Stderr
		must(w.t, s.cmd.Start())
		w.servers = append(w.servers, s)
		w.t.Cleanup(s.stop)
		s.await(w.t)
	}
}

// stop ends all servers.
func (w *world) stop() {
	for _, s := range w.servers {
		s.stop()
	}
	w.servers = nil
}

func (s *server) stop() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Signal(os.Interrupt)
		_ = s.cmd.Wait()
	}
}

// await waits until the server takes connections.
func (s *server) await(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// usage is what the servers, and the machine, have used.
type usage struct {
	at        time.Time
	servers   time.Duration // processor time of the servers
	generator time.Duration // of this process, which sends the requests
	machine   time.Duration // of everybody
	memory    int64         // of the servers, in bytes: resident now
	peak      int64         // resident at most
}

// used reads it from /proc; elsewhere it is zero.
func (w *world) used() usage {
	u := usage{at: time.Now(), generator: processTime("/proc/self/stat"), machine: busy()}
	for _, s := range w.servers {
		dir := filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid))
		u.servers += processTime(filepath.Join(dir, "stat"))
		u.memory += statusBytes(filepath.Join(dir, "status"), "VmRSS:")
		u.peak += statusBytes(filepath.Join(dir, "status"), "VmHWM:")
	}
	return u
}

// tick is the unit of times in /proc on every Linux that Go runs on.
const tick = 10 * time.Millisecond

func processTime(stat string) time.Duration {
	b, _ := os.ReadFile(stat)
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * tick
}

func statusBytes(status, name string) int64 {
	b, _ := os.ReadFile(status)
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == name {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// busy is the processor time of everybody, in all.
func busy() time.Duration {
	f, err := os.Open("/proc/stat")
	if err != nil {
		return 0
	}
	defer f.Close()
	line := bufio.NewScanner(f)
	line.Scan()
	var sum time.Duration
	for i, v := range strings.Fields(line.Text()) {
		if i == 0 || i == 4 || i == 5 || i > 8 { // the name, idle, waiting for disks, guests, who are counted as users already
			continue
		}
		n, _ := strconv.Atoi(v)
		sum += time.Duration(n) * tick
	}
	return sum
}

// loadAverage is of the last minute, empty where it is not known.
func loadAverage() string {
	b, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(b), " ")
	return first
}

// hold puts each server into a control group of its own that may use a part of one
// processor, in slices of 10 ms. It says how, or why it cannot.
func (w *world) hold(cores float64) (how string, err error) {
	if runtime.GOOS != "linux" {
		return "", errors.New("control groups are of Linux")
	}
	const period = 10_000 // µs
	quota := int(cores * period)
	for _, s := range w.servers {
		name := fmt.Sprintf("blush-load-%d", s.cmd.Process.Pid)
		dir, file, limit := "/sys/fs/cgroup/"+name, "cpu.max", fmt.Sprintf("%d %d", quota, period)
		how = "cpu.max of a control group, version 2"
		if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err != nil {
			dir, file, limit = "/sys/fs/cgroup/cpu/"+name, "cpu.cfs_quota_us", strconv.Itoa(quota)
			how = "cpu.cfs_quota_us of a control group, version 1"
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			return "", err
		}
		w.t.Cleanup(func() { s.stop(); os.Remove(dir) })
		if file == "cpu.cfs_quota_us" {
			err = os.WriteFile(filepath.Join(dir, "cpu.cfs_period_us"), []byte(strconv.Itoa(period)), 0o600)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), []byte(limit), 0o600)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(s.cmd.Process.Pid)), 0o600)
		}
		if err != nil {
			return "", err
		}
	}
	return how, nil
}
