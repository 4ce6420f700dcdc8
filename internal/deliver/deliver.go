// Package deliver notifies customers' servers of events, by webhooks that follow
// the Standard Webhooks specification 1.0.0.
//
// An event is stored as a delivery and its job, in the same transaction as the
// change that it reports ([store.Store.Raise]): neither exists without the other.
// This package works on the jobs. A delivery is tried for three days. It may arrive
// more than once: a receiver recognises a second copy by its webhook-id.
//
// The log of deliveries contains no personal data. It contains ids and, for
// customers who want values, the encrypted values until the person, the scan or
// the reading is erased. Responses of receivers are not stored.
package deliver

import (
	"bytes"
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
	// Networks are private networks to which webhooks may be sent.
	Networks []netip.Prefix
	// RootCAs verify the receivers' certificates, and Resolver resolves their names; default the system's.
	RootCAs  *x509.CertPool
	Resolver *net.Resolver
	// Workers is how many deliveries this process sends at the same time; default 256.
	Workers int
	// Patience is how long a delivery whose turn has not come waits in memory, before it waits in the database; default 3 s.
	Patience time.Duration
	// Timeout is the longest time for one attempt; default 15 s. ConnectTimeout is the longest time for its connection, and again
	// for the TLS handshake; default 5 s.
	Timeout, ConnectTimeout time.Duration
	// Delays are the times between attempts. The last one is repeated. Default [DefaultDelays].
	Delays []time.Duration
	// Attempted is called after each attempt at a delivery, and when a delivery ends without one because its webhook was disabled.
	Attempted func(blush.Delivery)
}

// DefaultDelays grow to 20 hours. Until [GiveUp] they allow for eleven attempts.
var DefaultDelays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour,
}

const (
	// GiveUp is how long after the first attempt the last one is made.
	GiveUp = 72 * time.Hour
	// disableAfter is how long a webhook has failed when it is disabled. It is a little less
	// than GiveUp, so that the last attempt of the first failed delivery disables the webhook.
	disableAfter = GiveUp - time.Hour
	// KeepDeliveries is how long a finished delivery stays in the log.
	KeepDeliveries = 30 * 24 * time.Hour
	// Overlap is how long the old secret also signs after a rotation, unless the caller says otherwise.
	Overlap = 24 * time.Hour

	sweepInterval = time.Hour
	// secretPause is how long a delivery waits if this server has another master secret than the database.
	secretPause = time.Minute
	// jobGrace is the time that a job has after the attempt, to store its outcome.
	jobGrace = 30 * time.Second
)

// pauses are how long nothing is sent to a webhook after one, two, three … attempts
// without a response: a receiver that hangs must not occupy many workers.
var pauses = []time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// Service manages webhooks and sends their deliveries.
type Service struct {
	store    *store.Store
	accounts *account.Service
	secrets  *account.Secrets
	cfg      Config
	sender   *sender
	sending  limit.Limiter

	stop    context.CancelFunc
	sweeper sync.WaitGroup
}

// New makes the service. It sends deliveries once jobs are started with its [Service.Queue].
func New(st *store.Store, accounts *account.Service, secrets *account.Secrets, cfg Config) *Service {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Workers == 0 {
		cfg.Workers = 256
	}
	if cfg.Patience == 0 {
		cfg.Patience = 3 * time.Second
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 15 * time.Second
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	if cfg.Delays == nil {
		cfg.Delays = DefaultDelays
	}
	if cfg.Attempted == nil {
		cfg.Attempted = func(blush.Delivery) {}
	}
	return &Service{store: st, accounts: accounts, secrets: secrets, cfg: cfg, sender: newSender(cfg)}
}

// Queue returns the queue whose jobs send the deliveries.
func (s *Service) Queue() store.Queue {
	return store.Queue{Name: store.WebhookQueue, Workers: s.cfg.Workers + manyWaiting, Add: func(w *river.Workers) { river.AddWorker(w, &worker{deliver: s}) }}
}

// Start deletes old deliveries from the log, from time to time until Stop.
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

// Stop ends the work of Start.
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

// Timeout is the longest time for waiting in memory, for one attempt and for storing its outcome.
func (w *worker) Timeout(*river.Job[store.DeliveryJob]) time.Duration {
	return w.deliver.cfg.Patience + w.deliver.cfg.Timeout + jobGrace
}

// Work makes one attempt, and snoozes the job until the next one.
func (w *worker) Work(ctx context.Context, job *river.Job[store.DeliveryJob]) error {
	err := w.deliver.work(ctx, job.Args)
	if errors.Is(err, errEnded) {
		return nil
	}
	return err
}

func (s *Service) work(ctx context.Context, job store.DeliveryJob) error {
	_, hook, err := s.ready(ctx, job)
	if err != nil {
		return err
	}
	leave, err := s.turn(ctx, hook)
	if err != nil {
		return err
	}
	defer leave()
	d, hook, err := s.ready(ctx, job) // as they are after the wait
	if err != nil {
		return err
	}
	return s.attempt(ctx, d, hook, s.cfg.Now())
}

// attempt sends a delivery and stores the outcome. The error snoozes the job if it has to run again.
func (s *Service) attempt(ctx context.Context, d blush.Delivery, hook blush.Webhook, now time.Time) error {
	body, secrets, err := s.bodyAndSecrets(ctx, d, hook, now)
	if errors.Is(err, account.ErrOtherSecret) {
		s.cfg.Log.Error("a webhook waits: it was sealed with another master secret", "error", err)
		return river.JobSnooze(secretPause)
	}
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Blush"}}
	sign(header, d.Event.ID, now, body, secrets...)
	out, err := s.sender.send(ctx, hook.URL, header, body, func(ctx context.Context) error { return s.unchanged(ctx, d, hook) })
	// If the server is stopping, the delivery is sent again, whatever the outcome.
	if errors.Is(ctx.Err(), context.Canceled) || errors.Is(err, errChanged) {
		return river.JobSnooze(0)
	}
	if err != nil {
		return err
	}
	ended := s.cfg.Now()
	d.Attempts++
	d.LastAt, d.LastTook, d.LastStatus, d.LastFault = &now, ended.Sub(now), out.status, out.fault
	s.schedule(&d, out, ended)
	if out.fault != "" {
		s.cfg.Log.Info("webhook not delivered", "delivery", d.ID, "webhook", hook.ID, "attempt", d.Attempts, "fault", string(out.fault), "status", out.status, "given_up", d.Status == blush.DeliveryFailed)
	}
	err = s.store.EndAttempt(ctx, d, func(w *blush.Webhook) error {
		if w.URL == hook.URL { // otherwise the outcome says nothing about where it sends now
			updateWebhook(w, d, out, ended)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.cfg.Attempted(d)
	if d.Status == blush.DeliveryPending {
		return river.JobSnooze(d.NextAt.Sub(ended))
	}
	return nil
}

// errChanged means that a delivery or its webhook changed between the time when they were read and the time when the connection was made.
var errChanged = errors.New("the delivery or its webhook changed")

// unchanged returns an error if a delivery must not be sent as it was read: because it or its user, scan or webhook was erased
// since then, it was replayed, or its webhook was changed. A connection can take seconds.
func (s *Service) unchanged(ctx context.Context, d blush.Delivery, hook blush.Webhook) error {
	again, err := s.store.Delivery(ctx, d.ID)
	var now blush.Webhook
	if err == nil {
		now, err = s.store.Webhook(ctx, hook.ID)
	}
	switch {
	case blush.KindOf(err) == blush.NotFound:
		return errChanged
	case err != nil:
		return err
	}
	if again.Turn != d.Turn || again.Status != d.Status || (again.Sealed == nil) != (d.Sealed == nil) ||
		now.URL != hook.URL || now.Values != hook.Values || (now.DisabledAt == nil) != (hook.DisabledAt == nil) ||
		!bytes.Equal(now.Secret, hook.Secret) || !bytes.Equal(now.OldSecret, hook.OldSecret) {
		return errChanged
	}
	return nil
}

// schedule decides after an attempt whether a delivery has ended, or when it is tried again.
func (s *Service) schedule(d *blush.Delivery, out outcome, now time.Time) {
	last := d.TurnAt.Add(GiveUp)
	switch {
	case out.fault == "":
		d.Status, d.NextAt = blush.Delivered, nil
	case out.status == http.StatusGone, d.Type == blush.WebhookTest, !now.Before(last):
		d.Status, d.NextAt = blush.DeliveryFailed, nil
	default:
		delay := s.cfg.Delays[min(d.Attempts, len(s.cfg.Delays))-1]
		at := now.Add(max(jitter(delay*9/10, delay*11/10), out.retryAfter))
		if at.After(last) {
			at = last
		}
		d.NextAt = &at
	}
}

// updateWebhook updates the failures of a webhook after an attempt, and disables it if it keeps failing. A test changes nothing.
func updateWebhook(hook *blush.Webhook, d blush.Delivery, out outcome, now time.Time) {
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
		hook.DisabledAt, hook.DisabledReason = &now, blush.DisabledGone
	case d.Status == blush.DeliveryFailed && now.Sub(*hook.FailingSince) >= disableAfter:
		hook.DisabledAt, hook.DisabledReason = &now, blush.DisabledFailing
	}
	switch out.status {
	case 0, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if hook.PausedUntil == nil || !hook.PausedUntil.After(*d.LastAt) { // attempts at the same time fail as one
			hook.Failures++
		}
		until := now.Add(max(pauses[min(hook.Failures, len(pauses))-1], out.retryAfter))
		if hook.PausedUntil == nil || until.After(*hook.PausedUntil) {
			hook.PausedUntil = &until
		}
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

// bodyAndSecrets makes the body of a delivery and opens the secrets that sign it.
func (s *Service) bodyAndSecrets(ctx context.Context, d blush.Delivery, hook blush.Webhook, now time.Time) (body []byte, secrets [][]byte, err error) {
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
	if body, err = json.Marshal(message{d.Type, blush.Instant(d.At), data}); err != nil {
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

// secretPurpose is the place that the secrets of a webhook are sealed for.
func secretPurpose(webhookID string) string { return "webhook secret " + webhookID }

// jitter draws a time from least to most, so that deliveries that failed together are not tried again together.
func jitter(least, most time.Duration) time.Duration {
	return least + rand.N(most-least+1) //nolint:gosec // no secret
}
