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

// resultValues are what webhooks are told of a result, when they want values.
type resultValues struct {
	QualityStatus string               `json:"quality_status"`
	QualityFlags  []biomarker.Reason   `json:"quality_flags"`
	Estimates     []biomarker.Estimate `json:"estimates"`
}

// event tells how a scan ended: with a heart rate, without one, or not at all.
func (s *Service) event(sc blush.Scan) (blush.Event, error) {
	ids := map[string]string{"user_id": sc.UserID, "face_scan_id": sc.ID}
	if sc.Status == blush.Failed {
		return s.accounts.Event(blush.ScanFailed, sc.UserID, sc.ID, ids, map[string]string{"failure": sc.Failure})
	}
	var r engine.Result
	if err := json.Unmarshal(sc.Result, &r); err != nil {
		return blush.Event{}, fmt.Errorf("result of scan %s: %w", sc.ID, err)
	}
	what := blush.ScanRefused
	if rate, ok := r.Find(biomarker.HeartRate); ok && rate.Value != nil {
		what = blush.ScanDone
	}
	return s.accounts.Event(what, sc.UserID, sc.ID, ids, resultValues{r.Quality, nonNil(r.QualityFlags), nonNil(r.Estimates)})
}

// create keeps a finished scan, as [store.Store.CreateScan] does, and tells of it.
func (s *Service) create(ctx context.Context, c blush.Caller, u blush.User, sc blush.Scan, data map[store.Data][]byte) (stored blush.Scan, created bool, err error) {
	e, err := s.event(sc)
	if err != nil {
		return blush.Scan{}, false, err
	}
	err = s.store.Together(ctx, func(ctx context.Context) error {
		stored, created, err = s.store.CreateScan(ctx, sc, data, s.accounts.Audit(c, blush.ScanCreate, u.ID, sc.ID))
		if err != nil || !created {
			return err
		}
		return s.store.Raise(ctx, u.CustomerID, u.Environment, e)
	})
	return stored, created, err
}

// finish gives a video's scan its outcome, as [store.Store.FinishScan] does, and tells of it.
func (s *Service) finish(ctx context.Context, sc blush.Scan, data map[store.Data][]byte) error {
	u, err := s.store.UserByID(ctx, sc.UserID)
	if blush.KindOf(err) == blush.NotFound { // erased meanwhile, and the scan with them
		return nil
	}
	if err != nil {
		return err
	}
	e, err := s.event(sc)
	if err != nil {
		return err
	}
	return s.store.Together(ctx, func(ctx context.Context) error {
		finished, err := s.store.FinishScan(ctx, sc, data)
		if err != nil || !finished {
			return err
		}
		return s.store.Raise(ctx, u.CustomerID, u.Environment, e)
	})
}
