package contract

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const document = `{
  "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
  "paths": {
    "/users/{id}": {"get": {"responses": {
      "200": {"description": "", "headers": {"Etag": {"required": true, "schema": {"type": "string"}}, "Link": {"schema": {"type": "string"}}},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}, "text/csv": {"schema": {"type": "string"}}}},
      "204": {"description": ""},
      "default": {"description": "", "content": {"application/problem+json": {"schema": {"type": "object", "required": ["detail"]}}}}
    }}},
    "/users/all/{50%}": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array"}}}}}}},
    "/users/all": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/User"}}}}}}}}
  },
  "components": {"schemas": {"User": {"type": "object", "required": ["id"], "additionalProperties": false, "properties": {
    "id": {"type": "string", "minLength": 2}, "born": {"type": ["string", "null"], "format": "date"}, "friend": {"$ref": "#/components/schemas/User"}}}}}
}`

func TestFaults(t *testing.T) {
	c, err := Of([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	const inJSON = "application/json; charset=utf-8"
	for _, test := range []struct {
		method, path string
		status       int
		kind, body   string
		header       http.Header
		want         string // part of the only fault; empty where there must be none
	}{
		{"GET", "/users/7", 200, inJSON, `{"id":"ab","born":null,"friend":{"id":"cd","born":"2000-02-29"}}`, nil, ""},
		{"GET", "/users/7", 200, inJSON, `{"id":"a"}`, nil, "/id"},
		{"GET", "/users/7", 200, inJSON, `{}`, nil, "id"},
		{"GET", "/users/7", 200, inJSON, `{"id":"ab","name":"x"}`, nil, "name"},
		{"GET", "/users/7", 200, inJSON, `{"id":"ab","friend":{"id":7}}`, nil, "/friend/id"},
		{"GET", "/users/7", 200, inJSON, `{"id":"ab","born":"2001-02-29"}`, nil, "date"},
		{"GET", "/users/7", 200, inJSON, `{"id":"ab"} {}`, nil, "invalid character"},
		{"GET", "/users/7", 200, inJSON, ``, nil, "EOF"},
		{"GET", "/users/7", 200, inJSON, `{"id":"ab"}`, http.Header{}, "Etag is missing"},
		{"GET", "/users/7", 200, "text/csv", `a,b`, nil, ""},
		{"GET", "/users/7", 200, "text/html", `<p>`, nil, `it is "text/html"`},
		{"GET", "/users/7", 200, "", `{"id":"ab"}`, nil, `it is ""`},
		{"GET", "/users/7", 204, "", ``, nil, ""},
		{"GET", "/users/7", 404, "application/problem+json", `{"detail":"none"}`, nil, ""},
		{"GET", "/users/7", 404, "application/problem+json", `{"error":"none"}`, nil, "detail"},
		{"GET", "/users/7", 404, inJSON, `{"detail":"none"}`, nil, "application/problem+json"},
		{"HEAD", "/users/7", 200, inJSON, ``, nil, ""},
		{"HEAD", "/users/7", 200, "text/html", ``, nil, `it is "text/html"`},
		{"POST", "/users/7", 200, inJSON, `{"id":"ab"}`, nil, "no such operation"},
		{"GET", "/users", 200, inJSON, `[]`, nil, "no such operation"},
		{"GET", "/users/all", 200, inJSON, `[{"id":"ab"}]`, nil, ""},
		{"GET", "/users/all", 200, inJSON, `{"id":"ab"}`, nil, "array"},
		{"GET", "/users/all", 500, inJSON, `[]`, nil, "status is not documented"},
		{"GET", "/users/all/x", 200, inJSON, `[]`, nil, ""},
		{"GET", "/users/all/x", 200, inJSON, `{}`, nil, "array"},
	} {
		if test.header == nil {
			test.header = http.Header{"Etag": {"1"}}
		}
		test.header.Set("Content-Type", test.kind)
		resp := &http.Response{StatusCode: test.status, Header: test.header, Body: io.NopCloser(strings.NewReader(test.body))}
		got := c.Faults(httptest.NewRequest(test.method, test.path, nil), resp)
		if test.want == "" && len(got) > 0 || test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
			t.Errorf("%s %s -> %d %s %q: faults %q, want %q", test.method, test.path, test.status, test.kind, test.body, got, test.want)
		}
	}
}

func TestDocuments(t *testing.T) {
	c, err := Of([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"/users/7": true, "/users/all": true, "/users": false, "/users/7/x": false, "/": false, "": false} {
		if c.Documents(path) != want {
			t.Errorf("%q: documented: %v", path, !want)
		}
	}
}

func TestOfNothing(t *testing.T) {
	for _, written := range []string{"", "[]", "{}", "null", `{"paths":{}} {}`} {
		if _, err := Of([]byte(written)); err == nil {
			t.Errorf("%q is taken for a document", written)
		}
	}
}

// Tests check responses at the same time.
func TestFaultsAtOnce(t *testing.T) {
	c, err := Of([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, path := range []string{"/users/7", "/users/all"} {
				resp := &http.Response{StatusCode: 200, Header: http.Header{"Etag": {"1"}, "Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("7"))}
				if got := c.Faults(httptest.NewRequest("GET", path, nil), resp); len(got) != 1 {
					t.Errorf("%s: faults %q", path, got)
				}
			}
		})
	}
	all.Wait()
}
