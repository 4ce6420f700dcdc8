package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"

	"github.com/danielgtaylor/huma/v2"
)

// AuditEntry records one access to a person's data, or one that was refused.
type AuditEntry struct {
	EntryID        string  `json:"entry_id" format:"uuid"`
	At             string  `json:"at" format:"date-time"`
	Action         string  `json:"action" set:"actions" doc:"What was done or attempted. Each route lists its actions as x-audit-actions."`
	Outcome        string  `json:"outcome" set:"audit_outcomes" doc:"allowed, or why it was refused."`
	CredentialKind string  `json:"credential_kind" set:"credential_kinds"`
	CredentialID   *string `json:"credential_id" doc:"The id of the API key or action token, even of one that had ended. For an operator, the account on the server's machine."`
	UserID         *string `json:"user_id" format:"uuid" doc:"The user whose data it was. It stays when the user is erased."`
	ObjectID       *string `json:"object_id" doc:"The scan, reading, token or webhook; for a refusal, the id in the request."`
	RequestID      *string `json:"request_id" doc:"The Request-Id of the answer."`
	Network        *string `json:"network" doc:"Where the request came from: /24 of its IPv4 address or /48 of its IPv6 address."`
}

// AuditEntryList is one page of the audit trail.
type AuditEntryList struct {
	Data    []AuditEntry `json:"data" nullable:"false"`
	HasMore bool         `json:"has_more"`
}

type auditRequest struct {
	UserID string    `query:"user_id" doc:"The entries about one user, who may have been erased: a UUID, with or without dashes."`
	Action string    `query:"action" set:"actions" doc:"The entries of one action."`
	From   time.Time `query:"from" doc:"The entries from this time on, e.g. 2026-01-31T08:00:00Z."`
	To     time.Time `query:"to" doc:"The entries before this time."`
	Paging
}

// Resolve refuses a filter with an empty value, with which the list would contain everything.
func (*auditRequest) Resolve(hc huma.Context) []error {
	return refuseEmpty(hc, "user_id", "action", "from", "to")
}

type auditResponse struct{ Body AuditEntryList }

func (a *API) auditRoutes() {
	route(a, operation{method: http.MethodGet, path: "/v2/audit", id: "list-audit-entries", tag: "Audit", summary: "List who did what",
		access: keyOnly, needs: blush.KeyAudit, audit: actions(blush.AuditList),
		doc: "The customer's entries of the audit trail in the key's environment, newest first: each access to a person's data, and each that was refused. " +
			"Requests with unknown credentials belong to no customer and are not listed. Reading the list also writes an entry.",
		errors: []int{404}}, a.listAudit)
}

func (a *API) listAudit(ctx context.Context, c blush.Caller, in *auditRequest) (*auditResponse, error) {
	l, err := a.accounts.AuditTrail(ctx, c, account.AuditQuery{UserID: in.UserID, Action: in.Action, From: in.From, To: in.To}, in.page())
	if err != nil {
		return nil, err
	}
	out := AuditEntryList{Data: make([]AuditEntry, len(l.Data)), HasMore: l.HasMore}
	for i, r := range l.Data {
		out.Data[i] = AuditEntry{EntryID: r.ID, At: r.At.UTC().Format(time.RFC3339Nano), Action: string(r.Action), Outcome: cmp.Or(string(r.Outcome), blush.Allowed),
			CredentialKind: string(r.Kind), CredentialID: textOrNull(r.CredentialID), UserID: textOrNull(r.UserID), ObjectID: textOrNull(r.ObjectID),
			RequestID: textOrNull(r.RequestID), Network: textOrNull(r.Network)}
	}
	return &auditResponse{out}, nil
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
