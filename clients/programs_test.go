package clients_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

// root is the module's folder.
const root = ".."

// blocks are the code blocks of a language in a document, in their order, as one program.
func blocks(t *testing.T, file, language string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var program strings.Builder
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(b), -1) {
		program.WriteString(m[1])
	}
	if program.Len() == 0 {
		t.Fatalf("%s has no code in %s", file, language)
	}
	return program.String()
}

// installing returns the command of a client's README that installs the packed client, for the folder packed instead of dist.
func installing(readme, packed string) ([]string, error) {
	b, err := os.ReadFile(readme)
	if err != nil {
		return nil, err
	}
	m := regexp.MustCompile("(?m)^```sh\ngo run \\./clients/pack\n(?:python3 -m venv venv\nvenv/bin/)?((?:npm|pip) install )\\.\\./blush/dist(/\\S+)\n```$").FindSubmatch(b)
	if m == nil {
		return nil, fmt.Errorf("%s does not say how to pack and install the client", readme)
	}
	return append(strings.Fields(string(m[1])), packed+string(m[2])), nil
}

// typescriptProgram is the story of the client, or what its README shows.
func typescriptProgram(t *testing.T, name string) string {
	t.Helper()
	if name == "readme.ts" {
		return blocks(t, "typescript/README.md", "ts")
	}
	return read(t, filepath.Join("typescript", "test", name))
}

func pythonProgram(t *testing.T, name string) string {
	t.Helper()
	if name == "readme.py" {
		return blocks(t, "python/README.md", "python")
	}
	return read(t, filepath.Join("python", "tests", name))
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// script removes the types from a TypeScript file, which Node 20 cannot run.
func script(t *testing.T, from, to string) {
	t.Helper()
	scriptAs(t, api.TransformOptions{Loader: api.LoaderTS, Format: api.FormatESModule, Target: api.ES2022}, from, to)
}

// scriptAs transforms a script.
func scriptAs(t *testing.T, how api.TransformOptions, from, to string) {
	t.Helper()
	write(t, to, transformed(t, how, read(t, from)))
}

func transformed(t *testing.T, how api.TransformOptions, source string) string {
	t.Helper()
	built := api.Transform(source, how)
	if len(built.Errors) > 0 {
		t.Fatal(built.Errors[0].Text)
	}
	return string(built.Code)
}
