package insight

import (
	"context"
	"log/slog"

	"blush.example/blush/internal/health"
)

// CatchUp computes, one user after another, the days that are of another version of the
// model, e.g. after an upgrade, and those that were too many to compute within a
// request. Users whose insights are being requested come first. It ends with ctx. Run it
// in the background of the server. Several servers may run it on one database.
func (s *Service) CatchUp(ctx context.Context, log *slog.Logger) {
	again := func(id string) {
		if _, err := s.compute(ctx, id, toTheEnd); err != nil && ctx.Err() == nil {
			log.Error("compute the days of a user", "user", id, "error", err)
		}
	}
	after := ""
	for ctx.Err() == nil {
		ids, err := s.store.UsersBehind(ctx, health.ModelVersion(), after, 500)
		if err != nil && ctx.Err() == nil {
			log.Error("find users whose days are not current", "error", err)
		}
		if err != nil || len(ids) == 0 {
			break
		}
		for _, id := range ids {
			for len(s.queue) > 0 {
				again(s.next(<-s.queue))
			}
			if ctx.Err() != nil {
				return
			}
			again(id)
		}
		after = ids[len(ids)-1]
	}
	for { // later, many days can become stale at once, or another server that is not upgraded yet can store days of the older model
		select {
		case id := <-s.queue:
			again(s.next(id))
		case <-ctx.Done():
			return
		}
	}
}

// prioritise makes [Service.CatchUp] compute the days of a user first.
func (s *Service) prioritise(userID string) {
	if _, waits := s.queued.LoadOrStore(userID, true); waits {
		return
	}
	select {
	case s.queue <- userID:
	default: // the queue is full: the next request prioritises the user again
		s.queued.Delete(userID)
	}
}

// next removes a prioritised user from the queue, so that later requests can prioritise the user again.
func (s *Service) next(userID string) string {
	s.queued.Delete(userID)
	return userID
}
