package importtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// An error of a service names only the field. Package httpapi adds its place in the request (body, query, path, header).
func TestErrorsNameTheFieldAlone(t *testing.T) {
	places := []string{"body", "query", "path", "header"}
	calls := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, src, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 3 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Field" {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); !ok || x.Name != "blush" {
				return true
			}
			calls++
			if lit, ok := call.Args[2].(*ast.BasicLit); ok {
				if name, err := strconv.Unquote(lit.Value); err == nil && slices.Contains(places, name) {
					t.Errorf("%s: the field begins with %q, a place in a request", set.Position(call.Pos()), name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls < 20 {
		t.Errorf("only %d errors about fields were found", calls)
	}
}
