package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

const root = "../.."

// The scripts that the server sends are made from the current sources.
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
	err = filepath.WalkDir(filepath.Join(root, made), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		path, err = filepath.Rel(root, path)
		if outputs[path] == nil {
			t.Errorf("%s is made from nothing: remove it", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
