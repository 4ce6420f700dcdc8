// Command bundle makes the scripts that the server sends to browsers from the TypeScript
// in web/components and web/pages. Run it with `go generate .` in the root of the
// module. A test fails when its output is not current.
package main

import (
	"errors"
	"log"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// pages and made are the folders of the pages' sources and of the scripts that the server embeds.
const (
	pages = "web/pages"
	made  = "internal/web/scripts"
)

// entries are the scripts of the pages: each PATH.ts becomes PATH.js.
var entries = []string{"back", "capture/capture", "capture/uploads", "capture/worker", "docs", "gallery", "home", "person/dashboard", "person/results", "scan/main"}

// external lists imports that stay separate scripts on the server.
var external = []string{"./wasm_exec.js", "../capture/*"}

func main() {
	log.SetFlags(0)
	outputs, err := bundle(".")
	if err != nil {
		log.Fatal(err)
	}
	for path, text := range outputs {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // sources
			log.Fatal(err)
		}
	}
}

// bundle returns the scripts by their paths, from the sources of the module at root.
func bundle(root string) (map[string][]byte, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	components := options(root)
	components.EntryPoints, components.Outfile = []string{"web/components/src/index.ts"}, "web/components/dist/components.js"
	scripts := options(root)
	scripts.Outbase, scripts.Outdir, scripts.External = pages, made, external
	for _, e := range entries {
		scripts.EntryPoints = append(scripts.EntryPoints, pages+"/"+e+".ts")
	}
	out := map[string][]byte{}
	for _, o := range []api.BuildOptions{components, scripts} {
		built := api.Build(o)
		if len(built.Errors) > 0 {
			return nil, errors.New(built.Errors[0].Text)
		}
		for _, f := range built.OutputFiles {
			path, err := filepath.Rel(root, f.Path)
			if err != nil {
				return nil, err
			}
			out[path] = f.Contents
		}
	}
	return out, nil
}

func options(root string) api.BuildOptions {
	return api.BuildOptions{
		AbsWorkingDir:     root,
		Bundle:            true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
		LogLevel:          api.LogLevelWarning,
		Banner:            map[string]string{"js": "// Blush, Apache-2.0. Made by go generate from the TypeScript in web/; do not edit."},
	}
}
