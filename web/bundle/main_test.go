package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

const root = "../.."

// The scripts that the server sends are made from the sources beside them.
func TestScriptsAreCurrent(t *testing.T) {
	outputs, err := bundle(root)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range outputs {
		if kept, err := os.ReadFile(filepath.Join(root, path)); err != nil || !bytes.Equal(kept, text) {
			t.Errorf("%s is not current: run go generate . (%v)", path, err)
		}
	}
}
