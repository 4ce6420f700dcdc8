package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
)

// Every route of the API is in the OpenAPI document, and so was registered where its credentials and audit actions
// are checked: a route added to the router alone would have neither.
func TestEveryRouteOfTheAPIIsInTheDocument(t *testing.T) {
	s := running(t, Config{TLS: TLS{Plain: true}})
	r := httptest.NewRequest(http.MethodGet, "/openapi.json", nil)
	r.RemoteAddr = "127.0.0.1:99"
	r.Header.Set("X-Forwarded-Proto", "https")
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, r)
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		t.Fatalf("%d: %v", rec.Code, err)
	}
	found := 0
	err := chi.Walk(s.Handler().(chi.Routes), func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !strings.HasPrefix(path, "/v2") || method == http.MethodOptions {
			return nil
		}
		switch { // FHIR's definitions are public
		case path == "/v2/fhir/metadata", strings.HasPrefix(path, "/v2/fhir/CodeSystem/"), strings.HasPrefix(path, "/v2/fhir/StructureDefinition/"):
			return nil
		}
		if _, ok := doc.Paths[path][strings.ToLower(method)]; !ok {
			t.Errorf("%s %s is not in the document", method, path)
		}
		found++
		return nil
	})
	if err != nil || found < 30 {
		t.Errorf("%d routes, %v", found, err)
	}
}
