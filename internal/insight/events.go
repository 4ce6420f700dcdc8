package insight

import (
	"context"
	"math"
	"slices"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// raiseNotice raises the event of a notice about a reading, or, if readingID is empty, about
// answers. The notice itself is a value, because it says something about the person's health.
func (s *Service) raiseNotice(ctx context.Context, u blush.User, readingID string, n health.Notice) error {
	ids := map[string]string{"user_id": u.ID}
	if readingID != "" {
		ids["reading_id"] = readingID
	}
	e, err := s.accounts.Event(blush.NoticeRaised, u.ID, readingID, ids, n)
	if err != nil {
		return err
	}
	return s.store.Raise(ctx, u.CustomerID, u.Environment, e)
}

// changedMetric is a changed metric in the form for webhooks.
type changedMetric struct {
	Score      *float64      `json:"score"`      // 0 to 100
	Confidence float64       `json:"confidence"` // 0 to 100
	Zone       *health.Zone  `json:"zone"`
	Status     health.Status `json:"status"`
	Previous   *float64      `json:"previous_score"`
}

// keep replaces a user's days, as [store.Store.KeepInsights] does. It raises events for
// the metrics whose newest score, rounded to a tenth, or status changes by that, except
// those that the journey has not unlocked.
func (s *Service) keep(ctx context.Context, u blush.User, locked func(string) bool, write func(context.Context) (bool, error)) (kept bool, err error) {
	heard, err := s.store.HasWebhookFor(ctx, u.CustomerID, u.Environment, blush.MetricChanged)
	if err != nil {
		return false, err
	}
	if !heard {
		return write(ctx)
	}
	err = s.store.Together(ctx, func(ctx context.Context) error {
		if err := s.store.LockUser(ctx, u); err != nil { // only one of two concurrent requests raises the event
			return err
		}
		before, err := s.store.NewestScores(ctx, u.ID, string(health.Metrics[0]))
		if err != nil {
			return err
		}
		if kept, err = write(ctx); err != nil || !kept {
			return err
		}
		after, err := s.store.NewestScores(ctx, u.ID, string(health.Metrics[0]))
		if err != nil {
			return err
		}
		names, changed := []string{}, map[string]changedMetric{}
		for _, m := range health.Metrics {
			was, is := before[string(m)], after[string(m)]
			if locked(string(m)) || sameTenth(was.Score, is.Score) && (was.Status == is.Status || was.Status == "" && is.Status == string(health.NoData)) {
				continue
			}
			c := changedMetric{Score: tenth(is.Score), Confidence: math.Floor(is.Confidence), Status: health.Status(is.Status), Previous: tenth(was.Score)}
			if is.Score != nil {
				zone := health.ZoneOf(*is.Score)
				c.Zone = &zone
			}
			names, changed[string(m)] = append(names, string(m)), c
		}
		if len(names) == 0 {
			return nil
		}
		slices.Sort(names)
		e, err := s.accounts.Event(blush.MetricChanged, u.ID, "", map[string]any{"user_id": u.ID, "metrics": names}, map[string]any{"metrics": changed})
		if err != nil {
			return err
		}
		return s.store.Raise(ctx, u.CustomerID, u.Environment, e)
	})
	return kept, err
}

// tenth rounds a score to a tenth of a point, because more digits would suggest more precision than there is.
func tenth(v *float64) *float64 {
	if v == nil {
		return nil
	}
	r := math.Round(*v*10) / 10
	return &r
}

func sameTenth(a, b *float64) bool {
	a, b = tenth(a), tenth(b)
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}
