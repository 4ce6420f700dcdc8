package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/store"
	"blush.example/blush/internal/web"
)

type customerCmd struct {
	Create    customerCreateCmd    `cmd:"" help:"Register a customer and print its two API keys once."`
	List      customerListCmd      `cmd:"" help:"List every customer."`
	Show      customerShowCmd      `cmd:"" help:"Show one customer: its users, its keys, how its pages look and what they ask."`
	Update    customerUpdateCmd    `cmd:"" help:"Change how a customer's pages look, what they ask, who may embed them, and how long its data is kept."`
	Rename    customerRenameCmd    `cmd:"" help:"Rename a customer; its keys, users and scans stay."`
	Delete    customerDeleteCmd    `cmd:"" help:"Erase a customer and its keys. If it has users, add --with-users to erase them too."`
	RotateKey customerRotateKeyCmd `cmd:"" name:"rotate-key" help:"Replace the key that encrypts the data of a customer's users. Its API keys stay."`
	Journey   customerJourneyCmd   `cmd:"" help:"Show or set what a customer's users unlock step by step."`
}

type customerCreateCmd struct {
	storeFlags
	Name string `arg:"" help:"The company's name."`
}

func (c *customerCreateCmd) Run(ctx context.Context, con console) (err error) {
	st, err := c.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return c.with(ctx, st, c.Name, func(accounts *account.Service, _ *insight.Service) error {
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
	Accent         *string   `placeholder:"#RRGGBB" help:"Accent colour of the pages, readable on white; empty for the default colour."`
	AccentDark     *string   `placeholder:"#RRGGBB" help:"Accent colour of the dark theme; by default derived from --accent."`
	Logo           *string   `placeholder:"FILE" help:"Logo of the pages: PNG, JPEG or WebP, at most 256 KiB and 1024 pixels a side; empty for none."`
	FrameAncestors *[]string `sep:"," placeholder:"ORIGIN,…" help:"Origins that may embed the pages; empty for any HTTPS origin and pages on the same machine."`
	Questions      string    `enum:"on,off," default:"" placeholder:"on|off" help:"Whether the scan page asks the user questions."`
	Language       *string   `placeholder:"LL" help:"Default language of the pages: ${languages}; empty for English."`
	Biomarkers     *[]string `sep:"," placeholder:"NAME,…" help:"Biomarkers that a scan measures before it ends: ${scan_biomarkers}; empty for all."`
	KeepTraces     *keepDays `name:"keep-traces" placeholder:"DAYS" help:"How long the trace of a scan is kept: 30d, or forever."`
	KeepResults    *keepDays `name:"keep-results" placeholder:"DAYS" help:"How long scans with their results, and the metrics of each day, are kept: 365d, or forever."`
	KeepAudit      *keepDays `name:"keep-audit" placeholder:"DAYS" help:"How long entries of the audit trail are kept: 730d, or forever."`
}

// keepDays is a retention period in days; 0: until it is erased.
type keepDays int

// UnmarshalText reads 30d or forever.
func (k *keepDays) UnmarshalText(text []byte) error {
	if string(text) == "forever" {
		*k = 0
		return nil
	}
	number, isDays := strings.CutSuffix(string(text), "d")
	n, err := strconv.Atoi(number)
	if !isDays || err != nil || n < 1 || n > account.MaxKeepDays {
		return fmt.Errorf("%q is neither a number of days from 1d to %dd nor forever", text, account.MaxKeepDays)
	}
	*k = keepDays(n)
	return nil
}

func (c *customerUpdateCmd) Run(ctx context.Context, con console) error {
	ch := account.CustomerChange{Accent: c.Accent, AccentDark: c.AccentDark, FrameAncestors: listed(c.FrameAncestors), Language: c.Language, Biomarkers: listed(c.Biomarkers),
		KeepTraces: (*int)(c.KeepTraces), KeepResults: (*int)(c.KeepResults), KeepAudit: (*int)(c.KeepAudit)}
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
	return c.withAccounts(ctx, c.Name, func(accounts *account.Service) error {
		cu, err := accounts.UpdateCustomer(ctx, c.Name, ch)
		if err != nil {
			return err
		}
		return printSettings(con, cu)
	})
}

// listed drops the empty element that kong reads from an empty flag.
func listed(flag *[]string) *[]string {
	if flag == nil {
		return nil
	}
	list := slices.DeleteFunc(*flag, func(s string) bool { return s == "" })
	return &list
}

// printKeys shows new keys. They cannot be shown again.
func printKeys(con console, keys ...account.IssuedKey) {
	t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	for _, k := range keys {
		fmt.Fprintf(t, "%s\t%s\t%s\n", k.Environment, k.Alias, k.Text)
	}
	t.Flush()
	for _, k := range keys {
		if k.ExpiresAt != nil {
			fmt.Fprintf(con.err, "The key %s expires at %s.\n", k.Prefix, k.ExpiresAt.UTC().Format(time.RFC3339))
		}
	}
	fmt.Fprintln(con.err, "Save them now: only a hash is stored, so they cannot be shown again.")
}

type customerListCmd struct {
	storeFlags
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

func (c *customerListCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, "", func(accounts *account.Service) error {
		customers, err := accounts.Customers(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			list := make([]customerJSON, len(customers))
			for i, cu := range customers {
				list[i] = customerOf(cu)
			}
			return printJSON(con, list)
		}
		if len(customers) == 0 {
			fmt.Fprintf(con.err, "No customers in the database %s.\n", c.shown())
			return nil
		}
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "NAME\tCREATED\tID")
		for _, cu := range customers {
			fmt.Fprintf(t, "%s\t%s\t%s\n", cu.Name, day(cu.CreatedAt), cu.ID)
		}
		return t.Flush()
	})
}

type customerShowCmd struct {
	storeFlags
	Name string `arg:"" help:"The customer's name or id."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

func (c *customerShowCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Name, func(accounts *account.Service) error {
		cu, err := accounts.Customer(ctx, c.Name)
		if err != nil {
			return err
		}
		live, err := accounts.CountUsers(ctx, cu.ID, blush.Live)
		if err != nil {
			return err
		}
		dev, err := accounts.CountUsers(ctx, cu.ID, blush.Dev)
		if err != nil {
			return err
		}
		keys, err := accounts.Keys(ctx, cu.ID)
		if err != nil {
			return err
		}
		keys = slices.DeleteFunc(keys, func(k blush.APIKey) bool {
			return k.RevokedAt != nil || k.ExpiresAt != nil && !k.ExpiresAt.After(time.Now())
		})
		if c.JSON {
			all := struct {
				customerJSON
				LiveUsers  int64 `json:"live_users"`
				DevUsers   int64 `json:"dev_users"`
				ActiveKeys int   `json:"active_keys"`
			}{customerOf(cu), live, dev, len(keys)}
			return printJSON(con, all)
		}
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "id\t%s\ncreated\t%s\nusers\t%d, and %d for tests\nactive keys\t%d\n", cu.ID, day(cu.CreatedAt), live, dev, len(keys))
		if err := t.Flush(); err != nil {
			return err
		}
		return printSettings(con, cu)
	})
}

type customerRenameCmd struct {
	storeFlags
	Name string `arg:"" help:"The customer's name or id."`
	New  string `arg:"" help:"The new name."`
}

func (c *customerRenameCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Name, func(accounts *account.Service) error {
		cu, err := accounts.RenameCustomer(ctx, c.Name, c.New)
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "Customer %s (%s)\n", cu.Name, cu.ID)
		return nil
	})
}

type customerDeleteCmd struct {
	storeFlags
	Name      string `arg:"" help:"The customer's name or id."`
	WithUsers bool   `name:"with-users" help:"Also erase its users with their scans, answers and readings. This cannot be undone."`
}

func (c *customerDeleteCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Name, func(accounts *account.Service) error {
		cu, err := accounts.DeleteCustomer(ctx, c.Name, c.WithUsers)
		if blush.KindOf(err) == blush.Conflict {
			return badInput("%w; use --with-users to erase them and all their data", c.operatorError(c.Name, err))
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "Customer %s (%s) is erased.\n", cu.Name, cu.ID)
		return nil
	})
}

type customerRotateKeyCmd struct {
	storeFlags
	Name string `arg:"" help:"The customer's name or id."`
}

func (c *customerRotateKeyCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, c.Name, func(accounts *account.Service) error {
		cu, err := accounts.RotateCustomerKey(ctx, c.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "A new key encrypts the data of %s from now on. The servers encrypt existing data again in the background, and delete the old key when that is done, after %d minutes at the earliest.\n",
			cu.Name, int(store.KeyOverlap.Minutes()))
		return nil
	})
}

// customerJSON is a customer as --json prints it.
type customerJSON struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	CreatedAt      time.Time `json:"created_at"`
	FrameAncestors []string  `json:"frame_ancestors"` // empty: those of web.Embedders
	Accent         string    `json:"accent"`          // empty: Blush's own
	AccentDark     string    `json:"accent_dark"`     // empty: derived
	LogoBytes      int       `json:"logo_bytes"`
	Questions      bool      `json:"questions"`
	Language       string    `json:"language"`
	Biomarkers     []string  `json:"biomarkers"`
	KeepTraces     int       `json:"keep_traces_days"` // 0: until it is erased
	KeepResults    int       `json:"keep_results_days"`
	KeepAudit      int       `json:"keep_audit_days"`
}

func customerOf(c blush.Customer) customerJSON {
	j := customerJSON{ID: c.ID, Name: c.Name, CreatedAt: c.CreatedAt, FrameAncestors: c.FrameAncestors, Accent: c.Page.Accent, AccentDark: c.Page.AccentDark,
		LogoBytes: len(c.Page.Logo), Questions: !c.Page.NoQuestions, Language: cmp.Or(c.Page.Language, "en"), Biomarkers: c.Page.Biomarkers,
		KeepTraces: c.Keep.Traces, KeepResults: c.Keep.Results, KeepAudit: c.Keep.Audit}
	if j.FrameAncestors == nil {
		j.FrameAncestors = []string{}
	}
	if len(j.Biomarkers) == 0 {
		j.Biomarkers = account.ScanBiomarkers
	}
	return j
}

// printSettings shows how a customer's pages look, what they ask, who may embed them, and how long its data is kept.
func printSettings(con console, cu blush.Customer) error {
	questions, logo := "on", "none"
	if cu.Page.NoQuestions {
		questions = "off"
	}
	if n := len(cu.Page.Logo); n > 0 {
		logo = fmt.Sprintf("%d bytes", n)
	}
	t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "customer\t%s\naccent\t%s\naccent, dark\t%s\nlogo\t%s\nembedded by\t%s\nquestions\t%s\nlanguage\t%s\nbiomarkers\t%s\n", cu.Name,
		cmp.Or(cu.Page.Accent, "Blush's own"), cmp.Or(cu.Page.AccentDark, "derived"), logo,
		cmp.Or(strings.Join(cu.FrameAncestors, " "), strings.ReplaceAll(web.Embedders(), "`", "")), questions, cmp.Or(cu.Page.Language, "en"), cmp.Or(strings.Join(cu.Page.Biomarkers, " "), "all"))
	for _, k := range []struct {
		what string
		days int
		kept string
	}{{"traces", cu.Keep.Traces, "until erased"}, {"results", cu.Keep.Results, "until erased"}, {"audit", cu.Keep.Audit, "forever"}} {
		kept := k.kept
		if k.days > 0 {
			kept = count(k.days, "day")
		}
		fmt.Fprintf(t, "%s kept for\t%s\n", k.what, kept)
	}
	return t.Flush()
}

func day(t time.Time) string { return t.Format(time.DateOnly) }
