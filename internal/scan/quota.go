package scan

import (
	"context"
	"time"

	"blush.example/blush/internal/blush"
)

// Quotas limit how much each user and each customer may submit in a UTC day. 0 means no
// limit. Submissions that are running when a limit is reached may still succeed.
type Quotas struct {
	UserScans, CustomerScans int64
	UserBytes, CustomerBytes int64 // of traces in their compact form, and of videos as they came
}

// within refuses another scan with TooMany (429) if it would exceed a quota.
// Otherwise it returns how many bytes the scan may have, at most most.
func (s *Service) within(ctx context.Context, u blush.User, at time.Time, most int64) (bytes int64, err error) {
	q := s.cfg.Quotas
	bytes = most
	for _, of := range []struct {
		who          string
		scans, bytes int64
		use          func() (blush.ScanUse, error)
	}{
		{"user", q.UserScans, q.UserBytes, func() (blush.ScanUse, error) { return s.store.ScanUseOfUser(ctx, u.ID, at) }},
		{"customer", q.CustomerScans, q.CustomerBytes, func() (blush.ScanUse, error) { return s.store.ScanUseOfCustomer(ctx, u.CustomerID, at) }},
	} {
		if of.scans == 0 && of.bytes == 0 {
			continue
		}
		use, err := of.use()
		if err != nil {
			return 0, err
		}
		if of.scans > 0 && use.Scans >= of.scans {
			return 0, overQuota(at, "This %s has submitted %d scans today, which is the most for a day.", of.who, use.Scans)
		}
		if of.bytes > 0 {
			if use.Bytes >= of.bytes {
				return 0, overQuota(at, "This %s has submitted %d bytes today; the most for a day is %d.", of.who, use.Bytes, of.bytes)
			}
			bytes = min(bytes, of.bytes-use.Bytes)
		}
	}
	return bytes, nil
}

// overQuota makes an error that says when the next day begins.
func overQuota(at time.Time, format string, args ...any) error {
	next := at.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	e := blush.E(blush.TooMany, format+" The next day begins at %s.", append(args, next.Format(time.RFC3339))...)
	e.RetryAfter = next.Sub(at)
	return e
}
