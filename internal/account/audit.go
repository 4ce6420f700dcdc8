package account

import (
	"context"
	"os/user"
	"slices"
	"sync"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// AuditQuery selects entries of a customer's audit trail.
type AuditQuery struct {
	UserID   string    // about one user, who may have been erased; empty: about all users
	Action   string    // one of [blush.Actions]; empty: all
	From, To time.Time // From is included, To is not; zero: no bound
}

// AuditTrail lists the entries of the caller's customer in its environment, the
// newest first. Reading them also writes an entry, which this page does not contain yet.
// A user that the customer never had is NotFound.
func (s *Service) AuditTrail(ctx context.Context, c blush.Caller, q AuditQuery, p blush.Page) (blush.List[store.AuditRow], error) {
	var none blush.List[store.AuditRow]
	p, err := p.Check()
	if err != nil {
		return none, err
	}
	f := store.AuditFilter{Action: blush.Action(q.Action), From: q.From, To: q.To}
	note := s.Audit(c, blush.AuditList, "", "")
	if q.UserID != "" {
		id, err := blush.CheckID(q.UserID, "user_id")
		if err != nil {
			return none, err
		}
		if err := s.hadUser(ctx, c, id); err != nil {
			return none, err
		}
		f.UserID, note.UserID = id, id
	}
	switch {
	case q.Action != "" && !slices.Contains(blush.Actions, f.Action):
		return none, blush.Field("There is no action with this name.", "enum", "action")
	case !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To):
		return none, blush.Field("from must be before to.", "value_error", "from")
	}
	after := store.Newest
	if p.StartingAfter != "" {
		last, err := s.store.AuditEntry(ctx, c.CustomerID, c.Environment, p.StartingAfter)
		if blush.KindOf(err) == blush.NotFound {
			return none, blush.Field("starting_after must be the id of an entry.", "value_error", "starting_after")
		}
		if err != nil {
			return none, err
		}
		after = store.Cursor{At: last.At, ID: last.ID}
	}
	l, err := s.store.AuditPage(ctx, c.CustomerID, c.Environment, f, after, p.Limit)
	if err != nil {
		return none, err
	}
	return l, s.store.Audit(ctx, note)
}

// hadUser returns NotFound unless a user is the caller's, or was before being erased.
func (s *Service) hadUser(ctx context.Context, c blush.Caller, id string) error {
	_, missing := s.store.User(ctx, c.CustomerID, c.Environment, blush.UserRef{ID: id})
	if blush.KindOf(missing) != blush.NotFound {
		return missing
	}
	l, err := s.store.AuditPage(ctx, c.CustomerID, c.Environment, store.AuditFilter{UserID: id}, store.Newest, 1)
	if err == nil && len(l.Data) == 0 {
		err = missing
	}
	return err
}

// Operator is the caller behind a command on the server's machine. Its credential is the number of the user account there.
var Operator = sync.OnceValue(func() blush.Caller {
	c := blush.Caller{Kind: blush.ByOperator, CredentialID: "uid:unknown"}
	if u, err := user.Current(); err == nil {
		c.CredentialID = "uid:" + u.Uid
	}
	return c
})

// CommandRun writes an entry about an operator's command, before the command does anything. customer
// is the id or name of the customer that the command is about, or empty.
func CommandRun(ctx context.Context, st *store.Store, command, customer string, at time.Time) error {
	op := Operator()
	a := blush.AuditEntry{At: at, Kind: op.Kind, CredentialID: op.CredentialID, Action: blush.CommandRun, ObjectID: command}
	if customer != "" {
		c, err := st.Customer(ctx, customer)
		if err != nil && blush.KindOf(err) != blush.NotFound {
			return err
		}
		a.CustomerID = c.ID
	}
	return st.Audit(ctx, a)
}

// operate runs the change of an operator's command, and writes its audit entry in the same transaction.
func (s *Service) operate(ctx context.Context, action blush.Action, customerID string, env blush.Environment, objectID string, do func(context.Context) error) error {
	return s.store.Together(ctx, func(ctx context.Context) error {
		if err := do(ctx); err != nil {
			return err
		}
		op := Operator()
		op.CustomerID, op.Environment = customerID, env
		return s.store.Audit(ctx, s.Audit(op, action, "", objectID))
	})
}
