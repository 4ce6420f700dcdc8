// Command generate writes the files that are generated from the catalogue and the OpenAPI document: the types of
// the components' data and of the Go client, and the tables in the documents. Run it with `go generate .`
// in the root of the module. A test fails when its output is not current.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"blush.example/blush/internal/apitypes"
)

// output is one generated file, by its path in the module.
type output struct {
	path string
	text []byte
}

func main() {
	log.SetFlags(0)
	outputs, err := generate(".")
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range outputs {
		if old, err := os.ReadFile(o.path); err == nil && bytes.Equal(old, o.text) {
			continue
		}
		if err := os.WriteFile(o.path, o.text, 0o644); err != nil { //nolint:gosec // sources
			log.Fatal(err)
		}
		fmt.Println(o.path)
	}
}

// generate makes all outputs for the module in the folder root.
func generate(root string) ([]output, error) {
	types, err := dataTypes(filepath.Join(root, "internal/widget/view.go"))
	if err != nil {
		return nil, err
	}
	outputs := []output{{"web/components/data.d.ts", types}, {"web/components/src/words.ts", componentWords()}, {"web/components/kit/typesetting.ts", typesetting()}, {"web/pages/catalogue.ts", pagesCatalogue()}}
	drawn, err := glyphs()
	if err != nil {
		return nil, err
	}
	outputs = append(outputs, output{"web/components/kit/glyphs.ts", drawn})
	api, err := apitypes.Document(context.Background())
	if err != nil {
		return nil, err
	}
	for path, names := range clientTypes {
		text, err := apitypes.Go(api, "client", names)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		outputs = append(outputs, output{path, text})
	}
	for _, path := range documents {
		o, err := document(root, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		outputs = append(outputs, o)
	}
	return outputs, nil
}
