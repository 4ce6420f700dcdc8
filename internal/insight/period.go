package insight

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// PeriodRequest asks what was measured in a period, and for the user's insights at its end.
type PeriodRequest struct {
	// Parameters are the wanted parameters over time, as in a [HistoryRequest], in this order.
	Parameters []string
	// Start, Stop, Days and Language are those of a [HistoryRequest].
	Start, Stop string
	Days        int
	Language    string
}

// Period is what was measured in a period, and the user's insights at its end. It depends on the data until then
// and on the journey, but not on when it is read.
type Period struct {
	// Report is of the newest data up to the end of the period; Known is false if there is none.
	Report
	Known       bool
	Start, Stop string
	Histories   []History
	// Engine is the engine of the newest scan with a result up to the end; nil if there is none.
	Engine *engine.Info
}

// Period returns a user's period, with one entry in the audit trail.
func (s *Service) Period(ctx context.Context, c blush.Caller, ref blush.UserRef, req PeriodRequest) (Period, error) {
	one := HistoryRequest{Start: req.Start, Stop: req.Stop, Days: req.Days, Language: req.Language}
	if _, _, err := one.period(s.now()); err != nil {
		return Period{}, err
	}
	u, err := s.reach(ctx, c, ref, blush.ReportRead)
	if err != nil {
		return Period{}, err
	}
	progress, err := s.refresh(ctx, u.ID, atOnce)
	if err != nil {
		return Period{}, err
	}
	lang, err := s.language(ctx, req.Language, u)
	if err != nil {
		return Period{}, err
	}
	if one.Start, one.Stop, err = s.days(ctx, u.ID, one, nil); err != nil {
		return Period{}, err
	}
	last, err := time.Parse(time.DateOnly, one.Stop)
	if err != nil {
		return Period{}, err
	}
	if one.Start > one.Stop { // req has no Stop: otherwise period has refused it
		return Period{}, blush.Field("start must not be after today, where a period without stop ends.", "value_error", "start")
	}
	at, known, err := s.knownAt(ctx, u.ID, last)
	if err != nil {
		return Period{}, err
	}
	out := Period{Known: known, Start: one.Start, Stop: one.Stop}
	if out.Report, err = s.reportAt(ctx, u, progress, lang, at); err != nil {
		return Period{}, err
	}
	if out.Engine, err = s.engineOf(ctx, u, at); err != nil {
		return Period{}, err
	}
	from, to, err := one.period(s.now())
	if err != nil {
		return Period{}, err
	}
	for _, name := range req.Parameters {
		one.Parameter = name
		h, err := one.subject()
		if err != nil {
			return Period{}, err
		}
		h.Progress, h.Language, h.Now = progress.Progress, lang, at
		if err := s.fill(ctx, u, one, from, to, progress.revision, &h); err != nil {
			return Period{}, err
		}
		out.Histories = append(out.Histories, h)
	}
	return out, nil
}

// knownAt returns when the insights of a day were last known, in the person's time zone: the day itself if they never were.
func (s *Service) knownAt(ctx context.Context, user string, last time.Time) (at time.Time, known bool, err error) {
	day, known, err := s.store.InsightDayBefore(ctx, user, string(health.MentalStress), last.Add(3*24*time.Hour), last.AddDate(0, 0, 1).Format(time.DateOnly))
	if !known || err != nil {
		return last, false, err
	}
	return day.At.In(blush.Location(day.Timezone)), true, nil
}

// engineOf returns the engine of the newest scan with a result up to a time; nil if there is none.
func (s *Service) engineOf(ctx context.Context, u blush.User, until time.Time) (*engine.Info, error) {
	points, err := s.store.NewestScanPoints(ctx, u.ID, until, 1)
	if err != nil || len(points) == 0 {
		return nil, err
	}
	sc, err := s.store.Scan(ctx, points[0].ScanID)
	if err != nil {
		return nil, err
	}
	var r engine.Result
	if err := json.Unmarshal(sc.Result, &r); err != nil {
		return nil, fmt.Errorf("stored result of scan %s: %w", sc.ID, err)
	}
	return &r.Engine, nil
}
