package report

import (
	"regexp"
	"slices"
	"strings"

	"blush.example/blush/internal/words"
)

// parts cuts a text where a line may end. What is read as one stays together: a number with its unit, a date, a term of two
// words, and a sign of punctuation with the word that it belongs to.
func (t texts) parts(s string) (out []string) {
	for _, word := range strings.Fields(s) {
		if n := len(out); n > 0 && t.joins(out[n-1], word) {
			out[n-1] += " " + word
			continue
		}
		out = append(out, word)
	}
	return out
}

var (
	number = regexp.MustCompile(`(^|[^\p{L}])\d+\.?$`)
	year   = regexp.MustCompile(`^\d{4}\b`)
)

// joins says whether a word stays with what is before it.
func (t texts) joins(before, word string) bool {
	last := before[strings.LastIndexByte(before, ' ')+1:]
	bare := strings.TrimRight(word, ".,;:)")
	month := func(s string) bool {
		return slices.ContainsFunc(t.months, func(m string) bool { return strings.TrimRight(s, ".,;:") == strings.TrimRight(m, ".") })
	}
	switch {
	case slices.Contains([]string{":", ";", "?", "!", "»", "·", "–", "×"}, word), last == "«", last == "ln", last == "×":
		return true
	case number.MatchString(last):
		return slices.Contains(t.units, bare) || slices.Contains(t.units, word) || month(word)
	}
	return year.MatchString(word) && month(last)
}

// unitsOf are the first words of the units of a language, as they stand after a number.
func unitsOf(lang string) []string {
	out := []string{"%", "s"}
	for key, text := range words.Widgets(lang) {
		if strings.HasPrefix(key, "unit.") && text != "" {
			first := strings.Fields(text)[0]
			out = append(out, first, strings.TrimRight(first, "."))
		}
	}
	return out
}

// lines wraps a text into a width in mm.
func (d *document) lines(w, size float64, style, s string) (out []string) {
	d.pdf.SetFont("Go", style, size)
	line := ""
	for _, part := range d.parts(shown(s)) {
		longer := strings.TrimPrefix(line+" "+part, " ")
		if d.pdf.GetStringWidth(longer) <= w {
			line = longer
			continue
		}
		if line != "" {
			out = append(out, line)
		}
		line = part
		if d.pdf.GetStringWidth(part) > w { // wider than a line by itself
			pieces := d.pdf.SplitText(part, w)
			last := len(pieces) - 1
			out, line = append(out, pieces[:last]...), pieces[last]
		}
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}
