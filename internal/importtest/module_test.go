package importtest

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "../.." // tests run in their package's folder

// TestArrows reads every Go file of the module that is not a test.
func TestArrows(t *testing.T) {
	files := read(t)
	if len(files) < 5 {
		t.Fatalf("read only %d files: is %s the module's root?", len(files), module)
	}
	for _, b := range check(files) {
		t.Error(b)
	}
}

// An unused entry in a table would describe the module wrongly.
func TestArrowsAreUsed(t *testing.T) {
	used := map[string]bool{}
	for _, f := range read(t) {
		for _, imp := range f.imports {
			used[f.pkg+" "+strings.TrimPrefix(imp, "blush.example/blush/")] = true
		}
	}
	for _, table := range []map[string][]string{arrows, foreign} {
		for pkg, imports := range table {
			for _, imp := range imports {
				if imp != anything && !used[pkg+" "+imp] {
					t.Errorf("%s may import %s but does not", pkg, imp)
				}
			}
		}
	}
}

// docs/architecture.md says what each package in its table may import. Those that it
// imports come before it.
func TestDocumentHasTheTable(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(module, "docs/architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|.*\\| ([^|]+) \\|$").FindAllStringSubmatch(string(b), -1)
	if len(rows) < 10 {
		t.Fatalf("docs/architecture.md has only %d rows of packages", len(rows))
	}
	index := map[string]int{}
	for i, row := range rows {
		index[row[1]] = i + 1
	}
	for i, row := range rows {
		pkg := row[1]
		cell, _, _ := strings.Cut(row[2], ";") // a remark follows
		var imports []string
		switch cell {
		case "–":
		case "all of the above":
			imports = []string{anything}
		default:
			imports = strings.Split(cell, ", ")
		}
		allowed, ok := arrows[pkg]
		if !ok {
			t.Errorf("docs/architecture.md has a row for %s, which the table of arrows lacks", pkg)
		}
		allowed = slices.Sorted(slices.Values(allowed))
		if slices.Sort(imports); !slices.Equal(imports, allowed) {
			t.Errorf("%s: docs/architecture.md allows %s, and the table of arrows %s", pkg, strings.Join(imports, ", "), strings.Join(allowed, ", "))
		}
		for _, imp := range imports {
			if index[imp] > i {
				t.Errorf("docs/architecture.md: %s is below %s, which may import it", imp, pkg)
			}
		}
	}
}

// docs/architecture.md and doc.go name every package.
func TestDocumentsNameEveryPackage(t *testing.T) {
	packages := map[string]bool{}
	for _, f := range read(t) {
		packages[f.pkg] = true
	}
	for pkg := range arrows {
		if pkg != "" && !packages[pkg] {
			t.Errorf("the table has a row for %s, which is not a package", pkg)
		}
	}
	for _, doc := range []string{"docs/architecture.md", "doc.go"} {
		b, err := os.ReadFile(filepath.Join(module, doc))
		if err != nil {
			t.Fatal(err)
		}
		words := strings.FieldsFunc(string(b), func(r rune) bool { return strings.ContainsRune(" \n\t,;:()`|.", r) })
		for pkg := range packages {
			if pkg != "" && !slices.Contains(words, pkg) {
				t.Errorf("%s does not name the package %s", doc, pkg)
			}
		}
	}
}

// The table has no cycles: on a cycle, one arrow would go up.
func TestNoCycleInTable(t *testing.T) {
	var walk func(start, at string, seen []string)
	walk = func(start, at string, seen []string) {
		for _, next := range arrows[at] {
			if next == start {
				t.Errorf("%s reaches itself through %s", start, strings.Join(append(seen, at), " → "))
				return
			}
			if next == anything || slices.Contains(seen, next) {
				continue
			}
			if _, ok := arrows[next]; !ok {
				t.Errorf("the row of %s names %s, which has no row", at, next)
			}
			walk(start, next, append(seen, at))
		}
	}
	for p := range arrows {
		walk(p, p, nil)
	}
}

// TestCheckFails shows that the checker finds each kind of broken arrow in a
// made-up module, and accepts what is allowed.
func TestCheckFails(t *testing.T) {
	one := func(pkg, imp string) file { return file{pkg: pkg, name: "x.go", imports: []string{imp}, browser: true} }
	call := func(pkg, fn string) file { return file{pkg: pkg, name: "x.go", calls: []string{fn}, browser: true} }
	ffmpeg := file{pkg: "video", name: "ffmpeg.go", imports: []string{"os/exec"}, calls: []string{"time.Now"}}
	cases := []struct {
		what  string
		file  file
		wrong string // part of the sentence; empty: allowed
	}{
		{"down", one("rppg", "blush.example/blush/dsp"), ""},
		{"up", one("dsp", "blush.example/blush/rppg"), "not in the table"},
		{"engine into the service", one("engine", "blush.example/blush/internal/blush"), "not in the table"},
		{"handler into the store", one("internal/httpapi", "blush.example/blush/internal/store"), "not in the table"},
		{"store into the rules", one("internal/store", "blush.example/blush/internal/account"), "not in the table"},
		{"into a command", one("cmd/blush", "blush.example/blush/cmd/other"), "nothing imports a command"},
		{"a new package", one("util", "fmt"), "no row"},
		{"a driver outside the store", one("internal/scan", "github.com/jackc/pgx/v5/pgxpool"), "driver"},
		{"a driver in the store", one("internal/store", "github.com/jackc/pgx/v5/pgxpool"), ""},
		{"the queue's driver", one("internal/scan", "github.com/riverqueue/river/riverdriver/riversqlite"), "driver"},
		{"the queue itself", one("internal/scan", "github.com/riverqueue/river"), ""},
		{"SQL in a handler", one("internal/httpapi", "database/sql"), "all SQL"},
		{"the FFT", one("simulate", "gonum.org/v1/gonum/dsp/fourier"), ""},
		{"matrices", one("ppg", "gonum.org/v1/gonum/mat"), "standard library"},
		{"a logger in the engine", one("engine", "log/slog"), "neither clock"},
		{"the disk in the engine", one("rppg", "os"), "neither clock"},
		{"the network in the engine", one("face", "net/http"), "neither clock"},
		{"global randomness", one("simulate", "math/rand"), "neither clock"},
		{"seeded randomness", one("simulate", "math/rand/v2"), ""},
		{"a clock in the engine", call("engine", "time.Now"), "no clock"},
		{"a clock in the service", call("internal/scan", "time.Now"), ""},
		{"unseeded randomness", call("simulate", "rand.Float64"), "unseeded"},
		{"ffmpeg outside the browser", ffmpeg, ""},
		{"ffmpeg in the browser", file{pkg: "video", name: "f.go", imports: []string{"os/exec"}, browser: true}, "neither clock"},
		{"a test library in the binary", one("internal/server", "github.com/santhosh-tekuri/jsonschema/v6"), "for tests"},
	}
	for _, c := range cases {
		got := strings.Join(check([]file{c.file}), "; ")
		if c.wrong == "" && got != "" {
			t.Errorf("%s: refused: %s", c.what, got)
		}
		if c.wrong != "" && !strings.Contains(got, c.wrong) {
			t.Errorf("%s: want a sentence with %q, got %q", c.what, c.wrong, got)
		}
	}
}

// TestFileReading reads the imports, the calls and the build constraint of a source file.
func TestFileReading(t *testing.T) {
	dir := t.TempDir()
	src := "//go:build !js\n\npackage x\n\nimport clock \"time\"\n\nvar T = clock.Now()\n"
	if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	f := parse(t, dir, "x.go")
	if !slices.Equal(f.imports, []string{"time"}) || !slices.Equal(f.calls, []string{"time.Now"}) || f.browser {
		t.Errorf("read %+v, want the import time, the call time.Now and no part in the browser's build", f)
	}
}

func read(t *testing.T) []file {
	t.Helper()
	var files []file
	err := filepath.WalkDir(module, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != module && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "dist") {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(p, "go.mod")); p != module && err == nil {
				return filepath.SkipDir // another module
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f := parse(t, filepath.Dir(p), name)
		rel, err := filepath.Rel(module, filepath.Dir(p))
		if err != nil {
			return err
		}
		if rel != "." {
			f.pkg = filepath.ToSlash(rel)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func parse(t *testing.T, dir, name string) file {
	t.Helper()
	syntax, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	browser := build.Default
	browser.GOOS, browser.GOARCH, browser.CgoEnabled = "js", "wasm", false
	f := file{name: name}
	if f.browser, err = browser.MatchFile(dir, name); err != nil {
		t.Fatal(err)
	}
	local := map[string]string{} // name in the file → last element of the import path
	for _, s := range syntax.Imports {
		imp, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		f.imports = append(f.imports, imp)
		base := path.Base(imp)
		if base == "v2" {
			base = path.Base(path.Dir(imp))
		}
		local[base] = base
		if s.Name != nil {
			local[s.Name.Name] = base
		}
	}
	ast.Inspect(syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && local[x.Name] != "" {
				f.calls = append(f.calls, local[x.Name]+"."+sel.Sel.Name)
			}
		}
		return true
	})
	return f
}
