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
	fmt.Fprintf(con.out, "The database %s is up to date.\n", c.shown())
	return st.Close()
}
