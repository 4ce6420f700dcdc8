package account

import (
	"context"
	"encoding/json"

	"blush/internal/blush"
)

// NewUser registers a user. Every field may be nil.
type NewUser struct {
	ExternalID *string
	BirthDate  *string // YYYY-MM-DD
	Sex        *string // M or F
	Language   *string // one of Languages
}

// Change is one field of a change of a user: absent from the JSON it is left
// alone, null clears it.
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
}

// CreateUser registers a user. An external id that is there already gives the
// stored user unchanged, and created is false.
func (s *Service) CreateUser(ctx context.Context, c blush.Caller, n NewUser) (u blush.User, created bool, err error) {
	return blush.User{}, false, todo
}

// User returns one user.
func (s *Service) User(ctx context.Context, c blush.Caller, ref blush.UserRef) (blush.User, error) {
	return blush.User{}, todo
}

// Users lists the customer's users in the key's environment, the newest first; for a token, its own user.
func (s *Service) Users(ctx context.Context, c blush.Caller, p blush.Page) (blush.List[blush.User], error) {
	return blush.List[blush.User]{}, todo
}

// UpdateUser changes the fields that are set.
func (s *Service) UpdateUser(ctx context.Context, c blush.Caller, ref blush.UserRef, ch UserChange) (blush.User, error) {
	return blush.User{}, todo
}

// DeleteUser erases a user and everything measured. What is left is an audit
// row that names nobody.
func (s *Service) DeleteUser(ctx context.Context, c blush.Caller, ref blush.UserRef) error {
	return todo
}

// ExportUser returns all that is held about a user as one JSON document.
func (s *Service) ExportUser(ctx context.Context, c blush.Caller, ref blush.UserRef) (json.RawMessage, error) {
	return nil, todo
}
