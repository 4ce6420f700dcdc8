package docs_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/internal/apitypes"
)

// prose returns the text of each document without its blocks.
func prose(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name := range documents(t) {
		text, err := os.ReadFile(filepath.Join(repository, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if name != "../CHANGELOG.md" { // it names what is gone
			out[name] = regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(string(text), "")
		}
	}
	return out
}

// Commands of Blush and of make within a sentence are of this version, too.
func TestCommandsInSentences(t *testing.T) {
	t.Parallel()
	command, found := regexp.MustCompile("`((?:\\./)?(?:blush|make) [^`\n]*)`"), 0
	for name, text := range prose(t) {
		b := block{file: name, language: "sh"}
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			b.text += strings.TrimPrefix(m[1], "./") + "\n"
			found++
		}
		checkShell(t, b)
	}
	if found < 50 {
		t.Errorf("only %d commands were found", found)
	}
}

// sameRoute compares two paths; a name in braces, or three dots, stands for any text.
func sameRoute(a, b string) bool {
	one, other := strings.Split(a, "/"), strings.Split(b, "/")
	return slices.EqualFunc(one, other, func(x, y string) bool {
		return x == y || strings.HasPrefix(x, "{") || strings.HasPrefix(y, "{") || x == "…"
	})
}

// Every address of the API in a document, in a block or a sentence, is a route of the OpenAPI document, with its method where one is named.
func TestRoutesInDocuments(t *testing.T) {
	t.Parallel()
	text, err := apitypes.Document(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var api apiDocument
	if err := json.Unmarshal(text, &api); err != nil {
		t.Fatal(err)
	}
	route, found := regexp.MustCompile("(?:(GET|POST|PUT|PATCH|DELETE)[` ]+)?(/v2/[^\\s`\"'|)<>?]+)"), 0
	for name := range documents(t) {
		text, err := os.ReadFile(filepath.Join(repository, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "../CHANGELOG.md" { // it names what is gone
			continue
		}
		for _, m := range route.FindAllStringSubmatch(string(text), -1) {
			found++
			method, path := strings.ToLower(m[1]), strings.ReplaceAll(strings.TrimRight(m[2], ".,;:"), `\$`, "$") // as in a shell's quotes
			if regexp.MustCompile(`^/v2/fhir/(metadata|CodeSystem/|StructureDefinition/)`).MatchString(path) {    // FHIR's own description of the interface, outside the OpenAPI document
				continue
			}
			if !slices.ContainsFunc(slices.Collect(maps.Keys(api.Paths)), func(p string) bool {
				_, has := api.Paths[p][method]
				return sameRoute(path, p) && (method == "" || has)
			}) {
				t.Errorf("%s: the API has no %s", name, strings.TrimSpace(m[1]+" "+path))
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d addresses were found", found)
	}
}
