package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	pathpkg "path"
	"regexp"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/words"

	"github.com/go-chi/chi/v5"
)

func serving(t *testing.T, ancestors []string) http.Handler {
	t.Helper()
	p, err := New(Config{FrameAncestors: func(_ context.Context, token string) ([]string, error) {
		if token != "tok" {
			t.Errorf("asked about token %q", token)
		}
		return ancestors, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := chi.NewRouter()
	p.Mount(r)
	r.NotFound(p.NotFound)
	return r
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec
}

var references = regexp.MustCompile(`(?:src|href)="([^"]+)"|\b(?:from|import) ?"([^",(){}]+)"`)

// Every page is complete on its own: nothing comes from another host, no script or
// style is inline, and whatever it names is there.
func TestPagesStandAlone(t *testing.T) {
	h := serving(t, nil)
	outside := map[string]bool{"/docs/api": true, "/openapi.yaml": true} // served by the API
	seen := map[string]bool{}
	check := func(path, body string) {
		for _, m := range references.FindAllStringSubmatch(body, -1) {
			ref, _, _ := strings.Cut(m[1]+m[2], "#")
			if ref == "" {
				continue // a place in the page itself
			}
			if strings.HasPrefix(ref, ".") { // one module names another
				ref = pathpkg.Join(pathpkg.Dir(path), ref)
			}
			if !strings.HasPrefix(ref, "/") || strings.HasPrefix(ref, "//") {
				t.Errorf("%s names %s: not on this server", path, ref)
				continue
			}
			if !outside[ref] && !seen[ref] {
				seen[ref] = true
				if rec := get(h, ref); rec.Code != http.StatusOK {
					t.Errorf("%s names %s: %d", path, ref, rec.Code)
				}
			}
		}
	}
	for _, path := range []string{"/", "/scan", "/dashboard", "/results", "/docs/instructions-for-use", "/docs", "/docs/quickstart", "/docs/metrics", "/docs/accuracy/easy-30"} {
		rec := get(h, path)
		body := rec.Body.String()
		if rec.Code != http.StatusOK {
			t.Errorf("%s: %d", path, rec.Code)
		}
		check(path, body)
		if regexp.MustCompile(`<script[^>]*>[^<]|<style|\son[a-z]+=|\sstyle=`).MatchString(body) {
			t.Errorf("%s holds an inline script or style", path)
		}
		csp := rec.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe-inline") || strings.Contains(csp, " 'unsafe-eval") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if rec.Header().Get("Referrer-Policy") != "no-referrer" || rec.Header().Get("Permissions-Policy") == "" || rec.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: headers %v", path, rec.Header())
		}
	}
	err := fs.WalkDir(files, "scripts", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(name)
		check("/assets"+strings.TrimPrefix(name, "scripts"), string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAssetsAreKept(t *testing.T) {
	h := serving(t, nil)
	at := regexp.MustCompile(`/assets/[0-9a-f]{16}`).FindString(get(h, "/scan").Body.String())
	if at == "" {
		t.Fatal("the scan page does not name the assets of its build")
	}
	plain := get(h, "/assets/tokens.css")
	if plain.Header().Get("Cache-Control") != "no-cache" || plain.Header().Get("ETag") == "" {
		t.Errorf("headers %v", plain.Header())
	}
	if kept := get(h, at+"/tokens.css"); !strings.Contains(kept.Header().Get("Cache-Control"), "immutable") || kept.Body.String() != plain.Body.String() {
		t.Errorf("headers %v", kept.Header())
	}
	if rec := get(h, "/assets/0000000000000000/tokens.css"); rec.Code != http.StatusNotFound {
		t.Errorf("an asset of another build: %d", rec.Code)
	}
	for accept, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "br": "", "": ""} {
		req := httptest.NewRequest(http.MethodGet, at+"/tokens.css", nil)
		req.Header.Set("Accept-Encoding", accept)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if got := rec.Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: encoded as %q, want %q", accept, got, want)
		}
		if etag := rec.Header().Get("ETag"); want != "" && etag == plain.Header().Get("ETag") {
			t.Errorf("both forms have the ETag %s", etag)
		}
	}
}

// What is kept compressed is unpacked once, not for everybody who asks.
func TestUnpackedOnce(t *testing.T) {
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	engine := p.asset["capture/engine.wasm"]
	first, err := engine.body()
	if err != nil || !strings.HasPrefix(string(first), "\x00asm") {
		t.Fatalf("%d bytes, %v", len(first), err)
	}
	if again, err := engine.body(); err != nil || &first[0] != &again[0] {
		t.Errorf("unpacked again, %v", err)
	}
}

// Pages of other origins may load the components, and nothing else.
func TestComponentsAreForEveryOrigin(t *testing.T) {
	h := serving(t, nil)
	rec := get(h, "/assets/components.js")
	if rec.Code != http.StatusOK || rec.Header().Get("Access-Control-Allow-Origin") != "*" || rec.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("components.js: %d %v", rec.Code, rec.Header())
	}
	if got := get(h, "/assets/scan/main.js").Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("scan/main.js may be loaded by %q", got)
	}
}

func TestFrameAncestors(t *testing.T) {
	if got := get(serving(t, nil), "/scan?action_token=tok").Header().Get("Content-Security-Policy"); !strings.HasSuffix(got, "frame-ancestors 'self' https: http://localhost:* http://127.0.0.1:*") {
		t.Error(got)
	}
	if got := get(serving(t, []string{"https://app.example"}), "/scan?action_token=tok").Header().Get("Content-Security-Policy"); !strings.HasSuffix(got, "frame-ancestors 'self' https://app.example") {
		t.Error(got)
	}
	unknown, err := New(Config{FrameAncestors: func(context.Context, string) ([]string, error) { return nil, errors.New("no database") }})
	if err != nil {
		t.Fatal(err)
	}
	r := chi.NewRouter()
	unknown.Mount(r)
	for _, path := range []string{"/scan", "/dashboard", "/results", "/"} { // nobody knows who may embed it, so nobody may
		if got := get(r, path+"?action_token=tok").Header().Get("Content-Security-Policy"); !strings.HasSuffix(got, "frame-ancestors 'none'") {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := get(serving(t, nil), "/").Header().Get("Content-Security-Policy"); !strings.HasSuffix(got, "frame-ancestors 'none'") {
		t.Error(got)
	}
}

// What the documents say of who may embed a page is what the header says.
func TestEmbeddersInWordsAndHeader(t *testing.T) {
	for _, e := range embedders {
		name := strings.TrimSuffix(e.source, ":*")
		if e.source == "https:" {
			name = "HTTPS"
		}
		if !strings.Contains(e.words, name) || !strings.Contains(Embedders(), e.words) || !strings.Contains(anyEmbedder(), " "+e.source) {
			t.Errorf("%s is %q in words", e.source, e.words)
		}
	}
}

func TestInstructionsSayWhoMayNotBeMeasured(t *testing.T) {
	body := strings.Join(strings.Fields(get(serving(t, nil), "/docs/instructions-for-use").Body.String()), " ")
	for _, want := range []string{"Version " + InstructionsVersion, InstructionsDate, "under 18", "ink or a tattoo", "reduced flow of blood", "tremor", "unable to sit still for 30 seconds", "not a certified medical device", "in 90 % of cases", "with a reference instrument", "people)"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not in the instructions", want)
		}
	}
	for _, k := range biomarker.Catalogue {
		// The name is the one that results give it.
		if name := words.Pages(words.English)["biomarker."+string(k.Name)]; k.FromScan != strings.Contains(body, ">"+name+"</th>") {
			t.Errorf("%s in the table: want %v", name, k.FromScan)
		}
	}
}

// The example of a result speaks the language of its address, although it is sent on to the address of its scan.
func TestExampleOfAResultKeepsItsLanguage(t *testing.T) {
	rec := get(serving(t, nil), "/docs/gallery/results?language=de")
	if want := "/docs/gallery/results?face_scan_id=" + ExampleScan + "&language=de"; rec.Code != http.StatusFound || rec.Header().Get("Location") != want {
		t.Errorf("%d to %q, want %q", rec.Code, rec.Header().Get("Location"), want)
	}
}
