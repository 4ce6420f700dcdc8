package blush_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testsIn names the tests and fuzz targets of a package, by its folder.
func testsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}

// TestFaultStoriesExist: each line of scripts/faults.txt names tests that exist.
func TestFaultStoriesExist(t *testing.T) {
	stories := 0
	for line := range strings.Lines(read(t, "scripts/faults.txt")) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) != 3 {
			t.Errorf("not three parts: %s", line)
			continue
		}
		stories++
		have := testsIn(t, strings.TrimSpace(parts[1]))
		for name := range strings.FieldsSeq(parts[2]) {
			if !have[name] {
				t.Errorf("%s has no %s", strings.TrimSpace(parts[1]), name)
			}
		}
	}
	if stories < 10 {
		t.Errorf("only %d stories", stories)
	}
}

// TestThreatsHaveTheirTests: each threat of docs/security.md names a test, and each test that it names exists.
func TestThreatsHaveTheirTests(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| [STRIDE]{1,2}\d+ \|.*\|$`)
	named := regexp.MustCompile("`([a-z/]+)\\.((?:Test|Fuzz)\\w+)`")
	folders := map[string]map[string]bool{}
	rows := row.FindAllString(read(t, "docs/security.md"), -1)
	for _, line := range rows {
		id := strings.Fields(line)[1]
		found := named.FindAllStringSubmatch(line, -1)
		if len(found) == 0 && !strings.Contains(line, "not covered") {
			t.Errorf("%s names no test", id)
		}
		for _, m := range found {
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s: %v", id, err)
				continue
			}
			if folders[m[1]] == nil {
				folders[m[1]] = testsIn(t, m[1])
			}
			if !folders[m[1]][m[2]] {
				t.Errorf("%s: %s has no %s", id, m[1], m[2])
			}
		}
	}
	if len(rows) < 20 {
		t.Errorf("only %d threats", len(rows))
	}
}
