package httpapi

import (
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/words"

	"github.com/danielgtaylor/huma/v2"
)

const notALocale = "language must be a language tag, e.g. en, nl-BE."

// InLanguage is the language that an answer is to be in. One that we do not
// speak is as none: the user's own, the customer's or English follows.
type InLanguage struct {
	Language string `query:"language" doc:"{languages}, also with a region (fr-BE); the user's own, the customer's or English if left out or another."`
}

// Resolve refuses what is no language tag.
func (l *InLanguage) Resolve(huma.Context) []error {
	if l.Language != "" && !words.IsLocale(l.Language) {
		return []error{&huma.ErrorDetail{Location: "query.language", Message: notALocale}}
	}
	return nil
}

// spoken reads the language of a user's body; nil for none and for one that we do not speak.
func spoken(tag *string) (*string, error) {
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
