package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"blush.example/blush/rppg"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
)

const apiDescription = `Heart rate and breathing from a face, on your own server. The API follows the IntelliProve v2 REST API.

**Authentication.** Your server sends ` + "`x-api-key: <key>`" + `. An app or a page sends an action token, made for one user by
"Create user action token": ` + "`authorization: Token <token>`" + `. A key may be limited
to scopes: each route names the one it needs, and a 403 the one that is missing.

**Errors** are ` + "`{\"detail\": \"text\"}`" + `; a 422 lists each part of the request that failed validation. Unknown
query parameters are refused too, except on the routes that the IntelliProve API also has and those of one scan. Every answer carries
a ` + "`Request-Id`" + `; quote it when you report a problem.

**Retries.** Every POST is safe to repeat. With an ` + "`Idempotency-Key`" + ` the first answer is kept for 24 hours and returned again; the same key
with another body is a 422. Wait for ` + "`Retry-After`" + ` seconds after a 429, a 503
(the server or its database is busy, or the database cannot be reached) or a 507 (the disk is full). Nothing was stored, or the key returns the stored answer.

**Not a medical device.** Read the [instructions for use](/docs/instructions-for-use) before you show a value to anyone.`

func describeAPI(doc *huma.OpenAPI) {
	doc.Info.Description = apiDescription
	doc.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	doc.Servers = []*huma.Server{{URL: "/"}} // readers get the document from this server
	doc.Tags = []*huma.Tag{
		{Name: "Users", Description: "A user is one end user of your app, registered once."},
		{Name: "Face scans", Description: "A scan is one session in front of the camera."},
		{Name: "Health", Description: "Insights from scans, answers and cuff readings over time. Wellness information, not a diagnosis."},
		{Name: "Widgets", Description: "The insights for a page, as HTML or as numbers."},
		{Name: "Reports", Description: "A scan or a period as a PDF, for the person and for a clinician."},
		{Name: "FHIR", Description: "The same values as FHIR R4. GET /v2/fhir/metadata is the CapabilityStatement."},
		{Name: "Webhooks", Description: "Your server receives events."},
		{Name: "Pages", Description: "The scan page and the user's pages."},
		{Name: "Sandbox", Description: "Test data of a DEV key."},
		{Name: "Audit", Description: "Who read or changed what."},
	}
	doc.Webhooks = map[string]*huma.PathItem{"event": {Post: &huma.Operation{
		OperationID: "receive-event", Tags: []string{"Webhooks"}, Summary: "The request to your server",
		Description: "A POST as specified by Standard Webhooks: verify webhook-id, webhook-timestamp and webhook-signature with the webhook's secret, and answer 2xx within 15 s. " +
			"An event may arrive twice, with the same webhook-id, and events may arrive in another order.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: doc.Components.Schemas.Schema(typeOf[WebhookEvent](), true, "")}}},
		Responses:   map[string]*huma.Response{"204": {Description: "Received. Every status other than 2xx is a failure, and the event is sent again."}},
	}}}
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"apiKey":      {Type: "apiKey", In: "header", Name: "x-api-key", Description: "Your server's key, with the scope that the route names. Keep it out of pages and apps."},
		"actionToken": {Type: "apiKey", In: "header", Name: "authorization", Description: "`Token <token>`, for one user."},
	}
}

// describe turns an operation into huma's, with its errors and headers documented.
func (a *API) describe(op operation) huma.Operation {
	ho := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Tags: []string{op.tag}, Summary: op.summary, Description: op.doc,
		DefaultStatus: op.status, MaxBodyBytes: op.limit(), BodyReadTimeout: 15 * time.Second,
		Metadata: map[string]any{"operation": op}, Responses: map[string]*huma.Response{},
		Security: op.security(), Extensions: map[string]any{"x-audit-actions": op.audit.all()},
	}
	registry := a.huma.OpenAPI().Components.Schemas
	detail := registry.Schema(typeOf[Detail](), true, "Detail")
	fields := registry.Schema(typeOf[FieldList](), true, "FieldList")
	statuses := append([]int{401, 403, 422, 429, 500, 503}, op.errors...)
	if op.method != http.MethodGet {
		statuses = append(statuses, http.StatusInsufficientStorage)
	}
	if op.method == http.MethodPost || op.method == http.MethodPatch {
		statuses = append(statuses, http.StatusUnsupportedMediaType)
	}
	if op.widget {
		statuses = append([]int{401, 422, 500}, op.errors...)
		fields = registry.Schema(typeOf[WidgetFault](), true, "WidgetFault")
	}
	for _, status := range statuses {
		schema := detail
		if status == http.StatusUnprocessableEntity {
			schema = fields
		}
		ho.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/json": {Schema: schema}},
		}
	}
	for _, status := range op.more {
		// huma knows only one status of success. The others get its body after registration.
		ho.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status)}
	}
	return ho
}

// limit is the largest body of the operation in bytes.
func (op operation) limit() int64 {
	if op.maxBody > 0 {
		return op.maxBody
	}
	return maxJSONBody
}

// alsoAnswers gives the other statuses of success the headers and body of the usual one.
func (op operation) alsoAnswers(ho huma.Operation) {
	usual := ho.Responses[strconv.Itoa(max(op.status, http.StatusOK))]
	for _, status := range op.more {
		r := ho.Responses[strconv.Itoa(status)]
		r.Headers = usual.Headers
		if status != http.StatusNotModified {
			r.Content = usual.Content
		}
	}
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

func schemaOf(r huma.Registry, v any) *huma.Schema {
	return r.Schema(reflect.TypeOf(v).Elem(), true, "")
}

// submissionBodies describes what a scan may be submitted as.
func submissionBodies(r huma.Registry) *huma.RequestBody {
	trace := r.Schema(typeOf[rppg.Trace](), true, "Trace")
	form := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"video"}, Properties: map[string]*huma.Schema{
		"face_scan_id": {Type: huma.TypeString, Format: "uuid"},
		"timezone":     {Type: huma.TypeString, Description: "IANA name; UTC if left out."},
		"at_rest":      {Type: huma.TypeBoolean},
		"video":        {Type: huma.TypeString, Format: "binary", Description: "The last field of the form."},
	}}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json":    {Schema: &huma.Schema{AnyOf: []*huma.Schema{trace, r.Schema(typeOf[syntheticBody](), true, "SyntheticScan")}}},
		rppg.CompactType:      {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "A trace in its compact form: docs/traces.md."}},
		"multipart/form-data": {Schema: form},
	}}
}

// documents finishes the OpenAPI document and serves it.
func (a *API) documents(r chi.Router) {
	doc := a.huma.OpenAPI()
	fillSets(doc.Components.Schemas)
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "Problem") // never sent: it writes itself as a Detail or a FieldList
	for _, s := range schemas {
		allowNull(s)
	}
	for _, theme := range []string{"light", "dark"} {
		look := schemas["Brand"].Properties
		look[theme] = &huma.Schema{AnyOf: []*huma.Schema{look[theme], {Type: "null"}}}
	}
	for name, schema := range schemas {
		nullParts(schema, doc.Components.Schemas.TypeFromRef(schemaPrefix+name))
	}
	schemas["FieldError"].Properties["loc"].Items = &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}
	examples := sync.OnceValue(func() error { return addExamples(doc) }) // no route needs them
	written := func(write func() ([]byte, error)) func() ([]byte, error) {
		return sync.OnceValues(func() ([]byte, error) {
			if err := examples(); err != nil {
				return nil, err
			}
			return write()
		})
	}
	a.document = written(func() ([]byte, error) { return json.MarshalIndent(doc, "", "  ") })
	r.Get("/openapi.json", once("application/json", a.document))
	r.Get("/openapi.yaml", once("application/yaml", written(doc.YAML)))
}

// Document is the OpenAPI document as JSON.
func (a *API) Document() ([]byte, error) { return a.document() }

// schemaPrefix is the beginning of a reference to a schema.
const schemaPrefix = "#/components/schemas/"

// nullParts allows null for the properties that refer to another object and that the type sends as null if there is none. huma describes a
// pointer to a struct as never null.
func nullParts(s *huma.Schema, t reflect.Type) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.Properties[name]
		if p != nil && p.Ref != "" && f.Type.Kind() == reflect.Pointer && !strings.Contains(options, "omit") {
			s.Properties[name] = &huma.Schema{AnyOf: []*huma.Schema{p, {Type: "null"}}}
		}
	}
}

// allowNull adds null to the enumerations of nullable fields, which would
// otherwise forbid the null that their type allows.
func allowNull(s *huma.Schema) {
	if s.Nullable && len(s.Enum) > 0 {
		s.Enum = append(s.Enum, nil)
	}
	for _, p := range s.Properties {
		allowNull(p)
	}
}

// once serves what is made for its first reader: making it takes longer than starting the server.
func once(contentType string, body func() ([]byte, error)) http.HandlerFunc {
	made := sync.OnceValues(func() (http.HandlerFunc, error) {
		b, err := body()
		return serve(contentType, b), err
	})
	return func(w http.ResponseWriter, r *http.Request) {
		h, err := made()
		if err != nil {
			writeProblem(w, problemFrom(r.Context(), err))
			return
		}
		h(w, r)
	}
}

// serve answers with bytes that never change while the process runs.
func serve(contentType string, body []byte) http.HandlerFunc {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		SetNonPageHeaders(w)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("ETag", tag)
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}
}
