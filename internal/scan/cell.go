package scan

import (
	"regexp"
	"strconv"
)

// formula finds where a spreadsheet might read a formula: =, +, -, @ and their full-width forms at the start of a cell, or of
// what a program makes a cell of that separates at another sign or passes over quotes. Tabs and line breaks begin a cell, too.
var formula = regexp.MustCompile(`(^|[\t\r\n;,|"])([\t\r\n ]*)([=+\-@＝＋－＠])`)

// cell is a text that others may have written, as a cell of CSV: an apostrophe keeps it from being read as a formula
// (OWASP, CSV Injection).
func cell(text string) string { return formula.ReplaceAllString(text, "$1$2'$3") }

func cellOf(text *string) string {
	if text == nil {
		return ""
	}
	return cell(*text)
}

// decimal is a number as a cell of CSV.
func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
