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
	// checkEvery is the shortest time between two checks of the master secret that requests cause.
	checkEvery = 2 * time.Second
	// checkTimeout is the longest time for one check.
	checkTimeout = 5 * time.Second
	// retryRetired is how long a client should wait before it tries again, at another server or after a restart.
	retryRetired = 10 * time.Second
)

// secretCheck remembers whether the master secret is still one of the database's.
// Another process may retire it while this one runs.
type secretCheck struct {
	checking  sync.Mutex
	checkedAt time.Time // guarded by checking
	retired   atomic.Bool
}

// stillValid returns an Unavailable error, caused by [ErrOtherSecret], if the master
// secret is no longer one of the database's. Requests do not wait for each other: one
// checks, and the others use the last result.
func (s *Secrets) stillValid(ctx context.Context, st *store.Store) error {
	if s.validity.checking.TryLock() {
		if time.Since(s.validity.checkedAt) >= checkEvery {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
			// Without the database the result is unknown. The request then fails at its own query.
			if err := s.check(ctx, st); err == nil || errors.Is(err, ErrOtherSecret) {
				s.validity.retired.Store(err != nil)
			}
			cancel()
			s.validity.checkedAt = time.Now()
		}
		s.validity.checking.Unlock()
	}
	if s.validity.retired.Load() {
		return &blush.Error{Kind: blush.Unavailable, Message: "The master secret of this server was replaced, so the server serves no requests. Its operator must restart it with the current one.",
			Cause: ErrOtherSecret, RetryAfter: retryRetired}
	}
	return nil
}
