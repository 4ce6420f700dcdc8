// Package deliver notifies customers' servers of events, by webhooks that follow
// the Standard Webhooks specification 1.0.0.
//
// An event is stored as a delivery and its job, in the same transaction as the
// change that it reports ([store.Store.Raise]): neither exists without the other.
// This package works on the jobs. A delivery is tried for three days and arrives
// at least once. A receiver recognises a second copy by its webhook-id.
//
// The log of deliveries contains no personal data. It contains ids and, for
// customers who want values, the encrypted values until the person, the scan or
// the reading is erased. Responses of receivers are not stored.
package deliver

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/limit"
	"blush.example/blush/internal/store"
)

// Config says how webhooks are sent. Zero values mean the defaults.
type Config struct {
	Now func() time.Time
	Log *slog.Logger
	// Networks may be sent to though they are private.
	Networks []netip.Prefix
	// RootCAs certify receivers, and Resolver finds them; default the system's.
	RootCAs  *x509.CertPool
	Resolver *net.Resolver
	// Workers is how many deliveries this process sends at once; default 16.
	Workers int
	// Timeout bounds one attempt; default 15 s.
	Timeout time.Duration
	// Delays are the times between attempts, the last of them repeated; see [DefaultDelays].
	Delays []time.Duration
	// Attempted is called after each attempt at a delivery, and when a delivery ends without one because its webhook was disabled.
	Attempted func(blush.Delivery)
}

// DefaultDelays grow to a day: with [GiveUp] there are eleven attempts.
var DefaultDelays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour,
}

const (
	// GiveUp is when the last attempt is made after the first.
	GiveUp = 72 * time.Hour
	// disableAfter is how long nothing arrives at a webhook until it is disabled:
	// the last attempt of the first delivery that failed is a little later.
	disableAfter = GiveUp - time.Hour
	// KeepDeliveries is how long a delivery that has ended stays in the log.
	KeepDeliveries = 30 * 24 * time.Hour
	// Overlap is how long the secret before signs too after a rotation, unless the caller says otherwise.
	Overlap = 24 * time.Hour

	// atOnce and customerAtOnce bound what is sent at once to one webhook and to one customer's.
	atOnce, customerAtOnce = 2, 4
	sweepInterval          = time.Hour
	// secretPause is how long a delivery waits that no server has the secret for.
	secretPause = time.Minute
	// jobGrace is what a job has beyond the attempt to write down how that ended.
	jobGrace = 30 * time.Second
)

// pauses are how long nothing is sent to a webhook after so many attempts
// without an answer: a server that hangs must not hold up many deliveries at once.
var pauses = []time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// Service keeps webhooks and sends what they are told.
type Service struct {
	store    *store.Store
	accounts *account.Service
	secrets  *account.Secrets
	cfg      Config
	sender   *sender
	sending  limit.Counter

	stop    context.CancelFunc
	sweeper sync.WaitGroup
}

// New makes the service. Its [Service.Share] of the work is done once jobs are started with it.
func New(st *store.Store, accounts *account.Service, secrets *account.Secrets, cfg Config) *Service {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Workers == 0 {
		cfg.Workers = 16
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 15 * time.Second
	}
	if cfg.Delays == nil {
		cfg.Delays = DefaultDelays
	}
	if cfg.Attempted == nil {
		cfg.Attempted = func(blush.Delivery) {}
	}
	return &Service{store: st, accounts: accounts, secrets: secrets, cfg: cfg, sender: newSender(cfg)}
}

// Share is the sending of deliveries, for the jobs of a process.
func (s *Service) Share() store.Share {
	return store.Share{Queue: store.WebhookQueue, Workers: s.cfg.Workers, Add: func(w *river.Workers) { river.AddWorker(w, &worker{deliver: s}) }}
}

// Start begins to drop what has been in the log for long, until Stop.
func (s *Service) Start(ctx context.Context) {
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.sweeper.Go(func() {
		tick := time.NewTicker(sweepInterval)
		defer tick.Stop()
		for {
			if _, err := s.store.DropDeliveries(ctx, s.cfg.Now().Add(-KeepDeliveries)); err != nil && ctx.Err() == nil {
				s.cfg.Log.Warn("drop old deliveries of webhooks", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
}

// Stop ends what Start began.
func (s *Service) Stop() {
	if s.stop != nil {
		s.stop()
		s.sweeper.Wait()
	}
	s.sender.client.CloseIdleConnections()
}

// worker sends deliveries.
type worker struct {
	river.WorkerDefaults[store.DeliveryJob]
	deliver *Service
}

// Timeout bounds one attempt and what is written about it.
func (w *worker) Timeout(*river.Job[store.DeliveryJob]) time.Duration {
	return w.deliver.cfg.Timeout + jobGrace
}

// Work makes one attempt, and comes back for the next.
func (w *worker) Work(ctx context.Context, job *river.Job[store.DeliveryJob]) error {
	s := w.deliver
	d, err := s.store.Delivery(ctx, job.Args.DeliveryID)
	if blush.KindOf(err) == blush.NotFound || err == nil && (d.Turn != job.Args.Turn || d.Status != blush.DeliveryPending) {
		return nil
	}
	if err != nil {
		return err
	}
	hook, err := s.store.Webhook(ctx, d.WebhookID)
	if err != nil {
		return err
	}
	now := s.cfg.Now()
	if d.Type != blush.WebhookTest {
		switch wait := s.wait(d, hook, now); {
		case hook.DisabledAt != nil:
			d.Status, d.NextAt, d.LastFault = blush.DeliveryFailed, nil, blush.FaultDisabled
			if err := s.store.EndAttempt(ctx, d, func(*blush.Webhook) error { return nil }); err != nil {
				return err
			}
			s.cfg.Attempted(d)
			return nil
		case wait > 0:
			return river.JobSnooze(wait)
		}
	}
	if !s.sending.Enter(hook.ID, atOnce) {
		return river.JobSnooze(someTime(time.Second, 5*time.Second))
	}
	defer s.sending.Leave(hook.ID)
	if !s.sending.Enter(hook.CustomerID, customerAtOnce) {
		return river.JobSnooze(someTime(time.Second, 5*time.Second))
	}
	defer s.sending.Leave(hook.CustomerID)
	body, secrets, err := s.sealed(ctx, d, hook, now)
	if errors.Is(err, account.ErrOtherSecret) {
		s.cfg.Log.Error("a webhook waits for the secret that it was sealed with", "error", err)
		return river.JobSnooze(secretPause)
	}
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Blush"}}
	sign(header, d.Event.ID, now, body, secrets...)
	out := s.sender.send(ctx, hook.URL, header, body)
	if errors.Is(ctx.Err(), context.Canceled) { // the server stops: whatever came of it, it is sent again
		return river.JobSnooze(0)
	}
	ended := s.cfg.Now()
	d.Attempts++
	d.LastAt, d.LastTook, d.LastStatus, d.LastFault = &now, ended.Sub(now), out.status, out.fault
	s.next(&d, out, ended)
	if out.fault != "" {
		s.cfg.Log.Info("webhook not delivered", "delivery", d.ID, "webhook", hook.ID, "attempt", d.Attempts, "fault", string(out.fault), "status", out.status, "given_up", d.Status == blush.DeliveryFailed)
	}
	if err := s.store.EndAttempt(ctx, d, func(hook *blush.Webhook) error { follow(hook, d, out, ended); return nil }); err != nil {
		return err
	}
	s.cfg.Attempted(d)
	if d.Status == blush.DeliveryPending {
		return river.JobSnooze(d.NextAt.Sub(ended))
	}
	return nil
}

// wait is how long a delivery has to wait for its turn.
func (s *Service) wait(d blush.Delivery, hook blush.Webhook, now time.Time) time.Duration {
	var wait time.Duration
	if d.NextAt != nil {
		wait = d.NextAt.Sub(now)
	}
	if hook.PausedUntil != nil && hook.PausedUntil.After(now) {
		wait = max(wait, hook.PausedUntil.Sub(now)+someTime(0, time.Second))
	}
	return wait
}

// next decides what becomes of a delivery after an attempt.
func (s *Service) next(d *blush.Delivery, out outcome, now time.Time) {
	last := d.TurnAt.Add(GiveUp)
	switch {
	case out.fault == "":
		d.Status, d.NextAt = blush.Delivered, nil
	case out.status == http.StatusGone, d.Type == blush.WebhookTest, !now.Before(last):
		d.Status, d.NextAt = blush.DeliveryFailed, nil
	default:
		delay := s.cfg.Delays[min(d.Attempts, len(s.cfg.Delays))-1]
		at := now.Add(max(someTime(delay*9/10, delay*11/10), out.retryAfter))
		if at.After(last) {
			at = last
		}
		d.NextAt = &at
	}
}

// follow says what an attempt means for its webhook. A test says nothing.
func follow(hook *blush.Webhook, d blush.Delivery, out outcome, now time.Time) {
	if d.Type == blush.WebhookTest {
		return
	}
	if out.fault == "" {
		hook.FailingSince, hook.Failures, hook.PausedUntil = nil, 0, nil
		return
	}
	if hook.FailingSince == nil {
		hook.FailingSince = &now
	}
	switch {
	case hook.DisabledAt != nil:
	case out.status == http.StatusGone:
		hook.DisabledAt, hook.DisabledWhy = &now, blush.DisabledGone
	case d.Status == blush.DeliveryFailed && now.Sub(*hook.FailingSince) >= disableAfter:
		hook.DisabledAt, hook.DisabledWhy = &now, blush.DisabledFailing
	}
	switch out.status {
	case 0, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		hook.Failures++
		until := now.Add(max(pauses[min(hook.Failures, len(pauses))-1], out.retryAfter))
		hook.PausedUntil = &until
	default:
		hook.Failures, hook.PausedUntil = 0, nil
	}
}

// message is the body of a webhook.
type message struct {
	Type      blush.EventType `json:"type"`
	Timestamp string          `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// sealed makes the body of a delivery and opens the secrets that sign it.
func (s *Service) sealed(ctx context.Context, d blush.Delivery, hook blush.Webhook, now time.Time) (body []byte, secrets [][]byte, err error) {
	open := func(sealed []byte, purpose string) ([]byte, error) {
		text, err := s.secrets.Open(sealed, purpose)
		if errors.Is(err, account.ErrSealed) {
			err = errors.Join(s.accounts.CheckSecret(ctx), err)
		}
		return text, err
	}
	data := d.Data
	if d.Sealed != nil && hook.Values {
		values, err := open(d.Sealed, account.ValuesPurpose(d.Event.ID))
		if err != nil {
			return nil, nil, err
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(d.Data, &fields); err != nil {
			return nil, nil, fmt.Errorf("delivery %s: %w", d.ID, err)
		}
		fields["values"] = values
		if data, err = json.Marshal(fields); err != nil {
			return nil, nil, fmt.Errorf("delivery %s: %w", d.ID, err)
		}
	}
	if body, err = json.Marshal(message{d.Type, d.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"), data}); err != nil {
		return nil, nil, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	key, err := open(hook.Secret, secretPurpose(hook.ID))
	if err != nil {
		return nil, nil, err
	}
	secrets = [][]byte{key}
	if hook.OldSecret != nil && hook.OldSecretUntil != nil && now.Before(*hook.OldSecretUntil) {
		if key, err = open(hook.OldSecret, secretPurpose(hook.ID)); err != nil {
			return nil, nil, err
		}
		secrets = append(secrets, key)
	}
	return body, secrets, nil
}

// secretPurpose is what the secrets of a webhook are sealed for.
func secretPurpose(webhookID string) string { return "webhook secret " + webhookID }

// someTime is anything from least to most, so that what failed together does not come back together.
func someTime(least, most time.Duration) time.Duration {
	return least + rand.N(most-least+1) //nolint:gosec // no secret
}
