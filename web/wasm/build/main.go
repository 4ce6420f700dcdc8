// Command build compiles the engine for browsers and puts it, compressed, where
// the server embeds it, with the toolchain's own glue and a note of what it was
// made from. The result is in the repository, because a clone must work with Go
// alone and a deployed binary has no compiler; a test says when it is older than the code.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
)

// Files in the folder of assets.
const (
	engineFile = "engine.wasm.br"
	noteFile   = "engine.json"
	glueFile   = "wasm_exec.js"
)

// note says what an engine was made from.
type note struct {
	Go      string `json:"go"`      // version of the toolchain, whose JavaScript glue is stored next to it
	Code    string `json:"code"`    // SHA-256 of the code of ours that is compiled in, without comments, and of the versions of what is not ours
	Sources string `json:"sources"` // the same with comments: lines are counted with them
	Wasm    string `json:"wasm"`    // SHA-256 of the engine before compression
	Bytes   int    `json:"bytes"`   // its length
	Sent    int    `json:"sent"`    // its length compressed
}

func main() {
	log.SetFlags(0)
	root, err := moduleRoot()
	if err != nil {
		log.Fatal(err)
	}
	n, err := produce(root, filepath.Join(root, assets))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %.2f MB, %.2f MB compressed\n", filepath.Join(assets, engineFile), float64(n.Bytes)/1e6, float64(n.Sent)/1e6)
}

// assets is where the server embeds the engine from, in the module.
const assets = "internal/web/assets/capture"

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	return strings.TrimSpace(string(out)), err
}

// produce builds the engine of the module at root into a folder.
func produce(root, into string) (note, error) {
	var n note
	var err error
	if n.Code, n.Sources, err = sources(root); err != nil {
		return n, err
	}
	wasm, err := compile(root)
	if err != nil {
		return n, err
	}
	var packed bytes.Buffer
	z := brotli.NewWriterOptions(&packed, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 24})
	if _, err := z.Write(wasm); err != nil {
		return n, err
	}
	if err := z.Close(); err != nil {
		return n, err
	}
	glue, err := toolchainGlue()
	if err != nil {
		return n, err
	}
	n.Go, n.Wasm, n.Bytes, n.Sent = runtime.Version(), hash(wasm), len(wasm), packed.Len()
	text, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return n, err
	}
	for name, b := range map[string][]byte{engineFile: packed.Bytes(), glueFile: glue, noteFile: append(text, '\n')} {
		if err := os.WriteFile(filepath.Join(into, name), b, 0o644); err != nil {
			return n, err
		}
	}
	return n, nil
}

// toolchainGlue reads the script with which the toolchain starts its programs in a browser.
func toolchainGlue() ([]byte, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "lib", "wasm", glueFile))
}

func hash(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

var forBrowsers = []string{"GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=", "GOWASM=", "GOEXPERIMENT="}

// compile builds the engine; the same sources and toolchain give the same bytes anywhere.
func compile(root string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "blush-wasm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "engine.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=", "-o", out, "./web/wasm")
	cmd.Dir, cmd.Env = root, append(os.Environ(), forBrowsers...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return os.ReadFile(out)
}

// sources hashes all that the engine is compiled from, without and with the comments.
func sources(root string) (code, all string, err error) {
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,ImportPath,GoFiles,EmbedFiles,Standard,Module", "./web/wasm")
	cmd.Dir, cmd.Env = root, append(os.Environ(), forBrowsers...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", "", err
	}
	var bare, whole []string
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir, ImportPath     string
			GoFiles, EmbedFiles []string
			Standard            bool
			Module              struct {
				Version string
				Main    bool
			}
		}
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return "", "", err
		}
		switch {
		case p.Standard:
		case !p.Module.Main:
			bare, whole = append(bare, p.ImportPath+" "+p.Module.Version), append(whole, p.ImportPath+" "+p.Module.Version)
		default:
			for _, name := range append(p.GoFiles, p.EmbedFiles...) {
				b, err := os.ReadFile(filepath.Join(p.Dir, name))
				if err != nil {
					return "", "", err
				}
				name = p.ImportPath + "/" + name + " "
				whole = append(whole, name+hash(b))
				if strings.HasSuffix(name, ".go ") {
					b = withoutComments(b)
				}
				bare = append(bare, name+hash(b))
			}
		}
	}
	slices.Sort(bare)
	slices.Sort(whole)
	return hash([]byte(strings.Join(bare, "\n"))), hash([]byte(strings.Join(whole, "\n"))), nil
}

// withoutComments returns the tokens of a Go file, one a line. The instructions to the compiler, which are comments, too, stay.
func withoutComments(src []byte) []byte {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(src)), src, nil, scanner.ScanComments)
	var out bytes.Buffer
	for {
		switch _, kind, text := s.Scan(); kind {
		case token.EOF:
			return out.Bytes()
		case token.SEMICOLON: // written or implied by the end of a line
			fmt.Fprintln(&out, kind)
		case token.COMMENT:
			if strings.HasPrefix(text, "//go:") {
				fmt.Fprintln(&out, text)
			}
		default:
			fmt.Fprintln(&out, kind, text)
		}
	}
}
