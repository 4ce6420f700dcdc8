// Package schema migrates test databases to the current schema.
package schema

import (
	"context"
	"errors"

	"blush.example/blush/internal/store"
)

// Migrate migrates the database at url, in a form that [store.Open] accepts, to the current schema. It creates a missing SQLite file.
func Migrate(url string) error {
	ctx := context.Background()
	st, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(st.Migrate(ctx), st.Close()) // which leaves no log beside a file
}
