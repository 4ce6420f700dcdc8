package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// The form of an API key: "blush_", the environment, and 50 characters of
// Crockford's base 32, without the letters that people misread. That is 250
// random bits, of which the visible prefix gives away 40.
const (
	keyAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	keyChars    = 50
	shownChars  = 8
)

// touchInterval is how exact the time of a key's last use is.
const touchInterval = time.Minute

// maxName is the longest name of a customer or a key in characters.
const maxName = 100

// IssuedKey is a new API key with its text, which is shown this once and never stored.
type IssuedKey struct {
	blush.APIKey
	// Text is the key itself: the value of the x-api-key header.
	Text string
}

func (s *Service) newKey(customerID string, env blush.Environment, alias string) IssuedKey {
	random := make([]byte, keyChars)
	rand.Read(random)
	for i, b := range random {
		random[i] = keyAlphabet[b%32]
	}
	lead := "blush_" + string(env) + "_"
	text := lead + string(random)
	return IssuedKey{
		Text: text,
		APIKey: blush.APIKey{
			ID: blush.NewID(), CustomerID: customerID, Alias: alias, Environment: env,
			Prefix: text[:len(lead)+shownChars], Hash: s.secrets.hashKey(text), CreatedAt: s.now(),
		},
	}
}

// CreateCustomer registers a company and issues its two keys, alias NAME-DEV
// for test data and alias NAME for real data.
func (s *Service) CreateCustomer(ctx context.Context, name string) (blush.Customer, []IssuedKey, error) {
	if err := checkCustomerName(name); err != nil {
		return blush.Customer{}, nil, err
	}
	c := blush.Customer{ID: blush.NewID(), Name: name, CreatedAt: s.now()}
	keys := []IssuedKey{s.newKey(c.ID, blush.Dev, name+"-DEV"), s.newKey(c.ID, blush.Live, name)}
	err := s.store.CreateCustomer(ctx, c, []blush.APIKey{keys[0].APIKey, keys[1].APIKey})
	if err != nil {
		return blush.Customer{}, nil, err
	}
	return c, keys, nil
}

// Customers lists every customer, in order of name.
func (s *Service) Customers(ctx context.Context) ([]blush.Customer, error) {
	return s.store.Customers(ctx)
}

// Customer finds a customer by id or name.
func (s *Service) Customer(ctx context.Context, idOrName string) (blush.Customer, error) {
	return s.store.Customer(ctx, idOrName)
}

// RenameCustomer gives a customer, named by its id or its name, another name.
// Its keys keep their aliases.
func (s *Service) RenameCustomer(ctx context.Context, idOrName, name string) (blush.Customer, error) {
	if err := checkCustomerName(name); err != nil {
		return blush.Customer{}, err
	}
	return s.store.RenameCustomer(ctx, idOrName, name)
}

// CountUsers counts a customer's users in an environment.
func (s *Service) CountUsers(ctx context.Context, customerID string, env blush.Environment) (int64, error) {
	return s.store.CountUsers(ctx, customerID, env)
}

// DeleteCustomer erases a customer with its keys, which end at once, and with
// everything that is kept of its users. It is a Conflict when there are users
// and withUsers isn't set.
func (s *Service) DeleteCustomer(ctx context.Context, idOrName string, withUsers bool) (blush.Customer, error) {
	c, err := s.store.Customer(ctx, idOrName)
	if err != nil {
		return blush.Customer{}, err
	}
	operator := blush.Caller{Kind: blush.ByOperator, CustomerID: c.ID}
	return c, s.store.DeleteCustomer(ctx, c.ID, withUsers, s.Audit(operator, blush.CustomerDelete, "", c.ID))
}

// CreateKey issues one more key to a customer, named by its id or its name.
// An empty alias becomes the customer's name, with -DEV for a test key.
func (s *Service) CreateKey(ctx context.Context, customer string, env blush.Environment, alias string) (IssuedKey, error) {
	c, err := s.store.Customer(ctx, customer)
	if err != nil {
		return IssuedKey{}, err
	}
	if env != blush.Dev && env != blush.Live {
		return IssuedKey{}, blush.E(blush.Invalid, "A key is for dev or for live, not for %q.", env)
	}
	if alias == "" {
		alias = c.Name
		if env == blush.Dev {
			alias += "-DEV"
		}
	}
	if err := checkName("alias", alias); err != nil {
		return IssuedKey{}, err
	}
	k := s.newKey(c.ID, env, alias)
	return k, s.store.InsertKey(ctx, k.APIKey)
}

// Keys lists a customer's keys, named by its id or its name; revoked ones too. Their hashes are left out.
func (s *Service) Keys(ctx context.Context, customer string) ([]blush.APIKey, error) {
	c, err := s.store.Customer(ctx, customer)
	if err != nil {
		return nil, err
	}
	keys, err := s.store.Keys(ctx, c.ID)
	for i := range keys {
		keys[i].Hash = nil
	}
	return keys, err
}

// RevokeKey ends a key, named by its id or its visible prefix, at once, and with
// it the action tokens that it made. With keepTokens they hold until they expire,
// within MaxTokenLife; revoking the key again without it ends them.
func (s *Service) RevokeKey(ctx context.Context, key string, keepTokens bool) (blush.APIKey, error) {
	k, err := s.store.Key(ctx, key)
	if err != nil {
		return blush.APIKey{}, err
	}
	now := s.now()
	if err := s.store.RevokeKey(ctx, k.ID, now, keepTokens); err != nil {
		return blush.APIKey{}, err
	}
	if k.Hash = nil; k.RevokedAt == nil {
		k.RevokedAt = &now
	}
	return k, nil
}

// RotateKey issues a key with the same alias and environment and ends the old one as [Service.RevokeKey] does.
func (s *Service) RotateKey(ctx context.Context, key string, keepTokens bool) (IssuedKey, error) {
	old, err := s.store.Key(ctx, key)
	if err != nil {
		return IssuedKey{}, err
	}
	k := s.newKey(old.CustomerID, old.Environment, old.Alias)
	if err := s.store.RotateKey(ctx, old.ID, k.APIKey, keepTokens); err != nil {
		return IssuedKey{}, err
	}
	return k, nil
}

// callerOfKey finds the caller behind an API key. The key is looked up by its
// keyed hash, so that the time it takes says nothing about stored keys.
func (s *Service) callerOfKey(ctx context.Context, text, requestID string) (blush.Caller, error) {
	denied := blush.E(blush.Unauthorized, "The API key is not valid.")
	if len(text) > 256 || !strings.HasPrefix(text, "blush_") {
		return blush.Caller{}, denied
	}
	hash := s.secrets.hashKey(text)
	k, customer, err := s.store.KeyByHash(ctx, hash)
	var known *blush.Error
	if errors.As(err, &known) {
		return blush.Caller{}, denied
	}
	if err != nil {
		return blush.Caller{}, err
	}
	if subtle.ConstantTimeCompare(hash, k.Hash) != 1 || k.RevokedAt != nil {
		return blush.Caller{}, denied
	}
	if now := s.now(); k.LastUsedAt == nil || now.Sub(*k.LastUsedAt) >= touchInterval {
		// When a key was used last is for the operator to know: where the database takes no write, it waits.
		if err := s.store.TouchKey(ctx, k.ID, now); err != nil && store.Fault(err) == nil {
			return blush.Caller{}, err
		}
	}
	return blush.Caller{
		Kind: blush.ByAPIKey, CustomerID: k.CustomerID, Customer: customer, Environment: k.Environment,
		CredentialID: k.ID, RequestID: requestID,
	}, nil
}

// checkCustomerName refuses, too, what may be the id of another customer.
func checkCustomerName(name string) error {
	if _, isID := blush.ParseID(name); isID {
		return blush.E(blush.Invalid, "A name is no UUID: customers are found by both.")
	}
	return checkName("name", name)
}

func checkName(what, name string) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.TrimSpace(name) != name || hasControl(name) {
		return blush.E(blush.Invalid, "The %s has 1 to %d characters, none of them control characters, and no space at its ends.", what, maxName)
	}
	return nil
}
