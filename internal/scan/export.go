package scan

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// Format is the format of an export.
type Format string

// The formats.
const (
	NDJSON Format = "ndjson" // one JSON object in each line
	CSV    Format = "csv"    // one row for each scan, as in RFC 4180
)

// ExportQuery selects the scans to export.
type ExportQuery struct {
	// User names one user; if it is empty, all users of the customer are exported.
	User blush.UserRef
	// From and To limit the time of the scans. From is included, To is not; zero means no limit.
	From, To time.Time
}

// Export is a running export of the scans of all users of a customer, or of one.
type Export struct {
	scans  *Service
	caller blush.Caller
	user   *blush.User // nil: all
	query  ExportQuery
	end    func()
}

// ExportScans begins an export. The caller must close it.
func (s *Service) ExportScans(ctx context.Context, c blush.Caller, q ExportQuery) (*Export, error) {
	e := &Export{scans: s, caller: c, query: q}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return nil, blush.Field("from must be before to.", "value_error", "from")
	}
	about, userID := c.CustomerID+" "+string(c.Environment), ""
	if q.User != (blush.UserRef{}) {
		u, err := s.accounts.Named(ctx, c, q.User)
		if err != nil {
			return nil, err
		}
		e.user, about, userID = &u, u.ID, u.ID
	}
	var err error
	if e.end, err = s.accounts.Exporting(about); err != nil {
		return nil, err
	}
	if err := s.store.Audit(ctx, s.accounts.Audit(c, blush.ScanExport, userID, "")); err != nil {
		e.end()
		return nil, err
	}
	return e, nil
}

// Close allows the next export of the same user or customer.
func (e *Export) Close() { e.end() }

// ExportedScan is a scan as a line of an export.
type ExportedScan struct {
	FaceScanID      string               `json:"face_scan_id"`
	UserID          string               `json:"user_id"`
	ExternalUserID  *string              `json:"external_user_id"`
	CreatedAt       string               `json:"created_at"`
	Timezone        string               `json:"timezone"`
	TimezoneUnknown bool                 `json:"timezone_unknown,omitempty"`
	AtRest          *bool                `json:"at_rest"`
	Source          string               `json:"source"`
	Status          blush.ScanStatus     `json:"status"`
	Failure         *string              `json:"failure"`
	QualityStatus   *string              `json:"quality_status"`
	QualityFlags    []biomarker.Reason   `json:"quality_flags"`
	Estimates       []biomarker.Estimate `json:"estimates"`
	Engine          *engine.Info         `json:"engine"`
	Capture         *engine.Capture      `json:"capture"`
}

// exportEnd is the last line of an export in NDJSON.
type exportEnd struct {
	End   bool `json:"end"`
	Scans int  `json:"face_scans"`
}

// exporter writes scans, and at the end how many there were. An export without that last line is incomplete.
type exporter interface {
	scan(ExportedScan) error
	finish(scans int) error
}

// Write writes the scans, one user after another and the newest first. It has one page of them in memory at a time. The last line says
// how many there were. After an error that line is missing: one is that the only user was erased meanwhile.
func (e *Export) Write(ctx context.Context, to io.Writer, f Format) error {
	buffered := bufio.NewWriterSize(to, 1<<16)
	var out exporter = &ndjsonExport{json.NewEncoder(buffered)}
	if f == CSV {
		out = newCSVExport(buffered)
	}
	count := 0
	err := e.users(ctx, func(ctx context.Context, u blush.User) error {
		return e.scansOf(ctx, u, func(x ExportedScan) error {
			count++
			return out.scan(x)
		})
	})
	if err == nil {
		err = out.finish(count)
	}
	if err != nil {
		return err
	}
	return buffered.Flush()
}

// users calls do with each user, after the access to the user's data has been recorded.
func (e *Export) users(ctx context.Context, do func(context.Context, blush.User) error) error {
	if e.user != nil {
		if err := do(ctx, *e.user); err != nil {
			return err
		}
		_, err := e.scans.store.UserByID(ctx, e.user.ID)
		return err // erased in the meantime: what was read is not all there was
	}
	s, c := e.scans, e.caller
	after := store.Newest
	for more := true; more; {
		l, err := s.store.Users(ctx, c.CustomerID, c.Environment, after, blush.MaxPageLimit)
		if err != nil {
			return err
		}
		entries := make([]blush.AuditEntry, len(l.Data))
		for i, u := range l.Data {
			entries[i] = s.accounts.Audit(c, blush.ScanExport, u.ID, "")
			after = store.Cursor{At: u.CreatedAt, ID: u.ID}
		}
		noted, _ := blush.WithTrail(ctx) // the request's own trail would collect the entries of all users
		if len(entries) > 0 {
			if err := s.store.Audit(noted, entries...); err != nil {
				return err
			}
		}
		for _, u := range l.Data {
			if err := do(noted, u); err != nil {
				return err
			}
		}
		more = l.HasMore
	}
	return nil
}

func (e *Export) scansOf(ctx context.Context, u blush.User, do func(ExportedScan) error) error {
	after := store.Newest
	if !e.query.To.IsZero() {
		after = store.Cursor{At: e.query.To}
	}
	for more := true; more; {
		l, err := e.scans.store.Scans(ctx, u.ID, after, blush.MaxPageLimit)
		if err != nil {
			return err
		}
		for _, sc := range l.Data {
			if sc.CreatedAt.Before(e.query.From) {
				return nil
			}
			v, err := NewView(sc)
			if err != nil {
				return err
			}
			err = do(ExportedScan{
				FaceScanID: v.FaceScanID, UserID: v.UserID, ExternalUserID: u.ExternalID, CreatedAt: v.CreatedAt, Timezone: v.Timezone, TimezoneUnknown: v.TimezoneUnknown,
				AtRest: v.AtRest, Source: sc.Source, Status: v.Status, Failure: v.Failure, QualityStatus: v.QualityStatus, QualityFlags: v.QualityFlags,
				Estimates: v.Estimates, Engine: v.Engine, Capture: v.Capture,
			})
			if err != nil {
				return err
			}
			after = store.Cursor{At: sc.CreatedAt, ID: sc.ID}
		}
		more = l.HasMore
	}
	return nil
}

type ndjsonExport struct{ lines *json.Encoder }

func (x *ndjsonExport) scan(s ExportedScan) error { return x.lines.Encode(s) }
func (x *ndjsonExport) finish(n int) error        { return x.lines.Encode(exportEnd{true, n}) }

// csvExport writes a row for each scan, and a last row with the record "end" and the number of scans.
type csvExport struct {
	rows    *csv.Writer
	columns []biomarker.Name
	number  int
	err     error
}

// exportColumns are the columns before those of the biomarkers.
var exportColumns = []string{"record", "number", "face_scan_id", "user_id", "external_user_id", "created_at", "timezone", "at_rest", "source", "status", "failure",
	"quality_status", "engine_version", "calibration", "duration_s", "site"}

func newCSVExport(to io.Writer) *csvExport {
	x := &csvExport{rows: csv.NewWriter(to)}
	head := append([]string{}, exportColumns...)
	for _, k := range biomarker.Catalogue {
		if !k.FromScan {
			continue
		}
		x.columns = append(x.columns, k.Name)
		n := string(k.Name)
		head = append(head, n, n+"_low", n+"_high", n+"_confidence", n+"_reason")
	}
	x.err = x.rows.Write(head)
	return x
}

func (x *csvExport) scan(s ExportedScan) error {
	if x.err != nil {
		return x.err
	}
	x.number++
	row := []string{"scan", strconv.Itoa(x.number), s.FaceScanID, s.UserID, cellOf(s.ExternalUserID), s.CreatedAt, cell(s.Timezone), "", cell(s.Source), string(s.Status), cellOf(s.Failure),
		cellOf(s.QualityStatus), "", "", "", ""}
	if s.AtRest != nil {
		row[7] = strconv.FormatBool(*s.AtRest)
	}
	if s.Engine != nil && s.Capture != nil {
		row[12], row[13], row[14], row[15] = cell(s.Engine.Version), cell(s.Engine.Calibration), decimal(s.Capture.DurationS), cell(string(s.Capture.Site))
	}
	values := map[biomarker.Name]biomarker.Estimate{}
	for _, e := range s.Estimates {
		values[e.Biomarker] = e
	}
	for _, name := range x.columns {
		e, there := values[name]
		cells := make([]string, 5)
		if e.Value != nil && e.Interval != nil {
			cells[0], cells[1], cells[2] = decimal(*e.Value), decimal(e.Interval[0]), decimal(e.Interval[1])
		}
		if there {
			cells[3] = decimal(e.Confidence)
		}
		if e.Reason != nil {
			cells[4] = cell(string(*e.Reason))
		}
		row = append(row, cells...)
	}
	return x.rows.Write(row)
}

func (x *csvExport) finish(n int) error {
	if x.err != nil {
		return x.err
	}
	row := make([]string, len(exportColumns)+5*len(x.columns))
	row[0], row[1] = "end", strconv.Itoa(n)
	if err := x.rows.Write(row); err != nil {
		return err
	}
	x.rows.Flush()
	return x.rows.Error()
}
