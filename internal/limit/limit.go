// Package limit counts what is running, by name, and limits how much runs at once.
package limit

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Limiter limits how many run at once under each name. The others wait for their turn, first come, first served. Its zero value is
// ready to use. It is safe for concurrent use.
type Limiter struct {
	mu     sync.Mutex
	places map[string]*place
}

// place is where those of one name run and wait.
type place struct {
	turns *semaphore.Weighted
	in    int // how many run or wait
}

// Enter waits until fewer than most run under a name, and returns true: the caller then runs, and calls Leave at the end. Enter
// returns false at once if waiting callers already wait, and when ctx ends while it waits. Where nobody has to wait, it returns true
// also after the end of ctx, so a slow machine never causes a refusal by itself. most must be the same in all calls for a name.
func (l *Limiter) Enter(ctx context.Context, name string, most, waiting int) bool {
	p := l.join(name, most, waiting)
	if p == nil {
		return false
	}
	// Where a turn and the end of ctx come together, Acquire returns an error, and the place is free.
	if !p.turns.TryAcquire(1) && p.turns.Acquire(ctx, 1) != nil && !p.turns.TryAcquire(1) {
		l.part(name)
		return false
	}
	return true
}

// Leave ends what Enter began.
func (l *Limiter) Leave(name string) { l.part(name).turns.Release(1) }

func (l *Limiter) join(name string, most, waiting int) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.places[name]
	if p == nil {
		if l.places == nil {
			l.places = map[string]*place{}
		}
		p = &place{turns: semaphore.NewWeighted(int64(most))}
		l.places[name] = p
	}
	if p.in >= most+waiting {
		return nil
	}
	p.in++
	return p
}

func (l *Limiter) part(name string) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.places[name]
	if p.in--; p.in == 0 {
		delete(l.places, name)
	}
	return p
}
