package deliver_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
	"blush.example/blush/internal/store"
)

// A library for Standard Webhooks verifies what arrives, with the new secret and,
// during the overlap, with the old one.
func TestArrives(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		url, arrivals := receiver(t, always(http.StatusNoContent))
		hook, secret := w.hook(w.dev, url)
		w.work()
		event := w.raise(w.dev)
		got := <-arrivals
		must(t, got.verify(secret))
		if got.verify(strings.ToUpper(secret)) == nil || got.header.Get("webhook-id") != event.ID || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("headers: %v", got.header)
		}
		var body struct {
			Type, Timestamp string
			Data            map[string]any
		}
		must(t, json.Unmarshal(got.body, &body))
		if at, err := time.Parse(time.RFC3339, body.Timestamp); err != nil || !at.Equal(event.At) || body.Type != "scan.done" || len(body.Data) != 1 || body.Data["user_id"] != w.user.ID {
			t.Errorf("more or less than ids: %s, %v", got.body, err)
		}

		hook, next, err := w.Rotate(ctx, w.dev, hook.ID, time.Hour)
		must(t, err)
		w.raise(w.dev)
		got = <-arrivals
		must(t, got.verify(secret))
		must(t, got.verify(next))
		w.clock.move(2 * time.Minute) // the receiver's clock is the real one, which may differ by five
		hook, last, err := w.Rotate(ctx, w.dev, hook.ID, time.Minute)
		must(t, err)
		w.clock.move(2 * time.Minute)
		w.raise(w.dev)
		got = <-arrivals
		must(t, got.verify(last))
		if got.verify(next) == nil || got.verify(secret) == nil {
			t.Error("a secret still signs after its end")
		}
		dump, err := w.store.Webhook(ctx, hook.ID)
		must(t, err)
		if strings.Contains(string(dump.Secret)+string(dump.OldSecret), last) {
			t.Error("the secret is stored in plain text")
		}
	})
}

// Values are sent to webhooks that want them, and no longer once the customer turns them off.
func TestValues(t *testing.T) {
	w := sqlite(t)
	url, arrivals := receiver(t, always(http.StatusOK))
	hook, _ := w.hook(w.dev, url, func(n *deliver.NewWebhook) { n.Values = true })
	data := func() (d struct {
		Data struct{ Values map[string]float64 }
	}) {
		must(t, json.Unmarshal((<-arrivals).body, &d))
		return d
	}
	w.raise(w.dev)
	d := w.newest(hook)
	if strings.Contains(string(d.Data)+string(d.Sealed), "heart_rate") { // not the number: a random id may contain any two digits
		t.Errorf("a value in plain text: %s %q", d.Data, d.Sealed)
	}
	if _, err := w.Attempt(t.Context(), d); err != nil || data().Data.Values["heart_rate"] != 71 {
		t.Errorf("no values; %v", err)
	}
	off := false
	_, err := w.Update(t.Context(), w.dev, hook.ID, deliver.WebhookChange{Values: &off})
	must(t, err)
	_, _, err = w.Replay(t.Context(), w.dev, hook.ID, deliver.ReplayRequest{DeliveryID: d.ID})
	must(t, err)
	if _, err := w.Attempt(t.Context(), w.again(d)); err != nil || data().Data.Values != nil {
		t.Errorf("values for a webhook that wants none; %v", err)
	}
}

// A receiver that always refuses is tried for three days, less and less often;
// then the webhook is disabled. What it missed can be replayed once it is enabled again.
func TestThreeDays(t *testing.T) {
	w := sqlite(t)
	ctx := t.Context()
	var status atomic.Int64
	status.Store(http.StatusBadRequest)
	url, arrivals := receiver(t, func() int { return int(status.Load()) })
	hook, secret := w.hook(w.dev, url)
	event := w.raise(w.dev)
	d := w.newest(hook)
	began := w.clock.Now()
	var at []time.Duration
	for d.Status == blush.DeliveryPending {
		at = append(at, w.clock.Now().Sub(began))
		wait, err := w.Attempt(ctx, d)
		must(t, err)
		if d = w.again(d); d.Status == blush.DeliveryPending {
			if early, err := w.Attempt(ctx, d); err != nil || math.Abs(float64(early-wait)) > float64(time.Second) {
				t.Fatalf("too early it waits %v, want %v; %v", early, wait, err)
			}
		}
		w.clock.move(wait)
	}
	if n := len(arrivals); n != len(at) || n < 8 || n > 12 {
		t.Errorf("%d attempts arrived, at %v", n, at)
	}
	for range at {
		a := <-arrivals
		if a.header.Get("webhook-id") != event.ID {
			t.Errorf("webhook-id %s, want %s", a.header.Get("webhook-id"), event.ID)
		}
	}
	if last := at[len(at)-1]; (last - deliver.GiveUp).Abs() > time.Second {
		t.Errorf("the last attempt came after %v, want %v", last, deliver.GiveUp)
	}
	if d.Status != blush.DeliveryFailed || d.LastFault != blush.FaultStatus || d.LastStatus != http.StatusBadRequest || d.Attempts != len(at) {
		t.Errorf("in the end: %+v", d)
	}
	hook, err := w.Webhook(ctx, w.dev, hook.ID)
	must(t, err)
	if hook.DisabledAt == nil || hook.DisabledReason != blush.DisabledFailing {
		t.Errorf("still enabled: %+v", hook)
	}
	w.raise(w.dev)
	if missed := w.newest(hook); missed.Status != blush.DeliveryFailed || missed.LastFault != blush.FaultDisabled {
		t.Errorf("an event meanwhile: %+v", missed)
	}
	replay := deliver.ReplayRequest{Since: began, Status: blush.DeliveryFailed}
	_, _, err = w.Replay(ctx, w.dev, hook.ID, replay)
	wantKind(t, err, blush.Conflict)
	on := true
	status.Store(http.StatusOK)
	_, err = w.Update(ctx, w.dev, hook.ID, deliver.WebhookChange{Enabled: &on})
	must(t, err)
	w.clock.move(-deliver.GiveUp) // the library compares with the real time
	n, more, err := w.Replay(ctx, w.dev, hook.ID, deliver.ReplayRequest{Since: began, Until: w.clock.Now().Add(2 * deliver.GiveUp), Status: blush.DeliveryFailed})
	if n != 2 || more || err != nil {
		t.Fatalf("replayed %d, %v, %v", n, more, err)
	}
	w.work()
	for range 2 {
		must(t, (<-arrivals).verify(secret))
	}
}

// A webhook that sometimes succeeds is not disabled, however often it fails.
func TestSomeSuccessKeepsAWebhook(t *testing.T) {
	w := sqlite(t)
	ctx := t.Context()
	var status atomic.Int64
	url, _ := receiver(t, func() int { return int(status.Load()) })
	hook, _ := w.hook(w.dev, url)
	w.raise(w.dev)
	bad := w.newest(hook)
	for bad.Status == blush.DeliveryPending {
		status.Store(http.StatusInternalServerError)
		wait, err := w.Attempt(ctx, bad)
		must(t, err)
		w.clock.move(wait / 2)
		w.raise(w.dev)
		status.Store(http.StatusOK)
		_, err = w.Attempt(ctx, w.newest(hook))
		must(t, err)
		w.clock.move(wait - wait/2)
		bad = w.again(bad)
	}
	if hook, err := w.store.Webhook(ctx, hook.ID); err != nil || hook.DisabledAt != nil || bad.Status != blush.DeliveryFailed {
		t.Errorf("%+v, %+v, %v", hook, bad, err)
	}
}

// Each attempt is reported with its outcome, and so is the end of a delivery whose webhook was disabled. A job that runs too early is no attempt.
func TestAttemptsAreCounted(t *testing.T) {
	var seen []string
	w := sqlite(t, func(c *deliver.Config) {
		c.Attempted = func(d blush.Delivery) { seen = append(seen, string(d.Status)+" "+string(d.LastFault)) }
	})
	ctx := t.Context()
	var status atomic.Int64
	url, _ := receiver(t, func() int { return int(status.Load()) })
	hook, _ := w.hook(w.dev, url)
	attempt := func(answer int) (wait time.Duration) {
		status.Store(int64(answer))
		wait, err := w.Attempt(ctx, w.newest(hook))
		must(t, err)
		return wait
	}
	w.raise(w.dev)
	wait := attempt(http.StatusBadRequest)
	attempt(http.StatusOK)
	w.clock.move(wait)
	attempt(http.StatusOK)
	w.clock.move(time.Second) // so that the next one is the newest
	w.raise(w.dev)
	off := false
	_, err := w.Update(ctx, w.dev, hook.ID, deliver.WebhookChange{Enabled: &off})
	must(t, err)
	attempt(http.StatusOK)
	if want := []string{"pending status", "delivered ", "failed disabled"}; !slices.Equal(seen, want) {
		t.Errorf("counted: %q, want %q", seen, want)
	}
}

// A test is sent once, whichever events the webhook wants, and also while it is disabled.
func TestTestEvent(t *testing.T) {
	w := sqlite(t)
	url, arrivals := receiver(t, always(http.StatusTeapot))
	hook, secret := w.hook(w.dev, url)
	off := false
	_, err := w.Update(t.Context(), w.dev, hook.ID, deliver.WebhookChange{Enabled: &off})
	must(t, err)
	d, err := w.Test(t.Context(), w.dev, hook.ID)
	must(t, err)
	if _, err := w.Attempt(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	must(t, (<-arrivals).verify(secret))
	if d = w.again(d); d.Status != blush.DeliveryFailed || d.Attempts != 1 || d.LastStatus != http.StatusTeapot {
		t.Errorf("a test that was refused: %+v", d)
	}
}

// One customer's receiver that never answers occupies two workers. Another customer's webhooks still arrive.
func TestHangingReceiverHoldsUpNobodyElse(t *testing.T) {
	w := sqlite(t, func(c *deliver.Config) { c.Workers = 4 })
	release, inside, most := make(chan struct{}), atomic.Int64{}, atomic.Int64{}
	hanging := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		most.Store(max(most.Load(), inside.Add(1)))
		<-release
		inside.Add(-1)
	}))
	t.Cleanup(hanging.Close)
	defer close(release) // before what waits for the receiver
	other := w.customer("Zenith")
	w.hook(w.dev, hanging.URL)
	url, arrivals := receiver(t, always(http.StatusOK))
	w.hook(other, url)
	for range 30 {
		w.raise(w.dev)
	}
	w.raise(other)
	w.work()
	<-arrivals
	if n := most.Load(); n > 2 {
		t.Errorf("%d deliveries at once to a receiver that hangs", n)
	}
}

// After an attempt without a response, the webhook's other deliveries wait too, instead of hanging one after another.
func TestSilentReceiverIsLeftAlone(t *testing.T) {
	w := sqlite(t, func(c *deliver.Config) { c.Timeout = 50 * time.Millisecond })
	release := make(chan struct{})
	var calls atomic.Int64
	hanging := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1); <-release }))
	t.Cleanup(hanging.Close)
	defer close(release) // before what waits for the receiver
	hook, _ := w.hook(w.dev, hanging.URL)
	w.raise(w.dev)
	first := w.newest(hook)
	w.clock.move(time.Millisecond)
	w.raise(w.dev)
	second := w.newest(hook)
	_, err := w.Attempt(t.Context(), first)
	must(t, err)
	wait, err := w.Attempt(t.Context(), second)
	if err != nil || wait <= 0 || w.again(second).Attempts != 0 || w.again(first).LastFault != blush.FaultTimeout {
		t.Errorf("the second waits %v after %+v; %v", wait, w.again(first), err)
	}
}

// A server that stops interrupts an attempt. The next server makes it again.
func TestStopIsNoAttempt(t *testing.T) {
	w := sqlite(t)
	arrived, release := make(chan struct{}, 10), make(chan struct{})
	var once atomic.Bool
	url := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		if !once.Swap(true) {
			<-release
		}
	}))
	t.Cleanup(url.Close)
	hook, _ := w.hook(w.dev, url.URL)
	w.raise(w.dev)
	start := func() {
		must(t, w.store.StartJobs(t.Context(), river.NewWorkers(), store.JobOptions{Timeout: time.Minute, Workers: 1,
			Log: slog.New(slog.DiscardHandler), Queues: []store.Queue{w.Queue()}}))
	}
	start()
	<-arrived
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, w.store.StopJobs(ended))
	close(release)
	if d := w.newest(hook); d.Attempts != 0 || d.Status != blush.DeliveryPending {
		t.Errorf("an interrupted attempt is counted: %+v", d)
	}
	start()
	<-arrived
	must(t, w.store.StopJobs(t.Context()))
	if d := w.newest(hook); d.Attempts != 1 || d.Status != blush.Delivered {
		t.Errorf("after the restart: %+v", d)
	}
}

// Without the database's master secret, nothing is sent and nothing counts as an attempt.
func TestOtherSecretWaits(t *testing.T) {
	w := sqlite(t)
	url, arrivals := receiver(t, always(http.StatusOK))
	hook, _ := w.hook(w.dev, url)
	w.raise(w.dev)
	must(t, w.accounts.CheckSecret(t.Context())) // keeps the check value
	other, err := account.NewSecrets([]byte("another master secret of 32 bytes or so"))
	must(t, err)
	stranger := deliver.New(w.store, account.New(w.store, other, w.clock.Now), other, deliver.Config{Now: w.clock.Now})
	wait, err := stranger.Attempt(t.Context(), w.newest(hook))
	if err != nil || wait <= 0 || w.newest(hook).Attempts != 0 || len(arrivals) != 0 {
		t.Errorf("with another secret: waits %v, %v, %+v", wait, err, w.newest(hook))
	}
	_, err = w.Attempt(t.Context(), w.newest(hook))
	must(t, err)
	<-arrivals
}
