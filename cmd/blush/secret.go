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
		err := accounts.RotateSecret(ctx, func() (*account.Secrets, error) {
			next, err := account.LoadSecrets(c.To)
			if err != nil {
				return nil, badInput("--to: %w", plainPath(err))
			}
			return next, nil
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "The master secrets in %s and %s are both valid now.\n"+
			"1. Keep a copy of the new one where you keep the old one.\n"+
			"2. Start every server with the new one (--secret-file).\n"+
			"3. Retire the old one: blush secret retire --secret-file %s\n"+
			"4. Move %s to the place of %s, or set BLUSH_SECRET_FILE to it everywhere.\n", c.secretFile(), c.To, c.To, c.To, c.secretFile())
		return nil
	})
}

// sameFile reports whether two paths name the same file. A missing file is never the same.
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

type secretRetireCmd struct {
	storeFlags
	Force bool `help:"Also retire a newer master secret than the one in --secret-file, because its file is lost."`
}

func (c *secretRetireCmd) Run(ctx context.Context, con console) error {
	return c.withAccounts(ctx, "", func(accounts *account.Service) error {
		n, err := accounts.RetireSecrets(ctx, c.Force)
		if err != nil {
			return err
		}
		if n == 0 {
			fmt.Fprintf(con.out, "%s is the only valid master secret.\n", c.secretFile())
		} else {
			fmt.Fprintf(con.out, "%s is the only valid master secret now. A server that still has another one reports it at /readyz.\n", c.secretFile())
		}
		usual := storeFlags{DataDir: c.DataDir}.secretFile()
		if same, err := sameFile(c.secretFile(), usual); err != nil || !same {
			fmt.Fprintf(con.out, "Last step: move %s to the place of the old one (%s unless you set another), or set BLUSH_SECRET_FILE to it everywhere.\n"+
				"Backups from before the change need the old one: keep it in another place.\n", c.secretFile(), usual)
		}
		return nil
	})
}
