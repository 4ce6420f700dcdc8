package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/store"
)

type backupCmd struct {
	storeFlags
	File string `arg:"" help:"File to write; it must not exist yet. It is an SQLite database, also for a backup of PostgreSQL."`
}

// Run writes the content of the database at one moment to a file, restores
// that file once and compares. Servers may keep running.
func (c *backupCmd) Run(ctx context.Context, con console) (err error) {
	if err := notThere(c.File, "a backup"); err != nil {
		return err
	}
	st, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	var written store.Contents
	err = newFile(c.File, "a backup", func(part string) error {
		defer removeBeside(part)
		if written, err = copyInto(ctx, st, store.InFile(part)); err != nil {
			return err
		}
		if err := mark(ctx, part); err != nil {
			return err
		}
		if err := c.restoreOnce(ctx, part, written); err != nil {
			return fmt.Errorf("the backup could not be restored and was removed: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(con.out, "%s contains %s. It was restored once and matches.\n", c.File, counted(written))
	fmt.Fprintf(con.err, "Also keep %s, in a separate place: the backup cannot be used without it.\n", c.secretFile())
	return nil
}

// mark stores in a backup what it contains, so that restore notices damage.
func mark(ctx context.Context, file string) (err error) {
	backup, err := store.Open(ctx, store.InFile(file))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backup.Close()) }()
	return backup.Mark(ctx)
}

// restoreOnce restores a backup into a separate database and compares.
func (c *backupCmd) restoreOnce(ctx context.Context, file string, written store.Contents) (err error) {
	backup, err := store.Open(ctx, store.InFile(file))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backup.Close()) }()
	if err := backup.CheckMark(ctx); err != nil {
		return err
	}
	scratch := file + ".restored"
	defer removeSQLite(scratch)
	removeSQLite(scratch)
	restored, err := copyInto(ctx, backup, store.InFile(scratch))
	if err == nil && !maps.Equal(restored, written) {
		err = errors.New("it differs from what was written")
	}
	if err != nil {
		return err
	}
	return c.opensWith(ctx, backup)
}

// opensWith checks a database, and that the secret belongs to it.
func (f storeFlags) opensWith(ctx context.Context, st *store.Store) error {
	if err := st.CheckIntegrity(ctx); err != nil {
		return err
	}
	secrets, err := account.LoadSecrets(f.secretFile())
	if err != nil {
		return err
	}
	err = account.New(st, secrets, time.Now).CheckSecret(ctx)
	if errors.Is(err, account.ErrOtherSecret) {
		return badInput("--secret-file %s: %w", f.secretFile(), err)
	}
	return err
}

// copyInto copies a database into an empty one, which it creates if it is
// missing, and compares the two.
func copyInto(ctx context.Context, from *store.Store, url string) (_ store.Contents, err error) {
	to, _, _, err := storeFlags{Database: url}.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := to.Migrate(ctx); err != nil {
		return nil, err
	}
	sent, err := from.CopyTo(ctx, to)
	if err != nil {
		return nil, err
	}
	arrived, err := to.Contents(ctx)
	if err == nil {
		err = to.CheckIntegrity(ctx)
	}
	if err == nil && !maps.Equal(sent, arrived) {
		err = errors.New("the copy differs from the original")
	}
	return sent, err
}

// counted says how much a database contains.
func counted(c store.Contents) string {
	var all int64
	for _, t := range c {
		all += t.Rows
	}
	return fmt.Sprintf("%s, %s, %s, %s in all", count(c["customer"].Rows, "customer"), count(c["users"].Rows, "user"), count(c["scan"].Rows, "scan"), count(all, "row"))
}

// removeSQLite removes a database's file and the files that SQLite keeps next to it.
func removeSQLite(file string) {
	os.Remove(file)
	removeBeside(file)
}

// removeBeside removes the files that SQLite keeps next to a closed database.
func removeBeside(file string) {
	for _, beside := range []string{"-wal", "-shm", ".lock", ".migrate"} {
		os.Remove(file + beside)
	}
}
