package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/server"
	"blush.example/blush/simulate"
)

// serveEnv makes this test binary a server of its own, to be killed.
const serveEnv = "BLUSH_TEST_SERVE"

// serveForTest runs the server that the environment describes, like blush serve.
func serveForTest(dir string) int {
	cfg := server.Config{DataDir: dir, DatabaseURL: os.Getenv("BLUSH_TEST_DATABASE"), Listen: os.Getenv("BLUSH_TEST_LISTEN"), TLS: server.TLS{Plain: true},
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	s, err := server.New(context.Background(), cfg)
	if err == nil {
		fmt.Println(s.URL())
		err = s.Run(context.Background())
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// child is a server in a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
}

func startChild(t *testing.T, dir, database string) *child {
	t.Helper()
	return startChildAt(t, dir, database, "127.0.0.1:0")
}

func startChildAt(t *testing.T, dir, database, listen string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(exe)}
	c.cmd.Env = append(os.Environ(), serveEnv+"="+dir, "BLUSH_TEST_DATABASE="+database, "BLUSH_TEST_LISTEN="+listen)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	line := make([]byte, 200)
	n, err := out.Read(line)
	if err != nil {
		t.Fatalf("the server said nothing: %v", err)
	}
	c.url = strings.TrimSpace(string(line[:n]))
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return c
}

// kill is kill -9: no chance to tidy up.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// A server that is killed while scans are being submitted comes back with every
// scan that it acknowledged, and with no half scan.
func TestKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killed(t, "") })
	t.Run("postgres", func(t *testing.T) { killed(t, blushtest.PostgresURL(t)) })
}

func killed(t *testing.T, database string) {
	dir := t.TempDir()
	key := devKey(t, dir, database)
	video := filepath.Join(t.TempDir(), "face.avi")
	blushtest.FaceVideo(t, video, simulate.NewScene(3, 10))
	ref := client.UserRef{ExternalID: "ada"}
	acknowledged := map[string]bool{}
	var mu sync.Mutex
	for round := range 2 {
		c := startChild(t, dir, database)
		hc := &http.Client{Transport: &http.Transport{}}
		api := &client.Client{BaseURL: c.url, APIKey: key, HTTP: hc}
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
		for deadline := time.Now().Add(20 * time.Second); sent.Load() < 4 && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		c.kill()
		cancel()
		senders.Wait()
		hc.CloseIdleConnections()
	}
	if len(acknowledged) < 8 {
		t.Fatalf("only %d scans were acknowledged", len(acknowledged))
	}

	// Back again, for good.
	c := startChild(t, dir, database)
	api := &client.Client{BaseURL: c.url, APIKey: key}
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
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
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

// devKey makes a customer on a database that nobody serves yet.
func devKey(t *testing.T, dir, database string) string {
	t.Helper()
	s, err := server.New(t.Context(), server.Config{DataDir: dir, DatabaseURL: database, Listen: "127.0.0.1:0", TLS: server.TLS{Plain: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, keys, err := s.Accounts.CreateCustomer(t.Context(), "Acme")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.Environment == blush.Dev {
			return k.Text
		}
	}
	t.Fatal("no DEV key")
	return ""
}
