package gallery

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// declared are the types of web/components/data.d.ts: the fields of each interface, and what each other name stands for.
type declared struct {
	fields map[string]map[string]string
	names  map[string]string
}

func readTypes(t *testing.T) declared {
	t.Helper()
	text, err := os.ReadFile("../../web/components/data.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	out := declared{map[string]map[string]string{}, map[string]string{}}
	for _, m := range regexp.MustCompile(`(?m)^export type (\w+) = (.*);$`).FindAllStringSubmatch(string(text), -1) {
		out.names[m[1]] = m[2]
	}
	for _, m := range regexp.MustCompile(`(?s)export interface (\w+) \{\n(.*?)\n\}`).FindAllStringSubmatch(string(text), -1) {
		out.fields[m[1]] = map[string]string{}
		for _, f := range regexp.MustCompile(`(?m)^  (\w+): (.*);$`).FindAllStringSubmatch(m[2], -1) {
			out.fields[m[1]][f[1]] = f[2]
		}
	}
	return out
}

// fault says what of a value is not of a type; "" where all is.
func (d declared) fault(where, kind string, v any) string {
	if alternatives := strings.Split(kind, " | "); len(alternatives) > 1 {
		if v == nil && slices.Contains(alternatives, "null") || slices.Contains(alternatives, fmt.Sprintf("%q", v)) {
			return ""
		}
		if rest := slices.DeleteFunc(alternatives, func(a string) bool { return a == "null" || a[0] == '"' }); v != nil && len(rest) == 1 {
			return d.fault(where, rest[0], v)
		}
		return fmt.Sprintf("%s is %v, which is no %s", where, v, kind)
	}
	if of, isList := strings.CutSuffix(kind, "[]"); isList || strings.HasPrefix(kind, "[") {
		list, ok := v.([]any)
		if !isList {
			of, _, _ = strings.Cut(kind[1:], ",")
			ok = ok && len(list) == 2
		}
		if !ok {
			return fmt.Sprintf("%s is %v, which is no %s", where, v, kind)
		}
		for i, each := range list {
			if f := d.fault(fmt.Sprintf("%s[%d]", where, i), of, each); f != "" {
				return f
			}
		}
		return ""
	}
	if name, ok := d.names[kind]; ok {
		if name == fmt.Sprintf("%q", v) {
			return ""
		}
		return d.fault(where, name, v)
	}
	if fields, ok := d.fields[kind]; ok {
		object, _ := v.(map[string]any)
		for name := range object {
			if fields[name] == "" {
				return fmt.Sprintf("%s.%s is sent, and no field of %s", where, name, kind)
			}
		}
		for name, of := range fields {
			value, sent := object[name]
			if !sent {
				return fmt.Sprintf("%s.%s of %s is not sent", where, name, kind)
			}
			if f := d.fault(where+"."+name, of, value); f != "" {
				return f
			}
		}
		return ""
	}
	if got := map[string]string{"string": "string", "float64": "number", "bool": "boolean"}[fmt.Sprintf("%T", v)]; got != kind {
		return fmt.Sprintf("%s is %v, which is no %s", where, v, kind)
	}
	return ""
}

// The types of the components are what the API sends, field by field, in every state: nothing else, and nothing less.
func TestTypesAreWhatTheAPISends(t *testing.T) {
	types := readTypes(t)
	check := func(what, kind string, data []byte) {
		t.Helper()
		var v struct{ Data any }
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		if f := types.fault("data", kind, v.Data); f != "" {
			t.Errorf("%s: %s", what, f)
		}
	}
	checked := 0
	for _, c := range cardsIn(t, "en") {
		kind := map[string]string{"blush-biomarker": "BiomarkerData", "blush-metric": "MetricData", "blush-graph": "GraphData"}[c.Element]
		if kind != "" && string(c.Data) != "null" {
			check(c.Group+", "+c.State, kind, c.Data)
			checked++
		}
	}
	g, _ := shared()
	p, err := g.built(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.cards {
		if c.Group == lists {
			kind := map[string]string{"main": "MainData", "recommendations": "RecommendationsData", "todos": "TodosData"}[c.widget]
			for _, who := range []string{c.who, "nobody", "worried"} {
				b, err := p.ask(observed(t), who, "GET", "/v2/widgets/"+c.widget, nil)
				if err != nil {
					t.Fatal(err)
				}
				check(who+", "+c.State, kind, b)
				checked++
			}
		}
	}
	if checked < 60 {
		t.Errorf("only %d answers", checked)
	}
}
