package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestTextIsUTF8 gives every argument and flag of every command that takes text, and every environment
// variable of one, a name in Latin-1.
func TestTextIsUTF8(t *testing.T) {
	const latin1 = "B\xfcro"
	isText := func(v *kong.Value) bool {
		typ := v.Target.Type()
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		return typ == reflect.TypeFor[string]()
	}
	parser := kong.Must(&commands{}, kong.Name("blush"), helpLists(), onlyUTF8())
	refused := func(what string, args ...string) {
		t.Helper()
		if _, err := parser.Parse(args); err == nil || !strings.Contains(err.Error(), `"B\xfcro" is not UTF-8`) {
			t.Errorf("%s: error %v, want one that says that it is not UTF-8", what, err)
		}
	}
	tried := 0
	for _, leaf := range parser.Model.Leaves(true) {
		command := strings.Fields(leaf.Path())
		with := func(args ...string) []string { return append(append([]string{}, command...), args...) }
		for i, p := range leaf.Positional {
			if isText(p) {
				args := with()
				for range i {
					args = append(args, "x")
				}
				refused(leaf.Path()+" "+p.Summary(), append(args, latin1)...)
				tried++
			}
		}
		for _, group := range leaf.AllFlags(true) {
			for _, f := range group {
				if !isText(f.Value) {
					continue
				}
				tried++
				refused(leaf.Path()+" --"+f.Name, with("--"+f.Name, latin1)...)
				refused(leaf.Path()+" --"+f.Name+"=", with("--"+f.Name+"="+latin1)...)
				for _, name := range f.Envs {
					t.Run(name, func(t *testing.T) {
						t.Setenv(name, latin1)
						refused(leaf.Path()+" with "+name, with()...)
					})
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("tried %d arguments and flags, want all", tried)
	}
}

// Programs read every list as JSON.
func TestListsHaveJSON(t *testing.T) {
	parser := kong.Must(&commands{}, kong.Name("blush"), helpLists())
	lists := 0
	for _, leaf := range parser.Model.Leaves(true) {
		if !slices.Contains([]string{"list", "show", "deliveries"}, leaf.Name) {
			continue
		}
		lists++
		if !slices.ContainsFunc(leaf.Flags, func(f *kong.Flag) bool { return f.Name == "json" }) {
			t.Errorf("%s has no --json", leaf.Path())
		}
	}
	if lists < 6 {
		t.Errorf("%d lists", lists)
	}
}
