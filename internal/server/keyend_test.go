package server_test

import (
	"slices"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
)

// Revoking a key lists the webhooks that it made, and disables them if the operator wants,
// even later. Other webhooks stay enabled.
func TestWebhooksOfARevokedKey(t *testing.T) {
	w := blushtest.Start(t)
	ctx := t.Context()
	stolen, err := w.Server.Accounts.CreateKey(ctx, "Acme", blush.Dev, "stolen", account.KeyLimits{})
	must(t, err)
	theirs, err := w.Client(stolen.Text).CreateWebhook(ctx, client.NewWebhook{URL: "https://thief.example/in"})
	must(t, err)
	ours, err := w.Client(w.Dev).CreateWebhook(ctx, client.NewWebhook{URL: "https://acme.example/in"})
	must(t, err)
	operator, _, err := w.Server.Webhooks.Create(ctx, deliver.Operator(w.Customer, blush.Dev), deliver.NewWebhook{URL: "https://acme.example/operator"})
	must(t, err)
	rotated, _, err := w.Server.Accounts.RotateKey(ctx, stolen.ID, 0, false)
	must(t, err)
	revoke := func(end account.KeyEnd) []blush.Webhook {
		t.Helper()
		_, hooks, err := w.Server.Accounts.RevokeKey(ctx, rotated.ID, end)
		must(t, err)
		return hooks
	}
	enabled := func() (ids []string) {
		list, err := w.Client(w.Dev).Webhooks(ctx)
		must(t, err)
		for _, h := range list {
			if h.Enabled {
				ids = append(ids, h.WebhookID)
			}
		}
		return ids
	}
	if hooks := revoke(account.KeyEnd{}); len(hooks) != 1 || hooks[0].ID != theirs.WebhookID || len(enabled()) != 3 {
		t.Errorf("revoked: %v stay, enabled are %v", hooks, enabled())
	}
	if hooks := revoke(account.KeyEnd{DisableWebhooks: true}); len(hooks) != 1 || hooks[0].ID != theirs.WebhookID {
		t.Errorf("revoked again: %v are disabled", hooks)
	}
	if ids := enabled(); len(ids) != 2 || slices.Contains(ids, theirs.WebhookID) {
		t.Errorf("enabled are %v, want %s and %s", ids, ours.WebhookID, operator.ID)
	}
	if _, _, err := w.Server.Accounts.RevokeKey(ctx, "nobody", account.KeyEnd{DisableWebhooks: true}); blush.KindOf(err) != blush.NotFound {
		t.Errorf("a key that is not there: %v", err)
	}
}
