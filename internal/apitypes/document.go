// Package apitypes writes the types of the API's OpenAPI document in the two
// client languages for which no well-kept generator gives what the clients need:
// Go, which also uses the engine's own types, and Python, as TypedDicts.
package apitypes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"blush.example/blush/internal/httpapi"

	"github.com/go-chi/chi/v5"
)

// Document is the OpenAPI document, as the server sends it.
func Document(ctx context.Context) ([]byte, error) {
	r := chi.NewRouter()
	_, err := httpapi.Mount(r, nil, nil, nil, nil, httpapi.Config{BaseURL: "https://HOST", Log: slog.New(slog.DiscardHandler), ClientAddress: httpapi.RemoteAddress, Stopping: ctx})
	if err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, "/openapi.json", nil))
	if answer.Code != http.StatusOK {
		return nil, fmt.Errorf("/openapi.json: status %d", answer.Code)
	}
	return answer.Body.Bytes(), nil
}

// schema is the part of JSON Schema that the document uses.
type schema struct {
	Ref          string `json:"$ref"`
	Type         types
	Format       string
	Description  string
	Enum         []*string
	Properties   map[string]*schema
	Required     []string
	Items        *schema
	MinItems     *int
	MaxItems     *int
	AnyOf, OneOf []*schema
}

// types are the types that a value may have. JSON Schema writes one type as a string, several as a list.
type types []string

func (t *types) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = types{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

func schemas(document []byte) (map[string]*schema, error) {
	var doc struct {
		Components struct{ Schemas map[string]*schema }
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, err
	}
	if len(doc.Components.Schemas) == 0 {
		return nil, errors.New("the document has no schemas")
	}
	return doc.Components.Schemas, nil
}

// reference is the name of the schema that s refers to, or empty.
func (s *schema) reference() string { return strings.TrimPrefix(s.Ref, "#/components/schemas/") }

// choices returns the schemas of which a value matches one, and whether it may be null instead.
func (s *schema) choices() (of []*schema, null bool) {
	for _, c := range append(s.AnyOf, s.OneOf...) {
		if slices.Equal(c.Type, types{"null"}) {
			null = true
		} else {
			of = append(of, c)
		}
	}
	return of, null
}

// kind returns the type of a value other than null, and whether it may be null.
func (s *schema) kind() (name string, null bool) {
	for _, t := range s.Type {
		if t == "null" {
			null = true
		} else {
			name = t
		}
	}
	return name, null
}

// values returns the strings that are allowed; nil: any.
func (s *schema) values() []string {
	var out []string
	for _, v := range s.Enum {
		if v != nil {
			out = append(out, *v)
		}
	}
	return out
}

// fields returns the names of the properties, the required ones first.
func (s *schema) fields() []string {
	names := slices.Clone(s.Required)
	var others []string
	for name := range s.Properties {
		if !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(names, others...)
}

// pair reports whether a list always has two items.
func (s *schema) pair() bool {
	return s.MinItems != nil && s.MaxItems != nil && *s.MinItems == 2 && *s.MaxItems == 2
}

// oneLine returns a description as one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
