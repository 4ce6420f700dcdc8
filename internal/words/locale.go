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

// Language returns the language of a tag such as fr, FR, fr-BE or fr_BE if it is one of [Languages], and "" otherwise.
func Language(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	if slices.Contains(Languages, base) {
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
