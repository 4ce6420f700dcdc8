package insight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// maxAnswers is the largest number of answers in one call.
const maxAnswers = 100

// retryAfter is the time within which the same answer to the same question counts as a retry of the same call.
const retryAfter = 5 * time.Minute

// Question is a question with the user's last answer to it.
type Question struct {
	health.Asked
	// Answer is nil if there is none.
	Answer *blush.Answer
	// Stale is set if the answer is too old to count fully.
	Stale bool
}

// ofScanPage are the questions that the scan page asks, in this order. The dashboard asks the others.
var ofScanPage = []string{"feeling_stressed_last_month", "daily_activities", "average_sleep_hours", "nightly_wake_ups", "hours_sport_week"}

// Questions lists what a user can be asked, in a language, with the last answers.
// For a token of the scan page it lists what that page asks now, without answers.
func (s *Service) Questions(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string) (string, []Question, error) {
	u, err := s.reach(ctx, c, ref, blush.QuestionList)
	if err != nil {
		return "", nil, err
	}
	now := s.now()
	given, err := s.store.LatestAnswers(ctx, u.ID, now)
	if err != nil {
		return "", nil, err
	}
	last := map[string]blush.Answer{}
	for _, a := range given {
		last[a.Key] = a // the oldest comes first
	}
	if lang, err = s.language(ctx, lang, u); err != nil {
		return "", nil, err
	}
	out := []Question{}
	for _, q := range health.Questions(lang) {
		if q.Sex != "" && u.Sex != nil && *u.Sex != q.Sex {
			continue
		}
		asked := Question{Asked: q}
		if a, ok := last[q.Key]; ok {
			asked.Answer, asked.Stale = &a, health.Stale(a.Key, a.At, now)
		}
		out = append(out, asked)
	}
	if c.Kind == blush.ByToken && c.Scope == blush.ScopeScan {
		out = forScanPage(out)
	}
	return lang, out, nil
}

// forScanPage keeps the questions of the scan page that have no fresh answer.
func forScanPage(all []Question) []Question {
	open := []Question{}
	for _, key := range ofScanPage {
		for _, q := range all {
			if q.Key == key && (q.Answer == nil || q.Stale) {
				open = append(open, Question{Asked: q.Asked})
			}
		}
	}
	return open
}

// NewAnswer is an answer to be stored. Timezone is an IANA name; empty means UTC.
type NewAnswer struct {
	Key      string
	Value    float64
	Timezone string
}

// KeptAnswers are stored answers, and the notice that must be shown for them.
type KeptAnswers struct {
	Answers []blush.Answer
	// Notice is set where items of the screening questionnaire are among them and the screen
	// is positive; its words are [health.Text] of "notice."+Code.
	Notice   *health.Notice
	Language string
}

// Answer stores a user's answers, all or none, and computes at once what they change.
// The path of a field error begins with the answer's index. lang is the language of
// the texts; empty means the user's.
func (s *Service) Answer(ctx context.Context, c blush.Caller, ref blush.UserRef, given []NewAnswer, lang string) (KeptAnswers, error) {
	var none KeptAnswers
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return none, err
	}
	if len(given) == 0 || len(given) > maxAnswers {
		return none, blush.Field(fmt.Sprintf("Send 1 to %d answers.", maxAnswers), "value_error")
	}
	now := s.now()
	answers, err := checkAnswers(c, u.ID, given, now)
	if err != nil {
		return none, err
	}
	if lang, err = s.language(ctx, lang, u); err != nil {
		return none, err
	}
	kept := KeptAnswers{Answers: answers, Language: lang}
	screened := slices.ContainsFunc(answers, func(a blush.Answer) bool { return a.Instrument != "" })
	err = s.store.Together(ctx, func(ctx context.Context) error {
		if err := s.store.LockUser(ctx, u); err != nil { // of two concurrent requests, the second one sees the answers of the first one
			return err
		}
		if err := s.mayAnswer(ctx, c, u, answers, now); err != nil {
			return err
		}
		before, err := s.screen(ctx, u, screened, now)
		if err != nil {
			return err
		}
		if err := s.store.AddAnswers(ctx, u.ID, answers, retryAfter, s.accounts.Audit(c, blush.QuestionAnswer, u.ID, "")); err != nil {
			return err
		}
		if kept.Notice, err = s.screen(ctx, u, screened, now); err != nil || kept.Notice == nil || before != nil {
			return err
		}
		return s.raiseNotice(ctx, u, "", *kept.Notice)
	})
	if err != nil {
		return none, err
	}
	return kept, s.Refresh(ctx, u.ID)
}

// checkAnswers makes the answers that a person gave, or an error with everything that is wrong with them.
func checkAnswers(c blush.Caller, user string, given []NewAnswer, now time.Time) ([]blush.Answer, error) {
	answers, faults := make([]blush.Answer, len(given)), []blush.FieldError{}
	for i, g := range given {
		fault := func(err error) {
			var e *blush.Error
			if !errors.As(err, &e) {
				return
			}
			for _, f := range e.Fields {
				f.Path = append([]any{i}, f.Path...)
				faults = append(faults, f)
			}
		}
		fault(health.CheckAnswer(g.Key, g.Value))
		tz, err := blush.Zone(c, g.Timezone)
		fault(err)
		q, _ := health.Question(g.Key)
		answers[i] = blush.Answer{ID: blush.NewID(), UserID: user, Key: g.Key, Instrument: q.Instrument, Value: g.Value, At: now, Timezone: tz}
	}
	if len(faults) > 0 {
		return nil, &blush.Error{Kind: blush.Unprocessed, Message: faults[0].Msg, Fields: faults}
	}
	return answers, nil
}

// mayAnswer limits a token of the scan page to the questions of that page which have no
// fresh answer. The same answer again counts as a retry of the same call.
func (s *Service) mayAnswer(ctx context.Context, c blush.Caller, u blush.User, answers []blush.Answer, now time.Time) error {
	if c.Kind != blush.ByToken || c.Scope != blush.ScopeScan {
		return nil
	}
	given, err := s.store.LatestAnswers(ctx, u.ID, now)
	if err != nil {
		return err
	}
	last := map[string]blush.Answer{}
	for _, a := range given {
		last[a.Key] = a // the oldest comes first
	}
	for _, a := range answers {
		if !slices.Contains(ofScanPage, a.Key) {
			return blush.E(blush.Forbidden, "The scan page does not ask the question %q.", a.Key)
		}
		old, ok := last[a.Key]
		if again := a.Value == old.Value && now.Sub(old.At).Abs() < retryAfter; ok && !again && !health.Stale(a.Key, old.At, now) {
			return blush.E(blush.Forbidden, "%q has already been answered. The scan page asks it again when that answer is old.", a.Key)
		}
		last[a.Key] = a
	}
	return nil
}

// screen returns the notice that must be shown for a user's answers to the screening questionnaire; nil if asked is false.
func (s *Service) screen(ctx context.Context, u blush.User, asked bool, now time.Time) (*health.Notice, error) {
	if !asked {
		return nil, nil
	}
	all, err := s.store.LatestAnswers(ctx, u.ID, now)
	if err != nil {
		return nil, err
	}
	return health.ScreenNotice(Model(u, nil, all, nil).Answers, now), nil
}
