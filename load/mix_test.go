package load

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// part is one kind of request, with its share of a mix.
type part struct {
	share int
	make  func(r *rand.Rand, w *world) vegeta.Target
}

func get(share int, path func(r *rand.Rand, w *world) string) part {
	return part{share, func(r *rand.Rand, w *world) vegeta.Target {
		return vegeta.Target{Method: http.MethodGet, URL: path(r, w)}
	}}
}

func one(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

// reads are what pages and a customer's server ask for.
var reads = []part{
	get(25, func(r *rand.Rand, w *world) string { return "/v2/users?user_id=" + one(r, w.users) }),
	get(30, func(r *rand.Rand, w *world) string { return "/v2/facescans/" + one(r, w.scans) }),
	get(10, func(r *rand.Rand, w *world) string { return "/v2/facescans?limit=5&user_id=" + one(r, w.users) }),
	get(10, func(r *rand.Rand, w *world) string {
		return "/v2/widgets/biomarker?parameter=heart_rate&user_id=" + one(r, w.users)
	}),
	get(5, func(r *rand.Rand, w *world) string {
		return "/v2/widgets/graph?parameter=heart_rate&user_id=" + one(r, w.users)
	}),
	get(5, func(r *rand.Rand, w *world) string { return "/v2/metrics?user_id=" + one(r, w.users) }),
	get(10, func(r *rand.Rand, w *world) string { return "/v2/readings?user_id=" + one(r, w.users) }),
	get(5, func(r *rand.Rand, w *world) string { return "/v2/consents?user_id=" + one(r, w.users) }),
}

// writes are what people tell.
var writes = []part{
	{2, func(r *rand.Rand, w *world) vegeta.Target {
		body := fmt.Sprintf(`{"kind":"blood_pressure","systolic":%d,"diastolic":%d}`, 100+r.IntN(40), 60+r.IntN(25))
		return post("/v2/readings?user_id="+one(r, w.users), []byte(body))
	}},
	{2, func(r *rand.Rand, w *world) vegeta.Target {
		body := fmt.Sprintf(`{"lookup_key":"average_sleep_hours","value":%d}`, 1+r.IntN(4))
		return post("/v2/questions/answer?user_id="+one(r, w.users), []byte(body))
	}},
	{1, func(r *rand.Rand, _ *world) vegeta.Target {
		return post("/v2/users", fmt.Appendf(nil, `{"external_user_id":"new-%d"}`, r.Uint64()))
	}},
}

func post(path string, body []byte) vegeta.Target {
	return vegeta.Target{Method: http.MethodPost, URL: path, Body: body, Header: http.Header{"Content-Type": {"application/json"}}}
}

// scans submits fresh scans of a minute, in the compact form that the scan page sends or as gzipped JSON: the key makes
// the id, so that each is another scan.
func scans(t *testing.T, compact bool) []part {
	t.Helper()
	header := http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}
	if compact {
		header = http.Header{"Content-Type": {rppg.CompactType}}
	}
	var bodies [][]byte
	for seed := range 4 {
		tr, _ := simulate.Scenario("typical", false, uint64(seed+1), 60).Trace()
		var packed bytes.Buffer
		if compact {
			must(t, rppg.WriteTraceCompact(&packed, tr.Rounded()))
		} else {
			text, err := json.Marshal(tr)
			must(t, err)
			z := gzip.NewWriter(&packed)
			_, err = z.Write(text)
			must(t, err)
			must(t, z.Close())
		}
		bodies = append(bodies, packed.Bytes())
	}
	return []part{{1, func(r *rand.Rand, w *world) vegeta.Target {
		target := post("/v2/facescans?user_id="+one(r, w.users), bodies[r.IntN(len(bodies))])
		target.Header = header.Clone()
		target.Header.Set("Idempotency-Key", fmt.Sprint(r.Uint64(), "-", r.Uint64()))
		return target
	}}}
}

// attack sends a mix at a rate, 0 for as fast as workers can, to all servers by turns.
type attack struct {
	name    string
	mix     []part
	rate    int // requests/s
	workers uint64
	lasts   time.Duration
}

// seed is new in every attack, so that what is written is new.
var seed atomic.Uint64

// run runs an attack to its end.
func (a attack) run(w *world) *vegeta.Metrics {
	var all []part
	for _, p := range a.mix {
		for range p.share {
			all = append(all, p)
		}
	}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), seed.Add(1)))
	var mu sync.Mutex
	turn := 0
	next := func(t *vegeta.Target) error {
		mu.Lock()
		defer mu.Unlock()
		*t = all[r.IntN(len(all))].make(r, w)
		t.URL = w.servers[turn%len(w.servers)].url + t.URL
		turn++
		if t.Header == nil {
			t.Header = http.Header{}
		}
		t.Header["x-api-key"] = []string{w.key}
		return nil
	}
	attacker := vegeta.NewAttacker(vegeta.Workers(a.workers), vegeta.MaxWorkers(a.workers), vegeta.Connections(int(a.workers)),
		vegeta.Timeout(30*time.Second), vegeta.HTTP2(false), vegeta.MaxBody(0)) // answers are read to their end, and not kept
	m := &vegeta.Metrics{}
	for res := range attacker.Attack(next, vegeta.Rate{Freq: a.rate, Per: time.Second}, a.lasts, a.name) {
		m.Add(res)
	}
	m.Close()
	return m
}
