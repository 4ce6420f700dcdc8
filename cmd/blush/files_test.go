package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// If several calls write the same file at once, the first creates all of it and the others replace nothing. A call that fails leaves nothing.
func TestNewFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	texts := []string{strings.Repeat("a", 1000), strings.Repeat("b", 10)}
	var all, begun sync.WaitGroup
	begun.Add(len(texts))
	faults := make([]error, len(texts))
	for i, text := range texts {
		all.Go(func() {
			faults[i] = newFile(name, "a test", func(part string) error {
				begun.Done()
				begun.Wait()
				return os.WriteFile(part, []byte(text), 0o600)
			})
		})
	}
	all.Wait()
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		var refused *inputError
		if whole := string(got) == text; whole == (faults[i] != nil) || !whole && !errors.As(faults[i], &refused) {
			t.Errorf("text %d: %v, and the file holds %d bytes", i, faults[i], len(got))
		}
	}
	broken := errors.New("broken off")
	if err := newFile(name+"2", "a test", func(string) error { return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left: %v, %v", files, err)
	}
}
