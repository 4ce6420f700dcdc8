package insight

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// scores returns the metrics and profiles by their names, in the form in which a day stores them.
func scores(in health.Insights) map[string]blush.Score {
	out := make(map[string]blush.Score, len(in.Metrics)+len(in.Profiles))
	for _, m := range in.Metrics {
		out[string(m.Metric)] = blush.Score{Score: m.Score, Interval: m.Interval, Confidence: m.Confidence, Status: string(m.Status)}
	}
	for _, p := range in.Profiles {
		sc := blush.Score{Confidence: p.Confidence}
		if p.Score != nil {
			hundredfold := 100 * *p.Score
			sc.Score = &hundredfold
		}
		out[p.Name] = sc
	}
	return out
}

// grace is how long before a change the days are computed again. If data was erased, its
// day now ends with earlier data, in any time zone. Over all time zones, a calendar day
// lasts 50 h from its first beginning to its last end.
const grace = 52 * time.Hour

// event is the time of one piece of data.
type event struct {
	at  time.Time
	day string
}

// ends lists the last event of each day with new data, for the days that end at from
// or later, the oldest first.
func (w *walk) ends(from time.Time) []event {
	last := map[string]time.Time{}
	learn := func(at time.Time) {
		day := at.Format(time.DateOnly)
		if before, ok := last[day]; !ok || at.After(before) {
			last[day] = at
		}
	}
	for _, sc := range w.scans {
		learn(sc.At)
	}
	for _, a := range w.answers {
		learn(a.At)
	}
	for _, c := range w.cuffs {
		learn(c.At)
	}
	var ends []event
	for day, at := range last {
		if !at.Before(from) {
			ends = append(ends, event{at, day})
		}
	}
	slices.SortFunc(ends, func(a, b event) int { return a.at.Compare(b.at) })
	return ends
}

// days computes the insights at these moments.
func (w *walk) days(ends []event) []blush.InsightDay {
	days := make([]blush.InsightDay, 0, len(ends))
	for _, end := range ends {
		days = append(days, blush.InsightDay{Day: end.day, At: end.at, Timezone: end.at.Location().String(),
			Scores: scores(health.Compute(w.to(end.at), end.at))})
	}
	return days
}

// effort says how many of the days that are not current are computed.
type effort int

const (
	atOnce   effort = iota // only if they are few, because a request waits
	toTheEnd               // all that are not current
	anew                   // every day, again from the results of the scans
)

// daysAtOnce is the largest number of days that are computed within a request, which takes
// about 15 ms. More days, e.g. after an old reading, an erased scan or another birth date,
// are left to [Service.CatchUp].
const daysAtOnce = 60

// refreshTries is how often the days are computed if new data arrives meanwhile. After
// that they stay stale: the request with the new data, or the next one, computes them.
const refreshTries = 4

// Refresh brings the stored days of a user up to date: at once, or in a transaction
// after its commit; many days in the background. It does nothing if they are current.
func (s *Service) Refresh(ctx context.Context, userID string) error {
	return s.RefreshWith(ctx, userID, nil)
}

// RefreshWith is Refresh after a scan was stored. with is what [Service.NewScanInsights] returned for it, or nil.
func (s *Service) RefreshWith(ctx context.Context, userID string, with *ScanInsights) error {
	var known *personData
	if with != nil {
		known = with.data
	}
	return s.store.After(ctx, func(ctx context.Context) error {
		st, err := s.store.InsightState(ctx, userID)
		if err != nil {
			return err
		}
		_, err = s.refreshFrom(ctx, st, atOnce, known)
		return err
	})
}

// userState is a user's progress on the journey at a revision of the data. behind says that stored days are not current.
type userState struct {
	health.Progress
	journey  health.Journey
	revision int64
	behind   bool
}

// refresh brings the days up to date. With atOnce it does no more than a request should
// wait for: days of another version of the model, and long periods that are not current,
// stay unchanged until [Service.CatchUp] has computed them.
func (s *Service) refresh(ctx context.Context, userID string, how effort) (userState, error) {
	st, err := s.store.InsightState(ctx, userID)
	if err != nil {
		return userState{}, err
	}
	return s.refreshFrom(ctx, st, how, nil)
}

// refreshFrom is refresh from a state that was just read. known is all of the user's data, or nil; it is used only if it is current.
func (s *Service) refreshFrom(ctx context.Context, st blush.InsightState, how effort, known *personData) (p userState, err error) {
	for try := range refreshTries {
		if try > 0 {
			if st, err = s.store.InsightState(ctx, st.User.ID); err != nil {
				return p, err
			}
		}
		u := st.User
		j, name, err := journey(u, st.OwnJourney)
		if err != nil {
			return p, err
		}
		p = userState{journey: j, revision: st.Revision}
		other := st.ModelVersion != health.ModelVersion()
		all := how == anew || st.ModelVersion == "" || how == toTheEnd && other
		if p.behind = !all && other; p.behind {
			s.prioritise(u.ID)
		}
		if !all && st.StaleFrom == nil && st.Journey == name {
			return p, json.Unmarshal(st.Progress, &p.Progress)
		}
		if all { // scans from before there were insights count as new data
			if n, err := s.project(ctx, u); err != nil {
				return p, err
			} else if n > 0 {
				continue
			}
			st.ModelVersion = health.ModelVersion()
		}
		at := s.now()
		h, err := s.whole(ctx, u, at, st.Revision, known)
		if err != nil {
			return p, err
		}
		from := staleFrom(st, all, at)
		p.Progress, st.Journey = j.Progress(h, at), name
		if s.store.InTransaction(ctx) { // a transaction must be short: the days are computed after its commit
			return p, nil
		}
		if st.Progress, err = json.Marshal(p.Progress); err != nil {
			return p, err
		}
		w := newWalk(h)
		ends := w.ends(from)
		if how == atOnce && len(ends) > daysAtOnce {
			p.behind = true
			s.prioritise(u.ID)
			return p, nil
		}
		days := w.days(ends)
		kept, err := s.keep(ctx, u, p.IsLocked, func(ctx context.Context) (bool, error) {
			return s.store.KeepInsights(ctx, u.ID, st, from, days)
		})
		if err != nil || kept {
			return p, err
		}
	}
	return p, nil
}

// staleFrom returns the time from which days must be computed again; a time in the future if none must.
func staleFrom(st blush.InsightState, all bool, now time.Time) time.Time {
	switch {
	case all:
		return time.UnixMilli(0)
	case st.StaleFrom != nil:
		return st.StaleFrom.Add(-grace)
	}
	return now.Add(time.Hour)
}

// project adds finished scans to the history that are missing there, and returns how
// many it added.
func (s *Service) project(ctx context.Context, u blush.User) (int, error) {
	scans, err := s.store.ScansWithoutPoint(ctx, u.ID)
	if err != nil || len(scans) == 0 {
		return 0, err
	}
	points := make([]blush.ScanPoint, len(scans))
	for i, sc := range scans {
		var r engine.Result
		if err := json.Unmarshal(sc.Result, &r); err != nil {
			return 0, fmt.Errorf("stored result of scan %s: %w", sc.ID, err)
		}
		points[i] = *Point(sc, &r)
	}
	return len(points), s.store.PutScanPoints(ctx, points)
}

// Import stores a made-up history for a user of the DEV environment, and computes the
// insights. A second Import of the same history changes nothing.
func (s *Service) Import(ctx context.Context, c blush.Caller, ref blush.UserRef, scans []blush.Scan, answers []blush.Answer, readings []blush.Reading) error {
	return s.imported(ctx, c, ref, func(userID string, a blush.AuditEntry) error {
		return s.store.Import(ctx, userID, scans, answers, readings, a)
	})
}

// ImportNew is Import of what a user of the API ordered, up to its end, for a user of whom no other scan is known up to then.
func (s *Service) ImportNew(ctx context.Context, c blush.Caller, u blush.User, end time.Time, scans []blush.Scan, answers []blush.Answer, readings []blush.Reading) error {
	return s.imported(ctx, c, blush.UserRef{ID: u.ID}, func(userID string, a blush.AuditEntry) error {
		return s.store.ImportNew(ctx, userID, end, scans, answers, readings, a)
	})
}

func (s *Service) imported(ctx context.Context, c blush.Caller, ref blush.UserRef, keep func(userID string, a blush.AuditEntry) error) error {
	if c.Environment != blush.Dev {
		return blush.E(blush.Forbidden, "Only users of the DEV environment may have a made-up history.")
	}
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return err
	}
	if err := keep(u.ID, s.accounts.Audit(c, blush.HistoryImport, u.ID, "")); err != nil {
		return err
	}
	_, err = s.compute(ctx, u.ID, toTheEnd)
	return err
}

// Recompute computes every user's days again from their history. It calls each with
// the user's id before. It returns how many users there were.
func (s *Service) Recompute(ctx context.Context, each func(userID string)) (int, error) {
	users, after := 0, ""
	for {
		ids, err := s.store.UserIDs(ctx, after, 500)
		if err != nil || len(ids) == 0 {
			return users, err
		}
		for _, id := range ids {
			each(id)
			switch known, err := s.compute(ctx, id, anew); {
			case err != nil:
				return users, fmt.Errorf("user %s: %w", id, err)
			case known:
				users++
			}
		}
		after = ids[len(ids)-1]
	}
}

// compute brings the days of one user up to date; known is false if the user was erased meanwhile.
func (s *Service) compute(ctx context.Context, userID string, how effort) (known bool, err error) {
	_, err = s.refresh(ctx, userID, how)
	if blush.KindOf(err) == blush.NotFound {
		return false, nil
	}
	return err == nil, err
}
