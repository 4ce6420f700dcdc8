package words

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Every long word says where a line may end in it, in parts that fit into a narrow card.
func TestLongWordsMayBeHyphenated(t *testing.T) {
	long := regexp.MustCompile(`\p{L}{15,}`)
	for _, code := range Languages {
		for _, texts := range []map[string]string{Pages(code), Person(code), Health(code), Widgets(code), Components(code), Report(code)} {
			for _, key := range slices.Sorted(maps.Keys(texts)) {
				for _, word := range long.FindAllString(texts[key], -1) {
					if hyphenated(word) == word {
						t.Errorf("internal/words/%s.json: hyphens lacks %s, which is in %s", code, strings.ToLower(word), key)
					}
				}
			}
		}
	}
	for _, word := range Hyphens() {
		letters := strings.ReplaceAll(word, "-", "")
		if letters != strings.ToLower(letters) || !regexp.MustCompile(`^\p{L}{12,}$`).MatchString(letters) {
			t.Errorf("%s is no long word in lower case", word)
		}
		for _, part := range strings.Split(word, "-") {
			if n := utf8.RuneCountInString(part); n < 2 || n > 12 {
				t.Errorf("%s: %s has %d letters", word, part, n)
			}
		}
	}
}

// Soft hyphens keep the capitals of a word, and are put into no other word. Here ~ is one.
func TestHyphenated(t *testing.T) {
	for _, want := range []string{
		"Herz~raten~varia~bilität (SDNN)", "Wert Ihres Blut~druck~mess~geräts", "ÉVANOUIS~SEMENT", "Konstantinopolitanisch", "a confirmed interval", "",
	} {
		if got := strings.ReplaceAll(hyphenated(strings.ReplaceAll(want, "~", "")), soft, "~"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
