package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Only the server's own finding that the recording is invalid ends a waiting
// upload. Whatever else answers, a balancer, another program, a server that
// dies, the scan stays on the device and arrives once the server is back.
func TestStrangeAnswersKeepTheScan(t *testing.T) {
	q := newQueue(t)
	const own = `{"detail":"Words of the server."}`
	fields := func(loc string) string {
		return `{"detail":[{"loc":` + loc + `,"msg":"not a trace","type":"value_error"},{"loc":["body"],"msg":"nor a video","type":"value_error"}]}`
	}
	for _, c := range []struct {
		name    string
		status  int
		id      bool // with a Request-Id
		body    string
		dropped string // what is said of it
	}{
		{"no such path, says a balancer", 404, false, "<html>404 Not Found</html>", ""},
		{"no such path, says another program", 404, false, `{"detail":"Not Found"}`, ""},
		{"no such user yet", 404, true, own, ""},
		{"method not allowed", 405, false, "", ""},
		{"still running", 409, true, own, ""},
		{"gone", 410, false, own, ""},
		{"another server's validation", 422, false, fields(`["body","regions"]`), ""},
		{"validation without a form", 422, true, own, ""},
		{"validation of something else", 422, true, fields(`["header","Idempotency-Key"]`), ""},
		{"validation of nothing", 422, true, `{"detail":[]}`, ""},
		{"too large, says a balancer", 413, false, "<html>413</html>", ""},
		{"a login page", 200, false, "<html>Welcome to the guests' network</html>", ""},
		{"a redirect that went nowhere", 418, true, own, ""},
		{"crashed", 502, false, "<html>Bad Gateway</html>", ""},
		{"an invalid recording", 422, true, fields(`["body","regions"]`), "not a trace nor a video"},
		{"too large", 413, true, own, "Words of the server."},
	} {
		t.Run(c.name, func(t *testing.T) {
			q.t = t
			user := strings.ReplaceAll(c.name, " ", "-")
			id := q.add(10, user)
			answer, err := json.Marshal(c.body)
			if err != nil {
				t.Fatal(err)
			}
			headers := map[bool]string{true: `{"request-id": "r"}`, false: `{}`}[c.id]
			// Waits take no time: the page goes through its attempts at once.
			q.Eval(fmt.Sprintf(`void (window.heard.length = 0, window.real ??= {fetch: fetch.bind(window), setTimeout: setTimeout.bind(window)},
				window.setTimeout = (f, ms) => real.setTimeout(f, 0), window.attempts = 0,
				window.fetch = async () => (attempts++, new Response(%s, {status: %d, headers: %s})))`, answer, c.status, headers), nil)
			q.drain("token", user)
			if c.dropped != "" {
				q.WaitFor(`window.drained`)
				var said string
				q.Eval(`drained[0].problem?.detail`, &said)
				if left := q.pending(user); len(left) != 0 || said != c.dropped {
					t.Errorf("on the device: %v; said: %q", left, said)
				}
				return
			}
			q.WaitFor(`attempts >= 5`) // as often as a page that gave up
			q.WaitFor(`heard.length >= 5`)
			if left := q.pending(user); len(left) != 1 {
				t.Fatalf("after %s the scan is gone from the device", c.name)
			}
			q.Eval(`void Object.assign(window, real)`, nil) // the server is back
			if c.status != http.StatusOK && c.status < 500 {
				q.WaitFor(`window.drained?.[0].later`) // and those behind it had their turn
				q.drain(q.token(), user)
			} else {
				q.open() // a new visit: the old one's token is none
				q.drain(q.token(), user)
			}
			q.WaitFor(`window.drained?.[0].result`)
			if left := q.pending(user); len(left) != 0 {
				t.Errorf("still on the device: %v", left)
			}
			scan, err := q.w.Client(q.w.Dev).Scan(t.Context(), id)
			if err != nil || scan.Status != "done" {
				t.Errorf("%+v, %v", scan, err)
			}
		})
	}
}
