package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"blush.example/blush/internal/account"
)

type secretCmd struct {
	Rotate secretRotateCmd `cmd:"" help:"Add a new master secret to the one in --secret-file. From then on, new keys encrypt and sign."`
	Retire secretRetireCmd `cmd:"" help:"Retire every master secret except the one in --secret-file."`
}

type secretRotateCmd struct {
	storeFlags
	To string `required:"" placeholder:"FILE" help:"File of the new master secret; it is created if it does not exist."`
}

func (c *secretRotateCmd) Run(ctx context.Context, con console) error {
	if same, err := sameFile(c.To, c.secretFile()); err != nil {
		return badInput("--to %w", plainPath(err))
	} else if same {
		return badInput("--to %s: this is the file of the old secret; name another", c.To)
	}
	return c.withAccounts(ctx, "", func(accounts *account.Service) error {
		next, err := account.LoadSecrets(c.To)
		if err != nil {
			return badInput("--to: %w", plainPath(err))
		}
		if err := accounts.RotateSecret(ctx, next); err != nil {
			return err
		}
		fmt.Fprintf(con.out, "The master secrets in %s and %s are both valid now.\n"+
			"1. Keep a copy of the new one where you keep the old one.\n"+
			"2. Start every server with the new one (--secret-file).\n"+
			"3. End the old one: blush secret retire --secret-file %s\n", c.secretFile(), c.To, c.To)
		return nil
	})
}

// sameFile says whether two paths name one file. One that is not there is none.
func sameFile(a, b string) (bool, error) {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true, nil
	}
	x, err := os.Stat(a)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y), nil
}

type secretRetireCmd struct{ storeFlags }

func (c *secretRetireCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, "", func(accounts *account.Service) error {
		n, err := accounts.RetireSecrets(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			fmt.Fprintf(con.out, "%s is the only valid master secret.\n", c.secretFile())
			return nil
		}
		fmt.Fprintf(con.out, "%s is the only valid master secret now. A server that still has another one reports it at /readyz.\n", c.secretFile())
		return nil
	})
}
