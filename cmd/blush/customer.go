package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"blush.example/blush/internal/account"
)

type customerCmd struct {
	Create  customerCreateCmd  `cmd:"" help:"Register a company and print its two API keys, once."`
	Update  customerUpdateCmd  `cmd:"" help:"Change how a company's pages look, what they ask and who may embed them."`
	List    customerListCmd    `cmd:"" help:"List every customer."`
	Journey customerJourneyCmd `cmd:"" help:"Show or set what a customer's users unlock step by step."`
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

type customerUpdateCmd struct {
	storeFlags
	Name           string    `arg:"" help:"The customer's name or id."`
	Accent         *string   `placeholder:"#RRGGBB" help:"Accent colour of the pages, readable on white; empty for Blush's own."`
	AccentDark     *string   `placeholder:"#RRGGBB" help:"Accent colour of the dark theme; derived from --accent if left out."`
	Logo           *string   `placeholder:"FILE" help:"Logo of the pages: PNG, JPEG or WebP, at most 256 KiB and 1024 pixels a side; empty for none."`
	FrameAncestors *[]string `sep:"," placeholder:"ORIGIN,…" help:"Origins that may embed the pages; empty for any HTTPS origin."`
	Questions      string    `enum:"on,off," default:"" placeholder:"on|off" help:"Whether the scan page asks how the user is."`
	Language       *string   `placeholder:"LL" help:"Language of the pages where nothing says one: en, nl, fr, de, es, da or sv; empty for English."`
	Biomarkers     *[]string `sep:"," placeholder:"NAME,…" help:"What a scan goes on for: heart_rate (30 s), respiratory_rate, heart_rate_variability (60 s); empty for all."`
}

func (c *customerUpdateCmd) Run(ctx context.Context, con console) error {
	ch := account.CustomerChange{Accent: c.Accent, AccentDark: c.AccentDark, FrameAncestors: listed(c.FrameAncestors), Language: c.Language, Biomarkers: listed(c.Biomarkers)}
	if c.Questions != "" {
		on := c.Questions == "on"
		ch.Questions = &on
	}
	if c.Logo != nil {
		ch.Logo = new([]byte)
		if *c.Logo != "" {
			file, err := os.ReadFile(*c.Logo)
			if err != nil {
				return badFile(err)
			}
			ch.Logo = &file
		}
	}
	return c.withAccounts(ctx, func(accounts *account.Service) error {
		cu, err := accounts.UpdateCustomer(ctx, c.Name, ch)
		if err != nil {
			return err
		}
		or := func(s, other string) string {
			if s == "" {
				return other
			}
			return s
		}
		questions := "on"
		if cu.Page.NoQuestions {
			questions = "off"
		}
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "customer\t%s\naccent\t%s\naccent, dark\t%s\nlogo\t%d bytes\nembedded by\t%s\nquestions\t%s\nlanguage\t%s\nbiomarkers\t%s\n", cu.Name,
			or(cu.Page.Accent, "Blush's own"), or(cu.Page.AccentDark, "derived"), len(cu.Page.Logo),
			or(strings.Join(cu.FrameAncestors, " "), "any HTTPS origin"), questions, or(cu.Page.Language, "en"), or(strings.Join(cu.Page.Biomarkers, " "), "all"))
		return t.Flush()
	})
}

// listed drops the empty element that an empty flag is read as.
func listed(flag *[]string) *[]string {
	if flag == nil {
		return nil
	}
	list := slices.DeleteFunc(*flag, func(s string) bool { return s == "" })
	return &list
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
