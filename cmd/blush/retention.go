package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/store"
)

// keepFlags are the same for the server, which deletes in the background.
type keepFlags struct {
	KeepRefused keepDays `name:"keep-wrong-credentials" env:"BLUSH_KEEP_WRONG_CREDENTIALS" default:"90d" placeholder:"DAYS" help:"How long the audit trail keeps entries about wrong credentials, which belong to no customer: 30d, or forever (default: 90d)."`
}

type retentionCmd struct {
	storeFlags
	keepFlags
	DryRun bool `name:"dry-run" help:"Only print what would be deleted."`
	JSON   bool `name:"json" help:"Print an array of JSON objects."`
}

// expiredJSON is the expired data of one kind of one customer, as --json prints it.
type expiredJSON struct {
	Customer string         `json:"customer"` // empty for wrong_credentials
	Kind     store.Expiring `json:"kind"`
	Days     int            `json:"kept_for_days"`
	Before   time.Time      `json:"before"`
	Count    int64          `json:"count"`
	Deleted  bool           `json:"deleted"`
}

// Run deletes expired data. Serve also does this in the background.
func (c *retentionCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, "", func(accounts *account.Service) error {
		accounts.KeepRefused = int(c.KeepRefused)
		look, heading := accounts.DropExpired, "DELETED"
		if c.DryRun {
			look, heading = accounts.Expired, "TO DELETE"
		}
		kinds, err := look(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			out := make([]expiredJSON, len(kinds))
			for i, k := range kinds {
				out[i] = expiredJSON{k.Customer.Name, k.Kind, k.Days, k.Before.UTC(), k.Rows, !c.DryRun}
			}
			return printJSON(con, out)
		}
		if len(kinds) == 0 {
			fmt.Fprintln(con.err, "No customer limits how long its data is kept; blush customer update has --keep-traces, --keep-results and --keep-audit.")
			return nil
		}
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "CUSTOMER\tKIND\tKEPT FOR\tFROM BEFORE\t%s\n", heading)
		for _, k := range kinds {
			if k.Kind == store.ExpiringRefused {
				k.Customer.Name = "(none)"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d %s\n", k.Customer.Name, k.Kind, count(k.Days, "day"), k.Before.UTC().Format(time.RFC3339), k.Rows, expiredUnits[k.Kind])
		}
		return t.Flush()
	})
}

// expiredUnits names what is counted for each kind.
var expiredUnits = map[store.Expiring]string{
	store.ExpiringTraces: "traces", store.ExpiringResults: "scans", store.ExpiringMetrics: "days of users", store.ExpiringAudit: "entries", store.ExpiringRefused: "entries",
}
