// Package bucket keeps objects outside the database: in a folder, or in a bucket of
// S3, Google Cloud Storage or Azure. It stores the bytes that it is given unchanged:
// its callers encrypt them first.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"blush.example/blush/internal/blush"
)

// objectTimeout is how long one read or write may take. An object has at most a few MiB.
const objectTimeout = 30 * time.Second

// listPage is how many objects of a list are read at once. S3 gives no more.
const listPage = 1000

// Bucket is an open bucket, for use by several goroutines.
type Bucket struct {
	objects  atomic.Pointer[blob.Bucket] // nil while a folder is missing
	folder   string                      // the folder's path; empty for other buckets
	expected atomic.Pointer[string]      // see [Bucket.Expect]
	making   sync.Mutex                  // of the folder
}

// Open opens a bucket by the path of a folder, or by a URL of the Go Cloud Development
// Kit: s3://NAME, gs://NAME, azblob://NAME. It reaches no network: see [Bucket.Check].
// A folder that does not exist is made by the first [Bucket.Put], and is empty until then.
func Open(ctx context.Context, place string) (*Bucket, error) {
	folder, u, err := placeOf(place)
	if err != nil {
		return nil, err
	}
	if u != nil {
		objects, err := blob.OpenBucket(ctx, u.String())
		if cause := errors.Unwrap(err); cause != nil { // the whole error shows the URL
			err = cause
		}
		if err != nil {
			return nil, fmt.Errorf("bucket %s://%s: %w", u.Scheme, u.Host, err)
		}
		b := &Bucket{}
		b.objects.Store(objects)
		return b, nil
	}
	b := &Bucket{folder: folder}
	if _, err := b.opened(false); err != nil {
		return nil, err
	}
	return b, nil
}

// opened returns the open bucket. If its folder does not exist, it makes the folder, or returns nil unless makeFolder is set.
func (b *Bucket) opened(makeFolder bool) (*blob.Bucket, error) {
	if o := b.objects.Load(); o != nil {
		return o, nil
	}
	b.making.Lock()
	defer b.making.Unlock()
	if o := b.objects.Load(); o != nil {
		return o, nil
	}
	if _, err := os.Stat(b.folder); errors.Is(err, fs.ErrNotExist) && !makeFolder {
		return nil, nil
	}
	o, err := fileblob.OpenBucket(b.folder, &fileblob.Options{CreateDir: makeFolder, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", b.folder, err)
	}
	b.objects.Store(o)
	return o, nil
}

// Missing says whether the bucket is a folder that does not exist.
func (b *Bucket) Missing() bool {
	if b.folder == "" {
		return false
	}
	_, err := os.Stat(b.folder)
	return errors.Is(err, fs.ErrNotExist)
}

// Close ends its connections.
func (b *Bucket) Close() error {
	if o := b.objects.Load(); o != nil {
		return o.Close()
	}
	return nil
}

// Expect names an object that a folder always contains. While that object is missing, the folder's disk counts as not mounted:
// Put and List fail, and Get and Delete report no object as missing. For other buckets Expect does nothing.
func (b *Bucket) Expect(name string) {
	if b.folder != "" {
		b.expected.Store(&name)
	}
}

// mounted fails while the expected object of a folder is missing.
func (b *Bucket) mounted() error {
	name := b.expected.Load()
	if name == nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(b.folder, filepath.FromSlash(*name))); err != nil {
		return fault(fmt.Errorf("bucket %s: its disk is not mounted: %s", b.folder, err.Error())) // not [fs.ErrNotExist]: that is said of what was asked for
	}
	return nil
}

// Put writes an object and returns when it is durable.
func (b *Bucket) Put(ctx context.Context, name string, data []byte) error {
	if err := b.mounted(); err != nil {
		return err
	}
	objects, err := b.opened(true)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, objectTimeout)
	defer cancel()
	err = objects.WriteAll(ctx, name, data, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err == nil && b.folder != "" {
		file := filepath.Join(b.folder, filepath.FromSlash(name))
		err = errors.Join(os.Chmod(file, 0o600), flush(file), flush(filepath.Dir(file)), flush(b.folder))
	}
	return fault(err)
}

// flush returns when a file, or the list of a folder's files, is on the disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get reads an object. The error is [fs.ErrNotExist] if there is none of that name.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	objects, err := b.opened(false)
	if err != nil {
		return nil, fault(err)
	}
	ctx, cancel := context.WithTimeout(ctx, objectTimeout)
	defer cancel()
	var data []byte
	if objects != nil {
		data, err = objects.ReadAll(ctx, name)
	}
	if objects == nil || gcerrors.Code(err) == gcerrors.NotFound {
		if err := b.mounted(); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("object %s: %w", name, fs.ErrNotExist)
	}
	return data, fault(err)
}

// Delete deletes an object, if it is there.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	objects, err := b.opened(false)
	if err != nil || objects == nil {
		return errors.Join(fault(err), b.mounted())
	}
	ctx, cancel := context.WithTimeout(ctx, objectTimeout)
	defer cancel()
	err = objects.Delete(ctx, name)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return b.mounted()
	}
	return fault(err)
}

// List calls each with every object whose name begins with a prefix: its name, its size in bytes, and when it was written.
func (b *Bucket) List(ctx context.Context, prefix string, each func(name string, size int64, at time.Time) error) error {
	if err := b.mounted(); err != nil {
		return err
	}
	objects, err := b.opened(false)
	if err != nil || objects == nil {
		return fault(err)
	}
	for token := blob.FirstPageToken; len(token) > 0; {
		page, next, err := nextPage(ctx, objects, prefix, token)
		if err != nil {
			return err
		}
		token = next
		for _, o := range page {
			if err := each(o.Key, o.Size, o.ModTime); err != nil {
				return err
			}
		}
	}
	return nil
}

// nextPage returns the next objects of a list, and the token of the page after them.
func nextPage(ctx context.Context, objects *blob.Bucket, prefix string, token []byte) ([]*blob.ListObject, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, objectTimeout)
	defer cancel()
	page, next, err := objects.ListPage(ctx, token, listPage, &blob.ListOptions{Prefix: prefix})
	return page, next, fault(err)
}

// Check writes an object, reads it and deletes it.
func (b *Bucket) Check(ctx context.Context) error {
	name, text := "check/"+blush.NewID(), "blush"
	if err := b.Put(ctx, name, []byte(text)); err != nil {
		return err
	}
	data, err := b.Get(ctx, name)
	if err == nil && string(data) != text {
		err = errors.New("the object that was read is not the one that was written")
	}
	return errors.Join(err, b.Delete(ctx, name))
}

// fault turns a bucket's error into one that says it may pass, and when to retry. The store itself reports a full disk.
func fault(err error) error {
	if err == nil || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, context.Canceled) {
		return err
	}
	return &blush.Error{Kind: blush.Unavailable, Message: "The server's store of recordings does not answer as it should.", Cause: err, RetryAfter: 5 * time.Second}
}
