package blushtest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"blush.example/blush/blushtest/contract"
	"blush.example/blush/internal/server"
)

// checker is a transport that checks every answer of the API against the
// server's OpenAPI document, and every answer against the general rules.
type checker struct {
	t    testing.TB
	next *http.Transport
	// contract is what the server documents.
	contract func() (*contract.Contract, error)
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
	documents, err := c.contract()
	if err != nil {
		return nil, err
	}
	as := documented(r)
	tooLong := as != r && resp.StatusCode == http.StatusRequestEntityTooLarge // which no GET is
	if resp.StatusCode != http.StatusMethodNotAllowed && !tooLong && r.Method != http.MethodOptions && documents.Documents(r.URL.Path) {
		for _, why := range documents.Faults(as, resp) {
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

// contractOf reads a server's document from the server itself, as a client generator would, but once in a process for all servers of
// one version: they have the same document, and writing it takes a server longer than to start.
func contractOf(version string, s *server.Server) func() (*contract.Contract, error) {
	read, _ := contracts.LoadOrStore(version, sync.OnceValues(func() (*contract.Contract, error) {
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, s.URL()+"/openapi.json", nil)) // from an address that no test limits
		return contract.Of(rec.Body.Bytes())
	}))
	return read.(func() (*contract.Contract, error))
}

var contracts sync.Map // by version
