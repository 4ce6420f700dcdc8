package words

import (
	"bytes"
	"regexp"
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var (
	numbers     = regexp.MustCompile(`(\d\.?|«)[ \n]([\p{L}%°µ])`)
	punctuation = regexp.MustCompile(`[ \n]([:;?!»])`)
	lastNumber  = regexp.MustCompile(`\d\.?$`)
)

// Tie joins what may not stand on two lines with a no-break space: a number and its unit or noun ("5 bpm", "99 %", "12 May"), and French
// punctuation and its word. It is for pages alone: answers in JSON keep their spaces. web/components/kit/text.ts does the same in a browser.
func Tie(text string) string {
	return punctuation.ReplaceAllString(numbers.ReplaceAllString(text, "$1\u00a0$2"), "\u00a0$1")
}

// TieHTML is [Tie] for the text of a page, also where the number is in an element of its own. Code stays as it is.
func TieHTML(page []byte) []byte {
	var out bytes.Buffer
	code, before := 0, "" // how many elements of code are open, and the number at the end of the last text
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		kind := z.Next()
		raw := string(z.Raw())
		switch kind {
		case html.ErrorToken: // the end
			return out.Bytes()
		case html.StartTagToken, html.EndTagToken:
			if name, _ := z.TagName(); slices.Contains([]atom.Atom{atom.Pre, atom.Code, atom.Style, atom.Script}, atom.Lookup(name)) {
				code += map[html.TokenType]int{html.StartTagToken: 1, html.EndTagToken: -1}[kind]
			}
		case html.TextToken:
			number := lastNumber.FindString(raw)
			if code == 0 {
				raw = Tie(before + raw)[len(before):]
			}
			before = number
		}
		out.WriteString(raw)
	}
}
