package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

type restoreCmd struct {
	storeFlags
	File string `arg:"" help:"A file written by blush backup, with this version of the program or an older one."`
}

// Run copies a backup into an empty database, all or nothing, and compares.
func (c *restoreCmd) Run(ctx context.Context, con console) (err error) {
	if _, err := os.Stat(c.File); err != nil {
		return badFile(err)
	}
	if err := c.secretThere(); err != nil {
		return badInput("%w: first put the secret from the time of the backup there", err)
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return badInput("--data-dir %w", plainPath(err))
	}
	backup, remove, err := c.openBackup(ctx, c.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backup.Close()); remove() }()
	if err := c.opensWith(ctx, backup); errors.Is(err, account.ErrOtherSecret) {
		return badInput("--secret-file %s: it is not a master secret of the backup: name one from the time of the backup", c.secretFile())
	} else if err != nil {
		return err
	}
	restored, err := copyInto(ctx, backup, c.database())
	if blush.KindOf(err) == blush.Conflict {
		return badInput("%w; restore into an empty database", c.operatorError("database "+c.shown(), err))
	}
	if err != nil {
		return err
	}
	to, err := c.openExisting(ctx) // this records the restore in its audit trail
	if err != nil {
		return err
	}
	fmt.Fprintf(con.out, "The database %s contains %s, the same as %s.\n", c.shown(), counted(restored), c.File)
	return to.Close()
}

// openBackup opens a copy of a backup, migrated to this program's schema. The backup itself is not changed.
func (f storeFlags) openBackup(ctx context.Context, file string) (_ *store.Store, remove func(), err error) {
	scratch, drop, err := scratchFolder(ctx, f.DataDir)
	if err != nil {
		return nil, nil, badFile(err)
	}
	defer func() {
		if err != nil {
			drop()
		}
	}()
	copied := filepath.Join(scratch, "backup")
	n, err := copyFile(copied, file)
	if err != nil {
		return nil, nil, badFile(err)
	}
	// If the database was copied by hand, the last changes are in the log next to it.
	if _, err := copyFile(copied+"-wal", file+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, badFile(err)
	}
	st, current, newest, err := storeFlags{Database: store.InFile(copied)}.open(ctx)
	if err != nil || n == 0 {
		return nil, nil, badInput("%s: not a backup: %w", file, cmp.Or(err, errors.New("it is empty")))
	}
	damaged := st.CheckMark(ctx)
	switch {
	case damaged != nil:
		err = badInput("%s: %w: restore another backup", file, damaged)
	case current == 0 || current > newest:
		err = badInput("%s: not a backup of this program or an older one: its schema is version %d, this program knows %d", file, current, newest)
	case current < newest:
		err = st.Migrate(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return st, drop, nil
}

// scratchName begins the name of each folder in which a restore works.
const scratchName = ".restore-"

// restoreLock is the lock that each restore shares while it has a scratch folder in the data folder.
func restoreLock(dataDir string) *flock.Flock {
	return flock.New(filepath.Join(dataDir, "restore.lock"), flock.SetPermissions(0o600))
}

// scratchFolder makes a folder in a data folder, with mode 0700, and removes what killed restores left there.
func scratchFolder(ctx context.Context, dataDir string) (dir string, drop func(), err error) {
	if err := dropScratch(dataDir); err != nil {
		return "", nil, err
	}
	lock := restoreLock(dataDir)
	if _, err := lock.TryRLockContext(ctx, 20*time.Millisecond); err != nil {
		return "", nil, err
	}
	if dir, err = os.MkdirTemp(dataDir, scratchName+"*"); err != nil {
		return "", nil, errors.Join(err, lock.Close())
	}
	return dir, func() {
		os.RemoveAll(dir)
		lock.Close()
	}, nil
}

// dropScratch removes the scratch folders of killed restores, unless another restore is running.
func dropScratch(dataDir string) (err error) {
	left := func() ([]string, error) {
		entries, err := os.ReadDir(dataDir)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		var dirs []string
		for _, e := range entries {
			if e.IsDir() && strings.HasPrefix(e.Name(), scratchName) {
				dirs = append(dirs, filepath.Join(dataDir, e.Name()))
			}
		}
		return dirs, err
	}
	if dirs, err := left(); err != nil || len(dirs) == 0 {
		return err
	}
	lock := restoreLock(dataDir)
	if got, err := lock.TryLock(); err != nil || !got {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	dirs, err := left() // of restores that have ended: no other can begin now
	for _, dir := range dirs {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// copyFile copies a file into a new one that only its owner may read.
func copyFile(to, from string) (int64, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, in)
	return n, errors.Join(err, out.Close())
}
