package insight

import (
	"context"
	"encoding/json"
	"fmt"

	"blush.example/blush/internal/health"
)

// JourneyOf returns the health journey of a customer, named by id or name.
func (s *Service) JourneyOf(ctx context.Context, customer string) (health.Journey, error) {
	c, err := s.store.Customer(ctx, customer)
	if err != nil {
		return health.Journey{}, err
	}
	own, err := s.store.Journey(ctx, c.ID)
	if err != nil || own == nil {
		return health.DefaultJourney(), err
	}
	return health.ParseJourney(own)
}

// SetJourney gives a customer a journey of its own; nil is the default one. It
// holds at once: what was unlocked by the old one may be locked by the new.
func (s *Service) SetJourney(ctx context.Context, customer string, j *health.Journey) error {
	c, err := s.store.Customer(ctx, customer)
	if err != nil {
		return err
	}
	if j == nil {
		return s.store.SetJourney(ctx, c.ID, nil)
	}
	b, err := json.Marshal(j)
	if err != nil {
		return err
	}
	if _, err := health.ParseJourney(b); err != nil { // what is kept must be readable
		return fmt.Errorf("journey of customer %s: %w", c.ID, err)
	}
	return s.store.SetJourney(ctx, c.ID, b)
}
