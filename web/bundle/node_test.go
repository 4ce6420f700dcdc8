package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

// Code that needs no browser is tested in Node, by its own test runner: web/**/*.test.ts.
func TestInNode(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("needs node")
	}
	tests, err := filepath.Glob(filepath.Join(root, "web", "*", "*", "*.test.ts"))
	if err != nil || len(tests) == 0 {
		t.Fatalf("found %d tests: %v", len(tests), err)
	}
	out := t.TempDir()
	built := api.Build(api.BuildOptions{
		EntryPoints: tests, Outdir: out, OutExtension: map[string]string{".js": ".mjs"}, Write: true,
		Bundle: true, Format: api.FormatESModule, Platform: api.PlatformNode, Target: api.ES2022, Sourcemap: api.SourceMapInline, LogLevel: api.LogLevelWarning,
	})
	if len(built.Errors) > 0 {
		t.Fatal(built.Errors[0].Text)
	}
	args := []string{"--enable-source-maps", "--test"}
	for _, f := range built.OutputFiles {
		args = append(args, f.Path)
	}
	cmd := exec.Command("node", args...)
	cmd.Env = append(os.Environ(), "NODE_OPTIONS=")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}
