package httpapi

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"blush.example/blush/internal/fhir"
)

// mostQuery is the largest size in bytes of the parameters in a body, which is read before the client is known.
const mostQuery = 64 << 10

// asGET turns a POST under [fhirPath] that only reads into the GET that means the same. R4 has two: a search whose parameters are a form
// (POST Observation/_search, §3.1.0.9.1) and an operation whose parameters are a resource (POST Patient/1/$everything,
// §3.2.0.1). Parameters in the address count too.
func asGET(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	path, search := strings.CutSuffix(r.URL.Path, "/_search")
	if r.Method != http.MethodPost || !underFHIR(r) || !search && !strings.HasSuffix(path, "/$everything") {
		return r, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostQuery))
	if err != nil {
		return r, err
	}
	query := string(body)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // a type that cannot be read is none of these
	switch {
	case len(body) == 0:
	case search && kind != "application/x-www-form-urlencoded":
		return r, plain(http.StatusUnsupportedMediaType, "Send the parameters of a search as application/x-www-form-urlencoded.")
	case !search && kind != fhir.ContentType && kind != "application/json":
		return r, plain(http.StatusUnsupportedMediaType, "Send the parameters of an operation as "+fhir.ContentType+".")
	case !search:
		if query, err = operationParameters(body); err != nil {
			return r, err
		}
	}
	get := r.Clone(r.Context())
	get.Method, get.URL.Path, get.URL.RawPath, get.Body, get.ContentLength = http.MethodGet, path, "", http.NoBody, 0
	get.Header.Del("Content-Type")
	get.URL.RawQuery = strings.Trim(r.URL.RawQuery+"&"+query, "&")
	return get, nil
}

// operationParameters returns the values of a resource of the type Parameters as a query.
func operationParameters(body []byte) (string, error) {
	var sent struct {
		ResourceType string                       `json:"resourceType"`
		Parameter    []map[string]json.RawMessage `json:"parameter"`
	}
	if err := json.Unmarshal(body, &sent); err != nil || sent.ResourceType != "Parameters" {
		return "", faultAt("The body must be a resource of the type Parameters.", "value_error", "body")
	}
	query := url.Values{}
	for _, p := range sent.Parameter {
		var name string
		if err := json.Unmarshal(p["name"], &name); err != nil {
			return "", faultAt("A parameter has no name.", "missing", "body", "parameter")
		}
		for key, value := range p {
			if strings.HasPrefix(key, "value") {
				var text string
				if json.Unmarshal(value, &text) != nil { // a number or a boolean
					text = string(value)
				}
				query.Add(name, text)
			}
		}
	}
	return query.Encode(), nil
}
