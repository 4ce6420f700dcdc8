package report

import (
	"strings"

	"blush.example/blush/internal/words"
)

// parts cuts a text where a line may end.
func parts(s string) []string {
	out := strings.FieldsFunc(words.Unbroken(s), func(r rune) bool { return r == ' ' })
	for i, part := range out {
		out[i] = strings.ReplaceAll(part, "\u00a0", " ")
	}
	return out
}

// lines wraps a text into a width in mm.
func (d *document) lines(w, size float64, style, s string) (out []string) {
	d.pdf.SetFont(family, style, size)
	line := ""
	for _, part := range parts(shown(s)) {
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
