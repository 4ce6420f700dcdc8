package account

import "unicode/utf8"

// Languages are the two-letter codes a user may have.
var Languages = []string{"en", "nl", "fr", "de", "es", "da", "sv"}

// maxExternalID is the longest external user id in characters.
const maxExternalID = 256

// externalIDFault says what is wrong with an external user id, "" when nothing is.
func externalIDFault(s string) string {
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return "external_user_id must be valid UTF-8."
	case n == 0:
		return "external_user_id must not be empty."
	case n > maxExternalID:
		return "external_user_id must be at most 256 characters."
	}
	for _, r := range s {
		if r < 0x20 || 0x7f <= r && r < 0xa0 {
			return "external_user_id must not hold control characters."
		}
	}
	return ""
}
