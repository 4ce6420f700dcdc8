package main

import (
	"context"
	"errors"
	"fmt"

	"blush.example/blush/internal/blush"
)

type migrateDataCmd struct {
	storeFlags
	To string `required:"" env:"BLUSH_MIGRATE_TO" placeholder:"URL" help:"The empty database to copy to: postgres://… or sqlite:PATH. It uses the same secret."`
}

// Run copies all data from one database to another, all or nothing, and compares.
func (c *migrateDataCmd) Run(ctx context.Context, con console) (err error) {
	st, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := c.opensWith(ctx, st); err != nil {
		return err
	}
	to := storeFlags{Database: c.To, SecretFile: c.secretFile()}
	moved, err := copyInto(ctx, st, to.database())
	if blush.KindOf(err) == blush.Conflict {
		return badInput("%w; --to must name an empty database", c.said("database "+to.shown(), err))
	}
	if err != nil {
		return err
	}
	there, err := to.openExisting(ctx) // this records the copy in its audit trail
	if err != nil {
		return err
	}
	if err := there.Close(); err != nil {
		return err
	}
	fmt.Fprintf(con.out, "The database %s contains %s, the same as %s.\n", to.shown(), counted(moved), c.shown())
	fmt.Fprintf(con.err, "Anything that a server wrote to the old database meanwhile was not copied. From now on, run blush serve with --database and the same --secret-file.\n")
	return nil
}
