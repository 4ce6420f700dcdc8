package browser

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
)

// The server is killed again and again under a page that sends the scans that wait on
// its device, with the page's own code, and the page itself is loaded again in between:
// each scan is on the server in the end, once, and none is left on the device.
// BLUSH_KILLS says how often it is killed, and adds PostgreSQL.
func TestCrashedServerLosesNoScan(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv("BLUSH_KILLS"))
	long := err == nil
	if !long {
		kills = 2
	}
	t.Run("sqlite", func(t *testing.T) { crashed(t, "", kills) })
	if long {
		t.Run("postgres", func(t *testing.T) { crashed(t, blushtest.PostgresURL(t), kills) })
	}
}

func crashed(t *testing.T, database string, kills int) {
	dir := t.TempDir()
	key := blushtest.DevKey(t, dir, database)
	child := blushtest.ChildConfig{Dir: dir, Database: database, Listen: blushtest.FreeAddress(t)}
	server := blushtest.StartChild(t, child)
	api := &client.Client{BaseURL: server.URL, APIKey: key}
	u, _, err := api.CreateUser(t.Context(), client.User{})
	if err != nil {
		t.Fatal(err)
	}
	token, err := api.CreateToken(t.Context(), client.UserRef{ID: u.UserID}, 12*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	q := &queue{Browser: Start(t, Camera{}), line: &Wire{URL: server.URL}, user: u}
	q.open()
	var ids []string
	for round := range kills {
		// Three more are done on the device, and the server dies with one of them acknowledged, the next on its way.
		for range 3 {
			ids = append(ids, q.add(12, "anna"))
		}
		q.Eval(`void (window.heard.length = 0)`, nil)
		q.drain(token.Token, "anna")
		q.WaitFor(`heard.some((h) => h.name === "sent")`)
		server.Kill()
		if round%2 == 1 { // the page has to wait for it
			q.WaitFor(`window.drained || heard.some((h) => h.name === "waiting")`)
		}
		server = blushtest.StartChild(t, child)
		if round%3 == 2 {
			q.open()
		}
	}
	// Every visit goes on with what is left.
	for end := time.Now().Add(patience); len(q.pending("anna")) > 0; {
		if time.Now().After(end) {
			t.Fatalf("still on the device: %v", q.pending("anna"))
		}
		q.drain(token.Token, "anna")
		q.WaitFor(`window.drained`)
	}
	times := map[string]int{}
	page := client.Page{Limit: 100}
	for more := true; more; {
		list, err := api.Scans(context.Background(), client.UserRef{ID: u.UserID}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list.Data {
			times[s.FaceScanID]++
			page.StartingAfter = s.FaceScanID
			if s.Status != "done" {
				t.Errorf("scan %s is %s", s.FaceScanID, s.Status)
			}
		}
		more = list.HasMore
	}
	lost := 0
	for _, id := range ids {
		if times[id] == 0 {
			lost++
		}
	}
	doubled := len(times) - (len(ids) - lost)
	if lost > 0 || doubled != 0 {
		t.Errorf("of %d scans %d are lost and %d are there under another id", len(ids), lost, doubled)
	}
	t.Logf("%d kills, %d scans of the page: %d lost, %d doubled", kills, len(ids), lost, doubled)
}
