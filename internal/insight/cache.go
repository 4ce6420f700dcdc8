package insight

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

const (
	// cacheLife is how long a person's data is cached: about as long as a page is loaded and used.
	cacheLife = time.Minute
	// maxCachedPeople limits the cache: one person takes about 100 kB for a year of daily scans.
	maxCachedPeople = 200
	// maxCachedScans is how many results of [Service.ScanInsights] are cached for a person: a page of a list.
	maxCachedScans = 20
)

// lookback is how old the data may be that the model uses at a moment.
func lookback() time.Duration { return max(health.Memory(), health.CuffMemory()) }

// personData is the data about one person that the model computes from, from a time on. It never changes, except for values that
// are computed from it when they are needed.
type personData struct {
	revision int64 // of the person's insights: all new data raises it
	from     time.Time
	ends     time.Time
	points   []blush.ScanPoint
	answers  []blush.Answer // all of them
	readings []blush.Reading

	once    sync.Once
	base    *walk // through all of it
	mu      sync.Mutex
	perScan map[scanInsightsKey]ScanInsights // at most maxCachedScans
}

// cache holds the data about people whose pages are open, so that a page with ten
// requests reads a year of scans once. A cached entry is valid only while the database
// has the same revision, which any server may raise.
type cache struct {
	mu     sync.Mutex
	people map[string]*personData
}

// of returns the data about a person from a time on. The revision must have been read just before.
func (c *cache) of(ctx context.Context, s *Service, userID string, revision int64, from time.Time) (*personData, error) {
	if s.store.InTransaction(ctx) { // which sees data that others may not see yet
		return s.readData(ctx, userID, from)
	}
	now := s.now()
	c.mu.Lock()
	held := c.people[userID]
	c.mu.Unlock()
	if held != nil && held.revision == revision && !held.from.After(from) && now.Before(held.ends) {
		return held, nil
	}
	// What is read now may be newer than the revision, and is read again then.
	l, err := s.readData(ctx, userID, from)
	if err != nil {
		return nil, err
	}
	l.revision, l.ends = revision, now.Add(cacheLife)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.people == nil {
		c.people = map[string]*personData{}
	}
	for id, other := range c.people {
		if !now.Before(other.ends) || len(c.people) >= maxCachedPeople {
			delete(c.people, id)
		}
	}
	c.people[userID] = l
	return l, nil
}

// newestUntil is the moment up to which a scan made at a time is the person's newest.
// Data until then belongs to that scan.
func (l *personData) newestUntil(at, now time.Time) time.Time {
	next, _ := slices.BinarySearchFunc(l.points, at.UnixMilli()+1, func(p blush.ScanPoint, ms int64) int { return cmp.Compare(p.At.UnixMilli(), ms) })
	if next == len(l.points) {
		return now
	}
	return l.points[next].At.Add(-time.Millisecond)
}

// cuff returns the newest reading that counts at a moment; nil if there is none.
func (l *personData) cuff(at time.Time) *blush.Reading {
	readings := between(l.readings, func(r blush.Reading) time.Time { return r.MeasuredAt }, at.Add(-health.CuffMemory()), at)
	if len(readings) == 0 {
		return nil
	}
	return &readings[len(readings)-1]
}

// walk returns a walk through all of the data, for the user's current birth date, sex and language.
func (l *personData) walk(u blush.User) *walk {
	l.once.Do(func() { l.base = newWalk(l.history(u, l.from, farAway, true)) })
	w := *l.base
	w.h.BirthDate, w.h.Sex, w.h.Language = text(u.BirthDate), text(u.Sex), text(u.Language)
	return &w
}

// readData reads the data from the database.
func (s *Service) readData(ctx context.Context, userID string, from time.Time) (l *personData, err error) {
	l = &personData{from: from}
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

// between returns the part of a list, the oldest first, from one time to another, both included, to the millisecond.
func between[T any](list []T, at func(T) time.Time, from, to time.Time) []T {
	search := func(ms int64) int {
		i, _ := slices.BinarySearchFunc(list, ms, func(v T, ms int64) int { return cmp.Compare(at(v).UnixMilli(), ms) })
		return i
	}
	first, last := search(from.UnixMilli()), search(to.UnixMilli()+1)
	return list[first:max(first, last)]
}

// latestAnswers returns the answers that count at a time, from answers with the oldest first:
// the newest to each question, and all answers to a questionnaire, whose items count together.
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
