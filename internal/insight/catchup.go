package insight

import (
	"context"
	"log/slog"

	"blush.example/blush/internal/health"
)

// CatchUp computes, one user after the other, the days that another model made,
// e.g. after an upgrade, and those that were too many to be computed while
// somebody waited; users who are asking for theirs come first. It ends with ctx.
// Run it beside the server: several may, against one database.
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
			log.Error("find users whose days do not hold", "error", err)
		}
		if err != nil || len(ids) == 0 {
			break
		}
		for _, id := range ids {
			for len(s.asking) > 0 {
				again(s.next(<-s.asking))
			}
			if ctx.Err() != nil {
				return
			}
			again(id)
		}
		after = ids[len(ids)-1]
	}
	for { // whoever learns much at once, or another server, not upgraded yet, leaves behind
		select {
		case id := <-s.asking:
			again(s.next(id))
		case <-ctx.Done():
			return
		}
	}
}

// prioritise lets a user whose days are behind come first in [Service.CatchUp].
func (s *Service) prioritise(userID string) {
	if _, waits := s.waiting.LoadOrStore(userID, true); waits {
		return
	}
	select {
	case s.asking <- userID:
	default: // many are asking: who reads next asks again
		s.waiting.Delete(userID)
	}
}

// next takes a user whose turn it is: who learns more from now on asks again.
func (s *Service) next(userID string) string {
	s.waiting.Delete(userID)
	return userID
}
