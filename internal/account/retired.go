package account

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

const (
	// checkEvery is how often at most the master secret is checked because of requests.
	checkEvery = 2 * time.Second
	// checkTime bounds one check.
	checkTime = 5 * time.Second
	// retryRetired is when to try again: at another server, or after a restart.
	retryRetired = 10 * time.Second
)

// standing remembers whether the master secret is still one of the database's:
// another process may have retired it while this one runs.
type standing struct {
	asking sync.Mutex
	asked  time.Time // guarded by asking
	other  atomic.Bool
}

// stillValid is Unavailable, caused by [ErrOtherSecret], when the master secret is
// none of the database's any more. Requests do not wait for each other: one checks,
// the others go by what is known.
func (s *Secrets) stillValid(ctx context.Context, st *store.Store) error {
	if s.standing.asking.TryLock() {
		if time.Since(s.standing.asked) >= checkEvery {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
			// While the database cannot be asked, nothing is known: the request fails at its own query.
			if err := s.check(ctx, st); err == nil || errors.Is(err, ErrOtherSecret) {
				s.standing.other.Store(err != nil)
			}
			cancel()
			s.standing.asked = time.Now()
		}
		s.standing.asking.Unlock()
	}
	if s.standing.other.Load() {
		return &blush.Error{Kind: blush.Unavailable, Message: "The master secret of this server was replaced, and it answers nobody. Its operator has to start it with the current one.",
			Cause: ErrOtherSecret, RetryAfter: retryRetired}
	}
	return nil
}
