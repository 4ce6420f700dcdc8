package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Create another API key for a customer and print it once."`
	List   keyListCmd   `cmd:"" help:"List a customer's keys by their visible prefix."`
	Revoke keyRevokeCmd `cmd:"" help:"Revoke a key at once, with the action tokens that it made."`
	Rotate keyRotateCmd `cmd:"" help:"Replace a key with a new one, which is printed once. The old key and the action tokens that it made end at once, or after --grace."`
}

type keyCreateCmd struct {
	storeFlags
	Customer string         `arg:"" help:"The customer's name or id."`
	Dev      bool           `help:"Create a key for test data. It never sees real data."`
	Alias    string         `help:"What the key is for (default: the customer's name)."`
	Scopes   *string        `placeholder:"SCOPE,…" help:"Scopes of the key: ${scopes} (default: everything)."`
	Expires  *time.Duration `placeholder:"TIME" help:"How long the key is valid, e.g. 2160h for 90 days (default: until it is revoked)."`
}

// limits returns the key's scopes and expiry from the flags.
func (c *keyCreateCmd) limits() (account.KeyLimits, error) {
	var l account.KeyLimits
	if c.Scopes != nil {
		for s := range strings.SplitSeq(*c.Scopes, ",") {
			l.Scopes = append(l.Scopes, blush.KeyScope(s))
		}
	}
	if c.Expires != nil {
		if *c.Expires <= 0 {
			return l, badInput("--expires %s: must be longer than 0", *c.Expires)
		}
		at := time.Now().Add(*c.Expires)
		l.ExpiresAt = &at
	}
	return l, nil
}

func (c *keyCreateCmd) Run(ctx context.Context, con console) error {
	limits, err := c.limits()
	if err != nil {
		return err
	}
	return c.withAccounts(ctx, c.Customer, func(accounts *account.Service) error {
		env := blush.Live
		if c.Dev {
			env = blush.Dev
		}
		key, err := accounts.CreateKey(ctx, c.Customer, env, c.Alias, limits)
		if err != nil {
			return err
		}
		printKeys(con, key)
		return nil
	})
}

type keyListCmd struct {
	storeFlags
	Customer string `arg:"" help:"The customer's name or id."`
	JSON     bool   `name:"json" help:"Print an array of JSON objects."`
}

func (c *keyListCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Customer, func(accounts *account.Service) error {
		keys, err := accounts.Keys(ctx, c.Customer)
		if err != nil {
			return err
		}
		if c.JSON {
			list := make([]keyJSON, len(keys))
			for i, k := range keys {
				list[i] = keyJSON{k.ID, k.Prefix, k.Alias, string(k.Environment), blush.ScopeNames(k.Scopes), k.CreatedAt, k.LastUsedAt, k.ExpiresAt, k.RevokedAt}
			}
			return printJSON(con, list)
		}
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "PREFIX\tALIAS\tFOR\tSCOPES\tCREATED\tLAST USED\tSTATE")
		for _, k := range keys {
			state, used := "active", "never"
			switch {
			case k.RevokedAt != nil:
				state = "revoked " + day(*k.RevokedAt)
			case k.ExpiresAt != nil && !k.ExpiresAt.After(time.Now()):
				state = "expired " + day(*k.ExpiresAt)
			case k.ExpiresAt != nil:
				state = "active until " + k.ExpiresAt.Format(time.RFC3339)
			}
			scopes := "all"
			if k.Scopes != nil {
				scopes = strings.Join(blush.ScopeNames(k.Scopes), ",")
			}
			if k.LastUsedAt != nil {
				used = k.LastUsedAt.Format(time.DateOnly)
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Prefix, k.Alias, k.Environment, scopes, day(k.CreatedAt), used, state)
		}
		return t.Flush()
	})
}

// keyJSON is a key as --json prints it.
type keyJSON struct {
	ID          string     `json:"id"`
	Prefix      string     `json:"prefix"`
	Alias       string     `json:"alias"`
	Environment string     `json:"environment"`
	Scopes      []string   `json:"scopes"`
	CreatedAt   time.Time  `json:"created_at"`
	LastUsedAt  *time.Time `json:"last_used_at"`
	ExpiresAt   *time.Time `json:"expires_at"` // null: never
	RevokedAt   *time.Time `json:"revoked_at"`
}

// tokensFlag says whether the action tokens that a key made stay valid.
type tokensFlag struct {
	KeepTokens bool `name:"keep-tokens" help:"Keep the action tokens that the key made until they expire."`
}

// print tells the operator what happened to the tokens.
func (f tokensFlag) print(con console) {
	if f.KeepTokens {
		fmt.Fprintf(con.out, "Action tokens that it made stay valid until they expire, the last by %s. To end them at once, run blush key revoke without --keep-tokens.\n",
			time.Now().Add(account.MaxTokenLife).Format(time.RFC3339))
		return
	}
	fmt.Fprintln(con.out, "All action tokens that it made are now invalid.")
}

type keyRevokeCmd struct {
	storeFlags
	tokensFlag
	DisableWebhooks bool   `name:"disable-webhooks" help:"Also disable the webhooks that the key made (default: they stay enabled)."`
	Key             string `arg:"" help:"The key's prefix or id, as key list shows it."`
}

func (c *keyRevokeCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Key, func(accounts *account.Service) error {
		key, hooks, err := accounts.RevokeKey(ctx, c.Key, account.KeyEnd{KeepTokens: c.KeepTokens, DisableWebhooks: c.DisableWebhooks})
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "Revoked %s (%s).\n", key.Prefix, key.Alias)
		c.print(con)
		c.printWebhooks(con, hooks)
		return nil
	})
}

// printWebhooks tells the operator what happened to the webhooks that the key made.
func (c *keyRevokeCmd) printWebhooks(con console, hooks []blush.Webhook) {
	switch {
	case len(hooks) == 0:
		fmt.Fprintln(con.out, "No webhooks belong to it. Those of a key that was rotated belong to the key that replaced it; blush webhook list shows all of a customer's.")
		return
	case c.DisableWebhooks:
		fmt.Fprintln(con.out, "These webhooks that it made are disabled now:")
	default:
		fmt.Fprintln(con.out, "These webhooks that it made stay enabled. To disable them, run blush key revoke --disable-webhooks.")
	}
	listWebhooks(con, hooks)
}

func listWebhooks(con console, hooks []blush.Webhook) {
	for _, w := range hooks {
		fmt.Fprintf(con.out, "  %s %s\n", w.ID, w.URL)
	}
}

type keyRotateCmd struct {
	storeFlags
	tokensFlag
	Key   string        `arg:"" help:"The key's prefix or id, as key list shows it."`
	Grace time.Duration `placeholder:"TIME" help:"How long the old key stays valid together with the new one, e.g. 24h, at most 720h (default: it ends at once)."`
}

func (c *keyRotateCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Key, func(accounts *account.Service) error {
		key, hooks, err := accounts.RotateKey(ctx, c.Key, c.Grace, c.KeepTokens)
		if err != nil {
			return err
		}
		printKeys(con, key)
		if len(hooks) > 0 {
			fmt.Fprintln(con.out, "These webhooks that the old key made belong to the new key now and still receive events. If the old key was stolen, the thief may have made some of them: disable those that the customer does not know with blush webhook disable.")
			listWebhooks(con, hooks)
		}
		if c.Grace > 0 {
			fmt.Fprintf(con.out, "The old key, %s, stays valid until %s at the latest. To end it at once, run blush key revoke.\n", c.Key, time.Now().Add(c.Grace).Format(time.RFC3339))
			return nil
		}
		fmt.Fprintf(con.out, "The old key, %s, is no longer valid.\n", c.Key)
		c.print(con)
		return nil
	})
}
