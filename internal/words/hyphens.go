package words

import (
	"strings"
	"sync"
	"unicode"
)

// soft is a hyphen that is shown only where a line ends at it.
const soft = "\u00ad"

// Hyphens lists the long words of all languages, in lower case, with a hyphen where a line may end.
func Hyphens() []string {
	var out []string
	for _, code := range Languages {
		out = append(out, strings.Fields(of(code).Hyphens)...)
	}
	return out
}

var hyphens = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for _, word := range Hyphens() {
		parts := strings.Split(word, "-")
		out[strings.Join(parts, "")] = parts
	}
	return out
})

// LongWord is how many letters a word has that may be hyphenated.
const LongWord = 12

// hyphenated puts soft hyphens into the long words of a text that is shown; data has none. web/components/kit/text.ts does the same in a browser.
func hyphenated(text string) string {
	var out strings.Builder
	done, start, letters := 0, 0, 0 // what is written, and the word that has begun
	word := func(end int) {
		if letters >= LongWord {
			out.WriteString(text[done:start])
			out.WriteString(withHyphens(text[start:end]))
			done = end
		}
		letters = 0
	}
	for i, r := range text {
		switch {
		case !unicode.IsLetter(r):
			word(i)
		case letters == 0:
			start = i
			fallthrough
		default:
			letters++
		}
	}
	word(len(text))
	if done == 0 {
		return text
	}
	return out.String() + text[done:]
}

func withHyphens(word string) string {
	parts, rest := hyphens()[strings.ToLower(word)], []rune(word)
	if len(parts) == 0 {
		return word
	}
	var out []string
	for _, part := range parts {
		n := len([]rune(part))
		out, rest = append(out, string(rest[:n])), rest[n:]
	}
	return strings.Join(out, soft)
}
