package store

import "context"

// Together runs f in one transaction: the one of ctx, or a new one, which is
// committed unless f fails.
func (s *Store) Together(ctx context.Context, f func(context.Context) error) error {
	if s.InTransaction(ctx) {
		return f(ctx)
	}
	within, t := s.Begin(ctx)
	defer t.Rollback()
	if err := f(within); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return err
	}
	return t.RunAfter(ctx)
}
