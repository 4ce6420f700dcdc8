package account

import (
	"context"

	"blush/internal/blush"
)

// IssuedKey is a new API key with its text, which is shown this once and never stored.
type IssuedKey struct {
	blush.APIKey
	// Text is the key itself: the value of the x-api-key header.
	Text string
}

// CreateCustomer registers a company and issues its two keys, alias NAME-DEV
// for test data and alias NAME for real data.
func (s *Service) CreateCustomer(ctx context.Context, name string) (blush.Customer, []IssuedKey, error) {
	return blush.Customer{}, nil, todo
}

// Customers lists every customer, in order of name.
func (s *Service) Customers(ctx context.Context) ([]blush.Customer, error) { return nil, todo }

// CreateKey issues one more key to a customer, named by its id or its name.
// An empty alias becomes the customer's name, with -DEV for a test key.
func (s *Service) CreateKey(ctx context.Context, customer string, env blush.Environment, alias string) (IssuedKey, error) {
	return IssuedKey{}, todo
}

// Keys lists a customer's keys, named by its id or its name; revoked ones too. Their hashes are left out.
func (s *Service) Keys(ctx context.Context, customer string) ([]blush.APIKey, error) {
	return nil, todo
}

// RevokeKey ends a key, named by its id or its visible prefix, at once.
func (s *Service) RevokeKey(ctx context.Context, key string) (blush.APIKey, error) {
	return blush.APIKey{}, todo
}

// RotateKey issues a key with the same alias and environment and ends the old one at once.
func (s *Service) RotateKey(ctx context.Context, key string) (IssuedKey, error) {
	return IssuedKey{}, todo
}
