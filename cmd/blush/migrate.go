package main

import (
	"context"
	"fmt"
)

type migrateCmd struct{ storeFlags }

// Run brings the schema up to date, which serve does too when it starts.
func (c *migrateCmd) Run(ctx context.Context, con console) error {
	st, err := c.openStore(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(con.out, "The database is up to date.")
	return st.Close()
}
