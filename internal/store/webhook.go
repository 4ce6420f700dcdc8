package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// WebhookQueue is the queue of deliveries. It is separate from all others, so that a
// receiver that hangs does not delay a scan.
const WebhookQueue = "webhooks"

// DeliveryJob sends one delivery. It does nothing if the delivery has a later turn.
type DeliveryJob struct {
	DeliveryID string `json:"delivery_id"`
	Turn       int64  `json:"turn"`
}

// Kind names the job in the queue.
func (DeliveryJob) Kind() string { return "deliver_webhook" }

// InsertOpts gives the job its queue.
func (DeliveryJob) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: WebhookQueue} }

// HasWebhookFor says whether any webhook of a customer wants a type of event.
func (s *Store) HasWebhookFor(ctx context.Context, customerID string, env blush.Environment, t blush.EventType) (bool, error) {
	hooks, err := s.Webhooks(ctx, customerID, env)
	return slices.ContainsFunc(hooks, func(w blush.Webhook) bool { return wants(w, t) }), err
}

// wants says whether a delivery is stored for a webhook. It is for one that was disabled
// because of failures, too, so that what it missed can be replayed.
func wants(w blush.Webhook, t blush.EventType) bool {
	return w.DisabledReason != blush.DisabledByCustomer && slices.Contains(w.Events, t)
}

// Raise stores deliveries of events to the webhooks of a customer, and enqueues their
// jobs, in the transaction of ctx, which is that of the change that they report.
func (s *Store) Raise(ctx context.Context, customerID string, env blush.Environment, events ...blush.Event) error {
	return s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		rows, err := q.ListWebhooks(ctx, query.ListWebhooksParams{CustomerID: customerID, Environment: string(env)})
		if err != nil {
			return err
		}
		for _, r := range rows {
			w, err := webhook(r)
			if err != nil {
				return err
			}
			for _, e := range events {
				if !wants(w, e.Type) {
					continue
				}
				if _, err := s.deliver(ctx, q, tx, w, e); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// DeliverTo sends an event to one webhook, whichever events it wants.
func (s *Store) DeliverTo(ctx context.Context, w blush.Webhook, e blush.Event, a blush.AuditEntry) (blush.Delivery, error) {
	var d blush.Delivery
	err := s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		id, err := s.deliver(ctx, q, tx, w, e)
		if err != nil {
			return err
		}
		r, err := q.GetDelivery(ctx, id)
		if err != nil {
			return err
		}
		d = delivery(r)
		return audit(ctx, q, a)
	})
	return d, err
}

// deliver stores one delivery with its job. A delivery to a disabled webhook is stored
// as failed, and can be replayed. A test is sent even so.
func (s *Store) deliver(ctx context.Context, q *query.Queries, tx *sql.Tx, w blush.Webhook, e blush.Event) (id string, err error) {
	at := millis(e.At)
	p := query.InsertDeliveryParams{
		ID: blush.NewID(), WebhookID: w.ID, EventID: e.ID, Type: string(e.Type), At: at, ObjectID: e.ObjectID,
		Data: string(e.Data), CreatedAt: at, Status: string(blush.DeliveryPending), NextAt: &at,
	}
	if e.UserID != "" {
		p.UserID = &e.UserID
	}
	if w.Values {
		p.Sealed = e.Sealed
	}
	sent := w.DisabledAt == nil || e.Type == blush.WebhookTest
	if !sent {
		p.Status, p.NextAt, p.LastFault = string(blush.DeliveryFailed), nil, string(blush.FaultDisabled)
	}
	if err := q.InsertDelivery(ctx, p); err != nil || !sent {
		return p.ID, err
	}
	err = s.enqueue(ctx, tx, DeliveryJob{DeliveryID: p.ID})
	return p.ID, err
}

// CreateWebhook stores a webhook. The error is a Conflict if the customer already has the number most of webhooks in that environment.
func (s *Store) CreateWebhook(ctx context.Context, w blush.Webhook, most int64, a blush.AuditEntry) error {
	events, err := json.Marshal(w.Events)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		if _, err := q.LockCustomer(ctx, w.CustomerID); err != nil {
			return found(err, "Customer")
		}
		n, err := q.CountWebhooks(ctx, query.CountWebhooksParams{CustomerID: w.CustomerID, Environment: string(w.Environment)})
		if err != nil {
			return err
		}
		if n >= most {
			return blush.E(blush.Conflict, "A customer has at most %d webhooks for each of dev and live: erase one first.", most)
		}
		err = q.InsertWebhook(ctx, query.InsertWebhookParams{
			ID: w.ID, CustomerID: w.CustomerID, Environment: string(w.Environment), Url: w.URL, Description: w.Description,
			Events: string(events), WithValues: w.Values, Secret: w.Secret, CreatedAt: millis(w.CreatedAt),
			KeyID: w.KeyID,
		})
		if err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
}

// Webhook finds a webhook of any customer.
func (s *Store) Webhook(ctx context.Context, id string) (blush.Webhook, error) {
	r, err := s.q().GetWebhook(ctx, id)
	if err != nil {
		return blush.Webhook{}, found(err, "Webhook")
	}
	return webhook(r)
}

// Webhooks lists a customer's webhooks in one environment, the oldest first.
func (s *Store) Webhooks(ctx context.Context, customerID string, env blush.Environment) ([]blush.Webhook, error) {
	rows, err := s.q().ListWebhooks(ctx, query.ListWebhooksParams{CustomerID: customerID, Environment: string(env)})
	if err != nil {
		return nil, err
	}
	return webhooks(rows)
}

// WebhooksOfKey lists the enabled webhooks of a key, the oldest first.
func (s *Store) WebhooksOfKey(ctx context.Context, k blush.APIKey) ([]blush.Webhook, error) {
	rows, err := s.q().ListWebhooksOfKey(ctx, query.ListWebhooksOfKeyParams{CustomerID: k.CustomerID, KeyID: k.ID})
	if err != nil {
		return nil, err
	}
	return webhooks(rows)
}

// DisableWebhooksOfKey disables the webhooks of a key at a time, and returns them. entry
// makes the audit entry of each.
func (s *Store) DisableWebhooksOfKey(ctx context.Context, k blush.APIKey, at time.Time, entry func(webhookID string) blush.AuditEntry) ([]blush.Webhook, error) {
	var out []blush.Webhook
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		ms := millis(at)
		rows, err := q.DisableWebhooksOfKey(ctx, query.DisableWebhooksOfKeyParams{At: &ms, Why: string(blush.DisabledByCustomer), CustomerID: k.CustomerID, KeyID: k.ID})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := audit(ctx, q, entry(r.ID)); err != nil {
				return err
			}
		}
		out, err = webhooks(rows)
		return err
	})
	return out, err
}

// UpdateWebhook calls change on a webhook and stores the result, unless change fails.
func (s *Store) UpdateWebhook(ctx context.Context, id string, change func(*blush.Webhook) error, entries ...blush.AuditEntry) (blush.Webhook, error) {
	var w blush.Webhook
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) (err error) {
		if w, err = changeWebhook(ctx, q, id, change); err != nil {
			return err
		}
		for _, a := range entries {
			if err := audit(ctx, q, a); err != nil {
				return err
			}
		}
		return nil
	})
	return w, err
}

func changeWebhook(ctx context.Context, q *query.Queries, id string, change func(*blush.Webhook) error) (blush.Webhook, error) {
	r, err := q.LockWebhook(ctx, id)
	if err != nil {
		return blush.Webhook{}, found(err, "Webhook")
	}
	w, err := webhook(r)
	if err != nil {
		return w, err
	}
	if err := change(&w); err != nil {
		return w, err
	}
	events, err := json.Marshal(w.Events)
	if err != nil {
		return w, err
	}
	return w, q.UpdateWebhook(ctx, query.UpdateWebhookParams{
		ID: id, Url: w.URL, Description: w.Description, Events: string(events), WithValues: w.Values, Secret: w.Secret,
		OldSecret: w.OldSecret, OldSecretUntil: toMillisPtr(w.OldSecretUntil), DisabledAt: toMillisPtr(w.DisabledAt), DisabledWhy: string(w.DisabledReason),
		FailingSince: toMillisPtr(w.FailingSince), Failures: int64(w.Failures), PausedUntil: toMillisPtr(w.PausedUntil),
	})
}

// DeleteWebhook erases a webhook with its deliveries.
func (s *Store) DeleteWebhook(ctx context.Context, id string, a blush.AuditEntry) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := q.DeleteWebhook(ctx, id)
		if err := gone(n, err, "Webhook"); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
}

// Delivery finds a delivery to any webhook.
func (s *Store) Delivery(ctx context.Context, id string) (blush.Delivery, error) {
	r, err := s.q().GetDelivery(ctx, id)
	return delivery(r), found(err, "Delivery")
}

// DueDeliveries counts the deliveries to a webhook that could be sent at a time, up to most.
func (s *Store) DueDeliveries(ctx context.Context, webhookID string, now time.Time, most int) (int, error) {
	n, err := s.q().CountDue(ctx, query.CountDueParams{WebhookID: webhookID, Now: millis(now), Most: int32(most)})
	return int(n), err
}

// Deliveries lists the deliveries to a webhook, the newest first; an empty status means all.
func (s *Store) Deliveries(ctx context.Context, webhookID string, status blush.DeliveryStatus, after Cursor, limit int) (blush.List[blush.Delivery], error) {
	rows, err := s.q().ListDeliveries(ctx, query.ListDeliveriesParams{
		WebhookID: webhookID, Status: string(status), BeforeAt: millis(after.At), BeforeID: after.ID, PageLimit: int32(limit + 1),
	})
	out := make([]blush.Delivery, len(rows))
	for i, r := range rows {
		out[i] = delivery(r)
	}
	return page(out, limit), err
}

// EndAttempt stores how an attempt ended, and calls change on the webhook. It does
// nothing if the delivery was replayed or deleted meanwhile.
func (s *Store) EndAttempt(ctx context.Context, d blush.Delivery, change func(*blush.Webhook) error) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		var status, took *int64
		if d.LastStatus != 0 {
			n := int64(d.LastStatus)
			status = &n
		}
		if d.LastAt != nil {
			n := d.LastTook.Milliseconds()
			took = &n
		}
		n, err := q.EndAttempt(ctx, query.EndAttemptParams{
			ID: d.ID, Turn: d.Turn, Status: string(d.Status), Attempts: int64(d.Attempts), NextAt: toMillisPtr(d.NextAt),
			LastAt: toMillisPtr(d.LastAt), LastStatus: status, LastMs: took, LastFault: string(d.LastFault),
		})
		if err != nil || n == 0 {
			return err
		}
		_, err = changeWebhook(ctx, q, d.WebhookID, change)
		return err
	})
}

// Replay sends a delivery of a webhook again, at a time. The error is NotFound if there is none.
func (s *Store) Replay(ctx context.Context, webhookID, id string, at time.Time, a blush.AuditEntry) error {
	return s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		if err := s.replay(ctx, q, tx, webhookID, id, at); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
}

func (s *Store) replay(ctx context.Context, q *query.Queries, tx *sql.Tx, webhookID, id string, at time.Time) error {
	turn, err := q.ReplayDelivery(ctx, query.ReplayDeliveryParams{At: millis(at), ID: id, WebhookID: webhookID})
	if err != nil {
		return found(err, "Delivery")
	}
	err = s.enqueue(ctx, tx, DeliveryJob{DeliveryID: id, Turn: turn})
	return err
}

// ReplayBetween sends the deliveries again that have a status (empty: any ended one) and were
// created from one time to another, the oldest first, at most most of them, and no tests.
// It returns how many, and whether there are more.
func (s *Store) ReplayBetween(ctx context.Context, webhookID string, status blush.DeliveryStatus, from, to, at time.Time, most int, a blush.AuditEntry) (n int, more bool, err error) {
	err = s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		ids, err := q.DeliveriesBetween(ctx, query.DeliveriesBetweenParams{
			WebhookID: webhookID, FromAt: millis(from), ToAt: millis(to), But: string(blush.WebhookTest), Status: string(status), Most: int32(most + 1),
		})
		if err != nil {
			return err
		}
		if more = len(ids) > most; more {
			ids = ids[:most]
		}
		for _, id := range ids {
			if err := s.replay(ctx, q, tx, webhookID, id, at); err != nil {
				return err
			}
		}
		n = len(ids)
		return audit(ctx, q, a)
	})
	return n, more, err
}

// DropDeliveries deletes the deliveries that ended before a time: their last turn began and their last attempt was made before it.
func (s *Store) DropDeliveries(ctx context.Context, before time.Time) (int64, error) {
	var n int64
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) (err error) {
		n, err = q.DeleteOldDeliveries(ctx, millis(before))
		return err
	})
	return n, err
}

func webhooks(rows []query.Webhook) ([]blush.Webhook, error) {
	out := make([]blush.Webhook, 0, len(rows))
	for _, r := range rows {
		w, err := webhook(r)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func webhook(r query.Webhook) (blush.Webhook, error) {
	w := blush.Webhook{
		ID: r.ID, CustomerID: r.CustomerID, Environment: blush.Environment(r.Environment), URL: r.Url, Description: r.Description,
		Values: r.WithValues, Secret: r.Secret, OldSecret: r.OldSecret, OldSecretUntil: fromMillisPtr(r.OldSecretUntil), CreatedAt: fromMillis(r.CreatedAt),
		DisabledAt: fromMillisPtr(r.DisabledAt), DisabledReason: blush.DisabledReason(r.DisabledWhy), FailingSince: fromMillisPtr(r.FailingSince),
		Failures: int(r.Failures), PausedUntil: fromMillisPtr(r.PausedUntil), KeyID: r.KeyID,
	}
	if err := json.Unmarshal([]byte(r.Events), &w.Events); err != nil {
		return w, fmt.Errorf("events of webhook %s: %w", r.ID, err)
	}
	return w, nil
}

func delivery(r query.WebhookDelivery) blush.Delivery {
	d := blush.Delivery{
		Event: blush.Event{ID: r.EventID, Type: blush.EventType(r.Type), At: fromMillis(r.At), ObjectID: r.ObjectID, Data: json.RawMessage(r.Data), Sealed: r.Sealed},
		ID:    r.ID, WebhookID: r.WebhookID, CreatedAt: fromMillis(r.CreatedAt), Status: blush.DeliveryStatus(r.Status), Turn: r.Turn, TurnAt: fromMillis(r.TurnAt),
		Attempts: int(r.Attempts), NextAt: fromMillisPtr(r.NextAt), LastAt: fromMillisPtr(r.LastAt), LastFault: blush.DeliveryFault(r.LastFault),
	}
	if r.UserID != nil {
		d.UserID = *r.UserID
	}
	if r.LastStatus != nil {
		d.LastStatus = int(*r.LastStatus)
	}
	if r.LastMs != nil {
		d.LastTook = time.Duration(*r.LastMs) * time.Millisecond
	}
	return d
}

func toMillisPtr(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	ms := millis(*t)
	return &ms
}
