package account

import (
	"context"
	"encoding/json"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// export is all that is held about a user.
type export struct {
	ExportedAt time.Time       `json:"exported_at"`
	User       exportUser      `json:"user"`
	Scans      []exportScan    `json:"face_scans"`
	Answers    []exportAnswer  `json:"answers"`
	Readings   []exportReading `json:"readings"`
	Consents   []exportConsent `json:"consents"`
	// Insights are the metrics and profiles as they stood at the end of each day on which something was learnt.
	Insights []exportDay   `json:"insights"`
	Accesses []exportEntry `json:"accesses"`
}

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
	CreatedAt  time.Time `json:"created_at"`
}

type exportScan struct {
	ID        string           `json:"face_scan_id"`
	Status    blush.ScanStatus `json:"status"`
	CreatedAt time.Time        `json:"created_at"`
	Timezone  string           `json:"timezone"`
	AtRest    *bool            `json:"at_rest"`
	Source    string           `json:"source"`
	Failure   string           `json:"failure,omitempty"`
	// VideoWaiting is set while a sealed video waits to be analysed; it is erased right after.
	VideoWaiting bool            `json:"video_waiting"`
	Result       json.RawMessage `json:"result"`
	Waveform     json.RawMessage `json:"waveform"`
	Trace        json.RawMessage `json:"trace"`
}

type exportEntry struct {
	At     time.Time        `json:"at"`
	Kind   blush.CallerKind `json:"credential_kind"`
	Action string           `json:"action"`
	Object string           `json:"object_id,omitempty"`
}

// ExportUser returns all that is held about a user as one JSON document:
// the user, every scan with its trace and waves, every answer, reading and
// consent, what was made of them, and every access.
func (s *Service) ExportUser(ctx context.Context, c blush.Caller, ref blush.UserRef) (json.RawMessage, error) {
	if err := Allow(c, blush.ScopeAPI); err != nil {
		return nil, err
	}
	u, err := s.Resolve(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	if err := s.store.Audit(ctx, s.Audit(c, "user.export", u.ID, "")); err != nil {
		return nil, err
	}
	out := export{
		ExportedAt: s.now().UTC(), Scans: []exportScan{}, Accesses: []exportEntry{},
		User: exportUser{
			ID: u.ID, ExternalID: u.ExternalID, Customer: u.Customer, BirthDate: u.BirthDate, Sex: u.Sex,
			Language: u.Language, CreatedAt: u.CreatedAt,
		},
	}
	after := store.Newest
	for {
		l, err := s.store.Scans(ctx, u.ID, after, blush.MaxPageLimit)
		if err != nil {
			return nil, err
		}
		for _, sc := range l.Data {
			e, err := s.exportScan(ctx, sc)
			if err != nil {
				return nil, err
			}
			out.Scans = append(out.Scans, e)
			after = store.Cursor{Before: sc.CreatedAt, ID: sc.ID}
		}
		if !l.HasMore {
			break
		}
	}
	if err := s.exportHealth(ctx, u.ID, &out); err != nil {
		return nil, err
	}
	trail, err := s.store.AuditOf(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	for _, a := range trail {
		out.Accesses = append(out.Accesses, exportEntry{At: a.At, Kind: a.Kind, Action: a.Action, Object: a.ObjectID})
	}
	return json.Marshal(out)
}

func (s *Service) exportHealth(ctx context.Context, userID string, out *export) error {
	answers, err := s.store.Answers(ctx, userID)
	if err != nil {
		return err
	}
	out.Answers = make([]exportAnswer, len(answers))
	for i, a := range answers {
		out.Answers[i] = exportAnswer{Key: a.Key, Value: a.Value, At: a.At, Timezone: a.Timezone}
	}
	readings, err := s.store.ReadingsBetween(ctx, userID, time.UnixMilli(-1<<52), time.UnixMilli(1<<52))
	if err != nil {
		return err
	}
	out.Readings = make([]exportReading, len(readings))
	for i, r := range readings {
		out.Readings[i] = exportReading{ID: r.ID, Kind: "blood_pressure", Systolic: r.Systolic, Diastolic: r.Diastolic, Unit: "mmHg", Pulse: r.Pulse,
			MeasuredAt: r.MeasuredAt, Timezone: r.Timezone, Source: r.Source, CreatedAt: r.CreatedAt}
	}
	consents, err := s.store.Consents(ctx, userID)
	if err != nil {
		return err
	}
	out.Consents = make([]exportConsent, len(consents))
	for i, c := range consents {
		out.Consents[i] = exportConsent{Version: c.Version, TextHash: c.TextHash, Language: c.Language, GivenAt: c.GivenAt, WithdrawnAt: c.WithdrawnAt}
	}
	days, err := s.store.InsightDays(ctx, userID)
	if err != nil {
		return err
	}
	out.Insights = make([]exportDay, len(days))
	for i, d := range days {
		out.Insights[i] = exportDay{Day: d.Day, At: d.At, Insights: d.Scores}
	}
	return nil
}

func (s *Service) exportScan(ctx context.Context, sc blush.Scan) (exportScan, error) {
	e := exportScan{
		ID: sc.ID, Status: sc.Status, CreatedAt: sc.CreatedAt, Timezone: sc.Timezone, AtRest: sc.AtRest, Source: sc.Source,
		Failure: sc.Failure, Result: sc.Result,
	}
	for kind, to := range map[store.Data]*json.RawMessage{store.TraceData: &e.Trace, store.WaveformData: &e.Waveform} {
		data, err := s.store.ScanData(ctx, sc.ID, kind)
		if err != nil && blush.KindOf(err) != blush.NotFound {
			return e, err
		}
		*to = data
	}
	_, err := s.store.UploadOf(ctx, sc.ID)
	if err != nil && blush.KindOf(err) != blush.NotFound {
		return e, err
	}
	e.VideoWaiting = err == nil
	return e, nil
}
