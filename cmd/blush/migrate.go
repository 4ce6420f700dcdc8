package main

import (
	"context"
	"errors"
	"fmt"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/insight"
)

type migrateCmd struct{ storeFlags }

// Run brings the schema up to date and encrypts what an earlier version did
// not, which serve does too.
func (c *migrateCmd) Run(ctx context.Context, con console) (err error) {
	st, err := c.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return c.with(ctx, st, "", func(accounts *account.Service, _ *insight.Service) error {
		sealed := 0
		err := accounts.SealAll(ctx, func(rows int) {
			if sealed = rows; con.interactive() {
				fmt.Fprintf(con.err, "\r%d rows encrypted", rows)
			}
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "The database %s is up to date.\n", c.shown())
		if sealed > 0 {
			fmt.Fprintf(con.err, "%d rows were encrypted with the keys of their customers.\n", sealed)
		}
		return nil
	})
}
