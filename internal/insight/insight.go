// Package insight stores what is known about a person (scans, answers, cuff
// readings, consents) and computes what it means: the current metrics, profiles,
// journey and advice of package health, and their history.
//
// The model itself is in package health. This package reads its input from the
// store and audits every access. The current values are computed from the history
// on each request. The values of each day are stored with the model's version.
// They are computed when new data arrives, and again when older data is added or
// erased, or when the model has changed.
package insight

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/hrv"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/store"
	"blush.example/blush/internal/words"
)

// Service stores data about people and computes their insights.
type Service struct {
	store    *store.Store
	accounts *account.Service
	now      func() time.Time
	queue    chan string // users whose days are not current and whose insights are being requested
	queued   sync.Map    // the ids in the queue, so that each is in it once
	cache    cache
}

// New makes the service. now is the clock, e.g. [time.Now].
func New(st *store.Store, accounts *account.Service, now func() time.Time) *Service {
	return &Service{store: st, accounts: accounts, now: now, queue: make(chan string, 256)}
}

// Now returns the time of the service's clock.
func (s *Service) Now() time.Time { return s.now() }

// reach finds the user of a request and audits the access.
func (s *Service) reach(ctx context.Context, c blush.Caller, ref blush.UserRef, action blush.Action) (blush.User, error) {
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return blush.User{}, err
	}
	return u, s.store.Audit(ctx, s.accounts.Audit(c, action, u.ID, ""))
}

// Point returns what a scan with this result adds to the person's history.
func Point(sc blush.Scan, r *engine.Result) *blush.ScanPoint {
	p := &blush.ScanPoint{
		ScanID: sc.ID, UserID: sc.UserID, At: sc.CreatedAt, Timezone: sc.Timezone, AtRest: sc.AtRest,
		Estimates: map[string]blush.PointEstimate{},
	}
	for _, e := range r.Estimates {
		pe := blush.PointEstimate{Value: e.Value, Confidence: e.Confidence}
		if e.Interval != nil {
			pe.Low, pe.High = e.Interval[0], e.Interval[1]
		}
		if e.Reason != nil {
			pe.Reason = string(*e.Reason)
		}
		p.Estimates[string(e.Biomarker)] = pe
		switch e.Biomarker {
		case biomarker.HeartRate:
			p.HeartRate, p.Confidence = e.Value, e.Confidence
		case biomarker.HeartRateVariability:
			p.SDNN = e.Value
		case biomarker.RMSSD:
			p.RMSSD = e.Value
		case biomarker.StressIndex:
			p.StressIndex = e.Value
		default: // not an input of the model
		}
	}
	return p
}

// scanPoint converts a stored point to the form of the model. A scan counts as made at
// rest, as the scan page asks for, unless it says otherwise.
func scanPoint(p blush.ScanPoint) health.ScanPoint {
	out := health.ScanPoint{
		At: p.At.In(blush.Location(p.Timezone)), AtRest: p.AtRest == nil || *p.AtRest, Confidence: p.Confidence,
		HeartRate: p.HeartRate, SDNN: p.SDNN, RMSSD: p.RMSSD, StressIndex: p.StressIndex,
	}
	if p.HeartRate != nil && p.SDNN != nil && p.RMSSD != nil {
		if pns, sns, ok := hrv.Balance(60 / *p.HeartRate, *p.SDNN, *p.RMSSD); ok {
			balance := pns - sns
			out.Balance = &balance
		}
	}
	return out
}

// whole returns all data about a person up to a moment: known if it is current, or else read again. It is not cached,
// because it is rarely needed.
func (s *Service) whole(ctx context.Context, u blush.User, at time.Time, revision int64, known *personData) (health.History, error) {
	if known == nil || known.revision != revision {
		var err error
		if known, err = s.readData(ctx, u.ID, time.UnixMilli(0)); err != nil {
			return health.History{}, err
		}
	}
	return known.history(u, time.UnixMilli(0), at, true), nil
}

// history converts the data from one time up to another to the form of the model. Of the answers it takes all, or
// only those that count at the second time.
func (l *personData) history(u blush.User, from, to time.Time, allAnswers bool) health.History {
	answers := l.answers
	if !allAnswers {
		answers = latestAnswers(answers, to)
	}
	return Model(u, between(l.points, func(p blush.ScanPoint) time.Time { return p.At }, from, to), answers,
		between(l.readings, func(r blush.Reading) time.Time { return r.MeasuredAt }, from, to))
}

// Model converts the stored data about a user to the form of the model.
func Model(u blush.User, points []blush.ScanPoint, answers []blush.Answer, readings []blush.Reading) health.History {
	h := health.History{BirthDate: text(u.BirthDate), Sex: text(u.Sex), Language: text(u.Language), Scans: make([]health.ScanPoint, len(points))}
	for i, p := range points {
		h.Scans[i] = scanPoint(p)
	}
	for _, a := range answers {
		h.Answers = append(h.Answers, health.Answer{Key: a.Key, Value: a.Value, At: a.At.In(blush.Location(a.Timezone))})
	}
	for _, r := range readings {
		h.Cuffs = append(h.Cuffs, health.Cuff{Systolic: r.Systolic, Diastolic: r.Diastolic, At: r.MeasuredAt.In(blush.Location(r.Timezone))})
	}
	return h
}

// defaultJourney is the default journey in the form of a customer's own one.
var defaultJourney = sync.OnceValues(func() ([]byte, error) { return json.Marshal(health.DefaultJourney()) })

// journey returns the journey of a user, which is the customer's own one if there is one, and a name that changes
// with its content and with everything else that progress depends on.
func journey(u blush.User, own json.RawMessage) (j health.Journey, name string, err error) {
	j = health.DefaultJourney()
	b, err := defaultJourney()
	if own != nil {
		if j, err = health.ParseJourney(own); err != nil {
			return j, "", fmt.Errorf("journey of the customer of user %s: %w", u.ID, err)
		}
		b, err = json.Marshal(j)
	}
	j.Locked = u.Locked
	sum := sha256.Sum256(slices.Concat(b, []byte(text(u.Language)), []byte(strings.Join(u.Locked, " "))))
	return j, hex.EncodeToString(sum[:8]), err
}

// language returns the requested language, else the user's own, else the customer's, else English.
func (s *Service) language(ctx context.Context, asked string, u blush.User) (string, error) {
	if l := words.Language(asked); l != "" {
		return l, nil
	}
	if l := words.Language(text(u.Language)); l != "" {
		return l, nil
	}
	c, err := s.store.Customer(ctx, u.CustomerID)
	return words.FirstLanguage(c.Page.Language), err
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
