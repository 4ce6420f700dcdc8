package insight

import (
	"context"
	"time"

	"blush/internal/blush"
	"blush/internal/health"
)

// Around is how a person stood with a scan: with all that was learnt up to the
// next one. It does not change once there is a next one, unless something
// older is learnt.
type Around struct {
	health.Insights
	// UpdatedAt is the newest time of what it comes from, in its own time zone.
	UpdatedAt time.Time
	// Cuff is the newest reading that counted, nil without one.
	Cuff *blush.Reading
}

// Around returns, for scans of one user, how the person stood with each that has a result, by its id. The
// caller has been let to those scans already.
func (s *Service) Around(ctx context.Context, scans ...blush.Scan) (map[string]Around, error) {
	out := map[string]Around{}
	var progress health.Progress
	var u blush.User
	for _, sc := range scans {
		if sc.Status != blush.Done {
			continue
		}
		if u.ID == "" {
			var err error
			if u, err = s.store.UserByID(ctx, sc.UserID); err != nil {
				return nil, err
			}
			if progress, err = s.refresh(ctx, u, false); err != nil {
				return nil, err
			}
		}
		until, err := s.standsUntil(ctx, u.ID, sc.CreatedAt, s.now())
		if err != nil {
			return nil, err
		}
		h, err := s.recent(ctx, u, until)
		if err != nil {
			return nil, err
		}
		a := Around{UpdatedAt: sc.CreatedAt.In(location(sc.Timezone))}
		if at, ok := newest(h); ok && at.After(a.UpdatedAt) {
			a.UpdatedAt = at
		}
		a.Insights = health.Compute(h, a.UpdatedAt).Lock(progress)
		if a.Cuff, err = s.cuff(ctx, u.ID, a.UpdatedAt); err != nil {
			return nil, err
		}
		out[sc.ID] = a
	}
	return out, nil
}
