package scan

import (
	"cmp"
	"context"
	"iter"
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

// compare orders measurements by time and id.
func (o Observed) compare(with Observed) int {
	return cmp.Or(o.At.Compare(with.At), strings.Compare(o.ID, with.ID))
}

// ObservedQuery asks for a page of measurements, the newest first.
type ObservedQuery struct {
	// OldestFirst asks for the other order.
	OldestFirst bool
	// Scans and Readings say what is wanted.
	Scans, Readings bool
	// From and To limit when it was measured, both included; zero means no limit.
	From, To time.Time
	// AfterAt and AfterID are those of the last measurement of the page before; zero for the first page.
	AfterAt time.Time
	AfterID string
	// Limit is the largest number of scans and readings, 1..blush.MaxPageLimit.
	Limit int
}

// Observed lists a user's scans and cuff readings in one order, and says whether there are more.
func (s *Service) Observed(ctx context.Context, c blush.Caller, ref blush.UserRef, o ObservedQuery) (u blush.User, page []Observed, more bool, err error) {
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

// AuditEmptySearch writes the audit entry of a search for named measurements of which there are none: that is an access too.
func (s *Service) AuditEmptySearch(ctx context.Context, c blush.Caller) error {
	return s.store.Audit(ctx, s.accounts.Audit(c, blush.ScanList, "", ""))
}

func (s *Service) observed(ctx context.Context, userID string, o ObservedQuery) (page []Observed, more bool, err error) {
	after, listScans, listReadings, first := store.Newest, s.store.Scans, s.store.Readings, 1
	if o.OldestFirst {
		after, listScans, listReadings, first = store.Oldest, s.store.OldestScans, s.store.OldestReadings, -1
	}
	if !o.AfterAt.IsZero() {
		after = store.Cursor{At: o.AfterAt, ID: o.AfterID}
	}
	switch latest := o.To.Add(time.Millisecond); {
	case o.OldestFirst && !o.From.IsZero() && o.From.After(after.At):
		after = store.Cursor{At: o.From} // no id comes before the empty one
	case !o.OldestFirst && !o.To.IsZero() && latest.Before(after.At):
		after = store.Cursor{At: latest}
	}
	var scans, readings []Observed
	if o.Scans {
		l, err := listScans(ctx, userID, after, o.Limit)
		if err != nil {
			return nil, false, err
		}
		more = l.HasMore
		for _, sc := range l.Data {
			scans = append(scans, Observed{At: sc.CreatedAt, ID: sc.ID, Scan: &sc})
		}
	}
	if o.Readings {
		l, err := listReadings(ctx, userID, after, o.Limit)
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
		if len(scans) == 0 || len(readings) > 0 && readings[0].compare(scans[0]) == first {
			from = &readings
		}
		next := (*from)[0]
		if !o.OldestFirst && !o.From.IsZero() && next.At.Before(o.From) || o.OldestFirst && !o.To.IsZero() && next.At.After(o.To) {
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

// All goes over the measurements that are asked for. It has one page in memory at a time, and fails
// if the user is erased meanwhile.
func (h *History) All(ctx context.Context, o ObservedQuery) iter.Seq2[Observed, error] {
	o.Limit = blush.MaxPageLimit
	return func(yield func(Observed, error) bool) {
		for more := true; more; {
			page, rest, err := h.scans.observed(ctx, h.User.ID, o)
			if err != nil {
				yield(Observed{}, err)
				return
			}
			for _, one := range page {
				if !yield(one, nil) {
					return
				}
				o.AfterAt, o.AfterID = one.At, one.ID
			}
			more = rest
		}
		if _, err := h.scans.store.UserByID(ctx, h.User.ID); err != nil {
			yield(Observed{}, err) // erased in the meantime: what was read is not all there was
		}
	}
}
