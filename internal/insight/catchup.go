package insight

import (
	"context"
	"log/slog"

	"blush.example/blush/internal/health"
)

// CatchUp computes again, one user after the other, the days that another model
// made, e.g. after an upgrade; users who are asking for theirs come first. It
// ends with ctx. Run it beside the server: several may, against one database.
func (s *Service) CatchUp(ctx context.Context, log *slog.Logger) {
	again := func(id string) {
		if _, err := s.recompute(ctx, id); err != nil && ctx.Err() == nil {
			log.Error("compute the days of a user again", "user", id, "error", err)
		}
	}
	after := ""
	for ctx.Err() == nil {
		ids, err := s.store.UsersBehind(ctx, health.ModelVersion(), after, 500)
		if err != nil && ctx.Err() == nil {
			log.Error("find users whose days another model made", "error", err)
		}
		if err != nil || len(ids) == 0 {
			break
		}
		for _, id := range ids {
			for len(s.asking) > 0 {
				again(<-s.asking)
			}
			if ctx.Err() != nil {
				return
			}
			again(id)
		}
		after = ids[len(ids)-1]
	}
	for { // whoever another server, not upgraded yet, leaves behind
		select {
		case id := <-s.asking:
			again(id)
		case <-ctx.Done():
			return
		}
	}
}

// hurry lets a user whose days are behind come first in [Service.CatchUp].
func (s *Service) hurry(userID string) {
	select {
	case s.asking <- userID:
	default: // many are asking: the user's turn comes anyway
	}
}
