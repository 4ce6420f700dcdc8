package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// AuditFilter selects entries; the zero value selects all.
type AuditFilter struct {
	UserID string
	Action string
	From   time.Time // from this time on
	To     time.Time // before this time
}

// Audit lists the customer's entries of the audit trail, newest first.
func (c *Client) Audit(ctx context.Context, f AuditFilter, p Page) (list List[AuditEntry], err error) {
	q := p.into(url.Values{})
	for name, value := range map[string]string{"user_id": f.UserID, "action": f.Action} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			q.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	_, err = c.do(ctx, http.MethodGet, "/v2/audit", q, body{}, &list)
	return list, err
}

// AllAudit goes through the customer's entries of the audit trail, newest first. An error is the last item.
func (c *Client) AllAudit(ctx context.Context, f AuditFilter) iter.Seq2[AuditEntry, error] {
	return all(func(p Page) (List[AuditEntry], error) { return c.Audit(ctx, f, p) }, func(e AuditEntry) string { return e.EntryID })
}
