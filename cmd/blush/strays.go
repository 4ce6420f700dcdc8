package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"blush.example/blush/internal/store"
)

type straysCmd struct {
	storeFlags
	Delete bool `help:"Delete them. No other database may use the bucket, not even a copy of this one."`
}

// Run counts the objects of the bucket that the database does not know, and deletes them on request.
func (c *straysCmd) Run(ctx context.Context, con console) (err error) {
	if c.Bucket == "" {
		return badInput("--bucket: name the bucket to search")
	}
	st, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	strays, err := st.StrayObjects(ctx, c.Delete)
	if errors.Is(err, store.ErrOtherBucket) {
		return badInput("--bucket %s: the database %s knows no object in it and does not know %d, so nothing was deleted. Is it the bucket of this database? If it is, empty it with the tools of its provider", c.Bucket, c.shown(), strays.Objects)
	}
	if err != nil {
		return err
	}
	if strays.Objects == 0 {
		fmt.Fprintf(con.out, "The database %s knows all objects of the bucket.\n", c.shown())
		return nil
	}
	done := "Delete them with --delete, unless another database uses this bucket."
	if c.Delete {
		done = "They are deleted."
	}
	fmt.Fprintf(con.out, "Objects of the bucket that the database %s does not know: %d, with %d bytes, written from %s to %s. %s\n", c.shown(),
		strays.Objects, strays.Bytes, strays.First.UTC().Format(time.RFC3339), strays.Last.UTC().Format(time.RFC3339), done)
	return nil
}
