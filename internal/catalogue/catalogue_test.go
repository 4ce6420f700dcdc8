package catalogue_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
)

// The engine reads every biomarker of a scan: without a formula for one, it would panic at the first scan with a heart rate.
func TestEngineReadsEveryBiomarker(t *testing.T) {
	read := namesIn(t)
	for name, constant := range constants(t) {
		if k, listed := biomarker.Find(name); !listed {
			t.Errorf("%s has no entry in Catalogue, biomarker/catalogue.go", name)
		} else if k.FromScan && !read[constant] {
			t.Errorf("the engine reads no %s: add its formula and its estimate to engine/markers.go", name)
		}
	}
}

// constants are the constants of the biomarkers, by name.
func constants(t *testing.T) map[biomarker.Name]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../biomarker/catalogue.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[biomarker.Name]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if of, typed := spec.Type.(*ast.Ident); typed && of.Name == "Name" {
				out[biomarker.Name(strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))] = spec.Names[0].Name
			}
		}
		return true
	})
	if len(out) != len(biomarker.Catalogue) {
		t.Errorf("%d constants, %d entries", len(out), len(biomarker.Catalogue))
	}
	return out
}

// namesIn are the names of package biomarker that the engine uses.
func namesIn(t *testing.T) map[string]bool {
	t.Helper()
	sources, err := filepath.Glob("../../engine/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal(sources, err)
	}
	out := map[string]bool{}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "biomarker" {
					out[s.Sel.Name] = true
				}
			}
			return true
		})
	}
	return out
}
