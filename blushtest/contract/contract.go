// Package contract checks responses against the server's OpenAPI document. It imports nothing else of Blush, so that it is compiled
// once: Go compiles a package again for each package under test below it, and the generic code of its library takes over 10 s
// of processor time.
package contract

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Contract is an OpenAPI document prepared for checking responses.
type Contract struct {
	faults func(r *http.Request, resp *http.Response) []string
	paths  []string
}

// Of reads an OpenAPI 3.1 document in JSON.
func Of(document []byte) (*Contract, error) {
	var written struct{ Paths map[string]any }
	if err := json.Unmarshal(document, &written); err != nil {
		return nil, err
	}
	faults, err := faultsFinder(document)
	if err != nil {
		return nil, err
	}
	return &Contract{faults: faults, paths: slices.Collect(maps.Keys(written.Paths))}, nil
}

// Faults lists where a response differs from the document. It leaves the response's body unread.
func (c *Contract) Faults(r *http.Request, resp *http.Response) []string { return c.faults(r, resp) }

// Documents says whether a path is in the document; tests also use others to get a 404.
func (c *Contract) Documents(path string) bool {
	parts := strings.Split(path, "/")
	return slices.ContainsFunc(c.paths, func(template string) bool {
		return slices.EqualFunc(strings.Split(template, "/"), parts, func(want, part string) bool {
			return want == part || strings.HasPrefix(want, "{")
		})
	})
}
