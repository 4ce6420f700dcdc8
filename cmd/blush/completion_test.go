package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func model(t *testing.T) *kong.Node {
	t.Helper()
	var cli commands
	p, err := kong.New(&cli, kong.Name("blush"), helpLists())
	if err != nil {
		t.Fatal(err)
	}
	return p.Model.Node
}

// Completions of a command line, whose last word is unfinished.
func TestComplete(t *testing.T) {
	root := model(t)
	for _, c := range []struct {
		words []string
		some  []string // of what may come next
		not   string
	}{
		{[]string{""}, []string{"serve", "doctor", "key"}, "--help"},
		{[]string{"mi"}, []string{"migrate", "migrate-data"}, "serve"},
		{[]string{"key", ""}, []string{"create", "list", "revoke", "rotate"}, "serve"},
		{[]string{"key", "revoke", "--k"}, []string{"--keep-tokens"}, "--disable-webhooks"},
		{[]string{"serve", "--tls"}, []string{"--tls-cert", "--tls-key", "--tls-domain"}, "--listen"},
		{[]string{"serve", "--log-level", ""}, []string{"debug", "info", "warn", "error"}, "text"},
		{[]string{"serve", "--log-level", "w"}, []string{"warn"}, "info"},
		{[]string{"serve", "--log-level=w"}, []string{"--log-level=warn"}, "--log-level=info"},
		{[]string{"serve", "--log-level", "=", "w"}, []string{"warn"}, "info"}, // as bash says it
		{[]string{"serve", "--log-level", "="}, []string{"warn"}, "text"},
		{[]string{"serve", "--log-level", "info", "--log-format", ""}, []string{"text", "json"}, "info"},
		{[]string{"completion", ""}, []string{"bash", "fish", "zsh"}, "serve"},
		{[]string{"serve", "--plain-http", "--l"}, []string{"--listen"}, "true"},
	} {
		var got []string
		for _, next := range complete(root, c.words) {
			got = append(got, next.word)
		}
		for _, want := range c.some {
			if !slices.Contains(got, want) {
				t.Errorf("%q: %q is not among %q", c.words, want, got)
			}
		}
		if slices.Contains(got, c.not) {
			t.Errorf("%q: %q is among %q", c.words, c.not, got)
		}
	}
	for _, words := range [][]string{nil, {"serve", "--data-dir", ""}, {"analyze", ""}, {"nonsense", "x"}, {"serve", "--nonsense="}} {
		if got := complete(root, words); len(got) > 0 {
			t.Errorf("%q: %v, where the shell completes names of files", words, got)
		}
	}
}

// The manual page has every command and every flag that is not hidden.
func TestManNamesEverything(t *testing.T) {
	root := model(t)
	var page bytes.Buffer
	writeMan(&page, root)
	text := page.String()
	var walk func(n *kong.Node, path string)
	walk = func(n *kong.Node, path string) {
		if len(n.Children) == 0 && !strings.Contains(text, "\n.SS "+roff(path)) {
			t.Errorf("%s is missing", path)
		}
		for _, f := range n.Flags {
			if !f.Hidden && f.Name != "help" && !strings.Contains(text, "\n\\fB\\-\\-"+roff(f.Name)+"\\fR") {
				t.Errorf("--%s of %s is missing", f.Name, path)
			}
		}
		for _, c := range n.Children {
			walk(c, strings.TrimSpace(path+" "+c.Name))
		}
	}
	walk(root, "")
	if got := roff(".a\\-b\n'c"); got != `\&.a\e\-b`+"\n"+`\&'c` {
		t.Errorf("%q", got)
	}
}
