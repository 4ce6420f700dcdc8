package blushtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// checker is a transport that checks every answer of the API against the
// server's OpenAPI document, and every answer against the general rules.
type checker struct {
	t    testing.TB
	next *http.Transport
	base string

	once     sync.Once
	contract *contract
	err      error
}

func (c *checker) CloseIdleConnections() { c.next.CloseIdleConnections() }

func (c *checker) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/v2/") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	say := func(format string, args ...any) {
		c.t.Errorf("%s %s -> %d: %s\n%s", r.Method, r.URL.Path, resp.StatusCode, fmt.Sprintf(format, args...), body[:min(len(body), 1500)])
	}
	if resp.Header.Get("Request-Id") == "" {
		say("no Request-Id")
	}
	c.once.Do(c.load)
	if c.err != nil {
		return nil, c.err
	}
	as := documented(r)
	tooLong := as != r && resp.StatusCode == http.StatusRequestEntityTooLarge // which no GET is
	if resp.StatusCode != http.StatusMethodNotAllowed && !tooLong && r.Method != http.MethodOptions && c.contract.documents(r.URL.Path) {
		for _, why := range c.contract.faults(as, resp) {
			say("not as documented: %s", why)
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// documented returns the request that the document has: where FHIR also reads by POST, the GET that means the same.
func documented(r *http.Request) *http.Request {
	path, search := strings.CutSuffix(r.URL.Path, "/_search")
	if r.Method != http.MethodPost || !strings.HasPrefix(path, "/v2/fhir/") || !search && !strings.HasSuffix(path, "/$everything") {
		return r
	}
	get := r.Clone(r.Context())
	get.Method, get.URL.Path = http.MethodGet, path
	return get
}

// load reads the document from the server itself, as a client generator would.
func (c *checker) load() {
	resp, err := (&http.Client{Transport: c.next}).Get(c.base + "/openapi.json")
	if err != nil {
		c.err = err
		return
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.err = err
		return
	}
	c.contract, c.err = contractOf(string(b))
}

// contract is an OpenAPI document prepared for checking answers.
type contract struct {
	faults func(r *http.Request, resp *http.Response) []string // what is not as documented; it puts the body back
	paths  []string
}

// contracts caches the documents: reading one takes half a second, and nearly all servers have the same.
var contracts struct {
	sync.Mutex
	of map[string]*contract
}

func contractOf(document string) (*contract, error) {
	contracts.Lock()
	defer contracts.Unlock()
	if c, ok := contracts.of[document]; ok {
		return c, nil
	}
	var written struct{ Paths map[string]any }
	if err := json.Unmarshal([]byte(document), &written); err != nil {
		return nil, err
	}
	faults, err := faultsFinder([]byte(document))
	if err != nil {
		return nil, err
	}
	c := &contract{faults: faults, paths: slices.Collect(maps.Keys(written.Paths))}
	if contracts.of == nil {
		contracts.of = map[string]*contract{}
	}
	contracts.of[document] = c
	return c, nil
}

// documents says whether a path is in the document; tests also use others to get a 404.
func (c *contract) documents(path string) bool {
	parts := strings.Split(path, "/")
	return slices.ContainsFunc(c.paths, func(template string) bool {
		return slices.EqualFunc(strings.Split(template, "/"), parts, func(want, part string) bool {
			return want == part || strings.HasPrefix(want, "{")
		})
	})
}
