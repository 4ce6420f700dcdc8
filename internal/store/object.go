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

// Objects is a bucket for traces and waiting videos, outside the database. Its objects are sealed.
type Objects interface {
	// Put returns when the object is durable.
	Put(ctx context.Context, name string, data []byte) error
	// Get returns [fs.ErrNotExist] if there is no such object.
	Get(ctx context.Context, name string) ([]byte, error)
	// Delete succeeds if there is no such object.
	Delete(ctx context.Context, name string) error
	// Expect names an object that a folder always contains: while that object is missing, the folder's disk counts as not mounted.
	Expect(name string)
	// List calls each with every object whose name begins with a prefix: its size in bytes, and when it was written.
	List(ctx context.Context, prefix string, each func(name string, size int64, at time.Time) error) error
}

// SetBucket makes the store keep new traces and waiting videos in a bucket. Those that are in the database stay there, and are
// read as before. Call it before the store is used.
func (s *Store) SetBucket(o Objects) { s.objects = o }

// ErrNoBucket means that the database refers to objects of a bucket, but no bucket was named.
var ErrNoBucket = errors.New("the database keeps traces or videos in a bucket: name it with --bucket")

// ErrNotItsBucket means that the bucket is not the one with the database's objects, or that its disk is not mounted.
var ErrNotItsBucket = errors.New("this is not the bucket in which the database keeps traces and videos, or its disk is not mounted")

// CheckBucket returns [ErrNoBucket] if the database needs a bucket and none was named, and [ErrNotItsBucket] if another one
// was named. A bucket that cannot be read at the moment is not checked.
func (s *Store) CheckBucket(ctx context.Context) error {
	q := s.q()
	if s.objects == nil {
		n, err := q.AnyObject(ctx)
		if err == nil && n > 0 {
			err = ErrNoBucket
		}
		return err
	}
	mark, err := q.GetBucketMark(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = s.hasObjects(ctx, q)
	case err == nil:
		if _, err = s.objects.Get(ctx, mark); errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: it has no object %s", ErrNotItsBucket, mark)
		}
		if err == nil {
			s.objects.Expect(mark)
		}
	}
	if blush.KindOf(err) == blush.Unavailable {
		return nil
	}
	return err
}

// RecogniseBucket is [Store.CheckBucket] for a server. The first one writes an object to the bucket, by which the database
// recognises it from then on; while the bucket does not respond or is full, there is none. A database without such a mark that refers to
// objects, e.g. of an earlier version, marks only a bucket that has them.
func (s *Store) RecogniseBucket(ctx context.Context) error {
	if s.objects != nil {
		_, err := s.q().GetBucketMark(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			err = s.markBucket(ctx)
		}
		if err != nil && blush.KindOf(err) != blush.Unavailable && Fault(err) == nil {
			return err
		}
	}
	return s.CheckBucket(ctx)
}

func (s *Store) markBucket(ctx context.Context) error {
	mark := "mark/" + blush.NewID()
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		first, err := q.KeepBucketMark(ctx, mark)
		if err != nil || first == 0 {
			return err
		}
		if err := s.hasObjects(ctx, q); err != nil {
			return err
		}
		return s.objects.Put(ctx, mark, []byte("A database of Blush recognises its bucket by this object.\n"))
	})
}

// hasObjects returns [ErrNotItsBucket] if the bucket has none of the oldest and newest objects of scans.
func (s *Store) hasObjects(ctx context.Context, q *query.Queries) error {
	names, err := q.ObjectsOfScans(ctx)
	if err != nil || len(names) == 0 {
		return err
	}
	for _, name := range names {
		if _, err := s.objects.Get(ctx, name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return fmt.Errorf("%w: it has none of the objects that were looked for, such as %s", ErrNotItsBucket, names[0])
}

// The database lists an object from before it is written to the bucket until after it is deleted there. So whenever a process
// dies, an object that it leaves in the bucket belongs to something, or [Store.SweepObjects] finds it.

// The names of objects begin with what they are.
const (
	tracePrefix = "trace/"
	videoPrefix = "video/"
)

// strayObject is the age from which an object that never belonged to anything is considered left by a dead process.
const strayObject = time.Hour

// detached returns ctx without its transaction, so that what is written about an object stays if that is rolled back.
func detached(ctx context.Context) context.Context {
	return context.WithValue(ctx, transactionKey{}, (*Transaction)(nil))
}

// putObject stores an object in the bucket that nothing refers to yet. It must run before the first write of a transaction,
// because SQLite has only one connection that writes.
func (s *Store) putObject(ctx context.Context, data []byte) (name string, err error) {
	name = tracePrefix + blush.NewID()
	err = s.tx(detached(ctx), func(q *query.Queries, _ *sql.Tx) error {
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

// releaseObject deletes an object that nothing refers to. If that fails, it is swept later.
func (s *Store) releaseObject(ctx context.Context, name string) {
	ctx = context.WithoutCancel(detached(ctx))
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error { return q.ReleaseObject(ctx, name) })
	if err == nil {
		_ = s.SweepObjects(ctx)
	}
}

// claimObject assigns an object to its scan, in the transaction that stores the scan.
func claimObject(ctx context.Context, q *query.Queries, name, scanID string) error {
	n, err := q.ClaimObject(ctx, query.ClaimObjectParams{ScanID: &scanID, Name: name})
	if err == nil && n == 0 {
		err = fmt.Errorf("object %s was released while it was written", name)
	}
	return err
}

// noBucketPause is how long what needs the bucket waits on a server without one.
const noBucketPause = 5 * time.Second

// getObject reads the object that a row refers to.
func (s *Store) getObject(ctx context.Context, name string) ([]byte, error) {
	if s.objects == nil { // another server may have a bucket: what is read may be read there
		return nil, &blush.Error{Kind: blush.Unavailable, Message: "This server has no store of recordings.", Cause: ErrNoBucket, RetryAfter: noBucketPause}
	}
	b, err := s.objects.Get(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("object %s is missing from the bucket: %w", name, errDamaged)
	}
	return b, err
}

// objectsSwept is how many objects one query lists, and sweepTime is the longest time for the sweep after a request.
const (
	objectsSwept = 100
	sweepTime    = 10 * time.Second
)

// SweepObjects deletes the objects that no longer belong to anything from the bucket. Several processes may call it at the same time.
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

// sweepSoon deletes what an erasure has left in the bucket, after its commit. The next
// sweep deletes the rest if its time is not enough.
func (s *Store) sweepSoon(ctx context.Context) {
	if s.objects == nil {
		return
	}
	_ = s.After(ctx, func(ctx context.Context) error { // no error: the erasure itself has succeeded
		ctx, cancel := context.WithTimeout(context.WithoutCancel(detached(ctx)), sweepTime)
		defer cancel()
		_ = s.SweepObjects(ctx)
		return nil
	})
}

// Strays are the objects of the bucket that the database does not know.
type Strays struct {
	Objects     int
	Bytes       int64
	First, Last time.Time // when the oldest and the newest of them was written
}

// ErrOtherBucket means that the database knows none of the objects in the bucket, so that it is probably not their database.
var ErrOtherBucket = errors.New("the database knows none of the objects in the bucket")

// StrayObjects counts the objects of the bucket that the database does not know, and deletes them if remove is set. The servers
// leave none: each object is in the database from before it is written until after it is deleted. But a database that was
// restored does not know the objects that are newer than its backup. If it knows none at all, nothing is deleted, and the error
// is [ErrOtherBucket]. Objects whose names are not those of traces and videos are passed over.
func (s *Store) StrayObjects(ctx context.Context, remove bool) (Strays, error) {
	var out Strays
	if s.objects == nil {
		return out, ErrNoBucket
	}
	var names []string
	known := 0
	for _, prefix := range []string{tracePrefix, videoPrefix} {
		err := s.objects.List(ctx, prefix, func(name string, size int64, at time.Time) error {
			n, err := s.q().KnowsObject(ctx, name)
			if err != nil {
				return err
			}
			known += int(n)
			if n > 0 {
				return nil
			}
			if out.Objects == 0 || at.Before(out.First) {
				out.First = at
			}
			if at.After(out.Last) {
				out.Last = at
			}
			out.Objects++
			out.Bytes += size
			names = append(names, name)
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	if !remove || len(names) == 0 {
		return out, nil
	}
	if known == 0 {
		return out, ErrOtherBucket
	}
	for _, name := range names {
		if err := s.objects.Delete(ctx, name); err != nil {
			return out, err
		}
	}
	return out, nil
}
