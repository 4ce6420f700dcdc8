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

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// checker is a transport that holds every answer of the API against the
// server's OpenAPI document, and every answer at all against the ground rules.
type checker struct {
	t    testing.TB
	next *http.Transport
	base string

	once     sync.Once
	contract validator.Validator
	paths    []string
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
	if resp.StatusCode != http.StatusMethodNotAllowed && r.Method != http.MethodOptions && c.documented(r.URL.Path) {
		// The validator reads the body and puts it back.
		if ok, problems := c.contract.ValidateHttpResponse(r, resp); !ok {
			for _, p := range problems {
				why := p.Message + ": " + p.Reason
				for _, s := range p.SchemaValidationErrors {
					why += fmt.Sprintf("; %s at %s", s.Reason, s.FieldPath)
				}
				say("not as documented: %s", why)
			}
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// documented tells the paths of the document from those that a test makes up to see a 404.
func (c *checker) documented(path string) bool {
	parts := strings.Split(path, "/")
	return slices.ContainsFunc(c.paths, func(template string) bool {
		return slices.EqualFunc(strings.Split(template, "/"), parts, func(want, part string) bool {
			return want == part || strings.HasPrefix(want, "{")
		})
	})
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
	var written struct{ Paths map[string]any }
	if c.err = json.Unmarshal(b, &written); c.err != nil {
		return
	}
	c.paths = slices.Collect(maps.Keys(written.Paths))
	doc, err := libopenapi.NewDocument(b)
	if err != nil {
		c.err = err
		return
	}
	var errs []error
	if c.contract, errs = validator.NewValidator(doc); len(errs) > 0 {
		c.err = errs[0]
	}
}
