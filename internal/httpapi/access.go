package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"blush.example/blush/internal/blush"
)

// access says which credentials may use a route. An API key may use every one
// that its scopes allow.
type access struct {
	// tokens are the scopes of the action tokens that may also use the route; nil if the route declares nothing.
	tokens []blush.Scope
}

// keyOnly closes a route to action tokens.
var keyOnly = access{tokens: []blush.Scope{}}

// orTokens opens a route to the action tokens of these scopes.
func orTokens(scopes ...blush.Scope) access { return access{tokens: scopes} }

// The combinations in use: an action token made for the API, and with it those of some pages.
var (
	orAPIToken           = orTokens(blush.ScopeAPI)
	orDashboard          = orTokens(blush.ScopeAPI, blush.ScopeDashboard)
	orScanPage           = orTokens(blush.ScopeAPI, blush.ScopeScan)
	orScanOrDashboard    = orTokens(blush.ScopeAPI, blush.ScopeScan, blush.ScopeDashboard)
	orDashboardOrResults = orTokens(blush.ScopeAPI, blush.ScopeDashboard, blush.ScopeResults)
	orOneScanOnly        = orTokens(blush.ScopeAPI, blush.ScopeScan, blush.ScopeResults)
	orAnyPage            = orTokens(blush.ScopeAPI, blush.ScopeScan, blush.ScopeDashboard, blush.ScopeResults)
)

// check refuses a caller who may not use the route.
func (op operation) check(c blush.Caller) error {
	if err := op.access.check(c); err != nil {
		return err
	}
	if c.May(op.needs) {
		return nil
	}
	if c.Kind == blush.ByToken {
		return blush.E(blush.Forbidden, "This needs the scope %s, which the API key that made the action token lacks.", op.needs)
	}
	return blush.E(blush.Forbidden, "This needs the scope %s, which the API key lacks.", op.needs)
}

func (a access) check(c blush.Caller) error {
	switch {
	case c.Kind == blush.ByAPIKey, slices.Contains(a.tokens, c.Scope):
		return nil
	case len(a.tokens) == 0:
		return blush.E(blush.Forbidden, "This requires an API key. An action token may not do it.")
	}
	return blush.E(blush.Forbidden, "This action token may not do that.")
}

// security returns the same for the OpenAPI document: one alternative for each scope of tokens.
func (op operation) security() []map[string][]string {
	out := []map[string][]string{{"apiKey": {string(op.needs)}}}
	for _, scope := range op.access.tokens {
		out = append(out, map[string][]string{"actionToken": {string(scope)}})
	}
	return out
}

// audit says which entries a route leaves in the audit trail with each answer.
type audit struct {
	always  []blush.Action // every one of them; nil if the route declares nothing
	perhaps []blush.Action // depending on the request
}

// actions declares a route that always writes each of these actions.
func actions(names ...blush.Action) audit { return audit{always: names} }

// anyOf declares a route that writes at least one of these actions, depending on the request.
func anyOf(names ...blush.Action) audit { return audit{always: []blush.Action{}, perhaps: names} }

// noAudit is the declaration of a route that returns nothing about a person.
var noAudit = anyOf()

// all lists every action that the route may write.
func (a audit) all() []blush.Action { return append(slices.Clip(a.always), a.perhaps...) }

// mustDeclare panics if a route lacks a declaration, so that the server does not start.
func (op operation) mustDeclare() {
	if op.access.tokens == nil || op.needs == "" || op.audit.always == nil {
		panic(fmt.Sprintf("httpapi: %s %s declares no access, no scope or no audit action", op.method, op.path))
	}
	for _, does := range op.audit.all() {
		if !slices.Contains(blush.Actions, does) {
			panic(fmt.Sprintf("httpapi: %s %s declares the action %s, which blush.Actions lacks", op.method, op.path, does))
		}
	}
}

// audited checks that a handler has written the audit entries that its route declares.
// Without them its response must not be sent.
func (op operation) audited(t *blush.Trail) error {
	declared := op.audit.all()
	missing := slices.Clone(op.audit.always)
	entries := t.Entries()
	for _, e := range entries {
		if !slices.Contains(declared, e.Action) {
			return fmt.Errorf("%s %s wrote %s to the audit trail, which it does not declare", op.method, op.path, e.Action)
		}
		missing = slices.DeleteFunc(missing, func(does blush.Action) bool { return does == e.Action })
	}
	if len(entries) == 0 {
		missing = declared
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s %s did not write %v to the audit trail", op.method, op.path, missing)
	}
	return nil
}

// answers says whether the outcome of a handler is an answer and not a refusal. "Not
// modified" is an answer.
func answers(err error) bool {
	var p *problem
	return err == nil || errors.As(err, &p) && p.status == http.StatusNotModified
}
