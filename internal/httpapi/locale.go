package httpapi

import (
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/words"

	"github.com/danielgtaylor/huma/v2"
)

const notALocale = "language must be a language tag, e.g. en, nl-BE."

// InLanguage is the requested language of a response. If it is not supported, the user's
// own, the customer's or English is used.
type InLanguage struct {
	Language string `query:"language" doc:"{languages}, also with a region (fr-BE); the user's own, the customer's or English if left out or not supported."`
}

// Resolve refuses a text that is not a language tag.
func (l *InLanguage) Resolve(huma.Context) []error {
	if l.Language != "" && !words.IsLocale(l.Language) {
		return []error{&huma.ErrorDetail{Location: "query.language", Message: notALocale}}
	}
	return nil
}

// supportedLanguage reads the language in the body of a user; nil if there is none or it is not supported.
func supportedLanguage(tag *string) (*string, error) {
	if tag == nil {
		return nil, nil
	}
	if !words.IsLocale(*tag) {
		return nil, blush.Field(notALocale, "value_error", "language")
	}
	if l := words.Language(*tag); l != "" {
		return &l, nil
	}
	return nil, nil
}
