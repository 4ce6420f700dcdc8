package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// The form of an API key: "blush_", the environment, and 50 characters of
// Crockford's base 32, without the letters that people misread. That is 250
// random bits. The visible prefix reveals 40 of them.
const (
	keyAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	keyChars    = 50
	shownChars  = 8
)

// touchInterval is how precisely the time of a key's last use is stored.
const touchInterval = time.Minute

// maxName is the longest name of a customer or a key in characters.
const maxName = 100

// IssuedKey is a new API key with its text, which is shown only once and never stored.
type IssuedKey struct {
	blush.APIKey
	// Text is the key itself: the value of the x-api-key header.
	Text string
}

func (s *Service) newKey(customerID string, env blush.Environment, alias string, limits KeyLimits) IssuedKey {
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
			Scopes: limits.Scopes, ExpiresAt: limits.ExpiresAt,
		},
	}
}

// CreateCustomer registers a company and issues its two keys: one with the alias
// NAME-DEV for test data, and one with the alias NAME for real data.
func (s *Service) CreateCustomer(ctx context.Context, name string) (blush.Customer, []IssuedKey, error) {
	if err := checkCustomerName(name); err != nil {
		return blush.Customer{}, nil, err
	}
	c := blush.Customer{ID: blush.NewID(), Name: name, CreatedAt: s.now()}
	keys := []IssuedKey{s.newKey(c.ID, blush.Dev, name+"-DEV", KeyLimits{}), s.newKey(c.ID, blush.Live, name, KeyLimits{})}
	err := s.operate(ctx, blush.CustomerCreate, c.ID, "", c.ID, func(ctx context.Context) error {
		return s.store.CreateCustomer(ctx, c, []blush.APIKey{keys[0].APIKey, keys[1].APIKey})
	})
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
	c, err := s.store.Customer(ctx, idOrName)
	if err != nil {
		return blush.Customer{}, err
	}
	err = s.operate(ctx, blush.CustomerUpdate, c.ID, "", c.ID, func(ctx context.Context) error {
		c, err = s.store.RenameCustomer(ctx, c.ID, name)
		return err
	})
	return c, err
}

// CountUsers counts a customer's users in an environment.
func (s *Service) CountUsers(ctx context.Context, customerID string, env blush.Environment) (int64, error) {
	return s.store.CountUsers(ctx, customerID, env)
}

// DeleteCustomer erases a customer with its keys, which end at once, and with
// everything that is stored about its users. It is a Conflict if there are users
// and withUsers is not set.
func (s *Service) DeleteCustomer(ctx context.Context, idOrName string, withUsers bool) (blush.Customer, error) {
	c, err := s.store.Customer(ctx, idOrName)
	if err != nil {
		return blush.Customer{}, err
	}
	operator := Operator()
	operator.CustomerID = c.ID
	return c, s.store.DeleteCustomer(ctx, c.ID, withUsers, s.Audit(operator, blush.CustomerDelete, "", c.ID))
}

// KeyLimits limit a key. The zero value limits nothing.
type KeyLimits struct {
	Scopes    []blush.KeyScope // what it may do; nil: everything
	ExpiresAt *time.Time       // when it stops working; nil: never
}

func (l KeyLimits) check(now time.Time) error {
	for _, scope := range l.Scopes {
		if !slices.Contains(blush.KeyScopes, scope) {
			return blush.E(blush.Invalid, "There is no scope %q. The scopes are %s.", scope, strings.Join(blush.ScopeNames(nil), ", "))
		}
	}
	if l.Scopes != nil && len(l.Scopes) == 0 {
		return blush.E(blush.Invalid, "A key must have at least one scope.")
	}
	if l.ExpiresAt != nil && !l.ExpiresAt.After(now) {
		return blush.E(blush.Invalid, "The time when a key expires must be in the future.")
	}
	return nil
}

// CreateKey issues one more key to a customer, named by its id or its name.
// An empty alias becomes the customer's name, with -DEV for a test key.
func (s *Service) CreateKey(ctx context.Context, customer string, env blush.Environment, alias string, limits KeyLimits) (IssuedKey, error) {
	if err := limits.check(s.now()); err != nil {
		return IssuedKey{}, err
	}
	c, err := s.store.Customer(ctx, customer)
	if err != nil {
		return IssuedKey{}, err
	}
	if env != blush.Dev && env != blush.Live {
		return IssuedKey{}, blush.E(blush.Invalid, "A key must be for dev or live, not for %q.", env)
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
	limits.Scopes = blush.InOrder(blush.KeyScopes, limits.Scopes)
	k := s.newKey(c.ID, env, alias, limits)
	return k, s.operate(ctx, blush.KeyCreate, c.ID, env, k.ID, func(ctx context.Context) error { return s.store.InsertKey(ctx, k.APIKey) })
}

// Keys lists the keys of a customer, named by its id or its name, revoked ones too. Their hashes are left out.
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

// KeyEnd says what happens to the tokens and webhooks that a revoked key made.
type KeyEnd struct {
	// KeepTokens lets its action tokens stay valid until they expire, within MaxTokenLife.
	KeepTokens bool
	// DisableWebhooks disables its webhooks. Otherwise they stay enabled, because they belong to the customer.
	DisableWebhooks bool
}

// RevokeKey ends a key, named by its id or its visible prefix, at once, and with it
// the action tokens that it made, unless they are kept. It returns the webhooks that
// the key made: those that were disabled, or those that stay enabled. A revoked key may be
// revoked again to end the tokens that were kept, or to disable the webhooks.
func (s *Service) RevokeKey(ctx context.Context, key string, end KeyEnd) (k blush.APIKey, hooks []blush.Webhook, err error) {
	now := s.now()
	err = s.store.Together(ctx, func(ctx context.Context) error {
		if k, err = s.store.Key(ctx, key); err != nil {
			return err
		}
		operator := Operator()
		operator.CustomerID, operator.Environment = k.CustomerID, k.Environment
		err := s.store.RevokeKey(ctx, k.ID, now, end.KeepTokens)
		again := k.RevokedAt != nil && blush.KindOf(err) == blush.NotFound
		switch {
		case err != nil && (!again || !end.DisableWebhooks):
			return err
		case end.DisableWebhooks:
			hooks, err = s.store.DisableWebhooksOfKey(ctx, k, now, func(id string) blush.AuditEntry { return s.Audit(operator, blush.WebhookUpdate, "", id) })
		default:
			hooks, err = s.store.WebhooksOfKey(ctx, k)
		}
		return errors.Join(err, s.store.Audit(ctx, s.Audit(operator, blush.KeyRevoke, "", k.ID)))
	})
	if err != nil {
		return blush.APIKey{}, nil, err
	}
	if k.Hash = nil; k.RevokedAt == nil {
		k.RevokedAt = &now
	}
	return k, hooks, nil
}

// MaxGrace is the longest time that a rotated key stays valid.
const MaxGrace = 30 * 24 * time.Hour

// RotateKey issues a key with the same alias, environment and scopes. Its lifetime is as long
// as that of the old key was. The old key ends as with [Service.RevokeKey], at once or after
// the grace period. Its webhooks become the new key's, and are returned.
func (s *Service) RotateKey(ctx context.Context, key string, grace time.Duration, keepTokens bool) (IssuedKey, []blush.Webhook, error) {
	if grace < 0 || grace > MaxGrace {
		return IssuedKey{}, nil, blush.E(blush.Invalid, "The grace period must be 0 to %d hours.", int(MaxGrace.Hours()))
	}
	old, err := s.store.Key(ctx, key)
	if err != nil {
		return IssuedKey{}, nil, err
	}
	limits := KeyLimits{Scopes: old.Scopes}
	now := s.now()
	if old.ExpiresAt != nil {
		ends := now.Add(old.ExpiresAt.Sub(old.CreatedAt))
		limits.ExpiresAt = &ends
	}
	k := s.newKey(old.CustomerID, old.Environment, old.Alias, limits)
	var hooks []blush.Webhook
	err = s.operate(ctx, blush.KeyRotate, old.CustomerID, old.Environment, old.ID, func(ctx context.Context) error {
		if hooks, err = s.store.WebhooksOfKey(ctx, old); err != nil {
			return err
		}
		return s.store.RotateKey(ctx, old.ID, k.APIKey, now.Add(grace), keepTokens)
	})
	if err != nil {
		return IssuedKey{}, nil, err
	}
	return k, hooks, nil
}

// callerOfKey finds the caller behind an API key. The key is looked up by its
// keyed hash, so the time that the lookup takes reveals nothing about stored keys.
func (s *Service) callerOfKey(ctx context.Context, text string) (blush.Caller, error) {
	denied := blush.E(blush.Unauthorized, "The API key is not valid.")
	if len(text) > 256 || !strings.HasPrefix(text, "blush_") {
		return blush.Caller{}, denied
	}
	tried := s.secrets.keys.Load()
	k, customer, err := s.keyOf(ctx, text)
	if blush.KindOf(err) == blush.NotFound { // another process may have changed the secret
		changed, unread := s.secrets.reload(ctx, reloadEvery, tried)
		if unread != nil {
			return blush.Caller{}, unread
		}
		if changed {
			k, customer, err = s.keyOf(ctx, text)
		}
	}
	var known *blush.Error
	if errors.As(err, &known) {
		return blush.Caller{}, denied
	}
	if err != nil {
		return blush.Caller{}, err
	}
	c := blush.Caller{
		Kind: blush.ByAPIKey, CustomerID: k.CustomerID, Customer: customer, Environment: k.Environment, CredentialID: k.ID, KeyScopes: k.Scopes,
	}
	if k.RevokedAt != nil {
		return c, denied
	}
	now := s.now()
	if k.ExpiresAt != nil && !now.Before(*k.ExpiresAt) {
		return c, blush.E(blush.Unauthorized, "The API key has expired.")
	}
	if k.LastUsedAt == nil || now.Sub(*k.LastUsedAt) >= touchInterval {
		// The time of the last use is only information for the operator. If the database cannot be written to now, the next use stores it.
		if err := s.store.TouchKey(ctx, k.ID, now); err != nil && store.Fault(err) == nil {
			return c, err
		}
	}
	return c, nil
}

// keyOf finds a key by its text. It tries each hash under which the key may be stored.
func (s *Service) keyOf(ctx context.Context, text string) (k blush.APIKey, customer string, err error) {
	for _, hash := range s.secrets.hashes(text) {
		k, customer, err = s.store.KeyByHash(ctx, hash)
		if err == nil && subtle.ConstantTimeCompare(hash, k.Hash) != 1 {
			err = blush.E(blush.NotFound, "Key not found.")
		}
		if blush.KindOf(err) != blush.NotFound {
			break
		}
	}
	return k, customer, err
}

// checkCustomerName also refuses a name that could be the id of another customer.
func checkCustomerName(name string) error {
	if _, isID := blush.ParseID(name); isID {
		return blush.E(blush.Invalid, "A name must not be a UUID, because customers are found by name and by id.")
	}
	return checkName("name", name)
}

func checkName(what, name string) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.TrimSpace(name) != name || !blush.Legible(name) {
		return blush.E(blush.Invalid, "The %s must have 1 to %d characters of UTF-8, and must contain no control or invisible characters, and no spaces at either end.", what, maxName)
	}
	return nil
}
