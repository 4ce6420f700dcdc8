package insight

import (
	"cmp"
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
	none := map[string]Around{}
	if c.OneScanOnly() {
		return none, nil
	}
	scans = slices.DeleteFunc(slices.Clone(scans), func(sc blush.Scan) bool { return sc.Status != blush.Done })
	if len(scans) == 0 {
		return none, nil
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
	return stood(h, progress.Progress, readings, end, scans), nil
}

// AroundNew returns how a user stands with a scan that has a result and is about to be stored, as [Service.Around] will say
// once it is; nil for a token that is told nothing of it.
func (s *Service) AroundNew(ctx context.Context, c blush.Caller, u blush.User, sc blush.Scan) (*Around, error) {
	if c.OneScanOnly() {
		return nil, nil
	}
	now := s.now()
	j, _, err := s.journey(ctx, u)
	if err != nil {
		return nil, err
	}
	sc.CreatedAt = sc.CreatedAt.Truncate(time.Millisecond).UTC() // as it is stored
	end, err := s.standsUntil(ctx, u.ID, sc.CreatedAt, now)
	if err != nil {
		return nil, err
	}
	l, err := s.readLearnt(ctx, u.ID, time.UnixMilli(0))
	if err != nil {
		return nil, err
	}
	point := *sc.Point
	point.At = sc.CreatedAt
	i, _ := slices.BinarySearchFunc(l.points, point.At, func(p blush.ScanPoint, at time.Time) int { return cmp.Or(p.At.Compare(at), -1) })
	l.points = slices.Insert(l.points, i, point)
	progress := j.Progress(l.history(u, time.UnixMilli(0), now, true), now)
	readings := between(l.readings, func(r blush.Reading) time.Time { return r.MeasuredAt }, sc.CreatedAt.Add(-health.CuffMemory()), end)
	around := stood(l.history(u, sc.CreatedAt.Add(-health.Memory()), end, false), progress, readings, end, []blush.Scan{sc})[sc.ID]
	return &around, nil
}

// stood works out how a user stood with scans, the oldest first, of which the last one counts until end.
func stood(h health.History, progress health.Progress, readings []blush.Reading, end time.Time, scans []blush.Scan) map[string]Around {
	out := map[string]Around{}
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
		a.Insights = health.Compute(then, a.UpdatedAt).Lock(progress)
		for k, r := range readings {
			if !r.MeasuredAt.After(a.UpdatedAt) && a.UpdatedAt.Sub(r.MeasuredAt) <= health.CuffMemory() {
				a.Cuff = &readings[k] // the oldest comes first
			}
		}
		out[sc.ID] = a
	}
	return out
}
