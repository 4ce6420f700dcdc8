package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/store"
)

type exportCmd struct {
	storeFlags
	Customer string    `arg:"" help:"The customer's name or id."`
	Dev      bool      `help:"Export test data instead of real data."`
	User     string    `placeholder:"ID" help:"Only scans of the user with this id."`
	Format   string    `default:"ndjson" enum:"ndjson,csv" placeholder:"FORMAT" help:"ndjson (default), one JSON object per line, or csv, one row per scan. The last line says how many scans there were; an export without it is incomplete."`
	From     time.Time `placeholder:"TIME" help:"Only scans made from this time on, e.g. 2026-01-31T08:00:00Z."`
	To       time.Time `placeholder:"TIME" help:"Only scans made before this time."`
	Out      string    `placeholder:"FILE" help:"File to write (default: standard output); it must not exist yet, and appears only when it is complete."`
}

// Run exports a customer's scans, one page of them in memory at a time.
func (c *exportCmd) Run(ctx context.Context, con console) (err error) {
	if c.Out != "" {
		if err := checkEnding("--out", c.Out, "file in the format "+c.Format, "."+c.Format); err != nil {
			return err
		}
		if err := notThere(c.Out, "an export"); err != nil {
			return err
		}
	}
	st, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	secrets, err := account.OpenSecrets(ctx, st, c.secretFile())
	if err != nil {
		return err
	}
	accounts := account.New(st, secrets, time.Now)
	scans := scan.New(st, accounts, insight.New(st, accounts, time.Now), secrets, scan.Config{})
	return c.operatorError(c.Customer, c.export(ctx, con, st, scans))
}

func (c *exportCmd) export(ctx context.Context, con console, st *store.Store, scans *scan.Service) error {
	customer, err := st.Customer(ctx, c.Customer)
	if err != nil {
		return err
	}
	caller := account.Operator()
	caller.CustomerID, caller.Customer, caller.Environment = customer.ID, customer.Name, blush.Live
	if c.Dev {
		caller.Environment = blush.Dev
	}
	e, err := scans.ExportScans(ctx, caller, scan.ExportQuery{User: blush.UserRef{ID: c.User}, From: c.From, To: c.To})
	if err != nil {
		return err
	}
	defer e.Close()
	write := func(to io.Writer) error { return e.Write(ctx, to, scan.Format(c.Format)) }
	if c.Out == "" {
		return write(con.out)
	}
	return newFile(c.Out, "an export", func(part string) error {
		f, err := os.OpenFile(part, os.O_WRONLY, 0)
		if err != nil {
			return badFile(err)
		}
		return errors.Join(write(f), f.Sync(), f.Close())
	})
}
