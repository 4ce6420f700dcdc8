package scan

import (
	"context"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// Observed is one measurement of a person: either a scan or a cuff reading is set.
type Observed struct {
	At      time.Time
	ID      string
	Scan    *blush.Scan
	Reading *blush.Reading
}

// Timezone is where it was measured.
func (o Observed) Timezone() string {
	if o.Scan != nil {
		return o.Scan.Timezone
	}
	return o.Reading.Timezone
}

// newer orders measurements, the newest first.
func (o Observed) newer(than Observed) bool {
	return o.At.After(than.At) || o.At.Equal(than.At) && strings.Compare(o.ID, than.ID) > 0
}

// Observing asks for a page of measurements, the newest first.
type Observing struct {
	// Scans and Readings say what is wanted.
	Scans, Readings bool
	// From and To limit the time, both included; zero means no limit.
	From, To time.Time
	// AfterAt and AfterID are those of the last measurement of the page before; zero for the first page.
	AfterAt time.Time
	AfterID string
	// Limit is the largest number of scans and readings, 1..blush.MaxPageLimit.
	Limit int
}

// Observed lists a user's scans and cuff readings in one order, and says whether there are more.
func (s *Service) Observed(ctx context.Context, c blush.Caller, ref blush.UserRef, o Observing) (u blush.User, page []Observed, more bool, err error) {
	if u, err = s.accounts.Named(ctx, c, ref); err != nil {
		return u, nil, false, err
	}
	if page, more, err = s.observed(ctx, u.ID, o); err != nil {
		return u, nil, false, err
	}
	var entries []blush.AuditEntry
	if o.Scans {
		entries = append(entries, s.accounts.Audit(c, blush.ScanList, u.ID, ""))
	}
	if o.Readings || !o.Scans {
		entries = append(entries, s.accounts.Audit(c, blush.ReadingList, u.ID, ""))
	}
	return u, page, more, s.store.Audit(ctx, entries...)
}

func (s *Service) observed(ctx context.Context, userID string, o Observing) (page []Observed, more bool, err error) {
	after := store.Newest
	if !o.AfterAt.IsZero() {
		after = store.Cursor{Before: o.AfterAt, ID: o.AfterID}
	}
	if latest := o.To.Add(time.Millisecond); !o.To.IsZero() && latest.Before(after.Before) {
		after = store.Cursor{Before: latest}
	}
	var scans, readings []Observed
	if o.Scans {
		l, err := s.store.Scans(ctx, userID, after, o.Limit)
		if err != nil {
			return nil, false, err
		}
		more = l.HasMore
		for _, sc := range l.Data {
			scans = append(scans, Observed{At: sc.CreatedAt, ID: sc.ID, Scan: &sc})
		}
	}
	if o.Readings {
		l, err := s.store.Readings(ctx, userID, after, o.Limit)
		if err != nil {
			return nil, false, err
		}
		more = more || l.HasMore
		for _, r := range l.Data {
			readings = append(readings, Observed{At: r.MeasuredAt, ID: r.ID, Reading: &r})
		}
	}
	for len(page) < o.Limit && len(scans)+len(readings) > 0 {
		from := &scans
		if len(scans) == 0 || len(readings) > 0 && readings[0].newer(scans[0]) {
			from = &readings
		}
		next := (*from)[0]
		if !o.From.IsZero() && next.At.Before(o.From) {
			return page, false, nil
		}
		page, *from = append(page, next), (*from)[1:]
	}
	return page, more || len(scans)+len(readings) > 0, nil
}

// History is a running export of all measurements of a user.
type History struct {
	User  blush.User
	scans *Service
	end   func()
}

// HistoryOf begins an export of all measurements of a user. The caller must close it.
func (s *Service) HistoryOf(ctx context.Context, c blush.Caller, ref blush.UserRef) (*History, error) {
	u, err := s.accounts.Named(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	end, err := s.accounts.Exporting(u.ID)
	if err != nil {
		return nil, err
	}
	if err := s.store.Audit(ctx, s.accounts.Audit(c, blush.UserExport, u.ID, "")); err != nil {
		end()
		return nil, err
	}
	return &History{u, s, end}, nil
}

// Close allows the next export of the user.
func (h *History) Close() { h.end() }

// Each calls do with every measurement, the newest first. It has one page in memory at a time.
func (h *History) Each(ctx context.Context, do func(Observed) error) error {
	o := Observing{Scans: true, Readings: true, Limit: blush.MaxPageLimit}
	for more := true; more; {
		page, rest, err := h.scans.observed(ctx, h.User.ID, o)
		if err != nil {
			return err
		}
		for _, one := range page {
			if err := do(one); err != nil {
				return err
			}
			o.AfterAt, o.AfterID = one.At, one.ID
		}
		more = rest
	}
	return nil
}
