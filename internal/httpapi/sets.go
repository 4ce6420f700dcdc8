package httpapi

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"blush.example/blush/internal/catalogue"

	"github.com/danielgtaylor/huma/v2"
)

// A field with the tag `set:"zones"` allows the names of that set of the catalogue, and
// "{zones}" in a description is replaced by them.

// typedElsewhere are the fields of the engine's types that allow the names of a set.
var typedElsewhere = map[string]map[string]string{
	"Estimate": {"biomarker": "biomarkers", "reason": "reasons"},
	"FaceScan": {"quality_status": "qualities", "quality_flags": "reasons"},
}

// fillSets gives every field of the document its set.
func fillSets(registry huma.Registry) {
	for name, s := range registry.Map() {
		fields(registry.TypeFromRef("#/components/schemas/"+name), "json", func(f reflect.StructField, key string) {
			if p := s.Properties[key]; p != nil {
				fillSet(p, f.Tag.Get("set"))
			}
		})
		for key, set := range typedElsewhere[name] {
			fillSet(s.Properties[key], set)
		}
		describe(s)
		s.PrecomputeMessages()
	}
}

// describe replaces the sets in the descriptions of a schema and of the schemas in it.
func describe(s *huma.Schema) {
	s.Description = inWords(s.Description)
	for _, p := range s.Properties {
		describe(p)
	}
}

// fillParameters does the same for the path and the query of one route.
func fillParameters(op *huma.Operation, request reflect.Type) {
	for _, in := range []string{"path", "query"} {
		fields(request, in, func(f reflect.StructField, key string) {
			for _, p := range op.Parameters {
				if p.In == in && p.Name == key {
					fillSet(p.Schema, f.Tag.Get("set"))
					p.Description = inWords(p.Description)
					describe(p.Schema)
				}
			}
		})
	}
}

func fillSet(s *huma.Schema, set string) {
	if set == "" {
		return
	}
	of := s
	if s.Items != nil {
		of = s.Items
	}
	of.Enum = nil
	for _, name := range catalogue.Set(set) {
		of.Enum = append(of.Enum, name)
	}
	of.PrecomputeMessages()
	s.PrecomputeMessages()
}

// fields calls each for every field of a struct that has a name in a tag, including those of embedded structs.
func fields(t reflect.Type, tag string, each func(f reflect.StructField, key string)) {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			fields(f.Type, tag, each)
		} else if key, _, _ := strings.Cut(f.Tag.Get(tag), ","); key != "" && key != "-" {
			each(f, key)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// inWords replaces the sets in a description by their names: a, b or c.
func inWords(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(set string) string {
		names := slices.Clone(catalogue.Set(strings.Trim(set, "{}")))
		last := len(names) - 1
		return strings.Join(names[:last], ", ") + " or " + names[last]
	})
}
