package client

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// NewWebhook says which events to send to which address.
type NewWebhook struct {
	URL         string   `json:"url"`
	Description string   `json:"description,omitempty"`
	Events      []string `json:"events,omitempty"` // nil: all
	Values      bool     `json:"values,omitempty"` // more than ids
}

// Webhook is an address of your server that events are sent to.
type Webhook struct {
	WebhookID      string     `json:"webhook_id"`
	URL            string     `json:"url"`
	Description    string     `json:"description"`
	Events         []string   `json:"events"`
	Values         bool       `json:"values"`
	Enabled        bool       `json:"enabled"`
	DisabledReason *string    `json:"disabled_reason"` // why it is disabled; nil while it is enabled
	FailingSince   *time.Time `json:"failing_since"`
	OldSecretUntil *time.Time `json:"old_secret_until"`
	CreatedAt      time.Time  `json:"created_at"`
	// Secret is set only by CreateWebhook and RotateWebhookSecret.
	Secret string `json:"secret,omitempty"`
}

// Delivery is the delivery of one event to one webhook.
type Delivery struct {
	DeliveryID    string     `json:"delivery_id"`
	EventID       string     `json:"event_id"` // the webhook-id header
	Type          string     `json:"type"`
	Status        string     `json:"status"` // pending until it has ended
	Attempts      int        `json:"attempts"`
	CreatedAt     time.Time  `json:"created_at"`
	NextAttemptAt *time.Time `json:"next_attempt_at"`
	LastAttemptAt *time.Time `json:"last_attempt_at"`
	LastStatus    *int       `json:"last_status"`
	LastMS        *int64     `json:"last_ms"`
	Fault         *string    `json:"fault"`
}

const webhooksPath = "/v2/webhooks"

func webhookPath(id, of string) string { return webhooksPath + "/" + url.PathEscape(id) + of }

// CreateWebhook creates a webhook. Only this answer contains its secret.
func (c *Client) CreateWebhook(ctx context.Context, n NewWebhook) (w Webhook, err error) {
	err = c.post(ctx, webhooksPath, nil, n, &w)
	return w, err
}

// Webhooks lists the webhooks of the key's environment, the oldest first.
func (c *Client) Webhooks(ctx context.Context) ([]Webhook, error) {
	var list List[Webhook]
	_, err := c.do(ctx, http.MethodGet, webhooksPath, nil, body{}, &list)
	return list.Data, err
}

// Webhook returns one webhook.
func (c *Client) Webhook(ctx context.Context, id string) (w Webhook, err error) {
	_, err = c.do(ctx, http.MethodGet, webhookPath(id, ""), nil, body{}, &w)
	return w, err
}

// UpdateWebhook changes the named fields: url, description, events, values, enabled.
func (c *Client) UpdateWebhook(ctx context.Context, id string, fields map[string]any) (w Webhook, err error) {
	b, err := jsonBody(fields)
	if err != nil {
		return Webhook{}, err
	}
	_, err = c.do(ctx, http.MethodPatch, webhookPath(id, ""), nil, b, &w)
	return w, err
}

// DeleteWebhook erases a webhook with its log.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	_, err := c.do(ctx, http.MethodDelete, webhookPath(id, ""), nil, body{}, nil)
	return err
}

// RotateWebhookSecret gives a webhook a new secret. Deliveries are also signed with the old one for
// overlap, in whole seconds up to 7 days; with 0 the old one ends at once.
func (c *Client) RotateWebhookSecret(ctx context.Context, id string, overlap time.Duration) (w Webhook, err error) {
	err = c.post(ctx, webhookPath(id, "/rotate"), nil, map[string]any{"overlap_s": int(overlap.Seconds())}, &w)
	return w, err
}

// TestWebhook sends webhook.test once.
func (c *Client) TestWebhook(ctx context.Context, id string) (d Delivery, err error) {
	_, err = c.do(ctx, http.MethodPost, webhookPath(id, "/test"), nil, body{}, &d)
	return d, err
}

// Deliveries lists a webhook's deliveries, the newest first; status is that of a [Delivery], or empty for all.
func (c *Client) Deliveries(ctx context.Context, id, status string, p Page) (list List[Delivery], err error) {
	q := p.into(url.Values{})
	if status != "" {
		q.Set("status", status)
	}
	_, err = c.do(ctx, http.MethodGet, webhookPath(id, "/deliveries"), q, body{}, &list)
	return list, err
}

// AllDeliveries goes through a webhook's deliveries, the newest first. An error is the last item.
func (c *Client) AllDeliveries(ctx context.Context, id, status string) iter.Seq2[Delivery, error] {
	return all(func(p Page) (List[Delivery], error) { return c.Deliveries(ctx, id, status, p) }, func(d Delivery) string { return d.DeliveryID })
}

// ReplayDelivery sends one delivery again.
func (c *Client) ReplayDelivery(ctx context.Context, id, deliveryID string) error {
	return c.post(ctx, webhookPath(id, "/replay"), nil, map[string]any{"delivery_id": deliveryID}, nil)
}

// ReplayFailed sends all deliveries again that failed from a time on, at most 1000; more reports whether there are more.
func (c *Client) ReplayFailed(ctx context.Context, id string, since time.Time) (n int, more bool, err error) {
	var out struct {
		Replayed int  `json:"replayed"`
		HasMore  bool `json:"has_more"`
	}
	err = c.post(ctx, webhookPath(id, "/replay"), nil, map[string]any{"since": since}, &out)
	return out.Replayed, out.HasMore, err
}

// WebhookEvent is the event in a webhook request.
type WebhookEvent struct {
	// ID is the same for every attempt and replay: process each event once.
	ID        string          `json:"-"`
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"` // when it happened
	Data      json.RawMessage `json:"data"`
}

// webhookTolerance is how far the timestamp of a webhook may be from now.
const webhookTolerance = 5 * time.Minute

// VerifyWebhook checks that a request to your server is a webhook signed with one
// of your secrets, as the Standard Webhooks specification says, within five minutes
// of now, and decodes it. payload is the unchanged body. While a secret is rotated,
// pass both secrets.
func VerifyWebhook(payload []byte, header http.Header, secrets ...string) (WebhookEvent, error) {
	id, seconds := header.Get("webhook-id"), header.Get("webhook-timestamp")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if id == "" || err != nil {
		return WebhookEvent{}, errors.New("webhook: webhook-id or webhook-timestamp is missing")
	}
	if time.Since(time.Unix(at, 0)).Abs() > webhookTolerance {
		return WebhookEvent{}, errors.New("webhook: webhook-timestamp is more than five minutes from now")
	}
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil || len(key) == 0 {
			return WebhookEvent{}, errors.New("webhook: a secret must be whsec_ followed by base64")
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, seconds, payload)
		want := mac.Sum(nil)
		for signature := range strings.FieldsSeq(header.Get("webhook-signature")) {
			text, v1 := strings.CutPrefix(signature, "v1,")
			got, err := base64.StdEncoding.DecodeString(text)
			if !v1 || err != nil || !hmac.Equal(got, want) {
				continue
			}
			e := WebhookEvent{ID: id}
			if err := json.Unmarshal(payload, &e); err != nil || e.Type == "" {
				return WebhookEvent{}, errors.Join(errors.New("webhook: its body is not an event"), err)
			}
			return e, nil
		}
	}
	return WebhookEvent{}, errors.New("webhook: no signature matches one of the secrets")
}
