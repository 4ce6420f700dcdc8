package insight

import (
	"context"
	"errors"
	"fmt"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/store"
)

// Cuff is the only source of readings.
const Cuff = "cuff"

const (
	// clockSkew is how far a phone's clock may be ahead.
	clockSkew = 5 * time.Minute
	// oldestReading is how many years ago a reading may have been taken: as far back as the pages show.
	oldestReading = 5
	// leastPulse and mostPulse are the limits of a pulse in bpm.
	leastPulse, mostPulse = 20, 300
	// leastPulsePressure is the least difference of systolic and diastolic in mmHg.
	leastPulsePressure = 5
)

// NewReading is a cuff reading to be stored, in mmHg and bpm.
type NewReading struct {
	Systolic, Diastolic float64
	Pulse               *float64
	// MeasuredAt is when it was measured; nil means now. A zero time is one of the year 1.
	MeasuredAt *time.Time
	Timezone   string // IANA name; empty means UTC
}

// KeptReading is a stored reading, and the notice that must be shown for it.
type KeptReading struct {
	blush.Reading
	// Notice is set for a reading in a dangerous range; its words are [health.Text] of "notice."+Code.
	Notice   *health.Notice
	Language string
	// Age is how long ago it was taken.
	Age time.Duration
}

// AddReading stores a reading and computes at once what it changes. The same values at
// the same time are the same reading: then created is false. lang is the language of the
// texts; empty means the user's.
func (s *Service) AddReading(ctx context.Context, c blush.Caller, ref blush.UserRef, n NewReading, lang string) (kept KeptReading, created bool, err error) {
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return kept, false, err
	}
	now := s.now()
	at := now
	if n.MeasuredAt != nil {
		at = *n.MeasuredAt
	}
	tz, err := n.check(c, at, now)
	if err != nil {
		return kept, false, err
	}
	if at.After(now) {
		at = now
	}
	if lang, err = s.language(ctx, lang, u); err != nil {
		return kept, false, err
	}
	err = s.store.Together(ctx, func(ctx context.Context) error {
		var r blush.Reading
		r, created, err = s.store.AddReading(ctx, blush.Reading{
			ID: blush.NewID(), UserID: u.ID, Systolic: n.Systolic, Diastolic: n.Diastolic, Pulse: n.Pulse,
			MeasuredAt: at, Timezone: tz, Source: Cuff, CreatedAt: now,
		}, s.accounts.Audit(c, blush.ReadingCreate, u.ID, ""))
		if err != nil {
			return err
		}
		kept = s.kept(r, lang)
		if kept.Notice == nil || !created {
			return nil
		}
		return s.raiseNotice(ctx, u, r.ID, *kept.Notice)
	})
	if err != nil {
		return KeptReading{}, false, err
	}
	return kept, created, s.Refresh(ctx, u.ID)
}

func (s *Service) kept(r blush.Reading, lang string) KeptReading {
	k := KeptReading{Reading: r, Language: lang, Age: s.now().Sub(r.MeasuredAt)}
	if k.Age <= health.CuffMemory() { // a dangerous reading from long ago needs no notice now
		k.Notice = health.CuffNotice(health.Cuff{Systolic: r.Systolic, Diastolic: r.Diastolic, At: r.MeasuredAt}, s.now())
	}
	return k
}

// check refuses values that no cuff shows.
func (n NewReading) check(c blush.Caller, at, now time.Time) (timezone string, err error) {
	var faults []blush.FieldError
	fault := func(bad bool, field, format string, args ...any) {
		if bad {
			faults = append(faults, blush.FieldError{Path: []any{field}, Msg: fmt.Sprintf(format, args...), Type: "value_error"})
		}
	}
	outside := func(v float64, name biomarker.Name) (bool, biomarker.Kind) {
		k, _ := biomarker.Find(name)
		return !(v >= k.Min && v <= k.Max), k
	}
	bad, k := outside(n.Systolic, biomarker.SystolicBloodPressure)
	fault(bad, "systolic", "systolic must be %g to %g mmHg.", k.Min, k.Max)
	bad, k = outside(n.Diastolic, biomarker.DiastolicBloodPressure)
	fault(bad, "diastolic", "diastolic must be %g to %g mmHg.", k.Min, k.Max)
	fault(len(faults) == 0 && n.Systolic-n.Diastolic < leastPulsePressure, "diastolic", "diastolic must be at least %d mmHg below systolic: are the two swapped?", leastPulsePressure)
	fault(n.Pulse != nil && !(*n.Pulse >= leastPulse && *n.Pulse <= mostPulse), "pulse", "pulse must be %d to %d bpm.", leastPulse, mostPulse)
	fault(at.After(now.Add(clockSkew)), "measured_at", "measured_at must not be in the future.")
	fault(at.Before(now.AddDate(-oldestReading, 0, -1)), "measured_at", "measured_at must not be more than %d years ago.", oldestReading)
	timezone, err = blush.Zone(c, n.Timezone)
	var e *blush.Error
	if errors.As(err, &e) {
		faults = append(faults, e.Fields...)
	}
	if len(faults) > 0 {
		return "", &blush.Error{Kind: blush.Unprocessed, Message: faults[0].Msg, Fields: faults}
	}
	return timezone, nil
}

// Readings lists a user's cuff readings, the newest first.
func (s *Service) Readings(ctx context.Context, c blush.Caller, ref blush.UserRef, p blush.Page, lang string) (blush.List[KeptReading], error) {
	var none blush.List[KeptReading]
	p, err := p.Check()
	if err != nil {
		return none, err
	}
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return none, err
	}
	after := store.Newest
	if p.StartingAfter != "" {
		last, err := s.store.Reading(ctx, u.ID, p.StartingAfter)
		if blush.KindOf(err) == blush.NotFound {
			return none, blush.Field("starting_after must be the id of a reading of this user.", "value_error", "starting_after")
		}
		if err != nil {
			return none, err
		}
		after = store.Cursor{At: last.MeasuredAt, ID: last.ID}
	}
	l, err := s.store.Readings(ctx, u.ID, after, p.Limit)
	if err != nil {
		return none, err
	}
	if lang, err = s.language(ctx, lang, u); err != nil {
		return none, err
	}
	out := blush.List[KeptReading]{Data: make([]KeptReading, len(l.Data)), HasMore: l.HasMore}
	for i, r := range l.Data {
		out.Data[i] = s.kept(r, lang)
	}
	return out, s.store.Audit(ctx, s.accounts.Audit(c, blush.ReadingList, u.ID, ""))
}

// Reading finds one cuff reading that the caller may read.
func (s *Service) Reading(ctx context.Context, c blush.Caller, id string) (blush.Reading, error) {
	parsed, err := blush.CheckID(id, "reading_id")
	if err != nil {
		return blush.Reading{}, err
	}
	r, err := s.store.ReadingOf(ctx, c.CustomerID, c.Environment, parsed)
	if err != nil {
		return blush.Reading{}, err
	}
	if c.Kind == blush.ByToken && c.UserID != r.UserID {
		return blush.Reading{}, blush.E(blush.NotFound, "Reading not found.")
	}
	return r, s.store.Audit(ctx, s.accounts.Audit(c, blush.ReadingRead, r.UserID, r.ID))
}

// DeleteReading erases one reading of a user.
func (s *Service) DeleteReading(ctx context.Context, c blush.Caller, ref blush.UserRef, id string) error {
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return err
	}
	parsed, err := blush.CheckID(id, "reading_id")
	if err != nil {
		return err
	}
	if err := s.store.DeleteReading(ctx, u.ID, parsed, s.accounts.Audit(c, blush.ReadingDelete, u.ID, parsed)); err != nil {
		return err
	}
	return s.Refresh(ctx, u.ID)
}
