package words

import "regexp"

// unbroken are the places where no line may end: within a date and a unit of two words (12 May 2026, 3.4 ln ms, 62 of 100),
// between a number and the word after it, which may be its unit, and between a sign and its word.
var unbroken = []struct {
	in  *regexp.Regexp
	out string
}{
	{regexp.MustCompile(`(^|[^\p{L}\d])(\d+\.?) ([^ ]+) (ms|1|100|\d{4})\b`), "$1$2\u00a0$3\u00a0$4"},
	{regexp.MustCompile(`(^|[^\p{L}\d\x{a0}])(\d+\.?) ([^ ])`), "$1$2\u00a0$3"},
	{regexp.MustCompile(` ([:;?!»·–×])`), "\u00a0$1"},
	{regexp.MustCompile(`(«|\bln|×) `), "$1\u00a0"},
}

// Unbroken puts no-break spaces into a text that is shown; data has plain ones.
func Unbroken(text string) string {
	for _, u := range unbroken {
		text = u.in.ReplaceAllString(text, u.out)
	}
	return text
}
