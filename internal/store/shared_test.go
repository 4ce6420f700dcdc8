package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestSharedAnswersAreNotOlderThanTheirQuestion has callers who come while a query is running: they share the next one, which sees
// what changed before they came.
func TestSharedAnswersAreNotOlderThanTheirQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queries, value atomic.Int64
		wait := make(chan struct{})
		s := &shared[int64]{alone: never, ask: func(context.Context, string) (int64, error) {
			queries.Add(1)
			seen := value.Load()
			<-wait
			return seen, nil
		}}
		var all sync.WaitGroup
		ask := func(want int64) {
			all.Go(func() {
				if got, err := s.of(t.Context(), "key"); got != want || err != nil {
					t.Errorf("answer %d, %v, want %d", got, err, want)
				}
			})
		}
		ask(0)
		synctest.Wait()
		value.Store(1)
		for range 10 {
			ask(1)
		}
		synctest.Wait()
		all.Go(func() {
			if _, err := s.of(t.Context(), "another"); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if queries.Load() != 2 {
			t.Errorf("%d queries are running, want one of each key", queries.Load())
		}
		close(wait)
		all.Wait()
		s.work.Wait()
		if queries.Load() != 3 || len(s.asks) != 0 {
			t.Errorf("%d queries, %d kept, want 3 and 0", queries.Load(), len(s.asks))
		}
	})
}

// TestSharedQueriesEndWithTheirCaller has a first caller who leaves, and one of two who wait: the other still gets an answer.
func TestSharedQueriesEndWithTheirCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := make(chan struct{})
		s := &shared[string]{alone: never, ask: func(ctx context.Context, _ string) (string, error) {
			select {
			case <-wait:
				return "answer", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}}
		first, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		ask := func(ctx context.Context, want error) {
			all.Go(func() {
				if got, err := s.of(ctx, "key"); !errors.Is(err, want) || (got == "answer") != (want == nil) {
					t.Errorf("%q, %v, want %v", got, err, want)
				}
			})
			synctest.Wait()
		}
		ask(first, context.Canceled)
		ask(first, context.Canceled)
		ask(t.Context(), nil)
		leave()
		synctest.Wait()
		close(wait)
		all.Wait()
		s.work.Wait()
	})
}

func never(context.Context) bool { return false }
