package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"blush.example/blush/internal/blush"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
)

// The services name a field. Its place is where it is in the request.
func TestFieldsHaveTheirPlaces(t *testing.T) {
	type everywhere struct {
		UserName
		ReadingID      string `path:"reading_id"`
		IdempotencyKey string `header:"Idempotency-Key"`
		Body           *struct {
			UserID string   `json:"user_id,omitempty"`
			Meta   string   `json:"meta,omitempty"`
			List   []string `json:"list,omitempty"`
		}
	}
	for _, c := range []struct {
		query, body string
		path, want  []any
	}{
		{"", `{}`, []any{"meta"}, []any{"body", "meta"}},
		{"", `{}`, []any{"list", 3, "x"}, []any{"body", "list", 3.0, "x"}},
		{"", `{}`, []any{0, "meta"}, []any{"body", 0.0, "meta"}},
		{"", `{}`, nil, []any{"body"}},
		{"", `{}`, []any{"reading_id"}, []any{"path", "reading_id"}},
		{"", `{}`, []any{"Idempotency-Key"}, []any{"header", "Idempotency-Key"}},
		{"", `{}`, []any{"external_user_id"}, []any{"query", "external_user_id"}}, // the body has none
		{"", `{}`, []any{"user_id"}, []any{"body", "user_id"}},
		{"", ``, []any{"user_id"}, []any{"body", "user_id"}},
		{"?user_id=a", `{}`, []any{"user_id"}, []any{"query", "user_id"}},
		{"", `{"user_id":"a"}`, []any{"user_id"}, []any{"body", "user_id"}},
		{"?user_id=a", `{"user_id":"b"}`, []any{"user_id"}, []any{"body", "user_id"}},
	} {
		r := chi.NewRouter()
		a := &API{huma: humachi.New(r, huma.DefaultConfig("", ""))}
		a.huma.UseMiddleware(func(hc huma.Context, next func(huma.Context)) {
			rec := &record{places: a.places(hc)}
			next(huma.WithContext(hc, context.WithValue(hc.Context(), recordKey{}, rec)))
		})
		route(a, operation{method: http.MethodPost, path: "/x/{reading_id}", id: "x", access: keyOnly, needs: blush.KeyRead, audit: noAudit},
			func(context.Context, blush.Caller, *everywhere) (*struct{}, error) {
				return nil, blush.Field("no", "value_error", c.path...)
			})
		req := httptest.NewRequest(http.MethodPost, "/x/1"+c.query, strings.NewReader(c.body))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		var got FieldList
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Detail) != 1 || !reflect.DeepEqual(got.Detail[0].Loc, c.want) {
			t.Errorf("%s %s %v: %s, want %v", c.query, c.body, c.path, w.Body, c.want)
		}
	}
}
