package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"blush.example/blush/internal/blush"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
)

// No response is sent without every audit entry that its route declares, not even "not
// modified". An invalid request needs no entry.
func TestAnswerNeedsItsAuditEntry(t *testing.T) {
	history := audit{always: []blush.Action{blush.HistoryImport}, perhaps: []blush.Action{blush.UserUpdate}}
	for name, c := range map[string]struct {
		audit audit
		left  []blush.Action
		err   error
		want  int
	}{
		"every one":              {actions(blush.ScanRead, blush.TokenCreate), []blush.Action{blush.TokenCreate, blush.ScanRead, blush.ScanRead}, nil, 204},
		"one of two forgotten":   {actions(blush.ScanRead, blush.TokenCreate), []blush.Action{blush.TokenCreate}, nil, 500},
		"one of any":             {anyOf(blush.UserRead, blush.UserList), []blush.Action{blush.UserList, blush.UserList}, nil, 204},
		"none of any":            {anyOf(blush.UserRead, blush.UserList), nil, nil, 500},
		"only what may be":       {history, []blush.Action{blush.UserUpdate}, nil, 500},
		"without what may be":    {history, []blush.Action{blush.HistoryImport}, nil, 204},
		"nothing left":           {actions(blush.UserRead), nil, nil, 500},
		"another left":           {actions(blush.UserRead), []blush.Action{blush.UserRead, blush.ScanRead}, nil, 500},
		"no audit":               {noAudit, nil, nil, 204},
		"no audit, but one left": {noAudit, []blush.Action{blush.UserRead}, nil, 500},
		"not modified":           {actions(blush.ScanRead), []blush.Action{blush.ScanRead}, &problem{status: 304}, 304},
		"not modified, no left":  {actions(blush.ScanRead), nil, &problem{status: 304}, 500},
		"refused":                {actions(blush.UserRead), nil, blush.E(blush.Conflict, "no"), 409},
	} {
		t.Run(name, func(t *testing.T) {
			r := chi.NewRouter()
			a := &API{huma: humachi.New(r, huma.DefaultConfig("", ""))}
			route(a, operation{method: http.MethodGet, path: "/x", id: "x", access: keyOnly, needs: blush.KeyRead, audit: c.audit},
				func(ctx context.Context, _ blush.Caller, _ *struct{}) (*struct{}, error) {
					for _, action := range c.left {
						blush.NoteEntry(ctx, blush.AuditEntry{Action: action})
					}
					return nil, c.err
				})
			w := httptest.NewRecorder()
			r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/x", nil))
			if w.Code != c.want {
				t.Errorf("%d, want %d: %s", w.Code, c.want, w.Body)
			}
		})
	}
}

func TestRouteMustDeclare(t *testing.T) {
	for name, op := range map[string]operation{"nothing": {}, "no audit": {access: keyOnly, needs: blush.KeyRead}, "no access": {needs: blush.KeyRead, audit: noAudit}, "no scope": {access: keyOnly, audit: noAudit}} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("the route was taken")
				}
			}()
			op.method, op.path, op.id = http.MethodGet, "/x", "x"
			route(&API{huma: humachi.New(chi.NewRouter(), huma.DefaultConfig("", ""))}, op,
				func(context.Context, blush.Caller, *struct{}) (*struct{}, error) { return nil, nil })
		})
	}
}
