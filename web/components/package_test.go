package components_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/web/components"
)

// run runs a program of Node in a folder, without network or registry.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "npm_config_offline=true", "npm_config_audit=false", "npm_config_fund=false", "npm_config_update_notifier=false", "npm_config_cache="+filepath.Join(dir, ".npm"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out, stderr.String())
	}
	return string(out)
}

// A package manager installs the package, from the server's file and from what npm packs alike; a module that imports it,
// the one of README.md, also runs without a DOM, as on a server that renders pages.
func TestInstallsAndImportsWithoutDOM(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s", program)
		}
	}
	ours, err := components.Package()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, found := strings.Cut(string(readme), "```ts\n")
	shown, _, closed := strings.Cut(shown, "```\n")
	if !found || !closed {
		t.Fatal("README.md shows no module")
	}
	files := map[string][]string{}
	for _, kind := range []string{"ours", "npm's"} {
		dir := t.TempDir()
		archive := filepath.Join(dir, "components.tgz")
		if kind == "ours" {
			err = os.WriteFile(archive, ours, 0o600)
		} else {
			var made []struct{ Filename string }
			if err := json.Unmarshal([]byte(run(t, dir, "npm", "pack", "--json", here)), &made); err != nil || len(made) != 1 {
				t.Fatalf("npm pack: %+v, %v", made, err)
			}
			err = os.Rename(filepath.Join(dir, made[0].Filename), archive)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"name":"app","private":true,"type":"module"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, dir, "npm", "install", archive)
		if err := os.WriteFile(filepath.Join(dir, "app.js"), []byte(shown+`import { BlushBiomarker, BlushGraph, BlushMetric, BlushScan } from "@blush/components";
console.log([BlushBiomarker, BlushGraph, BlushMetric, BlushScan].map((c) => typeof c).join(), typeof document, BlushBiomarker.observedAttributes.length > 0);
`), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(run(t, dir, "node", "app.js")); got != "function,function,function,function undefined true" {
			t.Errorf("%s package imported in Node: %s", kind, got)
		}
		root := filepath.Join(dir, "node_modules", "@blush", "components")
		err = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files[kind] = append(files[kind], strings.TrimPrefix(path, root))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(files["ours"], files["npm's"]) || len(files["ours"]) < 15 {
		t.Errorf("the server's package holds %v, npm's %v", files["ours"], files["npm's"])
	}
}
