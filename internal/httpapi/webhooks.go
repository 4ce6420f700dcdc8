package httpapi

import (
	"context"
	"net/http"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
)

// NewWebhookBody describes a webhook to create.
type NewWebhookBody struct {
	URL         string   `json:"url" maxLength:"2048" format:"uri" doc:"https://… on port 443, or 1024 to 65535. The host must have a public address, or one that the operator of this server allows."`
	Description string   `json:"description,omitempty" maxLength:"200"`
	Events      []string `json:"events,omitempty" nullable:"false" uniqueItems:"true" set:"event_types" doc:"All if left out."`
	Values      bool     `json:"values,omitempty" doc:"Send the values too, not only ids. They are health data: your receiver must be suitable for them."`
}

// WebhookChangeBody changes the fields that are present.
type WebhookChangeBody struct {
	URL         *string   `json:"url,omitempty" maxLength:"2048" format:"uri"`
	Description *string   `json:"description,omitempty" maxLength:"200"`
	Events      *[]string `json:"events,omitempty" nullable:"false" minItems:"1" uniqueItems:"true" set:"event_types"`
	Values      *bool     `json:"values,omitempty"`
	Enabled     *bool     `json:"enabled,omitempty" doc:"true enables it again: it is sent later events, and those that it missed can be replayed."`
}

// Webhook is a URL to which events are sent.
type Webhook struct {
	WebhookID      string   `json:"webhook_id" format:"uuid"`
	URL            string   `json:"url"`
	Description    string   `json:"description"`
	Events         []string `json:"events" set:"event_types" nullable:"false"`
	Values         bool     `json:"values"`
	Enabled        bool     `json:"enabled"`
	DisabledReason *string  `json:"disabled_reason" set:"disabled_reasons" doc:"customer: by you. failing: nothing was accepted for three days. gone: it answered 410."`
	FailingSince   *string  `json:"failing_since" format:"date-time" doc:"The first failure since the last success."`
	OldSecretUntil *string  `json:"old_secret_until" format:"date-time" doc:"Until then the secret from before the last rotation also signs."`
	CreatedAt      string   `json:"created_at" format:"date-time"`
}

// WebhookWithSecret is a webhook with its secret, which is shown only once.
type WebhookWithSecret struct {
	Webhook
	Secret string `json:"secret" doc:"whsec_…: the secret for a library for Standard Webhooks. It cannot be shown again."`
}

// WebhookList lists all webhooks of the key's environment.
type WebhookList struct {
	Data []Webhook `json:"data" nullable:"false"`
}

// Delivery is one event on its way to one webhook.
type Delivery struct {
	DeliveryID    string  `json:"delivery_id" format:"uuid"`
	EventID       string  `json:"event_id" format:"uuid" doc:"The webhook-id header: the same at every attempt and replay."`
	Type          string  `json:"type" set:"sent_event_types"`
	Status        string  `json:"status" set:"delivery_statuses"`
	Attempts      int     `json:"attempts" doc:"Since the event was raised or replayed."`
	CreatedAt     string  `json:"created_at" format:"date-time"`
	NextAttemptAt *string `json:"next_attempt_at" format:"date-time"`
	LastAttemptAt *string `json:"last_attempt_at" format:"date-time"`
	LastStatus    *int    `json:"last_status" doc:"The HTTP status of the last response; null if there was none."`
	LastMS        *int64  `json:"last_ms" doc:"How long the last attempt took."`
	Fault         *string `json:"fault" set:"delivery_faults" doc:"Why the last attempt failed. disabled: the webhook was disabled, and it was not tried."`
}

// DeliveryList is one page of deliveries.
type DeliveryList struct {
	Data    []Delivery `json:"data" nullable:"false"`
	HasMore bool       `json:"has_more"`
}

// Replayed says how much is sent again.
type Replayed struct {
	Replayed int  `json:"replayed"`
	HasMore  bool `json:"has_more" doc:"There are more deliveries than one call replays: call again."`
}

// WebhookEvent is the body of a webhook.
type WebhookEvent struct {
	Type      string           `json:"type" set:"sent_event_types"`
	Timestamp string           `json:"timestamp" format:"date-time" doc:"When it happened."`
	Data      WebhookEventData `json:"data"`
}

// WebhookEventData says what an event is about.
type WebhookEventData struct {
	UserID     string   `json:"user_id,omitempty" format:"uuid" doc:"In all but webhook.test."`
	FaceScanID string   `json:"face_scan_id,omitempty" format:"uuid" doc:"In scan.done, scan.refused, scan.failed."`
	ReadingID  string   `json:"reading_id,omitempty" format:"uuid" doc:"In notice.raised, if a cuff reading raised it; otherwise answers did."`
	Metrics    []string `json:"metrics,omitempty" nullable:"false" doc:"In metric.changed: the names of those that changed."`
	Version    string   `json:"version,omitempty" doc:"In consent.withdrawn: the version of the text."`
	WebhookID  string   `json:"webhook_id,omitempty" format:"uuid" doc:"In webhook.test."`
	Values     any      `json:"values,omitempty" doc:"For webhooks that want values. Of a scan quality_status, quality_flags and estimates, as in its result, or failure; of metric.changed metrics, by name, with score, confidence, zone, status and previous_score; of notice.raised code and severity. Left out where there are none, or where the scan or reading was erased meanwhile."`
}

type WebhookName struct {
	WebhookID string `path:"webhook_id" doc:"A UUID, with or without dashes."`
}

// OnceWebhook names the webhook of a request that takes effect once, however often it is sent.
type OnceWebhook struct {
	WebhookName
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255"`
}

type (
	newWebhookRequest struct {
		IdempotencyKey string `header:"Idempotency-Key" maxLength:"255"`
		Body           NewWebhookBody
	}
	updateWebhookRequest struct {
		WebhookName
		Body WebhookChangeBody
	}
	rotateBody struct {
		OverlapS *int `json:"overlap_s,omitempty" minimum:"0" maximum:"604800" doc:"How long the old secret also signs, in seconds; 86400 (24 h) if left out, 0 ends it at once."`
	}
	rotateWebhookRequest struct {
		OnceWebhook
		Body *rotateBody `doc:"May be left out."`
	}
	deliveriesRequest struct {
		WebhookName
		Status string `query:"status" set:"delivery_statuses"`
		Paging
	}
	replayBody struct {
		DeliveryID string     `json:"delivery_id,omitempty" doc:"The one to send again; or since."`
		Since      *time.Time `json:"since,omitempty" doc:"Send again the deliveries that were created from this time on."`
		Until      *time.Time `json:"until,omitempty" doc:"Up to this time; now if left out."`
		Status     string     `json:"status,omitempty" set:"replay_statuses" doc:"With since: how they ended; failed if left out."`
	}
	replayRequest struct {
		OnceWebhook
		Body replayBody
	}
	webhookResponse      struct{ Body Webhook }
	newWebhookResponse   struct{ Body WebhookWithSecret }
	webhookListResponse  struct{ Body WebhookList }
	deliveryResponse     struct{ Body Delivery }
	deliveryListResponse struct{ Body DeliveryList }
	replayedResponse     struct{ Body Replayed }
)

const webhookTag = "Webhooks"

func (a *API) webhookRoutes() {
	const path = "/v2/webhooks"
	const one = path + "/{webhook_id}"
	op := func(method, path, id, summary, doc string, does blush.Action, errors ...int) operation {
		return operation{method: method, path: path, id: id, tag: webhookTag, summary: summary, doc: doc, access: keyOnly, needs: blush.KeyWebhooks, audit: actions(does), errors: errors}
	}
	create := op(http.MethodPost, path, "create-webhook", "Create a webhook",
		"Sends your server the events of the key's environment, as specified by Standard Webhooks. The secret is only in this response.",
		blush.WebhookCreate, 409, 413)
	create.creates, create.status = true, http.StatusCreated
	route(a, create, a.createWebhook)
	route(a, op(http.MethodGet, path, "list-webhooks", "List webhooks", "All of the key's environment, oldest first.", blush.WebhookList), a.listWebhooks)
	route(a, op(http.MethodGet, one, "get-webhook", "Get a webhook", "Its URL, its events and its state.", blush.WebhookRead, 404), a.getWebhook)
	route(a, op(http.MethodPatch, one, "update-webhook", "Change a webhook", "Changes the fields that are in the body.", blush.WebhookUpdate, 404, 413), a.updateWebhook)
	erase := op(http.MethodDelete, one, "delete-webhook", "Erase a webhook", "Erases it with its log. Waiting deliveries are not sent.", blush.WebhookDelete, 404)
	erase.status = http.StatusNoContent
	route(a, erase, func(ctx context.Context, c blush.Caller, in *WebhookName) (*struct{}, error) {
		return nil, a.webhooks.Delete(ctx, c, in.WebhookID)
	})
	rotate := op(http.MethodPost, one+"/rotate", "rotate-webhook-secret", "Rotate a webhook's secret",
		"Gives it a new secret. For a while the old one also signs: give your receiver both.", blush.WebhookRotate, 404, 413)
	rotate.creates = true
	route(a, rotate, a.rotateWebhook)
	test := op(http.MethodPost, one+"/test", "test-webhook", "Send a test event",
		"Sends webhook.test once, even while the webhook is disabled. The log says how it ended.", blush.WebhookTested, 404)
	test.creates, test.status = true, http.StatusAccepted
	route(a, test, a.testWebhook)
	route(a, op(http.MethodGet, one+"/deliveries", "list-webhook-deliveries", "List a webhook's deliveries",
		"Sent, waiting and failed deliveries, newest first. They are kept for 30 days after they ended.", blush.WebhookDeliver, 404), a.listDeliveries)
	replay := op(http.MethodPost, one+"/replay", "replay-webhook-deliveries", "Replay deliveries",
		"Sends one delivery again, or all since a time, with the same webhook-id. At most 1000 a call.", blush.WebhookReplay, 404, 409, 413)
	replay.creates, replay.status = true, http.StatusAccepted
	route(a, replay, a.replayDeliveries)
}

func (a *API) createWebhook(ctx context.Context, c blush.Caller, in *newWebhookRequest) (*newWebhookResponse, error) {
	b := in.Body
	w, secret, err := a.webhooks.Create(ctx, c, deliver.NewWebhook{URL: b.URL, Description: b.Description, Events: eventTypes(b.Events), Values: b.Values})
	if err != nil {
		return nil, err
	}
	return &newWebhookResponse{WebhookWithSecret{webhookFrom(w), secret}}, nil
}

func (a *API) listWebhooks(ctx context.Context, c blush.Caller, _ *struct{}) (*webhookListResponse, error) {
	hooks, err := a.webhooks.Webhooks(ctx, c)
	if err != nil {
		return nil, err
	}
	out := WebhookList{Data: make([]Webhook, len(hooks))}
	for i, w := range hooks {
		out.Data[i] = webhookFrom(w)
	}
	return &webhookListResponse{out}, nil
}

func (a *API) getWebhook(ctx context.Context, c blush.Caller, in *WebhookName) (*webhookResponse, error) {
	w, err := a.webhooks.Webhook(ctx, c, in.WebhookID)
	if err != nil {
		return nil, err
	}
	return &webhookResponse{webhookFrom(w)}, nil
}

func (a *API) updateWebhook(ctx context.Context, c blush.Caller, in *updateWebhookRequest) (*webhookResponse, error) {
	b := in.Body
	ch := deliver.WebhookChange{URL: b.URL, Description: b.Description, Values: b.Values, Enabled: b.Enabled}
	if b.Events != nil {
		ch.Events = ptr(eventTypes(*b.Events))
	}
	w, err := a.webhooks.Update(ctx, c, in.WebhookID, ch)
	if err != nil {
		return nil, err
	}
	return &webhookResponse{webhookFrom(w)}, nil
}

func (a *API) rotateWebhook(ctx context.Context, c blush.Caller, in *rotateWebhookRequest) (*newWebhookResponse, error) {
	overlap := deliver.Overlap
	if in.Body != nil && in.Body.OverlapS != nil {
		overlap = time.Duration(*in.Body.OverlapS) * time.Second
	}
	w, secret, err := a.webhooks.Rotate(ctx, c, in.WebhookID, overlap)
	if err != nil {
		return nil, err
	}
	return &newWebhookResponse{WebhookWithSecret{webhookFrom(w), secret}}, nil
}

func (a *API) testWebhook(ctx context.Context, c blush.Caller, in *OnceWebhook) (*deliveryResponse, error) {
	d, err := a.webhooks.Test(ctx, c, in.WebhookID)
	if err != nil {
		return nil, err
	}
	return &deliveryResponse{deliveryFrom(d)}, nil
}

func (a *API) listDeliveries(ctx context.Context, c blush.Caller, in *deliveriesRequest) (*deliveryListResponse, error) {
	l, err := a.webhooks.Deliveries(ctx, c, in.WebhookID, blush.DeliveryStatus(in.Status), in.page())
	if err != nil {
		return nil, err
	}
	out := DeliveryList{Data: make([]Delivery, len(l.Data)), HasMore: l.HasMore}
	for i, d := range l.Data {
		out.Data[i] = deliveryFrom(d)
	}
	return &deliveryListResponse{out}, nil
}

func (a *API) replayDeliveries(ctx context.Context, c blush.Caller, in *replayRequest) (*replayedResponse, error) {
	b := in.Body
	r := deliver.ReplayRequest{DeliveryID: b.DeliveryID, Status: blush.DeliveryStatus(b.Status)}
	if b.Since != nil {
		r.Since = *b.Since
		switch b.Status {
		case "":
			r.Status = blush.DeliveryFailed
		case blush.ReplayAny:
			r.Status = ""
		}
	}
	if b.Until != nil {
		r.Until = *b.Until
	}
	n, more, err := a.webhooks.Replay(ctx, c, in.WebhookID, r)
	if err != nil {
		return nil, err
	}
	return &replayedResponse{Replayed{n, more}}, nil
}

// eventTypes returns nil for an empty list.
func eventTypes(names []string) []blush.EventType {
	if names == nil {
		return nil
	}
	out := make([]blush.EventType, len(names))
	for i, n := range names {
		out[i] = blush.EventType(n)
	}
	return out
}

func webhookFrom(w blush.Webhook) Webhook {
	out := Webhook{WebhookID: w.ID, URL: w.URL, Description: w.Description, Events: make([]string, len(w.Events)), Values: w.Values,
		Enabled: w.DisabledAt == nil, FailingSince: utc(w.FailingSince), OldSecretUntil: utc(w.OldSecretUntil), CreatedAt: w.CreatedAt.UTC().Format(time.RFC3339)}
	for i, e := range w.Events {
		out.Events[i] = string(e)
	}
	if w.DisabledAt != nil {
		out.DisabledReason = ptr(string(w.DisabledReason))
	}
	return out
}

func deliveryFrom(d blush.Delivery) Delivery {
	out := Delivery{DeliveryID: d.ID, EventID: d.Event.ID, Type: string(d.Type), Status: string(d.Status), Attempts: d.Attempts,
		CreatedAt: d.CreatedAt.UTC().Format(time.RFC3339), NextAttemptAt: utc(d.NextAt), LastAttemptAt: utc(d.LastAt)}
	if d.LastStatus != 0 {
		out.LastStatus = &d.LastStatus
	}
	if d.LastAt != nil {
		out.LastMS = ptr(d.LastTook.Milliseconds())
	}
	if d.LastFault != "" {
		out.Fault = ptr(string(d.LastFault))
	}
	return out
}

func utc(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return ptr(t.UTC().Format(time.RFC3339))
}
