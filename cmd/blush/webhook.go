package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
)

type webhookCmd struct {
	Create     webhookCreateCmd     `cmd:"" help:"Send events to a customer's server; prints the secret once."`
	List       webhookListCmd       `cmd:"" help:"List a customer's webhooks."`
	Enable     webhookEnableCmd     `cmd:"" help:"Resume sending to a webhook."`
	Disable    webhookDisableCmd    `cmd:"" help:"Stop sending to a webhook."`
	Delete     webhookDeleteCmd     `cmd:"" help:"Erase a webhook with its log."`
	Rotate     webhookRotateCmd     `cmd:"" help:"Give a webhook a new secret, which is printed once."`
	Test       webhookTestCmd       `cmd:"" help:"Make the server send one test event."`
	Deliveries webhookDeliveriesCmd `cmd:"" help:"Show the deliveries to a webhook: sent, pending and failed."`
	Replay     webhookReplayCmd     `cmd:"" help:"Send one delivery again, or the failed ones since a time; give --delivery or --since."`
}

// webhookFlags name the customer whose webhooks a command is about.
type webhookFlags struct {
	storeFlags
	Customer string   `arg:"" help:"The customer's name or id."`
	Dev      bool     `help:"Use the webhooks of the test environment."`
	Networks []string `name:"webhook-network" env:"BLUSH_WEBHOOK_NETWORK" placeholder:"NETWORK" help:"Private networks that webhooks may reach, as set for blush serve."`
}

// do runs a command as the operator, on behalf of the customer.
func (f webhookFlags) do(ctx context.Context, name string, do func(*deliver.Service, blush.Caller) error) error {
	allowed, err := networks("--webhook-network", f.Networks)
	if err != nil {
		return err
	}
	st, err := f.openExisting(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	secrets, err := account.OpenSecrets(ctx, st, f.secretFile())
	if err != nil {
		return err
	}
	accounts := account.New(st, secrets, time.Now)
	customer, err := accounts.Customer(ctx, f.Customer)
	if err != nil {
		return f.operatorError(f.Customer, err)
	}
	env := blush.Live
	if f.Dev {
		env = blush.Dev
	}
	return f.operatorError(name, do(deliver.New(st, accounts, secrets, deliver.Config{Networks: allowed}), deliver.Operator(customer, env)))
}

// oneWebhook names one webhook of a customer.
type oneWebhook struct {
	webhookFlags
	ID string `arg:"" name:"webhook" help:"The webhook's id, as webhook list shows it."`
}

type webhookCreateCmd struct {
	webhookFlags
	URL         string   `arg:"" name:"url" help:"https://…"`
	Events      []string `sep:"," placeholder:"EVENT" help:"Events to send (default: all): ${events}."`
	Values      bool     `help:"Send values too, not only ids. Values are health data."`
	Description string   `help:"What the webhook is for."`
}

func (c *webhookCreateCmd) Run(ctx context.Context, con console) error {
	return c.do(ctx, c.URL, func(hooks *deliver.Service, op blush.Caller) error {
		var events []blush.EventType
		for _, e := range c.Events {
			events = append(events, blush.EventType(e))
		}
		w, secret, err := hooks.Create(ctx, op, deliver.NewWebhook{URL: c.URL, Description: c.Description, Events: events, Values: c.Values})
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "Webhook %s\n", w.ID)
		return printSecret(con, secret)
	})
}

// printSecret shows a new secret. It cannot be shown again.
func printSecret(con console, secret string) error {
	_, err := fmt.Fprintln(con.out, secret)
	fmt.Fprintln(con.err, "Save it now: it is stored encrypted and cannot be shown again.")
	return err
}

type webhookListCmd struct {
	webhookFlags
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

// webhookJSON is a webhook as --json prints it.
type webhookJSON struct {
	ID             string               `json:"id"`
	URL            string               `json:"url"`
	Description    string               `json:"description"`
	Events         []blush.EventType    `json:"events"`
	Values         bool                 `json:"values"`
	CreatedAt      time.Time            `json:"created_at"`
	DisabledAt     *time.Time           `json:"disabled_at"`
	DisabledReason blush.DisabledReason `json:"disabled_reason"`
	FailingSince   *time.Time           `json:"failing_since"`
}

func (c *webhookListCmd) Run(ctx context.Context, con console) error {
	return c.do(ctx, c.Customer, func(hooks *deliver.Service, op blush.Caller) error {
		list, err := hooks.Webhooks(ctx, op)
		if err != nil {
			return err
		}
		if c.JSON {
			out := make([]webhookJSON, len(list))
			for i, w := range list {
				out[i] = webhookJSON{w.ID, w.URL, w.Description, w.Events, w.Values, w.CreatedAt, w.DisabledAt, w.DisabledReason, w.FailingSince}
			}
			return printJSON(con, out)
		}
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "WEBHOOK\tURL\tEVENTS\tVALUES\tSTATE")
		for _, w := range list {
			state, events, values := "enabled", "all", "no"
			switch {
			case w.DisabledAt != nil:
				state = "disabled " + day(*w.DisabledAt) + ": " + string(w.DisabledReason)
			case w.FailingSince != nil:
				state = "failing since " + w.FailingSince.Format(time.RFC3339)
			}
			if len(w.Events) < len(blush.EventTypes) {
				names := make([]string, len(w.Events))
				for i, e := range w.Events {
					names[i] = string(e)
				}
				events = strings.Join(names, ",")
			}
			if w.Values {
				values = "yes"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", w.ID, w.URL, events, values, state)
		}
		return t.Flush()
	})
}

type webhookEnableCmd struct{ oneWebhook }

func (c *webhookEnableCmd) Run(ctx context.Context, con console) error {
	return c.enable(ctx, con, true, "enabled")
}

type webhookDisableCmd struct{ oneWebhook }

func (c *webhookDisableCmd) Run(ctx context.Context, con console) error {
	return c.enable(ctx, con, false, "disabled")
}

func (f oneWebhook) enable(ctx context.Context, con console, on bool, word string) error {
	return f.do(ctx, f.ID, func(hooks *deliver.Service, op blush.Caller) error {
		w, err := hooks.Update(ctx, op, f.ID, deliver.WebhookChange{Enabled: &on})
		if err == nil {
			fmt.Fprintf(con.out, "Webhook %s is %s.\n", w.ID, word)
		}
		return err
	})
}

type webhookDeleteCmd struct{ oneWebhook }

func (c *webhookDeleteCmd) Run(ctx context.Context, con console) error {
	return c.do(ctx, c.ID, func(hooks *deliver.Service, op blush.Caller) error {
		err := hooks.Delete(ctx, op, c.ID)
		if err == nil {
			fmt.Fprintf(con.out, "Webhook %s is erased.\n", c.ID)
		}
		return err
	})
}

type webhookRotateCmd struct {
	oneWebhook
	Overlap time.Duration `default:"24h" placeholder:"TIME" help:"How long deliveries are also signed with the old secret, at most 168h; 0s ends it at once (default: 24h)."`
}

func (c *webhookRotateCmd) Run(ctx context.Context, con console) error {
	return c.do(ctx, c.ID, func(hooks *deliver.Service, op blush.Caller) error {
		w, secret, err := hooks.Rotate(ctx, op, c.ID, c.Overlap)
		if err != nil {
			return err
		}
		if w.OldSecretUntil != nil {
			fmt.Fprintf(con.err, "Deliveries are also signed with the old secret until %s.\n", w.OldSecretUntil.Format(time.RFC3339))
		}
		return printSecret(con, secret)
	})
}

type webhookTestCmd struct{ oneWebhook }

func (c *webhookTestCmd) Run(ctx context.Context, con console) error {
	return c.do(ctx, c.ID, func(hooks *deliver.Service, op blush.Caller) error {
		d, err := hooks.Test(ctx, op, c.ID)
		if err == nil {
			fmt.Fprintf(con.out, "The server sends the delivery %s. To see the result, run blush webhook deliveries.\n", d.ID)
		}
		return err
	})
}

type webhookDeliveriesCmd struct {
	oneWebhook
	Status string `enum:"${statuses}, " default:"" placeholder:"STATUS" help:"Show only deliveries with this status: ${statuses}."`
	Limit  int    `default:"20" placeholder:"N" help:"Number of deliveries to show, up to 100 (default: 20)."`
	JSON   bool   `name:"json" help:"Print an array of JSON objects."`
}

// deliveryJSON is a delivery as --json prints it.
type deliveryJSON struct {
	ID            string               `json:"id"`
	EventID       string               `json:"event_id"`
	Event         blush.EventType      `json:"event"`
	Status        blush.DeliveryStatus `json:"status"`
	Attempts      int                  `json:"attempts"`
	CreatedAt     time.Time            `json:"created_at"`
	NextAttemptAt *time.Time           `json:"next_attempt_at"`
	LastAttemptAt *time.Time           `json:"last_attempt_at"`
	LastStatus    int                  `json:"last_status"`
	Fault         blush.DeliveryFault  `json:"fault"`
}

func (c *webhookDeliveriesCmd) Run(ctx context.Context, con console) error {
	return c.do(ctx, c.ID, func(hooks *deliver.Service, op blush.Caller) error {
		list, err := hooks.Deliveries(ctx, op, c.ID, blush.DeliveryStatus(c.Status), blush.Page{Limit: c.Limit})
		if err != nil {
			return err
		}
		if c.JSON {
			out := make([]deliveryJSON, len(list.Data))
			for i, d := range list.Data {
				out[i] = deliveryJSON{d.ID, d.Event.ID, d.Type, d.Status, d.Attempts, d.CreatedAt, d.NextAt, d.LastAt, d.LastStatus, d.LastFault}
			}
			return printJSON(con, out)
		}
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "DELIVERY\tEVENT\tRAISED\tSTATUS\tATTEMPTS\tANSWER\tFAULT\tNEXT")
		for _, d := range list.Data {
			answer, next := "-", "-"
			if d.LastStatus != 0 {
				answer = fmt.Sprint(d.LastStatus)
			}
			if d.NextAt != nil {
				next = d.NextAt.Format(time.RFC3339)
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", d.ID, d.Type, d.CreatedAt.Format(time.RFC3339), d.Status, d.Attempts, answer, cmp.Or(string(d.LastFault), "-"), next)
		}
		return t.Flush()
	})
}

type webhookReplayCmd struct {
	oneWebhook
	Delivery string    `xor:"what" placeholder:"ID" help:"One delivery, as webhook deliveries shows it."`
	Since    time.Time `xor:"what" placeholder:"TIME" help:"All failed deliveries of events from this time on, e.g. 2026-01-31T08:00:00Z."`
}

func (c *webhookReplayCmd) Run(ctx context.Context, con console) error {
	if c.Delivery == "" && c.Since.IsZero() {
		return badInput("give --delivery or --since")
	}
	return c.do(ctx, c.ID, func(hooks *deliver.Service, op blush.Caller) error {
		r := deliver.ReplayRequest{DeliveryID: c.Delivery, Since: c.Since}
		if c.Delivery == "" {
			r.Status = blush.DeliveryFailed
		}
		n, more, err := hooks.Replay(ctx, op, c.ID, r)
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "Deliveries to be sent again: %d.\n", n)
		if more {
			fmt.Fprintln(con.err, "There are more: run it again.")
		}
		return nil
	})
}
