package scan_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/scan"
)

// shelf is a bucket that may be away.
type shelf struct {
	mu   sync.Mutex
	held map[string][]byte
	away bool
}

func (s *shelf) do(f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return blush.E(blush.Unavailable, "away")
	}
	f()
	return nil
}

func (s *shelf) Put(_ context.Context, name string, data []byte) error {
	return s.do(func() { s.held[name] = bytes.Clone(data) })
}

func (s *shelf) Get(_ context.Context, name string) (data []byte, err error) {
	err = s.do(func() { data = s.held[name] })
	if err == nil && data == nil {
		err = fs.ErrNotExist
	}
	return data, err
}

func (s *shelf) Expect(string) {}

func (s *shelf) Delete(_ context.Context, name string) error {
	return s.do(func() { delete(s.held, name) })
}

func (s *shelf) List(_ context.Context, prefix string, each func(name string, size int64, at time.Time) error) error {
	var held map[string][]byte
	if err := s.do(func() { held = maps.Clone(s.held) }); err != nil {
		return err
	}
	for name, data := range held {
		if strings.HasPrefix(name, prefix) {
			if err := each(name, int64(len(data)), time.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// While the bucket is away, scans are refused so that they are sent again, and a video that waits loses no attempt; neither does
// one that a server without the bucket takes up. Before, five attempts of such a server made the video fail.
func TestBucketAway(t *testing.T) {
	w, ctx := sqlite(t), t.Context()
	b := &shelf{held: map[string][]byte{}}
	w.store.SetBucket(b)
	if err := os.MkdirAll(w.temp, 0o700); err != nil { // as Start does
		t.Fatal(err)
	}
	video, _, err := w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{Filename: "a.mjpeg"}, bytes.NewReader(aVideo(90)))
	if err != nil {
		t.Fatal(err)
	}
	b.away = true
	_, _, err = w.SubmitTrace(ctx, w.dev, ref(w.alice), aTrace(1, 10))
	wantKind(t, err, blush.Unavailable)
	_, _, err = w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{}, bytes.NewReader(aVideo(90)))
	wantKind(t, err, blush.Unavailable)
	var snooze *river.JobSnoozeError
	if err := w.WorkOn(ctx, video.ID, 1); !errors.As(err, &snooze) {
		t.Errorf("a video whose bucket is away: %v", err)
	}
	b.away = false
	w.store.SetBucket(nil)
	if err := w.WorkOn(ctx, video.ID, 1); !errors.As(err, &snooze) {
		t.Errorf("a video on a server without the bucket: %v", err)
	}
	w.store.SetBucket(b)
	if err := w.WorkOn(ctx, video.ID, 1); err != nil {
		t.Error(err)
	}
	if sc, err := w.store.Scan(ctx, video.ID); err != nil || sc.Status == blush.Processing {
		t.Errorf("%s, %v", sc.Status, err)
	}
	if _, _, err := w.SubmitTrace(ctx, w.dev, ref(w.alice), aTrace(1, 10)); err != nil {
		t.Error(err)
	}
	if err := w.store.SweepObjects(ctx); err != nil {
		t.Error(err)
	}
	if len(b.held) != 2 {
		t.Errorf("the bucket holds %d objects, want the two traces", len(b.held))
	}
}
