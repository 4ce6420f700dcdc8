package docs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"blush.example/blush/internal/manual"
)

var update = flag.Bool("update", false, "write examples.json and the results in the documents again")

const examplesJSON = "../internal/httpapi/examples.json"

// example is one of examples.json: see httpapi.Example.
type example struct {
	Path   string          `json:"path"`
	Token  bool            `json:"token,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	Status int             `json:"status"`
	Kind   string          `json:"content_type,omitempty"`
	File   string          `json:"file,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"`
}

// Fixed ids replace in the examples those that the server made.
const (
	exampleScan    = "5a3c7f0e-1b2d-4c59-9f0a-2d6b8e1c7a01"
	exampleReading = "5a3c7f0e-1b2d-4c59-9f0a-2d6b8e1c7a02"
	exampleWebhook = "5a3c7f0e-1b2d-4c59-9f0a-2d6b8e1c7a03"
	exampleUser    = "5a3c7f0e-1b2d-4c59-9f0a-2d6b8e1c7a04"
	exampleDevice  = "engine-8-calibration-1" // the id says all that it is; no server has to know it
	exampleServer  = "https://scan.example.org"
)

// call is one call of the story that the examples come from.
type call struct {
	id, method, path string
	token            bool
	body             string
}

// story is one call of every operation, in an order in which each finds what it needs. A route that is added has its line here.
// Before it begins, anna has the scan, the reading and the webhook of the fixed ids.
var story = []call{
	{id: "create-user", method: "POST", path: "/v2/users", body: `{"external_user_id":"ben","birth_date":"1990-05-17","sex":"M","language":"en"}`},
	{id: "get-user", method: "GET", path: "/v2/users?external_user_id=anna"},
	{id: "update-user", method: "PATCH", path: "/v2/users?external_user_id=anna", body: `{"language":"nl"}`},
	{id: "create-user-action-token", method: "POST", path: "/v2/users/authenticate", body: `{"external_user_id":"anna","expires_in":3600}`},
	{id: "export-user", method: "GET", path: "/v2/users/export?external_user_id=anna"},
	{id: "make-history", method: "POST", path: "/v2/sandbox/history?external_user_id=ben", body: `{"persona":"strained","days":14,"timezone":"Europe/Brussels"}`},
	{id: "lock-insights", method: "POST", path: "/v2/sandbox/locked?external_user_id=ben", body: `{"locked":["heart_rate_variability"]}`},
	{id: "submit-face-scan", method: "POST", path: "/v2/facescans?external_user_id=anna", body: `{"synthetic":{"heart_rate":64,"duration_s":60}}`},
	{id: "get-face-scan", method: "GET", path: "/v2/facescans/" + exampleScan + "?wait=30"},
	{id: "list-face-scans", method: "GET", path: "/v2/facescans?external_user_id=anna&limit=2"},
	{id: "get-waveform", method: "GET", path: "/v2/facescans/" + exampleScan + "/waveform"},
	{id: "get-waveform-csv", method: "GET", path: "/v2/facescans/" + exampleScan + "/waveform.csv"},
	{id: "get-waveform-edf", method: "GET", path: "/v2/facescans/" + exampleScan + "/waveform.edf"},
	{id: "export-face-scans", method: "GET", path: "/v2/facescans/export?external_user_id=anna"},
	{id: "get-face-scan-report", method: "GET", path: "/v2/facescans/" + exampleScan + "/report?language=en"},
	{id: "get-user-report", method: "GET", path: "/v2/users/report?external_user_id=anna&language=en"},
	{id: "search-observations", method: "GET", path: "/v2/fhir/Observation?patient.identifier=anna&code=8867-4&_count=2"},
	{id: "read-observation", method: "GET", path: "/v2/fhir/Observation/" + exampleScan + ".heart-rate"},
	{id: "search-patients", method: "GET", path: "/v2/fhir/Patient?identifier=anna"},
	{id: "read-patient", method: "GET", path: "/v2/fhir/Patient/" + exampleUser},
	{id: "read-device", method: "GET", path: "/v2/fhir/Device/" + exampleDevice},
	{id: "export-patient", method: "GET", path: "/v2/fhir/Patient/" + exampleUser + "/$everything"},
	{id: "get-face-scan-url", method: "GET", path: "/v2/facescans/url?external_user_id=anna&language=en"},
	{id: "get-dashboard-url", method: "GET", path: "/v2/dashboard/url?external_user_id=anna"},
	{id: "get-results-url", method: "GET", path: "/v2/facescans/" + exampleScan + "/results-url"},
	{id: "list-questions", method: "GET", path: "/v2/questions?external_user_id=anna&language=en"},
	{id: "answer-question", method: "POST", path: "/v2/questions/answer?external_user_id=anna", body: `{"lookup_key":"average_sleep_hours","value":4,"timezone":"Europe/Brussels"}`},
	{id: "answer-questions", method: "POST", path: "/v2/questions/answer/many?external_user_id=anna", body: `[{"lookup_key":"average_sleep_hours","value":4},{"lookup_key":"daily_activities","value":3}]`},
	{id: "add-reading", method: "POST", path: "/v2/readings?external_user_id=anna", body: `{"kind":"blood_pressure","systolic":124,"diastolic":79,"timezone":"Europe/Brussels"}`},
	{id: "list-readings", method: "GET", path: "/v2/readings?external_user_id=anna"},
	{id: "get-metrics", method: "GET", path: "/v2/metrics?external_user_id=anna&language=en"},
	{id: "get-user-profile", method: "GET", path: "/v2/userprofiles/mental?external_user_id=anna&language=en"},
	{id: "get-journey", method: "GET", path: "/v2/journey?external_user_id=anna&language=en"},
	{id: "give-consent", method: "POST", path: "/v2/consents?external_user_id=anna", body: `{"version":"2026-1","text_hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","language":"nl"}`},
	{id: "list-consents", method: "GET", path: "/v2/consents?external_user_id=anna"},
	{id: "get-page-settings", method: "GET", path: "/v2/pages/settings"},
	{id: "get-biomarker-widget-data", method: "GET", path: "/v2/widgets/biomarker?external_user_id=anna&language=en&parameter=heart_rate"},
	{id: "get-metric-widget-data", method: "GET", path: "/v2/widgets/metric?external_user_id=anna&language=en&parameter=mental_stress"},
	{id: "get-graph-widget-data", method: "GET", path: "/v2/widgets/graph?external_user_id=anna&language=en&parameter=heart_rate"},
	{id: "get-main-widget-data", method: "GET", path: "/v2/widgets/main?external_user_id=anna&language=en"},
	{id: "get-recommendations-widget-data", method: "GET", path: "/v2/widgets/recommendations?external_user_id=anna&language=en"},
	{id: "get-todos-widget-data", method: "GET", path: "/v2/widgets/todos?external_user_id=anna&language=en"},
	{id: "render-biomarker-widget", method: "POST", path: "/v2/widgets/biomarker", token: true, body: `{"appearance":{"language":"en","variation":"arc"},"data":{"parameter":"heart_rate","face_scan_id":"latest"}}`},
	{id: "render-metric-widget", method: "POST", path: "/v2/widgets/metric", token: true, body: `{"appearance":{"language":"en"},"data":{"parameter":"mental_stress"}}`},
	{id: "render-graph-widget", method: "POST", path: "/v2/widgets/graph", token: true, body: `{"appearance":{"language":"en"},"data":{"parameter":"heart_rate","title":"My heart rate"}}`},
	{id: "render-main-widget", method: "POST", path: "/v2/widgets/main", token: true, body: `{"appearance":{"language":"en"}}`},
	{id: "render-recommendations-widget", method: "POST", path: "/v2/widgets/recommendations", token: true, body: `{"appearance":{"language":"en"}}`},
	{id: "render-todos-widget", method: "POST", path: "/v2/widgets/todos", token: true, body: `{"appearance":{"language":"en"}}`},
	{id: "create-webhook", method: "POST", path: "/v2/webhooks", body: `{"url":"https://app.invalid/blush","events":["scan.done","user.erased"],"description":"our backend"}`},
	{id: "list-webhooks", method: "GET", path: "/v2/webhooks"},
	{id: "get-webhook", method: "GET", path: "/v2/webhooks/" + exampleWebhook},
	{id: "update-webhook", method: "PATCH", path: "/v2/webhooks/" + exampleWebhook, body: `{"enabled":true}`},
	{id: "test-webhook", method: "POST", path: "/v2/webhooks/" + exampleWebhook + "/test"},
	{id: "list-webhook-deliveries", method: "GET", path: "/v2/webhooks/" + exampleWebhook + "/deliveries"},
	{id: "replay-webhook-deliveries", method: "POST", path: "/v2/webhooks/" + exampleWebhook + "/replay", body: `{"since":"2026-01-31T08:00:00Z"}`},
	{id: "rotate-webhook-secret", method: "POST", path: "/v2/webhooks/" + exampleWebhook + "/rotate", body: `{"overlap_s":3600}`},
	{id: "list-audit-entries", method: "GET", path: "/v2/audit?limit=3"},
	{id: "revoke-user-action-tokens", method: "POST", path: "/v2/users/revoke", body: `{"external_user_id":"anna"}`},
	{id: "delete-reading-by-path", method: "DELETE", path: "/v2/readings/" + exampleReading + "?external_user_id=anna"},
	{id: "delete-reading", method: "DELETE", path: "/v2/readings?external_user_id=anna&reading_id=" + exampleReading},
	{id: "delete-face-scan", method: "DELETE", path: "/v2/facescans/" + exampleScan},
	{id: "delete-webhook", method: "DELETE", path: "/v2/webhooks/" + exampleWebhook},
	{id: "delete-user", method: "DELETE", path: "/v2/users?external_user_id=anna"},
}

// scene is what the story plays in: anna with a year behind her, and what the fixed ids stand for.
type scene struct {
	*reader
	token string
	real  map[string]string // fixed id to the server's
}

func newScene(t *testing.T) *scene {
	t.Helper()
	r := newReader(t)
	r.shell("a customer with a year", "blush customer create ACME")
	r.shell("a year", "blush simulate year ACME --external-user-id anna")
	r.serve("blush serve")
	s := &scene{reader: r, real: map[string]string{exampleServer: r.url}}
	s.real[exampleScan] = r.call("POST", "/v2/facescans?external_user_id=anna", `{"synthetic":{"heart_rate":64,"duration_s":60,"seed":1}}`, "face_scan_id")
	s.real[exampleUser] = r.call("GET", "/v2/users?external_user_id=anna", "", "user_id")
	s.real[exampleWebhook] = r.call("POST", "/v2/webhooks", `{"url":"https://app.invalid/blush","events":["user.erased"]}`, "webhook_id")
	s.aReading()
	s.token = r.call("POST", "/v2/users/authenticate", `{"external_user_id":"anna"}`, "token")
	return s
}

func (s *scene) aReading() {
	s.real[exampleReading] = s.call("POST", "/v2/readings?external_user_id=anna", `{"kind":"blood_pressure","systolic":121,"diastolic":82}`, "reading_id")
}

// before makes again what the calls before have used up.
func (s *scene) before(c call) {
	if c.id == "delete-reading" {
		s.aReading()
	}
}

// live puts the server's ids into a text of the examples; fixed does the opposite.
func (s *scene) live(text string) string {
	for fixed, real := range s.real {
		text = strings.ReplaceAll(text, fixed, real)
	}
	return text
}

var (
	jwt    = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)
	secret = regexp.MustCompile(`whsec_[\w+/=]+`)
)

func (s *scene) fixed(text string) string {
	for fixed, real := range s.real {
		text = strings.ReplaceAll(text, real, fixed)
	}
	text = jwt.ReplaceAllString(text, "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjp7fX0.c2lnbmF0dXJl")
	return secret.ReplaceAllString(text, "whsec_c2VjcmV0IG9mIHRoZSB3ZWJob29r")
}

// record makes a call and keeps it as an example.
func (s *scene) record(c call) example {
	s.t.Helper()
	s.before(c)
	req, err := http.NewRequest(c.method, s.url+s.live(c.path), strings.NewReader(s.live(c.body)))
	if err != nil {
		s.t.Fatal(err)
	}
	if c.body != "" {
		req.Header.Set("content-type", "application/json")
	}
	if c.token {
		req.Header.Set("authorization", "Token "+s.token)
	} else {
		req.Header.Set("x-api-key", s.key)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode > 299 {
		s.t.Fatalf("%s: %d %v %s", c.id, resp.StatusCode, err, text)
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	e := example{Path: c.path, Token: c.token, Status: resp.StatusCode, Kind: kind}
	if c.body != "" {
		e.Body = json.RawMessage(c.body)
	}
	if len(text) == 0 {
		return e
	}
	var answer any = s.fixed(string(text))
	switch {
	case !utf8.Valid(text):
		_, disposition, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
		if err != nil || disposition["filename"] == "" {
			s.t.Fatalf("%s is no text, and has no name to be kept under: %v", c.id, err)
		}
		e.File = s.fixed(disposition["filename"])
		answer = fmt.Sprintf("A file of %d kB (%s).", (len(text)+999)/1000, kind)
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		d := json.NewDecoder(strings.NewReader(s.fixed(string(text))))
		d.UseNumber()
		if err := d.Decode(&answer); err != nil {
			s.t.Fatal(err)
		}
	}
	if e.Answer, err = encode(short(answer)); err != nil {
		s.t.Fatal(err)
	}
	return e
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	err := out.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// short cuts long lists and texts.
func short(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = short(x)
		}
	case []any:
		most := 2
		if len(v) > 0 {
			if _, number := v[0].(json.Number); number {
				most = 4
			}
		}
		v = v[:min(len(v), most)]
		for i, x := range v {
			v[i] = short(x)
		}
		return v
	case string:
		if r := []rune(v); len(r) > 600 {
			return string(r[:600]) + "…"
		}
	}
	return v
}

// shape is the names and kinds of what a value holds, without the values: these change with the day and the engine.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[k] = shape(x)
		}
		return out
	case []any:
		if len(v) == 0 {
			return nil
		}
		return []any{shape(v[0])}
	}
	return fmt.Sprintf("%T", v)
}

// same says whether two shapes agree; what is null or empty in one agrees with everything.
func same(a, b any) bool {
	if a == nil || b == nil || a == "<nil>" || b == "<nil>" {
		return true
	}
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return false
		}
		for _, k := range slices.Concat(slices.Collect(maps.Keys(x)), slices.Collect(maps.Keys(y))) {
			if _, in := x[k]; !in || !same(x[k], y[k]) {
				return false
			}
			if _, in := y[k]; !in {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		return ok && same(x[0], y[0])
	}
	return a == b
}

// apiDocument is what the test reads of the server's OpenAPI document.
type apiDocument struct {
	Paths map[string]map[string]struct {
		ID        string          `json:"operationId"`
		Example   json.RawMessage `json:"x-example"`
		Responses map[string]struct {
			Content map[string]struct{ Schema map[string]any }
		}
	}
	Components struct{ Schemas map[string]map[string]any }
}

func (r *reader) document() (doc apiDocument) {
	r.t.Helper()
	resp, err := r.http.Get(r.url + "/openapi.json")
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil {
		r.t.Fatal(err)
	}
	return doc
}

// Every operation of the OpenAPI document has an example that a real call gave, and the call still gives the like, as the document says.
func TestExamples(t *testing.T) {
	s := newScene(t)
	made := map[string]example{}
	for _, c := range story {
		made[c.id] = s.record(c)
	}
	if *update {
		var b bytes.Buffer
		out := json.NewEncoder(&b)
		out.SetEscapeHTML(false)
		out.SetIndent("", " ")
		if err := out.Encode(made); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(examplesJSON, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept := keptExamples(t)
	for id, e := range made {
		k, ok := kept[id]
		if !ok || k.Path != e.Path || k.Status != e.Status || k.Kind != e.Kind || k.Token != e.Token || !same(shape(decode(t, k.Answer)), shape(decode(t, e.Answer))) {
			t.Errorf("the example of %s is not current: run go test ./docs -run TestExamples -update\nkept %s\nnow  %s", id, k.Answer, e.Answer)
		}
	}
	doc := s.document()
	for path, methods := range doc.Paths {
		for method, o := range methods {
			k, ok := kept[o.ID]
			if !ok || len(o.Example) == 0 {
				t.Errorf("%s %s has no example: add %s to story in docs/examples_test.go, then run go test ./docs -run TestExamples -update", strings.ToUpper(method), path, o.ID)
				continue
			}
			var has map[string]any
			if err := json.Unmarshal(o.Example, &has); err != nil {
				t.Fatal(err)
			}
			for name, part := range has { // what a call does not have is left out: a null would be sent
				if part == nil {
					t.Errorf("the example of %s has an empty %s", o.ID, name)
				}
			}
			content := o.Responses[fmt.Sprint(k.Status)].Content[k.Kind]
			if k.Kind == "application/json" && content.Schema != nil {
				for _, problem := range against(doc.Components.Schemas, content.Schema, decode(t, k.Answer), "answer") {
					t.Errorf("the example of %s: %s", o.ID, problem)
				}
			}
		}
	}
	for id := range kept {
		if _, ok := made[id]; !ok {
			t.Errorf("the example of %s is of no call", id)
		}
	}
}

func keptExamples(t *testing.T) (kept map[string]example) {
	t.Helper()
	b, err := os.ReadFile(examplesJSON)
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func decode(t *testing.T, b []byte) (v any) {
	t.Helper()
	if len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The request of every example is the same in every language, as the reference shows it. TestExamples sends the same to a server.
func TestRequestsInEveryLanguage(t *testing.T) {
	kept := keptExamples(t)
	for language, run := range map[string]func(*reader, []string){"curl": runCurl, "go": runGoRequests, "typescript": runTypeScript, "python": runPython} {
		t.Run(language, func(t *testing.T) {
			r := newReader(t)
			got := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if got == len(story) {
					t.Errorf("%s %s is not in the story", req.Method, req.URL)
					return
				}
				c := story[got]
				got++
				if problem := c.differs(req); problem != "" {
					t.Errorf("%s: %s", c.id, problem)
				}
				w.Header().Set("Content-Type", kept[c.id].Kind)
				w.WriteHeader(kept[c.id].Status)
				w.Write(kept[c.id].Answer)
			}))
			defer server.Close()
			var code []string
			for _, c := range story {
				for _, snippet := range manual.Snippets(manual.Call{Method: c.method, URL: exampleServer + c.path, Token: c.token, Body: []byte(c.body), File: kept[c.id].File}) {
					if snippet.Language == language {
						code = append(code, snippet.Code)
					}
				}
			}
			if len(code) != len(story) {
				t.Fatalf("%d requests of %d", len(code), len(story))
			}
			r.url = server.URL
			r.shell("credentials", "export BLUSH_KEY=a-key BLUSH_TOKEN=a-token BLUSH_URL="+server.URL)
			run(r, code)
			if got != len(story) {
				t.Errorf("%d requests were sent of %d", got, len(story))
			}
			for id, e := range kept {
				if e.File == "" {
					continue
				}
				if b, err := os.ReadFile(filepath.Join(r.dir, e.File)); err != nil || !bytes.Equal(b, e.Answer) {
					t.Errorf("%s: the answer was not saved to %s: %q %v", id, e.File, b, err)
				}
			}
		})
	}
}

// differs says in what a request is not that of the call.
func (c call) differs(req *http.Request) string {
	want, err := url.Parse(c.path)
	if err != nil {
		return err.Error()
	}
	if req.Method != c.method || req.URL.Path != want.Path || req.URL.Query().Encode() != want.Query().Encode() {
		return fmt.Sprintf("it is %s %s", req.Method, req.URL)
	}
	key, token := "a-key", ""
	if c.token {
		key, token = "", "Token a-token"
	}
	if req.Header.Get("x-api-key") != key || req.Header.Get("authorization") != token {
		return fmt.Sprintf("its credential is not right: %v", req.Header)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil || c.body == "" {
		if err != nil || len(body) > 0 {
			return fmt.Sprintf("it has a body: %q %v", body, err)
		}
		return ""
	}
	var sent, meant any
	if err := errors.Join(json.Unmarshal(body, &sent), json.Unmarshal([]byte(c.body), &meant)); err != nil || !reflect.DeepEqual(sent, meant) || req.Header.Get("content-type") != "application/json" {
		return fmt.Sprintf("its body is %s %s (%v)", req.Header.Get("content-type"), body, err)
	}
	return ""
}

func (r *reader) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(strings.ReplaceAll(text, exampleServer, r.url)), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func runCurl(r *reader, code []string) {
	r.write("requests.sh", strings.Join(code, "\n"))
	r.shell("curl", "source requests.sh")
}

func runPython(r *reader, code []string) {
	r.write("requests_in.py", strings.Join(code, "\n"))
	r.shell("python", "python3 requests_in.py")
}

// runTypeScript takes from the pieces the one mark of a type that they have: Node 20 reads JavaScript alone.
func runTypeScript(r *reader, code []string) {
	r.write("requests.mjs", "{\n"+strings.ReplaceAll(strings.Join(code, "}\n{\n"), "process.env.BLUSH_KEY!", "process.env.BLUSH_KEY")+"}\n")
	r.shell("node", "node requests.mjs")
}

// runGoRequests lets the program read the server's address from its environment: it is the same program each time, and Go keeps it.
func runGoRequests(r *reader, code []string) {
	text := "package main\n\nimport (\n\t\"fmt\"\n\t\"io\"\n\t\"log\"\n\t\"net/http\"\n\t\"os\"\n\t\"strings\"\n)\n\nfunc main() {\n\tfor _, f := range []func() error{\n"
	for _, c := range code {
		text += "func() error {\n" + strings.ReplaceAll(c, `"`+exampleServer, `os.Getenv("BLUSH_URL")+"`) + "},\n"
	}
	r.write("requests.go", text+"} {\n\t\tif err := f(); err != nil {\n\t\t\tlog.Fatal(err)\n\t\t}\n\t}\n}\n")
	if err := goBuild(filepath.Join(r.dir, "requests"), filepath.Join(r.dir, "requests.go")); err != nil {
		r.t.Fatal(err)
	}
	r.shell("go", "./requests")
}
