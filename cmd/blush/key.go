package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Issue one more API key to a customer and print it, once."`
	List   keyListCmd   `cmd:"" help:"List a customer's keys by their visible prefix."`
	Revoke keyRevokeCmd `cmd:"" help:"End a key at once, with the action tokens that it made."`
	Rotate keyRotateCmd `cmd:"" help:"Replace a key by a new one, which is printed once; the old one ends at once, with the action tokens that it made."`
}

type keyCreateCmd struct {
	storeFlags
	Customer string `arg:"" help:"The customer's name or id."`
	Dev      bool   `help:"A key for test data, which never sees real data."`
	Alias    string `help:"What the key is for (default: the customer's name)."`
}

func (c *keyCreateCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Customer, func(accounts *account.Service) error {
		env := blush.Live
		if c.Dev {
			env = blush.Dev
		}
		key, err := accounts.CreateKey(ctx, c.Customer, env, c.Alias)
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
				list[i] = keyJSON{k.ID, k.Prefix, k.Alias, string(k.Environment), k.CreatedAt, k.LastUsedAt, k.RevokedAt}
			}
			return printJSON(con, list)
		}
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "PREFIX\tALIAS\tFOR\tCREATED\tLAST USED\tSTATE")
		for _, k := range keys {
			state, used := "active", "never"
			if k.RevokedAt != nil {
				state = "revoked " + day(*k.RevokedAt)
			}
			if k.LastUsedAt != nil {
				used = k.LastUsedAt.Format(time.DateOnly)
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", k.Prefix, k.Alias, k.Environment, day(k.CreatedAt), used, state)
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
	CreatedAt   time.Time  `json:"created_at"`
	LastUsedAt  *time.Time `json:"last_used_at"`
	RevokedAt   *time.Time `json:"revoked_at"`
}

// tokensFlag says what becomes of the action tokens that a key made.
type tokensFlag struct {
	KeepTokens bool `name:"keep-tokens" help:"Let the action tokens that the key made hold until they expire."`
}

// print says what became of them.
func (f tokensFlag) print(con console) {
	if f.KeepTokens {
		fmt.Fprintf(con.out, "Action tokens that it made stay valid: they hold until they expire, the last by %s. blush key revoke without --keep-tokens ends them at once.\n",
			time.Now().Add(account.MaxTokenLife).Format(time.RFC3339))
		return
	}
	fmt.Fprintln(con.out, "No action token that it made is good any more.")
}

type keyRevokeCmd struct {
	storeFlags
	tokensFlag
	Key string `arg:"" help:"The key's prefix or id, as key list shows it."`
}

func (c *keyRevokeCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Key, func(accounts *account.Service) error {
		key, err := accounts.RevokeKey(ctx, c.Key, c.KeepTokens)
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "Revoked %s (%s).\n", key.Prefix, key.Alias)
		c.print(con)
		return nil
	})
}

type keyRotateCmd struct {
	storeFlags
	tokensFlag
	Key string `arg:"" help:"The key's prefix or id, as key list shows it."`
}

func (c *keyRotateCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Key, func(accounts *account.Service) error {
		key, err := accounts.RotateKey(ctx, c.Key, c.KeepTokens)
		if err != nil {
			return err
		}
		printKeys(con, key)
		fmt.Fprintf(con.out, "The old key, %s, has ended.\n", c.Key)
		c.print(con)
		return nil
	})
}
