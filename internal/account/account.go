// Package account decides who may do what. It manages customers and their API
// keys, the action tokens made with the keys, and the users that customers
// register. It turns a credential into a [blush.Caller]. Every later operation
// takes that Caller first, is limited to its environment and its user, and writes
// an entry to the audit trail. The routes in httpapi declare which credentials may
// use them.
package account

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// Service holds the rules of customers, credentials and users.
type Service struct {
	store     *store.Store
	secrets   *Secrets
	now       func() time.Time
	running   sync.Map // store.IdempotencyKey of each request that this process is working on
	exporting sync.Map // the ids of the users and customers that this process is exporting

	// KeepRefused says how many days the audit trail keeps entries about unknown credentials; 0: for ever.
	// Set it before the service is used.
	KeepRefused int
	// Log receives messages about the background work; the default discards them. Set it before the service is used.
	Log *slog.Logger
}

// New makes the service. now is the clock, e.g. [time.Now].
func New(st *store.Store, secrets *Secrets, now func() time.Time) *Service {
	secrets.source.Store(st)
	st.SealWith(secrets)
	return &Service{store: st, secrets: secrets, now: now, Log: slog.New(slog.DiscardHandler)}
}

// Audit makes the audit entry of one access by a caller.
func (s *Service) Audit(c blush.Caller, action blush.Action, userID, objectID string) blush.AuditEntry {
	return blush.AuditEntry{
		At: s.now(), CustomerID: c.CustomerID, Environment: c.Environment, Kind: c.Kind, CredentialID: c.CredentialID,
		Action: action, UserID: userID, ObjectID: objectID, RequestID: c.RequestID, Network: c.Network,
	}
}

// Refused writes an entry about a refused access and the kind of its refusal. objectID
// is what the caller named, which need not exist. Refused rolls back the transaction
// of ctx. A caller whose credential was never valid is [blush.ByUnknown].
func (s *Service) Refused(ctx context.Context, c blush.Caller, action blush.Action, objectID string, why blush.Kind) error {
	if c.Kind == "" {
		c.Kind = blush.ByUnknown
	}
	a := s.Audit(c, action, c.UserID, objectID)
	a.Outcome = why
	return s.store.Refused(ctx, a)
}

// Resolve finds the user that a request is about. With an API key exactly one
// field of ref must be set. With a token the user is the token's own, and ref is empty or
// names that user. Users of other customers and of the other environment are NotFound.
func (s *Service) Resolve(ctx context.Context, c blush.Caller, ref blush.UserRef) (blush.User, error) {
	if c.Kind == blush.ByToken {
		u, err := s.store.User(ctx, c.CustomerID, c.Environment, blush.UserRef{ID: c.UserID})
		if err != nil {
			return blush.User{}, err
		}
		if ref.ID != "" || ref.ExternalID != "" {
			id, _ := blush.ParseID(ref.ID)
			own := id == u.ID || ref.ID == ""
			own = own && (ref.ExternalID == "" || u.ExternalID != nil && *u.ExternalID == ref.ExternalID)
			if !own {
				return blush.User{}, blush.E(blush.Forbidden, "This action token is valid only for its own user.")
			}
		}
		return u, nil
	}
	ref, err := checkRef(ref)
	if err != nil {
		return blush.User{}, err
	}
	return s.store.User(ctx, c.CustomerID, c.Environment, ref)
}

// checkRef requires exactly one of the two ids of a user, and returns a user id in its
// canonical form.
func checkRef(ref blush.UserRef) (blush.UserRef, error) {
	const both = "Provide exactly one of user_id and external_user_id."
	path := func(name string) []any { return []any{name} }
	switch {
	case ref.ID != "" && ref.ExternalID != "":
		return ref, &blush.Error{Kind: blush.Unprocessed, Message: both, Fields: []blush.FieldError{
			{Path: path("user_id"), Msg: both, Type: "value_error"},
			{Path: path("external_user_id"), Msg: both, Type: "value_error"},
		}}
	case ref.ID == "" && ref.ExternalID == "":
		return ref, &blush.Error{Kind: blush.Unprocessed, Message: both, Fields: []blush.FieldError{
			{Path: path("user_id"), Msg: both, Type: "missing"},
			{Path: path("external_user_id"), Msg: both, Type: "missing"},
		}}
	case ref.ID != "":
		return CheckID(ref, "user_id")
	}
	return CheckID(ref, "external_user_id")
}

// CheckID checks the one id of a user in a reference, and returns a user id in its canonical form. An error is about the field in which it was sent.
func CheckID(ref blush.UserRef, field string) (blush.UserRef, error) {
	if ref.ID != "" {
		id, err := blush.CheckID(ref.ID, field)
		return blush.UserRef{ID: id}, err
	}
	if msg := externalIDFault(field, ref.ExternalID); msg != "" {
		return ref, blush.Field(msg, "value_error", field)
	}
	return ref, nil
}
