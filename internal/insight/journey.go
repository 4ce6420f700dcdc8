package insight

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
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

// SetJourney gives a customer its own journey; nil means the default one. It takes
// effect at once: insights that the old journey unlocked may be locked by the new one.
func (s *Service) SetJourney(ctx context.Context, customer string, j *health.Journey) error {
	c, err := s.store.Customer(ctx, customer)
	if err != nil {
		return err
	}
	var text []byte
	if j != nil {
		if text, err = json.Marshal(j); err != nil {
			return err
		}
		if _, err := health.ParseJourney(text); err != nil { // a stored journey must be readable
			return fmt.Errorf("journey of customer %s: %w", c.ID, err)
		}
	}
	operator := account.Operator()
	operator.CustomerID = c.ID
	return s.store.Together(ctx, func(ctx context.Context) error {
		return errors.Join(s.store.SetJourney(ctx, c.ID, text), s.store.Audit(ctx, s.accounts.Audit(operator, blush.CustomerUpdate, "", c.ID)))
	})
}
