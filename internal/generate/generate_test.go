package main

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/internal/catalogue"
)

const root = "../.."

func TestOutputIsCurrent(t *testing.T) {
	outputs, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outputs {
		if kept, err := os.ReadFile(filepath.Join(root, o.path)); err != nil || !bytes.Equal(kept, o.text) {
			t.Errorf("%s is not current: run go generate . (%v)", o.path, err)
		}
	}
}

// A table with a row for each name of a set has all names and no others.
func TestTablesAreComplete(t *testing.T) {
	for _, table := range []struct{ file, head, set string }{
		{"docs/integrating.md", "| reason | what the person can do |", "reasons"},
		{"docs/events.md", "| event | when | data |", "sent_event_types"},
	} {
		text, err := os.ReadFile(filepath.Join(root, table.file))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, found := strings.Cut(string(text), table.head)
		body, _, _ := strings.Cut(rest, "\n\n")
		var names []string
		for row := range strings.Lines(body) {
			first, _, _ := strings.Cut(strings.TrimPrefix(row, "|"), "|")
			for _, m := range regexp.MustCompile("`([a-z_.]+)`").FindAllStringSubmatch(first, -1) {
				names = append(names, m[1])
			}
		}
		want := slices.Sorted(slices.Values(catalogue.Set(table.set)))
		if slices.Sort(names); !found || !slices.Equal(names, want) {
			t.Errorf("%s, %s: %v, want %v", table.file, table.head, names, want)
		}
	}
}

// The scripts of the pages use only stages, errors and checks that the catalogue has, and use every stage, camera
// status and quality that it has.
func TestScriptsUseTheCatalogue(t *testing.T) {
	scripts := pageScripts(t)
	for set, pattern := range map[string]string{
		"stages":      `\btell\("(\w+)"`,
		"scan_errors": `\btell\("error", \{ reason: "(\w+)"|\bfailed\("(\w+)"`,
		"checks":      `\bcheck\.code [!=]== "(\w+)"`,
	} {
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(scripts, -1)
		for _, m := range found {
			if name := m[1] + strings.Join(m[2:], ""); !slices.Contains(catalogue.Set(set), name) {
				t.Errorf("a script uses %q, which is not in the set %s", name, set)
			}
		}
		if len(found) < 2 {
			t.Errorf("the scripts use %v of the set %s", found, set)
		}
	}
	for _, set := range []string{"stages", "camera_statuses", "qualities"} {
		for _, name := range catalogue.Set(set) {
			if !strings.Contains(scripts, `"`+name+`"`) {
				t.Errorf("no script uses %q of the set %s", name, set)
			}
		}
	}
}

// writtenByHand returns the text of the sources and documents without the generated files and parts, by file.
var writtenByHand = func() func(t *testing.T) map[string]string {
	var texts map[string]string
	return func(t *testing.T) map[string]string {
		t.Helper()
		if texts != nil {
			return texts
		}
		texts = map[string]string{}
		for _, dir := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs", "blushtest", "client", "clients", "cmd", "examples", "internal", "packaging", "scripts", "web"} {
			err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
				name := filepath.Base(path)
				switch {
				case err != nil:
					return err
				case d.IsDir() && slices.Contains([]string{"testdata", "node_modules", "dist", "query", "accuracy", "axe"}, name), d.IsDir() && strings.HasSuffix(path, "internal/web/scripts"):
					return fs.SkipDir
				case d.IsDir() || !slices.Contains([]string{".go", ".md", ".ts", ".js", ".html", ".py", ".yaml", ".yml", ".sh"}, filepath.Ext(name)) || name == "data.d.ts" || name == "catalogue.ts" || name == "check.ts": // generated, and a test
					return nil
				}
				b, err := os.ReadFile(path)
				if !bytes.HasPrefix(b, []byte("// Code generated ")) {
					texts[path] = made.ReplaceAllString(string(b), "")
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return texts
	}
}()

// pageScripts returns the text of all scripts of the pages.
func pageScripts(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range []string{"internal/web", "web/pages"} {
		err := fs.WalkDir(os.DirFS(root), dir, func(path string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil // only one of the two folders contains them
			}
			if err != nil || d.IsDir() || strings.HasSuffix(path, ".d.ts") || filepath.Ext(path) != ".js" && filepath.Ext(path) != ".ts" {
				return err
			}
			b, err := os.ReadFile(filepath.Join(root, path))
			all.Write(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// How often an interval contains the true value is stated only in generated sentences and in docs/accuracy.md, where they come from. Figures written by hand would soon be those of an older engine.
func TestAccuracyIsSaidInOnePlace(t *testing.T) {
	promise := regexp.MustCompile(`(?i)\b(six|seven|eight|nine|6|7|8|9)( times)? (of|in|out of) (ten|10)\b|\binterval\w*\b[^.|]{0,60}\b(hold|holds|held|contain|contains|contained|cover|covers)\b[^.|]{0,60}[0-9] ?%|[0-9] ?% of (the )?(intervals|cases|true values)`)
	for _, text := range []string{"the interval holds the truth nine times in ten", "meant to contain it in nine of ten cases", "Intervals cover the true value in 90 % of scans", "in 90 % of cases"} {
		if !promise.MatchString(text) {
			t.Errorf("not found: %s", text)
		}
	}
	texts := maps.Clone(writtenByHand(t))
	words, err := filepath.Glob(filepath.Join(root, "internal/words/*.json"))
	if err != nil || len(words) == 0 {
		t.Fatalf("%v %v", words, err)
	}
	for _, name := range words {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(b)
	}
	for where, text := range texts {
		switch name := filepath.ToSlash(where); {
		case strings.HasSuffix(name, "_test.go"), strings.HasSuffix(name, "docs/accuracy.md"), strings.HasSuffix(name, "internal/manual/accuracy.go"), strings.HasSuffix(name, "pages/instructions.html"): // tests, the document itself, the code that writes the sentences, the page that shows them
			continue
		}
		for _, found := range promise.FindAllString(text, -1) {
			t.Errorf("%s states it by hand: %q", where, found)
		}
	}
}
