package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// A trace gives the same result in each of its forms, as on a server, which keeps and analyses the compact form.
func TestFormsOfATraceGiveOneResult(t *testing.T) {
	tr, _ := simulate.Scenario("dark", true, 53<<32+10, 30).Trace() // rounding changes where its beats are counted
	dir := t.TempDir()
	asJSON, asCompact := filepath.Join(dir, "t.json"), filepath.Join(dir, "t.trace")
	write := func(name string, write func(io.Writer, *rppg.Trace) error, tr *rppg.Trace) {
		var b bytes.Buffer
		if err := write(&b, tr); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(asJSON, rppg.WriteTraceJSON, tr)
	write(asCompact, rppg.WriteTraceCompact, tr.Rounded())
	result := func(name string) string {
		var out bytes.Buffer
		c := analyzeCmd{File: name, JSON: true, Site: "auto"}
		if err := c.Run(t.Context(), console{out: &out, err: io.Discard}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if a, b := result(asJSON), result(asCompact); a != b {
		t.Errorf("the result differs between the forms:\n%.300s\n%.300s", a, b)
	}
}
