package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// settings resolves flags from the file that --config or BLUSH_CONFIG names. A
// flag on the command line wins, then the environment, then the file. Kong alone
// would let the file override the environment.
type settings struct {
	file   string
	values map[string]any
}

// Validate is part of kong's Resolver; the file is checked when it is read.
func (s *settings) Validate(*kong.Application) error { return nil }

// Resolve returns the file's value of a flag, nil when there is none.
func (s *settings) Resolve(ctx *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	at := slices.IndexFunc(parent.Flags, func(f *kong.Flag) bool { return f.Name == "config" })
	if at < 0 || flag.Name == "config" {
		return nil, nil
	}
	file, _ := ctx.FlagValue(parent.Flags[at]).(string)
	if file == "" || slices.ContainsFunc(flag.Envs, func(env string) bool { _, set := os.LookupEnv(env); return set }) {
		return nil, nil
	}
	if err := s.load(file, known(ctx.Model.Node)); err != nil {
		return nil, err
	}
	return s.values[flag.Name], nil
}

// load reads the file once, and rejects settings that no command has: a
// misspelt setting must not be ignored silently.
func (s *settings) load(file string, names []string) error {
	if s.file == file {
		return nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return badInput("--config %w", plainPath(err))
	}
	if !utf8.Valid(b) {
		return badInput("--config %s: not UTF-8", file)
	}
	values := map[string]any{}
	if err := json.Unmarshal(b, &values); err != nil {
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) { // its text names Go's types
			err = fmt.Errorf("found %s", wrong.Value)
		}
		return badInput("--config %s: not a JSON object of settings: %w", file, err)
	}
	for name, v := range values {
		if !slices.Contains(names, name) {
			return badInput("--config %s: %q is not a setting; the settings are %s", file, name, strings.Join(names, ", "))
		}
		if n, ok := v.(float64); ok {
			values[name] = fmt.Sprint(n) // kong parses flags from text
		}
	}
	s.file, s.values = file, values
	return nil
}

// known lists the settings: the flags with a name in the environment, of every
// command that takes a file of settings.
func known(n *kong.Node) []string {
	var names []string
	if slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == "config" }) {
		for _, f := range n.Flags {
			if f.Name != "config" && len(f.Envs) > 0 {
				names = append(names, f.Name)
			}
		}
	}
	for _, c := range n.Children {
		names = append(names, known(c)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
