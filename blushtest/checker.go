package blushtest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"blush.example/blush/blushtest/contract"
)

// checker is a transport that checks every answer of the API against the
// server's OpenAPI document, and every answer against the general rules.
type checker struct {
	t    testing.TB
	next *http.Transport
	base string

	once     sync.Once
	contract *contract.Contract
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
	if resp.StatusCode != http.StatusMethodNotAllowed && !tooLong && r.Method != http.MethodOptions && c.contract.Documents(r.URL.Path) {
		for _, why := range c.contract.Faults(as, resp) {
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
	c.contract, c.err = contract.Of(string(b))
}
