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

// scores are the metrics and profiles by their names, in the form in which a day keeps them.
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

// grace is how far before something that was learnt days are computed again: if
// it was erased, its day ends with something earlier, in whatever time zone. A
// calendar day lasts 50 h from where it begins first to where it ends last.
const grace = 52 * time.Hour

// event is something that was learnt.
type event struct {
	at  time.Time
	day string
}

// ends lists the last moment of each day on which something was learnt, for the
// days that end at from or later, the oldest first.
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

// days works out how things stood at these moments.
func (w *walk) days(ends []event) []blush.InsightDay {
	days := make([]blush.InsightDay, 0, len(ends))
	for _, end := range ends {
		days = append(days, blush.InsightDay{Day: end.day, At: end.at, Timezone: end.at.Location().String(),
			Scores: scores(health.Compute(w.to(end.at), end.at))})
	}
	return days
}

// effort is how much of what is not known yet is computed.
type effort int

const (
	atOnce   effort = iota // what nobody waits long for: a few days
	toTheEnd               // all that does not hold any more
	anew                   // every day, from the results of the scans
)

// daysAtOnce is how many days are computed while somebody waits: some 15 ms. More,
// as after a reading of long ago, an erased scan or another birth date, are left to
// [Service.CatchUp].
const daysAtOnce = 60

// refreshTries is how often the days are computed when more is learnt meanwhile.
// Then they stay stale: whoever taught the rest, or asks next, computes them.
const refreshTries = 4

// Refresh computes at once what the days kept for a user do not hold yet, or
// after the commit of what they come from; many days in the background. It does
// nothing when they hold.
func (s *Service) Refresh(ctx context.Context, userID string) error {
	return s.store.After(ctx, func(ctx context.Context) error {
		u, err := s.store.UserByID(ctx, userID)
		if err != nil {
			return err
		}
		_, err = s.refresh(ctx, u, atOnce)
		return err
	})
}

// RefreshWith is Refresh after a scan was stored that [Service.AroundNew] told of, or nil.
func (s *Service) RefreshWith(ctx context.Context, userID string, with *Around) error {
	if with == nil {
		return s.Refresh(ctx, userID)
	}
	return s.store.After(ctx, func(ctx context.Context) error {
		u, err := s.store.UserByID(ctx, userID)
		if err != nil {
			return err
		}
		_, err = s.refreshWith(ctx, u, atOnce, with.learnt)
		return err
	})
}

// standing is how far a user is on which journey, at which revision of what was learnt, and whether the days kept are of this model.
type standing struct {
	health.Progress
	journey  health.Journey
	revision int64
	behind   bool
}

// refresh brings the days up to date with what was learnt. At once it does no more
// than a reader should wait for: days of another model, and those of a long time
// that does not hold any more, stand until [Service.CatchUp] has computed them.
func (s *Service) refresh(ctx context.Context, u blush.User, how effort) (standing, error) {
	return s.refreshWith(ctx, u, how, nil)
}

// refreshWith is refresh with all that is learnt, if it is known already and holds.
func (s *Service) refreshWith(ctx context.Context, u blush.User, how effort, known *learnt) (standing, error) {
	var p standing
	for range refreshTries {
		st, err := s.store.InsightState(ctx, u.ID)
		if err != nil {
			return p, err
		}
		j, name, err := journey(u, st.OwnJourney)
		if err != nil {
			return p, err
		}
		p.journey, p.revision = j, st.Revision
		other := st.ModelVersion != health.ModelVersion()
		all := how == anew || st.ModelVersion == "" || how == toTheEnd && other
		if p.behind = !all && other; p.behind {
			s.prioritise(u.ID)
		}
		if !all && st.StaleFrom == nil && st.Journey == name {
			return p, json.Unmarshal(st.Progress, &p.Progress)
		}
		if all { // scans of before there were insights are among what is new
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
		from := at.Add(time.Hour) // nothing
		if all {
			from = time.UnixMilli(0)
		} else if st.StaleFrom != nil {
			from = st.StaleFrom.Add(-grace)
		}
		p.Progress, st.Journey = j.Progress(h, at), name
		if s.store.InTransaction(ctx) { // which must be short: whoever taught it computes the days after the commit
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

// project adds the scans to the history that were finished without being in it,
// and returns how many.
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

// Import keeps a history that was lived elsewhere, for a user of the DEV
// environment alone, and computes what it means. Done again it changes nothing.
func (s *Service) Import(ctx context.Context, c blush.Caller, ref blush.UserRef, scans []blush.Scan, answers []blush.Answer, readings []blush.Reading) error {
	if c.Environment != blush.Dev {
		return blush.E(blush.Forbidden, "Only users of the DEV environment may have a made-up history.")
	}
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return err
	}
	if err := s.store.Import(ctx, u.ID, scans, answers, readings, s.accounts.Audit(c, blush.HistoryImport, u.ID, "")); err != nil {
		return err
	}
	_, err = s.compute(ctx, u.ID, toTheEnd)
	return err
}

// ImportNew is Import of what a user of the API ordered, up to its end, for a user of whom no other scan is known up to then.
func (s *Service) ImportNew(ctx context.Context, c blush.Caller, u blush.User, end time.Time, scans []blush.Scan, answers []blush.Answer, readings []blush.Reading) error {
	newest, err := s.store.NewestScanPoints(ctx, u.ID, end, 1)
	if err != nil {
		return err
	}
	for _, p := range newest {
		if !slices.ContainsFunc(scans, func(sc blush.Scan) bool { return sc.ID == p.ScanID }) {
			return blush.E(blush.Conflict, "This user has other scans up to %s already. Make a history for a new user, and other scans after it.", end.UTC().Format(time.RFC3339))
		}
	}
	return s.Import(ctx, c, blush.UserRef{ID: u.ID}, scans, answers, readings)
}

// Recompute computes every user's days again from their history, and tells each
// user's id before it does. It returns how many users there were.
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

// compute brings the days of one user up to date; known is false when the user was erased meanwhile.
func (s *Service) compute(ctx context.Context, userID string, how effort) (known bool, err error) {
	u, err := s.store.UserByID(ctx, userID)
	if err == nil {
		_, err = s.refresh(ctx, u, how)
	}
	if blush.KindOf(err) == blush.NotFound {
		return false, nil
	}
	return err == nil, err
}
