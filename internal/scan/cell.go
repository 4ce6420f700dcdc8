package scan

import (
	"regexp"
	"strconv"
)

// formula finds where a spreadsheet might read a formula: at =, +, -, @ and their full-width forms at the start of a cell. A program
// with another separator, or one that ignores quotes, may also start a cell behind a tab, a line break, a semicolon, a comma, a bar
// or a quote. It may drop spaces and invisible characters there.
var formula = regexp.MustCompile(`(^|[\t\r\n;,|"])([\t\r\n\p{Z}\p{Cf}]*)([=+\-@＝＋－＠])`)

// cell returns an untrusted text as a CSV cell. An apostrophe keeps it from being read as a formula (OWASP, CSV
// Injection).
func cell(text string) string { return formula.ReplaceAllString(text, "$1$2'$3") }

func cellOf(text *string) string {
	if text == nil {
		return ""
	}
	return cell(*text)
}

// decimal returns a number as a CSV cell.
func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
