package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/seal"
	"blush.example/blush/internal/store/query"
)

// Sealer seals and opens the keys of customers, with the keys of the master secret.
type Sealer interface {
	Seal(data []byte, purpose string) []byte
	Open(sealed []byte, purpose string) ([]byte, error)
}

const (
	// keyLife is how long a process uses a customer's keys before it reads them again.
	keyLife = time.Minute
	// KeyOverlap is how long a replaced key stays, so that no process still seals with it when it is deleted.
	KeyOverlap = 10 * keyLife
)

// openKeys are the keys of customers that this process has opened.
type openKeys struct {
	mu     sync.Mutex
	sealer Sealer
	of     map[string]keysOf // by customer
	owner  map[int64]string  // the customer of each key
}

// keysOf are the keys of one customer, the newest first, at most two, and when they were read.
type keysOf struct {
	keys []customerKey
	read time.Time
}

// customerKey is one key of a customer.
type customerKey struct {
	id int64
	*seal.Key
}

// keyError means that a key of a customer cannot be opened, and so nothing that it sealed.
type keyError struct {
	customerID string
	error
}

func (e *keyError) Error() string { return "key of customer " + e.customerID + ": " + e.error.Error() }
func (e *keyError) Unwrap() error { return e.error }

// SealWith sets what opens the keys of customers. Only the first call has an effect.
func (s *Store) SealWith(m Sealer) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if s.keys.sealer == nil {
		s.keys.sealer = m
	}
}

func (s *Store) sealer() (Sealer, error) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if s.keys.sealer == nil {
		return nil, errors.New("the store was not given the master secret, without which no personal data can be read")
	}
	return s.keys.sealer, nil
}

func keyPurpose(customerID string, id int64) string {
	return fmt.Sprintf("customer_key.sealed %s %d", customerID, id)
}

// addKey gives a customer a new key.
func (s *Store) addKey(ctx context.Context, q *query.Queries, customerID string, at time.Time) error {
	m, err := s.sealer()
	if err != nil {
		return err
	}
	var b [8]byte
	rand.Read(b[:])
	id := int64(binary.BigEndian.Uint64(b[:]) >> 1)
	return q.InsertCustomerKey(ctx, query.InsertCustomerKeyParams{
		ID: id, CustomerID: customerID, Sealed: m.Seal(seal.Random(seal.KeyBytes), keyPurpose(customerID, id)), CreatedAt: millis(at),
	})
}

// MakeKeys gives a key to each customer that has none, because an earlier version made it.
func (s *Store) MakeKeys(ctx context.Context, at time.Time) error {
	without, err := s.q().CustomersWithoutKey(ctx)
	if err != nil {
		return err
	}
	for _, id := range without {
		err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
			if _, err := q.LockCustomer(ctx, id); err != nil {
				return found(err, "Customer")
			}
			if rows, err := q.CustomerKeys(ctx, id); err != nil || len(rows) > 0 { // another process was faster
				return err
			}
			return s.addKey(ctx, q, id, at)
		})
		if err != nil && blush.KindOf(err) != blush.NotFound {
			return err
		}
	}
	return nil
}

// CustomerKeys counts the keys of a customer: two while one replaces the other.
func (s *Store) CustomerKeys(ctx context.Context, customerID string) (int, error) {
	rows, err := s.q().CustomerKeys(ctx, customerID)
	return len(rows), err
}

// keysNow reads and opens the keys of a customer, the newest first; none if the customer does not exist.
func (s *Store) keysNow(ctx context.Context, q *query.Queries, customerID string) ([]customerKey, error) {
	m, err := s.sealer()
	if err != nil {
		return nil, err
	}
	read := time.Now()
	rows, err := q.CustomerKeys(ctx, customerID)
	if err != nil {
		return nil, err
	}
	ring := make([]customerKey, len(rows))
	for i, r := range rows {
		secret, err := m.Open(r.Sealed, keyPurpose(customerID, r.ID))
		if err == nil {
			ring[i].Key, err = seal.NewKey(secret)
		}
		if err != nil {
			return nil, &keyError{customerID, err}
		}
		ring[i].id = r.ID
	}
	s.forgetKeys(customerID)
	if len(ring) > 0 {
		s.keys.mu.Lock()
		defer s.keys.mu.Unlock()
		if s.keys.of == nil {
			s.keys.of, s.keys.owner = map[string]keysOf{}, map[int64]string{}
		}
		s.keys.of[customerID] = keysOf{ring, read}
		for _, k := range ring {
			s.keys.owner[k.id] = customerID
		}
	}
	return ring, nil
}

// learnKeys makes the next use read the keys of a customer again, unless this process knows the newest one.
func (s *Store) learnKeys(customerID string, newest int64) {
	s.keys.mu.Lock()
	known := s.keys.owner[newest] != ""
	s.keys.mu.Unlock()
	if !known {
		s.forgetKeys(customerID)
	}
}

// forgetKeys drops the keys of a customer from memory.
func (s *Store) forgetKeys(customerID string) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	for _, k := range s.keys.of[customerID].keys {
		delete(s.keys.owner, k.id)
	}
	delete(s.keys.of, customerID)
}

// keysOf returns the keys of a customer like keysNow, but they may be up to keyLife old.
func (s *Store) keysOf(ctx context.Context, q *query.Queries, customerID string) ([]customerKey, error) {
	s.keys.mu.Lock()
	held := s.keys.of[customerID]
	s.keys.mu.Unlock()
	if held.keys != nil && time.Since(held.read) < keyLife {
		return held.keys, nil
	}
	return s.keysNow(ctx, q, customerID)
}

// newestKey returns the key that seals for a customer. The error is NotFound if the customer does not exist.
func (s *Store) newestKey(ctx context.Context, q *query.Queries, customerID string) (customerKey, error) {
	ring, err := s.keysOf(ctx, q, customerID)
	if err == nil && len(ring) == 0 {
		err = found(sql.ErrNoRows, "Customer")
	}
	if err != nil {
		return customerKey{}, err
	}
	return ring[0], nil
}

// keyOfUser returns the key that seals for a user. The error is NotFound if the user does not exist.
func (s *Store) keyOfUser(ctx context.Context, userID string) (customerKey, error) {
	customerID, err := s.q().CustomerOfUser(ctx, userID)
	if err != nil {
		return customerKey{}, found(err, "User")
	}
	return s.newestKey(ctx, s.q(), customerID)
}

// keyByID returns the key that a row was sealed with.
func (s *Store) keyByID(ctx context.Context, q *query.Queries, id int64) (customerKey, error) {
	s.keys.mu.Lock()
	customerID := s.keys.owner[id]
	s.keys.mu.Unlock()
	if customerID == "" {
		var err error
		if customerID, err = q.CustomerOfKey(ctx, id); err != nil {
			return customerKey{}, fmt.Errorf("key of a row: %w", err)
		}
	}
	ring, err := s.keysOf(ctx, q, customerID)
	if err != nil {
		return customerKey{}, err
	}
	its := func(k customerKey) bool { return k.id == id }
	if !slices.ContainsFunc(ring, its) { // it is newer than the keys in memory
		if ring, err = s.keysNow(ctx, q, customerID); err != nil {
			return customerKey{}, err
		}
	}
	if i := slices.IndexFunc(ring, its); i >= 0 {
		return ring[i], nil
	}
	return customerKey{}, fmt.Errorf("the key of a row of customer %s does not exist", customerID)
}

// holdKeys returns the keys of a customer, and locks them until the transaction ends. Methods that must find a hash under every key need that.
func (s *Store) holdKeys(ctx context.Context, q *query.Queries, tx *sql.Tx, customerID string) ([]customerKey, error) {
	if s.engine == enginePostgres { // on SQLite the transaction has the whole database already
		if _, err := tx.ExecContext(ctx, "SELECT 1 FROM customer WHERE id = $1 FOR SHARE", customerID); err != nil {
			return nil, err
		}
	}
	ring, err := s.keysNow(ctx, q, customerID)
	if err == nil && len(ring) == 0 {
		err = found(sql.ErrNoRows, "Customer")
	}
	return ring, err
}

// RotateCustomerKey gives a customer a new key, which seals from now on, and
// enqueues the job that seals the existing data again ([Store.Reseal]). The error is a
// Conflict while an earlier rotation is not finished.
func (s *Store) RotateCustomerKey(ctx context.Context, customerID string, at time.Time, job river.JobArgs, a blush.AuditEntry) error {
	return s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		if _, err := q.LockCustomer(ctx, customerID); err != nil {
			return found(err, "Customer")
		}
		rows, err := q.CustomerKeys(ctx, customerID)
		if err != nil {
			return err
		}
		if len(rows) > 1 {
			return blush.E(blush.Conflict, "The key is being replaced already: the servers encrypt again what the old one encrypted, and then delete it. "+
				"If rows are damaged (blush doctor lists them), it waits until they are restored or erased.")
		}
		for _, r := range rows {
			if !at.After(fromMillis(r.CreatedAt)) {
				at = fromMillis(r.CreatedAt + 1) // the newest one seals
			}
		}
		if err := s.addKey(ctx, q, customerID, at); err != nil {
			return err
		}
		if err := s.enqueue(ctx, tx, job); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
}

// RewrapKeys seals the keys of all customers again, with the newest key of the master secret.
func (s *Store) RewrapKeys(ctx context.Context, m Sealer) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		rows, err := q.AllCustomerKeys(ctx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			purpose := keyPurpose(r.CustomerID, r.ID)
			secret, err := m.Open(r.Sealed, purpose)
			if err != nil {
				return err
			}
			if err := q.WrapCustomerKey(ctx, query.WrapCustomerKeyParams{ID: r.ID, Sealed: m.Seal(secret, purpose)}); err != nil {
				return err
			}
		}
		return nil
	})
}
