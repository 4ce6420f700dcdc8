package deliver_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
)

// What changes while the connection to a receiver is made counts: nothing is sent about a person who was erased meanwhile or to a
// webhook that is disabled now, and no values that are not wanted any more.
func TestChangesWhileConnecting(t *testing.T) {
	update := func(ch deliver.WebhookChange) func(*world, blush.Webhook) (string, error) {
		return func(w *world, h blush.Webhook) (string, error) {
			_, err := w.Update(t.Context(), w.dev, h.ID, ch)
			return "", err
		}
	}
	elsewhere, off, text := "https://hooks.example.org", false, "another"
	for name, c := range map[string]struct {
		change   func(*world, blush.Webhook) (secret string, err error) // the new secret, if there is one
		sent     bool
		withheld bool // before it is sent
	}{
		"user erased": {change: func(w *world, _ blush.Webhook) (string, error) {
			return "", w.accounts.DeleteUser(t.Context(), w.dev, blush.UserRef{ID: w.user.ID})
		}},
		"webhook erased": {change: func(w *world, h blush.Webhook) (string, error) { return "", w.Delete(t.Context(), w.dev, h.ID) }},
		"another URL":    {change: update(deliver.WebhookChange{URL: &elsewhere})},
		"disabled":       {change: update(deliver.WebhookChange{Enabled: &off})},
		"no values":      {change: update(deliver.WebhookChange{Values: &off}), sent: true, withheld: true},
		"another secret": {change: func(w *world, h blush.Webhook) (string, error) {
			_, secret, err := w.Rotate(t.Context(), w.dev, h.ID, 0)
			return secret, err
		}, sent: true, withheld: true},
		"another description": {change: update(deliver.WebhookChange{Description: &text}), sent: true},
	} {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
			t.Run(name+" "+protocol, func(t *testing.T) {
				w := sqlite(t)
				arrivals := make(chan arrival, 10)
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					if r.Proto != protocol {
						t.Errorf("it came by %s", r.Proto)
					}
					if body, err := io.ReadAll(r.Body); err == nil {
						arrivals <- arrival{r.Header, body}
					}
				}))
				s.EnableHTTP2 = protocol == "HTTP/2.0"
				var hook blush.Webhook
				var secret string
				var once sync.Once
				s.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
					once.Do(func() {
						newer, err := c.change(w, hook)
						if err != nil {
							t.Error(err)
						}
						if newer != "" {
							secret = newer
						}
					})
					return nil, nil //nolint:nilnil // the server's own
				}}
				s.StartTLS()
				t.Cleanup(s.Close)
				hook, secret = w.hook(w.dev, s.URL, func(n *deliver.NewWebhook) { n.Values = true })
				w.raise(w.dev)
				d := w.newest(hook)
				wait, err := w.Attempt(t.Context(), d)
				must(t, err)
				if withheld := wait == 0 && len(arrivals) == 0; withheld == (c.sent && !c.withheld) {
					t.Errorf("%d arrived, and the delivery waits %v", len(arrivals), wait)
				}
				if c.withheld {
					_, err = w.Attempt(t.Context(), d)
					must(t, err)
				}
				s.Close()
				if sent := len(arrivals) == 1; sent != c.sent {
					t.Fatalf("%d arrived", len(arrivals))
				}
				if !c.sent {
					return
				}
				got := <-arrivals
				must(t, got.verify(secret))
				if bytes.Contains(got.body, []byte("values")) == (name == "no values") {
					t.Errorf("the body is %s", got.body)
				}
			})
		}
	}
}
