package bucket_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"blush.example/blush/internal/bucket"
)

// A list has every object of the prefix once, also when it is longer than a page, and ends with the first error.
func TestList(t *testing.T) {
	dir := t.TempDir()
	b, err := bucket.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	write := func(name string, size int) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, make([]byte, size), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	const many = 2300
	for i := range many {
		write(fmt.Sprintf("trace/%d", i), i%7)
	}
	write("tracer/1", 1)
	write("video/1", 1)
	sizes := map[string]int64{}
	err = b.List(t.Context(), "trace/", func(name string, size int64, at time.Time) error {
		if _, twice := sizes[name]; twice || at.IsZero() {
			t.Errorf("%s: listed before is %v, written at %s", name, twice, at)
		}
		sizes[name] = size
		return nil
	})
	if err != nil || len(sizes) != many {
		t.Errorf("%d objects, %v, want %d", len(sizes), err, many)
	}
	for i := range many {
		if got, there := sizes[fmt.Sprintf("trace/%d", i)]; !there || got != int64(i%7) {
			t.Fatalf("object %d: %d bytes, listed is %v", i, got, there)
		}
	}
	stop, called := errors.New("enough"), 0
	err = b.List(t.Context(), "", func(string, int64, time.Time) error { called++; return stop })
	if !errors.Is(err, stop) || called != 1 {
		t.Errorf("%d calls, %v", called, err)
	}
}
