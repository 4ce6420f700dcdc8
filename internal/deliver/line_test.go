package deliver_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
	"blush.example/blush/internal/store"
)

// Many deliveries that come at once to a receiver that answers are sent one after another, two at a time. None goes back to the
// database to wait there.
func TestManyAtOnce(t *testing.T) {
	w := sqlite(t)
	var inside, most atomic.Int64
	fast := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		for n := inside.Add(1); ; {
			if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		inside.Add(-1)
	}))
	t.Cleanup(fast.Close)
	hook, _ := w.hook(w.dev, fast.URL)
	var all sync.WaitGroup
	for range 40 {
		w.clock.move(time.Millisecond)
		w.raise(w.dev)
	}
	list, err := w.store.Deliveries(t.Context(), hook.ID, "", store.Newest, 100)
	must(t, err)
	for _, d := range list.Data {
		all.Go(func() {
			if wait, err := w.Attempt(t.Context(), d); err != nil || wait != 0 || w.again(d).Status != blush.Delivered {
				t.Errorf("it waits %v, %s; %v", wait, w.again(d).Status, err)
			}
		})
	}
	all.Wait()
	if len(list.Data) != 40 || most.Load() > 2 {
		t.Errorf("%d deliveries, %d at once", len(list.Data), most.Load())
	}
}

// While a receiver is slow, the deliveries that wait for it ask the more rarely, the more of them there are, so that thousands of
// them take little of the workers' time. Those that are tried again later do not count. Where a place is free, no patience is needed:
// a delivery is sent at once, however slow the machine is.
func TestLongLinesAskRarely(t *testing.T) {
	w := sqlite(t, func(c *deliver.Config) { c.Patience = time.Nanosecond })
	release, inside := make(chan struct{}), make(chan struct{}, 10)
	slow := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside <- struct{}{}; <-release }))
	t.Cleanup(slow.Close)
	hook, _ := w.hook(w.dev, slow.URL)
	raise := func() blush.Delivery {
		w.clock.move(time.Millisecond)
		w.raise(w.dev)
		return w.newest(hook)
	}
	var running sync.WaitGroup
	defer running.Wait()
	defer close(release)
	for range 2 {
		d := raise()
		ended := make(chan struct{})
		running.Go(func() {
			defer close(ended)
			if _, err := w.Attempt(t.Context(), d); err != nil {
				t.Error(err)
			}
		})
		select {
		case <-inside:
		case <-ended:
			t.Fatal("a delivery to a receiver with a free place was not sent")
		}
	}
	waiting := raise()
	ask := func(least, most time.Duration) {
		t.Helper()
		if wait, err := w.Attempt(t.Context(), waiting); err != nil || wait < least || wait > most || w.again(waiting).Attempts != 0 {
			t.Errorf("it waits %v, want %v to %v; %v", wait, least, most, err)
		}
	}
	ask(time.Second, 3*time.Second)
	for range 197 {
		d := raise()
		later := w.clock.Now().Add(time.Hour)
		d.Attempts, d.NextAt = 1, &later
		must(t, w.store.EndAttempt(t.Context(), d, func(*blush.Webhook) error { return nil }))
	}
	ask(time.Second, 3*time.Second)
	w.clock.move(time.Hour)
	ask(2500*time.Millisecond, 7500*time.Millisecond)
}

// However slow other receivers of a customer are, a delivery to one that answers is sent without a wait. All of a customer's slow
// receivers together occupy one place each and four more.
func TestSlowReceiversHoldUpNoOtherOfTheirCustomer(t *testing.T) {
	w := sqlite(t)
	release, inside := make(chan struct{}), make(chan struct{}, 100)
	slow := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside <- struct{}{}; <-release }))
	t.Cleanup(slow.Close)
	answers, _ := receiver(t, always(http.StatusOK))
	var running sync.WaitGroup
	defer running.Wait()
	defer close(release)
	const hooks, occupied = 5, 5 + 4
	for range hooks {
		w.hook(w.dev, slow.URL)
	}
	list, err := w.Webhooks(t.Context(), w.dev)
	must(t, err)
	for range 2 {
		w.clock.move(time.Millisecond)
		w.raise(w.dev)
		for _, hook := range list {
			d := w.newest(hook)
			running.Go(func() {
				if _, err := w.Attempt(t.Context(), d); err != nil {
					t.Error(err)
				}
			})
		}
	}
	for n := range occupied {
		select {
		case <-inside:
		case <-time.After(5 * time.Minute):
			t.Fatalf("%d deliveries to %d slow receivers were sent, want %d", n, hooks, occupied)
		}
	}
	hook, _ := w.hook(w.dev, answers)
	w.clock.move(time.Millisecond)
	w.raise(w.dev)
	d := w.newest(hook)
	if wait, err := w.Attempt(t.Context(), d); err != nil || wait != 0 || w.again(d).Status != blush.Delivered {
		t.Errorf("it waits %v, %s; %v", wait, w.again(d).Status, err)
	}
	if len(inside) > 0 {
		t.Errorf("%d deliveries to the slow receivers are sent at the same time, want %d", occupied+len(inside), occupied)
	}
}

// Attempts that fail at the same time pause a webhook once, so that a receiver that was away for a moment is not left alone for long.
// The pause is at least as long as any of them asked for.
func TestFailuresAtTheSameTimeAreOne(t *testing.T) {
	w := sqlite(t)
	var inside sync.WaitGroup
	var answers atomic.Int64
	away := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		inside.Done()
		inside.Wait()
		if answers.Add(1)%2 == 1 {
			rw.Header().Set("Retry-After", "20")
		}
		rw.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(away.Close)
	hook, _ := w.hook(w.dev, away.URL)
	for i, pause := range []time.Duration{20 * time.Second, time.Minute} {
		inside.Add(2)
		var all sync.WaitGroup
		for range 2 {
			w.clock.move(time.Millisecond)
			w.raise(w.dev)
			d := w.newest(hook)
			all.Go(func() {
				if _, err := w.Attempt(t.Context(), d); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		got, err := w.store.Webhook(t.Context(), hook.ID)
		if must(t, err); got.Failures != i+1 || got.PausedUntil == nil || got.PausedUntil.Sub(w.clock.Now()) != pause {
			t.Errorf("after %d times two attempts at the same time: %d failures, paused until %v, now %v", i+1, got.Failures, got.PausedUntil, w.clock.Now())
		}
		w.clock.move(pause)
	}
}

// The answer of a receiver from which a webhook was moved away meanwhile says nothing about the new one, and neither does how long
// the old one has failed.
func TestMovedWebhook(t *testing.T) {
	w := sqlite(t)
	elsewhere := "https://hooks.example.org"
	var hook blush.Webhook
	answers := []int{http.StatusInternalServerError, http.StatusGone}
	old := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if answers[0] == http.StatusGone {
			if _, err := w.Update(t.Context(), w.dev, hook.ID, deliver.WebhookChange{URL: &elsewhere}); err != nil {
				t.Error(err)
			}
		}
		rw.WriteHeader(answers[0])
		answers = answers[1:]
	}))
	t.Cleanup(old.Close)
	hook, _ = w.hook(w.dev, old.URL)
	for range 2 {
		w.clock.move(time.Millisecond)
		w.raise(w.dev)
		_, err := w.Attempt(t.Context(), w.newest(hook))
		must(t, err)
	}
	if hook, err := w.store.Webhook(t.Context(), hook.ID); err != nil || hook.URL != elsewhere || hook.DisabledAt != nil || hook.FailingSince != nil {
		t.Errorf("moved away from a server that failed and then answered 410: %+v, %v", hook, err)
	}
}
