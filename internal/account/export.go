package account

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
	"blush.example/blush/rppg"

	streamjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

type exportAnswer struct {
	Key      string    `json:"lookup_key"`
	Value    float64   `json:"value"`
	At       time.Time `json:"answered_at"`
	Timezone string    `json:"timezone"`
}

type exportReading struct {
	ID         string    `json:"reading_id"`
	Kind       string    `json:"kind"`
	Systolic   float64   `json:"systolic"`
	Diastolic  float64   `json:"diastolic"`
	Unit       string    `json:"unit"`
	Pulse      *float64  `json:"pulse"`
	MeasuredAt time.Time `json:"measured_at"`
	Timezone   string    `json:"timezone"`
	Source     string    `json:"source"`
	CreatedAt  time.Time `json:"created_at"`
}

type exportConsent struct {
	Version     string     `json:"version"`
	TextHash    string     `json:"text_hash"`
	Language    string     `json:"language"`
	GivenAt     time.Time  `json:"given_at"`
	WithdrawnAt *time.Time `json:"withdrawn_at"`
}

type exportDay struct {
	Day      string                 `json:"day"`
	At       time.Time              `json:"at"`
	Insights map[string]blush.Score `json:"insights"`
}

type exportUser struct {
	ID         string    `json:"user_id"`
	ExternalID *string   `json:"external_user_id"`
	Customer   string    `json:"customer"`
	BirthDate  *string   `json:"birth_date"`
	Sex        *string   `json:"sex"`
	Language   *string   `json:"language"`
	Locked     []string  `json:"locked,omitempty"` // by the sandbox
	CreatedAt  time.Time `json:"created_at"`
}

// KeptDays says how many days a customer keeps each kind of data; null: until it is erased.
type KeptDays struct {
	Traces  *int `json:"traces_days" doc:"The colours over time of each scan."`
	Results *int `json:"results_days" doc:"Scans with their results, and the metrics of each day."`
	Audit   *int `json:"audit_days" doc:"The audit trail."`
}

// KeptDaysOf converts a customer's settings.
func KeptDaysOf(r blush.Retention) KeptDays {
	days := func(n int) *int {
		if n == 0 {
			return nil
		}
		return &n
	}
	return KeptDays{days(r.Traces), days(r.Results), days(r.Audit)}
}

type exportScan struct {
	ID        string           `json:"face_scan_id"`
	Status    blush.ScanStatus `json:"status"`
	CreatedAt time.Time        `json:"created_at"`
	Timezone  string           `json:"timezone"`
	AtRest    *bool            `json:"at_rest"`
	Source    string           `json:"source"`
	Failure   string           `json:"failure,omitempty"`
	// FinishedAt is when the result of a video was stored.
	FinishedAt *time.Time `json:"finished_at"`
	// VideoWaiting is set while a sealed video waits to be analysed; it is erased right after.
	VideoWaiting bool            `json:"video_waiting"`
	Result       json.RawMessage `json:"result"`
	// The waveform and the trace follow. They are streamed, because they are large. Then "damaged" names those that
	// cannot be read and are null for that reason, if there are any.
}

type exportEntry struct {
	At      time.Time        `json:"at"`
	Kind    blush.CallerKind `json:"credential_kind"`
	Action  blush.Action     `json:"action"`
	Object  string           `json:"object_id,omitempty"`
	Refused blush.Kind       `json:"refused,omitempty"` // the kind of the refusal
}

// Export is a running export of everything that is stored about a user.
type Export struct {
	accounts *Service
	user     blush.User
	end      func()
}

// ExportUser begins an export of everything that is stored about a user: the user, every
// scan with its trace and waves, every answer, reading and consent, the insights from
// them, and every access. The caller must close it. A process exports a user only once
// at a time: a second export is TooMany (429).
func (s *Service) ExportUser(ctx context.Context, c blush.Caller, ref blush.UserRef) (*Export, error) {
	u, err := s.Resolve(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	end, err := s.Exporting(u.ID)
	if err != nil {
		return nil, err
	}
	if err := s.store.Audit(ctx, s.Audit(c, blush.UserExport, u.ID, "")); err != nil {
		end()
		return nil, err
	}
	return &Export{s, u, end}, nil
}

// Exporting notes that an export of a user or a customer, by its id, is running in this process. While one is,
// another is TooMany (429). The caller must call end.
func (s *Service) Exporting(id string) (end func(), err error) {
	if _, running := s.exporting.LoadOrStore(id, true); running {
		e := blush.E(blush.TooMany, "The same export is still running. Try again when it has ended.")
		e.RetryAfter = 10 * time.Second
		return nil, e
	}
	return func() { s.exporting.Delete(id) }, nil
}

// Close lets the user be exported again.
func (e *Export) Close() { e.end() }

// Write writes the export as one JSON document. It has at most one page of it in memory
// at a time. After an error the document is incomplete.
func (e *Export) Write(ctx context.Context, to io.Writer) error {
	s, u := e.accounts, e.user
	d := &document{w: bufio.NewWriterSize(to, 1<<16)}
	d.text("{")
	d.field("exported_at", s.now().UTC())
	d.field("user", exportUser{
		ID: u.ID, ExternalID: u.ExternalID, Customer: u.Customer, BirthDate: u.BirthDate, Sex: u.Sex,
		Language: u.Language, Locked: u.Locked, CreatedAt: u.CreatedAt,
	})
	c, err := s.store.Customer(ctx, u.CustomerID)
	if err != nil {
		return err
	}
	d.field("kept_for", KeptDaysOf(c.Keep))
	d.list("face_scans")
	after := store.Newest
	for more := true; more && d.err == nil; {
		l, err := s.store.Scans(ctx, u.ID, after, blush.MaxPageLimit)
		if err != nil {
			return err
		}
		for _, sc := range l.Data {
			if err := s.exportScan(ctx, d, sc); err != nil {
				return err
			}
			after = store.Cursor{At: sc.CreatedAt, ID: sc.ID}
		}
		more = l.HasMore
	}
	d.end()
	d.list("answers")
	for a, err := range s.store.AnswersOf(ctx, u.ID) {
		if err != nil {
			return err
		}
		d.item(exportAnswer{Key: a.Key, Value: a.Value, At: a.At, Timezone: a.Timezone})
	}
	d.end()
	if err := s.exportHealth(ctx, d, u.ID); err != nil {
		return err
	}
	d.list("accesses")
	for a, err := range s.store.AuditOf(ctx, u.ID) {
		if err != nil {
			return err
		}
		d.item(exportEntry{At: a.At, Kind: a.Kind, Action: a.Action, Object: a.ObjectID, Refused: a.Outcome})
	}
	d.end()
	if _, err := s.store.UserByID(ctx, u.ID); err != nil {
		return err // erased in the meantime: what was written is not all there was
	}
	d.text("}")
	if d.err != nil {
		return d.err
	}
	return d.w.Flush()
}

func (s *Service) exportHealth(ctx context.Context, d *document, userID string) error {
	d.list("readings")
	after := store.Newest
	for more := true; more && d.err == nil; {
		l, err := s.store.Readings(ctx, userID, after, blush.MaxPageLimit)
		if err != nil {
			return err
		}
		for _, r := range l.Data {
			d.item(exportReading{ID: r.ID, Kind: blush.BloodPressure, Systolic: r.Systolic, Diastolic: r.Diastolic, Unit: "mmHg", Pulse: r.Pulse,
				MeasuredAt: r.MeasuredAt, Timezone: r.Timezone, Source: r.Source, CreatedAt: r.CreatedAt})
			after = store.Cursor{At: r.MeasuredAt, ID: r.ID}
		}
		more = l.HasMore
	}
	d.end()
	consents, err := s.store.Consents(ctx, userID)
	if err != nil {
		return err
	}
	d.list("consents")
	for _, c := range consents {
		d.item(exportConsent{Version: c.Version, TextHash: c.TextHash, Language: c.Language, GivenAt: c.GivenAt, WithdrawnAt: c.WithdrawnAt})
	}
	d.end()
	days, err := s.store.InsightDays(ctx, userID)
	if err != nil {
		return err
	}
	d.list("insights") // the metrics and profiles at the end of each day that brought new data
	for _, day := range days {
		d.item(exportDay{Day: day.Day, At: day.At, Insights: day.Scores})
	}
	d.end()
	return nil
}

func (s *Service) exportScan(ctx context.Context, d *document, sc blush.Scan) error {
	_, err := s.store.UploadOf(ctx, sc.ID)
	if err != nil && blush.KindOf(err) != blush.NotFound {
		return err
	}
	d.open(exportScan{
		ID: sc.ID, Status: sc.Status, CreatedAt: sc.CreatedAt, Timezone: sc.Timezone, AtRest: sc.AtRest, Source: sc.Source,
		Failure: sc.Failure, FinishedAt: sc.FinishedAt, VideoWaiting: err == nil, Result: sc.Result,
	})
	var lost []store.Data
	for _, kind := range []store.Data{store.WaveformData, store.TraceData} {
		r, err := s.store.ReadScanData(ctx, sc.ID, kind)
		switch {
		case blush.KindOf(err) == blush.NotFound:
			r, err = strings.NewReader("null"), nil
		case store.Damaged(err):
			s.Log.ErrorContext(ctx, "a part of a scan is left out of an export", "scan", sc.ID, "part", kind, "error", err)
			lost = append(lost, kind)
			r, err = strings.NewReader("null"), nil
		}
		if err == nil {
			err = d.data(kind, r)
		}
		if err != nil {
			return fmt.Errorf("%s of scan %s: %w", kind, sc.ID, err)
		}
	}
	if len(lost) > 0 {
		d.field("damaged", lost)
	}
	d.text("}")
	return d.err
}

// data writes a large part of a scan as a field. It copies JSON unchanged (earlier versions stored traces as JSON too), and converts a compact trace to JSON.
func (d *document) data(kind store.Data, r io.Reader) error {
	in := bufio.NewReader(r)
	if begin, _ := in.Peek(rppg.CompactPrefix); kind != store.TraceData || !rppg.IsCompact(begin) {
		d.stream(string(kind), in)
		return d.err
	}
	b, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	tr, err := rppg.ParseKeptTrace(b)
	if err != nil {
		return err
	}
	d.name(string(kind))
	if d.err == nil { // in pieces, because the text of a trace is several times as large as the trace
		d.err = streamjson.MarshalWrite(d.w, tr, jsonv1.DefaultOptionsV1(), jsontext.EscapeForHTML(false))
	}
	return d.err
}

// document writes a JSON object field by field, and keeps its first error.
type document struct {
	w     *bufio.Writer
	comma bool // whether the next item needs a comma before it
	err   error
}

func (d *document) text(s string) {
	if d.err == nil {
		_, d.err = d.w.WriteString(s)
	}
}

func (d *document) between() {
	if d.comma {
		d.text(",")
	}
	d.comma = true
}

func (d *document) name(name string) {
	d.between()
	d.text(`"` + name + `":`)
}

func (d *document) value(v any) {
	b, err := json.Marshal(v)
	if d.err == nil {
		d.err = err
	}
	d.text(string(b))
}

func (d *document) field(name string, v any) {
	d.name(name)
	d.value(v)
}

// list begins a field that is a list, and end ends it.
func (d *document) list(name string) {
	d.name(name)
	d.text("[")
	d.comma = false
}

func (d *document) end() {
	d.text("]")
	d.comma = true
}

func (d *document) item(v any) {
	d.between()
	d.value(v)
}

// open writes an item that is an object, and leaves it open for more fields.
func (d *document) open(v any) {
	d.between()
	b, err := json.Marshal(v)
	if d.err == nil {
		d.err = err
	}
	d.text(strings.TrimSuffix(string(b), "}"))
}

// stream writes a field whose value is JSON text.
func (d *document) stream(name string, r io.Reader) {
	d.name(name)
	if d.err == nil {
		_, d.err = io.Copy(d.w, struct{ io.Reader }{r}) // hides ReadFrom and WriteTo, so that io.Copy writes in pieces, each with its own deadline
	}
}
