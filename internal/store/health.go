package store

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"math"
	"slices"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// putPoint writes what a finished scan adds to the history.
func (s *Store) putPoint(ctx context.Context, q *query.Queries, tx *sql.Tx, p blush.ScanPoint) error {
	err := q.PutScanPoint(ctx, query.PutScanPointParams{
		ScanID: p.ScanID, UserID: p.UserID, At: millis(p.At), Timezone: p.Timezone, AtRest: p.AtRest, Confidence: p.Confidence,
		HeartRate: p.HeartRate, Sdnn: p.SDNN, Rmssd: p.RMSSD, StressIndex: p.StressIndex,
	})
	if err != nil {
		return err
	}
	if err := q.DropScanEstimates(ctx, p.ScanID); err != nil {
		return err
	}
	rows := make([][]any, 0, len(p.Estimates))
	for biomarker, e := range p.Estimates {
		var low, high *float64
		if e.Value != nil {
			low, high = &e.Low, &e.High
		}
		rows = append(rows, []any{p.ScanID, biomarker, p.UserID, millis(p.At), p.Timezone, e.Value, low, high, e.Confidence, e.Reason})
	}
	return insertRows(ctx, writer{tx, s.written}, "scan_estimate", rows)
}

// touch records that there is new data about a person, so that insights from a time on must be computed again.
func touch(ctx context.Context, q *query.Queries, userID string, from time.Time) error {
	ms := millis(from)
	return q.TouchInsights(ctx, query.TouchInsightsParams{UserID: userID, StaleFrom: &ms})
}

// always is the time from which a fact about the person matters, such as the sex.
var always = time.UnixMilli(0)

// PutScanPoints stores the points of scans that were stored before.
func (s *Store) PutScanPoints(ctx context.Context, points []blush.ScanPoint) error {
	return s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		for _, p := range points {
			if err := s.putPoint(ctx, q, tx, p); err != nil {
				return err
			}
			if err := touch(ctx, q, p.UserID, p.At); err != nil {
				return err
			}
		}
		return nil
	})
}

// ScansWithoutPoint lists a user's finished scans that are not in the history yet.
func (s *Store) ScansWithoutPoint(ctx context.Context, userID string) ([]blush.Scan, error) {
	rows, err := s.q().ScansWithoutPoint(ctx, userID)
	return scans(rows), err
}

// ScanValues returns the points of a user's scans from one time to another, both
// included, the oldest first, without ids and estimates.
func (s *Store) ScanValues(ctx context.Context, userID string, from, to time.Time) ([]blush.ScanPoint, error) {
	rows, err := s.q().ScanValues(ctx, query.ScanValuesParams{UserID: userID, FromAt: millis(from), ToAt: millis(to)})
	points := make([]blush.ScanPoint, len(rows))
	for i, r := range rows {
		points[i] = blush.ScanPoint{
			UserID: userID, At: fromMillis(r.At), Timezone: r.Timezone, AtRest: r.AtRest, Confidence: r.Confidence,
			HeartRate: r.HeartRate, SDNN: r.Sdnn, RMSSD: r.Rmssd, StressIndex: r.StressIndex,
		}
	}
	return points, err
}

// EstimatesOf returns one biomarker of a user's scans from one time up to but not including another, the oldest first.
func (s *Store) EstimatesOf(ctx context.Context, userID, biomarker string, from, to time.Time) ([]blush.EstimateAt, error) {
	rows, err := s.q().EstimatesOf(ctx, query.EstimatesOfParams{UserID: userID, Biomarker: biomarker, FromAt: millis(from), ToAt: millis(to)})
	out := make([]blush.EstimateAt, len(rows))
	for i, r := range rows {
		out[i] = blush.EstimateAt{ScanID: r.ScanID, At: fromMillis(r.At), Timezone: r.Timezone,
			PointEstimate: estimate(r.Value, r.Low, r.High, r.Confidence, r.Reason)}
	}
	return out, err
}

// NewestScanPoints returns the estimates of the newest scans up to a time,
// the newest first, without the values of the metrics.
func (s *Store) NewestScanPoints(ctx context.Context, userID string, to time.Time, most int) ([]blush.ScanPoint, error) {
	rows, err := s.q().NewestScanPoints(ctx, query.NewestScanPointsParams{UserID: userID, ToAt: millis(to), Most: int32(most)})
	if err != nil {
		return nil, err
	}
	points := make([]blush.ScanPoint, len(rows))
	for i, r := range rows {
		points[i] = blush.ScanPoint{ScanID: r.ScanID, UserID: userID, At: fromMillis(r.At), Timezone: r.Timezone, AtRest: r.AtRest,
			Estimates: map[string]blush.PointEstimate{}}
		estimates, err := s.q().EstimatesOfScan(ctx, r.ScanID)
		if err != nil {
			return nil, err
		}
		for _, e := range estimates {
			points[i].Estimates[e.Biomarker] = estimate(e.Value, e.Low, e.High, e.Confidence, e.Reason)
		}
	}
	return points, nil
}

func estimate(value, low, high *float64, confidence float64, reason string) blush.PointEstimate {
	e := blush.PointEstimate{Value: value, Confidence: confidence, Reason: reason}
	if low != nil && high != nil {
		e.Low, e.High = *low, *high
	}
	return e
}

// NextScanAt returns the time of the first scan after a time; ok is false if there is none.
func (s *Store) NextScanAt(ctx context.Context, userID string, after time.Time) (at time.Time, ok bool, err error) {
	ms, err := s.q().NextScanAt(ctx, query.NextScanAtParams{UserID: userID, After: millis(after)})
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	return fromMillis(ms), err == nil, err
}

// Import stores a history from elsewhere, everything or nothing. Items whose id is
// already stored stay unchanged.
func (s *Store) Import(ctx context.Context, userID string, scans []blush.Scan, answers []blush.Answer, readings []blush.Reading, a blush.AuditEntry) error {
	return s.importAfter(ctx, nil, userID, scans, answers, readings, a)
}

// ImportNew is Import for a user who has no other scan up to a time. Otherwise it stores nothing, and the error is a Conflict. Of
// several concurrent calls with different scans, one succeeds.
func (s *Store) ImportNew(ctx context.Context, userID string, until time.Time, scans []blush.Scan, answers []blush.Answer, readings []blush.Reading, a blush.AuditEntry) error {
	alone := func(q *query.Queries) error {
		err := touch(ctx, q, userID, always) // the others wait from here on
		if isForeignKey(err) {
			err = blush.E(blush.NotFound, "User not found.")
		}
		if err != nil {
			return err
		}
		newest, err := q.NewestScanPoints(ctx, query.NewestScanPointsParams{UserID: userID, ToAt: millis(until), Most: 1})
		for _, p := range newest {
			if !slices.ContainsFunc(scans, func(sc blush.Scan) bool { return sc.ID == p.ScanID }) {
				return blush.E(blush.Conflict, "This user already has other scans up to %s. Create the history for a new user, before any other scan.", until.UTC().Format(time.RFC3339))
			}
		}
		return err
	}
	return s.importAfter(ctx, alone, userID, scans, answers, readings, a)
}

func (s *Store) importAfter(ctx context.Context, check func(*query.Queries) error, userID string, scans []blush.Scan, answers []blush.Answer, readings []blush.Reading, a blush.AuditEntry) error {
	k, err := s.keyOfUser(ctx, userID)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		if check != nil {
			if err := check(q); err != nil {
				return err
			}
		}
		for _, sc := range scans {
			n, err := insertScan(ctx, q, sc)
			if err != nil {
				return err
			}
			if n > 0 && sc.Point != nil {
				if err := s.putPoint(ctx, q, tx, *sc.Point); err != nil {
					return err
				}
			}
		}
		for _, an := range answers {
			if err := insertAnswer(ctx, q, k, an); err != nil {
				return err
			}
		}
		for _, r := range readings {
			if _, err := insertReading(ctx, q, r); err != nil {
				return err
			}
		}
		if err := touch(ctx, q, userID, always); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
}

func insertAnswer(ctx context.Context, q *query.Queries, k customerKey, an blush.Answer) error {
	err := q.InsertAnswer(ctx, query.InsertAnswerParams{
		ID: an.ID, UserID: an.UserID, LookupKey: an.Key, Instrument: an.Instrument, KeyID: &k.id, SealedValue: k.value(an), At: millis(an.At), Timezone: an.Timezone,
	})
	if isForeignKey(err) {
		return blush.E(blush.NotFound, "User not found.")
	}
	return err
}

func insertReading(ctx context.Context, q *query.Queries, r blush.Reading) (int64, error) {
	n, err := q.InsertReading(ctx, query.InsertReadingParams{
		ID: r.ID, UserID: r.UserID, Systolic: r.Systolic, Diastolic: r.Diastolic, Pulse: r.Pulse,
		MeasuredAt: millis(r.MeasuredAt), Timezone: r.Timezone, Source: r.Source, CreatedAt: millis(r.CreatedAt),
	})
	if isForeignKey(err) {
		return 0, blush.E(blush.NotFound, "User not found.")
	}
	return n, err
}

// AddAnswers stores answers of one user. An answer that repeats the newest one to its
// question within the time retry is a retry, and is not stored twice.
func (s *Store) AddAnswers(ctx context.Context, userID string, answers []blush.Answer, retry time.Duration, a blush.AuditEntry) error {
	k, err := s.keyOfUser(ctx, userID)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		for _, an := range answers {
			row, err := q.NewestAnswer(ctx, query.NewestAnswerParams{UserID: userID, LookupKey: an.Key})
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			if err == nil && an.At.Sub(fromMillis(row.At)).Abs() < retry {
				last, err := s.answer(ctx, q, row)
				if err != nil {
					return err
				}
				if last.Value == an.Value {
					continue
				}
			}
			if err := insertAnswer(ctx, q, k, an); err != nil {
				return err
			}
			if err := touch(ctx, q, userID, an.At); err != nil {
				return err
			}
		}
		return audit(ctx, q, a)
	})
}

// Answers lists everything that a user answered, the oldest first.
func (s *Store) Answers(ctx context.Context, userID string) ([]blush.Answer, error) {
	q := s.q()
	rows, err := q.ListAnswers(ctx, userID)
	if err != nil {
		return nil, err
	}
	return s.answers(ctx, q, rows)
}

// AnswersOf lists everything that a user answered, like Answers, but reads a page at a time.
func (s *Store) AnswersOf(ctx context.Context, userID string) iter.Seq2[blush.Answer, error] {
	q := s.q()
	after := query.ListAnswersAfterParams{UserID: userID, AfterAt: math.MinInt64, PageLimit: pageRows}
	return pages(func() ([]blush.Answer, error) {
		rows, err := q.ListAnswersAfter(ctx, after)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		last := rows[len(rows)-1]
		after.AfterAt, after.AfterID = last.At, last.ID
		return s.answers(ctx, q, rows)
	}, func(an blush.Answer) blush.Answer { return an })
}

// LatestAnswers returns a user's answers that count at a time: the newest to each
// question, and all answers to a questionnaire, whose items count together.
func (s *Store) LatestAnswers(ctx context.Context, userID string, to time.Time) ([]blush.Answer, error) {
	q := s.q()
	rows, err := q.LatestAnswers(ctx, query.LatestAnswersParams{UserID: userID, ToAt: millis(to)})
	if err != nil {
		return nil, err
	}
	return s.answers(ctx, q, rows)
}

func (s *Store) answers(ctx context.Context, q *query.Queries, rows []query.Answer) ([]blush.Answer, error) {
	out := make([]blush.Answer, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = s.answer(ctx, q, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AddReading stores a cuff reading. The same values at the same time are the
// same reading: then the stored one is returned, and created is false.
func (s *Store) AddReading(ctx context.Context, r blush.Reading, a blush.AuditEntry) (stored blush.Reading, created bool, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := insertReading(ctx, q, r)
		if err != nil {
			return err
		}
		if created = n > 0; created {
			if err := touch(ctx, q, r.UserID, r.MeasuredAt); err != nil {
				return err
			}
		}
		row, err := q.GetReadingLike(ctx, query.GetReadingLikeParams{
			UserID: r.UserID, MeasuredAt: millis(r.MeasuredAt), Systolic: r.Systolic, Diastolic: r.Diastolic,
		})
		if err != nil {
			return err
		}
		stored = reading(row)
		a.ObjectID = stored.ID
		return audit(ctx, q, a)
	})
	return stored, created, err
}

// Reading finds one reading of a user.
func (s *Store) Reading(ctx context.Context, userID, id string) (blush.Reading, error) {
	r, err := s.q().GetReading(ctx, query.GetReadingParams{ID: id, UserID: userID})
	return reading(r), found(err, "Reading")
}

// ReadingOf finds a reading of a customer's user in one environment.
func (s *Store) ReadingOf(ctx context.Context, customerID string, env blush.Environment, id string) (blush.Reading, error) {
	r, err := s.q().GetReadingOf(ctx, query.GetReadingOfParams{ID: id, CustomerID: customerID, Environment: string(env)})
	return reading(r), found(err, "Reading")
}

// Readings lists a user's readings, the newest first.
func (s *Store) Readings(ctx context.Context, userID string, after Cursor, limit int) (blush.List[blush.Reading], error) {
	rows, err := s.q().ListReadings(ctx, query.ListReadingsParams{
		UserID: userID, BeforeAt: millis(after.At), BeforeID: after.ID, PageLimit: int32(limit + 1),
	})
	return page(readings(rows), limit), err
}

// OldestReadings lists a user's readings, the oldest first.
func (s *Store) OldestReadings(ctx context.Context, userID string, after Cursor, limit int) (blush.List[blush.Reading], error) {
	rows, err := s.q().ListOldestReadings(ctx, query.ListOldestReadingsParams{
		UserID: userID, AfterAt: millis(after.At), AfterID: after.ID, PageLimit: int32(limit + 1),
	})
	return page(readings(rows), limit), err
}

// ReadingsBetween returns a user's readings from one time to another, both included, the oldest first.
func (s *Store) ReadingsBetween(ctx context.Context, userID string, from, to time.Time) ([]blush.Reading, error) {
	rows, err := s.q().ReadingsBetween(ctx, query.ReadingsBetweenParams{UserID: userID, FromAt: millis(from), ToAt: millis(to)})
	return readings(rows), err
}

// DeleteReading erases a reading, also from the answers stored for retries and from pending webhooks.
func (s *Store) DeleteReading(ctx context.Context, userID, id string, a blush.AuditEntry) error {
	return s.erase(ctx, userID, id, a, func(q *query.Queries) (int64, error) {
		r, err := q.GetReading(ctx, query.GetReadingParams{ID: id, UserID: userID})
		if err != nil {
			return 0, found(err, "Reading")
		}
		n, err := q.DeleteReading(ctx, query.DeleteReadingParams{ID: id, UserID: userID})
		return r.MeasuredAt, gone(n, err, "Reading")
	})
}

// erase deletes an object of a user's history with remove, which returns the object's time in milliseconds, and then erases it from
// the answers stored for retries and from pending webhooks.
func (s *Store) erase(ctx context.Context, userID, id string, a blush.AuditEntry, remove func(*query.Queries) (int64, error)) error {
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		at, err := remove(q)
		if err != nil {
			return err
		}
		if err := touch(ctx, q, userID, fromMillis(at)); err != nil {
			return err
		}
		if err := q.DeleteAnswersAbout(ctx, &userID); err != nil {
			return err
		}
		if err := q.ForgetValues(ctx, query.ForgetValuesParams{UserID: &userID, ObjectID: id}); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
	if err == nil {
		s.forget(ctx)
	}
	return err
}

func readings(rows []query.CuffReading) []blush.Reading {
	out := make([]blush.Reading, len(rows))
	for i, r := range rows {
		out[i] = reading(r)
	}
	return out
}

func reading(r query.CuffReading) blush.Reading {
	return blush.Reading{
		ID: r.ID, UserID: r.UserID, Systolic: r.Systolic, Diastolic: r.Diastolic, Pulse: r.Pulse,
		MeasuredAt: fromMillis(r.MeasuredAt), Timezone: r.Timezone, Source: r.Source, CreatedAt: fromMillis(r.CreatedAt),
	}
}

// GiveConsent stores that a user agreed to a text.
func (s *Store) GiveConsent(ctx context.Context, c blush.Consent, a blush.AuditEntry) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		err := q.InsertConsent(ctx, query.InsertConsentParams{
			ID: c.ID, UserID: c.UserID, Version: c.Version, TextHash: c.TextHash, Language: c.Language, GivenAt: millis(c.GivenAt),
		})
		if isForeignKey(err) {
			return blush.E(blush.NotFound, "User not found.")
		}
		if err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
}

// WithdrawConsent withdraws every consent to a version. The error is NotFound if there is none.
func (s *Store) WithdrawConsent(ctx context.Context, userID, version string, at time.Time, a blush.AuditEntry) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		ms := millis(at)
		n, err := q.WithdrawConsent(ctx, query.WithdrawConsentParams{At: &ms, UserID: userID, Version: version})
		if err := gone(n, err, "Consent"); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
}

// Consents lists what a user agreed to, the newest first.
func (s *Store) Consents(ctx context.Context, userID string) ([]blush.Consent, error) {
	rows, err := s.q().ListConsents(ctx, userID)
	out := make([]blush.Consent, len(rows))
	for i, r := range rows {
		out[i] = blush.Consent{
			ID: r.ID, UserID: r.UserID, Version: r.Version, TextHash: r.TextHash, Language: r.Language,
			GivenAt: fromMillis(r.GivenAt), WithdrawnAt: fromMillisPtr(r.WithdrawnAt),
		}
	}
	return out, err
}
