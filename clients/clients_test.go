package clients_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"blush.example/blush/blushtest"
	"blush.example/blush/blushtest/browser"
	"blush.example/blush/client"
	"blush.example/blush/clients"
	"blush.example/blush/internal/apitypes"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"

	"github.com/evanw/esbuild/pkg/api"
)

// temporary is the folder of the packages that are packed and installed once, for all tests.
var temporary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "blush-clients-")
	if err != nil {
		panic(err)
	}
	temporary = dir
	browser.Main(m, func() { os.RemoveAll(dir) })
}

// twins are operations that do the same as another one, for which the clients have a method.
var twins = map[string]string{"delete-reading": "delete-reading-by-path"}

// Each client calls every operation of the OpenAPI document, on one server that loses answers. If a route is changed or added,
// this test shows which client lacks it. Each client's own story checks what it sends and receives.
func TestEveryClientCallsEveryOperation(t *testing.T) {
	w := blushtest.Start(t)
	given := material(t)
	for _, c := range []struct {
		name  string
		files string // of its methods and of its story
		story func(t *testing.T, env []string)
	}{
		{"go", "client and clients/gostory_test.go", goStory},
		{"typescript", "clients/typescript/src/client.ts and clients/typescript/test/story.ts", typescriptStory},
		{"python", "clients/python/src/blush_client/client.py and clients/python/tests/story.py", pythonStory},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, dev, _ := w.NewCustomer("Customer of " + c.name)
			d := open(t, w)
			c.story(t, append(given, "BLUSH_URL="+d.url, "BLUSH_KEY="+dev))
			called := d.called()
			all := operations(t)
			for _, id := range slices.Sorted(maps.Keys(all)) {
				if twin := twins[id]; !slices.Contains(called, id) && !slices.Contains(called, twin) {
					t.Errorf("the story calls no %s, %s: add it to %s", id, all[id], c.files)
				}
			}
			d.check(t)
		})
	}
}

// operations are those of the document, by their id.
func operations(t *testing.T) map[string]string {
	t.Helper()
	document, err := apitypes.Document(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			out[o.OperationID] = strings.ToUpper(method) + " " + path
		}
	}
	if len(out) < 50 {
		t.Fatalf("the document has %d operations", len(out))
	}
	return out
}

// material is the input of the stories, as files whose paths are in the environment.
func material(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	scene := simulate.NewScene(5, 30)
	scene.Rhythm.HeartRate = 64
	trace, _ := scene.Trace()
	var compact, text bytes.Buffer
	if err := errors.Join(rppg.WriteTraceCompact(&compact, trace.Rounded()), rppg.WriteTraceJSON(&text, trace)); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"trace.bin": compact.Bytes(), "trace.json": text.Bytes()} {
		if err := os.WriteFile(file(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	film := simulate.NewScene(6, 3)
	blushtest.FaceVideo(t, file("face.avi"), film)
	return append(os.Environ(), "BLUSH_TRACE="+file("trace.json"), "BLUSH_COMPACT="+file("trace.bin"), "BLUSH_VIDEO="+file("face.avi"))
}

// withVectors writes the webhooks that a story verifies first. They are signed now and valid for five minutes.
func withVectors(t *testing.T, env []string) []string {
	t.Helper()
	text, err := json.Marshal(webhookVectors(t))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "vectors.json")
	write(t, file, string(text))
	return append(slices.Clone(env), "BLUSH_VECTORS="+file)
}

// vector is a request that is or is not one of our webhooks.
type vector struct {
	Name    string            `json:"name"`
	Payload string            `json:"payload"`
	Headers map[string]string `json:"headers"`
	Secrets []string          `json:"secrets"`
	ID      string            `json:"id"` // of the event; empty: it must be rejected
}

// webhookVectors are signed by a library for Standard Webhooks that isn't ours.
func webhookVectors(t *testing.T) []vector {
	t.Helper()
	const secret, other, id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "msg_1"
	const payload = `{"type":"scan.done","timestamp":"2026-01-02T03:04:05.678Z","data":{"user_id":"zoë"}}`
	headers := func(at time.Time, body string) map[string]string {
		wh, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := wh.Sign(id, at, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{"webhook-id": id, "webhook-timestamp": fmt.Sprint(at.Unix()), "webhook-signature": "v1a,abc v1,AAAA v1,@ " + signature}
	}
	now := time.Now()
	with := func(name, value string) map[string]string {
		h := headers(now, payload)
		h[name] = value
		return h
	}
	signed := headers(now, payload)
	return []vector{
		{"ours", payload, signed, []string{secret}, id},
		{"of the second secret", payload, signed, []string{other, secret}, id},
		{"a secret without its prefix", payload, signed, []string{strings.TrimPrefix(secret, "whsec_")}, id},
		{"headers as a proxy writes them", payload, capitals(signed), []string{secret}, id},
		{"other payload", payload + " ", signed, []string{secret}, ""},
		{"other secret", payload, signed, []string{other}, ""},
		{"no secret", payload, signed, []string{}, ""},
		{"broken secret", payload, signed, []string{"whsec_?"}, ""},
		{"empty secret", payload, signed, []string{"whsec_"}, ""},
		{"too old", payload, headers(now.Add(-time.Hour), payload), []string{secret}, ""},
		{"too new", payload, headers(now.Add(time.Hour), payload), []string{secret}, ""},
		{"other id", payload, with("webhook-id", "msg_2"), []string{secret}, ""},
		{"no id", payload, with("webhook-id", ""), []string{secret}, ""},
		{"other time", payload, with("webhook-timestamp", fmt.Sprint(now.Unix()+1)), []string{secret}, ""},
		{"a time that is none", payload, with("webhook-timestamp", "now"), []string{secret}, ""},
		{"a time of 5000 digits", payload, with("webhook-timestamp", strings.Repeat("9", 5000)), []string{secret}, ""},
		{"no signature", payload, with("webhook-signature", ""), []string{secret}, ""},
		{"other version", payload, with("webhook-signature", strings.ReplaceAll(signed["webhook-signature"], "v1,", "v2,")), []string{secret}, ""},
		{"no headers", payload, map[string]string{}, []string{secret}, ""},
		{"signed, but no JSON", "hello", headers(now, "hello"), []string{secret}, ""},
		{"signed, but no event", `{"data":{}}`, headers(now, `{"data":{}}`), []string{secret}, ""},
		{"signed, but nothing", "null", headers(now, "null"), []string{secret}, ""},
	}
}

// capitals are headers as some proxies and functions give them: Webhook-Id.
func capitals(headers map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range headers {
		out[http.CanonicalHeaderKey(name)] = value
	}
	return out
}

// packages are the packed clients, made once.
var typescriptPackage = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp(temporary, "blush-packed-")
	if err != nil {
		return "", err
	}
	return clients.TypeScript(context.Background(), dir)
})

// node installs the packed TypeScript client and other packages in a folder, and returns a function that runs programs there.
func node(t *testing.T, packages ...string) (dir string, run func(env []string, name string, args ...string) string) {
	t.Helper()
	archive, err := typescriptPackage()
	if err != nil {
		t.Fatalf("%v\nscripts/test.sh installs npm", err)
	}
	dir = t.TempDir()
	run = func(env []string, name string, args ...string) string { return command(t, dir, env, name, args...) }
	write(t, filepath.Join(dir, "package.json"), `{"name":"app","private":true,"type":"module"}`)
	line, err := installing("typescript/README.md", filepath.Dir(archive))
	if err != nil {
		t.Fatal(err)
	}
	run(nil, line[0], slices.Concat(line[1:], []string{"--prefer-offline", "--no-audit", "--no-fund"}, packages)...)
	return dir, run
}

func typescriptStory(t *testing.T, env []string) {
	dir, run := node(t, edgeRuntime, "typescript@5.9.3")
	// It also runs in a page, without other modules.
	if foreign := regexp.MustCompile(`(?m)\brequire\(|\bimport\(|^(import|export) .*from ".*$`).FindAllString(read(t, filepath.Join(dir, "node_modules/@blush/client/dist/index.js")), -1); foreign != nil {
		t.Errorf("the package needs %q", foreign)
	}
	for _, name := range []string{"story.ts", "readme.ts", "node.d.ts"} {
		write(t, filepath.Join(dir, name), typescriptProgram(t, name))
	}
	write(t, filepath.Join(dir, "tsconfig.json"), `{"compilerOptions":{"target":"ES2022","module":"ES2022","moduleResolution":"bundler","lib":["ES2022","DOM","DOM.Iterable","DOM.AsyncIterable"],
		"strict":true,"noUncheckedIndexedAccess":true,"noEmit":true,"skipDefaultLibCheck":true,"types":[]},"files":["story.ts","readme.ts","node.d.ts"]}`)
	run(nil, "node", "node_modules/typescript/bin/tsc", "-p", ".")
	script(t, filepath.Join(dir, "story.ts"), filepath.Join(dir, "story.js"))
	// All of the README but its last example is JavaScript as it stands.
	asItStands, _, typed := strings.Cut(typescriptProgram(t, "readme.ts"), "export async function receive(request: Request")
	if !typed {
		t.Error("the README's last example has no types")
	}
	write(t, filepath.Join(dir, "readme.mjs"), asItStands)
	for _, name := range []string{"story.js", "readme.mjs"} {
		run(withVectors(t, env), "node", name)
	}
	scriptAs(t, api.TransformOptions{Format: api.FormatIIFE, GlobalName: "client"}, filepath.Join(dir, "node_modules/@blush/client/dist/index.js"), filepath.Join(dir, "client.js"))
	write(t, filepath.Join(dir, "edge.js"), read(t, "typescript/test/edge.js"))
	run(withVectors(t, env), "node", "edge.js")
	// In Node 18 without its flag, which has no crypto, a program stops where it imports the client, and says what to do.
	old := exec.CommandContext(t.Context(), "node", "--import", "data:text/javascript,delete globalThis.crypto", "--input-type=module", "--eval", `import "@blush/client"`)
	old.Dir = dir
	if out, err := old.CombinedOutput(); err == nil || !strings.Contains(string(out), "NODE_OPTIONS=--experimental-global-webcrypto") {
		t.Errorf("without crypto: %v: %s", err, out)
	}
}

// edgeRuntime is the package that runs edge functions as Vercel does.
const edgeRuntime = "@edge-runtime/vm@5.0.0"

// venv is a Python with the packed client, made once; its folder also contains the packages.
var venv = sync.OnceValues(func() (python string, err error) {
	ctx := context.Background()
	system, err := clients.FindPython(ctx, "httpx", "hatchling", "ensurepip", "mypy")
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(temporary, "blush-venv-")
	if err != nil {
		return "", err
	}
	if _, _, err := clients.Python(ctx, system, dir); err != nil {
		return "", err
	}
	line, err := installing("python/README.md", dir)
	if err != nil {
		return "", err
	}
	python = filepath.Join(dir, "venv", "bin", "python")
	environment := []string{system, "-m", "venv", "--system-site-packages", filepath.Join(dir, "venv")}
	if exec.CommandContext(ctx, system, "-c", "import pip").Run() == nil {
		environment = append(environment, "--without-pip") // the system has one, and to install another takes seconds
	}
	for _, line := range [][]string{environment, slices.Concat([]string{python, "-m"}, line, []string{"-q", "--no-index", "--no-deps"})} {
		if out, err := exec.CommandContext(ctx, line[0], line[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%v: %w\n%s", line, err, out)
		}
	}
	return python, nil
})

func installed(t *testing.T) (python string) {
	t.Helper()
	python, err := venv()
	if err != nil {
		t.Fatalf("%v\nscripts/test.sh installs what Python needs", err)
	}
	return python
}

func pythonStory(t *testing.T, env []string) {
	python, dir := installed(t), t.TempDir()
	packed, err := filepath.Glob(filepath.Join(filepath.Dir(python), "..", "..", "*.tar.gz"))
	if err != nil || len(packed) != 1 {
		t.Fatal(packed, err)
	}
	files := command(t, dir, nil, python, "-c", "import sys, tarfile; print(*tarfile.open(sys.argv[1]).getnames())", packed[0])
	for _, name := range []string{"LICENSE", "README.md", "src/blush_client/types.py", "src/blush_client/py.typed"} {
		if !strings.Contains(files, "/"+name) {
			t.Errorf("the sources lack %s: %s", name, files)
		}
	}
	for _, name := range []string{"story.py", "readme.py"} {
		write(t, filepath.Join(dir, name), pythonProgram(t, name))
	}
	settings, err := filepath.Abs("python/pyproject.toml")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	// The cache has what mypy knows about Python's own library and httpx.
	command(t, dir, nil, python, "-m", "mypy", "--cache-dir", filepath.Join(cache, "blush-test", "mypy"), "--config-file", settings, "-p", "blush_client", "-m", "story", "-m", "readme")
	command(t, dir, withVectors(t, env), python, "story.py")
	command(t, dir, env, python, "readme.py")
}

// command runs a program of the tests until it ends, and fails the test if its exit code is not 0.
func command(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// goStory is the story of the Go client, the same as those of the other clients.
func goStory(t *testing.T, env []string) {
	value := func(name string) string {
		for _, line := range slices.Backward(env) {
			if v, found := strings.CutPrefix(line, name+"="); found {
				return v
			}
		}
		t.Fatalf("no %s", name)
		return ""
	}
	c := &client.Client{BaseURL: value("BLUSH_URL") + "/", APIKey: value("BLUSH_KEY"), HTTP: http.DefaultClient}
	goStoryOf(t, c, value)
	readme := filepath.Join(t.TempDir(), "main.go")
	write(t, readme, blocks(t, "../client/README.md", "go"))
	command(t, root, env, "go", "run", "-ldflags=-w", readme)
	for _, v := range webhookVectors(t) {
		h := http.Header{}
		for name, text := range v.Headers {
			h.Set(name, text)
		}
		e, err := client.VerifyWebhook([]byte(v.Payload), h, v.Secrets...)
		if (err == nil) != (v.ID != "") || e.ID != v.ID {
			t.Errorf("webhook %s: %+v, %v", v.Name, e, err)
		}
	}
}
