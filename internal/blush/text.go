package blush

import (
	"unicode"
	"unicode/utf8"
)

// Legible says whether a name is UTF-8 whose every character is seen where it stands, so that no two names
// look the same or hide a part. Control characters, separators of lines, marks of writing direction and invisible
// characters are not, except joiners where a script needs them.
func Legible(name string) bool {
	if !utf8.ValidString(name) {
		return false
	}
	text := []rune(name)
	for i, r := range text {
		switch {
		case r == zeroWidthNonJoiner || r == zeroWidthJoiner:
			if !joins(text[:i], text[i+1:]) {
				return false
			}
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point):
			return false
		}
	}
	return true
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// joins says whether a joiner between two parts of a text changes how it is written: it follows a letter, with its marks,
// of a script that joins letters, and precedes a letter or a mark, as in Persian and the scripts of India.
func joins(before, after []rune) bool {
	if len(after) == 0 || !unicode.In(after[0], unicode.L, unicode.M) {
		return false
	}
	for len(before) > 0 && unicode.Is(unicode.M, before[len(before)-1]) {
		before = before[:len(before)-1]
	}
	if len(before) == 0 {
		return false
	}
	letter := before[len(before)-1]
	return unicode.Is(unicode.L, letter) && !unicode.In(letter, separateLetters...)
}

// separateLetters are the scripts in wide use, and what scripts share, in which a joiner has no effect.
var separateLetters = []*unicode.RangeTable{
	unicode.Common, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Hebrew, unicode.Ethiopic,
	unicode.Cherokee, unicode.Thai, unicode.Lao, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul,
}
