package scan_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/store"
)

// What the killed process needs to know.
const (
	childDatabase = "BLUSH_TEST_DATABASE"
	childTemp     = "BLUSH_TEST_TEMP"
	childKey      = "BLUSH_TEST_KEY"
)

// child is the process that gets killed: the service under submissions of
// traces and videos. It says "ack ID" for each that was acknowledged.
func child() {
	ctx := context.Background()
	_, accounts, scans, err := open(ctx, os.Getenv(childDatabase), os.Getenv(childTemp))
	check(err)
	check(scans.Start(ctx))
	caller, err := accounts.Authenticate(ctx, account.Credentials{APIKey: os.Getenv(childKey)})
	check(err)
	var mu sync.Mutex
	ack := func(kind string, sc blush.Scan, err error) {
		if k := blush.KindOf(err); k == blush.TooMany || k == blush.Unavailable {
			time.Sleep(20 * time.Millisecond)
			return
		}
		check(err)
		mu.Lock()
		defer mu.Unlock()
		fmt.Println("ack", kind, sc.ID)
	}
	ref := blush.UserRef{ExternalID: "alice"}
	tr, content := aTrace(3, 10), aVideo(90)
	for range 2 {
		go func() {
			for {
				sc, _, err := scans.SubmitTrace(ctx, caller, ref, tr)
				ack("trace", sc.Scan, err)
			}
		}()
		go func() {
			for {
				sc, _, err := scans.SubmitVideo(ctx, caller, ref, scan.VideoUpload{Filename: "a.mjpeg"}, bytes.NewReader(content))
				ack("video", sc, err)
			}
		}()
	}
	select {}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

// kill runs a child, waits until it has acknowledged enough scans of both kinds, kills it
// with SIGKILL in the middle of its work, and returns the ids of those that it acknowledged.
func kill(t *testing.T, w *world, url string, each int) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDatabase+"="+url, childTemp+"="+w.temp, childKey+"="+w.key)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(5*time.Minute, func() { cmd.Process.Kill() })
	defer watchdog.Stop()
	var ids []string
	count := map[string]int{}
	lines := bufio.NewScanner(out)
	for lines.Scan() { // continues after the kill: what is in the pipe was acknowledged too
		f := strings.Fields(lines.Text())
		if len(f) != 3 || f[0] != "ack" {
			continue
		}
		ids = append(ids, f[2])
		if count[f[1]]++; count["trace"] >= each && count["video"] >= each {
			cmd.Process.Kill()
		}
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Fatalf("the child ended by itself: %v", err)
	}
	if count["trace"] < each || count["video"] < each {
		t.Fatalf("the child acknowledged only %v", count)
	}
	return ids
}

// A killed server comes back with every scan that it acknowledged and no half scan.
func TestKill(t *testing.T) {
	story := func(t *testing.T, url string) {
		w := newWorld(t, url)
		ctx := t.Context()
		var ids []string
		for range 2 {
			ids = append(ids, kill(t, w, url, 3)...)
			nothingInTheClear(t, w)
		}
		w.start(t)
		for _, id := range ids {
			sc, err := w.finished(t, id)
			if err != nil {
				t.Fatalf("acknowledged scan %s: %v", id, err)
			}
			if sc.Status != blush.Done {
				t.Errorf("acknowledged scan %s is %s %s", id, sc.Status, sc.Failure)
			}
		}
		t.Logf("%d acknowledged scans after 2 kills", len(ids))
		page := blush.Page{Limit: blush.MaxPageLimit}
		for {
			l, err := w.List(ctx, w.dev, ref(w.alice), page)
			if err != nil {
				t.Fatal(err)
			}
			for _, sc := range l.Data {
				whole(t, w, sc)
			}
			if !l.HasMore {
				break
			}
			page.StartingAfter = l.Data[len(l.Data)-1].ID
		}
	}
	t.Run("sqlite", func(t *testing.T) { story(t, filepath.Join(t.TempDir(), "blush.db")) })
	t.Run("postgres", func(t *testing.T) { story(t, postgres(t)) })
}

// whole requires that a scan, acknowledged or not, ends with all of its parts.
func whole(t *testing.T, w *world, sc blush.Scan) {
	t.Helper()
	sc, err := w.finished(t, sc.ID)
	if err != nil || sc.Status != blush.Done {
		t.Errorf("scan %s is %s, %v", sc.ID, sc.Status, err)
		return
	}
	if _, err := scan.NewView(sc); err != nil {
		t.Error(err)
	}
	if _, err := w.Waveform(t.Context(), w.dev, sc.ID); err != nil {
		t.Errorf("scan %s: %v", sc.ID, err)
	}
	if _, err := w.store.ScanData(t.Context(), sc.ID, store.TraceData); err != nil {
		t.Errorf("scan %s: %v", sc.ID, err)
	}
	if _, err := w.store.UploadOf(t.Context(), sc.ID); blush.KindOf(err) != blush.NotFound {
		t.Errorf("scan %s is done and has its video: %v", sc.ID, err)
	}
}
