// Package clients packs the TypeScript and the Python client. Packing generates
// their types from the OpenAPI document of this version of the server.
package clients

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"blush.example/blush/internal/apitypes"

	"github.com/evanw/esbuild/pkg/api"
)

//go:embed typescript/package.json typescript/tsconfig.json typescript/README.md typescript/LICENSE typescript/NOTICE typescript/src/*.ts
//go:embed python/pyproject.toml python/README.md python/LICENSE python/src/blush_client/*.py python/src/blush_client/py.typed
var sources embed.FS

// TypeScript packs the TypeScript client into a folder, with Node's npm, and returns the archive's path.
func TypeScript(ctx context.Context, dir string) (archive string, err error) {
	if _, err := exec.LookPath("npm"); err != nil {
		return "", errors.New("there is no npm, which packs the TypeScript client (Debian: apt install npm)")
	}
	work, remove, err := unpack("typescript")
	if err != nil {
		return "", err
	}
	defer remove()
	if err := writeDocument(ctx, filepath.Join(work, "openapi.json")); err != nil {
		return "", err
	}
	for _, line := range []string{
		"npm install --ignore-scripts --prefer-offline --no-audit --no-fund --no-package-lock",
		"node node_modules/openapi-typescript/bin/cli.js openapi.json --output src/schema.ts",
		"node node_modules/typescript/bin/tsc -p .",
	} {
		if _, err := run(ctx, work, strings.Fields(line)...); err != nil {
			return "", err
		}
	}
	built := api.Build(api.BuildOptions{
		AbsWorkingDir: work, EntryPoints: []string{"src/index.ts"}, Outfile: "dist/index.js", Write: true,
		Bundle: true, Format: api.FormatESModule, Platform: api.PlatformBrowser, Target: api.ES2022, LogLevel: api.LogLevelWarning,
	})
	if len(built.Errors) > 0 {
		return "", errors.New(built.Errors[0].Text)
	}
	out, err := run(ctx, work, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", dir)
	if err != nil {
		return "", err
	}
	var packed []struct{ Filename string }
	if err := json.Unmarshal(out, &packed); err != nil || len(packed) != 1 {
		return "", fmt.Errorf("npm pack says %s", out)
	}
	return filepath.Join(dir, packed[0].Filename), nil
}

// Python packs the Python client into a folder as a wheel and as sources, with a Python that has hatchling, and returns their paths.
func Python(ctx context.Context, python, dir string) (wheel, sdist string, err error) {
	work, remove, err := unpack("python")
	if err != nil {
		return "", "", err
	}
	defer remove()
	document, err := apitypes.Document(ctx)
	if err != nil {
		return "", "", err
	}
	types, err := apitypes.Python(document)
	if err != nil {
		return "", "", err
	}
	if err := os.WriteFile(filepath.Join(work, "src", "blush_client", "types.py"), types, 0o600); err != nil {
		return "", "", err
	}
	if _, err := run(ctx, work, python, "-m", "hatchling", "build", "-d", dir); err != nil {
		return "", "", err
	}
	for path, pattern := range map[*string]string{&wheel: "blush_client-*.whl", &sdist: "blush_client-*.tar.gz"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) != 1 {
			return "", "", fmt.Errorf("%s has %d files %s (%w)", dir, len(found), pattern, err)
		}
		*path = found[0]
	}
	return wheel, sdist, nil
}

// FindPython returns a Python 3 that has modules: the first on the path, or Debian's own.
func FindPython(ctx context.Context, modules ...string) (string, error) {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if _, err := run(ctx, "", python, "-c", "import sys, "+strings.Join(modules, ", ")+"; assert sys.version_info >= (3, 11)"); err == nil {
			return python, nil
		}
	}
	return "", fmt.Errorf("there is no python3 of 3.11 or newer with %s (Debian: apt install python3-venv python3-httpx python3-hatchling mypy)", strings.Join(modules, ", "))
}

// unpack writes the sources of a client to a folder.
func unpack(name string) (work string, remove func(), err error) {
	if work, err = os.MkdirTemp("", "blush-client-"); err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(work) }
	root, err := fs.Sub(sources, name)
	if err == nil {
		err = os.CopyFS(work, root)
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return work, remove, nil
}

// writeDocument writes the OpenAPI document without error responses, which the client reads as one type for all
// operations, so that its types are half as long. If a response may be JSON or FHIR, only JSON stays, which the client requests.
func writeDocument(ctx context.Context, path string) error {
	document, err := apitypes.Document(ctx)
	if err != nil {
		return err
	}
	var doc map[string]any
	if err := json.Unmarshal(document, &doc); err != nil {
		return err
	}
	paths, _ := doc["paths"].(map[string]any)
	for _, methods := range paths {
		for _, operation := range methods.(map[string]any) {
			answers := operation.(map[string]any)["responses"].(map[string]any)
			for status, answer := range answers {
				if status >= "400" {
					delete(answers, status)
					continue
				}
				content, _ := answer.(map[string]any)["content"].(map[string]any)
				if content["application/json"] != nil {
					delete(content, "application/fhir+json")
				}
			}
		}
	}
	short, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return os.WriteFile(path, short, 0o600)
}

func run(ctx context.Context, dir string, line ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, line[0], line[1:]...) //nolint:gosec // the lines above
	cmd.Dir = dir
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s%s", strings.Join(line, " "), err, out, said.String())
	}
	return out, nil
}
