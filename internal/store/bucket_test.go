package store_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/schema"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/bucket"
	"blush.example/blush/internal/seal"
	"blush.example/blush/internal/store"
)

// place is a bucket; held returns its objects by name.
type place struct {
	url  string
	held func() map[string][]byte
}

func aFolder(t *testing.T) place {
	dir := filepath.Join(t.TempDir(), "objects")
	return place{dir, func() map[string][]byte {
		out := map[string][]byte{}
		must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s may be read by others: %s", p, info.Mode())
			}
			b, failed := os.ReadFile(p)
			out[strings.TrimPrefix(filepath.ToSlash(p), filepath.ToSlash(dir)+"/")] = b
			return errors.Join(err, failed)
		}))
		return out
	}}
}

// anS3 is a server of the S3 protocol in this process.
func anS3(t *testing.T) place {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	backend := s3mem.New()
	must(t, backend.CreateBucket("recordings"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return place{"s3://recordings?region=us-east-1&use_path_style=true&endpoint=" + server.URL, func() map[string][]byte {
		list, err := backend.ListBucket("recordings", nil, gofakes3.ListBucketPage{})
		must(t, err)
		out := map[string][]byte{}
		for _, o := range list.Contents {
			object, err := backend.GetObject("recordings", o.Key, nil)
			must(t, err)
			var b bytes.Buffer
			_, err = b.ReadFrom(object.Contents)
			must(t, err)
			out[o.Key] = b.Bytes()
		}
		return out
	}}
}

func onBuckets(t *testing.T, test func(t *testing.T, url string, p place)) {
	t.Run("folder, sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "blush.db"), aFolder(t)) })
	t.Run("S3, postgres", func(t *testing.T) { test(t, pgtest.URL(t, "store", schema.Migrate), anS3(t)) })
}

func openWith(t *testing.T, url string, p place) *store.Store {
	t.Helper()
	st := open(t, url)
	b := opened(t, p)
	must(t, b.Check(t.Context()))
	st.SetBucket(b)
	return st
}

func opened(t *testing.T, p place) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(t.Context(), p.url)
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// Traces and waiting videos are stored in the bucket, sealed. They are deleted with the scan, the user or the upload that they
// belong to, and when they expire. When a key is replaced, they are sealed again there.
func TestBucket(t *testing.T) {
	onBuckets(t, func(t *testing.T, url string, p place) {
		ctx, st := t.Context(), openWith(t, url, p)
		holds := func(when string, traces, videos int) {
			t.Helper()
			got := map[string]int{}
			for name, b := range p.held() {
				kind, _, _ := strings.Cut(name, "/")
				got[kind]++
				if bytes.Contains(b, []byte("0.123456789")) || kind == "trace" && len(b) == 0 {
					t.Errorf("%s: %s is not sealed: %q", when, name, b)
				}
			}
			if got["trace"] != traces || got["video"] != videos || len(got) > 2 {
				t.Errorf("%s: the bucket contains %v, want %d traces and %d parts of videos", when, got, traces, videos)
			}
		}
		c := aCustomer(t, st, "ACME")
		anna, ben := aPerson(t, st, c, "anna"), aPerson(t, st, c, "ben")
		holds("two scans", 2, 0)
		anna.check(t, st)
		_, created, err := st.CreateScan(ctx, anna.scan, map[store.Data][]byte{store.TraceData: []byte(traceText)}, anAccess("scan.create"))
		if err != nil || created {
			t.Errorf("the same scan again: %v, %v", created, err)
		}
		holds("the same scan again", 2, 0)

		must(t, st.BeginUpload(ctx, store.Upload{ID: "up", UserID: anna.user.ID, CreatedAt: epoch}))
		for seq := range int64(2) {
			must(t, st.AddChunk(ctx, "up", seq, []byte{0, byte(seq)}))
		}
		holds("a video", 2, 2)
		for seq := range int64(3) {
			b, ok, err := st.Chunk(ctx, "up", seq)
			if err != nil || ok != (seq < 2) || ok && !bytes.Equal(b, []byte{0, byte(seq)}) {
				t.Errorf("chunk %d: %v, %v, %v", seq, b, ok, err)
			}
		}
		waiting := aScan(anna.user, epoch)
		waiting.Status, waiting.Result = blush.Processing, nil
		_, _, err = st.CreateVideoScan(ctx, waiting, "up", noteArgs{waiting.ID}, anAccess("scan.create"))
		must(t, err)
		waiting.Status, waiting.Result = blush.Done, anna.scan.Result
		finished, err := st.FinishScan(ctx, waiting, map[store.Data][]byte{store.TraceData: []byte(traceText)})
		if err != nil || !finished {
			t.Errorf("finished %v, %v", finished, err)
		}
		holds("the video is analysed", 3, 0)
		must(t, st.BeginUpload(ctx, store.Upload{ID: "dropped", UserID: anna.user.ID, CreatedAt: epoch}))
		must(t, st.AddChunk(ctx, "dropped", 0, []byte{1}))
		must(t, st.DropUpload(ctx, "dropped"))
		holds("an upload is given up", 3, 0)

		// An object that replaces another one does not open.
		b, err := bucket.Open(ctx, p.url)
		must(t, err)
		defer b.Close()
		all := p.held()
		var names []string
		for name := range all {
			names = append(names, name)
		}
		for i, name := range names {
			must(t, b.Put(ctx, name, all[names[(i+1)%len(names)]]))
		}
		for _, id := range []string{anna.scan.ID, ben.scan.ID, waiting.ID} {
			if _, err := st.ScanData(ctx, id, store.TraceData); !errors.Is(err, seal.ErrSealed) {
				t.Errorf("the trace of another scan: %v", err)
			}
		}
		for name, object := range all {
			must(t, b.Put(ctx, name, object))
		}

		before := p.held()
		rotate(t, st, c, epoch.Add(time.Hour))
		reseal(t, st)
		holds("the key is replaced", 3, 0)
		for name := range p.held() {
			if before[name] != nil {
				t.Errorf("%s is sealed with the old key", name)
			}
		}
		if left, err := st.DropReplacedKeys(ctx, epoch.Add(48*time.Hour)); left != 0 || err != nil {
			t.Errorf("%d keys left, %v", left, err)
		}
		anna.check(t, st)
		ben.check(t, st)

		must(t, st.DeleteScan(ctx, waiting.ID, anna.user.ID, anAccess("scan.delete")))
		holds("a scan is erased", 2, 0)
		must(t, st.DeleteUser(ctx, c.ID, blush.Dev, anna.user.ID, anAccess("user.delete")))
		holds("a user is erased", 1, 0)
		if _, err := st.DropExpired(ctx, c.ID, store.ExpiringTraces, epoch.Add(time.Hour), anAccess(blush.RetentionDelete)); err != nil {
			t.Error(err)
		}
		holds("traces have expired", 0, 0)
		if _, err := st.ScanData(ctx, ben.scan.ID, store.WaveformData); err != nil {
			t.Errorf("the waves of a scan whose trace has expired: %v", err)
		}

		// A process that does not name the bucket gets an error. What it erases is deleted from the bucket later.
		zoe := aPerson(t, st, c, "zoe")
		without := open(t, url)
		if err := without.CheckBucket(ctx); !errors.Is(err, store.ErrNoBucket) {
			t.Errorf("without the bucket: %v", err)
		}
		if _, err := without.ScanData(ctx, zoe.scan.ID, store.TraceData); !errors.Is(err, store.ErrNoBucket) {
			t.Errorf("without the bucket: %v", err)
		}
		must(t, without.DeleteUser(ctx, c.ID, blush.Dev, zoe.user.ID, anAccess("user.delete")))
		must(t, st.SweepObjects(ctx))
		holds("erased by a process without the bucket", 0, 0)
	})
}

// cut is a bucket whose process dies after Put: the object is stored, and nothing after it happens.
type cut struct{ *bucket.Bucket }

var errCut = errors.New("the process is dead")

func (c cut) Put(ctx context.Context, name string, data []byte) error {
	if err := c.Bucket.Put(ctx, name, data); err != nil {
		return err
	}
	panic(errCut)
}

// Wherever in a submission a process dies, what it left in the bucket is deleted later.
func TestBucketAfterACrash(t *testing.T) {
	onBuckets(t, func(t *testing.T, url string, p place) {
		ctx, st := t.Context(), openWith(t, url, p)
		c := aCustomer(t, st, "ACME")
		u := aUser(t, st, c, ptr("anna"), epoch)
		submit := func(st *store.Store) {
			_, _, err := st.CreateScan(ctx, aScan(u, epoch), map[store.Data][]byte{store.TraceData: []byte(traceText)}, anAccess("scan.create"))
			must(t, err)
		}
		dies := func(do func(st *store.Store)) {
			t.Helper()
			b, err := bucket.Open(ctx, p.url)
			must(t, err)
			defer b.Close()
			dying := open(t, url)
			dying.SetBucket(cut{b})
			defer func() {
				if v := recover(); v != errCut {
					t.Errorf("it did not die in the bucket: %v", v)
				}
			}()
			do(dying)
		}
		dies(submit)
		must(t, st.BeginUpload(ctx, store.Upload{ID: "up", UserID: u.ID, CreatedAt: epoch}))
		dies(func(st *store.Store) { _ = st.AddChunk(ctx, "up", 0, []byte{1}) })
		// And between the object and the commit.
		within, tx := st.Begin(ctx)
		submit2 := aScan(u, epoch)
		_, _, err := st.CreateScan(within, submit2, map[store.Data][]byte{store.TraceData: []byte(traceText)}, anAccess("scan.create"))
		must(t, err)
		tx.Rollback()
		submit(st) // one that succeeds
		if n := len(p.held()); n != 4 {
			t.Fatalf("%d objects, want 4: this test proves nothing", n)
		}
		must(t, st.SweepObjects(ctx))
		if n := len(p.held()); n != 4 {
			t.Errorf("%d objects are left: one of a running submission was deleted", n)
		}
		_, err = st.DropStrayUploads(ctx, time.Now())
		must(t, err)
		must(t, st.Exec(ctx, "UPDATE object SET created_at = 0"))
		must(t, st.SweepObjects(ctx))
		if n := len(p.held()); n != 1 {
			t.Errorf("%d objects are left, want only that of the scan", n)
		}
		if rows := collectNames(t, st); rows != 1 {
			t.Errorf("%d objects are still listed", rows)
		}
	})
}

func collectNames(t *testing.T, st *store.Store) int {
	t.Helper()
	dump, err := st.Dump(t.Context())
	must(t, err)
	return strings.Count("\n"+dump, "\nobject ")
}

// A restored database does not know the objects that are newer than its backup. They are found and deleted, and nothing else is.
func TestStrayObjects(t *testing.T) {
	onBuckets(t, func(t *testing.T, url string, p place) {
		ctx, st := t.Context(), openWith(t, url, p)
		if _, err := open(t, url).StrayObjects(ctx, true); !errors.Is(err, store.ErrNoBucket) {
			t.Errorf("without the bucket: %v", err)
		}
		b, err := bucket.Open(ctx, p.url)
		must(t, err)
		defer b.Close()
		newer := map[string]int{"trace/0190": 3, "video/0191": 4}
		for name, size := range newer {
			must(t, b.Put(ctx, name, make([]byte, size)))
		}
		must(t, b.Put(ctx, "other/1", []byte{1}))
		if found, err := st.StrayObjects(ctx, true); !errors.Is(err, store.ErrOtherBucket) || found.Objects != 2 {
			t.Errorf("a database that knows no object: %+v, %v", found, err)
		}
		c := aCustomer(t, st, "ACME")
		anna := aPerson(t, st, c, "anna")
		must(t, st.BeginUpload(ctx, store.Upload{ID: "up", UserID: anna.user.ID, CreatedAt: epoch}))
		must(t, st.AddChunk(ctx, "up", 0, []byte{1}))
		for _, remove := range []bool{false, true} {
			if n := len(p.held()); n != 5 {
				t.Fatalf("%d objects, want 5", n)
			}
			found, err := st.StrayObjects(ctx, remove)
			if err != nil || found.Objects != 2 || found.Bytes != 7 || found.First.IsZero() || found.Last.Before(found.First) {
				t.Errorf("remove %v: %+v, %v", remove, found, err)
			}
		}
		held := p.held()
		for name := range newer {
			if _, there := held[name]; there {
				t.Errorf("%s is still there", name)
			}
		}
		if len(held) != 3 || held["other/1"] == nil {
			t.Errorf("%d objects, want the trace, the part of a video and the foreign one", len(held))
		}
		anna.check(t, st)
		if found, err := st.StrayObjects(ctx, true); err != nil || found != (store.Strays{}) {
			t.Errorf("again: %+v, %v", found, err)
		}
	})
}

// A database recognises its bucket. While the disk of a folder is not mounted, nothing is written to where it should be, no
// trace counts as damaged, and no object as deleted.
func TestOtherBucket(t *testing.T) {
	onBuckets(t, func(t *testing.T, url string, p place) {
		ctx, st := t.Context(), openWith(t, url, p)
		for range 2 { // every server does so when it starts
			must(t, st.RecogniseBucket(ctx))
		}
		c := aCustomer(t, st, "ACME")
		anna, ben := aPerson(t, st, c, "anna"), aPerson(t, st, c, "ben")
		if got := len(p.held()); got != 3 {
			t.Errorf("%d objects, want the mark and two traces", got)
		}
		restored := open(t, filepath.Join(t.TempDir(), "restored.db"))
		if copied, err := st.CopyTo(ctx, restored); err != nil || copied["bucket"].Rows != 1 {
			t.Errorf("a copy of the database: %v, %v", copied["bucket"], err)
		}
		if restored.SetBucket(opened(t, p)); restored.RecogniseBucket(ctx) != nil {
			t.Error("the copy does not take its bucket")
		}
		if other := openWith(t, url, aFolder(t)); !errors.Is(other.CheckBucket(ctx), store.ErrNotItsBucket) {
			t.Error("another bucket is taken for it")
		}
		if strings.Contains(p.url, "://") {
			return
		}

		away := p.url + " is away"
		must(t, os.Rename(p.url, away))
		must(t, st.DeleteUser(ctx, c.ID, blush.Dev, ben.user.ID, anAccess("user.delete")))
		for _, empty := range []bool{false, true} { // no folder, and an empty one where the disk should be
			if empty {
				must(t, os.Mkdir(p.url, 0o700))
			}
			_, reading := st.ScanData(ctx, anna.scan.ID, store.TraceData)
			_, _, writing := st.CreateScan(ctx, aScan(anna.user, epoch.Add(time.Hour)), map[store.Data][]byte{store.TraceData: []byte(traceText)}, anAccess("scan.create"))
			for _, err := range []error{reading, writing} {
				if blush.KindOf(err) != blush.Unavailable {
					t.Errorf("without its disk: %v", err)
				}
			}
			if empty && len(p.held()) > 0 {
				t.Errorf("written beside its disk: %v", p.held())
			}
		}
		must(t, os.Remove(p.url))
		must(t, os.Rename(away, p.url))
		anna.check(t, st)
		must(t, st.SweepObjects(ctx))
		if got := len(p.held()); got != 2 {
			t.Errorf("%d objects, want the mark and the trace of the user who was not erased", got)
		}
	})
}

// A database that has objects but no mark, from a version before there were marks, takes only the bucket that has them.
// Before, the first folder was marked: while a disk was not mounted, that was the empty one, and later the right one was refused.
func TestBucketOfAnEarlierVersion(t *testing.T) {
	onBuckets(t, func(t *testing.T, url string, p place) {
		ctx, st := t.Context(), openWith(t, url, p)
		anna := aPerson(t, st, aCustomer(t, st, "ACME"), "anna")
		for _, recognise := range []func(context.Context) error{openWith(t, url, aFolder(t)).RecogniseBucket, openWith(t, url, aFolder(t)).CheckBucket} {
			if err := recognise(ctx); !errors.Is(err, store.ErrNotItsBucket) {
				t.Errorf("an empty folder: %v", err)
			}
		}
		must(t, openWith(t, url, p).CheckBucket(ctx))
		must(t, openWith(t, url, p).RecogniseBucket(ctx))
		anna.check(t, st)
		if got := len(p.held()); got != 2 {
			t.Errorf("%d objects, want the mark and the trace", got)
		}
	})
}

// A process without the bucket says so, and that another one can do it.
func TestServerWithoutItsBucket(t *testing.T) {
	onBuckets(t, func(t *testing.T, url string, p place) {
		ctx, st := t.Context(), openWith(t, url, p)
		without := open(t, url)
		must(t, without.RecogniseBucket(ctx))
		anna := aPerson(t, st, aCustomer(t, st, "ACME"), "anna")
		if _, err := without.ScanData(ctx, anna.scan.ID, store.TraceData); !errors.Is(err, store.ErrNoBucket) || blush.KindOf(err) != blush.Unavailable {
			t.Errorf("a trace: %v", err)
		}
		if err := without.RecogniseBucket(ctx); !errors.Is(err, store.ErrNoBucket) {
			t.Errorf("the bucket: %v", err)
		}
	})
}

// fullBucket is a bucket that takes nothing more.
type fullBucket struct{ *bucket.Bucket }

func (fullBucket) Put(context.Context, string, []byte) error { return syscall.ENOSPC }

// A server starts with a full bucket, and marks it when there is room.
func TestFullBucketIsMarkedLater(t *testing.T) {
	onBuckets(t, func(t *testing.T, url string, p place) {
		ctx, st := t.Context(), openWith(t, url, p)
		b, err := bucket.Open(ctx, p.url)
		must(t, err)
		defer b.Close()
		starts := open(t, url)
		starts.SetBucket(fullBucket{b})
		must(t, starts.RecogniseBucket(ctx))
		if got := len(p.held()); got != 0 {
			t.Errorf("%d objects, want none", got)
		}
		for range 2 {
			must(t, st.RecogniseBucket(ctx))
		}
		if got := len(p.held()); got != 1 {
			t.Errorf("%d objects, want the mark", got)
		}
	})
}
