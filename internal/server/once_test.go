package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
)

// A server is killed repeatedly while users are registered and their scans and answers
// are sent. Clients repeat every request until it is answered. Nothing is missing, nothing
// is stored twice, and a request that died blocks no other. BLUSH_KILLS says how often the
// server is killed.
func TestDoneOnce(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { doneOnce(t, "") })
	t.Run("postgres", func(t *testing.T) { doneOnce(t, blushtest.PostgresURL(t)) })
}

func doneOnce(t *testing.T, database string) {
	times := kills(2)
	dir := t.TempDir()
	c := &caller{key: blushtest.DevKey(t, dir, database), base: "http://" + blushtest.FreeAddress(t)}
	child := blushtest.ChildConfig{Dir: dir, Database: database, Listen: c.base[len("http://"):]}
	server := blushtest.StartChild(t, child)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	trace, err := json.Marshal(goodTrace(t)) // without an id
	if err != nil {
		t.Fatal(err)
	}
	requests := []struct{ path, body string }{
		{"/v2/facescans", string(trace)},
		{"/v2/facescans", `{"synthetic":{"duration_s":10}}`},
		{"/v2/readings", `{"kind":"blood_pressure","systolic":121,"diastolic":81}`}, // measured when it arrives
		{"/v2/consents", `{"version":"1","text_hash":"` + fmt.Sprintf("%064d", 0) + `","language":"en"}`},
		{"/v2/questions/answer", `{"lookup_key":"average_sleep_hours","value":4}`},
	}
	var people []string
	var mu sync.Mutex
	var answered atomic.Int64
	enough := make(chan struct{})
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for ctx.Err() == nil {
				select {
				case <-enough: // only now, so that every user who was begun is finished
					return
				default:
				}
				var u struct {
					UserID string `json:"user_id"`
				}
				if err := json.Unmarshal(c.post(ctx, t, "/v2/users", `{}`), &u); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				people = append(people, u.UserID)
				mu.Unlock()
				for _, r := range requests {
					c.post(ctx, t, r.path+"?user_id="+u.UserID, r.body)
					answered.Add(1)
				}
			}
		})
	}
	for range times {
		// Kill it while some requests are answered and others are in progress.
		for next := answered.Load() + 7; answered.Load() < next && ctx.Err() == nil; {
			time.Sleep(time.Millisecond)
		}
		server.Kill()
		server = blushtest.StartChild(t, child)
	}
	close(enough)
	senders.Wait()
	if ctx.Err() != nil {
		t.Fatalf("after 8 minutes %d requests were answered", answered.Load())
	}

	missing, doubled := 0, 0
	count := func(what string, got, want int) {
		if got < want {
			missing += want - got
			t.Errorf("%s: %d, want %d", what, got, want)
		} else if got > want {
			doubled += got - want
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	for _, id := range people {
		var held struct {
			Scans    []struct{ Source string } `json:"face_scans"`
			Readings []any                     `json:"readings"`
			Consents []any                     `json:"consents"`
			Answers  []any                     `json:"answers"`
		}
		c.get(t, "/v2/users/export?user_id="+id, &held)
		sources := map[string]int{}
		for _, s := range held.Scans {
			sources[s.Source]++
		}
		count("traces of "+id, sources["api"], 1)
		count("synthetic scans of "+id, sources["synthetic"], 1)
		count("readings of "+id, len(held.Readings), 1)
		count("consents of "+id, len(held.Consents), 1)
		count("answers of "+id, len(held.Answers), 1)
	}
	all, after := 0, ""
	for {
		var page struct {
			Data []struct {
				UserID string `json:"user_id"`
			}
			HasMore bool `json:"has_more"`
		}
		c.get(t, "/v2/users?limit=100"+after, &page)
		all += len(page.Data)
		if !page.HasMore {
			break
		}
		after = "&starting_after=" + page.Data[len(page.Data)-1].UserID
	}
	count("people", all, len(people))
	if n := c.conflicts.Load(); n > 0 {
		t.Errorf("%d times a request was kept out by itself, which had died", n)
	}
	t.Logf("%d kills, %d people, %d requests, %d sent again, %d answered from memory: %d missing, %d doubled",
		times, all, answered.Load(), c.again.Load(), c.replayed.Load(), missing, doubled)
}

// kills is how often a test kills its server: BLUSH_KILLS, or a few times.
func kills(few int) int {
	if n, err := strconv.Atoi(os.Getenv("BLUSH_KILLS")); err == nil {
		return n
	}
	return few
}

// A trace without an id gets one from the Idempotency-Key of its request, as a video does.
func TestScanIDFromKey(t *testing.T) {
	w := blushtest.Start(t)
	trace := goodTrace(t)
	send := func(key, idempotency, user string) (id string) {
		t.Helper()
		var s struct {
			FaceScanID string `json:"face_scan_id"`
		}
		w.Call(key, "POST", "/v2/facescans?user_id="+user, trace, "Idempotency-Key", idempotency).Want(http.StatusCreated).JSON(&s)
		return s.FaceScanID
	}
	user := w.User().UserID
	first := send(w.Dev, "k", user)
	w.Call(w.Dev, "DELETE", "/v2/facescans/"+first, nil).Want(http.StatusNoContent)
	if again := send(w.Dev, "k", user); again != first {
		t.Errorf("the same request made %s and %s", first, again)
	}
	if other := send(w.Dev, "k2", user); other == first {
		t.Error("two keys made one scan")
	}
	_, dev, _ := w.NewCustomer("Other")
	neighbour := "zoe"
	u, _, err := w.Client(dev).CreateUser(t.Context(), client.User{ExternalUserID: &neighbour})
	if err != nil {
		t.Fatal(err)
	}
	if other := send(dev, "k", u.UserID); other == first {
		t.Error("two customers share a scan")
	}
}

// caller sends requests as clients of the API do, but never gives up.
type caller struct {
	key, base                  string
	again, replayed, conflicts atomic.Int64
}

// post sends a request under one Idempotency-Key until it is answered.
func (c *caller) post(ctx context.Context, t *testing.T, path, body string) []byte {
	key := rand.Text()
	const firstWait, longestWait = 500 * time.Millisecond, 4 * time.Second
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Error(err)
			return nil
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
		req.Header.Set("x-api-key", c.key)
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			answer, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			switch {
			case err != nil: // cut off
			case resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusCreated:
				if resp.Header.Get("Idempotent-Replayed") != "" {
					c.replayed.Add(1)
				}
				return answer
			case resp.StatusCode == http.StatusConflict:
				c.conflicts.Add(1)
			case resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests:
				t.Errorf("%s: %d %s", path, resp.StatusCode, answer)
				return nil
			}
		}
		c.again.Add(1)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

func (c *caller) get(t *testing.T, path string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("x-api-key", c.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
}
