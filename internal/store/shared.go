package store

import (
	"context"
	"sync"
)

// shared lets callers that ask for the same key at the same time share one query. No answer is
// older than its question: a caller who comes while a query is running waits for the next one.
type shared[V any] struct {
	ask func(ctx context.Context, key string) (V, error)
	// alone says whether ctx is of a transaction, which reads what it has written.
	alone func(ctx context.Context) bool

	mu   sync.Mutex
	asks map[string]*asks[V] // by key, while a query for it is running
	work sync.WaitGroup
}

// asks are the callers who wait for the next query of one key.
type asks[V any] struct {
	next *answer[V] // nil: nobody waits
}

type answer[V any] struct {
	done  chan struct{} // closed when the answer is there
	value V
	err   error
}

// of returns the answer for a key. The first caller's query ends with their ctx; one for others who wait does not.
func (s *shared[V]) of(ctx context.Context, key string) (V, error) {
	if s.alone(ctx) {
		return s.ask(ctx, key)
	}
	s.mu.Lock()
	if a := s.asks[key]; a != nil {
		if a.next == nil {
			a.next = &answer[V]{done: make(chan struct{})}
		}
		next := a.next
		s.mu.Unlock()
		select {
		case <-next.done:
			return next.value, next.err
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
	}
	if s.asks == nil {
		s.asks = map[string]*asks[V]{}
	}
	s.asks[key] = &asks[V]{}
	s.mu.Unlock()
	defer s.further(context.WithoutCancel(ctx), key)
	return s.ask(ctx, key)
}

// further begins the next query for a key if somebody waits for it; ctx does not end.
func (s *shared[V]) further(ctx context.Context, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.asks[key].next
	if next == nil {
		delete(s.asks, key)
		return
	}
	s.asks[key].next = nil
	s.work.Go(func() {
		defer s.further(ctx, key)
		defer close(next.done)
		next.value, next.err = s.ask(ctx, key)
	})
}
