package load

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"blush.example/blush/blushtest/pgtest"
)

var (
	seconds = flag.Float64("seconds", 10, "how long each measurement takes")
	soak    = flag.Duration("soak", 0, "how long the soak takes; 0: none")
	profile = flag.String("profile", "", "folder for processor profiles of the first server, one of each measurement")
	people  = flag.Int("people", 20, "how many people have a year of data")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(pgtest.Run(m))
}

// print shows a measurement: what was answered, what it took, and what stood beside.
func print(t *testing.T, name string, m *vegeta.Metrics, before, after usage) {
	t.Helper()
	wall := after.at.Sub(before.at).Seconds()
	servers := (after.servers - before.servers).Seconds()
	failed := int(m.Requests) - int(float64(m.Requests)*m.Success+0.5)
	t.Logf("%-50s %6.0f/s  p50 %6.1f ms  p99 %7.1f ms  errors %d  memory %d MiB (most %d)  servers %.2f cores, %.2f ms a request  generator %.2f ms a request  machine %.2f cores, load average %s",
		name, m.Throughput, ms(m.Latencies.P50), ms(m.Latencies.P99), failed, after.memory>>20, after.peak>>20,
		servers/wall, 1000*servers/float64(max(1, m.Requests)),
		1000*(after.generator-before.generator).Seconds()/float64(max(1, m.Requests)), (after.machine-before.machine).Seconds()/wall, loadAverage())
	if failed > 0 {
		t.Errorf("%s: %d errors: %v %q", name, failed, m.StatusCodes, m.Errors[:min(5, len(m.Errors))])
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// measure runs an attack and prints it.
func (w *world) measure(t *testing.T, a attack) *vegeta.Metrics {
	t.Helper()
	var profiling sync.WaitGroup
	if *profile != "" {
		profiling.Go(func() { w.profile(t, a) })
	}
	before := w.used()
	m := a.run(w)
	print(t, a.name, m, before, w.used())
	profiling.Wait()
	return m
}

// lasting is how long a measurement takes.
func lasting() time.Duration { return time.Duration(*seconds * float64(time.Second)) }

// profile keeps where the first server spends its processor time during an attack.
func (w *world) profile(t *testing.T, a attack) {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", w.servers[0].monitor, max(1, int(a.lasts.Seconds())-1))
	resp, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	name := strings.NewReplacer(" ", "-", ",", "", ":", "", "/", "-").Replace(a.name) + ".pprof"
	b, err := io.ReadAll(resp.Body)
	if err == nil {
		err = os.WriteFile(filepath.Join(*profile, name), b, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

// live returns what the first server holds after a garbage collection, in bytes.
func (w *world) live() int64 {
	w.t.Helper()
	resp, err := http.Get("http://" + w.servers[0].monitor + "/debug/pprof/heap?gc=1&debug=1")
	must(w.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(w.t, err)
	_, text, _ = bytes.Cut(text, []byte("\n# HeapAlloc = "))
	text, _, _ = bytes.Cut(text, []byte("\n"))
	n, err := strconv.ParseInt(string(text), 10, 64)
	must(w.t, err)
	return n
}

// workers is how many requests are under way at once where the rate is not bounded.
const workers = 64

// TestLoad measures one server and, on PostgreSQL, two.
func TestLoad(t *testing.T) {
	compact, asJSON := scans(t, true), scans(t, false)
	for _, db := range []struct {
		name     string
		replicas []int
		reads    int // requests/s
	}{{"sqlite", []int{1}, 2000}, {"postgres", []int{1, 2}, 1500}} {
		t.Run(db.name, func(t *testing.T) {
			w := newWorld(t, db.name == "postgres", *people)
			for _, n := range db.replicas {
				t.Run(fmt.Sprint(n), func(t *testing.T) {
					w.start(n)
					attack{mix: reads, rate: db.reads, workers: 2 * workers, lasts: 2 * lasting()}.run(w) // fills caches, opens connections, prepares statements
					name := func(what string) string { return fmt.Sprintf("%s, %d: %s", db.name, n, what) }
					for _, a := range []attack{
						{name("reads, 500/s wanted"), reads, 500, workers, lasting()},
						{name(fmt.Sprintf("reads, %d/s wanted", db.reads)), reads, db.reads, 2 * workers, lasting()},
						{name("reads, all that 64 get"), reads, 0, workers, lasting()},
						{name("writes, all that 16 get"), writes, 0, 16, lasting()},
						{name("scans of 60 s, all that 4 get"), compact, 0, 4, lasting()},
						{name("scans of 60 s as JSON, all that 4 get"), asJSON, 0, 4, lasting()},
					} {
						w.measure(t, a)
					}
					w.together(t, attack{name("beside: reads, 300/s wanted"), reads, 300, workers, lasting()},
						attack{name("beside: writes, 20/s wanted"), writes, 20, workers, lasting()},
						attack{name("beside: scans of 60 s, 1/s wanted"), compact, 1, workers, lasting()})
				})
			}
			verified(t, w)
		})
	}
}

// together runs attacks side by side. What the servers use is that of all of them.
func (w *world) together(t *testing.T, attacks ...attack) {
	t.Helper()
	before := w.used()
	results := make([]*vegeta.Metrics, len(attacks))
	var all sync.WaitGroup
	for i, a := range attacks {
		all.Go(func() { results[i] = a.run(w) })
	}
	all.Wait()
	after := w.used()
	for i, m := range results {
		print(t, attacks[i].name, m, before, after)
	}
}

// verified fails when the audit trail does not hold after the load.
func verified(t *testing.T, w *world) {
	t.Helper()
	t.Log(w.blush("audit", "verify"))
}

// TestReplicas compares two servers with one, each held to a part of a processor.
func TestReplicas(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		const cores = 0.3
		w := newWorld(t, true, *people)
		var rates []float64
		for _, n := range []int{1, 2} {
			w.start(n)
			attack{mix: reads, rate: 50, workers: workers, lasts: min(2*time.Second, lasting())}.run(w) // warm
			how, err := w.hold(cores)
			if err != nil {
				t.Skipf("servers cannot be held to a part of a processor here: %v", err)
			}
			m := w.measure(t, attack{fmt.Sprintf("%d held to %.1f cores each, reads", n, cores), reads, 0, workers, 2 * lasting()})
			t.Log("held by ", how)
			rates = append(rates, m.Throughput)
		}
		t.Logf("two servers answer %.2f times as much as one", rates[1]/rates[0])
	})
}

// TestSoak runs a mix for a while and shows how memory goes.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("no soak is asked for: -soak 15m")
	}
	for _, postgres := range []bool{false, true} {
		t.Run(map[bool]string{false: "sqlite", true: "postgres"}[postgres], func(t *testing.T) {
			w := newWorld(t, postgres, *people)
			scans := scans(t, true)
			parts := max(2, min(15, int(soak.Seconds())))
			each := *soak / time.Duration(parts)
			var resident, live []int64
			for i := range parts {
				w.together(t, attack{fmt.Sprintf("soak %d: reads, 200/s", i+1), reads, 200, workers, each},
					attack{fmt.Sprintf("soak %d: writes, 10/s", i+1), writes, 10, workers, each}, attack{fmt.Sprintf("soak %d: scans, 1/s", i+1), scans, 1, workers, each})
				resident, live = append(resident, w.used().memory>>20), append(live, w.live()>>20)
			}
			t.Logf("memory in MiB after each part: resident %v, live %v", resident, live)
			if first, second := slices.Max(live[:parts/2]), slices.Max(live[parts/2:]); second > first+first/4 {
				t.Errorf("live memory grows: at most %d MiB in the first half, %d MiB in the second", first, second)
			}
			verified(t, w)
		})
	}
}
