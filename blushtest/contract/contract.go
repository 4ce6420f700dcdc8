// Package contract checks responses against the server's OpenAPI document. It imports nothing else of Blush, so that it is compiled
// once: Go compiles a package again for each package under test below it.
package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract is an OpenAPI document prepared for checking responses. It may be used by several goroutines.
type Contract struct {
	document map[string]any
	mu       sync.Mutex // guards what follows
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // compiled, by their pointers in the document
}

// Of reads an OpenAPI 3.1 document in JSON. Its schemas are those of JSON Schema 2020-12, with formats asserted.
func Of(document []byte) (*Contract, error) {
	read, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	root, ok := read.(map[string]any)
	if !ok || root["paths"] == nil {
		return nil, errors.New("not an OpenAPI document: no paths")
	}
	c := &Contract{document: root, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	return c, c.compiler.AddResource(resource, read)
}

// resource is the address under which the compiler knows the document. Nothing is read from it.
const resource = "contract:///openapi.json"

// Documents says whether a path is in the document; tests also use others to get a 404.
func (c *Contract) Documents(path string) bool { return c.template(path) != "" }

// template returns the path of the document that a request's path belongs to, or "". The one with the fewest parameters wins.
func (c *Contract) template(path string) (best string) {
	parts := strings.Split(path, "/")
	for template := range of(c.document, "paths") {
		same := slices.EqualFunc(strings.Split(template, "/"), parts, func(want, part string) bool {
			return want == part || strings.HasPrefix(want, "{")
		})
		if same && (best == "" || strings.Count(template, "{") < strings.Count(best, "{")) {
			best = template
		}
	}
	return best
}

// of returns the object at the end of some keys, or nil where there is none.
func of(v any, keys ...string) map[string]any {
	for _, k := range keys {
		o, _ := v.(map[string]any)
		v = o[k]
	}
	o, _ := v.(map[string]any)
	return o
}

// Faults lists where a response differs from the document. It reads the response's body. A HEAD is answered as a GET would be, without the body.
func (c *Contract) Faults(r *http.Request, resp *http.Response) []string {
	template, method := c.template(r.URL.Path), strings.ToLower(r.Method)
	if r.Method == http.MethodHead {
		method = "get"
	}
	operation := of(c.document, "paths", template, method)
	if operation == nil {
		return []string{"there is no such operation"}
	}
	status := strconv.Itoa(resp.StatusCode)
	if of(operation, "responses", status) == nil {
		status = "default"
	}
	response := of(operation, "responses", status)
	if response == nil {
		return []string{"this status is not documented"}
	}
	faults := missing(of(response, "headers"), resp.Header)
	content := of(response, "content")
	if len(content) == 0 {
		return faults
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || of(content, kind) == nil {
		return append(faults, fmt.Sprintf("it is %q, want one of %q", kind, slices.Sorted(maps.Keys(content))))
	}
	inJSON := kind == "application/json" || strings.HasSuffix(kind, "+json")
	if r.Method == http.MethodHead || !inJSON || of(content, kind, "schema") == nil {
		return faults
	}
	if err := c.differs(resp.Body, "paths", template, method, "responses", status, "content", kind, "schema"); err != nil {
		faults = append(faults, err.Error())
	}
	return faults
}

// missing lists the headers that a response must have and has not.
func missing(documented map[string]any, got http.Header) (faults []string) {
	for name, h := range documented {
		if required, _ := of(h)["required"].(bool); required && got.Get(name) == "" {
			faults = append(faults, name+" is missing")
		}
	}
	return faults
}

// differs says where a body in JSON differs from the schema at the end of some keys of the document.
func (c *Contract) differs(body io.Reader, keys ...string) error {
	schema, err := c.schema(keys)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(body)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// escape makes a key part of a JSON pointer in the fragment of a URL (RFC 6901, sections 3 and 6).
var escape = strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", "{", "%7B", "}", "%7D", "$", "%24", "+", "%2B")

// schema returns the schema at the end of some keys of the document. Each is compiled once.
func (c *Contract) schema(keys []string) (*jsonschema.Schema, error) {
	pointer := ""
	for _, k := range keys {
		pointer += "/" + escape.Replace(k)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.schemas[pointer]; s != nil {
		return s, nil
	}
	s, err := c.compiler.Compile(resource + "#" + pointer)
	if err != nil {
		return nil, err
	}
	c.schemas[pointer] = s
	return s, nil
}
