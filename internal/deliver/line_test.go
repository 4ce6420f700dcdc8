package deliver_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
)

// While a receiver is slow, the deliveries that wait for it ask more rarely the longer they wait, so that thousands of them take
// little of the workers' time.
func TestLongWaitsAskRarely(t *testing.T) {
	w := sqlite(t)
	release, inside := make(chan struct{}), make(chan struct{}, 10)
	slow := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside <- struct{}{}; <-release }))
	t.Cleanup(slow.Close)
	hook, _ := w.hook(w.dev, slow.URL)
	raise := func() blush.Delivery {
		w.clock.move(time.Millisecond)
		w.raise(w.dev)
		return w.newest(hook)
	}
	first, second, waiting := raise(), raise(), raise()
	var running sync.WaitGroup
	defer running.Wait()
	defer close(release)
	for _, d := range []blush.Delivery{first, second} {
		running.Go(func() {
			if _, err := w.Attempt(t.Context(), d); err != nil {
				t.Error(err)
			}
		})
		<-inside
	}
	for _, waited := range []struct{ since, least, most time.Duration }{
		{0, time.Second, 3 * time.Second}, {time.Minute, 15 * time.Second, 46 * time.Second}, {time.Hour, time.Minute, 3 * time.Minute},
	} {
		w.clock.move(waited.since)
		if wait, err := w.Attempt(t.Context(), waiting); err != nil || wait < waited.least || wait > waited.most || w.again(waiting).Attempts != 0 {
			t.Errorf("after %v more it waits %v, want %v to %v; %v", waited.since, wait, waited.least, waited.most, err)
		}
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
