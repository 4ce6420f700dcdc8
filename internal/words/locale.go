package words

import (
	"regexp"
	"slices"
	"strings"
)

// locale is a language tag as clients write it, e.g. en, en-GB, zh_Hans_CN (the shape of BCP 47, RFC 5646 §2.1).
var locale = regexp.MustCompile(`^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,8}$`)

// IsLocale says whether a text has the shape of a language tag, whether or not the language is one of [Languages].
func IsLocale(tag string) bool { return locale.MatchString(tag) }

// Base returns a tag without its region, in lower case: fr of fr, FR, fr-BE and fr_BE.
func Base(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	return base
}

// Language returns the base of a tag if it is one of [Languages], and "" otherwise.
func Language(tag string) string {
	if base := Base(tag); slices.Contains(Languages, base) {
		return base
	}
	return ""
}

// FirstLanguage returns the language of the first tag that names one of [Languages], or English.
func FirstLanguage(tags ...string) string {
	for _, t := range tags {
		if l := Language(t); l != "" {
			return l
		}
	}
	return English
}
