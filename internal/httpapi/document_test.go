package httpapi

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"
)

// mounted is the API without its services, for responses that need none.
func mounted(t testing.TB) http.Handler {
	t.Helper()
	r := chi.NewRouter()
	r.Use(Observe(slog.New(slog.DiscardHandler), nil))
	_, err := Mount(r, nil, nil, nil, nil, Config{Version: "test", BaseURL: "https://blush.example", Log: slog.New(slog.DiscardHandler), ClientAddress: RemoteAddress, Stopping: t.Context()})
	if err != nil {
		t.Fatal(err)
	}
	r.NotFound(NotFound)
	r.MethodNotAllowed(MethodNotAllowed(NotFound))
	return r
}

// The document is made for the first reader, so that it costs a start nothing.
func BenchmarkMount(b *testing.B) {
	for b.Loop() {
		mounted(b)
	}
}

func TestDocumentIsValidOpenAPI31(t *testing.T) {
	h := mounted(t)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	if rec.Code != http.StatusOK {
		t.Fatalf("status %d", rec.Code)
	}
	written, err := openapi3.NewLoader().LoadFromData(rec.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if written.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %q", written.OpenAPI)
	}
	if err := written.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	var document struct{ Paths map[string]any }
	if err := json.Unmarshal(rec.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	// Every route that an integrator may rely on.
	for _, want := range []string{"/v2/users", "/v2/users/export", "/v2/users/authenticate", "/v2/facescans", "/v2/facescans/{face_scan_id}",
		"/v2/facescans/{face_scan_id}/waveform", "/v2/facescans/{face_scan_id}/results-url", "/v2/facescans/url", "/v2/dashboard/url",
		"/v2/metrics", "/v2/userprofiles/{profile}", "/v2/journey", "/v2/questions", "/v2/questions/answer", "/v2/questions/answer/many",
		"/v2/readings", "/v2/readings/{reading_id}", "/v2/consents"} {
		if document.Paths[want] == nil {
			t.Errorf("%s is not documented", want)
		}
	}
}
