package main

import (
	"context"
	"fmt"

	"blush.example/blush/internal/account"
)

type tokenCmd struct {
	Rotate tokenRotateCmd `cmd:"" help:"Sign action tokens with a new key from now on."`
}

type tokenRotateCmd struct {
	storeFlags
	EndAll bool `name:"end-all" help:"End every token made so far at once, of every customer; without it they hold until they expire."`
}

func (c *tokenRotateCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, "", func(accounts *account.Service) error {
		if err := accounts.RotateSigningKey(ctx, c.EndAll); err != nil {
			return err
		}
		what := "Tokens made so far hold until they expire."
		if c.EndAll {
			what = "No token made so far is good any more."
		}
		fmt.Fprintln(con.out, what)
		return nil
	})
}
