package httpapi

import (
	"context"
	"net/http"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
)

// ConsentBody says that the user agrees to a text, or withdraws the consent.
type ConsentBody struct {
	Version   string `json:"version" doc:"The version of the text: 1 to 64 letters, digits and . _ : -"`
	TextHash  string `json:"text_hash,omitempty" doc:"SHA-256 of the text that was shown, 64 digits 0-9 a-f. Not needed to withdraw."`
	Language  string `json:"language,omitempty" doc:"The language of that text, e.g. nl; a region (nl-BE) is not stored. Not needed to withdraw."`
	Withdrawn bool   `json:"withdrawn,omitempty" doc:"Withdraw every consent to this version."`
}

// Consent is what a user agreed to.
type Consent struct {
	ConsentID   string  `json:"consent_id" format:"uuid"`
	UserID      string  `json:"user_id" format:"uuid"`
	Version     string  `json:"version"`
	TextHash    string  `json:"text_hash"`
	Language    string  `json:"language"`
	GivenAt     string  `json:"given_at" format:"date-time"`
	WithdrawnAt *string `json:"withdrawn_at" format:"date-time"`
}

// ConsentList lists all consents of a user.
type ConsentList struct {
	Data []Consent `json:"data" nullable:"false"`
}

type consentRequest struct {
	UserName
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255"`
	Body           ConsentBody
}

type consentsRequest struct {
	UserName
	Version string `query:"version" doc:"Only the consents to this version of the text. A token of the scan page must name it."`
}

type consentListResponse struct{ Body ConsentList }

func (a *API) consents() {
	route(a, operation{method: http.MethodPost, path: "/v2/consents", id: "give-consent", tag: healthTag, summary: "Give or withdraw consent",
		access: orScanPage, needs: blush.KeyWrite, audit: anyOf(blush.ConsentGive, blush.ConsentWithdraw),
		doc:     "Stores that the user agreed to a version of a text, or withdrew the consent. The response has all consents of the user, newest first; for a token of the scan page only those to this version.",
		creates: true, status: http.StatusCreated, errors: []int{404, 413}}, a.giveConsent)
	route(a, operation{method: http.MethodGet, path: "/v2/consents", id: "list-consents", tag: healthTag, summary: "List a user's consents",
		access: orScanPage, needs: blush.KeyRead, audit: actions(blush.ConsentList),
		doc: "Newest first, including withdrawn ones.", errors: []int{404}}, a.listConsents)
}

func (a *API) giveConsent(ctx context.Context, c blush.Caller, in *consentRequest) (*consentListResponse, error) {
	list, err := a.insights.Consent(ctx, c, in.ref(), insight.NewConsent(in.Body))
	if err != nil {
		return nil, err
	}
	return &consentListResponse{consentsFrom(list)}, nil
}

func (a *API) listConsents(ctx context.Context, c blush.Caller, in *consentsRequest) (*consentListResponse, error) {
	list, err := a.insights.Consents(ctx, c, in.ref(), in.Version)
	if err != nil {
		return nil, err
	}
	return &consentListResponse{consentsFrom(list)}, nil
}

func consentsFrom(list []blush.Consent) ConsentList {
	out := ConsentList{Data: make([]Consent, len(list))}
	for i, c := range list {
		out.Data[i] = Consent{ConsentID: c.ID, UserID: c.UserID, Version: c.Version, TextHash: c.TextHash, Language: c.Language,
			GivenAt: c.GivenAt.UTC().Format(time.RFC3339)}
		if c.WithdrawnAt != nil {
			out.Data[i].WithdrawnAt = ptr(c.WithdrawnAt.UTC().Format(time.RFC3339))
		}
	}
	return out
}
