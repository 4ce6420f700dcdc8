package insight

import (
	"context"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// Latest is one scan of a user, what went before it, and the cuff reading that stood then.
type Latest struct {
	User     blush.User
	Language string
	// Scan is nil when there is none, or it has no result.
	Scan *blush.ScanPoint
	// Named is the scan that was named, with its result or without; its time is in its own time zone. Nil when none was.
	Named *NamedScan
	// Previous is the scan before it, nil for a first one.
	Previous *blush.ScanPoint
	// Cuff is the newest reading that counted then, PreviousCuff the one before it in that time.
	Cuff, PreviousCuff *blush.Reading
	Progress           health.Progress
	// Now is when this was read, for ages.
	Now time.Time
}

// NamedScan is a scan that a caller asked for.
type NamedScan struct {
	ID     string
	At     time.Time
	Status blush.ScanStatus
}

// Latest returns a user's scan of that id, or with an empty id the newest one
// that is finished. A scan of somebody else does not exist. A token of a results
// page reads the one scan that it was made for, that of the scan page one made since it was opened, and nothing from
// before or beside it.
func (s *Service) Latest(ctx context.Context, c blush.Caller, ref blush.UserRef, scanID, lang string) (Latest, error) {
	id := ""
	if scanID != "" {
		var ok bool
		if id, ok = blush.ParseID(scanID); !ok {
			return Latest{}, blush.Field("face_scan_id must be a UUID, with or without dashes.", "uuid_parsing", "face_scan_id")
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
	progress, err := s.refresh(ctx, u, atOnce)
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
		until, out.Named = sc.CreatedAt, &NamedScan{sc.ID, sc.CreatedAt.In(location(sc.Timezone)), sc.Status}
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
	end, err := s.standsUntil(ctx, u.ID, until, now)
	if err != nil {
		return Latest{}, err
	}
	readings, err := s.store.ReadingsBetween(ctx, u.ID, end.Add(-health.CuffMemory()), end)
	if n := len(readings); n > 0 {
		out.Cuff = &readings[n-1]
		if n > 1 {
			out.PreviousCuff = &readings[n-2]
		}
	}
	return out, err
}

// standsUntil is the moment up to which a scan of that time is a person's
// newest: what is learnt until then belongs to it.
func (s *Service) standsUntil(ctx context.Context, userID string, at, now time.Time) (time.Time, error) {
	next, ok, err := s.store.NextScanAt(ctx, userID, at)
	if err != nil || !ok {
		return now, err
	}
	return next.Add(-time.Millisecond), nil
}
