package deliver_test

import (
	"slices"
	"testing"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
)

// A description is read whole and in its order, or refused. One that an earlier version allowed prevents no other change.
func TestDescriptionIsLegible(t *testing.T) {
	w := sqlite(t)
	url, _ := receiver(t, always(200))
	hook, _ := w.hook(w.dev, url)
	for _, text := range []string{"a\xffb", "a\nb", "a\u202eb", "a\u200bb", "\ufeffa", "a\u200db"} {
		_, _, err := w.Create(t.Context(), w.dev, deliver.NewWebhook{URL: url, Description: text})
		wantKind(t, err, blush.Unprocessed)
		_, err = w.Update(t.Context(), w.dev, hook.ID, deliver.WebhookChange{Description: &text})
		wantKind(t, err, blush.Unprocessed)
	}
	_, err := w.store.UpdateWebhook(t.Context(), hook.ID, func(h *blush.Webhook) error { h.Description = "a\u200bb"; return nil })
	must(t, err)
	yes := true
	_, err = w.Update(t.Context(), w.dev, hook.ID, deliver.WebhookChange{Values: &yes})
	must(t, err)
}

// Each event is stored once, in the order of the catalogue.
func TestEventsOnce(t *testing.T) {
	w := sqlite(t)
	url, _ := receiver(t, always(200))
	events := []blush.EventType{blush.UserErased, blush.ScanDone, blush.UserErased}
	made, _ := w.hook(w.dev, url, func(n *deliver.NewWebhook) { n.Events = events })
	other, _ := w.hook(w.dev, url)
	changed, err := w.Update(t.Context(), w.dev, other.ID, deliver.WebhookChange{Events: &events})
	must(t, err)
	for _, got := range [][]blush.EventType{made.Events, changed.Events} {
		if !slices.Equal(got, []blush.EventType{blush.ScanDone, blush.UserErased}) {
			t.Errorf("events %v", got)
		}
	}
}
