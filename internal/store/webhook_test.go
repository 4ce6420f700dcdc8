package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// aWebhook stores a webhook that wants every event.
func aWebhook(t *testing.T, st *store.Store, c blush.Customer, changes ...func(*blush.Webhook)) blush.Webhook {
	t.Helper()
	w := blush.Webhook{ID: blush.NewID(), CustomerID: c.ID, Environment: blush.Dev, URL: "https://hook.example/in", Events: blush.EventTypes,
		Secret: []byte("sealed"), CreatedAt: epoch}
	for _, change := range changes {
		change(&w)
	}
	must(t, st.CreateWebhook(t.Context(), w, 20, anAccess("webhook.create")))
	return w
}

func anEvent(u blush.User, typ blush.EventType) blush.Event {
	return blush.Event{ID: blush.NewID(), Type: typ, At: epoch, UserID: u.ID, ObjectID: "object",
		Data: json.RawMessage(`{"user_id":"` + u.ID + `"}`), Sealed: []byte("values")}
}

func deliveriesOf(t *testing.T, st *store.Store, w blush.Webhook) []blush.Delivery {
	t.Helper()
	l, err := st.Deliveries(t.Context(), w.ID, "", store.Newest, 100)
	must(t, err)
	return l.Data
}

// jobsIn counts the jobs of the queue of webhooks.
func jobsIn(t *testing.T, st *store.Store) int {
	t.Helper()
	dump, err := st.Dump(t.Context())
	must(t, err)
	return strings.Count(dump, "deliver_webhook")
}

// A delivery and its job are there with what happened, or not at all.
func TestRaiseIsPartOfWhatHappened(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, nil, epoch)
		w := aWebhook(t, st, c)
		happen := func(id string, fault error) error {
			return st.Together(ctx, func(ctx context.Context) error {
				must(t, st.GiveConsent(ctx, blush.Consent{ID: id, UserID: u.ID, GivenAt: epoch}, anAccess("consent.give")))
				must(t, st.Raise(ctx, c.ID, blush.Dev, anEvent(u, blush.ConsentWithdrawn)))
				return fault
			})
		}
		broken := errors.New("broken")
		if err := happen("1", broken); !errors.Is(err, broken) {
			t.Fatalf("error %v", err)
		}
		if held, err := st.Consents(ctx, u.ID); err != nil || len(held)+len(deliveriesOf(t, st, w))+jobsIn(t, st) != 0 {
			t.Errorf("what was undone left %d consents, %d deliveries, %d jobs; %v", len(held), len(deliveriesOf(t, st, w)), jobsIn(t, st), err)
		}
		must(t, happen("2", nil))
		if got := deliveriesOf(t, st, w); len(got) != 1 || jobsIn(t, st) != 1 || got[0].Status != blush.DeliveryPending || got[0].Attempts != 0 {
			t.Errorf("deliveries %+v, %d jobs", got, jobsIn(t, st))
		}
	})
}

func TestWhoIsToldOfWhat(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c, other := aCustomer(t, st, "ACME"), aCustomer(t, st, "Zenith")
		u := aUser(t, st, c, nil, epoch)
		disabled := func(why blush.DisabledReason) blush.Webhook {
			w := aWebhook(t, st, c)
			w, err := st.UpdateWebhook(ctx, w.ID, func(w *blush.Webhook) error { w.DisabledAt, w.DisabledReason = ptr(epoch), why; return nil })
			must(t, err)
			return w
		}
		everything := aWebhook(t, st, c)
		some := aWebhook(t, st, c, func(w *blush.Webhook) { w.Events, w.Values = []blush.EventType{blush.ScanDone}, true })
		off, failing := disabled(blush.DisabledByCustomer), disabled(blush.DisabledFailing)
		foreign := aWebhook(t, st, other)
		live := aWebhook(t, st, c, func(w *blush.Webhook) { w.Environment = blush.Live })
		must(t, st.Raise(ctx, c.ID, blush.Dev, anEvent(u, blush.ScanDone), anEvent(u, blush.ScanFailed)))

		for name, of := range map[string]struct {
			w    blush.Webhook
			want int
		}{"everything": {everything, 2}, "some": {some, 1}, "off": {off, 0}, "failing": {failing, 2}, "foreign": {foreign, 0}, "live": {live, 0}} {
			got := deliveriesOf(t, st, of.w)
			if len(got) != of.want {
				t.Errorf("%s: %d deliveries, want %d", name, len(got), of.want)
			}
			for _, d := range got {
				if name == "failing" && (d.Status != blush.DeliveryFailed || d.LastFault != blush.FaultDisabled) {
					t.Errorf("a delivery to a disabled webhook: %+v", d)
				}
				if (d.Sealed != nil) != of.w.Values {
					t.Errorf("%s: values %q", name, d.Sealed)
				}
			}
		}
		if n := jobsIn(t, st); n != 3 {
			t.Errorf("%d jobs, want 3", n)
		}
		for typ, want := range map[blush.EventType]bool{blush.ScanDone: true, blush.WebhookTest: false} {
			if got, err := st.HasWebhookFor(ctx, c.ID, blush.Dev, typ); err != nil || got != want {
				t.Errorf("somebody listens to %s: %v, %v", typ, got, err)
			}
		}
		if got, err := st.HasWebhookFor(ctx, other.ID, blush.Live, blush.ScanDone); err != nil || got {
			t.Errorf("listens in the other environment: %v, %v", got, err)
		}
	})
}

// A person who is erased is erased from the log; of an erased user only the erasure remains.
func TestErasureReachesDeliveries(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u, stays := aUser(t, st, c, ptr("a"), epoch), aUser(t, st, c, ptr("b"), epoch)
		w := aWebhook(t, st, c, func(w *blush.Webhook) { w.Values = true })
		sc := aScan(u, epoch)
		_, _, err := st.CreateScan(ctx, sc, nil, anAccess("scan.create"))
		must(t, err)
		ofScan, ofMetric, ofOther := anEvent(u, blush.ScanDone), anEvent(u, blush.MetricChanged), anEvent(u, blush.NoticeRaised)
		ofScan.ObjectID = sc.ID
		must(t, st.Raise(ctx, c.ID, blush.Dev, ofScan, ofMetric, ofOther, anEvent(stays, blush.ScanDone)))
		must(t, st.DeleteScan(ctx, sc.ID, u.ID, anAccess("scan.delete")))
		for _, d := range deliveriesOf(t, st, w) {
			if forgotten := d.Event.ID == ofScan.ID || d.Event.ID == ofMetric.ID; (d.Sealed == nil) != forgotten {
				t.Errorf("after the scan was erased %s holds %q", d.Type, d.Sealed)
			}
		}
		// The erasure and the word of it are one transaction, which waits for nothing.
		must(t, st.Together(ctx, func(ctx context.Context) error {
			must(t, st.DeleteUser(ctx, c.ID, blush.Dev, u.ID, anAccess("user.delete")))
			erased := anEvent(u, blush.UserErased)
			erased.UserID, erased.Sealed = "", nil
			return st.Raise(ctx, c.ID, blush.Dev, erased)
		}))
		got := deliveriesOf(t, st, w)
		if len(got) != 2 {
			t.Fatalf("%d deliveries are left, want that of the erasure and that of another user", len(got))
		}
		for _, d := range got {
			if d.Type != blush.UserErased && d.UserID != stays.ID {
				t.Errorf("left of the erased user: %+v", d)
			}
		}
	})
}

// An attempt of a turn that is over changes nothing.
func TestAttemptsAndReplay(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, nil, epoch)
		w := aWebhook(t, st, c)
		must(t, st.Raise(ctx, c.ID, blush.Dev, anEvent(u, blush.ScanDone), anEvent(u, blush.ScanFailed)))
		d := deliveriesOf(t, st, w)[0]
		end := func(d blush.Delivery, status blush.DeliveryStatus) blush.Delivery {
			d.Status, d.Attempts, d.LastAt, d.LastStatus, d.LastTook, d.LastFault = status, 1, ptr(epoch.Add(time.Second)), 500, 70*time.Millisecond, blush.FaultStatus
			d.NextAt = nil
			must(t, st.EndAttempt(ctx, d, func(w *blush.Webhook) error { w.Failures++; return nil }))
			got, err := st.Delivery(ctx, d.ID)
			must(t, err)
			return got
		}
		got := end(d, blush.DeliveryFailed)
		if got.Status != blush.DeliveryFailed || got.LastStatus != 500 || got.LastTook != 70*time.Millisecond || got.Attempts != 1 || !got.LastAt.Equal(epoch.Add(time.Second)) {
			t.Errorf("after an attempt: %+v", got)
		}
		wantKind(t, st.Replay(ctx, aWebhook(t, st, c).ID, d.ID, epoch, anAccess("webhook.replay")), blush.NotFound)
		must(t, st.Replay(ctx, w.ID, d.ID, epoch.Add(time.Hour), anAccess("webhook.replay")))
		again, err := st.Delivery(ctx, d.ID)
		must(t, err)
		if again.Status != blush.DeliveryPending || again.Turn != 1 || again.Attempts != 0 || !again.TurnAt.Equal(epoch.Add(time.Hour)) || again.Event.ID != d.Event.ID {
			t.Errorf("replayed: %+v", again)
		}
		if got := end(d, blush.Delivered); got.Status != blush.DeliveryPending {
			t.Errorf("an attempt of the turn before ended this one: %+v", got)
		}
		end(again, blush.DeliveryFailed)
		if hook, err := st.Webhook(ctx, w.ID); err != nil || hook.Failures != 2 {
			t.Errorf("%d failures, want 2; %v", hook.Failures, err)
		}
		n, more, err := st.ReplayBetween(ctx, w.ID, blush.DeliveryFailed, epoch, epoch, epoch, 10, anAccess("webhook.replay"))
		if n != 1 || more || err != nil {
			t.Errorf("replayed %d, more %v, %v", n, more, err)
		}
		if n := jobsIn(t, st); n != 4 {
			t.Errorf("%d jobs, want one for each of two events and two replays", n)
		}
		if n, err := st.DropDeliveries(ctx, epoch.Add(time.Hour)); n != 0 || err != nil {
			t.Errorf("dropped %d deliveries that wait, %v", n, err)
		}
		end(must1(st.Delivery(ctx, d.ID))(t), blush.Delivered)
		if n, err := st.DropDeliveries(ctx, epoch.Add(time.Second)); n != 0 || err != nil {
			t.Errorf("dropped %d deliveries of an earlier event that ended later, %v", n, err)
		}
		if n, err := st.DropDeliveries(ctx, epoch.Add(time.Hour)); n != 1 || err != nil {
			t.Errorf("dropped %d deliveries that ended, %v", n, err)
		}
	})
}

func must1[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T { t.Helper(); must(t, err); return v }
}

// A copied job stays in its queue.
func TestCopyKeepsQueues(t *testing.T) {
	ctx := t.Context()
	a, b := open(t, filepath.Join(t.TempDir(), "a.db")), open(t, filepath.Join(t.TempDir(), "b.db"))
	c := aCustomer(t, a, "ACME")
	aWebhook(t, a, c)
	must(t, a.Raise(ctx, c.ID, blush.Dev, anEvent(aUser(t, a, c, nil, epoch), blush.ScanDone)))
	must1(a.CopyTo(ctx, b))(t)
	dump := must1(b.Dump(ctx))(t)
	if !strings.Contains(dump, "deliver_webhook") || !strings.Contains(dump, store.WebhookQueue) {
		t.Errorf("the job's queue was lost:\n%s", dump)
	}
}

// The webhooks of a key are told apart from those of others, pass to the key that
// replaces it, and are disabled together.
func TestWebhooksOfAKey(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		c := aCustomer(t, st, "ACME")
		key := func(name string) blush.APIKey {
			return blush.APIKey{ID: blush.NewID(), CustomerID: c.ID, Alias: name, Environment: blush.Dev, Prefix: "blush_" + name, Hash: []byte(name), CreatedAt: epoch}
		}
		old, another, next := key("old"), key("another"), key("next")
		must(t, st.InsertKey(ctx, old))
		must(t, st.InsertKey(ctx, another))
		made := aWebhook(t, st, c, func(w *blush.Webhook) { w.KeyID = old.ID })
		others := []blush.Webhook{aWebhook(t, st, c), aWebhook(t, st, c, func(w *blush.Webhook) { w.KeyID = another.ID })}
		must(t, st.RotateKey(ctx, old.ID, next, epoch, false))
		if hooks, err := st.WebhooksOfKey(ctx, old); err != nil || len(hooks) != 0 {
			t.Errorf("of the key that was replaced: %v, %v", hooks, err)
		}
		if hooks, err := st.WebhooksOfKey(ctx, next); err != nil || len(hooks) != 1 || hooks[0].ID != made.ID {
			t.Errorf("of the key that replaced it: %v, %v", hooks, err)
		}
		disable := func(k blush.APIKey) []blush.Webhook {
			hooks, err := st.DisableWebhooksOfKey(ctx, k, epoch, func(id string) blush.AuditEntry {
				entry := anAccess("webhook.update")
				entry.ObjectID = id
				return entry
			})
			must(t, err)
			return hooks
		}
		if hooks := disable(blush.APIKey{CustomerID: c.ID}); len(hooks) != 1 || hooks[0].ID != others[0].ID {
			t.Errorf("of no key: %v", hooks)
		}
		if hooks := disable(next); len(hooks) != 1 || hooks[0].ID != made.ID || hooks[0].DisabledReason != blush.DisabledByCustomer {
			t.Errorf("disabled: %v", hooks)
		}
		if hooks := disable(next); len(hooks) != 0 {
			t.Errorf("disabled again: %v", hooks)
		}
		if w, err := st.Webhook(ctx, others[1].ID); err != nil || w.DisabledAt != nil {
			t.Errorf("of another key: %+v, %v", w, err)
		}
	})
}
