package browser

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"

	"github.com/google/uuid"
)

func TestMain(m *testing.M) {
	blushtest.ServeChild()
	Main(m)
}

// queue is a page with a queue of uploads.
type queue struct {
	*Browser
	w    *blushtest.World
	line *Wire
	user client.User
}

// openQueue opens, or reloads, a page and gives it a queue.
func (q *queue) open() {
	q.t.Helper()
	q.Open(q.line.URL + "/")
	q.Eval(`import("/assets/capture/uploads.js").then(({Uploads}) => {
		window.uploads = new Uploads();
		window.heard = [];
		for (const name of ["sent", "waiting", "refused"]) uploads.addEventListener(name, (e) => heard.push({name, ...e.detail}));
	})`, nil)
}

func newQueue(t *testing.T) *queue {
	w := blushtest.Start(t)
	line := NewWire(t, w.URL)
	q := &queue{Start(t, Camera{}), w, line, w.User()}
	q.open()
	return q
}

func (q *queue) token() string {
	q.t.Helper()
	tok, err := q.w.Client(q.w.Dev).CreateToken(context.Background(), client.UserRef{ID: q.user.UserID}, time.Hour)
	if err != nil {
		q.t.Fatal(err)
	}
	return tok.Token
}

// add puts a scan on the device and returns its id.
func (q *queue) add(seconds float64, user string) string {
	q.t.Helper()
	tr, _ := simulate.NewScene(5, seconds).Trace()
	tr.ScanID = uuid.NewString()
	var b bytes.Buffer
	if err := rppg.WriteTraceCompact(&b, tr.Rounded()); err != nil {
		q.t.Fatal(err)
	}
	q.put(tr.ScanID, b.Bytes(), user)
	return tr.ScanID
}

// addFormer puts a scan on the device as an earlier version of the page left it there, and returns its id.
func (q *queue) addFormer(seconds float64, user string) string {
	q.t.Helper()
	tr, _ := simulate.NewScene(5, seconds).Trace()
	tr.ScanID = uuid.NewString()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := rppg.WriteTraceJSON(z, tr); err != nil {
		q.t.Fatal(err)
	}
	z.Close()
	q.put(tr.ScanID, b.Bytes(), user)
	return tr.ScanID
}

func (q *queue) put(id string, body []byte, user string) {
	q.t.Helper()
	q.Eval(fmt.Sprintf(`uploads.add({faceScanId: %q, user: %q, trace: Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))})`, id, user, base64.StdEncoding.EncodeToString(body)), nil)
}

// drain starts sending and does not wait for the end.
func (q *queue) drain(token, user string) {
	q.t.Helper()
	q.Eval(fmt.Sprintf(`void (window.drained = null, uploads.drain(%q, %q).then((d) => { window.drained = d; }))`, token, user), nil)
}

func (q *queue) pending(user string) []string {
	q.t.Helper()
	var ids []string
	q.Eval(fmt.Sprintf(`uploads.pending(%q)`, user), &ids)
	return ids
}

// arrived fails unless the server has just these scans of the user.
func (q *queue) arrived(ids ...string) {
	q.t.Helper()
	list, err := q.w.Client(q.w.Dev).Scans(context.Background(), client.UserRef{ID: q.user.UserID}, client.Page{})
	if err != nil {
		q.t.Fatal(err)
	}
	if len(list.Data) != len(ids) {
		q.t.Fatalf("the server has %d scans, want %d", len(list.Data), len(ids))
	}
	for i, sc := range list.Data { // newest first
		if want := ids[len(ids)-1-i]; sc.FaceScanID != want || sc.Status != "done" {
			q.t.Errorf("scan %d: %s %s, want %s done", i, sc.FaceScanID, sc.Status, want)
		}
	}
}

// The network is away when a scan is ready, an answer gets lost once it is
// back, and the scan arrives nevertheless, once; then it leaves the device.
func TestUploadSurvivesALostNetwork(t *testing.T) {
	q := newQueue(t)
	q.line.Cut(true)
	id := q.add(12, "anna")
	q.drain(q.token(), "anna")
	q.WaitFor(`heard.filter((h) => h.name === "waiting" && h.faceScanId).length >= 3`)
	if got := q.pending("anna"); len(got) != 1 || got[0] != id {
		t.Fatalf("on the device: %v", got)
	}
	q.arrived()
	q.line.LoseAnswers(1)
	q.line.Cut(false)
	q.Eval(`void dispatchEvent(new Event("online"))`, nil)
	q.WaitFor(`window.drained`)
	q.arrived(id)
	if got := q.pending("anna"); len(got) != 0 {
		t.Errorf("still on the device: %v", got)
	}
	var result struct {
		Status string `json:"status"`
		ID     string `json:"face_scan_id"`
	}
	q.Eval(`drained[0].result`, &result)
	if result.ID != id || result.Status != "done" {
		t.Errorf("the page was told %+v", result)
	}
	answered := 0
	for _, r := range q.line.Uploads() {
		if r.Header.Get("Idempotency-Key") != id || r.Header.Get("Content-Type") != rppg.CompactType {
			t.Errorf("sent with %v", r.Header)
		}
		if r.Status != 0 {
			answered++
		}
	}
	if n := len(q.line.Uploads()); n < 5 || answered != 1 {
		t.Errorf("%d attempts, %d answered: want some lost, one answered", n, answered)
	}
}

// An attempt lasts as long as a connection of 8 kbit/s needs to send the scan, and longer for the answer, but not longer than the
// server waits. Else a scan that takes longer than the limit would be begun again and again, and never arrive.
func TestUploadOverASlowConnection(t *testing.T) {
	q := newQueue(t)
	q.Eval(`void (AbortSignal.timeout = (ms) => { window.limit = ms; })`, nil)
	id := q.add(90, "anna")
	q.drain(q.token(), "anna")
	q.WaitFor(`window.drained`)
	q.arrived(id)
	var limit int
	q.Eval(`limit`, &limit)
	size := len(q.line.Uploads()[0].Body)
	if limit < size+60000 || limit > 600000 || size < 60000 {
		t.Errorf("%d ms for %d bytes", limit, size)
	}
}

// A token that has run out keeps the scan on the device, over a reload, until
// the next one of the same user comes; somebody else's token does not take it.
func TestUploadWaitsForTheNextToken(t *testing.T) {
	q := newQueue(t)
	id := q.add(12, "anna")
	q.drain("expired", "anna")
	q.WaitFor(`window.drained?.[0].waiting`)
	q.WaitFor(`heard.some((h) => h.name === "waiting" && h.needsToken)`)
	if n := len(q.line.Uploads()); n != 1 {
		t.Errorf("%d attempts with a token that is no good", n)
	}
	q.open()
	q.drain(q.token(), "ben")
	q.WaitFor(`window.drained`)
	q.arrived()
	if got := q.pending("anna"); len(got) != 1 {
		t.Fatalf("on the device: %v", got)
	}
	q.drain(q.token(), "anna")
	q.WaitFor(`window.drained`)
	q.arrived(id)
}

// The page is loaded again in the middle of an upload that gets no answer.
func TestUploadGoesOnAfterAReload(t *testing.T) {
	q := newQueue(t)
	first := q.addFormer(12, "anna")
	q.line.Cut(true)
	q.drain(q.token(), "anna")
	q.WaitFor(`heard.length > 0`)
	q.line.Cut(false)
	q.open()
	second := q.add(13, "anna")
	if got := q.pending("anna"); len(got) != 2 {
		t.Fatalf("on the device: %v", got)
	}
	q.drain(q.token(), "anna")
	q.WaitFor(`window.drained`)
	q.arrived(first, second)
	if got := q.pending("anna"); len(got) != 0 {
		t.Errorf("still on the device: %v", got)
	}
}

// What the server will never take is reported and dropped, and what nobody came
// back for within 7 days is dropped.
func TestUploadsDoNotPileUp(t *testing.T) {
	q := newQueue(t)
	id := uuid.NewString()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintf(z, `{"version":1,"face_scan_id":%q,"site":"face","time_ms":[1,2],"regions":[]}`, id)
	z.Close()
	q.put(id, b.Bytes(), "anna")
	q.drain(q.token(), "anna")
	q.WaitFor(`window.drained?.[0].problem?.status === 422`)
	q.WaitFor(`heard.some((h) => h.name === "refused" && h.faceScanId)`)
	if got := q.pending("anna"); len(got) != 0 {
		t.Errorf("still on the device: %v", got)
	}

	age := func(days float64) {
		q.Eval(fmt.Sprintf(`void (window.clock ??= Date.now, Date.now = () => clock() - %g * 864e5)`, days), nil)
	}
	age(7.1)
	q.add(10, "anna")
	age(6.9)
	kept := q.add(10, "anna")
	age(0)
	q.Eval(`uploads.purge()`, nil)
	if got := q.pending("anna"); len(got) != 1 || got[0] != kept {
		t.Errorf("after 7 days on the device: %v, want only %s", got, kept)
	}
}
