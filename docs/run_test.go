package docs_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"blush.example/blush/blushtest/freeport"
)

// program builds the binary of the documents, once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "blush-docs-")
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "blush"), goBuild(filepath.Join(dir, "blush"), "./cmd/blush")
})

// goBuild builds a program, without what only a debugger reads. Go keeps a program that it runs, and not one that it builds: so it
// runs cp with the program's file.
func goBuild(to, what string) error {
	cmd := exec.Command("go", "run", "-ldflags=-w", "-exec", "cp", what, to)
	cmd.Dir, cmd.Env = repository, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", what, err, out)
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if file, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(code)
}

// reader follows one document like a person who types its commands, in a separate folder with one shell.
type reader struct {
	t    *testing.T
	dir  string
	key  string // of the customer ACME, for tests
	url  string // of the server, empty before it runs
	log  *journal
	from *strings.Replacer // replaces addresses of the documents with those of the test
	http *http.Client
	stop func() // ends the server that runs
}

// journal is the output of servers, which can be read while they run.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// addresses of the documents, which are others in a test, because several servers run at once.
var addresses = []string{"localhost:8443", "localhost:3000", "127.0.0.1:9090"}

func newReader(t *testing.T) *reader {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, dir: t.TempDir(), log: &journal{}}
	pairs := []string{"--seconds 75", "--seconds 2"} // the film of the quick start: a short one takes the same command
	for _, a := range addresses {
		host, _, _ := net.SplitHostPort(a)
		port, err := freeport.On(host)
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, a, net.JoinHostPort(host, port))
	}
	r.from = strings.NewReplacer(pairs...)
	if err := os.Symlink(file, filepath.Join(r.dir, "blush")); err != nil {
		t.Fatal(err)
	}
	// The program is built already; Go runs what it is asked to in the repository.
	// A browser has no window here, and prints the page instead. An answer of curl that is an error fails the test.
	shell := `curl() { command curl --fail-with-body "$@"; }` + "\n" +
		`chromium() { command chromium-headless-shell --no-sandbox --disable-gpu --virtual-time-budget=20000 --dump-dom "$@"; }` + "\n" +
		`go() { case "$1 ${2-} ${3-}" in "build -o blush") ;; *) (cd "$REPOSITORY" && command go "$@") ;; esac; }` + "\n"
	if err := os.WriteFile(filepath.Join(r.dir, ".state"), []byte(shell), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// quickGo leaves out what only a debugger reads, and what lint.sh has checked, in addition to what the tests were built with.
var quickGo = "GOFLAGS=" + os.Getenv("GOFLAGS") + " -ldflags=-w -vet=off"

// quickJava suits programs that end soon.
const quickJava = "JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

func (r *reader) env() []string {
	root, _ := filepath.Abs(repository)
	return append(os.Environ(), "PATH="+r.dir+":"+os.Getenv("PATH"), "REPOSITORY="+root, "BLUSH_LISTEN="+r.from.Replace("localhost:8443"), "HOME="+r.dir,
		"GOPATH="+goEnv("GOPATH"), "GOCACHE="+goEnv("GOCACHE"), "CGO_ENABLED=0", quickGo, quickJava, "npm_config_audit=false", "npm_config_fund=false", "npm_config_update_notifier=false")
}

var goEnv = func() func(string) string {
	var mu sync.Mutex
	known := map[string]string{}
	return func(name string) string {
		mu.Lock()
		defer mu.Unlock()
		if known[name] == "" {
			out, _ := exec.Command("go", "env", name).Output()
			known[name] = strings.TrimSpace(string(out))
		}
		return known[name]
	}
}()

var devKey = regexp.MustCompile(`blush_dev_[a-z0-9]+`)

// shell runs a script in the reader's shell, which keeps its variables and functions, and returns what it prints.
func (r *reader) shell(what, script string) string {
	r.t.Helper()
	cmd := exec.Command("bash", "-c", "set -euo pipefail\nsource .state\n"+r.from.Replace(strings.ReplaceAll(script, "blush_dev_…", r.key))+"\n{ declare -px; declare -f; } > .state\n")
	var out, said bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = r.dir, r.env(), &out, &said
	if err := cmd.Run(); err != nil {
		r.t.Fatalf("%s: %v\n%s\n%s%s\nserver: %s", what, err, script, &out, &said, r.log)
	}
	if r.key == "" {
		r.key = devKey.FindString(out.String())
	}
	return out.String()
}

// start runs a command until the test ends, and waits until it answers at an address.
func (r *reader) start(command, address string) (stop func()) {
	r.t.Helper()
	cmd := exec.Command("bash", "-c", "source .state\nexec "+r.from.Replace(command))
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = r.dir, r.env(), r.log, r.log
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = sync.OnceFunc(func() { _ = cmd.Process.Signal(os.Interrupt); <-ended })
	r.t.Cleanup(stop)
	for {
		if c, err := net.Dial("tcp", r.from.Replace(address)); err == nil {
			c.Close()
			return stop
		}
		select {
		case err := <-ended:
			ended <- err
			r.t.Fatalf("%s: %v\n%s", command, err, r.log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// serve starts blush serve, as a document says it.
func (r *reader) serve(command string) {
	r.t.Helper()
	if r.stop != nil { // a document that starts it again
		r.stop()
	}
	r.stop = r.start(command, "localhost:8443")
	scheme := "https://"
	r.http = &http.Client{}
	if strings.Contains(command, "--plain-http") {
		scheme = "http://"
	} else {
		pem, err := os.ReadFile(filepath.Join(r.dir, "blush-data/tls/ca.pem"))
		if err != nil {
			r.t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		r.http.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
		r.t.Cleanup(r.http.CloseIdleConnections)
	}
	r.url = scheme + r.from.Replace("localhost:8443")
}

// call calls the server with the key and reads one value of the answer.
func (r *reader) call(method, path, body, value string) string {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("x-api-key", r.key)
	if body != "" {
		req.Header.Set("content-type", "application/json")
	}
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	var got map[string]any
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	if err != nil || resp.StatusCode > 299 {
		r.t.Fatalf("%s %s: %d %v %s", method, path, resp.StatusCode, err, text)
	}
	return fmt.Sprint(got[value])
}

// needs is the part of a document that says how to make what the commands of others need.
const needs = "integrating.md#what-the-commands-need"

// settle starts a server with a customer, for documents that do not start one, and makes what that part makes.
func (r *reader) settle(made block) {
	r.t.Helper()
	r.shell("a customer", "blush customer create ACME")
	r.serve("blush serve")
	r.shell(made.at(), made.text)
	page := r.call("GET", "/v2/facescans/url?external_user_id=anna", "", "url")
	r.shell("what is there", fmt.Sprintf("test -n \"$FACE_SCAN_ID\" -a -n \"$TOKEN\"\nexport SCAN_URL='%s'", page))
}

// beside gives a reader the server of another, with its shell and its data, in a folder of its own.
func (r *reader) beside(other *reader) {
	r.t.Helper()
	state, err := os.ReadFile(filepath.Join(other.dir, ".state"))
	if err == nil {
		err = os.WriteFile(filepath.Join(r.dir, ".state"), bytes.ReplaceAll(state, []byte(other.dir), []byte(r.dir)), 0o600)
	}
	if err == nil {
		err = os.Symlink(filepath.Join(other.dir, "blush-data"), filepath.Join(r.dir, "blush-data"))
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.key, r.url, r.log, r.from, r.http = other.key, other.url, other.log, other.from, other.http
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	r.log.text.Reset() // what the server wrote for the documents before
}

var serving = regexp.MustCompile(`(?m)^(\./)?blush serve\b[^#\n]*`)

// runShell runs a block of shell; what serves goes on in the background.
func (r *reader) runShell(b block) {
	r.t.Helper()
	text := b.text
	for _, w := range b.marks["with"] { // NAME=COMMAND: what the command prints replaces the name
		name, command, _ := strings.Cut(w, "=")
		text = strings.ReplaceAll(text, name, strings.TrimSpace(r.shell(b.at()+" with", command)))
	}
	if end := b.mark("until"); end != "" {
		r.runUntil(b, text, end)
		return
	}
	if host := regexp.MustCompile(`(?m)^go run \./(host)$`).FindStringSubmatch(text); host != nil {
		binary := filepath.Join(r.dir, host[1], "program")
		if err := goBuild(binary, filepath.Join(r.dir, host[1], "main.go")); err != nil {
			r.t.Fatalf("%s: %v", b.at(), err)
		}
		r.start("./"+host[1]+"/program", "localhost:3000")
		r.look(b, "http://"+r.from.Replace("localhost:3000"))
		return
	}
	before, command, after := text, "", ""
	if at := serving.FindStringIndex(text); at != nil {
		before, command = text[:at[0]], text[at[0]:at[1]]
		_, after, _ = strings.Cut(text[at[1]:], "\n")
	}
	if strings.TrimSpace(before) != "" {
		r.shell(b.at(), before)
	}
	if command != "" {
		r.serve(command)
	}
	if strings.TrimSpace(after) != "" {
		r.shell(b.at(), after)
	}
}

// imports are the packages that the pieces of Go in the documents use.
var imports = map[string]string{"client": "blush.example/blush/client", "context": "context", "fmt": "fmt", "http": "net/http", "log": "log", "os": "os", "tls": "crypto/tls", "x509": "crypto/x509"}

// runGo runs a whole program, or puts a piece into one; the client is the one of this repository.
func (r *reader) runGo(b block) {
	r.t.Helper()
	text := r.from.Replace(b.text)
	if name := b.mark("file"); name != "" { // a later block runs it
		name = filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	if !strings.HasPrefix(text, "package ") {
		head := "package main\n\nimport (\n"
		for name, path := range imports {
			if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(text) {
				head += fmt.Sprintf("\t%q\n", path)
			}
		}
		text = head + ")\n\nfunc main() {\n" + text + "}\n"
	}
	source, binary := filepath.Join(r.dir, fmt.Sprintf("piece%d.go", b.line)), filepath.Join(r.dir, "piece")
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if err := goBuild(binary, source); err != nil {
		r.t.Fatalf("%s: %v", b.at(), err)
	}
	trust := "" // a piece that trusts the certificate itself needs no help
	if !strings.Contains(text, "RootCAs") {
		trust = "SSL_CERT_FILE=blush-data/tls/ca.pem "
	}
	r.shell(b.at(), trust+"./piece")
}

// runHTML serves a page from another origin and looks at it.
func (r *reader) runHTML(b block) {
	r.t.Helper()
	page := r.shell(b.at(), "cat <<END\n"+strings.NewReplacer("https://scan.example.org/scan?action_token=TOKEN", "$SCAN_URL", "https://scan.example.org", r.url, "https://HOST", r.url, `"…"`, `"$TOKEN"`,
		"URL of GET /v2/facescans/url", "$SCAN_URL").Replace(b.text)+"END")
	host := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/my/blush-token" {
			fmt.Fprint(w, strings.TrimSpace(r.shell("token", "echo $TOKEN")))
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page)
	})}
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		r.t.Fatal(err)
	}
	go host.Serve(l)
	defer host.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	r.look(b, "http://localhost:"+port)
}

// look opens a page in chromium, and finds in the server's log what the page asked it for.
func (r *reader) look(b block, url string) {
	r.t.Helper()
	if _, err := exec.LookPath("chromium-headless-shell"); err != nil {
		r.t.Fatal("no chromium-headless-shell here: apt install chromium-headless-shell")
	}
	if b.mark("asks") == "" {
		r.t.Fatalf("%s does not say what the page asks the server for: <!-- asks: /PATH … -->", b.at())
	}
	cmd := exec.Command("chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors", "--user-data-dir="+r.t.TempDir(), "--virtual-time-budget=20000", "--dump-dom", url)
	cmd.Env = r.env()
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%s: chromium: %v\n%s", b.at(), err, out)
	}
	for path := range strings.FieldsSeq(b.mark("asks")) {
		got := regexp.MustCompile(`route=` + regexp.QuoteMeta(path) + ` status=200`)
		for end := time.Now().Add(time.Minute); !got.MatchString(r.log.String()); time.Sleep(20 * time.Millisecond) { // a server's line may come after the page's end
			if time.Now().After(end) {
				r.t.Errorf("%s: the page did not get %s\n%s", b.at(), path, r.log)
				break
			}
		}
	}
}

// checkJSON holds JSON against a schema of the OpenAPI document, where the block names one.
func (r *reader) checkJSON(b block) {
	r.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(b.text), &v); err != nil {
		r.t.Errorf("%s: %v", b.at(), err)
		return
	}
	name := b.mark("schema")
	if name == "" {
		return
	}
	doc := r.document()
	if doc.Components.Schemas[name] == nil {
		r.t.Fatalf("%s: the OpenAPI document has no schema %s", b.at(), name)
	}
	for _, problem := range against(doc.Components.Schemas, doc.Components.Schemas[name], v, name) {
		r.t.Errorf("%s: %s", b.at(), problem)
	}
}

// against lists what of a value a schema does not know, and what it wants and the value lacks.
func against(all map[string]map[string]any, schema map[string]any, v any, at string) []string {
	if ref, ok := schema["$ref"].(string); ok {
		return against(all, all[strings.TrimPrefix(ref, "#/components/schemas/")], v, at)
	}
	for _, word := range []string{"anyOf", "oneOf"} {
		list, _ := schema[word].([]any)
		var problems []string
		for _, one := range list {
			if problems = against(all, one.(map[string]any), v, at); len(problems) == 0 {
				return nil
			}
		}
		if len(list) > 0 {
			return problems
		}
	}
	kinds := fmt.Sprint(schema["type"])
	kind := map[string]string{"map[string]interface {}": "object", "[]interface {}": "array", "string": "string", "float64": "number", "bool": "boolean", "<nil>": "null"}[fmt.Sprintf("%T", v)]
	if schema["type"] != nil && !strings.Contains(kinds, kind) && (kind != "number" || !strings.Contains(kinds, "integer")) {
		return []string{fmt.Sprintf("%s is %s, and should be %s", at, kind, kinds)}
	}
	var out []string
	switch v := v.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, x := range v {
			if items != nil {
				out = append(out, against(all, items, x, fmt.Sprintf("%s[%d]", at, i))...)
			}
		}
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		for name, x := range v {
			p, known := properties[name].(map[string]any)
			if !known && properties != nil && schema["additionalProperties"] == false {
				out = append(out, fmt.Sprintf("%s has %s, which the schema does not know", at, name))
			} else if known {
				out = append(out, against(all, p, x, at+"."+name)...)
			}
		}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, there := v[fmt.Sprint(name)]; !there {
				out = append(out, fmt.Sprintf("%s lacks %s", at, name))
			}
		}
	}
	return out
}

// TestBlocks reads each document as somebody who types what it says: its blocks run in their order. Documents that start no server share one.
func TestBlocks(t *testing.T) {
	read := documents(t)
	settled := newReader(t)
	settled.settle(read["integrating.md"][0])
	files := map[string]string{}
	for name, all := range read {
		own, needed := false, false
		var run []block
		for _, b := range all {
			if b.mark("not run") != "" || b.mark("shorter") != "" || b.mark("run by") != "" || b.mark("result") == "" && !slices.Contains(ran, b.language) {
				continue
			}
			run = append(run, b)
			own = own || b.language == "sh" && serving.MatchString(b.text)
			needed = needed || b.language != "json" && b.language != "csv" || b.mark("schema") != ""
		}
		if len(run) == 0 {
			continue
		}
		t.Run(strings.TrimSuffix(strings.TrimPrefix(name, "../"), ".md"), func(t *testing.T) {
			r := newReader(t)
			if needed && !own {
				r.beside(settled)
			}
			for _, b := range run {
				switch b.language {
				case "": // a result
					if got := trailing.ReplaceAllString(r.shell(b.at(), b.mark("result")), ""); got != b.text && *update {
						rewrite(t, name, b.text, got)
					} else if got != b.text {
						t.Errorf("%s is not what the command prints: run go test ./docs -run TestBlocks -update. %s prints\n%s", b.at(), b.mark("result"), got)
					}
				case "sh":
					r.runShell(b)
				case "js":
					r.runJS(b)
				case "go":
					r.runGo(b)
				case "py":
					r.shell(b.at(), "python3 - <<'END'\n"+b.text+"END")
				case "html":
					r.runHTML(b)
				case "json":
					r.checkJSON(b)
				case "csv":
					if _, err := csv.NewReader(strings.NewReader(b.text)).ReadAll(); err != nil {
						t.Errorf("%s: %v", b.at(), err)
					}
				}
			}
			if slices.Contains(inClone, name) {
				r.leaves(name, files)
			}
		})
	}
}

// leaves checks the files that a document makes in a clone: git ignores them, and no other document makes them too. files are those of
// the documents before, with their document. All share the program and its data.
func (r *reader) leaves(document string, files map[string]string) {
	r.t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, e fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, r.dir+"/")
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(name, ".") && e.IsDir() || name == "blush-data": // the shell's home
			return fs.SkipDir
		case strings.HasPrefix(name, ".") || name == "blush" || e.IsDir():
			return nil
		}
		if out, err := exec.Command("git", "-C", repository, "check-ignore", "--quiet", name).CombinedOutput(); err != nil {
			r.t.Errorf("%s makes %s in the clone, and .gitignore does not list it (%v %s)", document, name, err, out)
		}
		if files[name] != "" {
			r.t.Errorf("%s and %s both make %s", files[name], document, name)
		}
		files[name] = document
		return nil
	})
	if err != nil {
		r.t.Error(err)
	}
}

// rewrite replaces the text of a block in a document.
func rewrite(t *testing.T, document, was, is string) {
	t.Helper()
	b, err := os.ReadFile(document)
	if err == nil {
		err = os.WriteFile(document, bytes.Replace(b, []byte("```\n"+was+"```\n"), []byte("```\n"+is+"```\n"), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
