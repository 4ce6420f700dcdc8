package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// Objects is a bucket, in which traces and waiting videos live beside the database. What it holds is sealed.
type Objects interface {
	// Put returns when the object is durable.
	Put(ctx context.Context, name string, data []byte) error
	// Get is [fs.ErrNotExist] for an object that is not there.
	Get(ctx context.Context, name string) ([]byte, error)
	// Delete is fine with an object that is not there.
	Delete(ctx context.Context, name string) error
}

// KeepIn has traces and waiting videos that come from now on kept in a bucket. What is in the database stays there, and is
// read as before. It is called before the store is used.
func (s *Store) KeepIn(o Objects) { s.objects = o }

// ErrNoBucket means that the database refers to objects of a bucket, and none was named.
var ErrNoBucket = errors.New("the database keeps traces or videos in a bucket: name it with --bucket")

// CheckBucket is [ErrNoBucket] where a bucket is needed that was not named.
func (s *Store) CheckBucket(ctx context.Context) error {
	if s.objects != nil {
		return nil
	}
	n, err := s.q().AnyObject(ctx)
	if err == nil && n > 0 {
		err = ErrNoBucket
	}
	return err
}

// An object is written in the database before it is in the bucket, and until after it has left it, so that whenever a process
// dies, what it leaves in the bucket belongs to something or is in the list of [Store.SweepObjects].

// strayObject is how old an object must be that never belonged to anything to be a dead process's.
const strayObject = time.Hour

// apart is ctx outside of its transaction: what is written of an object stays, whatever becomes of that.
func apart(ctx context.Context) context.Context {
	return context.WithValue(ctx, transactionKey{}, (*Transaction)(nil))
}

// putObject keeps something in the bucket that nothing refers to yet. It must run before a transaction has reached the
// database: SQLite has one connection that writes.
func (s *Store) putObject(ctx context.Context, data []byte) (name string, err error) {
	name = "trace/" + blush.NewID()
	err = s.tx(apart(ctx), func(q *query.Queries, _ *sql.Tx) error {
		return q.InsertObject(ctx, query.InsertObjectParams{Name: name, CreatedAt: millis(time.Now())})
	})
	if err != nil {
		return "", err
	}
	if err := s.objects.Put(ctx, name, data); err != nil {
		s.releaseObject(ctx, name)
		return "", err
	}
	return name, nil
}

// releaseObject gives up an object that nothing came to refer to. Where that fails, it is swept later.
func (s *Store) releaseObject(ctx context.Context, name string) {
	ctx = context.WithoutCancel(apart(ctx))
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error { return q.ReleaseObject(ctx, name) })
	if err == nil {
		_ = s.SweepObjects(ctx)
	}
}

// claimObject gives an object to its scan, in the transaction that stores that.
func claimObject(ctx context.Context, q *query.Queries, name, scanID string) error {
	n, err := q.ClaimObject(ctx, query.ClaimObjectParams{ScanID: &scanID, Name: name})
	if err == nil && n == 0 {
		err = fmt.Errorf("object %s was given up while it was written", name)
	}
	return err
}

// getObject reads what a row refers to.
func (s *Store) getObject(ctx context.Context, name string) ([]byte, error) {
	if s.objects == nil {
		return nil, ErrNoBucket
	}
	b, err := s.objects.Get(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("object %s is missing from the bucket: %w", name, errDamaged)
	}
	return b, err
}

// objectsSwept is how many objects one look finds, and sweepTime how long the sweep behind a request may take.
const (
	objectsSwept = 100
	sweepTime    = 10 * time.Second
)

// SweepObjects deletes from the bucket what belongs to nothing any more. Several processes may at once.
func (s *Store) SweepObjects(ctx context.Context) error {
	if s.objects == nil {
		return nil
	}
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		return q.AbandonObjects(ctx, millis(time.Now().Add(-strayObject)))
	})
	for err == nil {
		var names []string
		if names, err = s.q().FreeObjects(ctx, objectsSwept); err != nil || len(names) == 0 {
			break
		}
		for _, name := range names {
			if err = s.objects.Delete(ctx, name); err != nil {
				return err
			}
			if err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error { return q.DeleteObject(ctx, name) }); err != nil {
				return err
			}
		}
	}
	return err
}

// sweepSoon deletes from the bucket what an erasure has left there, after its commit. What it does not
// get to, the next sweep does.
func (s *Store) sweepSoon(ctx context.Context) {
	if s.objects == nil {
		return
	}
	_ = s.After(ctx, func(ctx context.Context) error { // it never fails: what was erased is erased
		ctx, cancel := context.WithTimeout(context.WithoutCancel(apart(ctx)), sweepTime)
		defer cancel()
		_ = s.SweepObjects(ctx)
		return nil
	})
}
