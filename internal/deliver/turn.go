package deliver

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

const (
	// maxPerWebhook is how many deliveries to one webhook run at the same time. The first one to each webhook may always run, so that
	// no webhook waits for another one of its customer. Beyond these, at most maxMore of a customer run.
	maxPerWebhook, maxMore = 2, 4
	// maxWaiting is how many deliveries of one webhook, and manyWaiting how many of all, wait in memory for their turn.
	maxWaiting, manyWaiting = 64, 1000
	// A delivery that waits in the database asks for its turn again after a while. The more deliveries of its webhook wait there, the
	// longer it waits, so that all of them together ask asksPerSecond times a second. The wait is between shortestPause and
	// longestPause, varied by up to half.
	asksPerSecond               = 40
	shortestPause, longestPause = 2 * time.Second, 5 * time.Minute
)

// errEnded means that a job has nothing left to do.
var errEnded = errors.New("the delivery has ended")

// ready returns a delivery that may be sent now, and its webhook. The error is errEnded if it is not to be sent any more, and it
// snoozes the job if it is to be sent later.
func (s *Service) ready(ctx context.Context, job store.DeliveryJob) (d blush.Delivery, hook blush.Webhook, err error) {
	d, err = s.store.Delivery(ctx, job.DeliveryID)
	if blush.KindOf(err) == blush.NotFound || err == nil && (d.Turn != job.Turn || d.Status != blush.DeliveryPending) {
		return d, hook, errEnded
	}
	if err == nil {
		hook, err = s.store.Webhook(ctx, d.WebhookID)
	}
	if err != nil {
		return d, hook, err
	}
	return d, hook, s.notNow(ctx, d, hook, s.cfg.Now())
}

// turn waits until a delivery to a webhook may be sent, because few enough others to the webhook, of its customer and of this
// process are being sent. The caller calls leave afterwards. If the turn does not come soon, the error snoozes the job.
func (s *Service) turn(ctx context.Context, hook blush.Webhook) (leave func(), err error) {
	patient, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	var entered []string
	leave = func() {
		for _, name := range slices.Backward(entered) { // so that the next delivery of this webhook also finds a free place of its customer
			s.sending.Leave(name)
		}
	}
	enter := func(name string, most, waiting int) bool {
		if !s.sending.Enter(patient, name, most, waiting) {
			return false
		}
		entered = append(entered, name)
		return true
	}
	if enter(hook.ID, maxPerWebhook, maxWaiting) && (enter("first of "+hook.ID, 1, 0) || enter(hook.CustomerID, maxMore, manyWaiting)) &&
		enter("", s.cfg.Workers, manyWaiting) {
		return leave, nil
	}
	leave()
	n, err := s.store.DueDeliveries(ctx, hook.ID, s.cfg.Now(), asksPerSecond*int(longestPause/time.Second))
	if err != nil {
		return nil, err
	}
	return nil, river.JobSnooze(inLine(n))
}

// notNow returns an error if a delivery must not be sent now. If its webhook is disabled, it ends the delivery and returns errEnded.
// If the delivery must wait, the error snoozes the job.
func (s *Service) notNow(ctx context.Context, d blush.Delivery, hook blush.Webhook, now time.Time) error {
	if d.Type == blush.WebhookTest {
		return nil
	}
	wait := s.wait(d, hook, now)
	if hook.DisabledAt == nil {
		if wait > 0 {
			return river.JobSnooze(wait)
		}
		return nil
	}
	d.Status, d.NextAt, d.LastFault = blush.DeliveryFailed, nil, blush.FaultDisabled
	if err := s.store.EndAttempt(ctx, d, func(*blush.Webhook) error { return nil }); err != nil {
		return err
	}
	s.cfg.Attempted(d)
	return errEnded
}

// wait is how long a delivery still has to wait.
func (s *Service) wait(d blush.Delivery, hook blush.Webhook, now time.Time) time.Duration {
	var wait time.Duration
	if d.NextAt != nil {
		wait = d.NextAt.Sub(now)
	}
	if hook.PausedUntil != nil && hook.PausedUntil.After(now) {
		pause := hook.PausedUntil.Sub(now)
		wait = max(wait, pause+jitter(0, max(time.Second, pause/4))) // thousands that waited do not start in the same second
	}
	return wait
}

// inLine is how long one of the due deliveries of a webhook waits in the database before it asks again. So thousands of
// deliveries to a slow receiver hold up no other webhook.
func inLine(due int) time.Duration {
	wait := min(max(time.Duration(due)*time.Second/asksPerSecond, shortestPause), longestPause)
	return jitter(wait/2, wait*3/2)
}
