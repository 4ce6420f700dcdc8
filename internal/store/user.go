package store

import (
	"context"
	"database/sql"
	"errors"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// CreateUser stores a user. If a user with the external id exists, it changes nothing
// and returns that user, with created false.
func (s *Store) CreateUser(ctx context.Context, u blush.User, a blush.AuditEntry) (stored blush.User, created bool, err error) {
	err = s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		ring, err := s.holdKeys(ctx, q, tx, u.CustomerID)
		if err != nil {
			return err
		}
		id := ""
		if u.ExternalID != nil {
			if id, err = userWith(ctx, q, ring, u.CustomerID, u.Environment, *u.ExternalID); err != nil {
				return err
			}
		}
		if id == "" {
			sealed := ring[0].user(u)
			n, err := q.InsertUser(ctx, query.InsertUserParams{
				ID: u.ID, CustomerID: u.CustomerID, Environment: string(u.Environment), KeyID: sealed.keyID, SealedExternalID: sealed.externalID,
				ExternalHash: sealed.hash, SealedBirthDate: sealed.birthDate, Sex: u.Sex, Language: u.Language, CreatedAt: millis(u.CreatedAt),
			})
			if err != nil {
				return err
			}
			if id, created = u.ID, n > 0; !created { // another request was faster
				if id, err = userWith(ctx, q, ring, u.CustomerID, u.Environment, *u.ExternalID); err != nil {
					return err
				}
			}
		}
		if stored, err = s.getUser(ctx, q, u.CustomerID, u.Environment, blush.UserRef{ID: id}); err != nil {
			return err
		}
		a.UserID = stored.ID
		return audit(ctx, q, a)
	})
	return stored, created, err
}

// User finds a user of a customer in one environment.
func (s *Store) User(ctx context.Context, customerID string, env blush.Environment, ref blush.UserRef) (blush.User, error) {
	return s.getUser(ctx, s.q(), customerID, env, ref)
}

// UserByID finds a user of any customer, for background work.
func (s *Store) UserByID(ctx context.Context, id string) (blush.User, error) {
	q := s.q()
	r, err := q.GetUserByID(ctx, id)
	if err != nil {
		return blush.User{}, found(err, "User")
	}
	return s.user(ctx, q, r.User, r.Customer)
}

// Users lists a customer's users in one environment, the newest first.
func (s *Store) Users(ctx context.Context, customerID string, env blush.Environment, after Cursor, limit int) (blush.List[blush.User], error) {
	q := s.q()
	rows, err := q.ListUsers(ctx, query.ListUsersParams{
		CustomerID: customerID, Environment: string(env), BeforeAt: millis(after.At), BeforeID: after.ID, PageLimit: int32(limit + 1),
	})
	users := make([]blush.User, 0, len(rows))
	for _, r := range rows {
		u, err := s.user(ctx, q, r.User, r.Customer)
		if err != nil {
			return blush.List[blush.User]{}, err
		}
		users = append(users, u)
	}
	return page(users, limit), err
}

// UpdateUser calls change on the stored user and stores the result, unless change
// fails. The error is a Conflict if the external id belongs to another user.
func (s *Store) UpdateUser(ctx context.Context, customerID string, env blush.Environment, id string, change func(*blush.User) error, a blush.AuditEntry) (blush.User, error) {
	var u blush.User
	err := s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		ring, err := s.holdKeys(ctx, q, tx, customerID)
		if err != nil {
			return err
		}
		n, err := q.LockUser(ctx, query.LockUserParams{ID: id, CustomerID: customerID, Environment: string(env)})
		if err := gone(n, err, "User"); err != nil {
			return err
		}
		if u, err = s.getUser(ctx, q, customerID, env, blush.UserRef{ID: id}); err != nil {
			return err
		}
		before := u
		if err := change(&u); err != nil {
			return err
		}
		const taken = "Another user has this external_user_id."
		if u.ExternalID != nil {
			if other, err := userWith(ctx, q, ring, customerID, env, *u.ExternalID); err != nil {
				return err
			} else if other != "" && other != id {
				return blush.E(blush.Conflict, taken)
			}
		}
		err = updateUser(ctx, q, ring[0], u)
		if isUnique(err) {
			return blush.E(blush.Conflict, taken)
		}
		if err != nil {
			return err
		}
		if !equal(before.BirthDate, u.BirthDate) || !equal(before.Sex, u.Sex) || !equal(before.Language, u.Language) {
			if err := touch(ctx, q, id, always); err != nil {
				return err
			}
		}
		return audit(ctx, q, a)
	})
	return u, err
}

// DeleteUser erases a user with everything that is stored about them.
func (s *Store) DeleteUser(ctx context.Context, customerID string, env blush.Environment, id string, a blush.AuditEntry) error {
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		if err := keepUse(ctx, q, customerID, id, a.At); err != nil {
			return err
		}
		n, err := q.DeleteUser(ctx, query.DeleteUserParams{ID: id, CustomerID: customerID, Environment: string(env)})
		if err := gone(n, err, "User"); err != nil {
			return err
		}
		return audit(ctx, q, a)
	})
	if err == nil {
		s.forget(ctx)
	}
	return err
}

// LockUser locks the user: other calls of it wait until this transaction ends. The error is NotFound if the user does not exist.
func (s *Store) LockUser(ctx context.Context, u blush.User) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := q.LockUser(ctx, query.LockUserParams{ID: u.ID, CustomerID: u.CustomerID, Environment: string(u.Environment)})
		return gone(n, err, "User")
	})
}

func (s *Store) getUser(ctx context.Context, q *query.Queries, customerID string, env blush.Environment, ref blush.UserRef) (blush.User, error) {
	if ref.ID == "" {
		ring, err := s.keysOf(ctx, q, customerID)
		if err != nil {
			return blush.User{}, err
		}
		if ref.ID, err = userWith(ctx, q, ring, customerID, env, ref.ExternalID); err == nil && ref.ID == "" {
			// The customer may have a newer key that this process does not know.
			if ring, err = s.keysNow(ctx, q, customerID); err == nil {
				ref.ID, err = userWith(ctx, q, ring, customerID, env, ref.ExternalID)
			}
		}
		if err != nil {
			return blush.User{}, err
		}
	}
	r, err := q.GetUser(ctx, query.GetUserParams{ID: ref.ID, CustomerID: customerID, Environment: string(env)})
	if err != nil {
		return blush.User{}, found(err, "User")
	}
	return s.user(ctx, q, r.User, r.Customer)
}

// userWith finds the id of the user with an external id, under each key of the customer; "" if there is none.
func userWith(ctx context.Context, q *query.Queries, ring []customerKey, customerID string, env blush.Environment, externalID string) (string, error) {
	if len(ring) == 0 {
		return "", nil
	}
	id, err := q.UserByExternalID(ctx, query.UserByExternalIDParams{
		CustomerID: customerID, Environment: string(env), Hash: ring[0].Hash(externalID), OtherHash: ring[len(ring)-1].Hash(externalID), Clear: &externalID,
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

func equal(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }
