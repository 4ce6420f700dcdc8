package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/andybalholm/brotli"
)

const root = "../../.."

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, assets, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func noted(t *testing.T) (n note) {
	t.Helper()
	if err := json.Unmarshal(read(t, noteFile), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// The engine that the server carries is made from the code beside it. Comments may have changed since.
func TestEngineIsUpToDate(t *testing.T) {
	code, _, err := sources(root)
	if err != nil {
		t.Fatal(err)
	}
	if n := noted(t); n.Code != code {
		t.Error("the engine for browsers is older than its code: run `make wasm`, and commit what it writes")
	}
}

// The engine has to be built again for code, and not for comments and lines, which would add a megabyte to the repository's history each time.
func TestOnlyCodeMakesANewEngine(t *testing.T) {
	const file = "package x\n\n//go:embed a.json\nvar a []byte\n\nfunc f(x int) int { return x + 1 }\n"
	for other, same := range map[string]bool{
		"// Package x is x.\npackage x\n\n// A is a.\n//\n//go:embed a.json\nvar a []byte\n\n\n// f counts.\nfunc f(x int) int { return x + /* one */ 1 } // more\n": true,
		"package x\n\n//go:embed b.json\nvar a []byte\n\nfunc f(x int) int { return x + 1 }\n":                                                                       false,
		"package x\n\n//go:embed a.json\nvar a []byte\n\nfunc f(x int) int { return x - 1 }\n":                                                                       false,
		"package x\n\n//go:embed a.json\nvar a []byte\n\nfunc g(x int) int { return x + 1 }\n":                                                                       false,
	} {
		if got := bytes.Equal(withoutComments([]byte(file)), withoutComments([]byte(other))); got != same {
			t.Errorf("the same code: %v\n%s", got, other)
		}
	}
}

// The engine is the one that its note speaks of, and small enough to be waited for.
func TestEngineIsWhatItsNoteSays(t *testing.T) {
	n := noted(t)
	packed := read(t, engineFile)
	wasm, err := io.ReadAll(brotli.NewReader(bytes.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	if hash(wasm) != n.Wasm || len(wasm) != n.Bytes || len(packed) != n.Sent {
		t.Errorf("the engine has %d bytes, %d compressed, and another hash than its note", len(wasm), len(packed))
	}
	if len(packed) > 2_500_000 {
		t.Errorf("the engine takes %d bytes on the way to a browser: 2.5 MB are the limit", len(packed))
	}
}

// Whoever has the toolchain of the note builds the same bytes. This compiles
// the engine and its part of the standard library, once a version.
func TestEngineIsReproducible(t *testing.T) {
	n := noted(t)
	if testing.Short() || n.Go != runtime.Version() {
		t.Skipf("the engine was built by %s, this is %s", n.Go, runtime.Version())
	}
	glue, err := toolchainGlue()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(glue, read(t, glueFile)) {
		t.Error("the glue is not that of the toolchain: run `make wasm`")
	}
	if _, now, err := sources(root); err != nil || now != n.Sources {
		t.Skip("older than its sources, if only by comments: lines differ, which the engine contains")
	}
	wasm, err := compile(root)
	if err != nil {
		t.Fatal(err)
	}
	if hash(wasm) != n.Wasm {
		t.Errorf("this toolchain makes %d bytes with another hash than those in the repository", len(wasm))
	}
}
