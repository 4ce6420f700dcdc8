package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// trailing is the space at the ends of lines, which a document does not keep.
var trailing = regexp.MustCompile(`(?m) +$`)

// runUntil runs a block that goes on until it is interrupted, and interrupts it once it has printed a text.
func (r *reader) runUntil(b block, script, end string) {
	r.t.Helper()
	said := &journal{}
	cmd := exec.Command("bash", "-c", "source .state\n"+r.from.Replace(script))
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = r.dir, r.env(), said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt reaches the shell and what it runs, as from a terminal
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !strings.Contains(said.String(), end) {
		select {
		case err := <-ended:
			r.t.Fatalf("%s: it ended before it said %q: %v\n%s", b.at(), end, err, said)
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		r.t.Error(err)
	}
	<-ended
}

// vendorSDK asks the server for a widget as the vendor's SDK does.
const vendorSDK = `
class IntelliProveWidgets {
  constructor(token, url) { Object.assign(this, { token, url }); }
  async mountWidget(selector, name, data) {
    const answer = await fetch(this.url + "/v2/widgets/" + name + "?version=2", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Token " + this.token },
      body: JSON.stringify({ appearance: { theme: {}, language: null, variation: "default" }, data }),
    });
    const html = await answer.text();
    if (!answer.ok || !html.includes("intelli-widget")) throw new Error(answer.status + " " + html);
  }
}
const actionToken = process.env.TOKEN;
`

// runJS runs a piece of JavaScript of a page in Node, with a stand-in for the vendor's SDK.
func (r *reader) runJS(b block) {
	r.t.Helper()
	name := fmt.Sprintf("piece%d.mjs", b.line)
	text := vendorSDK + strings.ReplaceAll(b.text, "https://scan.example.org", r.url)
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.shell(b.at(), "NODE_EXTRA_CA_CERTS=blush-data/tls/ca.pem node "+name)
}

// checkers replace the programs of a block that no test runs. The shell itself reads the block. A command of Blush and its flags are
// read by Blush (--help runs nothing), make must know its targets, and scripts must be readable.
const checkers = `
set -euo pipefail
blush() { command blush "$@" --help >/dev/null; }
make() { command make -n "$@" >/dev/null; }
bash() { test -f "$1" && command bash -n "$1"; }
`

// checkShell reads a block of shell in the repository and runs none of its programs.
func checkShell(t *testing.T, b block) {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", checkers+b.text)
	cmd.Dir, cmd.Env = repository, append(os.Environ(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s%s", b.at(), err, b.text, out)
	}
}

// What no test runs is still of this version.
func TestBlocksThatAreNotRun(t *testing.T) {
	t.Parallel()
	for _, all := range documents(t) {
		for _, b := range all {
			if b.mark("not run") == "" {
				continue
			}
			if b.language != "sh" {
				t.Errorf("%s: a block of %s can be run", b.at(), b.language)
				continue
			}
			checkShell(t, b)
		}
	}
}

// measured is a line of a benchmark's result.
var measured = regexp.MustCompile(`(?m)^Benchmark\S+\s+\d+\s`)

// A measurement is run with further words that make it short, <!-- shorter: WORDS -->.
func TestMeasurementsRunShortly(t *testing.T) {
	t.Parallel()
	for _, all := range documents(t) {
		for _, b := range all {
			if b.mark("shorter") == "" {
				continue
			}
			cmd := exec.Command("bash", "-euo", "pipefail", "-c", strings.TrimSpace(b.text)+" "+b.mark("shorter"))
			cmd.Dir, cmd.Env = repository, append(os.Environ(), "CGO_ENABLED=0", quickGo)
			out, err := cmd.CombinedOutput()
			if err != nil || !measured.Match(out) {
				t.Errorf("%s measures nothing: %v\n%s", b.at(), err, out)
			}
		}
	}
}

// The pieces of TypeScript have right types, as the compiler that checks the pages finds.
func TestTypeScriptBlocks(t *testing.T) {
	dir := t.TempDir()
	found := 0
	for name, all := range documents(t) {
		for _, b := range all {
			if b.language != "ts" || b.mark("not run") != "" {
				continue
			}
			found++
			file := fmt.Sprintf("%s-%d.ts", strings.TrimSuffix(filepath.Base(name), ".md"), b.line)
			if err := os.WriteFile(filepath.Join(dir, file), []byte(b.text+"\nexport {};\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if found == 0 {
		t.Fatal("no document has TypeScript")
	}
	components, err := filepath.Abs("../web/components")
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`{"compilerOptions":{"strict":true,"noEmit":true,"skipDefaultLibCheck":true,"target":"es2022","module":"esnext","moduleResolution":"bundler","lib":["es2023","dom","dom.iterable"],"types":[],"paths":{"@blush/components":["%s/types.d.ts"]}},"include":["*.ts"]}`, filepath.ToSlash(components))
	if err := os.WriteFile(filepath.Join(dir, "tsconfig.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	about, err := os.ReadFile("../web/components/package.json")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`"typescript": "([^"]+)"`).FindSubmatch(about)
	if version == nil {
		t.Fatal("web/components/package.json names no version of typescript")
	}
	cmd := exec.Command("npm", "exec", "--yes", "--package=typescript@"+string(version[1]), "--", "tsc", "-p", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("tsc: %v\n%s", err, out)
	}
}
