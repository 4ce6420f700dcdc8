package insight

import (
	"context"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// Latest is one scan of a user, the scan before it, and the cuff readings that counted then.
type Latest struct {
	User     blush.User
	Language string
	// Scan is nil if there is none or if it has no result.
	Scan *blush.ScanPoint
	// Named is the scan that the request named, with or without a result; nil if it named none. Its time is in its own time zone.
	Named *NamedScan
	// Previous is the scan before it; nil for the first one.
	Previous *blush.ScanPoint
	// Cuff is the newest reading that counted then, PreviousCuff the one before it in that time.
	Cuff, PreviousCuff *blush.Reading
	Progress           health.Progress
	// Now is when this was read, for computing ages.
	Now time.Time
}

// NamedScan is a scan that a request named.
type NamedScan struct {
	ID     string
	At     time.Time
	Status blush.ScanStatus
}

// Latest returns the user's scan with an id, or, if the id is empty, the newest finished
// one. A scan of another user is NotFound. With a results page's token it returns only the
// scan that the token is for, and with a scan page's token only a scan made since the page
// was opened. With both it returns no earlier scans and no readings.
func (s *Service) Latest(ctx context.Context, c blush.Caller, ref blush.UserRef, scanID, lang string) (Latest, error) {
	var id string
	var err error
	if scanID != "" {
		if id, err = blush.CheckID(scanID, "face_scan_id"); err != nil {
			return Latest{}, err
		}
	}
	onlyThis := c.OneScanOnly()
	if onlyThis && (id == "" || c.Scope == blush.ScopeResults && c.ScanID != id) {
		return Latest{}, blush.E(blush.Forbidden, "This action token is for the results of one face scan, and this is not that scan.")
	}
	u, err := s.reach(ctx, c, ref, blush.ScanReadLatest)
	if err != nil {
		return Latest{}, err
	}
	now := s.now()
	out := Latest{User: u, Now: now}
	if out.Language, err = s.language(ctx, lang, u); err != nil {
		return Latest{}, err
	}
	progress, err := s.refresh(ctx, u.ID, atOnce)
	if err != nil {
		return Latest{}, err
	}
	out.Progress = progress.Progress
	until := now
	if id != "" {
		sc, err := s.store.Scan(ctx, id)
		if err != nil {
			return Latest{}, err
		}
		if sc.UserID != u.ID || !c.Sees(sc) {
			return Latest{}, blush.E(blush.NotFound, "Face scan not found.")
		}
		until, out.Named = sc.CreatedAt, &NamedScan{sc.ID, sc.CreatedAt.In(blush.Location(sc.Timezone)), sc.Status}
	}
	points, err := s.store.NewestScanPoints(ctx, u.ID, until, 2)
	if err != nil {
		return Latest{}, err
	}
	if len(points) > 0 && (id == "" || points[0].ScanID == id) {
		out.Scan = &points[0]
		if len(points) > 1 && !onlyThis {
			out.Previous = &points[1]
		}
	}
	if onlyThis {
		return out, nil
	}
	out.Cuff, out.PreviousCuff, err = s.newestCuffs(ctx, u.ID, until, now)
	return out, err
}

// newestCuffs returns the newest cuff reading of a time that is not too old, and the one before; nil where there is none.
func (s *Service) newestCuffs(ctx context.Context, user string, until, now time.Time) (newest, before *blush.Reading, err error) {
	end, err := s.newestUntil(ctx, user, until, now)
	if err != nil {
		return nil, nil, err
	}
	readings, err := s.store.ReadingsBetween(ctx, user, end.Add(-health.CuffMemory()), end)
	if n := len(readings); n > 0 {
		newest = &readings[n-1]
		if n > 1 {
			before = &readings[n-2]
		}
	}
	return newest, before, err
}

// newestUntil is the moment up to which a scan made at a time is the person's newest.
// Data until then belongs to that scan.
func (s *Service) newestUntil(ctx context.Context, userID string, at, now time.Time) (time.Time, error) {
	next, ok, err := s.store.NextScanAt(ctx, userID, at)
	if err != nil || !ok {
		return now, err
	}
	return next.Add(-time.Millisecond), nil
}
