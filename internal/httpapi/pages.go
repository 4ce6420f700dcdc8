package httpapi

import (
	"context"
	"encoding/base64"
	"net/http"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/brand"
)

// PageSettings says how the customer's pages look and what they ask.
type PageSettings struct {
	Customer   string   `json:"customer"`
	Test       bool     `json:"test" doc:"True if the page shows test data, because a DEV key made its token."`
	Questions  bool     `json:"questions" doc:"Whether the scan page asks the user questions."`
	Language   *string  `json:"language" set:"languages" doc:"The language of the pages if neither their address nor the user nor the browser gives one; null is English."`
	Biomarkers []string `json:"biomarkers" nullable:"false" set:"scan_biomarkers" doc:"The biomarkers that a scan continues for."`
	Brand      Brand    `json:"brand"`
	// Instructions are the customer's own, which say how long its data is kept.
	Instructions string           `json:"instructions_for_use" doc:"Path of the customer's instructions for use, which say how long its data is kept."`
	KeptFor      account.KeptDays `json:"kept_for" doc:"How many days the customer's data is kept; null: no time limit."`
}

// Brand is the look of the customer's pages; null means the product's own.
type Brand struct {
	Logo  *string     `json:"logo" doc:"A PNG as a data URI."`
	Light *brand.Look `json:"light"`
	Dark  *brand.Look `json:"dark"`
}

type pageSettingsResponse struct{ Body PageSettings }

func (a *API) pages() {
	route(a, operation{method: http.MethodGet, path: "/v2/pages/settings", id: "get-page-settings", tag: "Pages", summary: "Get the settings of the pages",
		access: orAnyPage, needs: blush.KeyRead, audit: noAudit,
		doc: "How the customer's pages look and what they ask, as set by the operator."}, a.pageSettings)
}

func (a *API) pageSettings(ctx context.Context, c blush.Caller, _ *struct{}) (*pageSettingsResponse, error) {
	p, err := a.accounts.Page(ctx, c)
	if err != nil {
		return nil, err
	}
	out := PageSettings{Customer: p.Customer, Test: p.Test, Questions: p.Questions, Biomarkers: p.Biomarkers, Brand: Brand{Light: p.Light, Dark: p.Dark},
		Instructions: "/docs/instructions-for-use?customer=" + c.CustomerID, KeptFor: account.KeptDaysOf(p.Keep)}
	if p.Language != "" {
		out.Language = &p.Language
	}
	if p.Logo != nil {
		uri := "data:image/png;base64," + base64.StdEncoding.EncodeToString(p.Logo)
		out.Brand.Logo = &uri
	}
	return &pageSettingsResponse{out}, nil
}
