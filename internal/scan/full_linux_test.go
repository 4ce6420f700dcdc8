package scan_test

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/scan"
)

// While the disk is full, a video waits. However long that takes, it does not count as an attempt.
func TestFullDiskIsNoAttempt(t *testing.T) {
	w := sqlite(t)
	sc, _, err := w.SubmitVideo(t.Context(), w.dev, ref(w.alice), scan.VideoUpload{Filename: "a.avi"}, bytes.NewReader(make([]byte, 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(w.temp, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", w.temp, "tmpfs", 0, "size=65536"); err != nil {
		t.Skipf("a small disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(w.temp, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	const last = 4 // attempt, before the scan fails for good
	var waits *river.JobSnoozeError
	if err := w.WorkOn(t.Context(), sc.ID, last); !errors.As(err, &waits) || waits.Duration <= 0 {
		t.Errorf("the job ends with %v", err)
	}
	if sc, err = w.Get(t.Context(), w.dev, sc.ID, 0); err != nil || sc.Status != blush.Processing {
		t.Errorf("%s %q, %v", sc.Status, sc.Failure, err)
	}
}
