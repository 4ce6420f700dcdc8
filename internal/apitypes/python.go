package apitypes

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Python writes every object of the document as a TypedDict. Type checkers know its fields, and
// a response is still a plain dict, which keeps fields that are newer than these types.
func Python(document []byte) ([]byte, error) {
	all, err := schemas(document)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("\"\"\"What the API takes and gives. Generated from the OpenAPI document; not to be edited.\"\"\"\n\n" +
		"from __future__ import annotations\n\nfrom typing import Any, Literal, NotRequired, TypedDict\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		if len(s.Properties) == 0 {
			return nil, fmt.Errorf("%s is not an object of the document", name)
		}
		if slices.ContainsFunc(s.fields(), func(f string) bool { return !identifier(f) }) {
			pythonCall(&out, name, s)
		} else {
			pythonClass(&out, name, s)
		}
	}
	return out.Bytes(), nil
}

func pythonClass(out *bytes.Buffer, name string, s *schema) {
	fmt.Fprintf(out, "\n\nclass %s(TypedDict):\n", name)
	for _, field := range s.fields() {
		p := s.Properties[field]
		fmt.Fprintf(out, "    %s: %s\n", field, pythonField(s, field))
		if p.Description != "" {
			fmt.Fprintf(out, "    %s\n", strconv.Quote(oneLine(p.Description)))
		}
	}
}

// pythonCall writes an object with a field whose name is a Python keyword, such as from.
func pythonCall(out *bytes.Buffer, name string, s *schema) {
	fmt.Fprintf(out, "\n\n%s = TypedDict(\n    %q,\n    {\n", name, name)
	for _, field := range s.fields() {
		fmt.Fprintf(out, "        %q: %q,\n", field, strings.ReplaceAll(pythonField(s, field), `"`, "'"))
	}
	out.WriteString("    },\n)\n")
}

func pythonField(s *schema, field string) string {
	kind := pythonType(s.Properties[field])
	if slices.Contains(s.Required, field) {
		return kind
	}
	return "NotRequired[" + kind + "]"
}

func pythonType(s *schema) string {
	if ref := s.reference(); ref != "" {
		return ref
	}
	if of, null := s.choices(); len(of) > 0 {
		parts := make([]string, len(of))
		for i, c := range of {
			parts[i] = pythonType(c)
		}
		return pythonOptional(strings.Join(parts, " | "), null)
	}
	kind, null := s.kind()
	switch kind {
	case "string":
		if values := s.values(); values != nil {
			quoted := make([]string, len(values))
			for i, v := range values {
				quoted[i] = strconv.Quote(v)
			}
			return pythonOptional("Literal["+strings.Join(quoted, ", ")+"]", null)
		}
		return pythonOptional("str", null)
	case "integer":
		return pythonOptional("int", null)
	case "number":
		return pythonOptional("float", null)
	case "boolean":
		return pythonOptional("bool", null)
	case "array":
		return pythonOptional("list["+pythonType(s.Items)+"]", null)
	case "object":
		return pythonOptional("dict[str, Any]", null)
	}
	return "Any"
}

func pythonOptional(kind string, null bool) string {
	if null {
		return kind + " | None"
	}
	return kind
}

// pythonKeywords are the keywords that an API field might be named after.
var pythonKeywords = []string{"from", "in", "is", "class", "global", "import", "pass", "return", "with", "not", "or", "and", "if", "for", "as"}

var identifierPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func identifier(name string) bool {
	return identifierPattern.MatchString(name) && !slices.Contains(pythonKeywords, name)
}
