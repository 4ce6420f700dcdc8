package main

import (
	"context"
	"errors"
	"fmt"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

type migrateDataCmd struct {
	storeFlags
	To string `required:"" env:"BLUSH_MIGRATE_TO" placeholder:"URL" help:"The empty database to copy to: postgres://… or sqlite:PATH. It uses the same secret."`
}

// Run copies all data from one database to another, all or nothing, and compares. It refuses
// a database on which a server works, because what that writes meanwhile would be lost.
func (c *migrateDataCmd) Run(ctx context.Context, con console) (err error) {
	st, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := c.opensWith(ctx, st); err != nil {
		return err
	}
	if err := st.ClaimAlone(ctx); errors.Is(err, store.ErrServed) {
		return fmt.Errorf("database %s: a server works on it, and what it writes during the copy would be lost: stop every server on it first", c.shown())
	} else if err != nil {
		return err
	}
	to := storeFlags{Database: c.To, SecretFile: c.secretFile()}
	moved, err := copyInto(ctx, st, to.database())
	if blush.KindOf(err) == blush.Conflict {
		return badInput("%w; --to must name an empty database", c.operatorError("database "+to.shown(), err))
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
	fmt.Fprintf(con.err, "From now on, run blush serve with --database and the same --secret-file. What is written to the old database from now on is not copied.\n")
	return nil
}
