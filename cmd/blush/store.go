package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/bucket"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/store"
)

// storeFlags say where everything is kept. They are the same for every command
// that works on the database.
type storeFlags struct {
	Config     string `env:"BLUSH_CONFIG" placeholder:"FILE" help:"JSON file of settings, named like the flags. A flag overrides the environment, and the environment overrides the file."`
	DataDir    string `name:"data-dir" env:"BLUSH_DATA_DIR" default:"blush-data" placeholder:"DIR" help:"Folder for all data (default: blush-data)."`
	Database   string `env:"BLUSH_DATABASE" placeholder:"URL" help:"postgres://…, or sqlite:PATH or a path for a SQLite file (default: a SQLite file in the data folder)."`
	Bucket     string `env:"BLUSH_BUCKET" placeholder:"PLACE" help:"Folder or bucket (s3://NAME) for traces and waiting videos (default: the database)."`
	SecretFile string `name:"secret-file" env:"BLUSH_SECRET_FILE" placeholder:"FILE" help:"File of the master secret, which is created together with the database (default: secret in the data folder)."`
}

// database returns the URL of the database.
func (f storeFlags) database() string {
	if f.Database != "" {
		return f.Database
	}
	return store.InFile(filepath.Join(f.DataDir, "blush.db"))
}

func (f storeFlags) secretFile() string {
	if f.SecretFile != "" {
		return f.SecretFile
	}
	return filepath.Join(f.DataDir, "secret")
}

// sqliteFile returns the database's file, "" for PostgreSQL and for an invalid URL.
func (f storeFlags) sqliteFile() string {
	file, err := store.FileOf(f.database())
	if err != nil {
		return ""
	}
	return file
}

// flagged names a flag with the scheme and host of the URL that it was given. The rest is not shown, because it may contain a password.
func flagged(flag, place string) string {
	if u, err := url.Parse(place); err == nil && u.Hostname() != "" {
		return flag + " " + u.Scheme + "://" + u.Hostname()
	}
	return flag
}

// checkForm rejects a URL that names no database.
func (f storeFlags) checkForm() error {
	_, err := store.FileOf(f.database())
	switch {
	case err == nil:
		return nil
	case f.Database == "":
		return badInput("--data-dir %s: a database cannot be in a folder with this name", f.DataDir)
	}
	return badInput("%s: %w", flagged("--database", f.Database), err)
}

// shown returns the name of the database for messages: its file, or its URL without the password.
func (f storeFlags) shown() string {
	if file := f.sqliteFile(); file != "" {
		if abs, err := filepath.Abs(file); err == nil {
			return abs
		}
		return file
	}
	u, err := url.Parse(f.Database)
	if err != nil {
		return "of --database"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// open opens the database as it is.
func (f storeFlags) open(ctx context.Context) (st *store.Store, current, newest int64, err error) {
	if err := f.checkForm(); err != nil {
		return nil, 0, 0, err
	}
	if st, err = store.Open(ctx, f.database()); err != nil {
		return nil, 0, 0, f.unusable(err)
	}
	b, err := f.openBucket(ctx)
	if err != nil {
		return nil, 0, 0, errors.Join(err, st.Close())
	}
	if b != nil {
		st.SetBucket(b) // it ends with the process
	}
	if current, newest, err = st.SchemaVersion(ctx); err != nil {
		return nil, 0, 0, errors.Join(f.unusable(err), st.Close())
	}
	return st, current, newest, nil
}

// openBucket opens the bucket; it returns nil if there is none.
func (f storeFlags) openBucket(ctx context.Context) (*bucket.Bucket, error) {
	if f.Bucket == "" {
		return nil, nil
	}
	b, err := bucket.Open(ctx, f.Bucket)
	if err != nil {
		return nil, badInput("%s: %w", flagged("--bucket", f.Bucket), err)
	}
	return b, nil
}

// unusable names the database in an error of opening it. If only its server cannot be reached, what the user gave may be right.
func (f storeFlags) unusable(err error) error {
	err = fmt.Errorf("database %s: %w", f.shown(), err)
	if store.Unreachable(err) {
		return err
	}
	return &inputError{err}
}

// openStore opens the database and migrates its schema. It creates a missing
// database together with its secret.
func (f storeFlags) openStore(ctx context.Context) (*store.Store, error) {
	if err := f.checkForm(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.DataDir, 0o700); err != nil {
		return nil, badInput("--data-dir %w", plainPath(err))
	}
	st, current, _, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	if current > 0 {
		err = f.secretThere()
	} else {
		_, err = account.LoadSecrets(f.secretFile())
	}
	if err == nil {
		err = st.Migrate(ctx)
	}
	if err == nil {
		err = f.checkObjects(ctx, st)
	}
	if err == nil {
		err = recordCommand(ctx, st)
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// openExisting opens an existing database, and changes nothing in it except the
// audit trail, where it records the command.
func (f storeFlags) openExisting(ctx context.Context) (*store.Store, error) {
	st, err := f.openUnrecorded(ctx)
	if err != nil {
		return nil, err
	}
	if err := recordCommand(ctx, st); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// openUnrecorded opens an existing database, and changes nothing in it.
func (f storeFlags) openUnrecorded(ctx context.Context) (*store.Store, error) {
	none := badInput("no database %s; create one with blush migrate, serve or customer create, or name another with --data-dir or --database", f.shown())
	if file := f.sqliteFile(); file != "" {
		if st, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) || err == nil && st.Size() == 0 {
			return nil, none
		}
	}
	st, current, newest, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case current == 0:
		err = none
	case current < newest:
		err = badInput("database %s: its schema is version %d, this program needs %d; run blush migrate", f.shown(), current, newest)
	case current > newest:
		err = badInput("database %s: its schema is version %d, this program knows %d; use the program that wrote it", f.shown(), current, newest)
	default:
		if err = f.secretThere(); err == nil {
			err = f.checkObjects(ctx, st)
		}
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// checkObjects fails if --bucket names another bucket than the database's.
func (f storeFlags) checkObjects(ctx context.Context, st *store.Store) error {
	if f.Bucket == "" { // many commands need none
		return nil
	}
	err := st.CheckBucket(ctx)
	if errors.Is(err, store.ErrNotItsBucket) {
		err = badInput("--bucket %s: %w", f.Bucket, err)
	}
	return err
}

// command is the command that an operator runs.
type command struct {
	words    string // e.g. customer show
	customer string // that it is about by its arguments, or empty
}

type commandKey struct{}

// commandOf reads a parsed command line.
func commandOf(line *kong.Context) command {
	c := command{words: strings.TrimPrefix(line.Selected().Path(), "blush ")}
	for _, p := range line.Path {
		if p.Positional != nil && (p.Positional.Name == "customer" || p.Positional.Name == "name" && strings.HasPrefix(c.words, "customer ")) {
			c.customer = p.Positional.Target.String()
		}
	}
	return c
}

// recordCommand records the command in the audit trail, before it does anything
// else.
func recordCommand(ctx context.Context, st *store.Store) error {
	c, _ := ctx.Value(commandKey{}).(command)
	if err := account.CommandRun(ctx, st, c.words, c.customer, time.Now()); err != nil {
		return fmt.Errorf("cannot record this command in the audit trail: %w", err)
	}
	return nil
}

// secretThere fails if the secret file of a database is missing: a new secret would be the wrong one.
func (f storeFlags) secretThere() error {
	if _, err := os.Stat(f.secretFile()); err != nil {
		return badInput("--secret-file %w: it is the master secret of the database %s", plainPath(err), f.shown())
	}
	return nil
}

// withAccounts runs a command on an existing database. The command is about the
// named customer or key, or about none.
func (f storeFlags) withAccounts(ctx context.Context, name string, do func(*account.Service) error) error {
	return f.withInsights(ctx, name, func(accounts *account.Service, _ *insight.Service) error { return do(accounts) })
}

// withInsights runs a command that also works on data about people.
func (f storeFlags) withInsights(ctx context.Context, name string, do func(*account.Service, *insight.Service) error) (err error) {
	st, err := f.openExisting(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return f.with(ctx, st, name, do)
}

// with runs a command on an open database.
func (f storeFlags) with(ctx context.Context, st *store.Store, name string, do func(*account.Service, *insight.Service) error) error {
	secrets, err := account.OpenSecrets(ctx, st, f.secretFile())
	if err != nil {
		return err
	}
	accounts := account.New(st, secrets, time.Now)
	return f.operatorError(name, do(accounts, insight.New(st, accounts, time.Now)))
}

// operatorError turns an error of the service into a message for the operator: what it
// is about, the text, and which database was read. The exit code is 2 if the
// arguments were wrong.
func (f storeFlags) operatorError(name string, err error) error {
	var e *blush.Error
	if !errors.As(err, &e) || e.Cause != nil {
		return err
	}
	text := strings.TrimSuffix(e.Message, ".")
	if first, second := text[:1], text[1:2]; second == strings.ToLower(second) { // no abbreviation
		text = strings.ToLower(first) + text[1:]
	}
	if name != "" {
		text = name + ": " + text
	}
	switch e.Kind {
	case blush.NotFound:
		return badInput("%s in the database %s", text, f.shown())
	case blush.Invalid, blush.Conflict, blush.Unprocessed:
		return badInput("%s", text)
	default:
	}
	return errors.New(text)
}
