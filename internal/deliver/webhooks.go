package deliver

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

const (
	// MaxWebhooks is how many webhooks a customer may have in each environment.
	MaxWebhooks = 20
	// MaxReplayed is how many deliveries one call sends again.
	MaxReplayed = 1000
	// MaxOverlap is the longest time that the old secret also signs after a rotation.
	MaxOverlap     = 7 * 24 * time.Hour
	maxDescription = 200
)

// NewWebhook describes a webhook to create.
type NewWebhook struct {
	URL         string
	Description string
	Events      []blush.EventType // nil: all
	Values      bool              // send the values too, and not only ids
}

// WebhookChange says which parts of a webhook to change; nil leaves a part unchanged.
type WebhookChange struct {
	URL, Description *string
	Events           *[]blush.EventType
	Values, Enabled  *bool
}

// check returns an error that names everything that is wrong with a webhook, which the caller creates or changes; old is what it was.
// Values need a key that may read health data. A description that an earlier version accepted may stay. If nothing is wrong,
// check sorts the events and removes duplicates.
func (s *Service) check(c blush.Caller, old blush.Webhook, w *blush.Webhook) error {
	if w.Values && !c.May(blush.KeyRead) {
		return blush.E(blush.Forbidden, "A webhook with values receives health data. This also needs the scope %s, which the API key lacks.", blush.KeyRead)
	}
	var faults []blush.FieldError
	fault := func(field, msg string) {
		if msg != "" {
			faults = append(faults, blush.FieldError{Path: []any{field}, Msg: msg, Type: "value_error"})
		}
	}
	fault("url", s.sender.urlFault(w.URL))
	if w.Description != old.Description && (utf8.RuneCountInString(w.Description) > maxDescription || !blush.Legible(w.Description)) {
		fault("description", fmt.Sprintf("description must be at most %d characters of UTF-8, without control characters and invisible characters.", maxDescription))
	}
	if len(w.Events) == 0 {
		fault("events", "events must name at least one event.")
	}
	for _, e := range w.Events {
		if !slices.Contains(blush.EventTypes, e) {
			fault("events", fmt.Sprintf("There is no event %q.", e))
		}
	}
	if len(faults) > 0 {
		return &blush.Error{Kind: blush.Unprocessed, Message: faults[0].Msg, Fields: faults}
	}
	w.Events = blush.InOrder(blush.EventTypes, w.Events)
	return nil
}

// Create makes a webhook for the caller's customer and environment. Only here is its secret returned.
func (s *Service) Create(ctx context.Context, c blush.Caller, n NewWebhook) (w blush.Webhook, secret string, err error) {
	w = blush.Webhook{ID: blush.NewID(), CustomerID: c.CustomerID, Environment: c.Environment, URL: n.URL, Description: n.Description,
		Events: n.Events, Values: n.Values, CreatedAt: s.cfg.Now()}
	if w.Events == nil {
		w.Events = blush.EventTypes
	}
	if err := s.check(c, blush.Webhook{}, &w); err != nil {
		return blush.Webhook{}, "", err
	}
	if c.Kind == blush.ByAPIKey {
		w.KeyID = c.CredentialID
	}
	key := newSecret()
	w.Secret = s.secrets.Seal(key, secretPurpose(w.ID))
	if err := s.store.CreateWebhook(ctx, w, MaxWebhooks, s.accounts.Audit(c, blush.WebhookCreate, "", w.ID)); err != nil {
		return blush.Webhook{}, "", err
	}
	return w, secretText(key), nil
}

// Webhooks lists the webhooks of the caller's customer in its environment, the oldest first.
func (s *Service) Webhooks(ctx context.Context, c blush.Caller) ([]blush.Webhook, error) {
	hooks, err := s.store.Webhooks(ctx, c.CustomerID, c.Environment)
	if err != nil {
		return nil, err
	}
	return hooks, s.store.Audit(ctx, s.accounts.Audit(c, blush.WebhookList, "", ""))
}

// Webhook returns one webhook.
func (s *Service) Webhook(ctx context.Context, c blush.Caller, id string) (blush.Webhook, error) {
	w, err := s.own(ctx, c, id)
	if err != nil {
		return blush.Webhook{}, err
	}
	return w, s.store.Audit(ctx, s.accounts.Audit(c, blush.WebhookRead, "", w.ID))
}

// own finds a webhook of the caller's customer and environment. Every other webhook is NotFound.
func (s *Service) own(ctx context.Context, c blush.Caller, id string) (blush.Webhook, error) {
	parsed, err := blush.CheckID(id, "webhook_id")
	if err != nil {
		return blush.Webhook{}, err
	}
	w, err := s.store.Webhook(ctx, parsed)
	if err == nil && (w.CustomerID != c.CustomerID || w.Environment != c.Environment) {
		err = blush.E(blush.NotFound, "Webhook not found.")
	}
	if err != nil {
		return blush.Webhook{}, err
	}
	return w, nil
}

// Update changes a webhook. One that is enabled again is sent the events that happen
// afterwards. Those that failed in the meantime can be replayed.
func (s *Service) Update(ctx context.Context, c blush.Caller, id string, ch WebhookChange) (blush.Webhook, error) {
	w, err := s.own(ctx, c, id)
	if err != nil {
		return blush.Webhook{}, err
	}
	now := s.cfg.Now()
	return s.store.UpdateWebhook(ctx, w.ID, func(w *blush.Webhook) error {
		old := *w
		if ch.URL != nil && *ch.URL != w.URL {
			w.URL, w.FailingSince, w.Failures, w.PausedUntil = *ch.URL, nil, 0, nil
		}
		if ch.Description != nil {
			w.Description = *ch.Description
		}
		if ch.Events != nil {
			w.Events = *ch.Events
		}
		if ch.Values != nil {
			w.Values = *ch.Values
		}
		switch {
		case ch.Enabled == nil:
		case *ch.Enabled:
			w.DisabledAt, w.DisabledReason, w.FailingSince, w.Failures, w.PausedUntil = nil, "", nil, 0, nil
		default:
			w.DisabledAt, w.DisabledReason = &now, blush.DisabledByCustomer
		}
		return s.check(c, old, w)
	}, s.accounts.Audit(c, blush.WebhookUpdate, "", w.ID))
}

// Delete erases a webhook with its deliveries.
func (s *Service) Delete(ctx context.Context, c blush.Caller, id string) error {
	w, err := s.own(ctx, c, id)
	if err != nil {
		return err
	}
	return s.store.DeleteWebhook(ctx, w.ID, s.accounts.Audit(c, blush.WebhookDelete, "", w.ID))
}

// Rotate gives a webhook a new secret. The old one also signs for the overlap, at most
// MaxOverlap; with 0 it ends at once. An even older one ends at once.
func (s *Service) Rotate(ctx context.Context, c blush.Caller, id string, overlap time.Duration) (w blush.Webhook, secret string, err error) {
	if overlap < 0 || overlap > MaxOverlap {
		return blush.Webhook{}, "", blush.Field(fmt.Sprintf("overlap_s must be 0 to %d seconds.", int(MaxOverlap.Seconds())), "value_error", "overlap_s")
	}
	if w, err = s.own(ctx, c, id); err != nil {
		return blush.Webhook{}, "", err
	}
	key := newSecret()
	until := s.cfg.Now().Add(overlap)
	w, err = s.store.UpdateWebhook(ctx, w.ID, func(w *blush.Webhook) error {
		w.OldSecret, w.OldSecretUntil = nil, nil
		if overlap > 0 {
			w.OldSecret, w.OldSecretUntil = w.Secret, &until
		}
		w.Secret = s.secrets.Seal(key, secretPurpose(w.ID))
		return nil
	}, s.accounts.Audit(c, blush.WebhookRotate, "", w.ID))
	if err != nil {
		return blush.Webhook{}, "", err
	}
	return w, secretText(key), nil
}

// Test sends a webhook a test event, once, even while it is disabled.
func (s *Service) Test(ctx context.Context, c blush.Caller, id string) (blush.Delivery, error) {
	w, err := s.own(ctx, c, id)
	if err != nil {
		return blush.Delivery{}, err
	}
	e, err := s.accounts.Event(blush.WebhookTest, "", "", map[string]string{"webhook_id": w.ID}, nil)
	if err != nil {
		return blush.Delivery{}, err
	}
	return s.store.DeliverTo(ctx, w, e, s.accounts.Audit(c, blush.WebhookTested, "", w.ID))
}

// Deliveries lists the deliveries to a webhook, sent and waiting, the newest first. An empty status means all.
func (s *Service) Deliveries(ctx context.Context, c blush.Caller, id string, status blush.DeliveryStatus, p blush.Page) (blush.List[blush.Delivery], error) {
	var none blush.List[blush.Delivery]
	p, err := p.Check()
	if err != nil {
		return none, err
	}
	w, err := s.own(ctx, c, id)
	if err != nil {
		return none, err
	}
	after := store.Newest
	if p.StartingAfter != "" {
		last, err := s.store.Delivery(ctx, p.StartingAfter)
		if blush.KindOf(err) == blush.NotFound || err == nil && last.WebhookID != w.ID {
			return none, blush.Field("starting_after must be the id of a delivery of this webhook.", "value_error", "starting_after")
		}
		if err != nil {
			return none, err
		}
		after = store.Cursor{At: last.CreatedAt, ID: last.ID}
	}
	l, err := s.store.Deliveries(ctx, w.ID, status, after, p.Limit)
	if err != nil {
		return none, err
	}
	return l, s.store.Audit(ctx, s.accounts.Audit(c, blush.WebhookDeliver, "", w.ID))
}

// ReplayRequest says which deliveries to send again: one, or those that have Status
// (empty: any) and were created from Since to Until (zero: now).
type ReplayRequest struct {
	DeliveryID   string
	Since, Until time.Time
	Status       blush.DeliveryStatus
}

// Replay sends deliveries again with the same webhook-id, at once and then with the same
// retries as the first time. For a disabled webhook the error is a Conflict. Replay returns
// how many are sent, at most MaxReplayed, and whether there are more.
func (s *Service) Replay(ctx context.Context, c blush.Caller, id string, r ReplayRequest) (n int, more bool, err error) {
	one, many := r.DeliveryID != "", !r.Since.IsZero()
	if one == many || one && (!r.Until.IsZero() || r.Status != "") {
		return 0, false, blush.Field("Give either delivery_id, or since (the time from which to replay).", "value_error")
	}
	w, err := s.own(ctx, c, id)
	if err != nil {
		return 0, false, err
	}
	if w.DisabledAt != nil {
		return 0, false, blush.E(blush.Conflict, "The webhook is disabled: enable it first.")
	}
	now := s.cfg.Now()
	entry := s.accounts.Audit(c, blush.WebhookReplay, "", w.ID)
	if one {
		delivery, err := blush.CheckID(r.DeliveryID, "delivery_id")
		if err != nil {
			return 0, false, err
		}
		return 1, false, s.store.Replay(ctx, w.ID, delivery, now, entry)
	}
	if r.Until.IsZero() {
		r.Until = now
	}
	if r.Until.Before(r.Since) {
		return 0, false, blush.Field("until must not be before since.", "value_error", "until")
	}
	return s.store.ReplayBetween(ctx, w.ID, r.Status, r.Since, r.Until, now, MaxReplayed, entry)
}

// Operator returns the caller for an operator's command about a customer's webhooks.
func Operator(c blush.Customer, env blush.Environment) blush.Caller {
	op := account.Operator()
	op.CustomerID, op.Customer, op.Environment = c.ID, c.Name, env
	return op
}
