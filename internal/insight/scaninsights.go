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

// ScanInsights has a person's insights at one scan, from all data up to the next scan. Once
// there is a next scan, it changes only if older data is added or erased.
type ScanInsights struct {
	health.Insights
	// UpdatedAt is the time of the newest data behind it, in that data's time zone.
	UpdatedAt time.Time
	// Cuff is the newest reading that counted; nil if there was none.
	Cuff *blush.Reading

	data *personData // with a scan that is about to be stored; set by NewScanInsights
}

// ScanInsights returns the [ScanInsights] of each of a user's scans that has a result, by the scan's
// id. The caller must be allowed to read those scans. For a token of the scan page or a
// results page it returns nothing, because such a token is only for the scan itself.
func (s *Service) ScanInsights(ctx context.Context, c blush.Caller, scans ...blush.Scan) (map[string]ScanInsights, error) {
	none := map[string]ScanInsights{}
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
	return l.scanInsights(u, progress.Progress, l.newestUntil(last.CreatedAt, s.now()), scans), nil
}

// NewScanInsights returns what [Service.ScanInsights] will return for a scan with a result that is about to be stored; nil for a token of
// the scan page or a results page.
func (s *Service) NewScanInsights(ctx context.Context, c blush.Caller, u blush.User, sc blush.Scan) (*ScanInsights, error) {
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
	insights := l.scanInsights(u, progress, l.newestUntil(sc.CreatedAt, now), []blush.Scan{sc})[sc.ID]
	insights.data = l
	return &insights, nil
}

// scanInsightsKey has everything that [ScanInsights] depend on besides the data.
type scanInsightsKey struct {
	scanID                           string
	birthDate, sex, language, locked string
	window
}

// scanInsights computes the [ScanInsights] of scans, the oldest first. The last one counts until end.
func (l *personData) scanInsights(u blush.User, progress health.Progress, end time.Time, scans []blush.Scan) map[string]ScanInsights {
	out := make(map[string]ScanInsights, len(scans))
	w := l.walk(u)
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, sc := range scans {
		until := end
		if i+1 < len(scans) {
			until = scans[i+1].CreatedAt.Add(-time.Millisecond)
		}
		key := scanInsightsKey{sc.ID, w.h.BirthDate, w.h.Sex, w.h.Language, strings.Join(progress.Locked, " "), w.window(until)}
		a, known := l.perScan[key]
		if !known {
			then := w.to(until)
			a.UpdatedAt = sc.CreatedAt.In(blush.Location(sc.Timezone))
			if at, ok := newest(then); ok && at.After(a.UpdatedAt) {
				a.UpdatedAt = at
			}
			a.Insights, a.Cuff = health.Compute(then, a.UpdatedAt).Lock(progress), l.cuff(a.UpdatedAt)
			if l.perScan == nil || len(l.perScan) >= maxCachedScans {
				l.perScan = map[scanInsightsKey]ScanInsights{}
			}
			l.perScan[key] = a
		}
		out[sc.ID] = a
	}
	return out
}
