package manual

import (
	"strings"
	"testing"
)

const small = `{"info":{"version":"1.2","description":"Sends ` + "`x: <key>`" + `."},"tags":[{"name":"Face scans","description":"One session."}],
"paths":{"/v2/a/{id}":{"post":{"operationId":"make-a","summary":"Make","description":"D","tags":["Face scans"],"security":[{"apiKey":["write"]},{"actionToken":["api"]}],"x-audit-actions":["a.create"],
"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string","format":"uuid","description":"Which."}}],
"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"}}}},
"responses":{"201":{"description":"Created","content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"}}}},"404":{"description":"Not Found"}},
"x-example":{"path":"/v2/a/7?b=c","credential":"actionToken","status":201,"content_type":"application/json","body":{"on":true,"s":"it's null"},"answer":{"n":1}}}}},
"components":{"schemas":{"A":{"type":"object","required":["n"],"properties":{"again":{"$ref":"#/components/schemas/A"},"kind":{"type":["string","null"],"enum":["x","y",null]},"list":{"type":"array","items":{"type":"number"}},"n":{"type":"integer","minimum":1,"maximum":9,"default":2,"description":"How many."}}}}}}`

func TestReference(t *testing.T) {
	r, err := NewReference([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if r.Version != "1.2" || !strings.Contains(string(r.About), "<code>x: &lt;key&gt;</code>") || len(r.Groups) != 1 {
		t.Fatalf("%+v", r)
	}
	g := r.Group("/docs/api/face-scans")
	if g == nil || len(g.Operations) != 1 || r.Group("/docs/api/none") != nil {
		t.Fatalf("%+v", g)
	}
	o := g.Operations[0]
	if o.Method != "POST" || strings.Join(o.Keys, "") != "write" || strings.Join(o.Tokens, "") != "api" || strings.Join(o.Audit, "") != "a.create" {
		t.Errorf("%+v", o)
	}
	if p := o.Parameters[0]; p.Name != "id" || p.Place != "path" || p.Type != "uuid" || !p.Required || !strings.Contains(string(p.About), "Which.") {
		t.Errorf("%+v", p)
	}
	var said []string
	for _, f := range o.Bodies[0].Fields {
		said = append(said, f.Name+": "+f.Type)
	}
	if got := strings.Join(said, "; "); got != "n: integer, 1 to 9, 2 if left out; again: object; kind: one of x, y or null; list: list of number" {
		t.Error(got)
	}
	if len(o.Answers) != 2 || o.Answers[0].Status != "201" || len(o.Answers[0].Fields) != 4 || len(o.Answers[1].Fields) != 0 {
		t.Errorf("%+v", o.Answers)
	}
	if o.Status != "201 Created" || o.Example != "{\n  \"n\": 1\n}" || len(o.Snippets) != 4 {
		t.Errorf("%q %q %v", o.Status, o.Example, o.Snippets)
	}
	code := map[string]string{}
	for _, s := range o.Snippets {
		code[s.Language] = s.Code
	}
	for language, want := range map[string][]string{
		"curl":       {`'https://scan.example.org/v2/a/7?b=c'`, `"authorization: Token $BLUSH_TOKEN"`, `it'\''s null`},
		"go":         {`http.NewRequest("POST", "https://scan.example.org/v2/a/7?b=c", body)`, `os.Getenv("BLUSH_TOKEN")`},
		"typescript": {`method: "POST"`, "`Token ${process.env.BLUSH_TOKEN}`"},
		"python":     {`"on": True`, `"it's null"`, `os.environ["BLUSH_TOKEN"]`},
	} {
		for _, part := range want {
			if !strings.Contains(code[language], part) {
				t.Errorf("%s: no %s in\n%s", language, part, code[language])
			}
		}
	}
	if s := r.Sections(); len(s) != 2 || s[1].Path != "/docs/api/face-scans#make-a" || s[1].Heading != "POST /v2/a/{id}" || s[0].Route || !s[1].Route {
		t.Errorf("%+v", s)
	}
}

// An operation without a group would be missing from the reference without an error.
func TestNoOperationIsLeftOut(t *testing.T) {
	for _, tags := range []string{`["Reports"]`, `[]`} {
		_, err := NewReference([]byte(strings.Replace(small, `"tags":["Face scans"]`, `"tags":`+tags, 1)))
		if err == nil || !strings.Contains(err.Error(), "make-a") {
			t.Errorf("with the tags %s: %v", tags, err)
		}
	}
}
