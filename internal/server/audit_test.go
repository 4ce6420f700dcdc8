package server_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// A customer reads its own entries only: who accessed whose data, and which accesses were refused.
func TestAuditOfACustomer(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		ctx := t.Context()
		api := w.Client(w.Dev)
		ada := newSubject(w)
		_, otherKey, _ := w.NewCustomer("Other")
		bob := w.User().UserID
		token := tokenFor(t, w, bob)
		lost, err := w.Server.Accounts.CreateKey(ctx, w.Customer.ID, blush.Dev, "lost", account.KeyLimits{})
		must(t, err)
		_, _, err = w.Server.Accounts.RevokeKey(ctx, lost.ID, account.KeyEnd{})
		must(t, err)
		asked := func(a blushtest.Answer) string { return a.Header.Get("Request-Id") }
		scan := "/v2/facescans/" + ada.scan
		began := time.Now().Add(-time.Second)
		read := asked(w.Call(w.Dev, "GET", scan, nil).Want(http.StatusOK))
		foreign := asked(w.Call(otherKey, "GET", scan, nil).Want(http.StatusNotFound))
		live := asked(w.Call(w.Live, "GET", scan, nil).Want(http.StatusNotFound))
		bobs := asked(w.Call("", "GET", scan, nil, "Authorization", "Token "+token).Want(http.StatusNotFound))
		revoked := asked(w.Call(lost.Text, "GET", scan, nil).Want(http.StatusUnauthorized))
		nobody := asked(w.Call("", "GET", scan, nil).Want(http.StatusUnauthorized))
		unknown := asked(w.Call(w.Dev, "GET", "/v2/facescans/"+blush.NewID(), nil).Want(http.StatusNotFound))

		list := func(key string, f client.AuditFilter, limit int) map[string]client.AuditEntry {
			t.Helper()
			out := map[string]client.AuditEntry{}
			p := client.Page{Limit: limit}
			for {
				l, err := w.Client(key).Audit(ctx, f, p)
				must(t, err)
				for _, e := range l.Data {
					of := e.EntryID // an operator's command has no request id
					if e.RequestID != nil {
						of = *e.RequestID
					}
					if _, twice := out[of]; twice {
						t.Errorf("listed twice: %+v", e)
					}
					out[of], p.StartingAfter = e, e.EntryID
				}
				if !l.HasMore {
					return out
				}
			}
		}
		own := list(w.Dev, client.AuditFilter{From: began}, 3)
		for id, want := range map[string]struct{ outcome, kind, credential, user, object string }{
			read:    {"allowed", "api_key", "", ada.user, ada.scan},
			bobs:    {"not_found", "token", "", bob, ada.scan},
			revoked: {"unauthorized", "api_key", lost.ID, "", ada.scan},
			unknown: {"not_found", "api_key", "", "", "-"},
		} {
			e := own[id]
			if e.Action != "scan.read" || e.Outcome != want.outcome || e.CredentialKind != want.kind || e.CredentialID == nil ||
				want.credential != "" && *e.CredentialID != want.credential || textOf(e.UserID) != want.user ||
				want.object != "-" && textOf(e.ObjectID) != want.object || textOf(e.Network) != "127.0.0.0/24" || time.Since(e.At) > time.Hour {
				t.Errorf("entry %+v, want %+v", e, want)
			}
		}
		for name, id := range map[string]string{"another customer's": foreign, "nobody's": nobody, "the other environment's": live} {
			if e, listed := own[id]; listed {
				t.Errorf("%s entry is listed: %+v", name, e)
			}
		}
		if theirs := list(otherKey, client.AuditFilter{}, 100); theirs[foreign].Outcome != "not_found" || textOf(theirs[foreign].UserID) != "" || len(theirs) != 1 {
			t.Errorf("the other customer's entries: %+v", theirs)
		}
		// By user, by action and by time, also after the user is erased.
		for id, e := range list(w.Dev, client.AuditFilter{UserID: ada.user, Action: "scan.read"}, 100) {
			if id != read {
				t.Errorf("not asked for: %+v", e)
			}
		}
		if none := list(w.Dev, client.AuditFilter{UserID: ada.user, To: began.Add(-time.Hour)}, 100); len(none) != 0 {
			t.Errorf("before anything was done: %+v", none)
		}
		must(t, api.DeleteUser(ctx, client.UserRef{ID: ada.user}))
		actions := map[string]bool{}
		for _, e := range list(w.Dev, client.AuditFilter{UserID: ada.user}, 2) {
			actions[e.Action] = true
		}
		if got := slices.Sorted(maps.Keys(actions)); !slices.Equal(got, []string{"audit.list", "reading.create", "scan.create", "scan.read", "user.create", "user.delete"}) {
			t.Errorf("what is kept of an erased user: %q", got)
		}
		for _, bad := range []string{"user_id=", "action=", "from=", "to=", "user_id=" + bob + "&user_id=" + bob, "user_id=x", "action=scan.reed", "from=yesterday", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "starting_after=" + blush.NewID(), "user=" + bob} {
			w.Call(w.Dev, "GET", "/v2/audit?"+bad, nil).Want(http.StatusUnprocessableEntity)
		}
		w.Call(otherKey, "GET", "/v2/audit?user_id="+bob, nil).Want(http.StatusNotFound)
	})
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// A server that is killed while it answers reads has recorded each read that it
// answered, even if many are recorded together.
func TestKilledUnderReads(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killedUnderReads(t, "") })
	t.Run("postgres", func(t *testing.T) { killedUnderReads(t, blushtest.PostgresURL(t)) })
}

func killedUnderReads(t *testing.T, database string) {
	dir := t.TempDir()
	key := blushtest.DevKey(t, dir, database)
	c := blushtest.StartChild(t, blushtest.ChildConfig{Dir: dir, Database: database})
	external := "ada"
	u, _, err := (&client.Client{BaseURL: c.URL, APIKey: key}).CreateUser(t.Context(), client.User{ExternalUserID: &external})
	must(t, err)
	const readers, enough = 16, 400
	var mu sync.Mutex
	answered := map[string]bool{}
	full := make(chan struct{})
	hc := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers}}
	defer hc.CloseIdleConnections()
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for { // until the server is gone
				req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, c.URL+"/v2/users?user_id="+u.UserID, nil)
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("x-api-key", key)
				a, err := hc.Do(req)
				if err != nil {
					return
				}
				a.Body.Close()
				if a.StatusCode == http.StatusTooManyRequests {
					continue
				}
				if a.StatusCode != http.StatusOK {
					t.Errorf("a read is answered %s", a.Status)
					return
				}
				mu.Lock()
				if answered[a.Header.Get("Request-Id")] = true; len(answered) == enough {
					close(full)
				}
				mu.Unlock()
			}
		})
	}
	<-full
	c.Kill()
	reading.Wait()

	if !strings.HasPrefix(database, "postgres") {
		database = store.InFile(dir + "/blush.db")
	}
	st, err := store.Open(t.Context(), database)
	must(t, err)
	defer st.Close()
	noted := map[string]bool{}
	for r, err := range st.AuditAfter(t.Context(), 0) {
		must(t, err)
		noted[r.RequestID] = true
	}
	for id := range answered {
		if !noted[id] {
			t.Errorf("the read %s was answered and left no entry", id)
		}
	}
	r, err := st.VerifyAudit(t.Context())
	must(t, err)
	if r.Broken != 0 || r.Outside != 0 {
		t.Errorf("the chain after the kill: %+v", r)
	}
	t.Logf("%d reads answered, %d entries in the chain", len(answered), r.Entries)
}

// A search of observations leaves an entry about each kind of measurement that it read. Which ones depends on the request, so the
// route cannot declare them all as always left.
func TestSearchesAreAudited(t *testing.T) {
	w := blushtest.Start(t)
	ada := newSubject(w)
	for query, want := range map[string][]string{
		"patient=" + ada.user:                                                {"reading.list", "scan.list"},
		"patient=" + ada.user + "&_summary=count":                            {"reading.list", "scan.list"},
		"patient=" + ada.user + "&code=85354-9":                              {"reading.list"},
		"patient=" + ada.user + "&code=80404-7":                              {"scan.list"},
		"_id=" + ada.scan + ".heart-rate":                                    {"scan.read"},
		"_id=" + ada.reading + ".blood-pressure":                             {"reading.read"},
		"_id=" + ada.user + ".profile-mental":                                {"insight.read"},
		"_id=" + w.User().UserID + ".blood-pressure":                         {"scan.list"},
		"_id=" + ada.scan + ".heart-rate," + ada.reading + ".blood-pressure": {"reading.read", "scan.read"},
	} {
		a := w.Call(w.Dev, "GET", "/v2/fhir/Observation?"+query, nil).Want(http.StatusOK)
		var trail client.List[client.AuditEntry]
		w.Call(w.Dev, "GET", "/v2/audit?limit=20", nil).Want(http.StatusOK).JSON(&trail)
		var left []string
		for _, e := range trail.Data {
			if e.RequestID != nil && *e.RequestID == a.Header.Get("Request-Id") {
				left = append(left, e.Action)
			}
		}
		slices.Sort(left)
		if !slices.Equal(left, want) {
			t.Errorf("%s left %q, want %q", query, left, want)
		}
	}
}
