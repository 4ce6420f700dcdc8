package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/words"
)

// tokenBody asks for an action token.
type tokenBody struct {
	_              struct{}       `additionalProperties:"true"` // ignored
	UserID         string         `json:"user_id,omitempty" doc:"Exactly one of user_id and external_user_id, here or in the query."`
	ExternalUserID string         `json:"external_user_id,omitempty"`
	ExpiresIn      int            `json:"expires_in,omitempty" minimum:"1" maximum:"43200" doc:"The token's lifetime in seconds; 21600 (6 h) if left out."`
	Meta           map[string]any `json:"meta,omitempty" doc:"Copied into the token's claims."`
}

// ActionToken is a token for one user.
type ActionToken struct {
	Token     string    `json:"token" doc:"A JWT. Send it as: authorization: Token <token>"`
	UserID    string    `json:"user_id" format:"uuid"`
	ExpiresAt time.Time `json:"expires_at"`
}

type tokenRequest struct {
	UserName
	Body *tokenBody
}

type tokenResponse struct{ Body ActionToken }

// revokeBody names what to end: one token, or every token of a user.
type revokeBody struct {
	Token          string `json:"token,omitempty" maxLength:"16384" doc:"The token to revoke. Exactly one of token, user_id and external_user_id."`
	UserID         string `json:"user_id,omitempty" doc:"Ends every token of this user."`
	ExternalUserID string `json:"external_user_id,omitempty"`
}

type revokeRequest struct{ Body revokeBody }

// pageURLRequest asks for the address of one of the user's pages.
type pageURLRequest struct {
	UserName
	InLanguage
}

// PageURL is an address that opens one page for one user.
type PageURL struct {
	URL       string    `json:"url" format:"uri"`
	ExpiresAt time.Time `json:"expires_at"`
}

type pageURLResponse struct{ Body PageURL }

type resultsURLRequest struct {
	FaceScanID string `path:"face_scan_id" doc:"A UUID, with or without dashes."`
	InLanguage
}

func (a *API) tokens() {
	route(a, operation{method: http.MethodPost, path: "/v2/users/authenticate", id: "create-user-action-token", tag: "Users",
		tolerant: true, access: keyOnly, needs: blush.KeyRead, audit: actions(blush.TokenCreate),
		summary: "Create user action token",
		doc:     "A token that may call the API for this one user, from a page or an app, until it expires.",
		errors:  []int{404, 413}}, a.createToken)
	route(a, operation{method: http.MethodPost, path: "/v2/users/revoke", id: "revoke-user-action-tokens", tag: "Users",
		access: keyOnly, needs: blush.KeyWrite, audit: anyOf(blush.TokenRevoke, blush.TokenRevokeAll),
		summary: "Revoke user action tokens",
		doc:     "Ends one token at once, or every token of a user, including those in page URLs. New ones can be made.",
		status:  http.StatusNoContent, errors: []int{404, 413}}, a.revokeTokens)
}

func (a *API) urls() {
	route(a, operation{method: http.MethodGet, path: "/v2/facescans/url", id: "get-face-scan-url", tag: "Face scans", summary: "Get a face scan URL",
		tolerant: true, access: keyOnly, needs: blush.KeyScanURL, audit: actions(blush.TokenCreate),
		doc:    "The address of the scan page for one user, valid for 6 hours. Open it in an iframe with allow=\"camera\" or in a web view.",
		errors: []int{404}}, a.scanURL)
	route(a, operation{method: http.MethodGet, path: "/v2/dashboard/url", id: "get-dashboard-url", tag: "Face scans", summary: "Get a dashboard URL",
		tolerant: true, access: keyOnly, needs: blush.KeyRead, audit: actions(blush.TokenCreate),
		doc:    "The address of the user's own page with all their scans, valid for 6 hours.",
		errors: []int{404}}, a.dashboardURL)
	route(a, operation{method: http.MethodGet, path: "/v2/facescans/{face_scan_id}/results-url", id: "get-results-url", tag: "Face scans", summary: "Get a results URL",
		tolerant: true, access: keyOnly, needs: blush.KeyRead, audit: actions(blush.ScanRead, blush.TokenCreate),
		doc:    "The address of a page with this one scan's results, valid for 6 hours.",
		errors: []int{404}}, a.resultsURL)
}

func (a *API) createToken(ctx context.Context, c blush.Caller, in *tokenRequest) (*tokenResponse, error) {
	req := account.TokenRequest{User: in.ref()}
	if b := in.Body; b != nil {
		if b.UserID != "" {
			req.User.ID = b.UserID
		}
		if b.ExternalUserID != "" {
			req.User.ExternalID = b.ExternalUserID
		}
		req.ExpiresIn = time.Duration(b.ExpiresIn) * time.Second
		if b.Meta != nil {
			meta, err := json.Marshal(b.Meta)
			if err != nil {
				return nil, err
			}
			req.Meta = meta
		}
	}
	t, err := a.accounts.IssueToken(ctx, c, req)
	if err != nil {
		return nil, err
	}
	return &tokenResponse{ActionToken(t)}, nil
}

func (a *API) revokeTokens(ctx context.Context, c blush.Caller, in *revokeRequest) (*struct{}, error) {
	b := in.Body
	ref := blush.UserRef{ID: b.UserID, ExternalID: b.ExternalUserID}
	switch {
	case b.Token == "":
		return nil, a.accounts.RevokeUserTokens(ctx, c, ref)
	case ref != blush.UserRef{}:
		return nil, blush.Field("Provide exactly one of token, user_id and external_user_id.", "value_error", "token")
	}
	err := a.accounts.RevokeToken(ctx, c, b.Token)
	if blush.KindOf(err) == blush.Unauthorized {
		return nil, blush.Field("This action token was not issued by this server, or the key that signed it was deleted.", "value_error", "token")
	}
	return nil, err
}

func (a *API) scanURL(ctx context.Context, c blush.Caller, in *pageURLRequest) (*pageURLResponse, error) {
	return a.pageURL(ctx, c, "/scan", account.TokenRequest{User: in.ref(), Scope: blush.ScopeScan}, in.Language)
}

func (a *API) dashboardURL(ctx context.Context, c blush.Caller, in *pageURLRequest) (*pageURLResponse, error) {
	return a.pageURL(ctx, c, "/dashboard", account.TokenRequest{User: in.ref(), Scope: blush.ScopeDashboard}, in.Language)
}

func (a *API) resultsURL(ctx context.Context, c blush.Caller, in *resultsURLRequest) (*pageURLResponse, error) {
	sc, err := a.scans.Get(ctx, c, in.FaceScanID, 0)
	if err != nil {
		return nil, err
	}
	return a.pageURL(ctx, c, "/results", account.TokenRequest{User: blush.UserRef{ID: sc.UserID}, Scope: blush.ScopeResults, ScanID: sc.ID}, in.Language)
}

// pageURL makes the address of a page, with a token that opens only this page. The first
// thing that the page's script does is to remove the token from the address.
func (a *API) pageURL(ctx context.Context, c blush.Caller, path string, req account.TokenRequest, language string) (*pageURLResponse, error) {
	t, err := a.accounts.IssueToken(ctx, c, req)
	if err != nil {
		return nil, err
	}
	patient := req.User.ExternalID
	if patient == "" {
		patient = t.UserID
	}
	query := url.Values{"action_token": {t.Token}, "patient": {patient}}
	if req.ScanID != "" {
		query.Set("face_scan_id", req.ScanID)
	}
	if language = words.Language(language); language == "" {
		u, err := a.accounts.Resolve(ctx, c, blush.UserRef{ID: t.UserID})
		if err != nil {
			return nil, err
		}
		if u.Language != nil {
			language = *u.Language
		}
	}
	if language != "" {
		query.Set("language", language)
	}
	return &pageURLResponse{PageURL{URL: a.cfg.BaseURL + path + "?" + query.Encode(), ExpiresAt: t.ExpiresAt}}, nil
}
