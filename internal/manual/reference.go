package manual

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/text"
)

// Reference is the API as its OpenAPI document describes it.
type Reference struct {
	Version string
	About   template.HTML
	Groups  []*Group
}

// Group is the operations of one tag, which share a page.
type Group struct {
	Title      string
	Path       string
	About      template.HTML
	Operations []*Operation
}

// Operation is one route with a method.
type Operation struct {
	ID, Method, Path, Title string
	About                   template.HTML
	// Keys and Tokens are the scopes that let an API key and an action token use it.
	Keys, Tokens []string
	Audit        []string
	Parameters   []Field
	Bodies       []Body
	Answers      []Answer
	Snippets     []Snippet
	Example      string // the answer, as text
	ExampleKind  string // html or json
	Status       string // of the example
}

// Body is a form of a request's body, by its content type.
type Body struct {
	Kind   string
	Type   string
	Fields []Field
}

// Answer is the response with one status.
type Answer struct {
	Status, Title string
	Kind          string
	Type          string
	Fields        []Field
}

// Field is a parameter or a property.
type Field struct {
	Name, Place, Type string
	Required          bool
	About             template.HTML
	Fields            []Field
}

// spec is the part of the OpenAPI document that the reference uses.
type spec struct {
	Info struct{ Version, Description string }
	Tags []tag

	Paths      map[string]map[string]specOperation
	Components struct{ Schemas map[string]*schema }
}

type tag struct{ Name, Description string }

type specOperation struct {
	ID          string `json:"operationId"`
	Summary     string
	Description string
	Tags        []string
	Security    []map[string][]string
	Audit       []string `json:"x-audit-actions"`
	Parameters  []struct {
		Name, In, Description string
		Required              bool
		Schema                *schema
	}
	RequestBody *struct {
		Content map[string]struct{ Schema *schema }
	}
	Responses map[string]struct {
		Description string
		Content     map[string]struct{ Schema *schema }
	}
	Example struct {
		Path, Credential string
		Status           int
		Body, Answer     json.RawMessage
		ContentType      string `json:"content_type"`
		File             string
	} `json:"x-example"`
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format, Description  string
	Enum                 []any
	Items                *schema
	Properties           map[string]*schema
	Required             []string
	AnyOf, OneOf         []*schema
	Minimum, Maximum     *float64
	Default              any
	AdditionalProperties any
}

// ReferencePath is the page of the API reference; each tag has a page below it.
const ReferencePath = Root + "/api"

// exampleHost is the host in the requests of the reference.
const exampleHost = "https://scan.example.org"

// NewReference reads an OpenAPI document. An operation without a tag of the document is an error, since no page would show it.
func NewReference(document []byte) (*Reference, error) {
	var s spec
	if err := json.Unmarshal(document, &s); err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	r := &Reference{Version: s.Info.Version, About: words(s.Info.Description)}
	for path, methods := range s.Paths {
		for method, o := range methods {
			if !slices.ContainsFunc(s.Tags, func(t tag) bool { return slices.Contains(o.Tags, t.Name) }) {
				return nil, fmt.Errorf("the OpenAPI document: %s (%s %s) has none of the document's tags", o.ID, strings.ToUpper(method), path)
			}
		}
	}
	for _, t := range s.Tags {
		g := &Group{Title: t.Name, Path: ReferencePath + "/" + strings.ReplaceAll(strings.ToLower(t.Name), " ", "-"), About: words(t.Description)}
		for path, methods := range s.Paths {
			for method, o := range methods {
				if slices.Contains(o.Tags, t.Name) {
					g.Operations = append(g.Operations, s.operation(strings.ToUpper(method), path, o))
				}
			}
		}
		order := []string{http.MethodPost, http.MethodGet, http.MethodPatch, http.MethodDelete}
		slices.SortFunc(g.Operations, func(a, b *Operation) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), slices.Index(order, a.Method)-slices.Index(order, b.Method))
		})
		if len(g.Operations) > 0 {
			r.Groups = append(r.Groups, g)
		}
	}
	return r, nil
}

// Group returns the group with a page at a path, nil if there is none.
func (r *Reference) Group(path string) *Group {
	i := slices.IndexFunc(r.Groups, func(g *Group) bool { return g.Path == path })
	if i < 0 {
		return nil
	}
	return r.Groups[i]
}

// Sections returns the search results of the reference.
func (r *Reference) Sections() []Section {
	out := []Section{{Path: ReferencePath, Page: "API reference", Heading: "API reference", Text: "Authentication, errors, retries, all operations"}}
	for _, g := range r.Groups {
		for _, o := range g.Operations {
			out = append(out, Section{Path: g.Path + "#" + o.ID, Page: "API reference", Heading: o.Method + " " + o.Path, Text: o.Title, Route: true})
		}
	}
	return out
}

func (s *spec) operation(method, path string, o specOperation) *Operation {
	op := &Operation{ID: o.ID, Method: method, Path: path, Title: o.Summary, About: words(o.Description), Audit: o.Audit}
	for _, alternative := range o.Security {
		op.Keys = append(op.Keys, alternative["apiKey"]...)
		op.Tokens = append(op.Tokens, alternative["actionToken"]...)
	}
	for _, p := range o.Parameters {
		op.Parameters = append(op.Parameters, Field{Name: p.Name, Place: p.In, Type: s.typeOf(p.Schema), Required: p.Required, About: words(cmp.Or(p.Description, s.resolve(p.Schema).Description))})
	}
	if o.RequestBody != nil {
		for _, kind := range slices.Sorted(maps.Keys(o.RequestBody.Content)) {
			of := o.RequestBody.Content[kind].Schema
			op.Bodies = append(op.Bodies, Body{Kind: kind, Type: s.typeOf(of), Fields: s.fields(of, nil)})
		}
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		r := o.Responses[status]
		a := Answer{Status: status, Title: r.Description}
		for kind, c := range r.Content {
			a.Kind, a.Type = kind, s.typeOf(c.Schema)
			if status < "300" {
				a.Fields = s.fields(c.Schema, nil)
			}
		}
		op.Answers = append(op.Answers, a)
	}
	if e := o.Example; e.Path != "" {
		op.Snippets = Snippets(Call{Method: method, URL: exampleHost + e.Path, Token: e.Credential == "actionToken", Body: e.Body, File: e.File})
		op.Status = strconv.Itoa(e.Status) + " " + http.StatusText(e.Status)
		op.Example, op.ExampleKind = pretty(e.Answer, ""), "json"
		if e.ContentType != "application/json" && !strings.HasSuffix(e.ContentType, "+json") {
			op.ExampleKind = "html"
			_ = json.Unmarshal(e.Answer, &op.Example) // if it is not a string it is shown unchanged
		}
	}
	return op
}

// resolve follows a reference.
func (s *spec) resolve(of *schema) *schema {
	for of != nil && of.Ref != "" {
		of = s.Components.Schemas[strings.TrimPrefix(of.Ref, "#/components/schemas/")]
	}
	if of == nil {
		return &schema{}
	}
	return of
}

// alternatives are the forms that a value may have, except null.
func (s *spec) alternatives(of *schema) []*schema {
	var out []*schema
	for _, a := range slices.Concat(of.AnyOf, of.OneOf) {
		if a.Type != "null" {
			out = append(out, a)
		}
	}
	return out
}

// typeOf names the type of a value in a few words.
func (s *spec) typeOf(of *schema) string {
	if of == nil {
		return ""
	}
	of = s.resolve(of)
	var names []string
	switch t := of.Type.(type) {
	case string:
		names = []string{t}
	case []any:
		for _, n := range t {
			names = append(names, fmt.Sprint(n))
		}
	}
	for i, n := range names {
		switch {
		case n == "array" && of.Items != nil:
			names[i] = "list of " + s.typeOf(of.Items)
		case n == "string" && len(of.Enum) > 0:
			names[i] = enum(of.Enum)
		case n == "string" && of.Format != "":
			names[i] = of.Format
		}
	}
	for _, a := range slices.Concat(of.AnyOf, of.OneOf) {
		names = append(names, s.typeOf(a))
	}
	if len(names) == 0 {
		return "any"
	}
	out := strings.Join(slices.Compact(names), " or ")
	if of.Minimum != nil && of.Maximum != nil {
		out += fmt.Sprintf(", %v to %v", *of.Minimum, *of.Maximum)
	}
	if of.Default != nil {
		out += fmt.Sprintf(", %v if left out", of.Default)
	}
	return out
}

func enum(values []any) string {
	var out []string
	for _, v := range values {
		if v != nil {
			out = append(out, fmt.Sprint(v))
		}
	}
	return "one of " + strings.Join(out, ", ")
}

// fields lists the fields of an object; within lists the objects around it, which are not expanded again.
func (s *spec) fields(of *schema, within []*schema) []Field {
	of = s.resolve(of)
	if slices.Contains(within, of) || len(within) > 6 {
		return nil
	}
	within = append(within, of)
	if of.Items != nil {
		return s.fields(of.Items, within)
	}
	if more := s.alternatives(of); len(more) > 0 {
		var out []Field
		for _, a := range more {
			out = append(out, s.fields(a, within)...)
		}
		return out
	}
	var out []Field
	for _, name := range slices.Sorted(maps.Keys(of.Properties)) {
		p := of.Properties[name]
		out = append(out, Field{Name: name, Type: s.typeOf(p), Required: slices.Contains(of.Required, name),
			About: words(cmp.Or(p.Description, s.resolve(p).Description)), Fields: s.fields(p, slices.Clone(within))})
	}
	slices.SortStableFunc(out, func(a, b Field) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return out
}

// words renders a description, which is Markdown without HTML, as HTML.
func words(markup string) template.HTML {
	source := []byte(markup)
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, source, markdown.Parser().Parse(text.NewReader(source))); err != nil {
		return template.HTML(template.HTMLEscapeString(markup)) //nolint:gosec // escaped
	}
	return template.HTML(b.String()) //nolint:gosec // without raw HTML
}
