package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/store"
)

// storeFlags say where everything is kept. They are the same for every command
// that works on the database.
type storeFlags struct {
	Config     string `env:"BLUSH_CONFIG" placeholder:"FILE" help:"JSON file of settings, named like the flags. A flag wins over the environment, the environment over the file."`
	DataDir    string `name:"data-dir" env:"BLUSH_DATA_DIR" default:"blush-data" placeholder:"DIR" help:"Folder for all that is kept (default: blush-data)."`
	Database   string `env:"BLUSH_DATABASE" placeholder:"URL" help:"postgres://… (default: SQLite in the data folder)."`
	SecretFile string `name:"secret-file" env:"BLUSH_SECRET_FILE" placeholder:"FILE" help:"The master secret, made when missing (default: secret in the data folder)."`
}

// database returns the URL of the database.
func (f storeFlags) database() string {
	if f.Database != "" {
		return f.Database
	}
	return filepath.Join(f.DataDir, "blush.db")
}

func (f storeFlags) secretFile() string {
	if f.SecretFile != "" {
		return f.SecretFile
	}
	return filepath.Join(f.DataDir, "secret")
}

// openStore opens the database with its schema up to date.
func (f storeFlags) openStore(ctx context.Context) (*store.Store, error) {
	if err := os.MkdirAll(f.DataDir, 0o700); err != nil {
		return nil, badInput("data folder: %w", err)
	}
	st, err := store.Open(ctx, f.database())
	if err != nil {
		return nil, err
	}
	if err := st.Migrate(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// withAccounts runs a command that works on customers and keys.
func (f storeFlags) withAccounts(ctx context.Context, do func(*account.Service) error) error {
	return f.withInsights(ctx, func(accounts *account.Service, _ *insight.Service) error { return do(accounts) })
}

// withInsights runs a command that works on what is known about people, too.
func (f storeFlags) withInsights(ctx context.Context, do func(*account.Service, *insight.Service) error) (err error) {
	st, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	secrets, err := account.LoadSecrets(f.secretFile())
	if err != nil {
		return err
	}
	accounts := account.New(st, secrets, time.Now)
	return said(do(accounts, insight.New(st, accounts, time.Now)))
}

// said turns an error of the service into what the operator reads: its message,
// and exit code 2 when the arguments were at fault.
func said(err error) error {
	var e *blush.Error
	if !errors.As(err, &e) || e.Cause != nil {
		return err
	}
	switch e.Kind {
	case blush.Invalid, blush.NotFound, blush.Conflict, blush.Unprocessed:
		return badInput("%s", e.Message)
	default:
	}
	return fmt.Errorf("%s", e.Message)
}
