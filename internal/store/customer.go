package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// CreateCustomer stores a customer with its first keys. The error is a Conflict if the name is taken.
func (s *Store) CreateCustomer(ctx context.Context, c blush.Customer, keys []blush.APIKey) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		ancestors, page, err := customerJSON(c)
		if err != nil {
			return err
		}
		n, err := q.InsertCustomer(ctx, query.InsertCustomerParams{
			ID: c.ID, Name: c.Name, FrameAncestors: ancestors, Page: page, CreatedAt: millis(c.CreatedAt),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return blush.E(blush.Conflict, "There is already a customer with this name.")
		}
		if err := s.addKey(ctx, q, c.ID, c.CreatedAt); err != nil {
			return err
		}
		for _, k := range keys {
			if err := insertKey(ctx, q, k); err != nil {
				return err
			}
		}
		return nil
	})
}

// Customers lists all customers in order of name.
func (s *Store) Customers(ctx context.Context) ([]blush.Customer, error) {
	rows, err := s.q().ListCustomers(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]blush.Customer, 0, len(rows))
	for _, r := range rows {
		c, err := customer(r)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Customer finds a customer by id or name.
func (s *Store) Customer(ctx context.Context, idOrName string) (blush.Customer, error) {
	r, err := s.customerLookups.of(ctx, idOrName)
	if err != nil {
		return blush.Customer{}, found(err, "Customer")
	}
	return customer(r)
}

func (s *Store) customerRow(ctx context.Context, idOrName string) (query.Customer, error) {
	return s.q().GetCustomer(ctx, idOrName)
}

// UpdateCustomer changes the changeable parts of a customer: its origins, its pages and how long its data is kept.
func (s *Store) UpdateCustomer(ctx context.Context, idOrName string, change func(*blush.Customer) error) (blush.Customer, error) {
	var c blush.Customer
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		r, err := q.LockCustomer(ctx, idOrName)
		if err != nil {
			return found(err, "Customer")
		}
		if c, err = customer(r); err != nil {
			return err
		}
		if err := change(&c); err != nil {
			return err
		}
		ancestors, page, err := customerJSON(c)
		if err != nil {
			return err
		}
		return q.UpdateCustomer(ctx, query.UpdateCustomerParams{
			ID: c.ID, FrameAncestors: ancestors, Page: page,
			KeepTraces: int64(c.Keep.Traces), KeepResults: int64(c.Keep.Results), KeepAudit: int64(c.Keep.Audit),
		})
	})
	return c, err
}

// RenameCustomer gives a customer another name. The error is a Conflict if another customer has it.
func (s *Store) RenameCustomer(ctx context.Context, idOrName, name string) (blush.Customer, error) {
	var c blush.Customer
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		r, err := q.LockCustomer(ctx, idOrName)
		if err != nil {
			return found(err, "Customer")
		}
		n, err := q.RenameCustomer(ctx, query.RenameCustomerParams{ID: r.ID, Name: name})
		if isUnique(err) || err == nil && n == 0 {
			return blush.E(blush.Conflict, "There is already a customer with this name.")
		}
		if err != nil {
			return err
		}
		r.Name = name
		c, err = customer(r)
		return err
	})
	return c, err
}

// CountUsers counts a customer's users in an environment.
func (s *Store) CountUsers(ctx context.Context, customerID string, env blush.Environment) (int64, error) {
	return s.q().CountUsers(ctx, query.CountUsersParams{CustomerID: customerID, Environment: string(env)})
}

// DeleteCustomer erases a customer with its API keys, the keys that seal its users' data, and
// everything that is stored about its users. It is a Conflict if there are users and withUsers is not set.
func (s *Store) DeleteCustomer(ctx context.Context, id string, withUsers bool, a blush.AuditEntry) error {
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		if _, err := q.LockCustomer(ctx, id); err != nil {
			return found(err, "Customer")
		}
		var users int64
		for _, env := range []blush.Environment{blush.Dev, blush.Live} {
			n, err := q.CountUsers(ctx, query.CountUsersParams{CustomerID: id, Environment: string(env)})
			if err != nil {
				return err
			}
			users += n
		}
		if users > 0 && !withUsers {
			return blush.E(blush.Conflict, "The customer has users.")
		}
		if err := q.DeleteUsersOf(ctx, id); err != nil {
			return err
		}
		if err := q.DeleteCustomer(ctx, id); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
	if err == nil {
		s.forgetKeys(id)
		s.forget(ctx)
	}
	return err
}

// InsertKey stores one more key.
func (s *Store) InsertKey(ctx context.Context, k blush.APIKey) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error { return insertKey(ctx, q, k) })
}

// Keys lists a customer's keys, the oldest first.
func (s *Store) Keys(ctx context.Context, customerID string) ([]blush.APIKey, error) {
	rows, err := s.q().ListKeys(ctx, customerID)
	if err != nil {
		return nil, err
	}
	out := make([]blush.APIKey, 0, len(rows))
	for _, r := range rows {
		out = append(out, apiKey(r))
	}
	return out, nil
}

// Key finds a key by id or visible prefix.
func (s *Store) Key(ctx context.Context, idOrPrefix string) (blush.APIKey, error) {
	r, err := s.q().GetKey(ctx, idOrPrefix)
	return apiKey(r), found(err, "API key")
}

// KeyByHash finds a key and its customer's name by the key's hash. Callers who ask for the same key at the same time share the query.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (k blush.APIKey, customer string, err error) {
	r, err := s.keyLookups.of(ctx, string(hash))
	return apiKey(r.ApiKey), r.Customer, found(err, "API key")
}

func (s *Store) keyByHash(ctx context.Context, hash string) (query.GetKeyByHashRow, error) {
	return s.q().GetKeyByHash(ctx, []byte(hash))
}

// RevokeKey ends a key, and the action tokens that it made unless they are kept.
// The error is NotFound if it was revoked before, except to end tokens that were kept.
func (s *Store) RevokeKey(ctx context.Context, id string, at time.Time, keepTokens bool) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		ms := millis(at)
		n, err := q.RevokeKey(ctx, query.RevokeKeyParams{At: &ms, ID: id, KeepTokens: keepTokens})
		return gone(n, err, "Valid API key")
	})
}

// RotateKey stores a key that replaces a valid one. The old key ends as with RevokeKey, at
// until, or at once if that is not later than the new key. Its webhooks become those of
// the new key.
func (s *Store) RotateKey(ctx context.Context, id string, next blush.APIKey, until time.Time, keepTokens bool) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		r, err := q.GetKey(ctx, id)
		if err == nil && (r.RevokedAt != nil || r.ExpiresAt != nil && *r.ExpiresAt <= millis(next.CreatedAt)) {
			err = sql.ErrNoRows
		}
		if err != nil {
			return found(err, "Valid API key")
		}
		if r.ReplacedAt != nil {
			return blush.E(blush.Conflict, "This key was already replaced and will expire: rotate the key that replaced it.")
		}
		var n int64
		if until.After(next.CreatedAt) {
			ms, now := millis(until), millis(next.CreatedAt)
			n, err = q.ExpireKey(ctx, query.ExpireKeyParams{At: &ms, Now: &now, ID: id, KeepTokens: keepTokens})
		} else {
			ms := millis(next.CreatedAt)
			n, err = q.RevokeKey(ctx, query.RevokeKeyParams{At: &ms, ID: id, KeepTokens: keepTokens})
		}
		if err := gone(n, err, "Valid API key"); err != nil {
			return err
		}
		if err := insertKey(ctx, q, next); err != nil {
			return err
		}
		return q.PassWebhooks(ctx, query.PassWebhooksParams{NextID: next.ID, CustomerID: next.CustomerID, KeyID: id})
	})
}

// TouchKey stores when a key was used.
func (s *Store) TouchKey(ctx context.Context, id string, at time.Time) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		ms := millis(at)
		return q.TouchKey(ctx, query.TouchKeyParams{At: &ms, ID: id})
	})
}

func insertKey(ctx context.Context, q *query.Queries, k blush.APIKey) error {
	scopes := ""
	if k.Scopes != nil {
		b, err := json.Marshal(k.Scopes)
		if err != nil {
			return err
		}
		scopes = string(b)
	}
	return q.InsertKey(ctx, query.InsertKeyParams{
		ID: k.ID, CustomerID: k.CustomerID, Alias: k.Alias, Environment: string(k.Environment),
		Prefix: k.Prefix, Hash: k.Hash, CreatedAt: millis(k.CreatedAt),
		Scopes: scopes, ExpiresAt: toMillisPtr(k.ExpiresAt),
	})
}

func customerJSON(c blush.Customer) (ancestors, page string, err error) {
	if c.FrameAncestors == nil {
		c.FrameAncestors = []string{}
	}
	a, err := json.Marshal(c.FrameAncestors)
	if err != nil {
		return "", "", err
	}
	p, err := json.Marshal(c.Page)
	return string(a), string(p), err
}

func customer(r query.Customer) (blush.Customer, error) {
	c := blush.Customer{
		ID: r.ID, Name: r.Name, CreatedAt: fromMillis(r.CreatedAt),
		Keep: blush.Retention{Traces: int(r.KeepTraces), Results: int(r.KeepResults), Audit: int(r.KeepAudit)},
	}
	if err := json.Unmarshal([]byte(r.FrameAncestors), &c.FrameAncestors); err != nil {
		return c, fmt.Errorf("frame ancestors of customer %s: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Page), &c.Page); err != nil {
		return c, fmt.Errorf("page settings of customer %s: %w", r.ID, err)
	}
	return c, nil
}

func apiKey(r query.ApiKey) blush.APIKey {
	k := blush.APIKey{
		ID: r.ID, CustomerID: r.CustomerID, Alias: r.Alias, Environment: blush.Environment(r.Environment),
		Prefix: r.Prefix, Hash: r.Hash, CreatedAt: fromMillis(r.CreatedAt),
		RevokedAt: fromMillisPtr(r.RevokedAt), LastUsedAt: fromMillisPtr(r.LastUsedAt), ExpiresAt: fromMillisPtr(r.ExpiresAt),
	}
	if r.Scopes != "" {
		k.Scopes = []blush.KeyScope{}
		if json.Unmarshal([]byte(r.Scopes), &k.Scopes) != nil || k.Scopes == nil {
			k.Scopes = []blush.KeyScope{} // scopes that cannot be read allow nothing
		}
	}
	return k
}
