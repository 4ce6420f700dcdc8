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
			fmt.Fprintln(con.out, "All existing tokens are now invalid.")
		default:
			fmt.Fprintf(con.out, "Existing tokens stay valid until they expire, the last by %s. To end them at once, run blush token rotate --end-all.\n", lastEnds.Format(time.RFC3339))
		}
		return nil
	})
}
