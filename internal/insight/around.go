package insight

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// Around has a person's insights at one scan, from all data up to the next scan. Once
// there is a next scan, it changes only if older data is added or erased.
type Around struct {
	health.Insights
	// UpdatedAt is the time of the newest data behind it, in that data's time zone.
	UpdatedAt time.Time
	// Cuff is the newest reading that counted; nil if there was none.
	Cuff *blush.Reading

	data *personData // with a scan that is about to be stored; set by AroundNew
}

// Around returns the [Around] of each of a user's scans that has a result, by the scan's
// id. The caller must be allowed to read those scans. For a token of the scan page or a
// results page it returns nothing, because such a token is only for the scan itself.
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
	st, err := s.store.InsightState(ctx, last.UserID)
	if err != nil {
		return nil, err
	}
	u := st.User
	progress, err := s.refreshFrom(ctx, st, atOnce, nil)
	if err != nil {
		return nil, err
	}
	l, err := s.cache.of(ctx, s, u.ID, progress.revision, first.CreatedAt.Add(-lookback()))
	if err != nil {
		return nil, err
	}
	return l.around(u, progress.Progress, l.newestUntil(last.CreatedAt, s.now()), scans), nil
}

// AroundNew returns what [Service.Around] will return for a scan with a result that is about to be stored; nil for a token of
// the scan page or a results page.
func (s *Service) AroundNew(ctx context.Context, c blush.Caller, u blush.User, sc blush.Scan) (*Around, error) {
	if c.OneScanOnly() {
		return nil, nil
	}
	now := s.now()
	st, err := s.store.InsightState(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	j, _, err := journey(u, st.OwnJourney)
	if err != nil {
		return nil, err
	}
	l, err := s.readData(ctx, u.ID, time.UnixMilli(0))
	if err != nil {
		return nil, err
	}
	l.revision = st.Revision + 1                                 // as the scan raises it, if nothing else does
	sc.CreatedAt = sc.CreatedAt.Truncate(time.Millisecond).UTC() // as it is stored
	point := *sc.Point
	point.At = sc.CreatedAt
	i, _ := slices.BinarySearchFunc(l.points, point.At, func(p blush.ScanPoint, at time.Time) int { return cmp.Or(p.At.Compare(at), -1) })
	l.points = slices.Insert(l.points, i, point)
	progress := j.Progress(l.history(u, l.from, now, true), now)
	around := l.around(u, progress, l.newestUntil(sc.CreatedAt, now), []blush.Scan{sc})[sc.ID]
	around.data = l
	return &around, nil
}

// aroundKey has everything that an [Around] depends on besides the data.
type aroundKey struct {
	scanID                           string
	birthDate, sex, language, locked string
	window
}

// around computes the [Around] of scans, the oldest first. The last one counts until end.
func (l *personData) around(u blush.User, progress health.Progress, end time.Time, scans []blush.Scan) map[string]Around {
	out := make(map[string]Around, len(scans))
	w := l.walk(u)
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, sc := range scans {
		until := end
		if i+1 < len(scans) {
			until = scans[i+1].CreatedAt.Add(-time.Millisecond)
		}
		key := aroundKey{sc.ID, w.h.BirthDate, w.h.Sex, w.h.Language, strings.Join(progress.Locked, " "), w.window(until)}
		a, known := l.arounds[key]
		if !known {
			then := w.to(until)
			a.UpdatedAt = sc.CreatedAt.In(blush.Location(sc.Timezone))
			if at, ok := newest(then); ok && at.After(a.UpdatedAt) {
				a.UpdatedAt = at
			}
			a.Insights, a.Cuff = health.Compute(then, a.UpdatedAt).Lock(progress), l.cuff(a.UpdatedAt)
			if l.arounds == nil || len(l.arounds) >= maxCachedScans {
				l.arounds = map[aroundKey]Around{}
			}
			l.arounds[key] = a
		}
		out[sc.ID] = a
	}
	return out
}
