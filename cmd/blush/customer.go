package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"blush/internal/account"
)

type customerCmd struct {
	Create customerCreateCmd `cmd:"" help:"Register a company and print its two API keys, once."`
	List   customerListCmd   `cmd:"" help:"List every customer."`
}

type customerCreateCmd struct {
	storeFlags
	Name string `arg:"" help:"The company's name."`
}

func (c *customerCreateCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, func(accounts *account.Service) error {
		customer, keys, err := accounts.CreateCustomer(ctx, c.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "Customer %s (%s)\n", customer.Name, customer.ID)
		printKeys(con, keys...)
		return nil
	})
}

// printKeys shows new keys, the only time that they can be seen.
func printKeys(con console, keys ...account.IssuedKey) {
	t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	for _, k := range keys {
		fmt.Fprintf(t, "%s\t%s\t%s\n", k.Environment, k.Alias, k.Text)
	}
	t.Flush()
	fmt.Fprintln(con.err, "Keep them now: only a hash is stored, so nobody can show them again.")
}

type customerListCmd struct{ storeFlags }

func (c *customerListCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, func(accounts *account.Service) error {
		customers, err := accounts.Customers(ctx)
		if err != nil {
			return err
		}
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "NAME\tCREATED\tID")
		for _, cu := range customers {
			fmt.Fprintf(t, "%s\t%s\t%s\n", cu.Name, day(cu.CreatedAt), cu.ID)
		}
		return t.Flush()
	})
}

func day(t time.Time) string { return t.Format(time.DateOnly) }
