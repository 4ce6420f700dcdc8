package scan

import (
	"context"
	"encoding/json"
	"fmt"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// resultValues are the values of a result for webhooks that want them.
type resultValues struct {
	QualityStatus string               `json:"quality_status"`
	QualityFlags  []biomarker.Reason   `json:"quality_flags"`
	Estimates     []biomarker.Estimate `json:"estimates"`
}

// event makes the event of a scan that ended: with a heart rate, without one (why says the reason), or failed.
func (s *Service) event(sc blush.Scan) (e blush.Event, why biomarker.Reason, err error) {
	ids := map[string]string{"user_id": sc.UserID, "face_scan_id": sc.ID}
	if sc.Status == blush.Failed {
		e, err = s.accounts.Event(blush.ScanFailed, sc.UserID, sc.ID, ids, map[string]string{"failure": sc.Failure})
		return e, "", err
	}
	var r engine.Result
	if err := json.Unmarshal(sc.Result, &r); err != nil {
		return blush.Event{}, "", fmt.Errorf("result of scan %s: %w", sc.ID, err)
	}
	what, why := blush.ScanRefused, biomarker.NotMeasured
	switch rate, ok := r.Find(biomarker.HeartRate); {
	case ok && rate.Value != nil:
		what, why = blush.ScanDone, ""
	case ok && rate.Reason != nil:
		why = *rate.Reason
	}
	e, err = s.accounts.Event(what, sc.UserID, sc.ID, ids, resultValues{r.Quality, nonNil(r.QualityFlags), nonNil(r.Estimates)})
	return e, why, err
}

// ended raises the event of a finished scan, in the transaction that stores it.
func (s *Service) ended(ctx context.Context, customerID string, env blush.Environment, e blush.Event, why biomarker.Reason) error {
	if err := s.store.Raise(ctx, customerID, env, e); err != nil {
		return err
	}
	return s.store.After(ctx, func(context.Context) error { s.cfg.Ended(e.Type, why); return nil })
}

// create stores a finished scan, as [store.Store.CreateScan] does, and raises its event.
func (s *Service) create(ctx context.Context, c blush.Caller, u blush.User, sc blush.Scan, data map[store.Data][]byte) (stored blush.Scan, created bool, err error) {
	e, why, err := s.event(sc)
	if err != nil {
		return blush.Scan{}, false, err
	}
	err = s.store.Together(ctx, func(ctx context.Context) error {
		stored, created, err = s.store.CreateScan(ctx, sc, data, s.accounts.Audit(c, blush.ScanCreate, u.ID, sc.ID))
		if err != nil || !created {
			return err
		}
		return s.ended(ctx, u.CustomerID, u.Environment, e, why)
	})
	return stored, created, err
}

// finish stores the outcome of a video's scan, as [store.Store.FinishScan] does, and raises its event.
func (s *Service) finish(ctx context.Context, sc blush.Scan, data map[store.Data][]byte) error {
	u, err := s.store.UserByID(ctx, sc.UserID)
	if blush.KindOf(err) == blush.NotFound { // erased meanwhile, and the scan with them
		return nil
	}
	if err != nil {
		return err
	}
	e, why, err := s.event(sc)
	if err != nil {
		return err
	}
	now := s.cfg.Now()
	sc.FinishedAt = &now
	return s.store.Together(ctx, func(ctx context.Context) error {
		finished, err := s.store.FinishScan(ctx, sc, data)
		if err != nil || !finished {
			return err
		}
		return s.ended(ctx, u.CustomerID, u.Environment, e, why)
	})
}
