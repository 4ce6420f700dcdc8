package insight

import (
	"context"
	"slices"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
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

// Around returns, for scans of one user, how the person stood with each that has
// a result, by the scan's id. The caller has been let to those scans already; a
// token of the scan page or a results page is for the scan, and not for how the person stands.
func (s *Service) Around(ctx context.Context, c blush.Caller, scans ...blush.Scan) (map[string]Around, error) {
	out := map[string]Around{}
	if c.OneVisit() {
		return out, nil
	}
	scans = slices.DeleteFunc(slices.Clone(scans), func(sc blush.Scan) bool { return sc.Status != blush.Done })
	if len(scans) == 0 {
		return out, nil
	}
	slices.SortFunc(scans, func(a, b blush.Scan) int { return a.CreatedAt.Compare(b.CreatedAt) })
	first, last := scans[0], scans[len(scans)-1]
	u, err := s.store.UserByID(ctx, last.UserID)
	if err != nil {
		return nil, err
	}
	progress, err := s.refresh(ctx, u, atOnce)
	if err != nil {
		return nil, err
	}
	end, err := s.standsUntil(ctx, u.ID, last.CreatedAt, s.now())
	if err != nil {
		return nil, err
	}
	h, err := s.history(ctx, u, first.CreatedAt.Add(-health.Memory()), end, len(scans) > 1)
	if err != nil {
		return nil, err
	}
	readings, err := s.store.ReadingsBetween(ctx, u.ID, first.CreatedAt.Add(-health.CuffMemory()), end)
	if err != nil {
		return nil, err
	}
	w := newWalk(h)
	for i, sc := range scans {
		until := end
		if i+1 < len(scans) {
			until = scans[i+1].CreatedAt.Add(-time.Millisecond)
		}
		then := w.to(until)
		a := Around{UpdatedAt: sc.CreatedAt.In(location(sc.Timezone))}
		if at, ok := newest(then); ok && at.After(a.UpdatedAt) {
			a.UpdatedAt = at
		}
		a.Insights = health.Compute(then, a.UpdatedAt).Lock(progress.Progress)
		for k, r := range readings {
			if !r.MeasuredAt.After(a.UpdatedAt) && a.UpdatedAt.Sub(r.MeasuredAt) <= health.CuffMemory() {
				a.Cuff = &readings[k] // the oldest comes first
			}
		}
		out[sc.ID] = a
	}
	return out, nil
}
