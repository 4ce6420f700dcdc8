// Package components carries the web components, bundled into one script that
// the binary serves. The sources stand in src/, as TypeScript; the folder is
// also a package for npm.
package components

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Script is the bundle: an ECMAScript module without imports.
//
//go:generate go run -modfile=../../tools.mod bundle/main.go
//go:embed dist/components.js
var Script []byte

// Digest is the SHA-256, in hex, of everything a bundle is made from: the
// sources below the folder and the program that bundles them.
func Digest(folder fs.FS) (string, error) {
	names, err := fs.Glob(folder, "src/*.ts")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range append(names, "bundle/main.go") {
		b, err := fs.ReadFile(folder, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", name, len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Stamp puts a first line before a bundle that tells its sources' digest and
// its own.
func Stamp(sources string, body []byte) []byte {
	own := sha256.Sum256(body)
	return append(fmt.Appendf(nil, "// Blush web components, Apache-2.0. sources %s bundle %s\n", sources, hex.EncodeToString(own[:])), body...)
}

// Check says why a stamped script is not the bundle of sources with a digest: nil when it is.
func Check(sources string, script []byte) error {
	_, body, _ := bytes.Cut(script, []byte("\n"))
	if bytes.Equal(script, Stamp(sources, body)) {
		return nil
	}
	first, _, _ := strings.Cut(string(script), "\n")
	if !strings.Contains(first, "sources "+sources+" ") {
		return errors.New("the bundle is stale: run go generate ./web/components")
	}
	return errors.New("the bundle was changed by hand: run go generate ./web/components")
}
