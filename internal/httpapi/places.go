package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"blush.example/blush/internal/blush"

	"github.com/danielgtaylor/huma/v2"
)

// FieldError says which part of a request is wrong and why.
type FieldError struct {
	// Loc is the place, e.g. ["query","user_id"] or ["body","regions",0,"r",17].
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// faultAt is a 422 about one place of a request.
func faultAt(msg, typ string, loc ...any) *problem {
	return unprocessable(msg, FieldError{Loc: loc, Msg: msg, Type: typ})
}

func unprocessable(text string, fields ...FieldError) *problem {
	return &problem{status: http.StatusUnprocessableEntity, body: FieldList{fields}, text: text}
}

// within turns an error about fields into a 422 in which all fields are at one place.
func within(err error, loc ...any) error {
	var e *blush.Error
	if !errors.As(err, &e) || e.Kind != blush.Unprocessed {
		return err
	}
	fields := make([]FieldError, len(e.Fields))
	for i, f := range e.Fields {
		fields[i] = FieldError{Loc: append(append([]any{}, loc...), f.Path...), Msg: f.Msg, Type: f.Type}
	}
	return unprocessable(e.Message, fields...)
}

// places finds where in a request a field is. The errors of the services name only the
// field.
type places struct {
	op       *huma.Operation
	registry huma.Registry
	query    url.Values
	// request is what the handler was given; nil before that.
	request any
}

func (a *API) places(hc huma.Context) places {
	u := hc.URL()
	return places{op: hc.Operation(), registry: a.huma.OpenAPI().Components.Schemas, query: u.Query()}
}

// of returns the place of a field. If the field may be in the body or in the query, it is
// where it was sent; if it was sent in both or in neither, it is the body, which wins.
func (p places) of(path []any) []any {
	name, _ := first(path).(string)
	if p.op == nil {
		return append([]any{"body"}, path...)
	}
	for _, param := range p.op.Parameters {
		switch {
		case !strings.EqualFold(param.Name, name):
		case param.In != "query" || !p.takesInBody(name) || p.query.Has(name) && !p.sentInBody(name):
			return append([]any{param.In}, path...)
		}
	}
	if p.op.RequestBody == nil {
		return append([]any{"query"}, path...)
	}
	at := []any{"body"}
	if op, _ := p.op.Metadata["operation"].(operation); op.under != "" && len(path) > 0 {
		at = append(at, op.under)
	}
	return append(at, path...)
}

func first(path []any) any {
	if len(path) == 0 {
		return nil
	}
	return path[0]
}

// takesInBody says whether the route's body has a field of that name.
func (p places) takesInBody(name string) bool {
	if p.op.RequestBody == nil || p.op.RequestBody.Content["application/json"] == nil {
		return false
	}
	s := p.op.RequestBody.Content["application/json"].Schema
	if s != nil && s.Ref != "" {
		s = p.registry.SchemaFromRef(s.Ref)
	}
	return s != nil && s.Properties[name] != nil
}

// sentInBody says whether the body of this request has a field of that name.
func (p places) sentInBody(name string) bool {
	if p.request == nil {
		return false
	}
	body := reflect.Indirect(reflect.ValueOf(p.request)).FieldByName("Body")
	if !body.IsValid() {
		return false
	}
	var sent map[string]json.RawMessage
	b, err := json.Marshal(body.Interface())
	return err == nil && json.Unmarshal(b, &sent) == nil && sent[name] != nil
}
