package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestOutputIsCurrent(t *testing.T) {
	const root = "../.."
	outputs, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outputs {
		if kept, err := os.ReadFile(filepath.Join(root, o.path)); err != nil || !bytes.Equal(kept, o.text) {
			t.Errorf("%s is not current: run go generate . (%v)", o.path, err)
		}
	}
}
