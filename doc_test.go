package blush_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tracked lists the files of the repository, or skips where there is none.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		t.Skipf("no git repository here: %v", err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestNoMachinePaths: a file that names a folder of somebody's machine works there only.
func TestNoMachinePaths(t *testing.T) {
	private := regexp.MustCompile(`(^|[^\w.])/(work|root|home|Users|tmp/wt)/\w`)
	for _, name := range tracked(t) {
		if name == "doc_test.go" || slices.Contains([]string{".avi", ".png", ".jpg", ".gz", ".wasm", ".bin"}, path.Ext(name)) {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			continue // deleted, not yet committed
		}
		for n, line := range strings.Split(string(b), "\n") {
			if private.MatchString(line) {
				t.Errorf("%s:%d names a private folder: %.100s", name, n+1, line)
			}
		}
	}
}

// TestDocumentsLinkToWhatExists follows every relative link in the documents.
func TestDocumentsLinkToWhatExists(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	for _, name := range tracked(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(read(t, name), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
			}
		}
	}
}

// TestChangelogHasUnreleased: a change has a place to be written down.
func TestChangelogHasUnreleased(t *testing.T) {
	if !strings.Contains(read(t, "CHANGELOG.md"), "\n## [Unreleased]\n") {
		t.Error("CHANGELOG.md has no Unreleased section")
	}
}

// TestReadmeCommandsExist: every blush command in the documents is one of the program's.
func TestReadmeCommandsExist(t *testing.T) {
	entry := regexp.MustCompile("`cmd:\"\"")
	field := regexp.MustCompile(`(?m)^\t([A-Z]\w+)\s+\w+Cmd\s+` + entry.String())
	known := []string{"--help", "help"}
	files, err := filepath.Glob("cmd/blush/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, m := range field.FindAllStringSubmatch(read(t, f), -1) {
			known = append(known, strings.ToLower(m[1]))
		}
	}
	if len(known) < 2 {
		t.Fatalf("read only %v from cmd/blush", known)
	}
	used := regexp.MustCompile(`(?m)(?:^\s*\$? ?|` + "`" + `|go run \./cmd/)blush ([a-z]+|--help)\b`)
	found := 0
	for _, name := range tracked(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range used.FindAllStringSubmatch(read(t, name), -1) {
			found++
			if !slices.Contains(known, m[1]) {
				t.Errorf("%s speaks of blush %s; the program knows %v", name, m[1], known)
			}
		}
	}
	if found == 0 {
		t.Error("no document shows a command")
	}
}

// TestArchitectureNamesEveryPackage: the page draws the whole house.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	page := read(t, "docs/architecture.md")
	seen := map[string]bool{}
	for _, name := range tracked(t) {
		dir := path.Dir(name)
		if path.Ext(name) != ".go" || dir == "." || strings.Contains(dir, "testdata") || seen[dir] {
			continue
		}
		seen[dir] = true
		above := path.Dir(dir) // a package below a named one belongs to it
		if !strings.Contains(page, "`"+dir+"`") && !strings.Contains(page, "`"+above+"`") {
			t.Errorf("docs/architecture.md does not name %s", dir)
		}
	}
}
