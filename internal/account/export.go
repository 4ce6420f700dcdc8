package account

import (
	"context"
	"encoding/json"
	"time"

	"blush/internal/blush"
	"blush/internal/store"
)

// export is all that is held about a user.
type export struct {
	ExportedAt time.Time     `json:"exported_at"`
	User       exportUser    `json:"user"`
	Scans      []exportScan  `json:"face_scans"`
	Accesses   []exportEntry `json:"accesses"`
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
// the user, every scan with its trace and waves, every access to them.
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
	trail, err := s.store.AuditOf(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	for _, a := range trail {
		out.Accesses = append(out.Accesses, exportEntry{At: a.At, Kind: a.Kind, Action: a.Action, Object: a.ObjectID})
	}
	return json.Marshal(out)
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
