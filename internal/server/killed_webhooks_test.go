package server_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
)

// A server is killed repeatedly while it sends webhooks about scans, each time with one
// webhook being sent. Every acknowledged scan is reported at least once, and always with
// the same id.
func TestKilledTellsOfEverything(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killedTells(t, "") })
	t.Run("postgres", func(t *testing.T) { killedTells(t, blushtest.PostgresURL(t)) })
}

// receiver is a customer's server that can be made to hang, and counts the webhooks that it receives.
type receiver struct {
	mu      sync.Mutex
	verify  *standardwebhooks.Webhook
	ids     map[string]map[string]int // by scan and webhook-id: how often it was received
	strange int
	hang    chan struct{} // closed to end the hanging requests; nil: no request hangs
	hanging chan struct{} // receives a value for each request that hangs
}

func (h *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil { // its sender was killed in the middle
		return
	}
	var event struct {
		Type string
		Data struct {
			FaceScanID string `json:"face_scan_id"`
		}
	}
	h.mu.Lock()
	if h.verify == nil || h.verify.Verify(body, r.Header) != nil || json.Unmarshal(body, &event) != nil {
		h.strange++
	} else if event.Type == "scan.done" {
		if h.ids[event.Data.FaceScanID] == nil {
			h.ids[event.Data.FaceScanID] = map[string]int{}
		}
		h.ids[event.Data.FaceScanID][r.Header.Get("webhook-id")]++
	}
	hang := h.hang
	h.mu.Unlock()
	if hang != nil {
		select {
		case h.hanging <- struct{}{}:
		default:
		}
		select {
		case <-hang:
		case <-r.Context().Done(): // its sender was killed
		}
	}
}

// set makes the receiver hang, or answer.
func (h *receiver) set(hang chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hang = hang
}

func killedTells(t *testing.T, database string) {
	h := &receiver{ids: map[string]map[string]int{}, hanging: make(chan struct{}, 1)}
	receiver := httptest.NewTLSServer(h)
	t.Cleanup(receiver.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: receiver.Certificate().Raw}), 0o600))
	dir := t.TempDir()
	c := &caller{key: blushtest.DevKey(t, dir, database), base: "http://" + blushtest.FreeAddress(t)}
	child := blushtest.ChildConfig{Dir: dir, Database: database, Listen: c.base[len("http://"):], WebhookCA: ca}
	server := blushtest.StartChild(t, child)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	hook, err := (&client.Client{BaseURL: c.base, APIKey: c.key}).CreateWebhook(ctx, client.NewWebhook{URL: receiver.URL, Events: []string{"scan.done", "metric.changed"}})
	must(t, err)
	h.verify, err = standardwebhooks.NewWebhook(hook.Secret)
	must(t, err)
	var user struct {
		UserID string `json:"user_id"`
	}
	must(t, json.Unmarshal(c.post(ctx, t, "/v2/users", `{}`), &user))

	enough := make(chan struct{})
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	var senders sync.WaitGroup
	for range 2 {
		senders.Go(func() {
			for ctx.Err() == nil {
				select {
				case <-enough:
					return
				default:
				}
				var s struct {
					ID     string `json:"face_scan_id"`
					Status string
				}
				if err := json.Unmarshal(c.post(ctx, t, "/v2/facescans?user_id="+user.UserID, `{"synthetic":{"duration_s":10}}`), &s); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged[s.ID] = true
				mu.Unlock()
			}
		})
	}
	times := kills(2)
	for round := range times {
		for n := 0; n < 4*(round+1) && ctx.Err() == nil; { // some webhooks are sent meanwhile, some wait
			time.Sleep(5 * time.Millisecond)
			mu.Lock()
			n = len(acknowledged)
			mu.Unlock()
		}
		hang := make(chan struct{})
		h.set(hang)
		select { // the receiver has read one and not answered it
		case <-h.hanging:
		case <-ctx.Done():
			t.Fatal("nothing is sent")
		}
		server.Kill()
		close(hang)
		h.set(nil)
		select { // a value from before the kill
		case <-h.hanging:
		default:
		}
		server = blushtest.StartChild(t, child)
	}
	close(enough)
	senders.Wait()

	heard := func() (missing []string, again, doubled int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for id := range acknowledged {
			if len(h.ids[id]) == 0 {
				missing = append(missing, id)
			}
			doubled += max(0, len(h.ids[id])-1)
			for _, n := range h.ids[id] {
				again += n - 1
			}
		}
		return missing, again, doubled
	}
	for missing, _, _ := heard(); len(missing) > 0 && ctx.Err() == nil; missing, _, _ = heard() {
		time.Sleep(50 * time.Millisecond)
	}
	missing, again, doubled := heard()
	if len(missing) > 0 || doubled > 0 || again == 0 || h.strange > 0 {
		t.Errorf("of %d acknowledged scans %v were never told of, %d under two ids; %d came again, where a kill cut them off; %d webhooks were strange",
			len(acknowledged), missing, doubled, again, h.strange)
	}
	t.Logf("%d kills, %d scans acknowledged: %d never told of, %d doubled, %d told of again under the same id", times, len(acknowledged), len(missing), doubled, again)
}
