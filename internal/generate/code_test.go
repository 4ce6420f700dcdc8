package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"blush.example/blush/internal/catalogue"
)

// defined are the declarations that define a set, or from which it is made.
var defined = map[string][]string{
	"biomarker.Reasons":                 {"reasons", "sandbox_reasons"},
	"biomarker.Catalogue":               {"biomarkers", "widget_biomarkers", "levels"},
	"internal/account.ScanBiomarkers":   {"scan_biomarkers"},
	"internal/blush.Actions":            {"actions"},
	"internal/blush.AttemptFaults":      {"attempt_faults", "delivery_faults"},
	"internal/blush.CallerKinds":        {"credential_kinds"},
	"internal/blush.DisabledReasons":    {"disabled_reasons"},
	"internal/blush.EventTypes":         {"event_types", "sent_event_types"},
	"internal/blush.Qualities":          {"qualities"},
	"internal/blush.ScanStatuses":       {"scan_statuses"},
	"internal/blush.Scopes":             {"scopes"},
	"internal/catalogue.Stages":         {"stages"},
	"internal/catalogue.cameraStatuses": {"camera_statuses"},
	"internal/catalogue.otherErrors":    {"other_errors"},
	"internal/health.Metrics":           {"metrics"},
	"internal/health.Severities":        {"severities"},
	"internal/health.Statuses":          {"statuses"},
	"internal/health.profiles":          {"profiles"},
	"internal/health.zones":             {"zones"},
	"internal/sandbox.Personas":         {"personas"},
	"internal/widget.Aggregations":      {"aggregations"},
	"internal/widget.GraphStates":       {"graph_states", "insight_states"},
	"internal/widget.InsightStates":     {"insight_states", "graph_states"},
	"internal/widget.States":            {"states", "insight_states", "graph_states"},
	"internal/widget.Variations":        {"variations"},
}

// complete are the objects of the API and the tables that need something for every name of a set.
var complete = map[string][]string{
	"cmd/blush.plain":              {"reasons"},
	"internal/fhir.reasons":        {"reasons"},
	"internal/health.ByMetric":     {"metrics"},
	"internal/health.ForEach":      {"metrics"},
	"internal/health.profiles":     {"metrics"},
	"internal/report.tones":        {"range_zones", "levels", "zones", "severities"},
	"internal/sandbox.faults":      {"sandbox_reasons"},
	"internal/scan.Wellbeing":      {"profiles"},
	"internal/scan.wellbeing":      {"profiles"},
	"internal/widget.NewBiomarker": {"scan_statuses"},
}

// partial are lists of other values that have the names of a set among them.
var partial = map[string][]string{
	"biomarker.Catalogue":             {"scan_biomarkers", "page_biomarkers"},
	"cmd/blush.plain":                 {"sandbox_reasons"},
	"cmd/blush.truthOf":               {"scan_biomarkers", "page_biomarkers"}, // what the simulator knows
	"internal/fhir.displays":          {"scan_biomarkers"},                    // those that LOINC has
	"internal/fhir.reasons":           {"sandbox_reasons"},
	"internal/sandbox.faults":         {"reasons"}, // all but not_measured
	"internal/sample.maker.estimates": {"scan_biomarkers", "page_biomarkers"},
	"internal/scan.Biomarkers":        {"scan_biomarkers", "page_biomarkers"}, // the numbers of the vendor's API
	"internal/scan.NewView":           {"scan_biomarkers", "page_biomarkers"},
	"internal/validate.Scan":          {"scan_biomarkers", "page_biomarkers"},
}

// A set is written in Go where it is defined, and otherwise only where each name needs something of its own, which is then there for every name:
// as the fields of an object, the parts of a table or the cases of a switch, by their text or by the constants for it.
func TestNoSetIsWrittenTwiceInGo(t *testing.T) {
	used := map[string]bool{}
	for _, l := range listsInGo(t) {
		for set, names := range setsAmong(l.names) {
			used[l.in+" "+set] = true
			switch {
			case slices.Contains(defined[l.in], set), slices.Contains(partial[l.in], set):
			case !slices.Contains(complete[l.in], set):
				t.Errorf("%s (%s) has the set %s: take it from where it is defined, or say in %s that it needs every name", l.at, l.in, set, "complete")
			case len(names) < len(catalogue.Set(set)):
				t.Errorf("%s (%s) has only %v of the set %s", l.at, l.in, names, set)
			}
		}
	}
	for _, known := range []map[string][]string{defined, complete, partial} {
		for in, sets := range known {
			for _, set := range sets {
				if !used[in+" "+set] {
					t.Errorf("%s has not the whole set %s", in, set)
				}
			}
		}
	}
}

// A list that a name was added to since is found too.
func TestSetsAmongNames(t *testing.T) {
	metrics := catalogue.Set("metrics")
	for _, want := range []struct {
		names []string
		set   string
		found bool
	}{
		{metrics, "metrics", true}, {metrics[1:], "metrics", true}, {metrics[2:], "metrics", false},
		{[]string{"energy_sleep", "mental", "other", "physical"}, "profiles", true}, {[]string{"mental", "physical"}, "profiles", false},
	} {
		if _, found := setsAmong(want.names)[want.set]; found != want.found {
			t.Errorf("%v: the set %s found: %v", want.names, want.set, found)
		}
	}
}

// A style sheet that has a rule for one zone or level has one for each, and so has the script with the components' styles.
func TestStylesHaveEveryZone(t *testing.T) {
	sheets := []string{root + "/web/components/src/style.ts"}
	for _, pattern := range []string{"internal/web/assets/*.css", "internal/web/assets/*/*.css", "internal/widget/style/*.css"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		sheets = append(sheets, found...)
	}
	with := 0
	for _, name := range sheets {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// Rules for good or normal alone are about the usual range, and about notices.
		for set, sign := range map[string]string{"zones": "optimal", "levels": "neutral"} {
			has := func(name string) bool { return regexp.MustCompile(`\.` + name + `\b[^;{}]*\{`).Match(text) }
			if !has(sign) {
				continue
			}
			with++
			for _, zone := range catalogue.Set(set) {
				if !has(zone) {
					t.Errorf("%s has no rule for %s of the set %s", name, zone, set)
				}
			}
		}
	}
	if with < 5 {
		t.Errorf("only %d style sheets with zones or levels were found", with)
	}
}

// Every zone and level has a mark, so that none is told by its colour alone.
func TestEveryZoneHasAMark(t *testing.T) {
	other, err := glyph("zone-mark", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, zone := range catalogue.Set("range_zones") {
		if own, err := glyph("zone-mark", zone); err != nil || own == other {
			t.Errorf("internal/widget/templates/parts.html has no mark for %s (%v)", zone, err)
		}
	}
}

// list is what a declaration in Go names at one place.
type list struct {
	in, at string // package and declaration; file and line
	names  []string
}

// listsInGo returns the names in each object, table and switch of the sources.
func listsInGo(t *testing.T) (lists []list) {
	t.Helper()
	sources := token.NewFileSet()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "testdata", "node_modules", "query", "shared"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(sources, path, nil, parser.ParseComments)
		if err == nil && !ast.IsGenerated(f) {
			files[strings.TrimPrefix(filepath.ToSlash(path), root+"/")] = f
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	constants := constantsIn(files)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f := files[path]
		for _, d := range f.Decls {
			for in, node := range declared(d) {
				ast.Inspect(node, func(n ast.Node) bool {
					if names := namesOf(n, f.Name.Name, constants); len(names) > 0 {
						lists = append(lists, list{filepath.ToSlash(filepath.Dir(path)) + "." + in, fmt.Sprintf("%s:%d", path, sources.Position(n.Pos()).Line), names})
					}
					return true
				})
			}
		}
	}
	return lists
}

// declared are the parts of a declaration, by their names.
func declared(d ast.Decl) map[string]ast.Node {
	out := map[string]ast.Node{}
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			of := d.Recv.List[0].Type
			if star, ok := of.(*ast.StarExpr); ok {
				of = star.X
			}
			name = fmt.Sprint(of) + "." + name
		}
		out[name] = d
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				out[s.Name.Name] = s
			case *ast.ValueSpec:
				out[s.Names[0].Name] = s
			}
		}
	}
	return out
}

// constantsIn are the constants that are texts, by package and name.
func constantsIn(files map[string]*ast.File) map[string]string {
	out := map[string]string{}
	for _, f := range files {
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, s := range g.Specs {
					v := s.(*ast.ValueSpec)
					for i := range v.Values {
						if text, ok := literal(v.Values[i]); ok {
							out[f.Name.Name+"."+v.Names[i].Name] = text
						}
					}
				}
			}
		}
	}
	return out
}

func literal(n ast.Node) (string, bool) {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

// namesOf are the names in an object, a table, a call or the cases of a switch.
func namesOf(n ast.Node, pkg string, constants map[string]string) (names []string) {
	under := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.SelectorExpr:
				if of, ok := n.X.(*ast.Ident); ok && constants[of.Name+"."+n.Sel.Name] != "" {
					names = append(names, constants[of.Name+"."+n.Sel.Name])
				}
				return false
			case *ast.Ident:
				if text := constants[pkg+"."+n.Name]; text != "" {
					names = append(names, text)
				}
			case *ast.BasicLit:
				if text, ok := literal(n); ok {
					names = append(names, text)
				}
			}
			return true
		})
	}
	switch n := n.(type) {
	case *ast.StructType:
		for _, f := range n.Fields.List {
			if f.Tag != nil {
				tag, _ := literal(f.Tag)
				name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
				names = append(names, name)
			}
		}
	case *ast.CompositeLit:
		under(n)
	case *ast.SwitchStmt:
		for _, c := range n.Body.List {
			for _, e := range c.(*ast.CaseClause).List {
				under(e)
			}
		}
	}
	return names
}

// setsAmong are the sets that some names are, each with its names among them. Fields have _ where a profile has -.
func setsAmong(names []string) map[string][]string {
	out := map[string][]string{}
	for _, name := range names {
		for _, name := range []string{name, strings.ReplaceAll(name, "_", "-")} {
			for _, set := range setsOf[name] {
				if !slices.Contains(out[set], name) {
					out[set] = append(out[set], name)
				}
			}
		}
	}
	maps.DeleteFunc(out, func(set string, names []string) bool { return len(names) < least(set) })
	return out
}
