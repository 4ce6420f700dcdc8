//go:build ignore

// Bundles src/ into dist/components.js with esbuild, used as a Go library: no
// Node is needed. It stands apart from the module's own build, as esbuild does.
package main

import (
	"fmt"
	"log"
	"os"

	"blush.example/blush/web/components"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	log.SetFlags(0)
	digest, err := components.Digest(os.DirFS("."))
	if err != nil {
		log.Fatal(err)
	}
	out := api.Build(api.BuildOptions{
		EntryPoints:       []string{"src/index.ts"},
		Bundle:            true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
		LogLevel:          api.LogLevelWarning,
	})
	if len(out.Errors) > 0 {
		os.Exit(1)
	}
	body := out.OutputFiles[0].Contents
	if err := os.WriteFile("dist/components.js", components.Stamp(digest, body), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("dist/components.js: %d bytes\n", len(body))
}
