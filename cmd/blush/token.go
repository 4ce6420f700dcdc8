package main

import (
	"context"
	"fmt"
	"time"

	"blush.example/blush/internal/account"
)

type tokenCmd struct {
	Rotate tokenRotateCmd `cmd:"" help:"Sign action tokens with a new key from now on."`
}

type tokenRotateCmd struct {
	storeFlags
	EndAll bool `name:"end-all" help:"End all existing tokens of all customers at once. Without it, they stay valid until they expire."`
}

func (c *tokenRotateCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, "", func(accounts *account.Service) error {
		lastEnds, err := accounts.RotateSigningKey(ctx, c.EndAll)
		switch {
		case err != nil:
			return err
		case c.EndAll:
			fmt.Fprintln(con.out, "No token made so far is good any more.")
		default:
			fmt.Fprintf(con.out, "Tokens made so far stay valid: they hold until they expire, the last by %s. blush token rotate --end-all ends them at once.\n", lastEnds.Format(time.RFC3339))
		}
		return nil
	})
}
