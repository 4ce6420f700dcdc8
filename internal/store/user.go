package store

import (
	"context"
	"database/sql"
	"iter"
	"math"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// CreateUser stores a user. When the external id is there already it changes
// nothing and returns the stored user, with created false.
func (s *Store) CreateUser(ctx context.Context, u blush.User, a blush.AuditEntry) (stored blush.User, created bool, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := q.InsertUser(ctx, query.InsertUserParams{
			ID: u.ID, CustomerID: u.CustomerID, Environment: string(u.Environment), ExternalID: u.ExternalID,
			BirthDate: u.BirthDate, Sex: u.Sex, Language: u.Language, CreatedAt: millis(u.CreatedAt),
		})
		if err != nil {
			return err
		}
		ref := blush.UserRef{ID: u.ID}
		if created = n > 0; !created {
			ref = blush.UserRef{ExternalID: *u.ExternalID}
		}
		if stored, err = getUser(ctx, q, u.CustomerID, u.Environment, ref); err != nil {
			return err
		}
		a.UserID = stored.ID
		return audit(ctx, q, a)
	})
	return stored, created, err
}

// User finds a user of a customer in one environment.
func (s *Store) User(ctx context.Context, customerID string, env blush.Environment, ref blush.UserRef) (blush.User, error) {
	return getUser(ctx, s.q(), customerID, env, ref)
}

// UserByID finds a user of whatever customer: for work that no caller asked for.
func (s *Store) UserByID(ctx context.Context, id string) (blush.User, error) {
	r, err := s.q().GetUserByID(ctx, id)
	return user(r.User, r.Customer), found(err, "User")
}

// Users lists a customer's users in one environment, the newest first.
func (s *Store) Users(ctx context.Context, customerID string, env blush.Environment, after Cursor, limit int) (blush.List[blush.User], error) {
	rows, err := s.q().ListUsers(ctx, query.ListUsersParams{
		CustomerID: customerID, Environment: string(env), BeforeAt: millis(after.Before), BeforeID: after.ID, PageLimit: int32(limit + 1),
	})
	users := make([]blush.User, 0, len(rows))
	for _, r := range rows {
		users = append(users, user(r.User, r.Customer))
	}
	return page(users, limit), err
}

// UpdateUser lets change alter the stored user and stores the outcome, unless
// change fails; Conflict when the external id belongs to another user.
func (s *Store) UpdateUser(ctx context.Context, customerID string, env blush.Environment, id string, change func(*blush.User) error, a blush.AuditEntry) (blush.User, error) {
	var u blush.User
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := q.LockUser(ctx, query.LockUserParams{ID: id, CustomerID: customerID, Environment: string(env)})
		if err := gone(n, err, "User"); err != nil {
			return err
		}
		if u, err = getUser(ctx, q, customerID, env, blush.UserRef{ID: id}); err != nil {
			return err
		}
		before := u
		if err := change(&u); err != nil {
			return err
		}
		err = q.UpdateUser(ctx, query.UpdateUserParams{
			ID: id, ExternalID: u.ExternalID, BirthDate: u.BirthDate, Sex: u.Sex, Language: u.Language,
		})
		if isUnique(err) {
			return blush.E(blush.Conflict, "Another user has this external_user_id.")
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

// DeleteUser erases a user with everything that is held about them.
func (s *Store) DeleteUser(ctx context.Context, customerID string, env blush.Environment, id string, a blush.AuditEntry) error {
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
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

// HoldUser lets other transactions that hold the user wait until this one ends; NotFound when the user is gone.
func (s *Store) HoldUser(ctx context.Context, u blush.User) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		n, err := q.LockUser(ctx, query.LockUserParams{ID: u.ID, CustomerID: u.CustomerID, Environment: string(u.Environment)})
		return gone(n, err, "User")
	})
}

// Audit records accesses that changed nothing. A frozen database keeps no record: nobody in it is real.
func (s *Store) Audit(ctx context.Context, entries ...blush.AuditEntry) error {
	if s.frozen {
		for _, a := range entries {
			blush.Written(ctx, a)
		}
		return nil
	}
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		for _, a := range entries {
			if err := audit(ctx, q, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// AuditOf lists the accesses to a user's data, the oldest first, a page at a time.
func (s *Store) AuditOf(ctx context.Context, userID string) iter.Seq2[blush.AuditEntry, error] {
	after := query.ListAuditParams{UserID: userID, AfterAt: math.MinInt64, PageLimit: pageRows}
	return pages(func() ([]query.Audit, error) { return s.q().ListAudit(ctx, after) }, func(r query.Audit) blush.AuditEntry {
		after.AfterAt, after.AfterID = r.At, r.ID
		return blush.AuditEntry{
			At: fromMillis(r.At), CustomerID: r.CustomerID, Kind: blush.CallerKind(r.Kind), CredentialID: r.CredentialID,
			Action: blush.Action(r.Action), UserID: r.UserID, ObjectID: r.ObjectID, RequestID: r.RequestID,
		}
	})
}

// audit writes an entry. It is the only way into the audit trail.
func audit(ctx context.Context, q *query.Queries, a blush.AuditEntry) error {
	err := q.InsertAudit(ctx, query.InsertAuditParams{
		ID: blush.NewID(), At: millis(a.At), CustomerID: a.CustomerID, Kind: string(a.Kind), CredentialID: a.CredentialID,
		Action: string(a.Action), UserID: a.UserID, ObjectID: a.ObjectID, RequestID: a.RequestID,
	})
	if err == nil {
		blush.Written(ctx, a)
	}
	return err
}

func getUser(ctx context.Context, q *query.Queries, customerID string, env blush.Environment, ref blush.UserRef) (blush.User, error) {
	if ref.ID != "" {
		r, err := q.GetUser(ctx, query.GetUserParams{ID: ref.ID, CustomerID: customerID, Environment: string(env)})
		return user(r.User, r.Customer), found(err, "User")
	}
	r, err := q.GetUserByExternalID(ctx, query.GetUserByExternalIDParams{ExternalID: &ref.ExternalID, CustomerID: customerID, Environment: string(env)})
	return user(r.User, r.Customer), found(err, "User")
}

func user(r query.User, customer string) blush.User {
	return blush.User{
		ID: r.ID, CustomerID: r.CustomerID, Customer: customer, Environment: blush.Environment(r.Environment),
		ExternalID: r.ExternalID, BirthDate: r.BirthDate, Sex: r.Sex, Language: r.Language, CreatedAt: fromMillis(r.CreatedAt),
	}
}

func equal(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }
