package account

import (
	"context"
	"encoding/json"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// NewUser registers a user. Every field may be nil.
type NewUser struct {
	ExternalID *string
	BirthDate  *string // YYYY-MM-DD
	Sex        *string // M or F
	Language   *string // one of Languages
}

// Change is one field of a change of a user. If it is absent from the JSON, the field
// stays unchanged. null clears it.
type Change struct {
	Set   bool
	Value *string
}

// UnmarshalJSON is called only for fields that are present.
func (c *Change) UnmarshalJSON(b []byte) error {
	c.Set = true
	return json.Unmarshal(b, &c.Value)
}

// UserChange says which fields of a user to change.
type UserChange struct {
	ExternalID Change `json:"external_user_id"`
	BirthDate  Change `json:"birth_date"`
	Sex        Change `json:"sex"`
	Language   Change `json:"language"`
	// Locked replaces what the sandbox locks; nil leaves it.
	Locked []string `json:"-"`
}

// CreateUser registers a user. If a user with the external id exists, that user is
// returned unchanged, and created is false.
func (s *Service) CreateUser(ctx context.Context, c blush.Caller, n NewUser) (u blush.User, created bool, err error) {
	u = blush.User{
		ID: blush.NewID(), CustomerID: c.CustomerID, Customer: c.Customer, Environment: c.Environment,
		ExternalID: n.ExternalID, BirthDate: n.BirthDate, Sex: n.Sex, Language: n.Language, CreatedAt: s.now(),
	}
	var before blush.User // with an id that only an earlier version accepted
	if n.ExternalID != nil && externalIDFault("", *n.ExternalID) == "" && newExternalIDFault("", *n.ExternalID) != "" {
		before, err = s.store.User(ctx, c.CustomerID, c.Environment, blush.UserRef{ExternalID: *n.ExternalID})
		if err != nil && blush.KindOf(err) != blush.NotFound {
			return blush.User{}, false, err
		}
	}
	if err := s.checkUser(u, before); err != nil {
		return blush.User{}, false, err
	}
	u, created, err = s.store.CreateUser(ctx, u, s.Audit(c, blush.UserCreate, "", ""))
	return s.Shown(c, u), created, err
}

// User returns one user, with the fields that the caller may see.
func (s *Service) User(ctx context.Context, c blush.Caller, ref blush.UserRef) (blush.User, error) {
	u, err := s.Resolve(ctx, c, ref)
	if err != nil {
		return blush.User{}, err
	}
	return s.Shown(c, u), s.store.Audit(ctx, s.Audit(c, blush.UserRead, u.ID, ""))
}

// Find is [Service.User] for a search, which finds nobody where there is no such user.
func (s *Service) Find(ctx context.Context, c blush.Caller, ref blush.UserRef) ([]blush.User, error) {
	u, err := s.User(ctx, c, ref)
	if kind := blush.KindOf(err); kind == blush.NotFound || kind == blush.Unprocessed {
		return nil, s.store.Audit(ctx, s.Audit(c, blush.UserList, "", "")) // finding nobody is also an access
	}
	return []blush.User{u}, err
}

// Named finds the user that a request is about, with the fields that the caller may see. It writes no audit entry: its callers do.
func (s *Service) Named(ctx context.Context, c blush.Caller, ref blush.UserRef) (blush.User, error) {
	u, err := s.Resolve(ctx, c, ref)
	return s.Shown(c, u), err
}

// Shown returns a user with the fields that a caller may see: for a page's token those that the page needs, for a key that may not read only its ids.
func (s *Service) Shown(c blush.Caller, u blush.User) blush.User {
	if !c.May(blush.KeyRead) {
		u.BirthDate, u.Sex, u.Language = nil, nil, nil
		return u
	}
	if c.Kind != blush.ByToken || c.Scope == blush.ScopeAPI {
		return u
	}
	if c.Scope == blush.ScopeScan && u.BirthDate != nil {
		adult := s.Eligible(u) == nil
		u.Adult = &adult
	}
	u.ExternalID, u.BirthDate, u.Sex = nil, nil, nil
	return u
}

// Users lists the customer's users in the key's environment, the newest first; for a token, its own user.
func (s *Service) Users(ctx context.Context, c blush.Caller, p blush.Page) (blush.List[blush.User], error) {
	if c.Kind == blush.ByToken {
		u, err := s.User(ctx, c, blush.UserRef{})
		return blush.List[blush.User]{Data: []blush.User{u}}, err
	}
	var none blush.List[blush.User]
	p, err := p.Check()
	if err != nil {
		return none, err
	}
	after := store.Newest
	if p.StartingAfter != "" {
		last, err := s.store.User(ctx, c.CustomerID, c.Environment, blush.UserRef{ID: p.StartingAfter})
		if blush.KindOf(err) == blush.NotFound {
			return none, blush.Field("starting_after must be the id of a user.", "value_error", "starting_after")
		}
		if err != nil {
			return none, err
		}
		after = store.Cursor{At: last.CreatedAt, ID: last.ID}
	}
	l, err := s.store.Users(ctx, c.CustomerID, c.Environment, after, p.Limit)
	if err != nil {
		return none, err
	}
	entries := make([]blush.AuditEntry, len(l.Data))
	for i, u := range l.Data {
		entries[i] = s.Audit(c, blush.UserList, u.ID, "")
	}
	if len(entries) == 0 { // an empty list is also an access
		entries = append(entries, s.Audit(c, blush.UserList, "", ""))
	}
	return l, s.store.Audit(ctx, entries...)
}

// UpdateUser changes the fields that are set. A token may not change the external
// id or a known birth date, so that its holder cannot make themselves older. A
// token of the scan page may set only an unknown birth date.
func (s *Service) UpdateUser(ctx context.Context, c blush.Caller, ref blush.UserRef, ch UserChange) (blush.User, error) {
	u, err := s.Resolve(ctx, c, ref)
	if err != nil {
		return blush.User{}, err
	}
	if c.Kind == blush.ByToken && c.Scope == blush.ScopeScan && (ch.ExternalID.Set || ch.Sex.Set || ch.Language.Set) {
		return blush.User{}, blush.E(blush.Forbidden, "The scan page may set only a birth date.")
	}
	change := func(u *blush.User) error {
		before := *u
		for _, f := range []struct {
			to   **string
			from Change
		}{{&u.ExternalID, ch.ExternalID}, {&u.BirthDate, ch.BirthDate}, {&u.Sex, ch.Sex}, {&u.Language, ch.Language}} {
			if f.from.Set {
				*f.to = f.from.Value
			}
		}
		if ch.Locked != nil {
			u.Locked = ch.Locked
		}
		if c.Kind == blush.ByToken && (!same(u.ExternalID, before.ExternalID) || before.BirthDate != nil && ch.BirthDate.Set && (c.Scope == blush.ScopeScan || !same(u.BirthDate, before.BirthDate))) {
			return blush.E(blush.Forbidden, "An action token may change neither external_user_id nor a known birth_date.")
		}
		return s.checkUser(*u, before)
	}
	u, err = s.store.UpdateUser(ctx, c.CustomerID, c.Environment, u.ID, change, s.Audit(c, blush.UserUpdate, u.ID, ""))
	return s.Shown(c, u), err
}

// DeleteUser erases a user and all their data. Only the audit trail remains, which
// contains no personal data.
func (s *Service) DeleteUser(ctx context.Context, c blush.Caller, ref blush.UserRef) error {
	u, err := s.Resolve(ctx, c, ref)
	if err != nil {
		return err
	}
	erased, err := s.Event(blush.UserErased, "", "", map[string]string{"user_id": u.ID}, nil)
	if err != nil {
		return err
	}
	return s.store.Together(ctx, func(ctx context.Context) error {
		if err := s.store.DeleteUser(ctx, c.CustomerID, c.Environment, u.ID, s.Audit(c, blush.UserDelete, u.ID, "")); err != nil {
			return err
		}
		return s.store.Raise(ctx, c.CustomerID, c.Environment, erased)
	})
}

func same(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }
