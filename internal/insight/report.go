package insight

import (
	"context"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// Report has a person's insights at a moment. Those that the journey has not unlocked
// are locked, with null values.
type Report struct {
	User blush.User
	// Language is the language of the texts: the requested one, else the user's, else the customer's, else English.
	Language string
	health.Insights
	// UpdatedAt is the time of the newest data behind the insights; nil if there is none.
	UpdatedAt *time.Time
	Journey   health.Journey
	Progress  health.Progress
	// Recommendations and Todos each name the insight that they come from and their source.
	Recommendations []health.Advice
	Todos           []health.Advice
	// Cuff is the newest reading that counts; nil if there is none.
	Cuff *blush.Reading
	// Previous has each metric and profile, by name, at the end of the last day
	// before that of UpdatedAt. It is empty if there is no such day, or if that
	// day was computed with another model.
	Previous   map[string]blush.Score
	PreviousAt *time.Time
}

// Insights returns a user's insights now.
func (s *Service) Insights(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string) (Report, error) {
	return s.report(ctx, c, ref, lang, blush.InsightRead)
}

// Journey returns how far a user is on the journey, and what to do next.
func (s *Service) Journey(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string) (Report, error) {
	return s.report(ctx, c, ref, lang, blush.JourneyRead)
}

func (s *Service) report(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string, action blush.Action) (Report, error) {
	u, err := s.reach(ctx, c, ref, action)
	if err != nil {
		return Report{}, err
	}
	progress, err := s.refresh(ctx, u.ID, atOnce)
	if err != nil {
		return Report{}, err
	}
	return s.reportAt(ctx, u, progress, lang, s.now())
}

// reportAt returns a user's insights at a moment, from all data until then.
func (s *Service) reportAt(ctx context.Context, u blush.User, progress userState, lang string, at time.Time) (Report, error) {
	l, err := s.cache.of(ctx, s, u.ID, progress.revision, at.Add(-lookback()))
	if err != nil {
		return Report{}, err
	}
	h := l.history(u, at.Add(-health.Memory()), at, false)
	if lang, err = s.language(ctx, lang, u); err != nil {
		return Report{}, err
	}
	r := Report{User: u, Language: lang, Journey: progress.journey, Progress: progress.Progress, Previous: map[string]blush.Score{}}
	h.Language = r.Language // a question that cannot be asked in this language is not listed as missing
	r.Insights = health.Compute(h, at).Lock(progress.Progress)
	r.Recommendations, r.Todos = health.Recommendations(r.Insights, h), health.Todos(r.Insights, progress.Progress, h)
	r.Cuff = l.cuff(at)
	if last, ok := newest(h); ok {
		r.UpdatedAt = &last
		if progress.behind {
			return r, nil
		}
		if err := r.addPrevious(ctx, s, last); err != nil {
			return Report{}, err
		}
	}
	return r, nil
}

// addPrevious fills in the scores before the day of the newest data.
func (r *Report) addPrevious(ctx context.Context, s *Service, last time.Time) error {
	d, ok, err := s.store.InsightDayBefore(ctx, r.User.ID, string(health.MentalStress), last, last.Format(time.DateOnly))
	if err != nil || !ok {
		return err
	}
	r.Previous = d.Scores
	for _, name := range r.Progress.Locked {
		delete(r.Previous, name)
	}
	at := d.At.In(blush.Location(d.Timezone))
	r.PreviousAt = &at
	return nil
}

// newest returns the time of the newest data in a history.
func newest(h health.History) (at time.Time, ok bool) {
	later := func(t time.Time) {
		if !ok || t.After(at) {
			at, ok = t, true
		}
	}
	for _, sc := range h.Scans {
		if sc.HeartRate != nil {
			later(sc.At)
		}
	}
	for _, a := range h.Answers {
		later(a.At)
	}
	for _, c := range h.Cuffs {
		later(c.At)
	}
	return at, ok
}
