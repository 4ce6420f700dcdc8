package httpapi

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Example is a recorded call of an operation with its response. Ids, tokens and the server's address are replaced by fixed
// ones, and long lists and texts are shortened.
type Example struct {
	Path string `json:"path"` // with its query
	// Token says that the call carries an action token and not an API key.
	Token  bool            `json:"token,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	Status int             `json:"status"`
	Kind   string          `json:"content_type,omitempty"` // of the answer
	// File is the file name for a response that is not text. The example's answer then describes it in words.
	File   string          `json:"file,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"` // JSON; of another kind, a string
}

// examplesFile holds an Example for each operation, by its id. Written by
// go test ./docs -run TestExamples -update.
//
//go:embed examples.json
var examplesFile []byte

// addExamples puts the examples into the OpenAPI document.
func addExamples(doc *huma.OpenAPI) error {
	var examples map[string]Example
	if err := json.Unmarshal(examplesFile, &examples); err != nil {
		return fmt.Errorf("examples.json: %w", err)
	}
	for template, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			e, ok := examples[op.OperationID]
			if !ok {
				continue // TestExamples names those that are missing
			}
			if err := e.add(template, op); err != nil {
				return fmt.Errorf("examples.json: %s: %w", op.OperationID, err)
			}
		}
	}
	return nil
}

// add adds the example to its operation: parameters, body and response where OpenAPI has a place for them, and everything else as x-example.
func (e Example) add(template string, op *huma.Operation) error {
	if err := e.addParameters(template, op); err != nil {
		return err
	}
	if len(e.Body) > 0 {
		if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
			return errors.New("it takes no JSON")
		}
		var body any
		if err := json.Unmarshal(e.Body, &body); err != nil {
			return err
		}
		op.RequestBody.Content["application/json"].Example = body
	}
	answer := op.Responses[strconv.Itoa(e.Status)]
	if answer == nil {
		return fmt.Errorf("it does not answer %d", e.Status)
	}
	if content := answer.Content[e.Kind]; content != nil && len(e.Answer) > 0 && e.File == "" {
		var body any
		if err := json.Unmarshal(e.Answer, &body); err != nil {
			return err
		}
		content.Example = body
	}
	credential := "apiKey"
	if e.Token {
		credential = "actionToken"
	}
	all := map[string]any{"path": e.Path, "credential": credential, "status": e.Status}
	if len(e.Body) > 0 {
		all["body"] = e.Body
	}
	if len(e.Answer) > 0 {
		all["content_type"], all["answer"] = e.Kind, e.Answer
	}
	if e.File != "" {
		all["file"] = e.File
	}
	op.Extensions["x-example"] = all
	return nil
}

// addParameters gives the parameters of an operation their values in the example's path and query.
func (e Example) addParameters(template string, op *huma.Operation) error {
	path, rawQuery, _ := strings.Cut(e.Path, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return err
	}
	names, values := strings.Split(template, "/"), strings.Split(path, "/")
	if len(names) != len(values) {
		return fmt.Errorf("the path %s is not %s", path, template)
	}
	for i, name := range names {
		if strings.HasPrefix(name, "{") {
			query.Set(strings.Trim(name, "{}"), values[i])
		}
	}
	for _, p := range op.Parameters {
		if query.Has(p.Name) && p.In != "header" {
			p.Example = query.Get(p.Name)
			switch {
			case p.Schema == nil:
			case p.Schema.Type == huma.TypeArray:
				p.Example = query[p.Name]
			case p.Schema.Type == huma.TypeInteger || p.Schema.Type == huma.TypeNumber:
				p.Example = json.Number(query.Get(p.Name))
			}
		}
	}
	return nil
}
