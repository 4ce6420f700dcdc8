package server_test

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/blush"
	"blush.example/blush/simulate"
)

// A server that is killed while scans are being submitted comes back with every
// scan that it acknowledged, and with no incomplete scan.
func TestKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killed(t, "") })
	t.Run("postgres", func(t *testing.T) { killed(t, blushtest.PostgresURL(t)) })
}

func killed(t *testing.T, database string) {
	dir := t.TempDir()
	key := blushtest.DevKey(t, dir, database)
	video := filepath.Join(t.TempDir(), "face.avi")
	blushtest.FaceVideo(t, video, simulate.NewScene(3, 2))
	ref := client.UserRef{ExternalID: "ada"}
	acknowledged := map[string]bool{}
	var mu sync.Mutex
	for round := range 2 {
		c := blushtest.StartChild(t, blushtest.ChildConfig{Dir: dir, Database: database})
		hc := &http.Client{Transport: &http.Transport{}}
		api := &client.Client{BaseURL: c.URL, APIKey: key, HTTP: hc}
		if round == 0 {
			if _, _, err := api.CreateUser(t.Context(), client.User{ExternalUserID: &ref.ExternalID}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var sent atomic.Int64
		var senders sync.WaitGroup
		for i := range 3 {
			senders.Go(func() {
				for ctx.Err() == nil {
					var s client.Scan
					var err error
					if i == 0 {
						s, err = api.SubmitVideo(ctx, ref, video, client.VideoOptions{})
					} else {
						s, err = api.SubmitSynthetic(ctx, ref, client.Synthetic{DurationS: 10})
					}
					if err != nil {
						time.Sleep(10 * time.Millisecond)
						continue
					}
					sent.Add(1)
					mu.Lock()
					acknowledged[s.FaceScanID] = true
					mu.Unlock()
				}
			})
		}
		for deadline := time.Now().Add(5 * time.Minute); sent.Load() < 4 && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		c.Kill()
		cancel()
		senders.Wait()
		hc.CloseIdleConnections()
	}
	if len(acknowledged) < 8 {
		t.Fatalf("only %d scans were acknowledged", len(acknowledged))
	}

	// The last start.
	c := blushtest.StartChild(t, blushtest.ChildConfig{Dir: dir, Database: database})
	api := &client.Client{BaseURL: c.URL, APIKey: key}
	listed := map[string]bool{}
	page := client.Page{Limit: 100}
	for {
		list, err := api.Scans(t.Context(), ref, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list.Data {
			listed[s.FaceScanID] = true
			page.StartingAfter = s.FaceScanID
		}
		if !list.HasMore {
			break
		}
	}
	for id := range acknowledged {
		if !listed[id] {
			t.Errorf("scan %s was acknowledged and is lost", id)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	for id := range listed {
		s, err := api.Wait(ctx, id)
		if err != nil {
			t.Fatalf("scan %s: %v", id, err)
		}
		if s.Status != string(blush.Done) || len(s.Estimates) == 0 {
			t.Errorf("scan %s: %s, %d estimates, failure %v", id, s.Status, len(s.Estimates), s.Failure)
		}
		if _, err := api.Waveform(ctx, id); err != nil {
			t.Errorf("scan %s: %v", id, err)
		}
	}
	t.Logf("%d scans acknowledged, %d there after two kills", len(acknowledged), len(listed))
}
