// Package schema gives databases of tests the present schema.
package schema

import (
	"context"
	"errors"

	"blush.example/blush/internal/store"
)

// Migrate brings the database at url, in a form that [store.Open] accepts, to the present schema. It creates a missing SQLite file.
func Migrate(url string) error {
	ctx := context.Background()
	st, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(st.Migrate(ctx), st.Close()) // which leaves no log beside a file
}
