package insight

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"blush.example/blush/internal/blush"
)

const (
	// learntLife is how long what was learnt about a person is held in memory: as long as somebody looks at a page.
	learntLife = time.Minute
	// mostLearnt is how many people that is, each some 100 kB for a year of daily scans.
	mostLearnt = 200
)

// learnt is what the model computes from, of one person from a time on.
type learnt struct {
	revision int64 // of the person's insights: everything that is learnt raises it
	from     time.Time
	ends     time.Time
	points   []blush.ScanPoint
	answers  []blush.Answer // all of them
	readings []blush.Reading
}

// memory holds what was learnt about the people who are looked at, so that a page
// of ten requests reads a year of scans once. What it holds counts only while
// the database has the same revision, which any server may raise.
type memory struct {
	mu     sync.Mutex
	people map[string]*learnt
}

// of returns what was learnt about a person from a time on, and later.
func (m *memory) of(ctx context.Context, s *Service, userID string, from time.Time) (*learnt, error) {
	if s.store.InTransaction(ctx) { // which sees what nobody else may yet
		return s.readLearnt(ctx, userID, from)
	}
	state, err := s.store.InsightState(ctx, userID)
	if err != nil {
		return nil, err
	}
	now := s.now()
	m.mu.Lock()
	held := m.people[userID]
	m.mu.Unlock()
	if held != nil && held.revision == state.Revision && !held.from.After(from) && now.Before(held.ends) {
		return held, nil
	}
	// What is read now may be newer than the revision, and is read again then.
	l, err := s.readLearnt(ctx, userID, from)
	if err != nil {
		return nil, err
	}
	l.revision, l.ends = state.Revision, now.Add(learntLife)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.people == nil {
		m.people = map[string]*learnt{}
	}
	for id, other := range m.people {
		if !now.Before(other.ends) || len(m.people) >= mostLearnt {
			delete(m.people, id)
		}
	}
	m.people[userID] = l
	return l, nil
}

// readLearnt reads it from the database.
func (s *Service) readLearnt(ctx context.Context, userID string, from time.Time) (l *learnt, err error) {
	l = &learnt{from: from}
	if l.points, err = s.store.ScanValues(ctx, userID, from, farAway); err != nil {
		return nil, err
	}
	if l.answers, err = s.store.Answers(ctx, userID); err != nil {
		return nil, err
	}
	l.readings, err = s.store.ReadingsBetween(ctx, userID, from, farAway)
	return l, err
}

// farAway is later than anything.
var farAway = time.UnixMilli(1 << 52)

// between cuts a list, oldest first, to the times from one up to another, both included, to the millisecond.
func between[T any](list []T, at func(T) time.Time, from, to time.Time) []T {
	search := func(ms int64) int {
		i, _ := slices.BinarySearchFunc(list, ms, func(v T, ms int64) int { return cmp.Compare(at(v).UnixMilli(), ms) })
		return i
	}
	first, last := search(from.UnixMilli()), search(to.UnixMilli()+1)
	return list[first:max(first, last)]
}

// latestAnswers gives what answers, oldest first, came to by a time: the newest to
// each question, and every one to a questionnaire, whose items count together.
func latestAnswers(answers []blush.Answer, to time.Time) []blush.Answer {
	answers = between(answers, func(a blush.Answer) time.Time { return a.At }, time.UnixMilli(math.MinInt64), to)
	newest := map[string]time.Time{}
	for _, a := range answers {
		newest[a.Key] = a.At
	}
	var out []blush.Answer
	for _, a := range answers {
		if a.Instrument != "" || a.At.Equal(newest[a.Key]) {
			out = append(out, a)
		}
	}
	return out
}
