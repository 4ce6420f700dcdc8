package client_test

import (
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"blush.example/blush/client"
	"blush.example/blush/engine"
)

// outsideProgram is an integrator's program: it names the type of everything
// that the client returns.
const outsideProgram = `package main

import (
	"context"
	"fmt"
	"os"

	"MODULE/biomarker"
	"MODULE/client"
	"MODULE/engine"
	"MODULE/rppg"
)

func main() {
	c := &client.Client{BaseURL: os.Args[1], APIKey: os.Getenv("BLUSH_KEY")}
	trace := &rppg.Trace{Version: 1, Site: rppg.Face}
	var scan client.Scan
	scan, err := c.SubmitTrace(context.Background(), client.UserRef{ExternalID: "anna"}, trace)
	if err != nil {
		fmt.Fprintln(os.Stderr, client.Status(err), err)
		os.Exit(1)
	}
	var rate biomarker.Estimate
	rate, _ = scan.Estimate(biomarker.HeartRate)
	var made *engine.Info = scan.Engine
	var capture *engine.Capture = scan.Capture
	var flags []biomarker.Reason = scan.QualityFlags
	wave, _ := c.Waveform(context.Background(), scan.FaceScanID)
	var beats []engine.Beat = wave.Beats
	var track engine.Track = wave.Track
	fmt.Println(rate, made, capture, flags, beats, track)
}
`

// TestModuleOutside builds a program of another module, which finds this one
// through a replace. It needs no network: all imports of the client are local.
func TestModuleOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	gomod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	gosum, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	module := regexp.MustCompile(`(?m)^module (.+)$`).FindStringSubmatch(string(gomod))[1]
	// A public Go module's path begins with a domain.
	if first, _, _ := strings.Cut(module, "/"); !strings.Contains(first, ".") {
		t.Fatalf("go get %s/client: the first element of the path has no dot", module)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// The versions are this module's own, so that all of them are in the cache of modules.
	outside := strings.Replace(string(gomod), "module "+module, "module integrator.example/app", 1) +
		"\nrequire " + module + " v0.0.0\nreplace " + module + " => " + root + "\n"
	for name, text := range map[string]string{
		"go.mod": outside, "go.sum": string(gosum), "main.go": strings.ReplaceAll(outsideProgram, "MODULE", module),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "app"), ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod", "GOPROXY=off", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}

// TestTypesHaveNames checks that an importer can name every type that the client
// accepts and returns.
func TestTypesHaveNames(t *testing.T) {
	module := strings.TrimSuffix(reflect.TypeFor[client.Client]().PkgPath(), "/client")
	seen := map[reflect.Type]bool{}
	var walk func(path string, of reflect.Type)
	walk = func(path string, of reflect.Type) {
		if seen[of] {
			return
		}
		seen[of] = true
		if of.PkgPath() != "" {
			name, _, _ := strings.Cut(of.Name(), "[")
			if strings.Contains(of.PkgPath()+"/", "/internal/") || !token.IsExported(name) {
				t.Errorf("%s has the type %s, which other modules cannot name", path, of)
			}
			if !strings.HasPrefix(of.PkgPath(), module) {
				return
			}
		}
		for i := range of.NumMethod() {
			walk(path+"."+of.Method(i).Name, of.Method(i).Type)
		}
		switch of.Kind() {
		case reflect.Struct:
			for i := range of.NumField() {
				if f := of.Field(i); f.IsExported() {
					walk(path+"."+f.Name, f.Type)
				}
			}
		case reflect.Func:
			for i := range of.NumIn() {
				walk(path, of.In(i))
			}
			for i := range of.NumOut() {
				walk(path, of.Out(i))
			}
		case reflect.Map:
			walk(path, of.Key())
			walk(path, of.Elem())
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			walk(path, of.Elem())
		default: // plain values
		}
	}
	walk("Client", reflect.TypeFor[*client.Client]())
	walk("Error", reflect.TypeFor[*client.Error]())
	if !seen[reflect.TypeFor[engine.Track]()] {
		t.Error("the walk did not reach the types of the engine")
	}
}
