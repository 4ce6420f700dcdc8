package words

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// unbroken are the places where no line may end: within a date and a unit of two words (12 May 2026, 3.4 ln ms, 62 of 100),
// between a number and the word after it, which may be its unit, and between a sign and its word.
// Scripts in a browser use the same table, so it is written in what Go and JavaScript both read.
var unbroken = []struct {
	in  *regexp.Regexp
	out string
}{
	{regexp.MustCompile(`(^|[^\p{L}\d])(\d+\.?)[ \n]([^ \n]+)[ \n](ms|1|100|(?:19|20)\d\d)\b`), "$1$2\u00a0$3\u00a0$4"},
	{regexp.MustCompile(`(^|[^\p{L}\d\xa0])(\d+)[ \n]([^ \n])`), "$1$2\u00a0$3"},
	{regexp.MustCompile(`(^|[^\p{L}\d\xa0.,])(\d+\.)[ \n](\p{L})`), "$1$2\u00a0$3"}, // the ordinal number of a day, no end of a sentence
	{regexp.MustCompile(`[ \n]([:;?!»·–×])`), "\u00a0$1"},
	{regexp.MustCompile(`(«|\bln|×)[ \n]`), "$1\u00a0"},
}

// NoBreaks lists the places of unbroken, each with what replaces it.
func NoBreaks() [][2]string {
	out := make([][2]string, len(unbroken))
	for i, u := range unbroken {
		out[i] = [2]string{u.in.String(), u.out}
	}
	return out
}

// nearUnbroken are the signs at the places of unbroken. The others are at ln.
const nearUnbroken = "0123456789:;?!»·–×«"

// Unbroken puts no-break spaces into a text that is shown; data has plain ones.
func Unbroken(text string) string {
	if !strings.ContainsAny(text, " \n") || !strings.ContainsAny(text, nearUnbroken) && !strings.Contains(text, "ln") {
		return text // as most texts are: the search below takes longer
	}
	for before := ""; text != before; { // matches may overlap: 5 (10 ms)
		before = text
		for _, u := range unbroken {
			text = u.in.ReplaceAllString(text, u.out)
		}
	}
	return text
}

// codeTags are the elements whose text is code.
var codeTags = []atom.Atom{atom.Pre, atom.Code, atom.Style, atom.Script}

var lastNumber = regexp.MustCompile(`\d\.?$`)

// Typeset is a text of HTML as it is shown: [Unbroken], and its long words with soft hyphens.
func Typeset(text string) string { return hyphenated(Unbroken(text)) }

// TypesetHTML is [Typeset] for the texts of HTML, also where the number is in an element of its own. Code stays as it is.
func TypesetHTML(page []byte) []byte {
	var out bytes.Buffer
	code, before := 0, "" // how many elements of code are open, and the number at the end of the last text
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		kind := z.Next()
		raw := string(z.Raw())
		switch kind {
		case html.ErrorToken: // the end
			return out.Bytes()
		case html.StartTagToken, html.EndTagToken:
			name, _ := z.TagName()
			switch isCode := slices.Contains(codeTags, atom.Lookup(name)); {
			case isCode && kind == html.StartTagToken:
				code++
			case isCode:
				code--
			}
		case html.TextToken:
			number := lastNumber.FindString(raw)
			if code == 0 {
				raw = Typeset(before + raw)[len(before):]
			}
			before = number
		default:
		}
		out.WriteString(raw)
	}
}
